"""Practice defaults of the assessment: every number this rule set had to choose, in one place.

A number that a source gives stays beside the rule that cites it. A number marked "own" here is not
from the literature; the practice lead may change it, and the values in force are stored with each
result.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from assessments.rules.sources import SOURCES


def _setting(
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
    setting: int = field(default=value, metadata=metadata)
    return setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentDefaults:
    """The practice's settings for assessing a tendon.

    Raises ``ValueError`` naming the setting when a value is not a whole number inside its limits.
    """

    visa_minimum_weeks: int = _setting(
        4,
        "Weeks before a VISA-A change is interpreted",
        "A difference between two totals closer together than this is called too soon.",
        unit="weeks",
        low=1,
        high=52,
    )
    visa_frequency_days: int = _setting(
        14,
        "Days between VISA-A entries",
        "An entry sooner than this after the last one is within measurement error.",
        unit="days",
        low=1,
        high=365,
    )
    visa_check_low_points: int = _setting(
        3,
        "Low points on heel raises or hops",
        "At or below this, pain-free training on the last item looks inconsistent.",
        unit="points",
        high=10,
    )
    visa_check_sport_points: int = _setting(
        7,
        "Points for full sport",
        "At or above this, no training time on the last item looks inconsistent.",
        unit="points",
        high=10,
    )
    phase_light_load_pain: int = _setting(
        4,
        "Pain with light load that counts as irritable",
        "Pain at or above this on level walking or double-leg heel raises.",
        unit="out of 10",
        low=1,
        high=10,
    )
    phase_chronic_weeks: int = _setting(
        12,
        "Weeks that count as long-standing",
        "Trials take people in after at least three months; using it to name a phase is our"
        " choice.",
        unit="weeks",
        low=1,
        high=520,
    )
    phase_disrepair_weeks: int = _setting(
        6,
        "Weeks before disrepair is suggested",
        "Shorter than this without irritability the phase is called early and not yet clear.",
        unit="weeks",
        low=1,
        high=520,
    )
    rupture_signs: int = _setting(
        2,
        "Other rupture signs that make an emergency",
        "Studies found two tests positive in every rupture; counting history with signs is our"
        " choice.",
        unit="signs",
        low=1,
        high=4,
    )
    spondyloarthropathy_features: int = _setting(
        2,
        "Features that suggest inflammatory joint disease",
        "The features are published; the count is our choice.",
        unit="features",
        low=1,
        high=6,
    )
    adult_age: int = _setting(
        18,
        "Youngest age assessed",
        "Younger heels have growth-plate problems these rules do not cover.",
        unit="years",
        low=16,
        high=25,
    )
    cortisone_recent_days: int = _setting(
        56,
        "Days a cortisone injection counts as recent",
        "Eight weeks, the long end of the six to eight weeks a weak source names.",
        unit="days",
        low=1,
        high=365,
    )
    heel_raise_gate_repetitions: int = _setting(
        25,
        "Single-leg heel raises asked before running",
        "The practice's own criterion; more than many healthy people can do.",
        unit="repetitions",
        source="seed",
        low=1,
        high=100,
    )
    heel_raise_gate_share_percent: int = _setting(
        90,
        "Share of the other leg asked in norm mode",
        "The criterion is this share of the other leg or the age and sex norm, whichever is more.",
        unit="%",
        low=50,
        high=100,
    )
    symmetry_percent: int = _setting(
        90,
        "Symmetry between the legs that counts as enough",
        "A trial asked for less than 10 % difference in strength; reading it as repetitions is"
        " ours.",
        unit="%",
        low=50,
        high=100,
    )
    running_recent_days: int = _setting(
        14,
        "Days since the last run that still count as running",
        "Someone who ran within this time has never stopped; anyone else has.",
        unit="days",
        low=1,
        high=90,
    )
    running_reduced_percent: int = _setting(
        50,
        "Largest share of usual running while settling",
        "The practice asks for less load, not none; the share is our choice.",
        unit="%",
        low=10,
        high=100,
    )
    safe_pain: int = _setting(
        2,
        "Upper end of safe pain",
        "Other published versions of the pain model put it elsewhere.",
        unit="out of 10",
        high=10,
    )
    acceptable_pain: int = _setting(
        5,
        "Upper end of acceptable pain",
        "Other published versions of the pain model put it elsewhere.",
        unit="out of 10",
        high=10,
    )
    heel_drop_decrease_mm: int = _setting(
        4,
        "Lower heel drop of a shoe that is flagged",
        "The practice names footwear as a trigger; the size is our choice.",
        unit="mm",
        low=1,
        high=20,
    )
    footwear_weeks: int = _setting(
        6,
        "Weeks before onset in which a shoe change counts",
        "The practice names footwear as a trigger; the time is our choice.",
        unit="weeks",
        low=1,
        high=52,
    )
    rest_weeks: int = _setting(
        2,
        "Weeks of rest before a return is flagged",
        "The practice names rest followed by full load as a trigger; the time is our choice.",
        unit="weeks",
        low=1,
        high=52,
    )
    spike_history_weeks: int = _setting(
        8,
        "Weeks before onset searched for load spikes",
        "Runs in this time are compared with the longest of the 30 days before each.",
        unit="weeks",
        low=1,
        high=52,
    )
    unlock_dorsiflexion_pain: int = _setting(
        2,
        "Dorsiflexion pain allowed before step drops are unlocked",
        "Applies to insertional tendons in full return only.",
        unit="out of 10",
        high=10,
    )
    unlock_weeks: int = _setting(
        4,
        "Weeks at that pain before step drops are unlocked",
        "Applies to insertional tendons in full return only.",
        unit="weeks",
        low=1,
        high=52,
    )

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
    def from_dict(cls, stored: Mapping[str, int]) -> "AssessmentDefaults":
        """Settings from what ``as_dict`` gave.

        A setting that is missing, because it is younger than the record, takes today's default.
        Raises ``ValueError`` for a name that is not a setting.
        """
        known = {one.name for one in fields(cls)}
        for name in stored:
            if name not in known:
                raise ValueError(f"{name}: is not a setting")
        return cls(**stored)


DEFAULTS = AssessmentDefaults()


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


def described(defaults: AssessmentDefaults = DEFAULTS) -> tuple[DefaultRow, ...]:
    """Every setting with its explanation, in the order of the rule book."""
    return tuple(
        DefaultRow(
            name=one.name,
            label=one.metadata["label"],
            value=getattr(defaults, one.name),
            shipped=getattr(DEFAULTS, one.name),
            unit=one.metadata["unit"],
            note=one.metadata["note"],
            source=one.metadata["source"],
            low=one.metadata["low"],
            high=one.metadata["high"],
        )
        for one in fields(defaults)
    )
