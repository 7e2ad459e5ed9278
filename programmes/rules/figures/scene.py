"""One moment of an exercise as shapes: the person, what carries them, and what they hold."""

import math
from dataclasses import dataclass, field

from programmes.rules.figures.body import (
    FLOATING_HIP,
    FOREARM,
    HEAD_RADIUS,
    MAT_HIP,
    TRUNK,
    UPPER_ARM,
    Body,
    Leg,
    Point,
    along,
    bent,
    in_deep_water,
    lies_stretched,
    sits_at_wall,
    sits_upright,
    strides,
)
from programmes.rules.figures.pen import Shape, box, circle, limb, line, outline
from programmes.rules.library.pose import Ground, Hands, LoadAt, OtherLeg, Pose, Support

STEP_HEIGHT = 22.0
PLATE_HEIGHT = 12.0
BENCH_TOP = 102.0
BENCH_DEEP = 18.0
RAIL_TOP = 102.0
FLOOR_DEEP = 4.0
TRACK_DEEP = 10.0
WATER_TOP = 128.0
DEEP = -22.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """What both moments of an exercise share, so that walls and seats don't move between them.

    ``left`` and ``right`` are how far the persons reach, ``wall`` is where a wall in front stands.
    """

    left: float
    right: float
    wall: float
    low: float
    upright: float


@dataclass(slots=True, kw_only=True)
class Scene:
    """The shapes of one moment, from back to front within a role."""

    pose: Pose
    body: Body
    works: bool
    marked: bool
    sore_is_far: bool = False
    swapped: bool = False
    span: Span
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        """Draw these too."""
        self.shapes += shapes


def reach(pose: Pose, body: Body) -> tuple[float, float]:
    """How far back and forward a person reaches, feet and head, without what is around."""
    points = [body.hip, body.shoulder, body.head]
    for leg in (body.near, body.other):
        points += [leg.heel, leg.toe, leg.knee]
    return min(each[0] for each in points) - 12, max(each[0] for each in points) + 12


def span_of(moments: tuple[tuple[Pose, Body], ...]) -> Span:
    """What the moments share."""
    ends = [reach(*each) for each in moments]
    toe = max(body.near.toe[0] for _, body in moments)
    wall = toe + 8
    pose = moments[0][0]
    if pose.support is Support.WALL and not sits_at_wall(pose):
        wall = max(max(body.shoulder[0] + 34, body.other.toe[0] + 4) for _, body in moments)
    low = 0.0
    if edge_height(pose):
        low = -edge_height(pose)
    return Span(
        left=min(left for left, _ in ends),
        right=max(right for _, right in ends),
        wall=wall,
        low=low,
        upright=max(body.shoulder[1] for _, body in moments),
    )


def edge_height(pose: Pose) -> float:
    """How high above the floor the edge is that the heel may hang over; 0 without an edge."""
    if pose.support is Support.STEP:
        return PLATE_HEIGHT if pose.load_at is LoadAt.SHOULDERS else STEP_HEIGHT
    if sits_upright(pose) and pose.load_at is LoadAt.MACHINE:
        return PLATE_HEIGHT
    return 0.0


def draw(scene: Scene) -> tuple[Shape, ...]:
    """All shapes of the moment."""
    _ground(scene)
    _seat(scene)
    _person(scene)
    _load(scene)
    _level(scene)
    _speed(scene)
    return tuple(scene.shapes)


