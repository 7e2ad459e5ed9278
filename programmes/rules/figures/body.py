"""Where the joints of a drawn person are, from the angles of a pose.

Lengths are in drawing units, about a centimetre. The foot is drawn larger than life, and the height
of the heel with it, so that a heel below an edge can be seen in a small picture. x grows to where
the person looks, y upwards; the ball of the foot, or the hip of somebody striding, is at x = 0.
"""

import math
from dataclasses import dataclass, replace

from programmes.rules.library.pose import OtherLeg, Pose, Support

HEEL_UNITS_A_CM = 1.6
HEEL_TO_BALL = 25.0
TOES = 10.0
# How far the heel of the shoe stands out behind the point its height is told of.
HEEL_BEHIND = 4.0
ANKLE_FORWARD, ANKLE_HEIGHT = 6.0, 9.0
SHANK = 42.0
THIGH = 42.0
TRUNK = 46.0
HEAD = 20.0
HEAD_RADIUS = 11.5
UPPER_ARM, FOREARM = 29.0, 29.0
# How far in front the leg further away is drawn, so that two legs are seen as two.
BEHIND = 10.0
# Air between the lowest point and the ground of somebody who jumps.
CLEAR = 7.0
STEEPEST_FOOT_DEG = 70.0
# How the back of a leg press leans, and the plate with it.
PRESS_DEG = 150.0
STRIDE_LEAN_DEG = 5.0
# The hip of somebody whose feet carry nothing: in deep water, and on a mat.
FLOATING_HIP = 78.0
MAT_HIP = 12.0
PRESS_HIP = 27.0
SITS_UPRIGHT_FROM_DEG = 60
MOST_BENT_DEG = 120

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The joints of one leg. ``pitch`` is how far the toes are up against level, in degrees;
    ``toes_pitch`` the same of the toes, which stay on the ground when the heel leaves it."""

    hip: Point
    knee: Point
    ankle: Point
    heel: Point
    ball: Point
    toe: Point
    pitch: float
    toes_pitch: float

    def moved(self, across: float, up: float) -> "Leg":
        """The same leg somewhere else."""
        moved = {
            name: (getattr(self, name)[0] + across, getattr(self, name)[1] + up)
            for name in ("hip", "knee", "ankle", "heel", "ball", "toe")
        }
        return replace(self, **moved)  # type: ignore[arg-type]

    @property
    def lowest(self) -> float:
        """The height of its lowest point."""
        return min(self.heel[1], self.ball[1], self.toe[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A person: both legs, trunk and head. ``lean`` is the trunk's, forward, in degrees.

    ``ground`` is how far the ground under the foot is turned against level: a slope, or the plate
    of a leg press.
    """

    near: Leg
    other: Leg
    hip: Point
    shoulder: Point
    head: Point
    lean: float
    ground: float


def strides(pose: Pose) -> bool:
    """Whether this is a moment of walking or running."""
    return (
        pose.other_leg is OtherLeg.LIFTED
        and pose.support in (Support.FLOOR, Support.WATER)
        and not -10 < pose.hip_deg < 25
    )


def leaps(pose: Pose) -> bool:
    """Whether somebody hops forward on one leg, the thigh led ahead, and not on the spot."""
    return pose.airborne and not strides(pose) and pose.hip_deg - pose.knee_deg / 2 >= 10


def sits_upright(pose: Pose) -> bool:
    """Whether the feet stand on the ground below a seat."""
    return pose.support is Support.SEAT and pose.knee_deg >= SITS_UPRIGHT_FROM_DEG


def lies_stretched(pose: Pose) -> bool:
    """Whether somebody sits on the ground with the leg stretched out."""
    return pose.support is Support.SEAT and pose.knee_deg < 15


def in_deep_water(pose: Pose) -> bool:
    """Whether there is no ground to stand on."""
    return pose.support is Support.WATER and strides(pose)


def sits_at_wall(pose: Pose) -> bool:
    """Whether somebody leans the back on a wall, and not the hands."""
    return pose.support is Support.WALL and pose.hip_deg >= 40


def body_of(pose: Pose, *, both: bool) -> Body:
    """The joints of a pose; ``both`` is whether the legs work together."""
    if strides(pose) or pose.airborne:
        body = _from_the_trunk(pose, STRIDE_LEAN_DEG if strides(pose) else 2.0)
    elif sits_upright(pose):
        body = _on_a_seat(pose)
    elif pose.support is Support.SEAT:
        body = _from_the_trunk(pose, -8.0 if lies_stretched(pose) else 0.0)
    else:
        body = _from_the_foot(pose)
    return replace(body, other=_other_leg(pose, body, both=both))


