"""The exercises: what each is, what it asks of the tendon, how it looks and how to do it."""

from collections.abc import Mapping
from types import MappingProxyType

from programmes.rules.library.entry import (
    Catalogue,
    Contraction,
    Equipment,
    Exercise,
    Knee,
    TendonLoad,
)
from programmes.rules.library.holds_and_raises import (
    FLOOR_RAISES,
    HOLDS,
    LOADED_RAISES,
    STEP_RAISES,
    STRETCHES,
)
from programmes.rules.library.hops_and_runs import HOPS, RUNS
from programmes.rules.library.pose import (
    Ground,
    Hands,
    LoadAt,
    OtherLeg,
    Pose,
    Support,
    pose_from_json,
    pose_to_json,
)
from programmes.rules.library.practice import catalogue, no_worse, practice_exercise

__all__ = (
    "BUILT_IN",
    "EXERCISES",
    "LEVEL_VARIANTS",
    "Catalogue",
    "Contraction",
    "Equipment",
    "Exercise",
    "Ground",
    "Hands",
    "Knee",
    "LoadAt",
    "OtherLeg",
    "Pose",
    "Support",
    "TendonLoad",
    "catalogue",
    "exercise",
    "no_worse",
    "pose_from_json",
    "pose_to_json",
    "practice_exercise",
)

BUILT_IN: tuple[Exercise, ...] = (
    *HOLDS,
    *FLOOR_RAISES,
    *LOADED_RAISES,
    *STEP_RAISES,
    *STRETCHES,
    *HOPS,
    *RUNS,
)
"""Every built-in exercise, easier before harder inside its kind."""

EXERCISES: Catalogue = MappingProxyType({each.key: each for each in BUILT_IN})

LEVEL_VARIANTS: Mapping[str, str] = MappingProxyType(
    {
        "hsr_seated_raise": "level_seated_machine_raise",
        "hsr_leg_press_raise": "level_leg_press_raise",
        "hsr_barbell_raise": "level_barbell_raise",
        "loaded_single_leg_raise": "level_loaded_raise",
        "floor_double_raise": "level_double_raise",
        "floor_single_raise": "level_single_raise",
    }
)
"""What an insertional tendon does instead: the same work with the heel never below the floor."""


def exercise(key: str, among: Catalogue = EXERCISES) -> Exercise:
    """The exercise with this key. Raises ``KeyError`` when the catalogue has none."""
    return among[key]
