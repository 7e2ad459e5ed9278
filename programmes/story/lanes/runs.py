"""The lane of runs: kilometres a day, or of long ranges a week."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby

from assessments.rules.load_history import distance_words, percent_words
from assessments.rules.spikes import SPIKE_HISTORY_DAYS, ClassedRun
from programmes.rules.words import counted
from programmes.story.days import DAY, monday_of
from programmes.story.pages import load_page
from programmes.story.sheet import Sheet
from programmes.story.values import Bar, Lane
from programmes.story.words import day_words
from upwell.chart import Scale, nice_top

_METRES_A_KM = 1000


def runs_lane(sheet: Sheet, top: float) -> Lane | None:
    """A bar for each day or week with a run, dark where one of them stood out."""
    shown = [each for each in sheet.told.runs if sheet.holds(each.on)]
    if not shown:
        return None
    groups = [
        (first, list(runs))
        for first, runs in groupby(
            shown, lambda run: max(monday_of(run.on), sheet.first) if sheet.dense else run.on
        )
    ]
    bottom = top + 64
    most = max(_kilometres(runs) for _, runs in groups)
    scale = Scale(low=0, high=nice_top(most), bottom=bottom, top=top)
    return Lane(
        key="runs",
        title=f"Runs, km a {'week' if sheet.dense else 'day'}: dark stood out from the"
        f" {SPIKE_HISTORY_DAYS} days before",
        top=top,
        bottom=bottom,
        ticks=tuple(scale.ticks(2)) if most else (),
        bars=tuple(_bar(sheet, first, runs, scale) for first, runs in groups),
    )


def _bar(sheet: Sheet, first: date, runs: Sequence[ClassedRun], scale: Scale) -> Bar:
    ends = min(monday_of(first) + timedelta(days=7), sheet.last + DAY)
    until = ends if sheet.dense else first + DAY
    spikes = [run for run in runs if run.is_spike]
    x, y = sheet.axis.x(first), scale.y(_kilometres(runs))
    return Bar(
        x=x,
        y=y,
        width=round(max(sheet.axis.x(until) - x - 0.8, 1), 2),
        height=round(scale.bottom - y, 2),
        kind="spike" if spikes else "run",
        on=first,
        says=_says(sheet, first, runs, spikes),
        url=load_page(sheet.episode, first, until - DAY),
        stop=bool(spikes),
    )


def _says(
    sheet: Sheet, first: date, runs: Sequence[ClassedRun], spikes: Iterable[ClassedRun]
) -> str:
    begins = f"Week of {day_words(first)}" if sheet.dense else day_words(first)
    metres = _metres(runs)
    what = distance_words(metres) if metres else "no distance"
    count = f" in {counted(len(runs), 'run')}" if len(runs) > 1 else ""
    before = f"longer than the longest run of the {SPIKE_HISTORY_DAYS} days before"
    spiked = "".join(f", {percent_words(run)} {before}" for run in spikes)
    return f"{begins}: {what}{count}{spiked}"


def _metres(runs: Iterable[ClassedRun]) -> int:
    return sum(run.distance_m or 0 for run in runs)


def _kilometres(runs: Iterable[ClassedRun]) -> float:
    return _metres(runs) / _METRES_A_KM
