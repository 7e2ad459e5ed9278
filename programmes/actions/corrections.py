"""Correcting what was told of a session: dated, with a reason, the decision left as it stands."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from patients.actions import lock_episode, once
from patients.models import User
from programmes.models import TOLD, Correction, MorningAfter, Session
from programmes.rules.decision import facts_from_json, n_ok_after
from programmes.rules.performed import completed, done_from_json, plan_of
from programmes.rules.terms import Outcome
from programmes.rules.version import RULES_VERSION
from programmes.selectors.decisions import told_now
from upwell.clock import now
from upwell.http import Refused

VALUES = tuple(name for name in TOLD if name != "done")
"""What the page of a correction may change of the session itself."""

TOLD_LATER = "Told later"
"""The reason on record of a correction that only adds what had not been asked."""

MORNING = ("pain", "stiffness_min")
"""What it may change of the morning after; a correction stores them as ``morning_pain`` and so."""


class CorrectedMeanwhile(Refused):
    """What is recorded was changed since the page of the correction was opened."""


class NothingChanged(Refused):
    """A correction that changes nothing."""


class WrongValue(Refused):
    """A value that can't be: ``field`` is its name on the page."""

    def __init__(self, field: str, says: str) -> None:
        super().__init__(says)
        self.field = field


def known_of(session: Session) -> str:
    """What somebody has seen of a session when they correct it: another text once it changed."""
    told = "told" if hasattr(session, "morning") else "untold"
    return f"{session.corrected}-{told}"


@transaction.atomic
def correct_session(
    session: Session,
    *,
    values: Mapping[str, Any],
    morning: Mapping[str, int | None],
    strikes: bool,
    reason: str,
    known: str,
    on: date,
    form_token: UUID,
    by: User,
) -> Correction:
    """A correction of a session made on day ``on``; the same form again gives the same one.

    ``values`` are those of ``VALUES`` and ``morning`` those of ``MORNING`` as they should stand;
    with ``strikes`` they don't matter, and the session counts nowhere any more. ``known`` is the
    ``known_of`` of the page that was answered. What was told of each set goes when another share
    was done than it tells. A decision made stays as it is: the correction says what the rule says
    of the corrected values, in everything else that decision read. Raises
    ``CorrectedMeanwhile``, ``NothingChanged``, ``WrongValue``, and ``Refused`` for one struck out.
    """
    lock_episode(session.programme.episode_id)
    session = Session.objects.whole().get(pk=session.pk)
    content = {
        "session": session.pk,
        "strikes": strikes,
        "reason": reason,
        **({} if strikes else {**values, "morning": dict(morning)}),
    }
    return once(
        Correction,
        form_token=form_token,
        content=content,
        create=lambda marks: _correct(
            session,
            {} if strikes else {**values, **{f"morning_{key}": morning[key] for key in morning}},
            known=known,
            on=on,
            marks={**marks, "strikes": strikes, "reason": reason.strip(), "corrected_by": by},
        ),
    )


@transaction.atomic
def tell_later(
    session: Session, *, told: Mapping[str, int | bool], on: date, form_token: UUID, by: User
) -> Correction:
    """What had not been asked of a session, told on day ``on``; the same form again gives the same.

    ``told`` has the names of ``standing_values``. Nothing that is on record is changed: that is
    ``correct_session``, with a reason. A decision stands, as there. Raises ``WrongValue`` for a
    value recorded otherwise meanwhile, ``NothingChanged`` when all of it is on record, and
    ``Refused`` for a session struck out.
    """
    lock_episode(session.programme.episode_id)
    session = Session.objects.whole().get(pk=session.pk)
    return once(
        Correction,
        form_token=form_token,
        content={"session": session.pk, "told": dict(told)},
        create=lambda marks: _tell_later(
            session, told, on=on, marks={**marks, "reason": TOLD_LATER, "corrected_by": by}
        ),
    )


def _tell_later(
    session: Session, told: Mapping[str, int | bool], *, on: date, marks: dict[str, Any]
) -> Correction:
    stands = standing_values(session)
    for name, value in told.items():
        if stands[name] is not None and stands[name] != value:
            raise WrongValue(
                name,
                "This was recorded meanwhile. To change it, correct the session.",
            )
    return _correct(
        session, told, known=known_of(session), on=on, marks={**marks, "strikes": False}
    )


def tell_morning_later(
    session: Session, *, pain: int | None, stiffness_min: int | None, on: date, by: User
) -> Correction:
    """The morning after a decided session, told on day ``on`` when none was on record yet.

    The decision stands; the correction says what the rule says of it now. Raises as
    ``correct_session``.
    """
    session = Session.objects.whole().get(pk=session.pk)
    return correct_session(
        session,
        values={name: getattr(session, name) for name in VALUES},
        morning={"pain": pain, "stiffness_min": stiffness_min},
        strikes=False,
        reason="Told later: the next morning.",
        known=known_of(session),
        on=on,
        form_token=uuid5(session.code, "next morning told later"),
        by=by,
    )