def _ground(scene: Scene) -> None:
    pose, span = scene.pose, scene.span
    left, right = span.left - 6, span.right + 6
    if pose.hands in (Hands.WALL, Hands.BENCH, Hands.RAIL, Hands.POOL_EDGE):
        right = max(right, span.wall + 8)
    if in_deep_water(pose):
        top = FLOATING_HIP + 44
        scene.add(box("water", left, DEEP, right, top), _waves(left, right, top))
        return
    if pose.support is Support.LEG_PRESS:
        _press(scene)
        return
    if lies_stretched(pose):
        mat = scene.body.hip[1] - MAT_HIP
        scene.add(box("thing", left, mat - 5, right, mat))
        return
    if pose.support is Support.WATER:
        scene.add(box("water", left, 0, right, WATER_TOP), _waves(left, right, WATER_TOP))
    if pose.slope_deg:
        rise = math.tan(math.radians(pose.slope_deg))
        corners = (left, left * rise), (right, right * rise)
        scene.add(
            outline(
                "ground",
                *corners,
                (right, left * rise - FLOOR_DEEP),
                (left, left * rise - FLOOR_DEEP),
            )
        )
        scene.add(line("edge", *corners))
        return
    low = span.low
    if pose.ground is Ground.TRACK:
        scene.add(box("thing", left, low - TRACK_DEEP, right, low))
        lane = low - TRACK_DEEP / 2
        scene.add(line("lane", (left + 4, lane), (right - 4, lane)))
    else:
        scene.add(box("ground", left, low - FLOOR_DEEP, right, low))
    if pose.ground is Ground.GRASS:
        scene.add(*_grass(left, right, low))
    scene.add(line("edge", (left, low), (right, low)))
    if pose.airborne:
        under = (scene.body.near.toe[0] + scene.body.near.heel[0]) / 2
        scene.add(box("shadow", under - 14, low - 2.2, under + 14, low - 0.2))
    if low:
        stair = pose.support is Support.STEP and pose.load_at is not LoadAt.SHOULDERS
        ends = right if stair else 22
        scene.add(box("ground", -4, low, ends, 0))
        scene.add(
            line("edge", (-4, low), (-4, 0), (ends, 0), *(() if ends == right else ((ends, low),)))
        )
    _wall(scene, low, right)


def _grass(left: float, right: float, low: float) -> list[Shape]:
    """Tufts along the ground."""
    count = max(2, round((right - left) / 22))
    apart = (right - left) / count
    return [
        line(
            "tuft",
            (foot - 5, low + 9),
            (foot, low),
            (foot + 1, low + 12),
            (foot, low),
            (foot + 6, low + 8),
        )
        for foot in (left + (each + 0.5) * apart for each in range(count))
    ]


def _speed(scene: Scene) -> None:
    """Lines behind somebody who runs, more and longer the faster it goes."""
    pose, body = scene.pose, scene.body
    if not strides(pose):
        return
    heights = ((), (0.35, 0.8), (0.1, 0.4, 0.7, 1.0))[pose.pace]
    for each in heights:
        start = along(body.hip, TRUNK * each, body.lean)
        near = start[0] - 30
        scene.add(line("speed", (near - 8 - 7 * pose.pace, start[1]), (near, start[1])))


def _waves(left: float, right: float, top: float) -> Shape:
    """The top of the water."""
    count = max(2, round((right - left) / 14))
    width = (right - left) / count
    commands: list[tuple[str, tuple[float, ...]]] = [("M", (left, top))]
    for each in range(count):
        start = left + each * width
        dip = top + (3 if each % 2 else -3)
        commands.append(
            ("C", (start + width / 3, dip, start + width * 2 / 3, dip, start + width, top))
        )
    return Shape(role="wave", commands=tuple(commands), reach=4)


def _wall(scene: Scene, low: float, right: float) -> None:
    pose, span = scene.pose, scene.span
    wall = span.wall
    if pose.hands is Hands.WALL or (pose.support is Support.WALL and not sits_at_wall(pose)):
        top = span.upright + 18
        scene.add(box("ground", wall, max(low, 0), wall + 6, top))
        scene.add(line("edge", (wall, max(low, 0)), (wall, top)))
    elif sits_at_wall(pose):
        back = min(scene.body.hip[0], scene.body.shoulder[0]) - 12
        scene.add(box("ground", back - 6, low, back, span.upright + 22))
        scene.add(line("edge", (back, low), (back, span.upright + 22)))
    elif pose.support is Support.SEAT and 15 <= pose.knee_deg < 60:
        front = scene.body.near.ball[0] + 2
        scene.add(box("ground", front, 0, front + 6, span.upright + 10))
        scene.add(line("edge", (front, 0), (front, span.upright + 10)))
    elif pose.hands is Hands.BENCH:
        scene.add(box("ground", wall, 0, wall + 12, BENCH_TOP - 4))
        scene.add(line("edge", (wall, 0), (wall, BENCH_TOP - 4)))
        scene.add(box("thing", wall - BENCH_DEEP, BENCH_TOP - 5, wall + 12, BENCH_TOP))
    elif pose.hands is Hands.POOL_EDGE:
        scene.add(box("thing", wall, 0, wall + 8, WATER_TOP + 5))
    elif pose.hands is Hands.RAIL:
        scene.add(line("post", (wall, 0), (wall, RAIL_TOP)))
        scene.add(line("post", (wall - 10, RAIL_TOP - 4), (wall + 8, RAIL_TOP + 6)))


