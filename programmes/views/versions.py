"""Versions of a plan: each as it was frozen, two compared, one restored, copied or kept."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.access import AppRequest, get_episode_or_404, needs
from patients.models import Episode
from patients.rules.roles import May
from patients.rules.terms import Side
from programmes import actions, plan_table
from programmes.access import get_version_or_404
from programmes.forms.versions import CopyForm, KeepForm, RestoreForm
from programmes.models import PlanTemplate, Version
from programmes.selectors import versions as selectors
from programmes.selectors.standing import standing_of
from upwell.http import Refused, go_to


@needs(May.READ_CLINICAL)
@require_safe
def version(request: AppRequest, code: UUID) -> HttpResponse:
    """An issued version as it was frozen."""
    return _version_page(request, get_version_or_404(request, code))


def _version_page(
    request: AppRequest, found: Version, *, keep_form: KeepForm | None = None
) -> HttpResponse:
    """The page; a template that was refused is shown as it was typed."""
    episode = found.programme.episode
    context = {
        "episode": episode,
        "standing": standing_of(episode, timezone.localdate()),
        "page": selectors.version_page(found),
        "version": found,
        "tables": plan_table.of_version(found, None, side=Side(found.programme.episode.side)),
        "given": plan_table.given_instructions(found),
        "may_edit": request.user.may(May.EDIT_PLAN),
        "draft": selectors.draft_line(episode),
        "restore_form": RestoreForm(),
        "keep_form": keep_form or KeepForm(),
    }
    return render(request, "programmes/version.html", context, status=422 if keep_form else 200)


@needs(May.READ_CLINICAL)
@require_safe
def compare(request: AppRequest, code: UUID) -> HttpResponse:
    """How two plans of an episode differ."""
    found = get_episode_or_404(request, code)
    try:
        comparison = selectors.comparison(
            found, one=request.GET.get("from", ""), other=request.GET.get("to", "")
        )
    except selectors.NoSuchVersion as error:
        raise Http404 from error
    context = {
        "episode": found,
        "standing": standing_of(found, timezone.localdate()),
        "comparison": comparison,
        "diff": comparison.diff,
    }
    return render(request, "programmes/compare.html", context)


@needs(May.EDIT_PLAN)
@require_POST
def restore(request: AppRequest, code: UUID) -> HttpResponse:
    """Begin a draft from a version; the version stays as it is."""
    found = get_version_or_404(request, code)
    form = RestoreForm(request.POST)
    if not form.is_valid():
        raise Refused("This page is out of date. Reload it.")
    actions.restore(found, on=timezone.localdate(), by=request.user, **form.cleaned_data)
    messages.success(request, f"A draft is begun from version {found.number}.")
    return go_to(request, "programmes:edit", found.programme.episode.code)


@needs(May.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: AppRequest, code: UUID) -> HttpResponse:
    """Copy a plan to the other leg or another patient: find, look, then copy."""
    found = get_version_or_404(request, code)
    form = CopyForm(request.POST or None)
    chosen = _chosen(request, form)
    token = form.copies if chosen is not None else None
    if chosen is not None and token is not None:
        try:
            actions.copy_plan(
                found, to=chosen, form_token=token, on=timezone.localdate(), by=request.user
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"Version {found.number} is copied here as a draft.")
            return go_to(request, "programmes:edit", chosen.code)
    return render(
        request,
        "programmes/copy.html",
        _copy_context(found, form, chosen),
        status=422 if form.is_bound and form.errors else 200,
    )


def _chosen(request: AppRequest, form: CopyForm) -> Episode | None:
    """The episode chosen on the page; reading its tendon is recorded."""
    code = form.cleaned_data.get("to") if form.is_bound and form.is_valid() else None
    return get_episode_or_404(request, code) if code else None


def _copy_context(found: Version, form: CopyForm, chosen: Episode | None) -> dict[str, object]:
    episode = found.programme.episode
    text = form.cleaned_data.get("q", "") if form.is_bound else ""
    today = timezone.localdate()
    return {
        "episode": episode,
        "standing": standing_of(episode, today),
        "version": found,
        "form": form,
        "text": text,
        "other": selectors.other_side(episode),
        "found": selectors.open_episodes(text, but=episode),
        "preview": selectors.copy_preview(found, chosen, on=today) if chosen else None,
        "token": uuid4(),
    }


@needs(May.EDIT_PLAN)
@require_POST
def template_keep(request: AppRequest, code: UUID) -> HttpResponse:
    """Keep a version's plan as a template of the practice."""
    found = get_version_or_404(request, code)
    form = KeepForm(request.POST)
    if form.is_valid():
        try:
            actions.keep_version_as_template(found, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, f"Kept as the template “{form.cleaned_data['name']}”.")
            return go_to(request, "programmes:templates")
    return _version_page(request, found, keep_form=form)


@needs(May.READ_CLINICAL)
@require_safe
def templates(request: AppRequest) -> HttpResponse:
    """The practice's own plans to begin others from."""
    context = {
        "part": "templates",
        "templates": selectors.kept_templates(),
        "may_edit": request.user.may(May.EDIT_PLAN),
    }
    return render(request, "programmes/templates.html", context)


@needs(May.EDIT_PLAN)
@require_POST
def template_retire(request: AppRequest, code: UUID) -> HttpResponse:
    """Offer a template no more; plans begun from it stay."""
    template = get_object_or_404(PlanTemplate, code=code)
    actions.retire_template(template, by=request.user)
    messages.success(request, f"“{template.name}” is no longer offered.")
    return go_to(request, "programmes:templates")
