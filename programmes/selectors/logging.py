"""What the page on which a session is logged reads."""

from uuid import UUID

from programmes.models import Programme, Session, Step

# Older ones say nothing about today's weights.
RECENT = 20


def recent_sessions(programme: Programme) -> list[Session]:
    """The newest sessions that count, each with its morning and who logged it; one query."""
    return list(programme.sessions.counted().newest_first()[:RECENT])


def shown_step(programme: Programme, current: Step, code: str) -> Step:
    """The step a form was opened for; the current one when the code names none of this plan."""
    if code == str(current.code):
        return current
    try:
        wanted = UUID(code)
    except ValueError:
        return current
    return Step.objects.filter(version__programme=programme, code=wanted).first() or current
