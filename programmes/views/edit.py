"""The plan editor: a draft begun, edited cell by cell, and issued as the next version."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from programmes import actions, editor
from programmes.actions import Answer, DraftClash
from programmes.forms.drafts import (
    EDITS,
    UNDO,
    AddSource,
    EditForm,
    IssueDraftForm,
    typed_changes,
)
from programmes.models import Draft
from programmes.rules.edits import AddPlan, Desk, Edit, FillRow, NameColumn, SetCells
from programmes.selectors import drafts
from programmes.selectors import editor as asked
from programmes.selectors.standing import standing_of
from upwell.http import Refused, go_to

PAGE = "programmes:edit"


@needs(May.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: AppRequest, code: UUID) -> HttpResponse:
    """The draft of the next version as a table, or the ways to begin one."""
    op = request.POST.get("op", "")
    # The page's own reading is logged; what it saves by itself while somebody types isn't.
    found = get_episode_or_404(request, code, log=op not in EDITS)
    if request.method != "POST":
        draft = drafts.open_draft(found)
        return _page(request, draft) if draft else _start(request, found)
    if op == "begin":
        source = request.POST.get("source", "")
        actions.begin_draft(found, source=source, on=timezone.localdate(), by=request.user)
        return go_to(request, PAGE, code)
    draft = drafts.open_draft(found)
    if draft is None:
        raise Refused("There is no open draft any more: it was issued or put aside.")
    draft.episode = found
    match op:
        case "issue":
            return _issue(request, draft)
        case "aside":
            return _put_aside(request, draft)
        case "save":
            return _save(request, draft)
        case _:
            return _edit(request, draft)


def _start(request: AppRequest, found: Episode) -> HttpResponse:
    """The ways to begin, each with what it is for this tendon."""
    today = timezone.localdate()
    standing = standing_of(found, today)
    tendon = drafts.plan_tendon(found, today, standing)
    context = {
        "episode": found,
        "standing": standing,
        "in_force": standing.version,
        "protocols": editor.protocols_of(tendon, asked.desk_to_type_at(found)),
        "templates": asked.templates_offered(),
        "locked": tendon.locked,
        "known": tendon.known,
        "capped": tendon.isometric_only,
    }
    return render(request, "programmes/edit_start.html", context)


def _page(
    request: AppRequest,
    draft: Draft,
    *,
    form: IssueDraftForm | None = None,
    clashes: Mapping[str, editor.TwoValues] | None = None,
    status: int = 200,
) -> HttpResponse:
    own = asked.own_exercises()
    page = asked.page_now(
        draft,
        on=timezone.localdate(),
        by=request.user.pk,
        desk=asked.desk_with(draft.episode, own),
    )
    first = "isometric" if page.tendon.isometric_only else "isotonic"
    context = {
        **_context(page, request.GET.get("step", "")),
        "tables": editor.tables_of(page, clashes),
        "loose": (clashes or {}).get(""),
        "choices": editor.choices_of(page, {each.key for each in own if each.retired_at}),
        "protocols": editor.protocols_of(page.tendon, page.desk),
        "templates": asked.templates_offered(),
        "first_stage": first,
        "form": form or _issue_form(page),
        "number": page.standing.version.number + 1 if page.standing.version else 1,
    }
    return render(request, "programmes/edit.html", context, status=status)


def _context(
    page: drafts.DraftPage, step: str, only: Sequence[str] | None = None
) -> dict[str, Any]:
    """What the whole page and the answer to an edit both show."""
    stands, more = editor.refusals_of(page)
    weeks = editor.weeks_of(page, only)
    ids = [each.id for each in page.plan.columns]
    return {
        "page": page,
        "standing": page.standing,
        "episode": page.draft.episode,
        "draft": page.draft,
        "stands": stands,
        "more_stands": more,
        "unreadable": editor.unreadable_of(page),
        "weeks": weeks,
        "shown": next((each for each in (step, page.here) if each in ids), next(iter(ids), "")),
        "edits": page.edits,
    }


def _edit(request: AppRequest, draft: Draft) -> HttpResponse:
    form = EditForm(request.POST)
    if not form.is_valid():
        raise Refused(next(iter(form.errors.values()))[0])
    sent = form.cleaned_data
    op, known, token = sent["op"], sent["known"], sent["token"]
    what = _looked_up(sent["what"], draft.episode)
    desk = (drafts.desk_of if isinstance(what, FillRow) else asked.desk_to_type_at)(draft.episode)
    clashes: dict[str, editor.TwoValues] = {}
    answer: Answer | None
    try:
        answer = _made(
            draft, what, sent["op"], known=known, token=token, request=request, desk=desk
        )
    except DraftClash as clash:
        clashes = _two_values(draft, clash, op, what, request.POST.get("edit", ""))
        answer = _the_rest(draft, what, clash, known=known, request=request)
    if not request.htmx:
        if clashes:
            return _page(request, answer.draft if answer else draft, clashes=clashes, status=409)
        return go_to(request, PAGE, draft.episode.code)
    if answer is None:
        answer = Answer(draft=draft, patch={}, others=asked.edits_since(draft, known))
    return _answer(request, answer, desk, clashes)


def _answer(
    request: AppRequest, answer: Answer, desk: Desk, clashes: Mapping[str, editor.TwoValues]
) -> HttpResponse:
    """The parts of the page that an edit changed; 422 when a cell of it can't be read."""
    today, patch, made = timezone.localdate(), answer.patch, answer.made
    if made is not None and made.kind == made.Kind.EDIT and not clashes:
        page = asked.page_after_edit(answer.draft, on=today, desk=desk)
    else:
        page = asked.page_now(answer.draft, on=today, by=request.user.pk, desk=desk)
    changed = editor.changed_by(page, [patch, *(each.patch for each in answer.others)], clashes)
    context = _context(page, request.POST.get("step", ""), changed.steps if changed else None)
    context["newest"] = [] if page.edits else [*answer.others, *([made] if made else [])]
    if changed is None:
        context |= {
            "tables": editor.tables_of(page, clashes),
            "loose": clashes.get(""),
            "form": _issue_form(page),
        }
    else:
        context["changed"] = changed
    unread = any(
        cell.error and f"cell/{row}/{column}" in patch
        for (row, column), cell in page.checked.cells.items()
    )
    status = 409 if clashes else 422 if unread else 200
    return render(request, "programmes/_edit_answer.html", context, status=status)


