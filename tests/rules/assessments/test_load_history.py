"""The weeks before onset in one sentence, and the changes of load a rule names."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from assessments.rules.duplicates import LoggedRun
from assessments.rules.finding import Finding
from assessments.rules.load_history import (
    LoadChange,
    Onset,
    Provocation,
    change_finding,
    distance_words,
    onset_of,
    percent_words,
    provocation,
)
from assessments.rules.spikes import class_runs
from assessments.rules.terms import LoadEventKind

ONSET = Onset(on=date(2026, 5, 20), about=False)
FIRST_LOGGED = date(2026, 1, 5)


def log(*days: tuple[date, float | None], since: date | None = FIRST_LOGGED) -> list[LoggedRun]:
    """Runs of these days and kilometres, in a log that begins long before with a run of 3 km."""
    begins = [(since, 3.0)] if since else []
    return [
        LoggedRun(
            happened_on=on, distance_m=None if km is None else round(km * 1000), duration_s=600
        )
        for on, km in (*begins, *days)
    ]


def told(runs: list[LoggedRun], onset: Onset | None = ONSET) -> Provocation:
    return provocation(class_runs(runs), [], onset)


def on(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((on("2026-05-20"), on("2026-06-20"), 9), ("20 May 2026", False), id="the day"),
        pytest.param((None, on("2026-06-20"), 3), ("about 30 May 2026", True), id="weeks"),
        pytest.param((None, on("2026-06-20"), 0), ("about 20 June 2026", True), id="this week"),
        pytest.param((None, on("2026-06-20"), None), None, id="neither"),
        pytest.param((None, None, 3), None, id="weeks before no day"),
    ],
)
def test_onset(values: tuple[Any, ...], expected: tuple[str, bool] | None) -> None:
    names = ("onset_on", "examined_on", "duration_weeks")
    found = onset_of(**dict(zip(names, values, strict=True)))
    assert (found and (found.says, found.about)) == expected


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        pytest.param(
            log((on("2026-04-10"), 11.04), (on("2026-05-03"), 18)),
            "18 km on 3 May was 63 % longer than anything in the month before;"
            " symptoms began on 20 May 2026.",
            id="one spike",
        ),
        pytest.param(
            log(
                (on("2026-03-24"), 10),
                (on("2026-04-10"), 12),
                (on("2026-04-20"), 14),
                (on("2026-05-03"), 18),
            ),
            "18 km on 3 May was 29 % longer than anything in the month before, and two more runs"
            " in the eight weeks before onset stood out; symptoms began on 20 May 2026.",
            id="several spikes",
        ),
        pytest.param(
            log((on("2026-05-19"), 10), (on("2026-05-20"), 12), since=None),
            "12 km on 20 May was 20 % longer than anything in the log before it, which begins only"
            " on 19 May; symptoms began on 20 May 2026.",
            id="a spike in a short log, on the day itself",
        ),
        pytest.param(
            log((on("2026-05-03"), 20), (on("2026-05-05"), 30), since=on("2026-04-20")),
            "20 km on 3 May was 567 % longer than anything in the log before it, which begins only"
            " on 20 April, and one more run in the eight weeks before onset stood out;"
            " symptoms began on 20 May 2026.",
            id="two in a short log",
        ),
        pytest.param(
            log((on("2026-03-10"), 10), (on("2026-04-05"), 11), (on("2026-05-03"), 12)),
            "No run in the eight weeks before onset (20 May 2026) was more than 10 % longer than"
            " anything in the month before it.",
            id="none",
        ),
        pytest.param(
            log((on("2026-03-10"), 10), (on("2026-04-05"), 11), (on("2026-05-03"), None)),
            "No run in the eight weeks before onset (20 May 2026) was more than 10 % longer than"
            " anything in the month before it; one without a distance could not be compared.",
            id="none, one on a treadmill",
        ),
        pytest.param(
            log((on("2026-03-26"), 10), (on("2026-04-05"), 10), since=on("2026-03-10")),
            "10 km on 26 March was 233 % longer than anything in the log before it, which begins"
            " only on 10 March; symptoms began on 20 May 2026.",
            id="log begins before the weeks, but not long enough",
        ),
        pytest.param(
            log((on("2026-03-26"), 3), (on("2026-04-05"), 3), since=on("2026-03-10")),
            "No run in the eight weeks before onset (20 May 2026) was more than 10 % longer than"
            " anything in the month before it; the log begins only on 10 March.",
            id="none in a short log",
        ),
        pytest.param(
            log((on("2026-05-03"), 18), (on("2026-05-05"), 9)),
            "18 km on 3 May came 118 days after the last measured run, so there is nothing to"
            " compare it with, and no other run was more than 10 % longer;"
            " symptoms began on 20 May 2026.",
            id="no baseline",
        ),
        pytest.param(
            log((on("2026-05-03"), 18), since=None),
            "Not enough history: the log begins on 3 May, so there is no month before its first"
            " run to compare with; symptoms began on 20 May 2026.",
            id="the log begins in the weeks",
        ),
        pytest.param(
            log((on("2026-05-03"), None)),
            "No run in the eight weeks before onset (20 May 2026) has a distance,"
            " so none can be compared.",
            id="no distances",
        ),
        pytest.param(
            log((on("2026-05-21"), 40)),
            "No run is recorded in the eight weeks before onset (20 May 2026).",
            id="only before and after",
        ),
        pytest.param(
            [],
            "No runs are recorded, so nothing can be said about the eight weeks before onset"
            " (20 May 2026).",
            id="no runs",
        ),
    ],
)
def test_the_sentence(runs: list[LoggedRun], says: str) -> None:
    assert told(runs).says == says


@pytest.mark.parametrize(
    ("days", "counts"),
    [(57, False), (56, True), (1, True), (0, True), (-1, False)],
    ids=str,
)
def test_the_eight_weeks_end_with_the_day_of_onset(days: int, counts: bool) -> None:
    day = ONSET.on - timedelta(days=days)
    found = told(log((day - timedelta(days=20), 10), (day, 20)))
    in_window = [run for run in found.spikes if run.on == day]
    assert bool(in_window) is counts


def test_an_onset_counted_back_is_called_about() -> None:
    about = Onset(on=ONSET.on, about=True)
    runs = log((on("2026-04-10"), 10), (on("2026-05-03"), 18))
    assert told(runs, about).says.endswith("; symptoms began about 20 May 2026.")


def test_other_years_are_named() -> None:
    onset = Onset(on=on("2026-01-10"), about=False)
    runs = log((on("2025-12-01"), 10), (on("2025-12-24"), 18), since=on("2025-01-01"))
    assert told(runs, onset).says.startswith("18 km on 24 December 2025 was 80 % longer")


def test_without_an_onset_nothing_is_set_against_the_log() -> None:
    found = told(log((on("2026-05-03"), 18)), None)
    assert found.says.startswith("When symptoms began is not recorded")
    assert (found.spikes, found.findings, found.onset) == ((), (), None)
    assert told([], None).says == "No runs are recorded, and neither is when symptoms began."


@pytest.mark.parametrize(
    ("km", "says"),
    [
        (11.004, "just over 10 %"),
        (11.04, "just over 10 %"),
        (11.06, "11 %"),
        (12.94, "29 %"),
        (13.0, "30 %"),
        (13.04, "just over 30 %"),
        (19.96, "100 %"),
        (20.04, "just over 100 %"),
        (25.0, "150 %"),
    ],
    ids=str,
)
def test_a_percentage_never_looks_like_the_class_below(km: float, says: str) -> None:
    *_, last = class_runs(log((on("2026-04-10"), 10), (on("2026-05-03"), km)))
    assert percent_words(last) == says


@pytest.mark.parametrize(
    ("metres", "says"),
    [(1, "1 m"), (999, "999 m"), (1000, "1 km"), (18_449, "18.4 km"), (18_450, "18.5 km")],
    ids=str,
)
def test_distances(metres: int, says: str) -> None:
    assert distance_words(metres) == says


def change(kind: str, days_before: int, **values: Any) -> LoadChange:
    return LoadChange(kind=LoadEventKind(kind), on=ONSET.on - timedelta(days=days_before), **values)


def rest(first: int, last: int | None, *, straight: bool | None = True) -> LoadChange:
    """A rest from so many days before onset to so many."""
    until = None if last is None else ONSET.on - timedelta(days=last)
    return change("rest", first, until=until, straight_to_full=straight)


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        pytest.param(
            change("footwear", 42, old_drop_mm=10, new_drop_mm=6), "W-DROP", id="shoes 6 weeks"
        ),
        pytest.param(change("footwear", 43, old_drop_mm=10, new_drop_mm=6), None, id="43 days"),
        pytest.param(change("footwear", 10, old_drop_mm=10, new_drop_mm=7), None, id="3 mm less"),
        pytest.param(change("footwear", 10, old_drop_mm=3, new_drop_mm=0), "W-DROP", id="to zero"),
        pytest.param(change("footwear", 10, to_minimal=True), "W-DROP", id="to minimal"),
        pytest.param(change("footwear", 10, old_drop_mm=6, new_drop_mm=10), None, id="higher"),
        pytest.param(change("footwear", 10), None, id="shoes, no more known"),
        pytest.param(change("footwear", -1, to_minimal=True), None, id="after onset"),
        pytest.param(change("surface", 50, firmer=True), "W-SURFACE", id="firmer"),
        pytest.param(change("surface", 50, camber=True, downhill=True), "W-SURFACE", id="both"),
        pytest.param(change("surface", 50, firmer=False), None, id="not firmer"),
        pytest.param(rest(30, 17), "W-REST", id="rest of 14 days"),
        pytest.param(rest(30, 18), None, id="rest of 13 days"),
        pytest.param(rest(90, 10), "W-REST", id="a long rest counts by its end"),
        pytest.param(rest(30, 17, straight=False), None, id="back by steps"),
        pytest.param(rest(30, 17, straight=None), None, id="not known how"),
        pytest.param(rest(30, None), None, id="still resting"),
        pytest.param(change("training", 10), None, id="training"),
    ],
)
def test_changes_of_load(event: LoadChange, rule: str | None) -> None:
    found = change_finding(event, ONSET)
    assert (found and found.rule) == rule


@pytest.mark.parametrize(
    ("event", "flagged", "other"),
    [
        pytest.param(change("surface", 57, firmer=True), (), (), id="before the weeks"),
        pytest.param(change("surface", 56, firmer=True), (0,), (), id="first day"),
        pytest.param(change("training", 3), (), (0,), id="no rule names it"),
        pytest.param(change("training", -1), (), (), id="after"),
        pytest.param(rest(30, None), (), (), id="still resting"),
        pytest.param(rest(90, 57), (), (), id="rest over before the weeks"),
    ],
)
def test_only_changes_in_the_eight_weeks_are_told(
    event: LoadChange, flagged: tuple[int, ...], other: tuple[int, ...]
) -> None:
    found = provocation([], [event], ONSET)
    assert (found.flagged, found.other) == (flagged, other)
    assert len(found.findings) == len(flagged)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        pytest.param(
            change("footwear", 21, old_drop_mm=10, new_drop_mm=4),
            "Lower-heeled shoes: heel drop 10 to 4 mm on 29 April, 3 weeks before onset",
            id="drop",
        ),
        pytest.param(
            change("footwear", 13, to_minimal=True),
            "Lower-heeled shoes: to a minimal or zero-drop shoe on 7 May, 13 days before onset",
            id="minimal",
        ),
        pytest.param(
            change("footwear", 0, new_drop_mm=0, to_minimal=True),
            "Lower-heeled shoes: heel drop not recorded to 0 mm, to a minimal or zero-drop shoe"
            " on 20 May, the day of onset",
            id="one of two",
        ),
        pytest.param(
            change("surface", 1, camber=True, downhill=True),
            "Other surface: camber, downhill on 19 May, 1 day before onset",
            id="surface",
        ),
        pytest.param(
            rest(30, 17),
            "From rest straight back to full load: 2 weeks of rest until 3 May, 2 weeks before"
            " onset",
            id="rest",
        ),
    ],
)
def test_a_finding_names_the_change_and_its_day(event: LoadChange, says: str) -> None:
    found = change_finding(event, ONSET)
    assert found
    assert found.says == says


def test_weeks_before_an_onset_counted_back_are_about() -> None:
    event = change("footwear", 21, old_drop_mm=10, new_drop_mm=4)
    found = change_finding(event, Onset(on=ONSET.on, about=True))
    assert found
    assert found.says.endswith("on 29 April, about 3 weeks before onset")


def test_a_finding_says_how_long_before_onset() -> None:
    event = change("footwear", 31, old_drop_mm=10, new_drop_mm=4)
    about = Onset(on=ONSET.on, about=True)
    exact, rough = change_finding(event, ONSET), change_finding(event, about)
    assert isinstance(exact, Finding)
    assert isinstance(rough, Finding)
    assert exact.numbers == (
        ("On", "19 April 2026"),
        ("Weeks before onset", "4.4"),
        ("Heel drop before", "10 mm"),
        ("Heel drop after", "4 mm"),
    )
    assert ("Weeks before onset", "about 4.4") in rough.numbers


def test_a_number_and_its_percent_sign_stay_together() -> None:
    found = told(log((on("2026-04-10"), 10), (on("2026-05-03"), 18)))
    assert "80 %" in found.says
    assert "80\N{NO-BREAK SPACE}%" in found.shown


def test_no_ratio_of_weeks_anywhere() -> None:
    runs = log((on("2026-04-10"), 10), (on("2026-05-03"), 18))
    words = told(runs).says
    assert not re.search("acute|chronic|ratio", words)
