"""Putting an exercise of the library together from what differs between them."""

from assessments.rules.terms import MatrixRow, Stage
from programmes.rules.dose import Tempo, Usual
from programmes.rules.library.entry import (
    Contraction,
    Equipment,
    Exercise,
    Knee,
    TendonLoad,
)
from programmes.rules.library.pose import Ground, Hands, LoadAt, OtherLeg, Pose, Support
from programmes.rules.terms import DoseSide, Range

SLOW = Tempo(up_s=3, hold_s=0, down_s=3)
STEADY = Tempo(up_s=2, hold_s=0, down_s=2)
LOWERING = Tempo(up_s=1, hold_s=0, down_s=3)
TWO_MINUTES_S = 120
BOTH, AFFECTED = DoseSide.BOTH, DoseSide.AFFECTED


def usual(
    side: DoseSide,
    *,
    heel: Range = Range.TO_NEUTRAL,
    tempo: Tempo | None = None,
    rest_s: int | None = None,
    times: int = 1,
    days: int = 7,
) -> Usual:
    """The usual parts of a dose: once a day, every day, with no rest named, unless said."""
    return Usual(
        side=side,
        range=heel,
        tempo=tempo,
        rest_s=rest_s,
        times_per_day=times,
        days_per_week=days,
    )


def held(side: DoseSide, heel: Range = Range.MID_RANGE) -> Usual:
    """A hold: every day, two minutes between holds."""
    return usual(side, heel=heel, rest_s=TWO_MINUTES_S)


def heavy(side: DoseSide, heel: Range = Range.TO_NEUTRAL, tempo: Tempo = SLOW) -> Usual:
    """Heavy and slow: three days a week, two minutes between sets."""
    return usual(side, heel=heel, tempo=tempo, rest_s=TWO_MINUTES_S, days=3)


def hopped(side: DoseSide, days: int = 3) -> Usual:
    """Jumping: three days a week, two minutes between sets."""
    return usual(side, rest_s=TWO_MINUTES_S, days=days)


def run(heel: Range = Range.TO_NEUTRAL, days: int = 3) -> Usual:
    """Running: three days a week, so that a day of rest fits after each."""
    return usual(BOTH, heel=heel, days=days)


def standing(
    ankle: int,
    heel: int,
    *,
    support: Support = Support.FLOOR,
    load: LoadAt = LoadAt.NONE,
    other: OtherLeg = OtherLeg.BESIDE,
    hands: Hands = Hands.FREE,
    ground: Ground = Ground.PLAIN,
) -> Pose:
    """Upright with straight hip and knee."""
    return Pose(
        hip_deg=0,
        knee_deg=0,
        ankle_deg=ankle,
        heel_cm=heel,
        support=support,
        load_at=load,
        other_leg=other,
        hands=hands,
        ground=ground,
    )


def rising(
    *,
    low: tuple[int, int] = (0, 0),
    support: Support = Support.FLOOR,
    load: LoadAt = LoadAt.NONE,
    other: OtherLeg = OtherLeg.BESIDE,
    hands: Hands = Hands.FREE,
    ground: Ground = Ground.PLAIN,
) -> tuple[Pose, Pose]:
    """From ``low`` (ankle in degrees, heel in cm) to the tiptoes, standing."""
    return (
        standing(*low, support=support, load=load, other=other, hands=hands, ground=ground),
        standing(-35, 9, support=support, load=load, other=other, hands=hands, ground=ground),
    )


def lowering(
    *,
    low: tuple[int, int] = (0, 0),
    support: Support = Support.FLOOR,
    load: LoadAt = LoadAt.NONE,
    hands: Hands = Hands.FREE,
) -> tuple[Pose, Pose]:
    """From the tiptoes with the other leg's help down to ``low`` on one leg, standing."""
    return (
        standing(-35, 9, support=support, load=load, other=OtherLeg.HELPING, hands=hands),
        standing(*low, support=support, load=load, other=OtherLeg.LIFTED, hands=hands),
    )


