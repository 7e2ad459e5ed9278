"""Shoes and pressure on the heel, where the insertion is part of the problem (clinical.md sections
6.5 and 11)."""

from assessments.rules.bounds import HEEL_DROP_MM, Number, check, check_answer
from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Location

LIFT_IN_TRIAL_MM = 12
"""Height of the heel lifts in the trial of midportion tendons (HEALTHY)."""
LOW_PRESSURE_GAIN = "12.9 points (6.2 to 19.6)"
"""How much more the VISA-A rose in 12 weeks with the low-compression programme, of which lifts
were one part (BOOKSCI-P)."""

_ANSWERS = {True: "yes", False: "no", None: "not recorded"}


def footwear_finding(
    location: Location,
    *,
    rigid_heel_counter: bool | None,
    heel_lift: bool | None,
    shoe_drop_mm: Number | None = None,
) -> Finding | None:
    """How to take pressure off the insertion; ``None`` unless it is part of the problem.

    Raises ``ValueError`` for an answer that is none or a drop out of bounds.
    """
    check_answer("rigid_heel_counter", rigid_heel_counter)
    check_answer("heel_lift", heel_lift)
    check("shoe_drop_mm", shoe_drop_mm, HEEL_DROP_MM)
    if location not in {Location.INSERTIONAL, Location.MIXED}:
        return None
    pressed = bool(rigid_heel_counter)
    return Finding(
        rule="FOOT-INS",
        says="A rigid heel counter presses on the insertion"
        if pressed
        else "Take pressure off the insertion",
        because=" ".join((_shoe(rigid_heel_counter), _lift(heel_lift), _UPHILL)),
        numbers=(
            ("Rigid heel counter", _ANSWERS[rigid_heel_counter]),
            ("Heel lift in use", _ANSWERS[heel_lift]),
            (
                "Heel drop of the shoe",
                "not recorded" if shoe_drop_mm is None else f"{shoe_drop_mm} mm",
            ),
            ("Lift in a trial of midportion tendons", f"{LIFT_IN_TRIAL_MM} mm"),
            ("VISA-A with low compression, 12 weeks", f"more by {LOW_PRESSURE_GAIN}"),
        ),
        sources=("seed", "BOOKSCI-P", "HEALTHY", "MALLIARAS"),
        tone=Tone.CAUTION if pressed else Tone.NEUTRAL,
    )


_UPHILL = (
    "Uphill running bends the ankle under load: leave it out early. In one trial the programme with"
    " less compression, lifts among it, did better; the other group was taken into full bend from"
    " the start, so how much is due to lifts is open."
)


def _shoe(rigid_heel_counter: bool | None) -> str:
    if rigid_heel_counter:
        return "Try a shoe with a soft or open heel."
    if rigid_heel_counter is None:
        return "Whether the shoe's heel is stiff is not recorded: look for pressure on the heel."
    return "Keep to shoes with a soft heel."


def _lift(heel_lift: bool | None) -> str:
    if heel_lift:
        return "The heel lift is meant for the short term: plan when it comes out."
    return "A small heel lift can unload the insertion for the short term."
