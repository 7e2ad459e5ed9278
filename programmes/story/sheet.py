"""What every lane is drawn on: the days of the range, and where each of them stands."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from assessments.load_history import MOST_DAYS
from patients.models import Episode
from programmes.models import Session
from programmes.selectors.adherence import Course
from programmes.selectors.story import Told
from programmes.story.days import DAY, monday_of
from programmes.story.values import LEFT, RIGHT
from upwell.chart import TimeAxis

LEAST_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is told of an episode, and the axis of the days from ``first`` to ``last``."""

    episode: Episode
    told: Told
    course: Course | None
    first: date
    last: date
    axis: TimeAxis = field(init=False)

    def __post_init__(self) -> None:
        last = max(self.last + DAY, self.first + timedelta(days=LEAST_DAYS))
        axis = TimeAxis(first=self.first, last=last, left=LEFT, right=RIGHT)
        object.__setattr__(self, "axis", axis)

    @property
    def dense(self) -> bool:
        """Whether days are too narrow to be drawn one by one."""
        return self.axis.days > MOST_DAYS

    @property
    def highest_of_weeks(self) -> str:
        """What a title says where only the highest of each week is drawn."""
        return ", highest of each week" if self.dense else ""

    @property
    def day_width(self) -> float:
        """How wide one day is."""
        return (RIGHT - LEFT) / self.axis.days

    @property
    def sessions(self) -> list[Session]:
        """The sessions of the range, oldest first."""
        return [each for each in self.told.sessions if self.holds(each.happened_on)]

    def holds(self, day: date) -> bool:
        """Whether a day is in the range."""
        return self.first <= day <= self.last

    def x(self, day: date) -> float:
        """The middle of a day."""
        return round(self.axis.x(day) + self.day_width / 2, 2)

    def week_x(self, day: date) -> float:
        """The middle of the week of a day, as far as the week is in the range."""
        first, last = max(monday_of(day), self.first), min(monday_of(day) + 6 * DAY, self.last)
        return round((self.x(first) + self.x(max(first, last))) / 2, 2)
