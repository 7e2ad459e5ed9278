"""Medicines and conditions that inform without a lock (clinical.md section 4)."""

from assessments.rules.finding import Finding, Tone


def medicine_findings(*, statins: bool | None, diabetes: bool | None) -> tuple[Finding, ...]:
    """What statins and diabetes mean for this tendon; nothing for no and for not recorded."""
    found = []
    if diabetes:
        found.append(
            Finding(
                rule="DIABETES",
                says="Diabetes: check sensation, expect a slower response",
                because=(
                    "Tendons tend to answer more slowly with diabetes, and numbness hides how much"
                    " a session hurt: test sensation in the foot and step up with patience."
                ),
                numbers=(("Diabetes", "yes"),),
                sources=("own",),
                tone=Tone.CAUTION,
            )
        )
    if statins:
        found.append(
            Finding(
                rule="STATIN",
                says="Statins: for information only",
                because=(
                    "A cohort found no association of statins with Achilles rupture, so they change"
                    " nothing here."
                ),
                numbers=(("Statins", "yes"),),
                sources=("PMC6394638",),
                tone=Tone.NEUTRAL,
            )
        )
    return tuple(found)
