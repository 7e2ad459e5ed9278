"""What a drawing shows, in plain words, for who can't see it."""

from programmes.rules.figures.body import (
    in_deep_water,
    lies_stretched,
    sits_at_wall,
    sits_upright,
    strides,
)
from programmes.rules.library.pose import Ground, Hands, LoadAt, OtherLeg, Pose, Support
from programmes.rules.terms import DoseSide
from programmes.rules.words import marked, say, say_marked

HALFWAY_CM = 5
HIGH_CM = 7
STRETCHED_DEG = 15


def pose_sentences(pose: Pose, *, legs: DoseSide, before: Pose | None = None) -> tuple[str, ...]:
    """A pose as short sentences; of one that follows ``before`` only what differs."""
    said = _sentences(pose, legs)
    if before is None:
        return said
    known = _sentences(before, legs)
    return tuple(each for each in said if each not in known) or said


def _sentences(pose: Pose, legs: DoseSide) -> tuple[str, ...]:
    told = (
        _place(pose),
        _ground(pose),
        _knee(pose),
        _stretch(pose),
        _heel(pose),
        _other_leg(pose, legs),
        _load(pose),
        _hands(pose),
        say("You run fast.") if pose.pace else "",
    )
    return tuple(each for each in told if each)


def _place(pose: Pose) -> str:
    if strides(pose):
        return _striding(pose)
    if pose.airborne:
        return say("You are in the air.")
    if pose.support is Support.SEAT:
        return _sitting(pose)
    if sits_at_wall(pose):
        return say("You lean your back on a wall, hips and knees bent as if on a chair.")
    if pose.support is Support.LEG_PRESS:
        return say("You sit in the leg press, the front of your feet on the plate.")
    if pose.support is Support.WALL:
        return say("You lean on a wall with both hands, one leg behind you.")
    one = pose.other_leg is OtherLeg.LIFTED
    if pose.support is Support.STEP:
        if one:
            return say("You stand on one leg on the edge of a step.")
        return say("You stand with the front of both feet on the edge of a step.")
    if pose.support is Support.WATER:
        return (
            say("You stand on one leg in chest-deep water.")
            if one
            else say("You stand on both feet in chest-deep water.")
        )
    return say("You stand on one leg.") if one else say("You stand on both feet.")


def _ground(pose: Pose) -> str:
    words = {
        Ground.PLAIN: "",
        Ground.LEVEL: "",
        Ground.GRASS: marked("The ground is grass."),
        Ground.TRACK: marked("The ground is a running track."),
    }
    return say_marked(words[pose.ground])


def _striding(pose: Pose) -> str:
    if in_deep_water(pose):
        return (
            say("You run upright in deep water, one knee high in front.")
            if pose.hip_deg > 0
            else say("You run upright in deep water, the leg behind you.")
        )
    if pose.hip_deg > 0:
        return (
            say("You go uphill, the foot landing in front.")
            if pose.slope_deg
            else say("You go forward, the foot landing in front.")
        )
    return (
        say("You are in the air between two steps, the leg behind you.")
        if pose.airborne
        else say("You push off with the leg behind you.")
    )


def _sitting(pose: Pose) -> str:
    if sits_upright(pose):
        return say("You sit on a chair.")
    if lies_stretched(pose):
        return say("You sit on the floor with your leg stretched out.")
    return say(
        "You sit on a chair, your heel on the floor and the front of your foot against a wall."
    )


def _knee(pose: Pose) -> str:
    if strides(pose) or pose.support is Support.SEAT or sits_at_wall(pose):
        return ""
    if pose.knee_deg >= 15:
        return say("Your knee is bent.")
    return "" if pose.airborne else say("Your knee is straight.")


def _stretch(pose: Pose) -> str:
    if pose.support is not Support.WALL or sits_at_wall(pose) or pose.ankle_deg < STRETCHED_DEG:
        return ""
    return say("You lean further forward until your calf feels tight.")


def _heel(pose: Pose) -> str:
    if strides(pose) or pose.airborne:
        return ""
    if pose.support is Support.SEAT and not sits_upright(pose):
        return _toes(pose)
    if pose.support is Support.LEG_PRESS and pose.heel_cm > 0:
        return say("The front of your foot pushes the plate away.")
    if pose.heel_cm < 0:
        return (
            say("Your heel is below the level of the front of your foot.")
            if pose.support is not Support.STEP
            else say("Your heel hangs below the edge.")
        )
    if pose.heel_cm == 0:
        return (
            say("Your heel is level with the front of your foot.")
            if pose.support in (Support.STEP, Support.LEG_PRESS)
            else say("Your heel is level with the floor.")
        )
    if pose.heel_cm < HIGH_CM:
        if pose.heel_cm < HALFWAY_CM:
            return say("Your heel is a little way up.")
        return say("Your heel is halfway up.")
    return say("Your heel is lifted high.")


def _toes(pose: Pose) -> str:
    if not lies_stretched(pose):
        return say("Your foot presses and does not move.")
    return say("Your toes point away.") if pose.ankle_deg <= -20 else say("Your toes point up.")


def _other_leg(pose: Pose, legs: DoseSide) -> str:
    if strides(pose) or pose.support is Support.WALL:
        return ""
    if pose.airborne:
        if pose.other_leg is not OtherLeg.LIFTED:
            return say("Both legs jump.")
        if legs is DoseSide.BOTH:
            return say("You hop from one foot to the other.")
        return say("Only one leg hops.")
    if pose.other_leg is OtherLeg.HELPING:
        return say("The other leg helps.")
    if pose.support is Support.SEAT and sits_upright(pose):
        return say("Both feet work.") if legs is DoseSide.BOTH else say("One foot works.")
    return ""


def _load(pose: Pose) -> str:
    if pose.load_at is LoadAt.HAND and pose.hands in (Hands.WALL, Hands.RAIL):
        return say("A weight is in your free hand.")
    if pose.support is Support.SEAT and pose.load_at is LoadAt.PACK:
        return say("A full rucksack lies on your knees.")
    if pose.support is Support.SEAT and pose.load_at is LoadAt.MACHINE:
        return say("The weight of the machine is on your knees.")
    words = {
        LoadAt.NONE: "",
        LoadAt.HAND: marked("A weight is in your hands."),
        LoadAt.SHOULDERS: marked("A bar with weights is on your shoulders."),
        LoadAt.KNEES: marked("A weight lies on your knees."),
        LoadAt.MACHINE: marked("The weight is on the machine."),
        LoadAt.PACK: marked("A full rucksack is on your back."),
    }
    return say_marked(words[pose.load_at])


def _hands(pose: Pose) -> str:
    words = {
        Hands.FREE: "",
        Hands.WALL: marked("Your fingers rest on a wall."),
        Hands.BENCH: marked("Your hands lean on a bench."),
        Hands.RAIL: marked("Your hand holds a rail."),
        Hands.POOL_EDGE: marked("Your hands hold the edge of the pool."),
        Hands.BAND: marked("Your hands pull a band that goes around the front of your foot."),
        Hands.ROPE: marked("Your hands swing a skipping rope."),
    }
    return say_marked(words[pose.hands])
