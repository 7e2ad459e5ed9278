"""The library: what the practice may choose from, with its own exercises and weights."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from patients.access import AppRequest, needs
from patients.actions import EditedMeanwhile
from patients.rules.roles import May
from programmes.actions import library as actions
from programmes.forms.library import ExerciseForm, GoneForm, SearchForm, WeightForm
from programmes.library_shown import drawn, listed, protocols_shown, shown
from programmes.models import PracticeExercise
from programmes.rules.library import Catalogue
from programmes.rules.library.search import matching
from programmes.selectors import practice
from programmes.selectors.library import as_exercise
from upwell.http import Refused, go_to

PARTS = {
    "protocols": "programmes/library_protocols.html",
    "drawings": "programmes/library_drawings.html",
    "weights": "programmes/library_weights.html",
}


@needs(May.READ_CLINICAL)
@require_safe
def library(request: AppRequest) -> HttpResponse:
    """Exercises, protocols or weights, whichever ``?part=`` asks for."""
    part = request.GET.get("part", "")
    if part == "weights":
        return _weights(request, WeightForm())
    context = {"part": part if part in PARTS else "", **_exercises(request)}
    if part == "protocols":
        context["protocols"] = protocols_shown(context["catalogue"])
    if part == "drawings":
        context["drawings"] = drawn(context["catalogue"].values())
    return render(request, PARTS.get(part, "programmes/library.html"), context)


def _exercises(request: AppRequest) -> dict[str, Any]:
    """The list that was asked for, and the exercise of it that is shown whole."""
    own = practice.in_use(practice.own_exercises())
    catalogue = practice.catalogue_of(own)
    search = SearchForm(request.GET)
    found = matching(catalogue.values(), **search.wanted())
    current = request.GET.get("exercise", "")
    if current not in catalogue:
        current = found[0].key if found else ""
    rows = {each.key: each for each in own}
    return {
        "catalogue": catalogue,
        "search": search,
        "count": len(found),
        "stages": listed(found, own=rows, current=current),
        "shown": shown(catalogue[current], catalogue, rows.get(current)) if current else None,
        "may_edit": request.user.may(May.EDIT_PLAN),
        "query": _without(request, "exercise"),
    }


def _without(request: AppRequest, name: str) -> str:
    """What was asked for but this, to go on with it in a link."""
    kept = request.GET.copy()
    kept.pop(name, None)
    return kept.urlencode()


@needs(May.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def exercise_new(request: AppRequest) -> HttpResponse:
    """Add an exercise of the practice's own; ``?like=`` begins with what another one says."""
    catalogue = practice.catalogue_of(practice.in_use(practice.own_exercises()))
    like = catalogue.get(request.GET.get("like", ""))
    initial = ExerciseForm.pattern_of(like) if like else {}
    form = ExerciseForm(request.POST or None, initial=initial, catalogue=catalogue)
    if form.is_bound and form.is_valid():
        try:
            token = form.cleaned_data["form_token"]
            made = actions.add_exercise(form_token=token, by=request.user, **form.said())
        except Refused as refused:
            form.add_error(None, str(refused))
        except ValueError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{made.name} is in the library.")
            return go_to(request, "programmes:exercise", made.code)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, **form.looks}
    return render(request, "programmes/library_exercise_form.html", context, status=status)


@needs(May.EDIT_PLAN)
@require_http_methods(["GET", "HEAD", "POST"])
def exercise(request: AppRequest, code: UUID) -> HttpResponse:
    """Change an exercise of the practice's own, or take it out of the library."""
    stored = practice.own_exercise_or_404(code)
    if "retire" in request.POST:
        out = request.POST["retire"] == "out"
        saved = actions.retire_exercise(stored, out=out, by=request.user)
        where = "out of" if saved.retired_at else "back in"
        messages.success(request, f"{saved.name} is {where} the library.")
        return go_to(request, "programmes:exercise", code)
    return _edited(request, stored, practice.catalogue_of(practice.own_exercises()))


def _edited(request: AppRequest, stored: PracticeExercise, catalogue: Catalogue) -> HttpResponse:
    own = as_exercise(stored)
    initial = ExerciseForm.stored(stored, own)
    others = {key: each for key, each in catalogue.items() if key != stored.key}
    form = ExerciseForm(request.POST or None, initial=initial, catalogue=others, own=own)
    status, theirs = (422 if request.method == "POST" else 200), None
    differences: list[tuple[str, str, str]] = []
    if form.is_bound and form.is_valid():
        try:
            actions.change_exercise(
                stored, version=form.version_known, by=request.user, **form.said()
            )
        except EditedMeanwhile as conflict:
            status, theirs = 409, conflict.theirs
            differences = form.differences(form.stored(theirs, as_exercise(theirs)))
        except ValueError as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved.")
            return go_to(request, "programmes:exercise", stored.code)
    context = {"form": form, "stored": stored, "theirs": theirs, **form.looks}
    context["differences"] = differences
    return render(request, "programmes/library_exercise_form.html", context, status=status)


@needs(May.EDIT_PLAN)
@require_POST
def weights(request: AppRequest) -> HttpResponse:
    """Add a weight the practice owns, or say that one is gone."""
    gone = GoneForm(request.POST)
    if gone.is_valid() and gone.cleaned_data["gone"] is not None:
        actions.drop_weight(weight_id=gone.cleaned_data["gone"])
        return go_to(request, f"{reverse('programmes:library')}?part=weights")
    form = WeightForm(request.POST)
    if form.is_valid():
        actions.add_weight(by=request.user, **form.cleaned_data)
        return go_to(request, f"{reverse('programmes:library')}?part=weights")
    return _weights(request, form, status=422)


def _weights(request: AppRequest, form: WeightForm, *, status: int = 200) -> HttpResponse:
    context = {
        "part": "weights",
        "form": form,
        "kinds": practice.weights(),
        "may_edit": request.user.may(May.EDIT_PLAN),
    }
    return render(request, PARTS["weights"], context, status=status)
