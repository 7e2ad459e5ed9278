"""The words of a loading programme, as enums: the values stored and compared everywhere."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a decision says about the next session."""

    PROGRESS = "PROGRESS"
    HOLD = "HOLD"
    REGRESS = "REGRESS"
    REFER = "REFER"
    PENDING = "PENDING"


class Protocol(StrEnum):
    """The loading ladders: five of them are ways through the isotonic stage.

    ``ARC`` and ``GRAS`` are other ways back to running; ``OWN`` is a step a clinician made.
    """

    ISO = "ISO"
    HSR = "HSR"
    GRIF = "GRIF"
    INS = "INS"
    ALF = "ALF"
    SILB = "SILB"
    PLYO = "PLYO"
    RUN = "RUN"
    ARC = "ARC"
    GRAS = "GRAS"
    FULL = "FULL"
    OWN = "OWN"


class LoadKind(StrEnum):
    """What the number of a load means."""

    BODY_WEIGHT = "body_weight"
    KG = "kg"
    RM = "rm"
    PERCENT_MAX = "percent_max"
    PERCENT_BODY_WEIGHT = "percent_body_weight"


class Range(StrEnum):
    """How far the heel travels."""

    TO_NEUTRAL = "to_neutral"
    BELOW_NEUTRAL = "below_neutral"
    MID_RANGE = "mid_range"


class DoseSide(StrEnum):
    """Which leg works in an exercise: both at once, one of the two, or each leg in turn."""

    BOTH = "both"
    AFFECTED = "affected"
    OTHER = "other"
    EACH = "each"


class Settling(StrEnum):
    """How the tendon stood the morning after, against the moment before the session."""

    SETTLED = "settled"
    MARGINAL = "marginal"
    NOT_SETTLED = "not_settled"


class CriterionState(StrEnum):
    """Where one criterion of a stage exit stands. Only ``MET`` lets a patient pass."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_MEASURED = "not_measured"
    NOT_APPLICABLE = "not_applicable"


class ReviewOutcome(StrEnum):
    """What a VISA-A review after twelve weeks says (rule D10)."""

    REFER_NONRESPONSE = "REFER_NONRESPONSE"
    ADHERENCE_REVIEW = "ADHERENCE_REVIEW"
