"""How the story says things: days, weeks, sessions, work, and its signs."""

from datetime import date

from programmes.models import Session
from programmes.rules.adherence import Week

MINUTE_S = 60
SIGN_WORDS = {
    "version": "programme version",
    "flare": "flare",
    "injection": "injection",
    "change": "change of load or shoes",
    "examination": "examined",
    "closed": "closed",
    "reopened": "re-opened",
    "test": "tests",
    "progress": "progress",
    "hold": "stay",
    "regress": "step back",
    "refer": "refer",
    "incomplete": "VISA-A incomplete",
    "untold": "session, how much not known",
    "nothing": "session, nothing done",
    "corrected": "session corrected afterwards",
}
"""The signs a reader may not know from the titles of the lanes."""


def day_words(day: date) -> str:
    """A day as the story writes it."""
    return f"{day:%-d %b %Y}"


def week_words(week: Week) -> str:
    """A week in words: what was planned, seen and told."""
    planned = "not known" if week.planned is None else f"{week.planned}"
    parts = [f"Week of {day_words(week.first)}: {week.done} of {planned} planned"]
    if week.observed:
        parts.append(f"{week.observed} seen here")
    if week.reported:
        parts.append(f"{week.reported} as reported")
    if week.short:
        parts.append(f"{week.short} only in part")
    if week.untold:
        parts.append(f"{week.untold} without how much")
    return ", ".join(parts)


def session_words(session: Session, work_s: int | None) -> str:
    """A session in words: what was done, who saw it, and whether it was corrected."""
    how = "as reported" if session.is_reported else "seen here"
    if work_s is None:
        dose = "how much not known"
    elif session.completed_pct == 0:
        dose = "nothing done"
    else:
        dose = work_words(work_s)
    corrected = ", corrected" if getattr(session, "set_right", False) else ""
    return f"Session of {day_words(session.happened_on)}: {dose}, {how}{corrected}"


def work_words(work_s: int) -> str:
    """Seconds of work in words."""
    minutes, seconds = divmod(work_s, MINUTE_S)
    return f"{minutes} min {seconds} s of work" if minutes else f"{seconds} s of work"