def _correct(
    session: Session, told: Mapping[str, Any], *, known: str, on: date, marks: dict[str, Any]
) -> Correction:
    if session.struck_at is not None:
        raise Refused("This session was struck out already.")
    if known != known_of(session):
        raise CorrectedMeanwhile(
            "Somebody else changed what is recorded of this session. Compare, then save again."
        )
    stands = {**standing_values(session), "done": session.done}
    after = {name: value for name, value in told.items() if not _same(stands[name], value)}
    if "completed_pct" in after and _sets_contradict(session, after["completed_pct"]):
        after["done"] = []
    if not after and not marks["strikes"]:
        raise NothingChanged("Nothing was changed: everything stands as it is typed here.")
    _check(session, {**stands, **after}, on)
    had_morning = hasattr(session, "morning")
    _tell(session, after, by=marks["corrected_by"])
    said = {} if marks["strikes"] else _rule_of(session, day_changed="happened_on" in after)
    number = session.corrected + 1
    correction = Correction.objects.create(
        session=session,
        number=number,
        before={name: _stored(stands[name]) for name in after},
        after={name: _stored(value) for name, value in after.items()},
        **said,
        **marks,
    )
    own = {name: value for name, value in after.items() if name in TOLD}
    struck = {"struck_at": now()} if marks["strikes"] else {}
    Session.objects.filter(pk=session.pk).update(corrected=number, **own, **struck)
    of_morning = {
        name.removeprefix("morning_"): value for name, value in after.items() if name not in own
    }
    if of_morning and had_morning:
        MorningAfter.objects.filter(session=session).update(corrected=number, **of_morning)
    elif of_morning:
        session.morning.corrected = number
        session.morning.save()
    return correction


def standing_values(session: Session) -> dict[str, Any]:
    """Everything a correction may change, as it stands; None where nothing was told."""
    morning = getattr(session, "morning", None)
    return {
        **{name: getattr(session, name) for name in VALUES},
        **{f"morning_{name}": getattr(morning, name, None) for name in MORNING},
    }


def _check(session: Session, told: Mapping[str, Any], on: date) -> None:
    """Raises ``WrongValue`` for what can't be, as a whole."""
    day, began = told["happened_on"], session.programme.started_on
    if day < began:
        raise WrongValue("happened_on", f"The programme began on {began:%-d %B %Y}.")
    if day > on:
        raise WrongValue("happened_on", "This day has not come yet.")
    mornings = [told[f"morning_{name}"] for name in MORNING]
    empty = all(value is None for value in mornings)
    if not empty and day >= on:
        raise WrongValue("happened_on", "The morning after that day has not come yet.")
    if empty and hasattr(session, "morning"):
        raise WrongValue(
            "morning_pain",
            "The morning after is on record and can't be emptied: leave its pain or its stiffness, "
            "or strike the session out and log it again.",
        )


def _tell(session: Session, after: Mapping[str, Any], *, by: User) -> None:
    """Sets the corrected values on the rows in memory; nothing is written."""
    for name, value in after.items():
        if name in TOLD:
            setattr(session, name, value)
            continue
        if not hasattr(session, "morning"):
            MorningAfter(session=session, recorded_by=by)  # its session knows it from here on
        setattr(session.morning, name.removeprefix("morning_"), value)


def _sets_contradict(session: Session, completed_pct: int | None) -> bool:
    """Whether what was told of each set says otherwise than this share of the session."""
    plans = [plan_of(target) for target in session.targets]
    return bool(session.done) and completed(done_from_json(session.done), plans) != completed_pct


def _rule_of(session: Session, *, day_changed: bool) -> dict[str, Any]:
    """What the rule says of a decided session as it is told now; empty when nothing was decided."""
    decision = getattr(session, "decision", None)
    if decision is None:
        return {}
    changed = day_changed or any("happened_on" in each.before for each in session.corrections.all())
    try:
        proposal, read = told_now(session, day_changed=changed)
        _, context, _ = facts_from_json(decision.inputs)
    except ValueError:
        # A damaged record is found by the replay; it must not keep a wrong entry from being set
        # right.
        return {}
    return {
        "proposed": proposal.outcome,
        "rule": proposal.rule,
        "because": proposal.because,
        "inputs": read,
        "defaults": decision.defaults,
        "rules_version": RULES_VERSION,
        "n_ok_after": n_ok_after(Outcome(decision.outcome), proposal.rule, context.n_ok_before),
    }


def _same(stands: Any, told: Any) -> bool:
    """Whether nothing was changed; a browser sends other line ends than were stored."""
    if isinstance(stands, str) and isinstance(told, str):
        return stands.splitlines() == told.splitlines()
    return bool(stands == told)


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
