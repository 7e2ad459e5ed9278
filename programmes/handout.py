"""What stands on a patient's paper."""

from typing import Any

from programmes.models import Handout


def sheet(handout: Handout) -> dict[str, Any]:
    """The paper's content."""
    return {}
