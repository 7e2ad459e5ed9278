"""The words of an Achilles record, as enums: the values stored, compared and printed everywhere.

Screens never show these values; templates and text tables give the words a reader sees.
"""

from enum import StrEnum

from patients.rules.terms import Sex as Sex
from patients.rules.terms import Side as Side


class Location(StrEnum):
    """Where along the tendon the reproducible tenderness lies (rule L)."""

    MIDPORTION = "midportion"
    INSERTIONAL = "insertional"
    MIXED = "mixed"
    OUT_OF_RANGE = "out_of_range"
    UNDETERMINED = "undetermined"


class Phase(StrEnum):
    """Phase of the tendon by clinical findings alone (rule P)."""

    REACTIVE = "reactive"
    REACTIVE_ON_DEGENERATIVE = "reactive_on_degenerative"
    DISREPAIR = "disrepair"
    DEGENERATIVE = "degenerative"
    INDETERMINATE_EARLY = "indeterminate_early"


class Pathway(StrEnum):
    """What the phase means for loading: settle it first, or load it progressively."""

    SETTLE = "settle"
    LOAD = "load"


class Cortisone(StrEnum):
    """Corticosteroid injected at this tendon, by days since the last one."""

    NONE = "none"
    RECENT = "recent"
    PAST = "past"


class Level(StrEnum):
    """How urgent a red flag is. Every level but ``ROUTINE`` locks the episode."""

    EMERGENCY = "EMERGENCY"
    SAME_DAY_REVIEW = "SAME_DAY_REVIEW"
    URGENT = "URGENT"
    BLOCK = "BLOCK"
    ROUTINE = "ROUTINE"


class Stage(StrEnum):
    """Stages of the loading programme, in order."""

    ISOMETRIC = "isometric"
    ISOTONIC = "isotonic"
    PLYOMETRIC = "plyometric"
    RUN_WALK = "run_walk"
    FULL_RETURN = "full_return"


class Grade(StrEnum):
    """Cell of the contraindication matrix: allowed, caution, contraindicated."""

    ALLOWED = "A"
    CAUTION = "C"
    CONTRAINDICATED = "X"


class MatrixRow(StrEnum):
    """The twelve kinds of exercise the contraindication matrix knows."""

    ISOMETRIC_MID_RANGE = "isometric_mid_range"
    BILATERAL_HEEL_RAISE_FLOOR = "bilateral_heel_raise_floor"
    SINGLE_LEG_HEEL_RAISE_FLOOR = "single_leg_heel_raise_floor"
    STEP_DEFICIT_HEEL_DROP = "step_deficit_heel_drop"
    SEATED_SOLEUS_RAISE = "seated_soleus_raise"
    LOADED_HSR = "loaded_hsr"
    DOUBLE_LEG_HOP = "double_leg_hop"
    SINGLE_LEG_HOP = "single_leg_hop"
    RUN_WALK_FLAT = "run_walk_flat"
    UPHILL_RUNNING = "uphill_running"
    SPEED_RUNNING = "speed_running"
    DORSIFLEXION_STRETCH = "dorsiflexion_stretch"


class RunningStatus(StrEnum):
    """Whether the patient still runs: ``NEVER_STOPPED`` means a run in the last 14 days."""

    NEVER_STOPPED = "never_stopped"
    STOPPED = "stopped"

    @classmethod
    def told(cls, answer: str | None) -> "RunningStatus | None":
        """The status an assessment's answer tells; None for who is no runner, and without one."""
        return cls(answer) if answer in list(cls) else None


class RunningPermission(StrEnum):
    """What running is allowed now (clinical.md section 8.1)."""

    STOP = "stop"
    CONTINUE_MODIFIED = "continue_modified"
    CONTINUE_REDUCED = "continue_reduced"
    STOP_UNTIL_E3 = "stop_until_E3"
    START_LEVEL_1 = "start_level_1"
    NOT_YET = "not_yet"


class SpikeClass(StrEnum):
    """One run against the longest of the 30 days before it."""

    REFERENCE = "reference"
    SMALL = "small"
    MODERATE = "moderate"
    LARGE = "large"
    NO_BASELINE = "no_baseline"


class VisaChange(StrEnum):
    """What a difference between two VISA-A totals may be called."""

    TOO_SOON = "too_soon"
    IMPROVED = "improved"
    UNCERTAIN = "uncertain"
    NO_CHANGE = "no_change"
    WORSE = "worse"


class GateMode(StrEnum):
    """What the running gate asks in single-leg heel raises: the practice's number, or the norm."""

    SEED = "seed"
    NORM = "norm"


class Q8Part(StrEnum):
    """The one part of the last VISA-A item a patient answers: no pain, pain, or pain that stops."""

    A = "A"
    B = "B"
    C = "C"


class Q8Band(StrEnum):
    """Training time in the last VISA-A item, in minutes."""

    NIL = "nil"
    MIN_1_10 = "1-10"
    MIN_11_20 = "11-20"
    MIN_21_30 = "21-30"
    OVER_30 = ">30"


class SportLevel(StrEnum):
    """Answer to the seventh VISA-A item: sport at present."""

    NOT_AT_ALL = "not_at_all"
    MODIFIED = "modified"
    FULL_LOWER = "full_lower"
    SAME_OR_HIGHER = "same_or_higher"


class TreatmentKind(StrEnum):
    """What people try for a painful Achilles before they come."""

    REST = "rest"
    STRETCHING = "stretching"
    MEDICINES = "medicines"
    MASSAGE = "massage"
    LOADING = "loading"
    HEEL_LIFT = "heel_lift"
    SHOCK_WAVE = "shock_wave"
    OTHER = "other"


class Differential(StrEnum):
    """Other conditions around the heel that are recorded and shown, without a lock (clinical.md
    section 4). The deep heel bursa has its own test, the two-finger squeeze."""

    POSTERIOR_IMPINGEMENT = "posterior_impingement"
    SUPERFICIAL_BURSITIS = "superficial_bursitis"
    PLANTARIS = "plantaris"
    FLEXOR_HALLUCIS = "flexor_hallucis"
    PARATENON = "paratenon"
    PARTIAL_TEAR = "partial_tear"
    ACCESSORY_SOLEUS = "accessory_soleus"
    REFERRED_S1 = "referred_s1"


class FootStrike(StrEnum):
    """Which part of the foot meets the ground first when running."""

    REARFOOT = "rearfoot"
    MIDFOOT = "midfoot"
    FOREFOOT = "forefoot"


class RaiseStop(StrEnum):
    """Why one leg's heel-raise test ended (clinical.md section 5)."""

    HEEL = "heel"
    PACE = "pace"
    FORM = "form"
    SUPPORT = "support"
    PAIN = "pain"
    PATIENT = "patient"


class Surface(StrEnum):
    """What a run was on."""

    ROAD = "road"
    TRAIL = "trail"
    GRASS = "grass"
    TRACK = "track"
    TREADMILL = "treadmill"
    OTHER = "other"


class LoadEventKind(StrEnum):
    """A change in what the tendon had to bear."""

    FOOTWEAR = "footwear"
    SURFACE = "surface"
    REST = "rest"
    TRAINING = "training"


class ReportedBy(StrEnum):
    """How a score reached the record."""

    ROOM = "room"
    PHONE = "phone"
    PAPER = "paper"