def _press(scene: Scene) -> None:
    """The plate of a leg press under the foot, and the seat with its back."""
    body = scene.body
    along_plate, away = 90 - body.ground, 180 - body.ground
    low, top = along(body.near.ball, -5, along_plate), along(body.near.ball, 26, along_plate)
    scene.add(outline("thing", low, top, along(top, 7, away), along(low, 7, away)))
    behind = body.lean - 90
    hip, shoulder = along(body.hip, 14, behind), along(body.shoulder, 14, behind)
    seat = along(body.hip, 15, body.lean + 165)
    base = seat[1] - 12
    scene.add(line("post", seat, (seat[0], base)), line("post", top, (top[0], base)))
    scene.add(line("edge", (shoulder[0] - 8, base), (top[0] + 14, base)))
    scene.add(line("frame", along(shoulder, 10, body.lean), along(hip, -4, body.lean), seat))


def _seat(scene: Scene) -> None:
    pose, body = scene.pose, scene.body
    if pose.support is not Support.SEAT or lies_stretched(pose):
        return
    hip, low = body.hip, scene.span.low
    top = hip[1] - 10
    machine = pose.load_at is LoadAt.MACHINE
    scene.add(line("post", (hip[0] - 10, top), (hip[0] - 12, low)))
    scene.add(line("post", (hip[0] + 18, top), (hip[0] + 20, low)))
    scene.add(line("frame", (hip[0] - 12, top - 2), (hip[0] + 20, top - 2)))
    if not machine:
        scene.add(line("post", (hip[0] - 13, top), (hip[0] - 17, top + 44)))


def _person(scene: Scene) -> None:
    body = scene.body
    near, other = body.near, body.other
    if scene.swapped:
        near, other = other, near
    far = "far-works" if scene.works else "far-rests"
    if not scene.works:
        scene.add(line("far-line", other.hip, other.knee, other.ankle, reach=7))
    scene.add(line(far, other.hip, other.knee, other.ankle, reach=7))
    _shoe(scene, other, "far-shoe", "far-sole")
    _arms(scene)
    _trunk(scene)
    scene.add(limb("near", near.hip, near.knee, 11, 7.2, 0.5))
    scene.add(limb("near", near.knee, near.ankle, 7.2, 4.2, 4.5))
    _shoe(scene, near, "shoe", "sole")
    if scene.marked:
        sore = other if scene.sore_is_far else near
        turn = math.degrees(math.atan2(sore.knee[0] - sore.ankle[0], sore.knee[1] - sore.ankle[1]))
        spot = along(along(sore.ankle, 9, turn), 4.4, turn - 90)
        scene.add(circle("mark", spot, 4.6))


