"""Both moments side by side on one picture, with the movement between them."""

from dataclasses import dataclass
from enum import StrEnum

from programmes.rules.figures.body import (
    PRESS_DEG,
    Point,
    along,
    body_of,
    leaps,
    sits_at_wall,
    sits_upright,
    strides,
)
from programmes.rules.figures.pen import Place, Shape, circle, line, number, outline, path_data
from programmes.rules.figures.scene import Scene, draw, span_of
from programmes.rules.library.pose import Ground, OtherLeg, Pose, Support
from programmes.rules.terms import DoseSide

WIDTH = 200.0
MARGIN = 3.0
MIDDLE = 22.0
PANEL = (WIDTH - 2 * MARGIN - MIDDLE) / 2
TALLEST = 150.0
LARGEST_SCALE = 0.8
# What is held still is drawn once, and may be wider; its sign stands beside it.
HELD_WIDER = 1.4
SIGN_BESIDE = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a role looks on paper. ``width`` of a line in drawing units; ``grows`` with the person,
    else it stays as thin as it is in a small picture."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 0
    grows: bool = False
    dash: str = ""


THIN = 1.2
INK, SOFT, FAINT = "#15202b", "#455360", "#7a8794"
LOOKS: dict[str, Look] = {
    "water": Look(fill="#dce8f2"),
    "ground": Look(fill="#d9dfe5"),
    "shadow": Look(fill="#8d98a3"),
    "edge": Look(stroke=FAINT, width=THIN),
    "thing": Look(fill=FAINT),
    "lane": Look(stroke="#fff", width=1.6, dash="9 5"),
    "tuft": Look(stroke=SOFT, width=THIN),
    "post": Look(stroke=FAINT, width=3, grows=True),
    "frame": Look(stroke=FAINT, width=5, grows=True),
    "far-line": Look(stroke=FAINT, width=14, grows=True),
    "far-rests": Look(stroke="#f4f6f8", width=11, grows=True),
    "far-works": Look(stroke="#8aa5c8", width=13, grows=True),
    "far-shoe": Look(fill="#fff", stroke=FAINT, width=1),
    "far-sole": Look(stroke=FAINT, width=2.6, grows=True),
    "far-arm-line": Look(stroke=SOFT, width=9, grows=True),
    "far-arm": Look(stroke="#fff", width=6, grows=True),
    "pack": Look(fill=SOFT),
    "neck": Look(stroke=SOFT, width=9, grows=True),
    "trunk-line": Look(stroke=SOFT, width=24, grows=True),
    "trunk": Look(stroke="#cfdcea", width=21, grows=True),
    "strap": Look(stroke=INK, width=4, grows=True),
    "head": Look(fill="#fff", stroke=SOFT, width=THIN),
    "hair": Look(fill=SOFT),
    "eye": Look(fill=INK),
    "belt": Look(stroke=INK, width=7, grows=True),
    "near": Look(fill="#0d4a94"),
    "shoe": Look(fill="#fff", stroke=INK, width=THIN),
    "sole": Look(stroke=INK, width=2.8, grows=True),
    "pad": Look(stroke=SOFT, width=9, grows=True),
    "bar": Look(stroke=INK, width=2.6, grows=True),
    "load": Look(fill=INK, stroke="#fff", width=1),
    "hole": Look(fill="#fff"),
    "arm-line": Look(stroke=SOFT, width=9, grows=True),
    "arm": Look(stroke="#fff", width=6, grows=True),
    "band": Look(stroke=INK, width=2.2, grows=True),
    "wave": Look(stroke="#5d7f9f", width=1.4),
    "speed": Look(stroke=INK, width=1.6),
    "level": Look(stroke=INK, width=1.3, dash="4 2.6"),
    "mark": Look(fill="#ffbf1f", stroke=INK, width=1.4),
    "way": Look(stroke=INK, width=3),
    "lock": Look(fill=INK),
    "keyhole": Look(fill="#fff"),
}
"""Every role from back to front. A style sheet restyles them by class; paper shows these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One path of a drawing. ``role`` is its class; the rest is how paper shows it, as text;
    ``dash`` is blank where there is none, ``width`` where nothing is stroked or the line is
    ``THIN``, which the whole drawing is set to."""

    role: str
    path: str
    fill: str
    stroke: str
    width: str
    dash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawing: its size in its own units, and its layers from back to front."""

    width: str
    height: str
    layers: tuple[Layer, ...]


class Motion(StrEnum):
    """What happens between start and end."""

    HOLD = "hold"
    UP_AND_DOWN = "up_and_down"
    DOWN = "down"
    TURN = "turn"
    PUSH = "push"
    HOP = "hop"
    LEAP = "leap"
    GO = "go"
    STRETCH = "stretch"


FORWARD = frozenset({Motion.LEAP, Motion.STRETCH})
"""Movements whose sign points to where somebody looks, from start to end."""


def motion(start: Pose, end: Pose) -> Motion:
    """What happens between the two poses, as the sign between them says it."""
    if start == end:
        return Motion.HOLD
    if strides(start) or strides(end):
        return Motion.GO
    if end.airborne or start.airborne:
        return Motion.LEAP if leaps(end) else Motion.HOP
    if start.support is Support.WALL and not sits_at_wall(start):
        return Motion.STRETCH
    if start.support is Support.LEG_PRESS:
        return Motion.PUSH
    if start.support is Support.SEAT and not sits_upright(start):
        return Motion.TURN
    return Motion.DOWN if end.heel_cm < start.heel_cm else Motion.UP_AND_DOWN


def figure(
    start: Pose, end: Pose, *, legs: DoseSide = DoseSide.AFFECTED, faces_left: bool = False
) -> Figure:
    """Start and end side by side, or once what is held still.

    ``legs`` says which legs work and so are drawn strongly; the sore one, always the nearer, has a
    ring at its tendon. Somebody who ``faces_left`` shows the left leg, and where the movement goes
    forward, it goes to the left, start at the right. Who walks or runs always goes to the right,
    and has the ring at the leg further away instead.
    """
    moves = motion(start, end)
    # Who goes forward goes on to the right, from start to end, whichever leg is sore.
    mirrored = faces_left and moves is not Motion.GO
    sore_is_far = faces_left and moves is Motion.GO
    scenes = _scenes([start] if moves is Motion.HOLD else [start, end], legs, sore_is_far)
    shown = [draw(each) for each in scenes]
    if mirrored and moves in FORWARD:
        shown.reverse()
    left, low, right, top = _bounds([shape for shapes in shown for shape in shapes])
    room = PANEL
    centres: tuple[float, ...] = (MARGIN + PANEL / 2, WIDTH - MARGIN - PANEL / 2)
    if moves is Motion.HOLD:
        room, centres = PANEL * HELD_WIDER, (WIDTH / 2,)
    scale = min(LARGEST_SCALE, room / (right - left), (TALLEST - 2 * MARGIN) / (top - low))
    height = (top - low) * scale + 2 * MARGIN
    middle = (left + right) / 2 * scale * (-1 if mirrored else 1)
    placed: list[tuple[Shape, Place]] = []
    for shapes, centre in zip(shown, centres, strict=True):
        place = Place(
            scale=scale,
            across=centre - middle,
            down=height - MARGIN + low * scale,
            mirrored=mirrored,
        )
        placed += [(shape, place) for shape in shapes]
    across = WIDTH / 2
    if moves is Motion.HOLD:
        across += (right - left) * scale / 2 + SIGN_BESIDE
    signs = Place(scale=1, across=across, down=height / 2, mirrored=mirrored)
    placed += [(shape, signs) for shape in _sign(moves, stops=start.ground is Ground.LEVEL)]
    return Figure(width=number(WIDTH), height=number(height), layers=_layers(placed, scale))


def _scenes(moments: list[Pose], legs: DoseSide, sore_is_far: bool) -> list[Scene]:
    both = legs is DoseSide.BOTH
    bodies = [(pose, body_of(pose, both=both)) for pose in moments]
    span = span_of(tuple(bodies))
    return [
        Scene(
            pose=pose,
            body=body,
            works=both,
            marked=legs is not DoseSide.OTHER,
            sore_is_far=sore_is_far,
            swapped=both and _changes_legs(pose),
            span=span,
        )
        for pose, body in bodies
    ]


def _changes_legs(pose: Pose) -> bool:
    """Whether somebody hops from one foot to the other, where both legs work."""
    return pose.airborne and pose.other_leg is OtherLeg.LIFTED and not strides(pose)


def _bounds(shapes: list[Shape]) -> tuple[float, float, float, float]:
    reached = [(x, y, shape.reach) for shape in shapes for x, y in shape.points]
    return (
        min(x - reach for x, _, reach in reached),
        min(y - reach for _, y, reach in reached),
        max(x + reach for x, _, reach in reached),
        max(y + reach for _, y, reach in reached),
    )


def _layers(placed: list[tuple[Shape, Place]], scale: float) -> tuple[Layer, ...]:
    paths: dict[str, str] = dict.fromkeys(LOOKS, "")
    for shape, place in placed:
        paths[shape.role] += path_data([shape], place)
    return tuple(
        Layer(
            role=role,
            path=path,
            fill=LOOKS[role].fill,
            stroke=LOOKS[role].stroke,
            width=_width(LOOKS[role], scale),
            dash=LOOKS[role].dash,
        )
        for role, path in paths.items()
        if path
    )


def _width(look: Look, scale: float) -> str:
    width = max(1.0, look.width * scale) if look.grows else look.width
    return "" if look.width in (0, THIN) else number(width)


def _sign(moves: Motion, *, stops: bool) -> list[Shape]:
    """The sign between start and end, around its own middle; ``stops`` is a bar at its low end."""
    match moves:
        case Motion.HOLD:
            return _padlock(0)
        case Motion.UP_AND_DOWN | Motion.HOP:
            return _there_and_back(0, stops=stops)
        case Motion.PUSH:
            # Along the sledge, square to its plate.
            return _there_and_back(180 - PRESS_DEG, stops=stops)
        case Motion.DOWN:
            return _arrow((0, 16), 180)
        case Motion.TURN:
            bow = Shape(
                role="way", commands=(("M", (-8, -9)), ("C", (-6, 4, 6, 4, 8, -9))), reach=2
            )
            return [
                bow,
                line("way", (-9.5, -3), (-8, -9.5), (-2.5, -6)),
                line("way", (9.5, -3), (8, -9.5), (2.5, -6)),
            ]
        case Motion.LEAP:
            bow = Shape(
                role="way", commands=(("M", (-8, -10)), ("C", (-7, 12, 6, 14, 8, -6))), reach=2
            )
            return [bow, line("way", (2.5, -3), (8, -8), (10, -1))]
        case Motion.GO:
            return [line("way", (-7, -7), (0, 0), (-7, 7)), line("way", (1, -7), (8, 0), (1, 7))]
        case Motion.STRETCH:
            return [*_arrow((-9, 8), 90, length=17), *_padlock(-12)]


def _there_and_back(angle: float, *, stops: bool) -> list[Shape]:
    """An arrow with two heads, and a bar at the end it comes back to."""
    low = along((0, 0), -16, angle)
    bar = along(low, -4, angle)
    stop = line("way", along(bar, -9, angle + 90), along(bar, 9, angle + 90))
    arrow = [*_arrow(low, angle), _head(low, angle + 180)]
    return [*arrow, stop] if stops else arrow


def _arrow(start: Point, angle: float, length: float = 32) -> list[Shape]:
    """A line with a head at its end; ``angle`` is in degrees forward from straight up."""
    end = along(start, length, angle)
    return [line("way", start, end), _head(end, angle)]


def _head(end: Point, angle: float) -> Shape:
    back = along(end, -6.5, angle)
    return line("way", along(back, -5.5, angle + 90), end, along(back, 5.5, angle + 90))


def _padlock(low: float) -> list[Shape]:
    """A closed padlock standing around this height: hold still."""
    bow = Shape(
        role="way",
        commands=(
            ("M", (-5, low + 1)),
            ("L", (-5, low + 6)),
            ("A", (5, 1, 5, low + 6)),
            ("L", (5, low + 1)),
        ),
        reach=2,
    )
    return [
        bow,
        outline("lock", (-8, low - 12), (8, low - 12), (8, low + 1), (-8, low + 1)),
        circle("keyhole", (0, low - 4.5), 2.2),
    ]
