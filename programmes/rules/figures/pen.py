"""Shapes of a drawing before they have a place, and the path data they become."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from programmes.rules.figures.body import Point, along


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Commands of one path: a letter and its points, an arc's radius before its end.

    ``role`` is how it looks, ``reach`` how far it goes beyond its points.
    """

    role: str
    commands: tuple[tuple[str, tuple[float, ...]], ...]
    reach: float = 0.0

    @property
    def points(self) -> tuple[Point, ...]:
        """Every point the path is made of."""
        found: list[Point] = []
        for letter, values in self.commands:
            numbers = values[-2:] if letter == "A" else values
            found += zip(numbers[::2], numbers[1::2], strict=True)
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where shapes come to stand: a scale, the place of their origin, and whether mirrored."""

    scale: float
    across: float
    down: float
    mirrored: bool = False

    def at(self, point: Point) -> Point:
        """The point on the picture, whose y grows downwards."""
        across = -point[0] if self.mirrored else point[0]
        return self.across + across * self.scale, self.down - point[1] * self.scale


def line(role: str, *points: Point, reach: float = 1.0) -> Shape:
    """A line through these points."""
    first, *others = points
    return Shape(role=role, commands=(("M", first), *(("L", each) for each in others)), reach=reach)


def outline(role: str, *points: Point, reach: float = 1.0) -> Shape:
    """A closed shape with these corners."""
    drawn = line(role, *points, reach=reach)
    return Shape(role=role, commands=(*drawn.commands, ("Z", ())), reach=reach)


def box(role: str, left: float, bottom: float, right: float, top: float) -> Shape:
    """A rectangle."""
    return outline(role, (left, bottom), (right, bottom), (right, top), (left, top))


def circle(role: str, middle: Point, radius: float) -> Shape:
    """A circle."""
    left, right = (middle[0] - radius, middle[1]), (middle[0] + radius, middle[1])
    return Shape(
        role=role,
        commands=(("M", left), ("A", (radius, 1, *right)), ("A", (radius, 1, *left)), ("Z", ())),
        reach=radius,
    )


def limb(role: str, start: Point, end: Point, wide: float, narrow: float, swell: float) -> Shape:
    """A limb with round ends, ``wide`` and ``narrow`` in radius, swollen at its back by ``swell``.

    The back is at the left of the way from ``end`` to ``start`` for somebody who looks right.
    """
    angle = math.degrees(math.atan2(start[0] - end[0], start[1] - end[1]))
    front, back = angle + 90, angle - 90
    length = math.hypot(start[0] - end[0], start[1] - end[1])
    top_front, top_back = along(start, wide, front), along(start, wide, back)
    low_front, low_back = along(end, narrow, front), along(end, narrow, back)
    upper = along(along(start, length * 0.2, angle + 180), wide + swell, back)
    lower = along(along(start, length * 0.62, angle + 180), narrow + swell, back)
    return Shape(
        role=role,
        commands=(
            ("M", top_front),
            ("L", low_front),
            ("A", (narrow, 1, *low_back)),
            ("C", (*lower, *upper, *top_back)),
            ("A", (wide, 1, *top_front)),
            ("Z", ()),
        ),
        reach=wide,
    )


def number(value: float) -> str:
    """A number as a drawing writes it, with at most one decimal: ``"12.5"``, ``"3"``, ``"0"``."""
    rounded = f"{value:.1f}".removesuffix(".0")
    return "0" if rounded == "-0" else rounded


def path_data(shapes: Iterable[Shape], place: Place) -> str:
    """The shapes one after the other as the ``d`` of one path, short: each point from the last,
    and a letter only where it isn't that of before."""
    written: list[str] = []
    for shape in shapes:
        begun = last = (0.0, 0.0)
        before_it = ""
        for letter, values in shape.commands:
            if letter == "Z":
                written.append("z")
                last, before_it = begun, ""
                continue
            *before, end = _placed(letter, values, place)
            if letter == "M":
                begun = last = end
                written.append("M" + _numbers(end))
                continue
            turned = _arc(values, place) if letter == "A" else []
            steps = [
                each - of for point in (*before, end) for each, of in zip(point, last, strict=True)
            ]
            said, numbers = _shortest(letter.lower(), [*turned, *steps])
            if said == before_it:
                written.append(numbers if numbers.startswith("-") else f" {numbers}")
            else:
                written.append(said + numbers)
            last, before_it = end, said
    return "".join(written)


def _shortest(letter: str, values: list[float]) -> tuple[str, str]:
    """The letter of a command and its numbers; of a line along the picture only one number."""
    if letter == "l":
        across, down = (number(each) for each in values)
        if down == "0":
            return "h", _numbers(values[:1])
        if across == "0":
            return "v", _numbers(values[1:])
    return letter, _numbers(values)


def _placed(letter: str, values: Sequence[float], place: Place) -> list[Point]:
    """The points of a command on the picture, rounded as they are written."""
    numbers = values[-2:] if letter == "A" else values
    placed = [place.at(pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    return [(round(across, 1), round(down, 1)) for across, down in placed]


def _arc(values: Sequence[float], place: Place) -> list[float]:
    radius, clockwise = values[0] * place.scale, bool(values[1])
    return [radius, radius, 0, 0, int(clockwise != place.mirrored)]


def _numbers(values: Iterable[float]) -> str:
    """Numbers one after the other, with a blank only where one can't be told from the next."""
    written = ""
    for value in values:
        said = number(value)
        said = f"-{said[2:]}" if said.startswith("-0.") else said.removeprefix("0") or "0"
        written += f" {said}" if written and not said.startswith("-") else said
    return written