def _trunk(scene: Scene) -> None:
    body = scene.body
    if scene.pose.load_at is LoadAt.PACK and scene.pose.support is not Support.SEAT:
        _pack(scene)
    scene.add(line("neck", body.shoulder, body.head, reach=5))
    scene.add(line("trunk-line", body.hip, along(body.shoulder, -4, body.lean), reach=12))
    scene.add(line("trunk", body.hip, along(body.shoulder, -4, body.lean), reach=12))
    head = body.head
    scene.add(circle("head", head, HEAD_RADIUS))
    face = body.lean * 0.6
    nose = along(head, HEAD_RADIUS - 0.5, face + 92)
    scene.add(circle("head", nose, 2.2))
    scene.add(circle("eye", along(along(head, 5.5, face + 90), 2.5, face), 1.3))
    scene.add(_hair(head, face))
    if in_deep_water(scene.pose):
        belt = along(body.hip, 16, body.lean)
        scene.add(line("belt", along(belt, -12, body.lean + 90), along(belt, 12, body.lean + 90)))


def _pack(scene: Scene) -> None:
    """A rucksack on the back, its pocket and its straps."""
    body, lean = scene.body, scene.body.lean

    def at(forward: float, up: float) -> Point:
        return along(along(body.hip, up, lean), forward, lean + 90)

    scene.add(_turned("pack", at(-20, 30), 10, 18, lean))
    scene.add(_turned("pack", at(-31, 24), 3, 9, lean))
    strap = (
        ("M", at(-12, 45)),
        ("C", (*at(-6, 53), *at(9, 53), *at(9, 40))),
        ("C", (*at(9, 27), *at(0, 20), *at(-12, 18))),
    )
    scene.add(Shape(role="strap", commands=strap, reach=2))


def _pack_on_knees(scene: Scene) -> None:
    """A rucksack lying on the thighs, its flap and a strap hanging over."""
    knee = along(scene.body.near.knee, 8, 0)
    left, right, low = knee[0] - 30, knee[0] + 6, knee[1]
    scene.add(box("pack", left, low, right, low + 19))
    scene.add(box("pack", right, low + 3, right + 5, low + 14))
    strap = (
        ("M", (left + 8, low + 19)),
        ("C", (left + 8, low + 30, right - 8, low + 30, right - 8, low + 19)),
    )
    scene.add(Shape(role="strap", commands=strap, reach=2))


def _hair(head: Point, face: float) -> Shape:
    """A cap of hair, so that it is seen where somebody looks."""
    front, back = along(head, HEAD_RADIUS, face + 38), along(head, HEAD_RADIUS, face - 128)
    return Shape(
        role="hair",
        commands=(
            ("M", back),
            ("A", (HEAD_RADIUS, 1, *front)),
            ("C", (*along(head, 4, face + 20), *along(head, 3, face - 60), *back)),
            ("Z", ()),
        ),
    )


def _turned(role: str, middle: Point, half_width: float, half_height: float, lean: float) -> Shape:
    """A rectangle that leans."""
    corners = []
    for across, up in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        side = along(middle, across * half_width, lean + 90)
        corners.append(along(side, up * half_height, lean))
    return outline(role, *corners)


def _shoe(scene: Scene, leg: Leg, upper: str, sole: str) -> None:
    up, toes_up = -leg.pitch, -leg.toes_pitch
    ahead, toes_ahead = 90 - leg.pitch, 90 - leg.toes_pitch

    def at(forward: float, height: float) -> Point:
        return along(along(leg.heel, forward, ahead), height, up)

    tip = along(leg.ball, 9, toes_ahead)
    scene.add(
        Shape(
            role=upper,
            commands=(
                ("M", at(-4, 1)),
                ("C", (*at(-6, 7), *at(-3, 10), *at(0, 14))),
                ("L", at(12, 14)),
                ("C", (*at(15, 9), *at(21, 9), *along(leg.ball, 8, up))),
                (
                    "C",
                    (
                        *along(along(leg.ball, 6, toes_ahead), 7, toes_up),
                        *along(along(leg.ball, 12, toes_ahead), 5, toes_up),
                        *along(tip, 1, toes_up),
                    ),
                ),
                ("L", along(leg.ball, 1, toes_up)),
                ("Z", ()),
            ),
            reach=1,
        )
    )
    scene.add(line(sole, at(-3.5, 1.3), along(leg.ball, 1.3, up), along(tip, 1.3, toes_up)))