def along(start: Point, length: float, angle: float) -> Point:
    """The point so far from ``start``; ``angle`` is in degrees forward from straight up."""
    return (
        start[0] + length * math.sin(math.radians(angle)),
        start[1] + length * math.cos(math.radians(angle)),
    )


def bent(start: Point, end: Point, first: float, second: float, *, forward: bool) -> Point:
    """Where the joint between two limbs is, so that they reach from ``start`` towards ``end``.

    Of the two places it may have, ``forward`` takes the one in front of somebody who looks right
    and whose way goes up.
    """
    across, up = end[0] - start[0], end[1] - start[1]
    away = math.hypot(across, up) or 0.01
    reach = min(max(away, abs(first - second) + 0.01), first + second - 0.01)
    turn = math.degrees(
        math.acos(
            max(-1.0, min(1.0, (first**2 + reach**2 - second**2) / (2 * first * reach))),
        )
    )
    angle = math.degrees(math.atan2(across, up))
    return along(start, first, angle + (turn if forward else -turn))


def sole(pose: Pose) -> float:
    """How far the sole is turned against the ground, toes up, in degrees."""
    turned = math.degrees(
        math.asin(max(-1.0, min(1.0, pose.heel_cm * HEEL_UNITS_A_CM / HEEL_TO_BALL)))
    )
    return -min(turned, STEEPEST_FOOT_DEG)


def _leg(ball: Point, pitch: float, shank: float, thigh: float, toes_pitch: float) -> Leg:
    """A leg built up from the ball of the foot; angles are those of the limbs against level."""
    heel = along(ball, -HEEL_TO_BALL, 90 - pitch)
    ankle = along(along(heel, ANKLE_FORWARD, 90 - pitch), ANKLE_HEIGHT, -pitch)
    knee = along(ankle, SHANK, shank)
    return Leg(
        hip=along(knee, THIGH, thigh),
        knee=knee,
        ankle=ankle,
        heel=heel,
        ball=ball,
        toe=along(ball, TOES, 90 - toes_pitch),
        pitch=pitch,
        toes_pitch=toes_pitch,
    )


def _body(leg: Leg, lean: float, ground: float) -> Body:
    shoulder = along(leg.hip, TRUNK, lean)
    return Body(
        near=leg,
        other=leg,
        hip=leg.hip,
        shoulder=shoulder,
        head=along(shoulder, HEAD, lean * 0.6),
        lean=lean,
        ground=ground,
    )


def _from_the_foot(pose: Pose) -> Body:
    """The foot is where the ground is, everything above follows."""
    ground = PRESS_DEG if pose.support is Support.LEG_PRESS else float(pose.slope_deg)
    pitch = ground + sole(pose)
    shank = pose.ankle_deg - pitch
    thigh = shank - pose.knee_deg
    leg = _leg((0.0, 0.0), pitch, shank, thigh, ground)
    if pose.support is Support.LEG_PRESS:
        # The seat stays, the plate moves.
        leg = leg.moved(-leg.hip[0], PRESS_HIP - leg.hip[1])
    return _body(leg, thigh + pose.hip_deg, ground)


def _from_the_trunk(pose: Pose, lean: float) -> Body:
    """The trunk is upright, the foot is where the leg leads it, above the ground or on it."""
    thigh = lean - pose.hip_deg
    shank = thigh + pose.knee_deg
    pitch = pose.ankle_deg - shank
    ground = float(pose.slope_deg)
    stands = not pose.airborne and pose.support is not Support.SEAT and pitch < ground
    leg = _leg((0.0, 0.0), pitch, shank, thigh, ground if stands else pitch)
    # Who hops stays above the place of take-off, as near to a wall or a bench as before.
    hips = 0.0 if strides(pose) or not pose.airborne else ANKLE_FORWARD - HEEL_TO_BALL
    leg = leg.moved(hips - leg.hip[0], 0)
    rise = math.tan(math.radians(ground))
    back = along(leg.heel, -HEEL_BEHIND, 90 - pitch)
    low = min(point[1] - rise * point[0] for point in (back, leg.heel, leg.ball, leg.toe))
    up = -low
    if in_deep_water(pose):
        up = FLOATING_HIP - leg.hip[1]
    elif lies_stretched(pose):
        up = MAT_HIP - leg.hip[1]
    elif pose.airborne:
        up = CLEAR - low
        if not strides(pose):
            up = max(pose.heel_cm * HEEL_UNITS_A_CM - leg.heel[1], up)
    return _body(leg.moved(0, up), lean, ground)


