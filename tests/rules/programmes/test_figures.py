"""Drawings: every exercise of the library, and any pose anybody may store, drawn as it is told."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from programmes.rules.dose import Tempo
from programmes.rules.figures import Figure, carrying, figure, hold_bar, pose_sentences, tempo_bar
from programmes.rules.figures.body import (
    FOREARM,
    HEEL_TO_BALL,
    HEEL_UNITS_A_CM,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Body,
    Leg,
    body_of,
    in_deep_water,
    lies_stretched,
    sits_upright,
    strides,
)
from programmes.rules.figures.drawn import LOOKS, WIDTH, Motion, motion
from programmes.rules.figures.pen import Place, Shape, line, number, path_data
from programmes.rules.figures.scene import Scene, draw, edge_height, span_of
from programmes.rules.figures.tempo import width_of
from programmes.rules.library import (
    BUILT_IN,
    EXERCISES,
    LEVEL_VARIANTS,
    Exercise,
    Ground,
    Hands,
    LoadAt,
    OtherLeg,
    Pose,
    Support,
)
from programmes.rules.terms import DoseSide, Range
from programmes.rules.words import in_language

EACH = pytest.mark.parametrize("known", BUILT_IN, ids=lambda each: each.key)
# A tenth of a drawing unit is a fiftieth of a millimetre on paper.
NEARLY = 0.1
MOST_LAYERS_BYTES = 3700
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def bodies(known: Exercise) -> list[tuple[Pose, Body]]:
    both = known.usual.side is DoseSide.BOTH
    return [(pose, body_of(pose, both=both)) for pose in (known.start, known.end)]


def shapes_of(known: Exercise, pose: Pose) -> tuple[Shape, ...]:
    moments = bodies(known)
    both = known.usual.side is DoseSide.BOTH
    return draw(
        Scene(
            pose=pose,
            body=body_of(pose, both=both),
            works=both,
            marked=True,
            span=span_of(tuple(moments)),
        )
    )


def roles(known: Exercise, pose: Pose) -> set[str]:
    return {each.role for each in shapes_of(known, pose)}


def floor_under(pose: Pose, point: tuple[float, float]) -> float:
    """How high the ground is below a point of the foot."""
    if pose.slope_deg:
        return math.tan(math.radians(pose.slope_deg)) * point[0]
    if point[0] < -4:
        return -edge_height(pose)
    return 0.0


def check_limbs(leg: Leg) -> None:
    assert math.dist(leg.hip, leg.knee) == pytest.approx(THIGH)
    assert math.dist(leg.knee, leg.ankle) == pytest.approx(SHANK)
    assert math.dist(leg.heel, leg.ball) == pytest.approx(HEEL_TO_BALL)


def endpoints(path: str) -> list[tuple[float, float]]:
    """Every point a path of relative commands goes to or is led by."""
    points: list[tuple[float, float]] = []
    at = begun = (0.0, 0.0)
    for letter, told in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        values = [float(each) for each in NUMBER.findall(told)]
        if letter == "z":
            at = begun
            continue
        if letter == "M":
            at = begun = (values[0], values[1])
            points.append(at)
            continue
        # A letter stands for all commands of its kind that follow.
        many = {"l": 2, "h": 1, "v": 1, "c": 6, "a": 7}[letter]
        assert values
        assert len(values) % many == 0
        for first in range(0, len(values), many):
            said = values[first : first + many]
            said = {"h": [*said, 0.0], "v": [0.0, *said], "a": said[-2:]}.get(letter, said)
            steps = list(zip(said[::2], said[1::2], strict=True))
            points += [(at[0] + across, at[1] + down) for across, down in steps]
            at = points[-1]
    return points


def check_inside(drawn: object) -> None:
    height = float(drawn.height)  # type: ignore[attr-defined]
    assert 20 < height <= 150
    for layer in drawn.layers:  # type: ignore[attr-defined]
        assert "nan" not in layer.path
        assert "inf" not in layer.path
        for across, down in endpoints(layer.path):
            assert -NEARLY <= across <= WIDTH + NEARLY, layer.role
            assert -NEARLY <= down <= height + NEARLY, layer.role


# --- Every exercise ---


@EACH
def test_limbs_keep_their_lengths(known: Exercise) -> None:
    for _, body in bodies(known):
        check_limbs(body.near)
        check_limbs(body.other)
        assert math.dist(body.hip, body.shoulder) == pytest.approx(TRUNK)
        assert body.hip == body.near.hip


@EACH
def test_arms_keep_their_lengths(known: Exercise) -> None:
    for pose in (known.start, known.end):
        for arm in (each for each in shapes_of(known, pose) if each.role in ("arm", "far-arm")):
            shoulder, elbow, hand = arm.points
            assert math.dist(shoulder, elbow) == pytest.approx(UPPER_ARM)
            assert math.dist(elbow, hand) == pytest.approx(FOREARM)


@EACH
def test_no_foot_is_in_the_floor_or_the_step(known: Exercise) -> None:
    for pose, body in bodies(known):
        if pose.support is Support.LEG_PRESS or in_deep_water(pose) or lies_stretched(pose):
            continue
        for leg in (body.near, body.other):
            for point in (leg.heel, leg.ball, leg.toe):
                assert point[1] >= floor_under(pose, point) - NEARLY


@EACH
def test_somebody_in_the_air_touches_nothing_and_anybody_else_does(known: Exercise) -> None:
    for pose, body in bodies(known):
        if pose.support is not Support.FLOOR or pose.slope_deg:
            continue
        low = min(body.near.lowest, body.other.lowest)
        assert low > 5 if pose.airborne else abs(low) < 3


@EACH
def test_the_heel_is_as_high_as_told(known: Exercise) -> None:
    for pose, body in bodies(known):
        if strides(pose) or (pose.support is Support.SEAT and not sits_upright(pose)):
            continue
        ground = math.radians(body.ground)
        heel, ball = body.near.heel, body.near.ball
        # Its height above the ground or the plate the ball of the foot is on.
        drawn = (heel[1] - ball[1]) * math.cos(ground) - (heel[0] - ball[0]) * math.sin(ground)
        if pose.airborne:
            drawn = heel[1]
        assert drawn / HEEL_UNITS_A_CM == pytest.approx(pose.heel_cm, abs=0.1)


@EACH
def test_the_heel_is_below_the_dashed_line_only_when_told(known: Exercise) -> None:
    for pose in (known.start, known.end):
        shapes = shapes_of(known, pose)
        level = [each for each in shapes if each.role == "level"]
        if not level:
            assert known.range is not Range.BELOW_NEUTRAL or strides(pose)
            continue
        (ball, back) = level[0].points
        along = (back[0] - ball[0], back[1] - ball[1])
        length = math.hypot(*along)
        body = body_of(pose, both=known.usual.side is DoseSide.BOTH)
        heel = body.near.heel
        below = ((heel[0] - ball[0]) * along[1] - (heel[1] - ball[1]) * along[0]) / length
        # Behind the heel is where the line goes, so above it is at its right hand.
        assert (below < -NEARLY) == (pose.heel_cm < 0)
        assert (below > NEARLY) == (pose.heel_cm > 0)


LEVEL = [each for each in BUILT_IN if each.key.startswith("level_")]


@pytest.mark.parametrize("known", LEVEL, ids=lambda each: each.key)
def test_what_stays_level_is_drawn_level_with_the_line(known: Exercise) -> None:
    assert "level" in roles(known, known.start)
    assert body_of(known.start, both=False).near.pitch == body_of(known.start, both=False).ground


@EACH
def test_the_weight_is_drawn_where_it_lies(known: Exercise) -> None:
    for pose in (known.start, known.end):
        drawn = roles(known, pose)
        assert ("strap" in drawn) == (pose.load_at is LoadAt.PACK)
        assert ("pack" in drawn) == (pose.load_at is LoadAt.PACK)
        assert ("load" in drawn) == (pose.load_at not in (LoadAt.NONE, LoadAt.PACK))
        body = body_of(pose, both=known.usual.side is DoseSide.BOTH)
        where = {
            LoadAt.SHOULDERS: body.shoulder,
            LoadAt.KNEES: body.near.knee,
            LoadAt.PACK: body.near.knee if pose.support is Support.SEAT else body.shoulder,
        }.get(pose.load_at)
        if where:
            load = [each for each in shapes_of(known, pose) if each.role in ("load", "pack")]
            assert min(math.dist(where, point) for each in load for point in each.points) < 26


@EACH
def test_what_the_hands_hold_is_there(known: Exercise) -> None:
    for pose in (known.start, known.end):
        drawn = roles(known, pose)
        assert ("band" in drawn) == (pose.hands in (Hands.BAND, Hands.ROPE))
        if pose.hands is Hands.RAIL:
            assert "post" in drawn
        assert ("water" in drawn) == (pose.support is Support.WATER)


@EACH
def test_the_other_leg_is_told_apart(known: Exercise) -> None:
    both = known.usual.side is DoseSide.BOTH
    for pose, body in bodies(known):
        assert ("far-works" in roles(known, pose)) == both
        assert ("far-rests" in roles(known, pose)) == (not both)
        if strides(pose) or pose.support is not Support.FLOOR:
            continue
        if pose.other_leg is OtherLeg.LIFTED:
            assert body.other.lowest > body.near.lowest + 8
        elif pose.other_leg is OtherLeg.HELPING:
            assert body.other.heel[1] == pytest.approx(body.near.heel[1])
            assert body.other.heel[0] != body.near.heel[0]


@EACH
def test_start_and_end_are_drawn_and_differ_unless_held(known: Exercise) -> None:
    drawn = figure(known.start, known.end, legs=known.usual.side)
    heads = next(each for each in drawn.layers if each.role == "eye")
    held = known.start == known.end
    assert heads.path.count("M") == (1 if held else 2)
    assert (motion(known.start, known.end) is Motion.HOLD) == held
    assert ("lock" in {each.role for each in drawn.layers}) >= held
    if not held:
        first, second = (body for _, body in bodies(known))
        assert first != second


@EACH
def test_everything_is_inside_and_short(known: Exercise) -> None:
    for faces_left in (False, True):
        drawn = figure(known.start, known.end, legs=known.usual.side, faces_left=faces_left)
        check_inside(drawn)
        assert sum(len(each.path) for each in drawn.layers) < MOST_LAYERS_BYTES
        again = figure(known.start, known.end, legs=known.usual.side, faces_left=faces_left)
        assert again == drawn


@EACH
def test_a_left_leg_is_the_mirror_of_a_right_one(known: Exercise) -> None:
    right = figure(known.start, known.end)
    left = figure(known.start, known.end, faces_left=True)
    assert left != right
    assert left.height == right.height
    assert [each.role for each in left.layers] == [each.role for each in right.layers]
    changed = [one.role for one, two in zip(left.layers, right.layers, strict=True) if one != two]
    # Who walks or runs goes to the right; only the ring is at the other leg.
    assert (changed == ["mark"]) == strides(known.start)


FORWARD = ("forward_hop", "calf_stretch_straight", "calf_stretch_bent")


def middles(drawn: Figure, role: str) -> list[float]:
    """How far across the shapes of a role are, from the first drawn to the last."""
    layer = next(each for each in drawn.layers if each.role == role)
    found = []
    for path in re.findall(r"M[^M]*", layer.path):
        across = [point[0] for point in endpoints(path)]
        found.append((min(across) + max(across)) / 2)
    return found


@pytest.mark.parametrize("key", FORWARD)
@pytest.mark.parametrize("faces_left", [False, True], ids=["right", "left"])
def test_what_goes_forward_goes_where_somebody_looks(key: str, faces_left: bool) -> None:
    known = EXERCISES[key]
    alone = figure(known.start, known.start, faces_left=faces_left)
    drawn = figure(known.start, known.end, faces_left=faces_left)
    ahead = -1 if faces_left else 1
    assert (middles(alone, "eye")[0] - middles(alone, "hair")[0]) * ahead > 0
    # The start is where they come from: the two moments have their heads at different heights.
    start, end = (body_of(pose, both=False).head[1] for pose in (known.start, known.end))
    eyes = sorted(next(endpoints(each.path) for each in drawn.layers if each.role == "eye"))
    first, last = (eyes[0], eyes[-1])[::ahead]
    assert (first[1] < last[1]) == (start > end)
    way = next(each for each in drawn.layers if each.role == "way").path
    tip = max(endpoints(way), key=lambda point: point[0] * ahead)[0]
    assert (tip - WIDTH / 2) * ahead > 5
    again = figure(known.start, known.end, faces_left=not faces_left)
    for one, other in zip(drawn.layers, again.layers, strict=True):
        flipped = sorted(round(WIDTH - across, 0) for across in middles(again, other.role))
        assert sorted(middles(drawn, one.role)) == pytest.approx(flipped, abs=1)


@EACH
def test_a_jump_on_the_spot_says_up_and_down(known: Exercise) -> None:
    if motion(known.start, known.end) is not Motion.HOP:
        return
    way = next(each for each in figure(known.start, known.end).layers if each.role == "way")
    across = [point[0] for point in endpoints(way.path)]
    assert min(across) + max(across) == pytest.approx(WIDTH, abs=1)
    assert max(across) - min(across) < 15


SIGNS = {
    "isometric_hold_single": Motion.HOLD,
    "floor_single_raise": Motion.UP_AND_DOWN,
    "heel_drop_straight": Motion.DOWN,
    "hsr_leg_press_raise": Motion.PUSH,
    "ankle_circulation": Motion.TURN,
    "single_leg_hop_in_place": Motion.HOP,
    "forward_hop": Motion.LEAP,
    "double_leg_jump": Motion.HOP,
    "run_walk": Motion.GO,
    "walk_brisk": Motion.GO,
    "calf_stretch_straight": Motion.STRETCH,
}


@pytest.mark.parametrize(("key", "sign"), SIGNS.items(), ids=SIGNS)
def test_the_sign_between_says_the_movement(key: str, sign: Motion) -> None:
    known = next(each for each in BUILT_IN if each.key == key)
    assert motion(known.start, known.end) is sign


def test_the_ring_is_at_the_sore_leg_and_at_no_other() -> None:
    known = next(each for each in BUILT_IN if each.key == "floor_single_raise")
    for legs in DoseSide:
        drawn = figure(known.start, known.end, legs=legs)
        ring = [each for each in drawn.layers if each.role == "mark"]
        assert bool(ring) == (legs is not DoseSide.OTHER)


# --- What must be told apart ---


def test_runs_are_told_apart_by_their_ground_and_pace() -> None:
    runs = [each for each in BUILT_IN if strides(each.start)]
    drawn = {figure(each.start, each.end, legs=each.usual.side) for each in runs}
    assert len(drawn) == len(runs) > 6
    for known in runs:
        has = roles(known, known.start)
        assert ("tuft" in has) == (known.start.ground is Ground.GRASS)
        assert ("lane" in has) == (known.start.ground is Ground.TRACK)
        assert ("speed" in has) == (known.start.pace > 0)
    marks = {
        each.key: sum(shape.role == "speed" for shape in shapes_of(each, each.start))
        for each in runs
    }
    assert marks["run_flat"] < marks["run_tempo_flat"] < marks["run_speed"]


@pytest.mark.parametrize(("usual", "level"), LEVEL_VARIANTS.items(), ids=LEVEL_VARIANTS)
def test_a_level_variant_ends_at_a_bar(usual: str, level: str) -> None:
    ways = []
    for key in (usual, level):
        known = EXERCISES[key]
        drawn = figure(known.start, known.end, legs=known.usual.side)
        ways.append(next(each for each in drawn.layers if each.role == "way").path.count("M"))
    assert ways[1] == ways[0] + 1


@pytest.mark.parametrize("key", ["isometric_hold_single", "isometric_hold_seated"])
def test_halfway_is_seen_to_be_halfway(key: str) -> None:
    raised = body_of(EXERCISES["floor_single_raise"].end, both=False).near.pitch
    assert 0.5 < body_of(EXERCISES[key].start, both=False).near.pitch / raised < 0.75


def test_quick_raises_never_touch_the_floor_with_the_heel() -> None:
    known = EXERCISES["quick_rebound_raise"]
    for pose, body in bodies(known):
        assert pose.heel_cm > 0
        assert body.near.heel[1] > 5


def size_of(known: Exercise) -> float:
    """How wide the head is drawn."""
    drawn = figure(known.start, known.end, legs=known.usual.side)
    head = next(each for each in drawn.layers if each.role == "head").path
    across = [point[0] for point in endpoints(re.findall(r"M[^M]*", head)[0])]
    return max(across) - min(across)


def test_somebody_in_the_leg_press_is_as_large_as_one_who_sits() -> None:
    press, seat = EXERCISES["hsr_leg_press_raise"], EXERCISES["hsr_seated_raise"]
    assert size_of(press) > 0.9 * size_of(seat)
    way = next(each for each in figure(press.start, press.end).layers if each.role == "way")
    assert "c" not in way.path


def test_the_discs_of_a_calf_machine_are_on_its_pad_over_the_knee() -> None:
    known = EXERCISES["hsr_seated_raise"]
    for pose, body in bodies(known):
        shapes = shapes_of(known, pose)
        pad = next(each for each in shapes if each.role == "pad")
        disc = next(each for each in shapes if each.role == "load")
        assert math.dist(pad.points[1], body.near.knee) < 14
        assert min(point[1] for point in disc.points) > body.near.knee[1]
        assert "hole" in {each.role for each in shapes}


@EACH
def test_a_dose_with_a_weight_is_drawn_with_it(known: Exercise) -> None:
    for pose in (known.start, known.end):
        weighs = carrying(pose)
        drawn = roles(known, weighs)
        none = strides(pose) or pose.support is Support.WATER or pose.hands is Hands.BAND
        none = (
            none
            or lies_stretched(pose)
            or (pose.support in (Support.WALL, Support.SEAT) and not {"load", "pack"} & drawn)
        )
        assert bool({"load", "pack"} & drawn) != none
        assert carrying(weighs) == weighs


@pytest.mark.parametrize("key", ["heel_drop_straight", "step_single_raise", "floor_single_raise"])
def test_a_weight_is_in_the_hand_that_holds_nothing(key: str) -> None:
    known = EXERCISES[key]
    pose = carrying(known.start)
    assert pose.load_at is LoadAt.HAND
    shapes = shapes_of(known, pose)
    near, far = (
        next(each for each in shapes if each.role == role).points[-1] for role in ("arm", "far-arm")
    )
    weights = [each for each in shapes if each.role == "load"]
    assert len(weights) == 2
    assert all(math.dist(near, point) < 25 for each in weights for point in each.points)
    assert far[0] > near[0] + 10


@pytest.mark.parametrize(
    ("points", "path"),
    [
        (((0, 0), (5, 0), (5, 3)), "M0 0h5v-3"),
        (((0, 0), (1, 1), (3, -1), (4, 0)), "M0 0l1-1 2 2 1-1"),
        (((0, 0), (5, 0), (9, 0)), "M0 0h5 4"),
    ],
)
def test_paths_are_written_short(points: tuple[tuple[float, float], ...], path: str) -> None:
    assert path_data([line("edge", *points)], Place(scale=1, across=0, down=0)) == path


# --- In words ---


SAID = {
    "floor_single_raise": ("one leg", "level with the floor", "lifted high", "wall"),
    "step_single_raise": ("edge of a step", "below the edge", "rail"),
    "level_seated_machine_raise": ("sit on a chair", "level with the floor", "machine"),
    "isometric_foot_press": ("against a wall", "does not move"),
    "heel_drop_bent": ("knee is bent", "below the edge", "other leg helps"),
    "double_leg_pogo": ("in the air", "Both legs jump"),
    "foot_to_foot_hop": ("You stand on one leg", "from one foot to the other"),
    "forward_hop": ("in the air", "Only one leg hops"),
    "hsr_leg_press_raise": ("leg press", "below the level", "pushes the plate away"),
    "pack_two_up_one_down": ("rucksack", "The other leg helps", "one leg"),
    "deep_water_run": ("deep water",),
    "run_hills": ("uphill", "in the air"),
    "band_press": ("band", "toes point up", "toes point away"),
    "water_double_raise": ("chest-deep water", "edge of the pool"),
    "hsr_barbell_raise": ("shoulders",),
    "quick_rebound_raise": ("a little way up", "lifted high"),
    "isometric_hold_double": ("halfway up",),
    "hsr_seated_raise": ("weight of the machine is on your knees",),
    "pack_seated_raise": ("rucksack lies on your knees",),
    "loaded_single_leg_raise": ("in your free hand",),
    "grass_run_through": ("grass",),
    "run_speed": ("running track", "You run fast"),
    "calf_stretch_straight": ("lean on a wall", "knee is straight"),
}


@pytest.mark.parametrize(("key", "said"), SAID.items(), ids=SAID)
def test_the_words_say_what_matters(key: str, said: tuple[str, ...]) -> None:
    known = next(each for each in BUILT_IN if each.key == key)
    legs = known.usual.side
    first = pose_sentences(known.start, legs=legs)
    words = " ".join((*first, *pose_sentences(known.end, legs=legs, before=known.start)))
    for each in said:
        assert each in words


@EACH
def test_words_are_whole_sentences_and_the_end_repeats_nothing(known: Exercise) -> None:
    legs = known.usual.side
    first = pose_sentences(known.start, legs=legs)
    assert all(re.fullmatch(r"[A-Z][^.]+\.", each) for each in first)
    if known.start != known.end:
        last = pose_sentences(known.end, legs=legs, before=known.start)
        assert last
        assert not set(first) & set(last)


# --- The tempo ---


TEMPOS = {
    "slow": (Tempo(up_s=3, hold_s=0, down_s=3), ["3 s up", "3 s down"]),
    "held": (Tempo(up_s=2, hold_s=1, down_s=4), ["2 s up", "1 s hold", "4 s down"]),
    "only down": (Tempo(up_s=0, hold_s=0, down_s=5), ["5 s down"]),
}


@pytest.mark.parametrize(("tempo", "words"), TEMPOS.values(), ids=TEMPOS)
def test_a_tempo_names_its_parts_and_leaves_out_those_of_no_seconds(
    tempo: Tempo, words: list[str]
) -> None:
    bar = tempo_bar(tempo)
    assert bar is not None
    assert [each.words for each in bar.parts] == words
    left = [float(each) for each in re.findall(r"M([\d.]+)", bar.path)]
    assert len(left) == len(words)
    for part, begins, ends in zip(bar.parts, left, [*left[1:], float(bar.width)], strict=True):
        # Each word stands within its own box.
        half = width_of(part.words) / 2
        assert begins < float(part.middle) - half
        assert float(part.middle) + half < ends


def test_a_tempo_of_no_seconds_is_no_bar() -> None:
    assert tempo_bar(Tempo(up_s=0, hold_s=0, down_s=0)) is None


def test_a_longer_part_is_wider() -> None:
    bar = tempo_bar(Tempo(up_s=1, hold_s=0, down_s=4))
    assert bar is not None
    first, second = (float(each) for each in re.findall(r"M([\d.]+)", bar.path))
    assert float(bar.width) - second > (second - first) * 1.3


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_longest_tempo_has_its_place_on_paper(language: str) -> None:
    with in_language(language):
        bar = tempo_bar(Tempo(up_s=60, hold_s=60, down_s=60))
    assert bar is not None
    # The card of a paper is 66 mm wide and sets the bar 20 pt high.
    assert float(bar.width) * 20 / float(bar.height) <= 66 * 72 / 25.4
    assert sum(width_of(each.words) for each in bar.parts) < float(bar.width)


def test_the_words_of_a_tempo_are_in_the_language_of_the_paper() -> None:
    with in_language("it"):
        bar = tempo_bar(Tempo(up_s=3, hold_s=1, down_s=3))
    assert bar is not None
    assert [each.words for each in bar.parts] == ["3 s su", "1 s fermo", "3 s giù"]


def test_a_hold_is_one_box() -> None:
    bar = hold_bar(45)
    assert [each.words for each in bar.parts] == ["45 s hold"]
    assert bar.path.count("M") == 1


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (-0.04, "0"), (12.54, "12.5"), (3.0, "3"), (-7.96, "-8")],
)
def test_numbers_are_written_short(value: float, written: str) -> None:
    assert number(value) == written


# --- Any pose ---


@some.composite
def poses(draw_one: some.DrawFn) -> Pose:
    """Any pose the rules let somebody store."""
    support = draw_one(some.sampled_from(Support))
    airborne = draw_one(some.booleans())
    lowest = 1 if airborne else -12 if support in (Support.STEP, Support.SEAT) else 0
    return Pose(
        hip_deg=draw_one(some.integers(-40, 130)),
        knee_deg=draw_one(some.integers(0, 140)),
        ankle_deg=draw_one(some.integers(-60, 35)),
        heel_cm=draw_one(some.integers(lowest, 40)),
        support=support,
        load_at=draw_one(some.sampled_from(LoadAt)),
        other_leg=draw_one(some.sampled_from(OtherLeg)),
        airborne=airborne,
        hands=draw_one(some.sampled_from(Hands)),
        slope_deg=draw_one(some.integers(0, 20)),
        ground=draw_one(some.sampled_from(Ground)),
        pace=draw_one(some.integers(0, 2)),
    )


@given(start=poses(), end=poses(), legs=some.sampled_from(DoseSide), faces_left=some.booleans())
def test_any_pose_is_drawn_inside_the_picture(
    start: Pose, end: Pose, legs: DoseSide, faces_left: bool
) -> None:
    drawn = figure(start, end, legs=legs, faces_left=faces_left)
    assert {each.role for each in drawn.layers} <= set(LOOKS)
    for layer in drawn.layers:
        assert "nan" not in layer.path
        for across, down in endpoints(layer.path):
            assert -NEARLY <= across <= WIDTH + NEARLY
            assert -NEARLY <= down <= float(drawn.height) + NEARLY
    for pose in (start, end):
        check_limbs(body_of(pose, both=legs is DoseSide.BOTH).near)
        assert pose_sentences(pose, legs=legs)