def _looked_up(what: Edit | AddSource | None, found: Episode) -> Edit | None:
    if not isinstance(what, AddSource):
        return what
    plan, name = drafts.plan_from(
        what.source, episode=found, desk=drafts.desk_of(found), on=timezone.localdate()
    )
    return AddPlan(plan=plan, mode=what.mode, name=name)


def _made(
    draft: Draft,
    what: Edit | None,
    op: str,
    *,
    known: int,
    token: UUID,
    request: AppRequest,
    desk: Desk | None = None,
) -> Answer:
    by = request.user
    if what is None:
        return actions.undo_draft(draft, known=known, token=token, by=by, redo=op != UNDO)
    return actions.edit_draft(draft, edit=what, known=known, token=token, by=by, desk=desk)


def _the_rest(
    draft: Draft, what: Edit | None, clash: DraftClash, *, known: int, request: AppRequest
) -> Answer | None:
    """The cells of an edit that nobody else changed are stored all the same."""
    if not isinstance(what, SetCells):
        return None
    cells = tuple(each for each in what.cells if f"cell/{each[0]}/{each[1]}" not in clash.places)
    if not cells:
        return None
    kept = SetCells(cells=cells)
    return actions.edit_draft(draft, edit=kept, known=known, token=uuid4(), by=request.user)


def _two_values(
    draft: Draft, clash: DraftClash, op: str, what: Edit | None, sent: str
) -> dict[str, editor.TwoValues]:
    """Each place two people changed with both values; under "" an edit that can't be told apart."""
    desk = drafts.desk_of(draft.episode)
    now = asked.plan_seen(draft, 2_000_000_000)
    told = {
        place: editor.TwoValues(
            where=editor.place_words(now, place, desk),
            theirs=editor.value_words(theirs),
            who=who,
            mine="",
            op=op,
            edit=sent,
        )
        for place, (theirs, who) in clash.places.items()
    }
    if isinstance(what, SetCells):
        mine = {f"cell/{row}/{column}": (row, column, text) for row, column, text in what.cells}
        return {
            place: replace(
                each,
                mine=editor.value_words(mine[place][2]),
                edit=json.dumps({"cells": [mine[place]]}),
            )
            for place, each in told.items()
            if place in mine
        }
    first = next(iter(told.values()))
    where = ", ".join(dict.fromkeys(each.where for each in told.values()))
    mine_words = "your change"
    if isinstance(what, NameColumn):
        mine_words = editor.value_words({"title": what.title, "weeks": what.weeks})
    theirs = first.theirs if len(told) == 1 else "their change"
    return {"": replace(first, where=where, theirs=theirs, mine=mine_words)}


def _save(request: AppRequest, draft: Draft) -> HttpResponse:
    """Everything typed into the boxes at once, where no script sends each by itself."""
    known_text = request.POST.get("known", "")
    known = int(known_text) if known_text.isdecimal() and len(known_text) < 10 else draft.revision
    clashes: dict[str, editor.TwoValues] = {}
    for what in typed_changes(request.POST, asked.plan_seen(draft, known)):
        op = "set" if isinstance(what, SetCells) else "name_column"
        try:
            _made(draft, what, op, known=known, token=uuid4(), request=request)
        except DraftClash as clash:
            clashes |= _two_values(draft, clash, op, what, "")
            _the_rest(draft, what, clash, known=known, request=request)
    fresh = drafts.open_draft(draft.episode) or draft
    page = drafts.draft_page(fresh, on=timezone.localdate(), by=request.user.pk)
    if clashes or editor.unreadable_of(page):
        return _page(request, fresh, clashes=clashes, status=409 if clashes else 422)
    messages.success(request, "Saved.")
    return go_to(request, PAGE, draft.episode.code)


def _issue_form(page: drafts.DraftPage, data: Any = None) -> IssueDraftForm:
    usual = "Where they stand now" if page.here else "The first step they have reached"
    return IssueDraftForm(
        data, steps=editor.steps_of(page), usual=usual, initial={"known": page.draft.revision}
    )


def _issue(request: AppRequest, draft: Draft) -> HttpResponse:
    today = timezone.localdate()
    page = drafts.draft_page(draft, on=today, by=request.user.pk)
    form = _issue_form(page, request.POST)
    if form.is_valid():
        try:
            version = actions.issue_draft(draft, on=today, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Version {version.number} is issued.")
            return go_to(request, "programmes:programme", draft.episode.code)
    return _page(request, draft, form=form, status=422)


def _put_aside(request: AppRequest, draft: Draft) -> HttpResponse:
    actions.put_aside(draft, by=request.user)
    messages.success(request, "The draft is put aside. What was edited stays on record.")
    return go_to(request, "programmes:programme", draft.episode.code)