def _on_a_seat(pose: Pose) -> Body:
    """The hip stays on the seat while the heel moves; the knee goes where both let it."""
    flat = _leg((0.0, 0.0), 0.0, 0.0, -float(pose.knee_deg), 0.0)
    pitch = sole(pose)
    raised = _leg((0.0, 0.0), pitch, 0.0, 0.0, 0.0)
    knee = bent(raised.ankle, flat.hip, SHANK, THIGH, forward=True)
    # Where the seat is out of reach the body comes along.
    angle = math.degrees(math.atan2(flat.hip[0] - knee[0], flat.hip[1] - knee[1]))
    leg = replace(raised, knee=knee, hip=along(knee, THIGH, angle))
    return _body(leg, float(max(-20, min(40, pose.hip_deg - pose.knee_deg))), 0.0)


def _other_leg(pose: Pose, body: Body, *, both: bool) -> Leg:
    near = body.near
    if strides(pose):
        return _swinging(pose, body)
    if pose.other_leg is OtherLeg.LIFTED:
        return _lifted(pose, body)
    if both or pose.other_leg is OtherLeg.HELPING:
        return near.moved(BEHIND, 0)
    if pose.support is Support.SEAT:
        return _flat_at_seat(pose, body)
    if pose.support is Support.WALL and not sits_at_wall(pose):
        step = 26 if pose.knee_deg >= 15 else 36
        return _reaching(body, (near.ball[0] + step, 0.0))
    return near.moved(BEHIND, 0) if pose.heel_cm > 2 else _reaching(body, (BEHIND, 0.0))


def _hanging(body: Body, thigh: float, knee: float, pitch: float) -> Leg:
    """A leg that touches nothing: its thigh so far behind the hip's plumb line, its knee bent."""
    leg = _leg((0.0, 0.0), pitch, thigh + knee, thigh, pitch)
    return leg.moved(body.hip[0] - leg.hip[0] + 2, body.hip[1] - leg.hip[1])


def _swinging(pose: Pose, body: Body) -> Leg:
    """The leg that swings while the drawn one lands, or pushes off, just clear of the ground."""
    quick = pose.airborne or (pose.hip_deg > 0 and pose.knee_deg >= 15)
    if pose.hip_deg > 0:
        thigh, knee, pitch = (14, 78, -70) if quick else (16, 48, -66)
    else:
        thigh, knee, pitch = (-55, 82, -8) if quick else (-22, 22, 12)
    leg = _hanging(body, thigh, knee, pitch)
    rise = math.tan(math.radians(pose.slope_deg))
    while knee < MOST_BENT_DEG and any(
        point[1] < rise * point[0] + 1 for point in (leg.heel, leg.ball, leg.toe)
    ):
        knee += 4
        leg = _hanging(body, thigh, knee, pitch)
    return leg


def _lifted(pose: Pose, body: Body) -> Leg:
    if pose.support is Support.SEAT or pose.support is Support.LEG_PRESS:
        return _hanging(body, -75, 70, 5)
    return _hanging(body, -14, 84, -52)


def _flat_at_seat(pose: Pose, body: Body) -> Leg:
    """The other foot beside somebody who sits, flat on the ground."""
    if lies_stretched(pose):
        return _reaching(body, (body.hip[0] + 66, body.hip[1] - MAT_HIP))
    return (
        _reaching(body, (max(body.near.ball[0], body.hip[0] + 61) + BEHIND, 0.0))
        if (sits_upright(pose))
        else _reaching(body, (body.hip[0] + 62, 0.0))
    )


def _reaching(body: Body, ball: Point) -> Leg:
    """A leg from the hip to a foot flat on the ground, as far as it reaches."""
    flat = _leg(ball, 0.0, 0.0, 0.0, 0.0)
    knee = bent(flat.ankle, body.hip, SHANK, THIGH, forward=True)
    angle = math.degrees(math.atan2(body.hip[0] - knee[0], body.hip[1] - knee[1]))
    return replace(flat, knee=knee, hip=along(knee, THIGH, angle))
