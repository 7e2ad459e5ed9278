"""Why an episode would give something else by now: what was recorded of it after the report."""

from collections.abc import Iterable
from itertools import groupby

from programmes.corrections_shown import LABELS
from programmes.selectors.outcomes import Reason

REASONS = {
    "corrected": ("session", "corrected"),
    "struck": ("session", "struck out"),
    "logged": ("session", "entered"),
    "morning": ("morning after the session", "told"),
    "decided": ("session", "decided"),
    "scored": ("VISA-A", "entered"),
    "score_struck": ("VISA-A", "struck out"),
    "tested": ("function tests", "entered"),
    "raised": ("heel raises of both sides", "entered"),
    "not_done": ("diary line not done", "entered"),
    "signed": ("examination", "signed"),
    "amended": ("examination", "amended"),
    "moved": ("change of step", "entered"),
    "reopened": ("opening again", "entered"),
    "issued": ("programme", "issued"),
    "discharged": ("discharge", "entered"),
    "error": ("closing as opened in error", "entered"),
}
"""What a reason is about, and what was done with it after the report."""
NAMED_AT_MOST = 3
"""How many of one kind are named one by one."""


def reasons_in_words(found: Iterable[Reason]) -> str:
    """What was recorded since: each with its day, many of one kind with their first and last."""
    said = []
    for kind, alike in groupby(found, key=lambda each: each.kind):
        reasons = list(alike)
        if len(reasons) <= NAMED_AT_MOST:
            said += [_reason(each) for each in reasons]
            continue
        about, done = REASONS[kind]
        days = sorted(each.on for each in reasons if each.on is not None)
        between = f" ({days[0]:%-d %b %Y} to {days[-1]:%-d %b %Y})" if days else ""
        said.append(f"{about} {done} later, {len(reasons)} times{between}")
    return "; ".join(said)


def _reason(found: Reason) -> str:
    about, done = REASONS[found.kind]
    of = f" of {found.on:%-d %b %Y}" if found.on else ""
    when = f" on {found.at:%-d %b %Y}" if found.at else " after this report"
    in_order = sorted(found.names, key=[*LABELS, "running"].index)
    names = ", ".join(_corrected_name(name, found) for name in in_order)
    return f"{about}{of} {done}{when}{f' ({names})' if names else ''}"


def _corrected_name(name: str, found: Reason) -> str:
    if name == "running":
        return "whether the patient runs"
    if name == "happened_on" and found.was:
        return f"date, was {found.was:%-d %b %Y}"
    return LABELS[name].lower()
