"""The history of the practice defaults: each change with what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from patients.models import DefaultsChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    """One change: ``changed`` has the setting's name, its value before and since.

    None stands for our own value.
    """

    change: DefaultsChange
    changed: tuple[tuple[str, int | None, int | None], ...]


def values_of_change(number: int) -> Mapping[str, int]:
    """The settings other than ours after this change; none for number 0 or one never made."""
    found = DefaultsChange.objects.filter(number=number).first()
    return found.values if found else {}


def changes_of_defaults() -> tuple[ChangeShown, ...]:
    """Every change ever made, the newest first; one query."""
    before: Mapping[str, int] = {}
    told = []
    for each in DefaultsChange.objects.select_related("made_by").order_by("number"):
        names = dict.fromkeys((*before, *each.values))
        changed = tuple(
            (name, before.get(name), each.values.get(name))
            for name in names
            if before.get(name) != each.values.get(name)
        )
        told.append(ChangeShown(change=each, changed=changed))
        before = each.values
    return tuple(reversed(told))
