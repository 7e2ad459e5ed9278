"""The choices of programmes as stored and shown."""

from assessments.rules.terms import Cortisone, Grade, Stage
from patients.models import choices
from programmes.rules.terms import Outcome, Protocol

STAGE_CHOICES = choices(
    Stage,
    isometric="Isometric",
    isotonic="Isotonic",
    plyometric="Plyometric",
    run_walk="Run-walk",
    full_return="Full return",
)
PROTOCOL_CHOICES = choices(
    Protocol,
    iso="Isometric holds",
    hsr="Heavy slow resistance",
    grif="Single-leg loaded",
    ins="Insertional, to neutral",
    alf="Alfredson heel drops",
    silb="Silbernagel combined",
    plyo="Plyometric",
    run="Run-walk",
    arc="Run-walk, five rungs",
    gras="Grass run-throughs",
    full="Full return",
    own="Own plan",
)
CORTISONE_CHOICES = choices(Cortisone, none="None", recent="Recent", past="Past")
OUTCOME_CHOICES = choices(
    Outcome,
    progress="Progress one step",
    hold="Stay at this step",
    regress="Step back",
    refer="Refer",
    pending="Wait for what is missing",
)
GRADE_CHOICES = choices(
    Grade, allowed="Allowed", caution="Caution", contraindicated="Contraindicated"
)
