"""Both moments side by side on one picture, with the movement between them."""

from dataclasses import dataclass
from enum import StrEnum

from programmes.rules.figures.body import body_of, sits_at_wall, sits_upright, strides
from programmes.rules.figures.pen import Place, Shape, circle, line, number, outline, path_data
from programmes.rules.figures.scene import Scene, draw, span_of
from programmes.rules.library.pose import OtherLeg, Pose, Support
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


INK, SOFT, FAINT = "#15202b", "#455360", "#7a8794"
LOOKS: dict[str, Look] = {
    "water": Look(fill="#dce8f2"),
    "ground": Look(fill="#d9dfe5"),
    "shadow": Look(fill="#8d98a3"),
    "edge": Look(stroke=FAINT, width=1.2),
    "thing": Look(fill=FAINT),
    "post": Look(stroke=FAINT, width=3, grows=True),
    "frame": Look(stroke=FAINT, width=5, grows=True),
    "far-line": Look(stroke=FAINT, width=14, grows=True),
    "far-rests": Look(stroke="#f4f6f8", width=11, grows=True),
    "far-works": Look(stroke="#8aa5c8", width=13, grows=True),
    "far-shoe": Look(fill="#ffffff", stroke=FAINT, width=1),
    "far-sole": Look(stroke=FAINT, width=2.6, grows=True),
    "far-arm-line": Look(stroke=SOFT, width=9, grows=True),
    "far-arm": Look(stroke="#ffffff", width=6, grows=True),
    "pack": Look(fill=SOFT),
    "neck": Look(stroke=SOFT, width=9, grows=True),
    "trunk-line": Look(stroke=SOFT, width=24, grows=True),
    "trunk": Look(stroke="#cfdcea", width=21, grows=True),
    "head": Look(fill="#ffffff", stroke=SOFT, width=1.2),
    "hair": Look(fill=SOFT),
    "eye": Look(fill=INK),
    "belt": Look(stroke=INK, width=7, grows=True),
    "near": Look(fill="#0d4a94"),
    "shoe": Look(fill="#ffffff", stroke=INK, width=1.2),
    "sole": Look(stroke=INK, width=2.8, grows=True),
    "bar": Look(stroke=INK, width=2.6, grows=True),
    "load": Look(fill=INK, stroke="#ffffff", width=1),
    "hole": Look(fill="#ffffff"),
    "arm-line": Look(stroke=SOFT, width=9, grows=True),
    "arm": Look(stroke="#ffffff", width=6, grows=True),
    "band": Look(stroke=INK, width=2.2, grows=True),
    "wave": Look(stroke="#5d7f9f", width=1.4),
    "level": Look(stroke=INK, width=1.3, dash="4 2.6"),
    "mark": Look(fill="#ffbf1f", stroke=INK, width=1.4),
    "way": Look(stroke=INK, width=3),
    "lock": Look(fill=INK),
    "keyhole": Look(fill="#ffffff"),
}
"""Every role from back to front. A style sheet restyles them by class; paper shows these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One path of a drawing. ``role`` is its class; the rest is how paper shows it, as text;
    ``width`` and ``dash`` are blank where they don't apply."""

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
    HOP = "hop"
    GO = "go"
    STRETCH = "stretch"


def motion(start: Pose, end: Pose) -> Motion:
    """What happens between the two poses, as the sign between them says it."""
    if start == end:
        return Motion.HOLD
    if strides(start) or strides(end):
        return Motion.GO
    if end.airborne or start.airborne:
        return Motion.HOP
    if start.support is Support.WALL and not sits_at_wall(start):
        return Motion.STRETCH
    if start.support is Support.LEG_PRESS:
        return Motion.TURN
    if start.support is Support.SEAT and not sits_upright(start):
        return Motion.TURN
    return Motion.DOWN if end.heel_cm < start.heel_cm else Motion.UP_AND_DOWN


def figure(
    start: Pose, end: Pose, *, legs: DoseSide = DoseSide.AFFECTED, faces_left: bool = False
) -> Figure:
    """Start and end side by side, or once what is held still.

    ``legs`` says which legs work and so are drawn strongly; the sore one, always the nearer, has a
    ring at its tendon. Somebody who ``faces_left`` shows the left leg; who walks or runs always
    goes to the right, and has the ring at the leg further away instead.
    """
    moves = motion(start, end)
    # Who goes forward goes on to the right, from start to end, whichever leg is sore.
    mirrored = faces_left and moves is not Motion.GO
    sore_is_far = faces_left and moves is Motion.GO
    scenes = _scenes([start] if moves is Motion.HOLD else [start, end], legs, sore_is_far)
    shown = [draw(each) for each in scenes]
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
    signs = Place(scale=1, across=across, down=height / 2)
    placed += [(shape, signs) for shape in _sign(moves)]
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
    if not look.width:
        return ""
    return number(max(1.0, look.width * scale) if look.grows else look.width)


def _sign(moves: Motion) -> list[Shape]:
    """The sign between start and end, around its own middle."""
    up, down = _arrow((0, -16), (0, 16)), _arrow((0, 16), (0, -16))
    match moves:
        case Motion.HOLD:
            return _padlock(0)
        case Motion.UP_AND_DOWN:
            return [*up, *down[1:]]
        case Motion.DOWN:
            return down
        case Motion.TURN:
            bow = Shape(
                role="way", commands=(("M", (-8, -9)), ("C", (-6, 4, 6, 4, 8, -9))), reach=2
            )
            return [
                bow,
                line("way", (-9.5, -3), (-8, -9.5), (-2.5, -6)),
                line("way", (9.5, -3), (8, -9.5), (2.5, -6)),
            ]
        case Motion.HOP:
            bow = Shape(
                role="way", commands=(("M", (-8, -10)), ("C", (-7, 12, 6, 14, 8, -6))), reach=2
            )
            return [bow, line("way", (2.5, -3), (8, -8), (10, -1))]
        case Motion.GO:
            return [line("way", (-7, -7), (0, 0), (-7, 7)), line("way", (1, -7), (8, 0), (1, 7))]
        case Motion.STRETCH:
            return [*_arrow((-9, 8), (8, 8)), *_padlock(-12)]


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> list[Shape]:
    """A line with a head at its end; straight up, down or to the right."""
    x, y = end
    if start[1] == y:
        head = line("way", (x - 6, y - 5), end, (x - 6, y + 5))
    else:
        back = y - 7 if y > start[1] else y + 7
        head = line("way", (x - 5.5, back), end, (x + 5.5, back))
    return [line("way", start, end), head]


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
