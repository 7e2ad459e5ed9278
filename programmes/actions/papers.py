"""The patient's papers: printed once or again, made ready beforehand, their bytes kept."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone

from patients.actions import lock_episode
from patients.models import Episode, User
from patients.rules.terms import Side
from programmes.handout import Order, codes_of, digest_of, html_of, order_of, sheet_of
from programmes.models import Document, Handout, Printing, PrintJob, Ready, Step, Version
from programmes.rules.papercode import new_code
from programmes.rules.words import in_language, say
from programmes.selectors.papers import (
    CLOSED,
    companions,
    complete,
    other_leg,
    same_paper,
    step_for_a_flare,
    why_not_again,
    why_not_step,
)
from programmes.selectors.running import dated_plan
from programmes.selectors.standing import Standing, shown_of, standing_of
from upwell import pdf
from upwell.http import Refused, TryLater

READY_KEPT = timedelta(days=14)
"""How long a paper that was made ready and that nobody prints is kept. Its document goes with
``destruction.forget_unprinted``: web processes may not delete one."""

SENT_OTHERWISE = "This form was sent before with other answers. Reload the page and try again."


@transaction.atomic
def print_handout(
    version: Version,
    *,
    options: Mapping[str, Any],
    form_token: UUID,
    today: date,
    by: User | None,
    step: Step | None = None,
    job: PrintJob | None = None,
) -> Handout:
    """A paper for the patient, and that it was printed: the step in force, or ``step``.

    The same content is the same paper printed again, until the days of its diary are over or
    something of it is on record; then it is a new paper with a code of its own. What was made
    ready is taken over with its bytes.
    The same form sent again is one printing. ``by`` is None for the command. Raises ``Refused``
    while a red flag is open, for a version that is no longer in force, for a step this tendon must
    not do any more, and for a form that came before with other answers.
    """
    _lock(version.programme.episode, both=bool(options.get("both")), today=today)
    known = Printing.objects.filter(form_token=form_token).select_related("handout").first()
    if known is not None:
        if not _same_answers(known.handout, version, options):
            raise Refused(SENT_OTHERWISE)
        return known.handout
    order = order_for(version, options=options, today=today, step=step)
    digest = digest_of(order)
    marks = {"form_token": form_token, "form_digest": digest}
    paper = same_paper(order.version, digest, on=today)
    paper = paper or new_paper(order, digest, marks=marks, by=by)
    # A sheet for both legs is kept with the left leg first; what was asked for is the one's own.
    legs = sorted(companions(paper), key=lambda each: each.version_id != version.pk)
    for each in legs:
        token = form_token if each is legs[0] else _other_token(form_token)
        Printing.objects.create(handout=each, printed_by=by, job=job, form_token=token)
    return legs[0]


def _lock(episode: Episode, *, both: bool, today: date) -> None:
    """Hold the episode, and the one of the other leg too: always in the same order."""
    others = (
        Episode.objects.open().filter(patient=episode.patient_id).values_list("pk", flat=True)
        if both
        else ()
    )
    for key in sorted({episode.pk, *others}):
        lock_episode(key)


def _same_answers(paper: Handout, version: Version, options: Mapping[str, Any]) -> bool:
    # Whether the other leg stood on it too was up to the other leg.
    asked, made = complete(options), complete(paper.options)
    return paper.version_id == version.pk and asked | {"both": None} == made | {"both": None}


def _other_token(form_token: UUID) -> UUID:
    """The token of the same form for the paper of the other leg."""
    return uuid5(form_token, "the other leg")


def order_for(
    version: Version, *, options: Mapping[str, Any], today: date, step: Step | None = None
) -> Order:
    """What is to be printed today, down to the dates of the runs.

    Raises ``Refused`` with the reason where nothing may be.
    """
    found = standing_of(version.programme.episode, today)
    if not found.episode.is_open:
        raise Refused(CLOSED)
    chosen = complete(options)
    if chosen.get("ahead") and step is None:
        step = step_for_a_flare(version, found)
        if step is None:
            raise Refused("This plan has no isometric step for a flare, so there is no such paper.")
    step = step or found.step
    if step is None:
        raise Refused("There is no programme yet, so there is nothing to print.")
    if why := why_not_step(version, step, found):
        raise Refused(why)
    here = found.step is not None and step.pk == found.step.pk
    if here and (dates := _dates(found.episode, today, chosen)):
        chosen["dates"] = dates
    other = other_leg(found.episode, today) if here and chosen["both"] else None
    chosen["both"] = other is not None
    if other is None:
        return Order(version=version, step=step, options=chosen, on=today)
    if dates := _dates(other.version.programme.episode, today, chosen):
        chosen["other_dates"] = dates
    # The left leg first, from whichever side it is asked for: so both give the same sheet.
    if found.episode.side == Side.LEFT:
        return Order(version=version, step=step, options=chosen, on=today)
    return Order(version=other.version, step=other, options=_swapped(chosen), on=today)


def _swapped(options: Mapping[str, Any]) -> dict[str, Any]:
    """The choices as the paper of the other leg keeps them: its own dates are its own."""
    swapped = {name: value for name, value in options.items() if not name.endswith("dates")}
    if "other_dates" in options:
        swapped["dates"] = options["other_dates"]
    if "dates" in options:
        swapped["other_dates"] = options["dates"]
    return swapped


def _dates(episode: Episode, today: date, options: Mapping[str, Any]) -> list[dict[str, str]]:
    """The runs of the next two weeks as they are kept: worked out again, they would be others."""
    with in_language(options["language"]):
        return [
            {
                "on": row.on.isoformat(),
                "what": say("{run}, once we have agreed on it", run=row.what)
                if row.waits
                else row.what,
                "amount": row.amount,
            }
            for row in dated_plan(episode, today).rows
        ]


def new_paper(order: Order, digest: str, *, marks: Mapping[str, Any], by: User | None) -> Handout:
    """A paper with this content, from what was made ready where there is any; not printed yet.

    A sheet for both legs is two papers, each with a code of its own. ``marks`` are the columns
    ``form_token`` and ``form_digest``.
    """
    ready = Ready.objects.select_for_update().filter(content_digest=digest).first()
    legs = [(order.step, order.options)]
    episode = order.version.programme.episode
    if order.options["both"] and (other := other_leg(episode, order.on)) is not None:
        # Which of the two comes second on the sheet.
        legs.append((other, {**_swapped(order.options), "second": True}))
    codes = (ready.paper_code, ready.other_code) if ready else (new_code(), new_code())
    tokens = (marks["form_token"], uuid5(marks["form_token"], "the paper of the other leg"))
    together = uuid4() if len(legs) > 1 else None
    papers = [
        Handout.objects.create(
            version=step.version,
            step=step,
            options={**options, "shown": shown_of(_standing(step.version, order.on))},
            paper_code=code,
            content_digest=digest,
            document_id=ready.document_id if ready else None,
            together=together,
            printed_by=by,
            **{**marks, "form_token": token},
        )
        for (step, options), code, token in zip(legs, codes, tokens, strict=False)
    ]
    if ready is not None:
        ready.delete()
    return papers[0]


def _standing(version: Version, on: date) -> Standing:
    return standing_of(version.programme.episode, on)


@transaction.atomic
def print_again(
    handout: Handout, *, form_token: UUID, today: date, by: User | None, job: PrintJob | None = None
) -> Printing:
    """That the very bytes of a paper were printed again; the same button sent twice is one.

    A sheet for both legs is printed for both. Raises ``Refused`` while either leg has a red flag
    open, and for what either tendon must not do any more.
    """
    legs = companions(handout)
    episodes = {each.version.programme.episode_id for each in legs}
    held = {key: lock_episode(key, closed_too=True) for key in sorted(episodes)}
    known = Printing.objects.filter(form_token=form_token).first()
    if known is not None:
        if known.handout_id != handout.pk:
            raise Refused(SENT_OTHERWISE)
        return known
    for each in legs:
        found = standing_of(held[each.version.programme.episode_id], today)
        if why := why_not_again(each, found):
            raise Refused(why)
    for other in legs[1:]:
        Printing.objects.create(
            handout=other, printed_by=by, job=job, form_token=_other_token(form_token)
        )
    return Printing.objects.create(handout=handout, printed_by=by, job=job, form_token=form_token)


# --- the bytes ---------------------------------------------------------------------------------


def as_pdf(handout: Handout) -> bytes:
    """The paper as PDF: the bytes of its first rendering, whenever it is asked for.

    Raises ``Refused`` with a sentence for the user where this machine can't print.
    """
    return bytes(freeze(handout).pdf)


def freeze(handout: Handout) -> Document:
    """The document of a paper; one that has none yet gets it now, once. Raises ``Refused``.

    Nothing is locked while it is laid out. Two at once both lay it out, and one is kept.
    """
    if handout.document_id is None:
        papers = companions(handout)
        first = min(papers, key=lambda each: bool(each.options.get("second")))
        content = _laid_out(order_of(first), codes_of(first))
        # With what points to it: one that nothing points to is deleted at night.
        with transaction.atomic():
            document = _kept(content)
            for each in sorted(papers, key=lambda each: each.pk):
                Handout.objects.filter(pk=each.pk, document=None).update(document=document)
        handout.refresh_from_db(fields=["document"])
    if not Handout._meta.get_field("document").is_cached(handout):
        # Without its bytes, which a foreign key followed by itself would read.
        handout.document = Document.objects.get(handouts=handout)
    document_kept: Document | None = handout.document
    assert document_kept is not None
    return document_kept


def _laid_out(order: Order, codes: tuple[str, ...]) -> bytes:
    """An order under these codes, rendered."""
    try:
        return pdf.html_to_pdf(html_of(sheet_of(order, codes)))
    except pdf.Unprintable as error:
        raise refused(error) from error


def refused(error: pdf.Unprintable) -> Refused:
    """What the user reads of a paper that could not be drawn; ``TryLater`` of one that will be."""
    return (TryLater if str(error) == pdf.BUSY else Refused)(str(error))


def _kept(content: bytes) -> Document:
    """The document with these bytes; the same bytes are stored once."""
    sha256 = hashlib.sha256(content).hexdigest()
    known = Document.objects.filter(sha256=sha256).first()
    if known is None:
        made = Document(sha256=sha256, pdf=content, pages=pdf.page_count(content))
        Document.objects.bulk_create([made], ignore_conflicts=True)
        known = Document.objects.get(sha256=sha256)
    return known


def make_ready(order: Order) -> Ready | Handout:
    """The paper with this content, rendered: a paper of before with it, or one made ready.

    Rendered and kept if need be, with nothing locked meanwhile. Raises ``Refused`` where this
    machine can't print.
    """
    digest = digest_of(order)
    if (shown := _shown(order, digest)) is not None:
        return shown
    codes = (new_code(), new_code()) if order.options["both"] else (new_code(),)
    content = _laid_out(order, codes)
    with transaction.atomic():
        ready = Ready(
            content_digest=digest,
            paper_code=codes[0],
            other_code="".join(codes[1:]),
            version=order.version,
            document=_kept(content),
        )
        Ready.objects.bulk_create([ready], ignore_conflicts=True)
    Ready.objects.filter(made_at__lt=timezone.now() - READY_KEPT).delete()
    shown = _shown(order, digest)
    assert shown is not None
    return shown


def _shown(order: Order, digest: str) -> Ready | Handout | None:
    """The paper that printing this content would give, with its document; None without any."""
    ready = Ready.objects.filter(content_digest=digest)
    paper = same_paper(order.version, digest, on=order.on)
    if paper is None:
        if (found := ready.select_related("document").defer("document__pdf").first()) is not None:
            return found
        # Somebody who printed it between the two questions took the one that was made ready.
        paper = same_paper(order.version, digest, on=order.on)
    if paper is not None:
        freeze(paper)
    return paper
