"""The review after twelve weeks, in words."""

from dataclasses import dataclass

from django.urls import reverse

from assessments.rules.finding import Finding, Tone
from programmes.rules.review import Review
from programmes.rules.terms import ReviewOutcome
from programmes.selectors.standing import Standing

_REVIEW_SAYS = {
    ReviewOutcome.ADHERENCE_REVIEW: "Find out first why sessions were missed",
    ReviewOutcome.REFER_NONRESPONSE: "Refer for an opinion: the programme was done, no response",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something a review waits for, and where it is recorded."""

    says: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown:
    """The twelve-week review as the page shows it; ``figures`` are what it read, in a sentence."""

    finding: Finding
    figures: str
    missing: tuple[Missing, ...]


def review_shown(found: Review, standing: Standing) -> ReviewShown:
    """The review in words with the numbers it read, and what it waits for."""
    code = standing.episode.code
    pages = {
        "visa_change": ("Record a VISA-A", "assessments:visa_new"),
        "adherence_pct": ("Log a session", "programmes:session_new"),
    }
    missing = tuple(
        Missing(says=pages[each][0], url=reverse(pages[each][1], args=[code]))
        for each in found.missing
        if each in pages
    )
    if found.outcome is not None:
        tone, says = Tone.CAUTION, _REVIEW_SAYS[found.outcome]
    elif found.missing:
        tone, says = Tone.MISSING, "The review waits for what is missing"
    else:
        tone, says = Tone.OK, "Go on as planned"
    totals = (("VISA-A first", standing.visa_first), ("VISA-A now", standing.visa_now))
    read = dict(found.numbers)
    first, now = ("not known" if each is None else f"{each}" for _, each in totals)
    score = f"VISA-A {first} first, {now} now" if standing.visa_weeks else f"VISA-A {now}"
    return ReviewShown(
        finding=Finding(
            rule=found.rule,
            says=says,
            because=found.because,
            numbers=(
                *((name, value.replace("_", " ")) for name, value in found.numbers),
                *((name, "not known" if each is None else f"{each}") for name, each in totals),
            ),
            sources=found.sources,
            tone=tone,
        ),
        figures=f"Weeks of programme {read['Weeks of programme']}, adherence"
        f" {read['Adherence']}, {score}.",
        missing=missing,
    )
