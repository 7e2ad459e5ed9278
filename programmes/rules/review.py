"""The review after twelve weeks: adherence first, then response (rule D10)."""

from dataclasses import dataclass

from assessments.rules.bounds import WEEKS, Bounds, Number, check
from assessments.rules.terms import VisaChange
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import ReviewOutcome
from programmes.rules.words import plain

ADHERENCE = Bounds(low=0, high=100, unit="%")
NO_RESPONSE = (VisaChange.NO_CHANGE, VisaChange.WORSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What the review says: no outcome means go on as planned, or that something is missing."""

    outcome: ReviewOutcome | None
    rule: str
    because: str
    numbers: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ("own",)


def review(
    *,
    weeks: Number | None,
    adherence_pct: Number | None,
    visa_change: VisaChange | None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> Review:
    """The review of a programme of ``weeks`` with ``adherence_pct`` (0-100) of its sessions done.

    Raises ``ValueError`` naming a value out of range.
    """
    check("weeks", weeks, WEEKS)
    check("adherence_pct", adherence_pct, ADHERENCE)
    numbers = (
        ("Weeks of programme", _shown(weeks)),
        ("Judged from", f"{defaults.review_weeks} weeks"),
        ("Adherence", _shown(adherence_pct, " %")),
        ("Adherence needed", f"{defaults.review_adherence_percent} %"),
        ("VISA-A change", "not known" if visa_change is None else visa_change.value),
    )
    if weeks is None:
        return _nothing("It is not known how long the programme has run.", numbers, "weeks")
    if weeks < defaults.review_weeks:
        return _nothing("It is too early to judge the response.", numbers)
    if adherence_pct is None:
        return _nothing("Adherence is not recorded.", numbers, "adherence_pct")
    if adherence_pct < defaults.review_adherence_percent:
        return Review(
            outcome=ReviewOutcome.ADHERENCE_REVIEW,
            rule="D10",
            because="Too few sessions were done to judge the programme: find out why first.",
            numbers=numbers,
        )
    if visa_change is None:
        return _nothing("No VISA-A change is known.", numbers, "visa_change")
    if visa_change in NO_RESPONSE:
        return Review(
            outcome=ReviewOutcome.REFER_NONRESPONSE,
            rule="D10",
            because="The sessions were done but the score has not improved: refer for an opinion.",
            numbers=numbers,
        )
    return _nothing("The score does not show a lack of response.", numbers)


def _nothing(because: str, numbers: tuple[tuple[str, str], ...], *missing: str) -> Review:
    return Review(outcome=None, rule="D10", because=because, numbers=numbers, missing=missing)


def _shown(number: Number | None, unit: str = "") -> str:
    return "not recorded" if number is None else f"{plain(number)}{unit}"
