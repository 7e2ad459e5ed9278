"""What the programmes add to the practice lead's status page."""

from collections.abc import Iterator
from datetime import datetime

from patients.status import Line, Tone
from programmes.rules.version import RULES_VERSION


def tell_rules(at: datetime) -> Iterator[Line]:
    """Which rules make plans, decisions and outcomes today."""
    yield Line(title="Rules of programmes", tone=Tone.NOTE, says=f"Version {RULES_VERSION}.")