def _hand_target(scene: Scene) -> tuple[Point, Point]:
    """Where the near and the far hand are."""
    pose, body, span = scene.pose, scene.body, scene.span
    shoulder = body.shoulder
    hang = along(along(shoulder, 24, body.lean + 172), 23, body.lean + 160)
    match pose.hands:
        case Hands.WALL:
            wall = (span.wall - 1, shoulder[1] - 6)
            return (hang if pose.load_at is LoadAt.HAND else wall), wall
        case Hands.BENCH:
            front = span.wall - BENCH_DEEP
            return (front + 3, BENCH_TOP + 3), (front + 9, BENCH_TOP + 3)
        case Hands.RAIL:
            rail = (span.wall - 1, RAIL_TOP + 3)
            return (hang, rail) if pose.load_at is LoadAt.HAND else (rail, hang)
        case Hands.POOL_EDGE:
            return (span.wall + 2, WATER_TOP + 8), (span.wall + 4, WATER_TOP + 8)
        case Hands.BAND:
            pulled = along(along(body.hip, 18, body.lean), 24, body.lean + 90)
            return pulled, pulled
        case Hands.ROPE:
            held = along(along(body.hip, 14, body.lean), 22, body.lean + 90)
            return held, held
    return _free_hands(scene, hang)


def _free_hands(scene: Scene, hang: Point) -> tuple[Point, Point]:
    pose, body = scene.pose, scene.body
    shoulder = body.shoulder
    if sits_at_wall(pose):
        thigh = along(body.near.knee, 9, -20)
        return (thigh[0] - 12, thigh[1]), (thigh[0] - 6, thigh[1])
    if pose.load_at is LoadAt.SHOULDERS:
        held = along(shoulder, 9, body.lean + 75)
        return held, held
    if pose.load_at is LoadAt.HAND:
        held = along(along(shoulder, 17, body.lean + 180), 24, body.lean + 90)
        return held, held
    if pose.support is Support.WALL and not sits_at_wall(pose):
        return (scene.span.wall - 1, shoulder[1] - 2), (scene.span.wall - 1, shoulder[1] + 3)
    if pose.support is Support.LEG_PRESS:
        grip = along(body.hip, 14, body.lean + 60)
        return grip, grip
    if lies_stretched(pose):
        prop = (body.hip[0] - 26, body.hip[1] - 9)
        return prop, prop
    if pose.support is Support.SEAT:
        knee = along(body.near.knee, 9, 0)
        if pose.load_at is LoadAt.MACHINE or pose.load_at is LoadAt.KNEES:
            knee = along(body.near.knee, 20, -25)
        return (knee[0] - 8, knee[1]), (knee[0] - 2, knee[1])
    if strides(pose):
        # The arm swings against its leg.
        ahead = along(along(shoulder, 22, 165), 22, 70)
        behind = along(along(shoulder, 22, 215), 20, 130)
        return (behind, ahead) if pose.hip_deg > 0 else (ahead, behind)
    if pose.airborne:
        up = along(along(shoulder, 20, 130), 22, 70)
        return up, up
    if pose.knee_deg >= 30:
        back = along(along(shoulder, 22, 205), 22, 200)
        return back, back
    if pose.other_leg is OtherLeg.LIFTED or pose.knee_deg >= 10:
        out = along(along(shoulder, 22, 160), 22, 110)
        return out, out
    return hang, hang


def _arms(scene: Scene) -> None:
    shoulder = along(scene.body.shoulder, -2, scene.body.lean)
    near, far = _hand_target(scene)
    for name, hand in (("far-arm", far), ("arm", near)):
        if name == "far-arm" and far == near:
            continue
        elbow = bent(shoulder, hand, UPPER_ARM, FOREARM, forward=True)
        if hand[0] < shoulder[0]:
            elbow = bent(shoulder, hand, UPPER_ARM, FOREARM, forward=False)
        # An arm too short ends on its way to the hand.
        end = along(
            elbow, FOREARM, math.degrees(math.atan2(hand[0] - elbow[0], hand[1] - elbow[1]))
        )
        scene.add(line(f"{name}-line", shoulder, elbow, end, reach=5))
        scene.add(line(name, shoulder, elbow, end, reach=5))


