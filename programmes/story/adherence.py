"""What was done of the plan, in words."""

from dataclasses import dataclass

from programmes.rules.adherence import Week
from programmes.rules.words import counted
from programmes.selectors.adherence import Course


@dataclass(frozen=True, slots=True, kw_only=True)
class Adherence:
    """Done against planned, in words and by week (newest first)."""

    says: str
    percent: int | None
    weeks: tuple[Week, ...]


def adherence_of(course: Course | None) -> Adherence | None:
    """How much of the plan was done, as words; None without a programme that has begun."""
    if course is None or not course.weeks:
        return None
    known = [week for week in course.weeks if week.planned is not None]
    planned = sum(week.planned or 0 for week in known)
    seen = sum(week.observed for week in course.weeks)
    told = sum(week.reported for week in course.weeks)
    counts = sum(week.counts for week in known)
    says = (
        f"{counts} of {planned} planned in {counted(len(course.weeks), 'week')};"
        f" {seen} seen here, {told} as reported."
    )
    if seen + told > counts:
        says += " More than planned in one week makes up for no other week."
    return Adherence(says=says, percent=course.percent, weeks=course.weeks[::-1])
