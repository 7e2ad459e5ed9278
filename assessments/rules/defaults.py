"""Practice defaults of the assessment: every number this rule set had to choose, in one place.

A number that a source gives stays beside the rule that cites it. A number marked "own" here is not
from the literature; the practice lead may change it, and the values in force are stored with each
result.
"""

from dataclasses import dataclass

from assessments.rules.practice import PracticeDefaults, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentDefaults(PracticeDefaults):
    """The practice's settings for assessing a tendon.

    Raises ``ValueError`` naming the setting when a value is not a whole number inside its limits.
    """

    visa_minimum_weeks: int = setting(
        4,
        "Weeks before a VISA-A change is interpreted",
        "A difference between two totals closer together than this is called too soon.",
        unit="weeks",
        low=1,
        high=52,
    )
    visa_frequency_days: int = setting(
        14,
        "Days between VISA-A entries",
        "An entry sooner than this after the last one is within measurement error.",
        unit="days",
        low=1,
        high=365,
    )
    visa_check_low_points: int = setting(
        3,
        "Low points on heel raises or hops",
        "At or below this, pain-free training on the last item looks inconsistent.",
        unit="points",
        high=10,
    )
    visa_check_sport_points: int = setting(
        7,
        "Points for full sport",
        "At or above this, no training time on the last item looks inconsistent.",
        unit="points",
        high=10,
    )
    phase_light_load_pain: int = setting(
        4,
        "Pain with light load that counts as irritable",
        "Pain at or above this on level walking or double-leg heel raises.",
        unit="out of 10",
        low=1,
        high=10,
    )
    phase_chronic_weeks: int = setting(
        12,
        "Weeks that count as long-standing",
        "Trials take people in after at least three months; using it to name a phase is our"
        " choice.",
        unit="weeks",
        low=1,
        high=520,
    )
    phase_disrepair_weeks: int = setting(
        6,
        "Weeks before disrepair is suggested",
        "Shorter than this without irritability the phase is called early and not yet clear.",
        unit="weeks",
        low=1,
        high=520,
    )
    rupture_signs: int = setting(
        2,
        "Other rupture signs that make an emergency",
        "Studies found two tests positive in every rupture; counting history with signs is our"
        " choice.",
        unit="signs",
        low=1,
        high=4,
    )
    spondyloarthropathy_features: int = setting(
        2,
        "Features that suggest inflammatory joint disease",
        "The features are published; the count is our choice.",
        unit="features",
        low=1,
        high=6,
    )
    adult_age: int = setting(
        18,
        "Youngest age assessed",
        "Younger heels have growth-plate problems these rules do not cover.",
        unit="years",
        low=16,
        high=25,
    )
    cortisone_recent_days: int = setting(
        56,
        "Days a cortisone injection counts as recent",
        "Eight weeks, the long end of the six to eight weeks a weak source names.",
        unit="days",
        low=1,
        high=365,
    )
    heel_raise_gate_repetitions: int = setting(
        25,
        "Single-leg heel raises asked before running",
        "The practice's own criterion; more than many healthy people can do.",
        unit="repetitions",
        source="seed",
        low=1,
        high=100,
    )
    heel_raise_gate_share_percent: int = setting(
        90,
        "Share of the other leg asked in norm mode",
        "The criterion is this share of the other leg or the age and sex norm, whichever is more.",
        unit="%",
        low=50,
        high=100,
    )
    symmetry_percent: int = setting(
        90,
        "Symmetry between the legs that counts as enough",
        "A trial asked for less than 10 % difference in strength; reading it as repetitions is"
        " ours.",
        unit="%",
        low=50,
        high=100,
    )
    running_recent_days: int = setting(
        14,
        "Days since the last run that still count as running",
        "Someone who ran within this time has never stopped; anyone else has.",
        unit="days",
        low=1,
        high=90,
    )
    running_reduced_percent: int = setting(
        50,
        "Largest share of usual running while settling",
        "The practice asks for less load, not none; the share is our choice.",
        unit="%",
        low=10,
        high=100,
    )
    safe_pain: int = setting(
        2,
        "Upper end of safe pain",
        "Other published versions of the pain model put it elsewhere.",
        unit="out of 10",
        high=10,
    )
    acceptable_pain: int = setting(
        5,
        "Upper end of acceptable pain",
        "Other published versions of the pain model put it elsewhere.",
        unit="out of 10",
        high=10,
    )
    heel_drop_decrease_mm: int = setting(
        4,
        "Lower heel drop of a shoe that is flagged",
        "The practice names footwear as a trigger; the size is our choice.",
        unit="mm",
        low=1,
        high=20,
    )
    footwear_weeks: int = setting(
        6,
        "Weeks before onset in which a shoe change counts",
        "The practice names footwear as a trigger; the time is our choice.",
        unit="weeks",
        low=1,
        high=52,
    )
    rest_weeks: int = setting(
        2,
        "Weeks of rest before a return is flagged",
        "The practice names rest followed by full load as a trigger; the time is our choice.",
        unit="weeks",
        low=1,
        high=52,
    )
    spike_history_weeks: int = setting(
        8,
        "Weeks before onset searched for load spikes",
        "Runs in this time are compared with the longest of the 30 days before each.",
        unit="weeks",
        low=1,
        high=52,
    )
    unlock_dorsiflexion_pain: int = setting(
        2,
        "Dorsiflexion pain allowed before step drops are unlocked",
        "Applies to insertional tendons in full return only.",
        unit="out of 10",
        high=10,
    )
    unlock_weeks: int = setting(
        4,
        "Weeks at that pain before step drops are unlocked",
        "Applies to insertional tendons in full return only.",
        unit="weeks",
        low=1,
        high=52,
    )


DEFAULTS = AssessmentDefaults()
