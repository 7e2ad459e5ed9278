"""The words of a person's record, as enums."""

from enum import StrEnum


class Side(StrEnum):
    """Side of the body an episode is about."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> "Side":
        """The opposite side."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Sex(StrEnum):
    """Sex as the heel-raise norms need it; ``UNSTATED`` has no norm."""

    FEMALE = "F"
    MALE = "M"
    UNSTATED = "U"
