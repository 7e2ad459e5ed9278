"""The lanes of the story from top to bottom, each drawn by a function of its own.

A function takes the sheet and the upper edge of its lane and gives the lane, or None where nobody
recorded anything of it in the range.
"""

from collections.abc import Callable

from programmes.story.lanes.decisions import decisions_lane
from programmes.story.lanes.happened import happened_lane
from programmes.story.lanes.readings import pain_lane, stiffness_lane
from programmes.story.lanes.runs import runs_lane
from programmes.story.lanes.scores import raises_lane, visa_lane
from programmes.story.lanes.sessions import sessions_lane
from programmes.story.lanes.stages import stages_lane
from programmes.story.lanes.weeks import weeks_lane
from programmes.story.sheet import Sheet
from programmes.story.values import Lane

# The room above a lane, for its title.
TITLE = 34.0
LANES: tuple[Callable[[Sheet, float], Lane | None], ...] = (
    happened_lane,
    stages_lane,
    decisions_lane,
    weeks_lane,
    sessions_lane,
    runs_lane,
    pain_lane,
    stiffness_lane,
    visa_lane,
    raises_lane,
)


def lanes_of(sheet: Sheet) -> tuple[Lane, ...]:
    """The lanes from top to bottom; none for what nobody recorded."""
    found: list[Lane] = []
    for lane_on in LANES:
        lane = lane_on(sheet, (found[-1].bottom if found else 0) + TITLE)
        if lane is not None:
            found.append(lane)
    return tuple(found)
