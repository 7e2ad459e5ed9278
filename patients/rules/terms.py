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


class Language(StrEnum):
    """Language of a patient's papers, by its IETF tag."""

    ENGLISH = "en"
    ITALIAN = "it"

    @property
    def own_name(self) -> str:
        """What its speakers call it."""
        return {Language.ENGLISH: "English", Language.ITALIAN: "Italiano"}[self]

    @property
    def right_to_left(self) -> bool:
        """Whether it is written from right to left."""
        return self.value.partition("-")[0] in RIGHT_TO_LEFT


RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
