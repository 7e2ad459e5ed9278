"""The practice defaults: what the rules go by here, ours beside it, and who changed it and why."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from patients.access import AppRequest, needs
from patients.actions import EditedMeanwhile
from patients.in_force import InForce, in_force
from patients.models import DefaultsChange
from patients.rules.roles import May
from programmes.actions.defaults import change_defaults
from programmes.forms.defaults import ROWS, DefaultsForm
from programmes.selectors.defaults import ChangeShown, changes_of_defaults, values_of_change
from upwell.http import Refused, go_to

# More than this many settings are counted in the message, not named.
NAMED = 5


@needs(May.LEAD)
@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: AppRequest) -> HttpResponse:
    """Every setting with its history; a change needs a reason and counts from the next request."""
    now = in_force()
    form = DefaultsForm(request.POST or None, initial=DefaultsForm.stored(now.number, now.values))
    status, theirs = (422 if request.method == "POST" else 200), None
    if form.is_bound and form.is_valid():
        try:
            made = change_defaults(
                form_token=form.cleaned_data["form_token"],
                number=form.number,
                assessment=form.settings_of("assessments"),
                programme=form.settings_of("programmes"),
                reason=form.cleaned_data["reason"],
                by=request.user,
            )
        except EditedMeanwhile as conflict:
            status, theirs = 409, conflict.theirs
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _said(made))
            return go_to(request, "programmes:defaults")
    context = _page(form, now, theirs)
    return render(request, "programmes/defaults.html", context, status=status)


def _page(form: DefaultsForm, now: InForce, theirs: DefaultsChange | None) -> dict[str, Any]:
    differences: tuple[tuple[str, str, str], ...] = ()
    if theirs:
        before = values_of_change(form.number)
        differences = tuple(form.differences(before=before, values=theirs.values))
        form = form.over(theirs.number, before=before, values=theirs.values)
    return {
        "form": form,
        "groups": form.groups(theirs.values if theirs else now.values),
        "theirs": theirs,
        "differences": differences,
        "both": any(typed for _, _, typed in differences),
        "history": tuple(_told(each) for each in changes_of_defaults()),
    }


def _said(made: DefaultsChange) -> str:
    """What a change did, setting by setting, for the message after saving."""
    before: Mapping[str, int] = values_of_change(made.number - 1)
    told = []
    for name, row in ROWS.items():
        was, since = (values.get(name, row.shipped) for values in (before, made.values))
        if was != since:
            told.append(f"{row.label}: {was} → {since} {row.unit}".strip())
    more = f"; and {len(told) - NAMED} more" if len(told) > NAMED else ""
    changed = "; ".join(told[:NAMED])
    return f"Saved. {changed}{more}. What was decided before stays as it was."


def _told(shown: ChangeShown) -> dict[str, Any]:
    """A change in words; a setting the rules no longer know goes by its name."""
    lines = []
    for name, before, since in shown.changed:
        row = ROWS.get(name)
        ours = f"{row.shipped} {row.unit} (ours)" if row else "ours"
        unit = f" {row.unit}" if row else ""
        told = [ours if value is None else f"{value}{unit}" for value in (before, since)]
        lines.append((row.label if row else name, *told))
    return {"change": shown.change, "lines": lines}
