"""Other conditions around the heel that were considered: recorded and shown, never a lock
(clinical.md section 4)."""

from collections.abc import Sequence

from assessments.rules.finding import Finding, Tone
from assessments.rules.terms import Differential

DIFFERENTIAL_LABELS = {
    Differential.POSTERIOR_IMPINGEMENT: "posterior impingement",
    Differential.SUPERFICIAL_BURSITIS: "superficial heel bursa",
    Differential.PLANTARIS: "plantaris",
    Differential.FLEXOR_HALLUCIS: "flexor hallucis longus",
    Differential.PARATENON: "paratenon",
    Differential.PARTIAL_TEAR: "partial tear",
    Differential.ACCESSORY_SOLEUS: "accessory soleus",
    Differential.REFERRED_S1: "pain referred from S1",
}
_WITH_CARE = {
    Differential.PARTIAL_TEAR: (
        "A partial tear bears less than a whole tendon: settle the question before heavy loading."
    ),
    Differential.PARATENON: (
        "An irritated sheath takes repeated movement badly: load slowly and review early."
    ),
}


def differentials_finding(considered: Sequence[Differential] | None) -> Finding | None:
    """What else was considered, with caution for a partial tear or the tendon's sheath.

    ``None`` when nothing is recorded (``None``) and when nothing else fits (an empty sequence).
    """
    if not considered:
        return None
    cautions = [words for one, words in _WITH_CARE.items() if one in considered]
    return Finding(
        rule="DIFF",
        says=f"Also considered: {', '.join(DIFFERENTIAL_LABELS[one] for one in considered)}",
        because=" ".join(
            [
                (
                    "Recorded as another explanation of the pain, or as one beside it; it locks"
                    " nothing."
                ),
                *cautions,
            ]
        ),
        sources=("own",),
        tone=Tone.CAUTION if cautions else Tone.NEUTRAL,
    )