def _load(scene: Scene) -> None:
    pose, body = scene.pose, scene.body
    near_hand, _ = _hand_target(scene)
    match pose.load_at:
        case LoadAt.HAND if pose.hands in (Hands.WALL, Hands.RAIL):
            across, low = near_hand[0], near_hand[1] - 3
            scene.add(line("bar", (across - 9, low), (across + 9, low)))
            scene.add(box("load", across - 16, low - 9, across - 8, low + 9))
            scene.add(box("load", across + 8, low - 9, across + 16, low + 9))
        case LoadAt.HAND:
            scene.add(circle("load", along(near_hand, 5, body.lean + 90), 9.5))
            scene.add(circle("hole", along(near_hand, 5, body.lean + 90), 2.4))
        case LoadAt.SHOULDERS:
            bar = along(along(body.shoulder, 5, body.lean), 10, body.lean - 90)
            scene.add(circle("load", bar, 12.5), circle("hole", bar, 3))
        case LoadAt.KNEES:
            knee = along(body.near.knee, 7, 0)
            left = knee[0] - 18
            scene.add(box("load", left, knee[1], left + 26, knee[1] + 16))
            scene.add(
                line(
                    "bar",
                    (left + 8, knee[1] + 16),
                    (left + 8, knee[1] + 21),
                    (left + 18, knee[1] + 21),
                    (left + 18, knee[1] + 16),
                )
            )
        case LoadAt.PACK if pose.support is Support.SEAT:
            _pack_on_knees(scene)
        case LoadAt.MACHINE if pose.support is Support.SEAT:
            _knee_pad(scene)
        case LoadAt.MACHINE:
            along_plate, away = 90 - body.ground, 180 - body.ground
            disc = along(along(body.near.ball, 10, along_plate), 13.5, away)
            scene.add(circle("load", disc, 8), circle("hole", disc, 2))
    if pose.hands is Hands.BAND:
        ball = along(body.near.ball, 3, 90 - body.near.pitch)
        scene.add(line("band", near_hand, ball, along(ball, -5, -body.near.pitch)))
    if pose.hands is Hands.ROPE:
        _rope(scene, near_hand)


def _knee_pad(scene: Scene) -> None:
    """The pad of a calf machine on the knees, its disc, and its lever to a stand in front."""
    knee = along(scene.body.near.knee, 12, 0)
    stand = scene.span.right + 4
    scene.add(line("pad", (knee[0] - 14, knee[1]), (knee[0] + 4, knee[1]), reach=5))
    scene.add(line("post", (stand, scene.span.low), (stand, scene.span.low + 42)))
    disc = (knee[0] - 4, knee[1] + 16)
    scene.add(line("bar", disc, (stand, scene.span.low + 40)))
    scene.add(circle("load", disc, 12), circle("hole", disc, 3))


def _rope(scene: Scene, hand: Point) -> None:
    body = scene.body
    ball, head = body.near.ball, body.head
    below = ((hand[0] + 34, hand[1] - 20), (ball[0] + 34, 1.0), (body.near.heel[0] + 6, 1.0))
    above = ((hand[0] + 66, hand[1] + 40), (head[0] + 44, head[1] + 24), (head[0], head[1] + 18))
    way = [each for point in (below if scene.pose.airborne else above) for each in point]
    scene.add(Shape(role="band", commands=(("M", hand), ("C", tuple(way))), reach=2))


def _level(scene: Scene) -> None:
    """A dashed line at the height of the floor or the edge, beside the heel."""
    pose, body = scene.pose, scene.body
    if pose.airborne or strides(pose) or (pose.support is Support.SEAT and not sits_upright(pose)):
        return
    direction = 90 - body.ground
    ball = body.near.ball
    # In the press the line would make the picture wider than the person.
    ends = -34 if pose.support is Support.LEG_PRESS else -44
    scene.add(line("level", along(ball, -6, direction), along(ball, ends, direction)))
