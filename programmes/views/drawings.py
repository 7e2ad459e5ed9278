"""Drawings asked for one by one: as a picture of a list, and beside a form that names one."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from patients.access import AppRequest, needs
from patients.rules.roles import May
from programmes.drawing import drawing_of_exercise
from programmes.selectors import practice


@needs(May.READ_CLINICAL)
@require_safe
def picture(request: AppRequest) -> HttpResponse:
    """The drawing of the exercise ``?exercise=`` names, a picture of its own; else an empty one."""
    known = practice.catalogue_of(practice.own_exercises()).get(request.GET.get("exercise", ""))
    context = {"drawing": drawing_of_exercise(known) if known else None}
    kind = "image/svg+xml"
    return render(request, "programmes/picture.svg", context, content_type=kind)


@needs(May.EDIT_PLAN)
@require_safe
def looks(request: AppRequest) -> HttpResponse:
    """What an exercise drawn like ``?like=`` looks like; of one that stays as it is, ``?own=``.

    Opened by itself, it is a page.
    """
    catalogue = practice.catalogue_of(practice.own_exercises())
    key = request.GET.get("like") or request.GET.get("own", "")
    known = catalogue.get(key)
    context = {"looks": drawing_of_exercise(known) if known else None, "like": known}
    piece, page = "programmes/_exercise_looks.html", "programmes/exercise_looks.html"
    return render(request, piece if request.htmx else page, context)