def sitting(
    ankle: int,
    heel: int,
    *,
    load: LoadAt = LoadAt.NONE,
    knee: int = 90,
    support: Support = Support.SEAT,
    hands: Hands = Hands.FREE,
    ground: Ground = Ground.PLAIN,
) -> Pose:
    """Sitting with the hips at a right angle, in a leg press with the trunk nearer to the legs."""
    return Pose(
        hip_deg=115 if support is Support.LEG_PRESS else 90,
        knee_deg=knee,
        ankle_deg=ankle,
        heel_cm=heel,
        support=support,
        load_at=load,
        hands=hands,
        ground=ground,
    )


def sitting_raise(
    *,
    low: tuple[int, int] = (0, 0),
    load: LoadAt = LoadAt.NONE,
    knee: int = 90,
    support: Support = Support.SEAT,
    ground: Ground = Ground.PLAIN,
) -> tuple[Pose, Pose]:
    """From ``low`` to the heels up, sitting."""
    return (
        sitting(*low, load=load, knee=knee, support=support, ground=ground),
        sitting(-30, 8, load=load, knee=knee, support=support, ground=ground),
    )


def still(pose: Pose) -> tuple[Pose, Pose]:
    """A hold: it ends as it starts."""
    return pose, pose


def hopping(
    *,
    crouch: int = 15,
    lean: int = 0,
    ankle: int = -12,
    heel: int = 4,
    up: int = 21,
    load: LoadAt = LoadAt.NONE,
    other: OtherLeg = OtherLeg.BESIDE,
    hands: Hands = Hands.FREE,
) -> tuple[Pose, Pose]:
    """From a landing with the knees bent by ``crouch`` to the heel ``up`` cm in the air.

    ``lean`` is how far the trunk comes forward while crouching, in degrees.
    """
    return (
        Pose(
            hip_deg=crouch + lean,
            knee_deg=crouch,
            ankle_deg=ankle,
            heel_cm=heel,
            load_at=load,
            other_leg=other,
            hands=hands,
        ),
        Pose(
            hip_deg=0,
            knee_deg=5,
            ankle_deg=-40,
            heel_cm=up,
            load_at=load,
            other_leg=other,
            airborne=True,
            hands=hands,
        ),
    )


def striding(
    *,
    hip: int = 30,
    knee: int = 20,
    ankle: int = 0,
    up: int = 26,
    airborne: bool = True,
    support: Support = Support.FLOOR,
    slope: int = 0,
    ground: Ground = Ground.PLAIN,
    pace: int = 0,
) -> tuple[Pose, Pose]:
    """From the foot landing in front to the push-off behind, ``up`` cm of heel, up a ``slope``."""
    return (
        Pose(
            hip_deg=hip,
            knee_deg=knee,
            ankle_deg=ankle,
            heel_cm=0,
            support=support,
            other_leg=OtherLeg.LIFTED,
            slope_deg=slope,
            ground=ground,
            pace=pace,
        ),
        Pose(
            hip_deg=-15,
            knee_deg=25,
            ankle_deg=-20,
            heel_cm=up,
            support=support,
            other_leg=OtherLeg.LIFTED,
            airborne=airborne,
            slope_deg=slope,
            ground=ground,
            pace=pace,
        ),
    )


def make(
    key: str,
    name: str,
    stage: Stage,
    row: MatrixRow,
    contraction: Contraction,
    instructions: tuple[str, ...],
    *,
    poses: tuple[Pose, Pose],
    by_default: Usual,
    regression: str | None,
    knee: Knee = Knee.STRAIGHT,
    equipment: tuple[Equipment, ...] = (Equipment.NONE,),
    tendon_load: TendonLoad | None = None,
    earliest: Stage | None = None,
    earliest_because: str = "",
    earliest_source: str = "",
    row_because: str = "",
    at_home: bool = True,
) -> Exercise:
    """The exercise; its range and tempo are those it usually has."""
    start, end = poses
    return Exercise(
        key=key,
        name=name,
        stage=stage,
        row=row,
        knee=knee,
        contraction=contraction,
        range=by_default.range,
        equipment=equipment,
        tempo=by_default.tempo,
        tendon_load=tendon_load,
        instructions=instructions,
        start=start,
        end=end,
        usual=by_default,
        regression=regression,
        earliest=earliest or stage,
        earliest_because=earliest_because,
        earliest_source=earliest_source,
        row_because=row_because,
        at_home=at_home,
    )
