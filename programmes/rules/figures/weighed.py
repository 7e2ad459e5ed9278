"""Where the weight is drawn that a dose adds to an exercise done without one in the library."""

from dataclasses import replace

from programmes.rules.figures.body import sits_at_wall, sits_upright, strides
from programmes.rules.library.pose import Hands, LoadAt, Pose, Support


def carrying(pose: Pose) -> Pose:
    """The pose with a weight: where it has one, else in the free hand, or on the back or knees
    where no hand is free. The pose as it is where none can be carried."""
    if pose.load_at is not LoadAt.NONE or strides(pose) or pose.support is Support.WATER:
        return pose
    return replace(pose, load_at=_place(pose))


def _place(pose: Pose) -> LoadAt:
    if pose.support is Support.LEG_PRESS:
        return LoadAt.MACHINE
    if pose.support is Support.SEAT:
        return LoadAt.KNEES if sits_upright(pose) else LoadAt.NONE
    if pose.support is Support.WALL and not sits_at_wall(pose):
        return LoadAt.NONE
    busy = pose.hands in (Hands.BENCH, Hands.BAND, Hands.ROPE)
    return LoadAt.PACK if busy else LoadAt.HAND
