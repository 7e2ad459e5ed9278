"""How a practice default is declared: a value with its meaning, its limits and where it comes from.

``AssessmentDefaults`` and ``ProgrammeDefaults`` are the two sets of them; this is what they share.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Self

from assessments.rules.sources import SOURCES


def setting(
    value: int, label: str, note: str, *, unit: str, source: str = "own", low: int = 0, high: int
) -> int:
    """One setting: its value, and as metadata what a page needs to explain and to check it."""
    if source not in SOURCES:
        raise ValueError(f"source: {source} is not in the register of sources")
    metadata = {
        "label": label,
        "note": note,
        "unit": unit,
        "source": source,
        "low": low,
        "high": high,
    }
    # dataclasses.field is typed as returning the field's own type, which is what callers see.
    declared: int = field(default=value, metadata=metadata)
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultRow:
    """One setting as a page shows it: value in force, value shipped, meaning, limits and source."""

    name: str
    label: str
    value: int
    shipped: int
    unit: str
    note: str
    source: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeDefaults:
    """A set of settings; each field is declared with ``setting``.

    Raises ``ValueError`` naming the setting when a value is not a whole number inside its limits.
    """

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            low, high = one.metadata["low"], one.metadata["high"]
            if isinstance(value, bool) or not isinstance(value, int):
                raise ValueError(f"{one.name}: must be a whole number")
            if not low <= value <= high:
                raise ValueError(f"{one.name}: must be from {low} to {high}")

    def as_dict(self) -> dict[str, int]:
        """The settings by name, to be stored with a result."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, int]) -> Self:
        """Settings from what ``as_dict`` gave.

        A setting that is missing, because it is younger than the record, takes today's default.
        Raises ``ValueError`` for a name that is not a setting.
        """
        known = {one.name for one in fields(cls)}
        for name in stored:
            if name not in known:
                raise ValueError(f"{name}: is not a setting")
        return cls(**stored)

    def described(self) -> tuple[DefaultRow, ...]:
        """Every setting with its explanation, in the order of the rule book."""
        shipped = type(self)()
        return tuple(
            DefaultRow(
                name=one.name,
                value=getattr(self, one.name),
                shipped=getattr(shipped, one.name),
                **one.metadata,
            )
            for one in fields(self)
        )
