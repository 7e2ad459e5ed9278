"""The plan editor: a draft begun, edited cell by cell, and issued as the next version."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from programmes import actions, editing, editor
from programmes.access import get_draft
from programmes.actions import ReasonNeeded
from programmes.editor import NO_TROUBLES, Troubles
from programmes.forms.drafts import EDITS, EditForm, IssueDraftForm, SaveForm
from programmes.models import Draft
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
    if request.method != "POST" or op == "begin":
        found = get_episode_or_404(request, code)
        return _begin(request, found) if op else _opened(request, found)
    # What the page saves by itself while somebody types is one reading a day.
    draft = get_draft(request, code, by_itself=op in EDITS)
    match op:
        case "issue":
            return _issue(request, draft)
        case "aside":
            return _put_aside(request, draft)
        case "save":
            return _save(request, draft)
        case _:
            return _edit(request, draft)


def _opened(request: AppRequest, found: Episode) -> HttpResponse:
    draft = drafts.open_draft(found)
    if draft is None:
        return _start(request, found)
    draft.episode = found
    return _page(request, _read(request, draft))


def _begin(request: AppRequest, found: Episode) -> HttpResponse:
    source = request.POST.get("source", "")
    actions.begin_draft(found, source=source, on=timezone.localdate(), by=request.user)
    return go_to(request, PAGE, found.code)


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


def _read(request: AppRequest, draft: Draft) -> drafts.DraftPage:
    desk = asked.desk_to_type_at(draft.episode)
    return drafts.draft_page(draft, on=timezone.localdate(), by=request.user.pk, desk=desk)


def _page(
    request: AppRequest,
    page: drafts.DraftPage,
    *,
    form: IssueDraftForm | None = None,
    troubles: Troubles = NO_TROUBLES,
    status: int = 200,
) -> HttpResponse:
    context = {
        **_context(page, request.GET.get("step", ""), troubles),
        "tables": editor.tables_of(page, troubles),
        "lost": troubles.lost(page.plan),
        "choices": editor.choices_of(page),
        "protocols": editor.protocols_of(page.tendon, page.desk),
        "templates": asked.templates_offered(),
        "first_stage": "isometric" if page.tendon.isometric_only else "isotonic",
        "form": form or _issue_form(page),
        "number": page.standing.version.number + 1 if page.standing.version else 1,
    }
    return render(request, "programmes/edit.html", context, status=status)


def _context(
    page: drafts.DraftPage, step: str, troubles: Troubles, only: Sequence[str] | None = None
) -> dict[str, Any]:
    """What the whole page and the answer to an edit both show."""
    stands, more = editor.refusals_of(page)
    ids = [each.id for each in page.plan.columns]
    return {
        "page": page,
        "standing": page.standing,
        "episode": page.draft.episode,
        "draft": page.draft,
        "stands": stands,
        "more_stands": more,
        "unreadable": editor.unreadable_of(page),
        "weeks": editor.weeks_of(page, only),
        "shown": next((each for each in (step, page.here) if each in ids), next(iter(ids), "")),
        "edits": page.edits,
        "loose": troubles.loose,
    }


def _edit(request: AppRequest, draft: Draft) -> HttpResponse:
    form = EditForm(request.POST)
    if not form.is_valid():
        raise Refused(next(iter(form.errors.values()))[0])
    sent = form.cleaned_data
    what = editing.looked_up(sent.pop("what"), draft.episode, on=timezone.localdate())
    made = editing.make(draft, what, by=request.user, **sent)
    if request.htmx:
        return _answer(request, made)
    if made.troubles.clashes:
        page = _read(request, made.answer.draft)
        return _page(request, page, troubles=made.troubles, status=made.troubles.status)
    return go_to(request, PAGE, draft.episode.code)


def _answer(request: AppRequest, made: editing.Made) -> HttpResponse:
    """The parts of the page that an edit changed; 422 when a cell of it can't be read."""
    answer, stored, troubles = made.answer, made.answer.made, made.troubles
    today = timezone.localdate()
    if stored is not None and stored.kind == stored.Kind.EDIT and not troubles.clashes:
        page = asked.page_after_edit(answer.draft, on=today, desk=made.desk)
    else:
        page = drafts.draft_page(answer.draft, on=today, by=request.user.pk, desk=made.desk)
    patches = [answer.patch, *(each.patch for each in answer.others)]
    changed = editor.changed_by(page, patches, troubles)
    only = changed.steps if changed else None
    context = _context(page, request.POST.get("step", ""), troubles, only)
    context["newest"] = [] if page.edits else [*answer.others, *([stored] if stored else [])]
    context["changed"] = changed
    if changed is None:
        context["tables"] = editor.tables_of(page, troubles)
    if changed is None or page.edits:
        context["form"] = _issue_form(page)
    unread = editor.unreadable_in(page, answer.patch)
    status = 422 if unread and not troubles.clashes else troubles.status
    return render(request, "programmes/_edit_answer.html", context, status=status)


def _save(request: AppRequest, draft: Draft) -> HttpResponse:
    """Everything typed into the boxes at once, where no script sends each by itself."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        raise Refused("This page is out of date. Reload it.")
    known = form.cleaned_data["known"]
    saved = editing.save_typed(draft, request.POST, known=known, by=request.user)
    page = _read(request, saved.draft)
    status = saved.troubles.status
    if status == 200 and not editor.unreadable_of(page):
        messages.success(request, "Saved.")
        return go_to(request, PAGE, draft.episode.code)
    status = 422 if status == 200 else status
    return _page(request, page, troubles=saved.troubles, status=status)


def _issue_form(page: drafts.DraftPage, data: Any = None) -> IssueDraftForm:
    usual = "Where they stand now" if page.here else "The first step they have reached"
    note = editor.note_offered(page, asked.lasting_edits(page.draft))
    initial = {"known": page.draft.revision, "note": note}
    return IssueDraftForm(data, steps=editor.steps_of(page), usual=usual, initial=initial)


def _issue(request: AppRequest, draft: Draft) -> HttpResponse:
    page = _read(request, draft)
    form = _issue_form(page, request.POST)
    if form.is_valid():
        try:
            version = actions.issue_draft(
                draft, on=timezone.localdate(), by=request.user, **form.cleaned_data
            )
        except ReasonNeeded as needed:
            form.add_error("reason", str(needed))
        except Refused as refused:
            if draft.discarded_at or draft.issued_as_id:
                raise  # its page can't be gone on with
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Version {version.number} is issued.")
            return go_to(request, "programmes:programme", draft.episode.code)
    return _page(request, page, form=form, status=422)


def _put_aside(request: AppRequest, draft: Draft) -> HttpResponse:
    actions.put_aside(draft, by=request.user)
    messages.success(request, "The draft is put aside. What was edited stays on record.")
    return go_to(request, "programmes:programme", draft.episode.code)
