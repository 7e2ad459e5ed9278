"""What came of the practice's programmes in a closed period: accounts of episodes become figures.

Everything is exact until it is told: shares, means and weeks are fractions, rounded once, here,
when the figures are written down; percentages are whole and rounded down, as everywhere. A group
smaller than the practice's least is not broken down, and no figure can be had by taking those that
are shown from their total.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import floor
from typing import Any

from assessments.rules.defaults import DEFAULTS as ASSESSMENT_DEFAULTS
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.rounding import one_decimal
from assessments.rules.terms import Location, Pathway, Stage, VisaChange
from assessments.rules.visa import DETECTABLE, IMPORTANT_EARLY, visa_change
from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.survival import Curve, kaplan_meier
from programmes.rules.words import plain

WEEK = 7
QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
RISK_WEEKS = (0, 4, 8, 12, 16, 24)
"""The weeks at which the picture says how many are still followed."""
RUNNING_STAGES = (Stage.RUN_WALK, Stage.FULL_RETURN)
BANDS: tuple[tuple[int | None, int | None], ...] = (
    (None, -DETECTABLE),
    (1 - DETECTABLE, DETECTABLE - 1),
    (DETECTABLE, IMPORTANT_EARLY - 1),
    (IMPORTANT_EARLY, 2 * IMPORTANT_EARLY - 1),
    (2 * IMPORTANT_EARLY, None),
)
"""VISA-A changes, from and to, both included; None: no end."""
RANGE_TIMES = 2
"""How often the least group must fit into one whose shortest and longest are told."""
STOPPED, OPENED_IN_ERROR = "stopped", "error"


class Ran(StrEnum):
    """What running was to this patient at the first examination, and whether it stopped since."""

    STOPPED = "stopped"
    STOPPED_LATER = "stopped_later"
    KEPT_RUNNING = "kept_running"
    GOAL = "goal"
    NOT_A_RUNNER = "not_a_runner"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One VISA-A: its day, its total 0 to 100, and whether it was capped for want of sport."""

    on: date
    total: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The days, until the last of the period, a patient spent in a stage; ``over``: left for good,
    for another stage or by a discharge.
    """

    stage: Stage
    days: int
    over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one episode gives to a report, as it stood on the last day of the period.

    ``ended_on`` and ``outcome`` are of the discharge, None and blank while it is open.
    ``last_contact`` is the last day anything of the patient is on record. ``sessions``,
    ``mornings`` (those of them whose morning after is known), ``decisions`` and the four of
    adherence are of the period; everything else is since the beginning. ``waits_from`` is the day
    from which the patient waits to run again: that of the start, or of the examination that says
    that running has stopped since the first one. ``ran_on`` is the day of the first session in a
    running stage since then.
    """

    code: str
    location: Location
    pathway: Pathway
    started_on: date
    ended_on: date | None
    outcome: str
    last_contact: date
    stays: tuple[Stay, ...]
    left_in: Stage
    sessions: int
    mornings: int
    decisions: int
    baseline: Score | None
    latest: Score | None
    raises: bool
    ran: Ran
    waits_from: date
    ran_on: date | None
    planned: int
    observed: int
    reported: int
    percent: int | None

    def dropped_out(self, last: date, *, defaults: ProgrammeDefaults = DEFAULTS) -> str:
        """How the patient was lost by that day: "stopped", "silent", or blank for not at all."""
        if self.ended_on is not None:
            return STOPPED if self.outcome == STOPPED else ""
        silent = (last - self.last_contact).days >= defaults.drop_out_days
        return "silent" if silent else ""


def account_to_json(account: Account) -> dict[str, Any]:
    """The account as it is stored with a report: days in ISO form, nothing else changed."""
    return {name: _stored(value) for name, value in asdict(account).items()}


def _stored(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case dict():
            return {name: _stored(each) for name, each in value.items()}
        case list() | tuple():
            return [_stored(each) for each in value]
        case StrEnum():
            return value.value
        case _:
            return value


def judged(
    account: Account, *, defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS
) -> VisaChange | str:
    """What the change of the VISA-A may be called, or why it isn't judged.

    "no_baseline", "no_second", "too_soon", or "capped" where no sport was done at either of the
    two, so that neither could exceed 60.
    """
    if account.baseline is None:
        return "no_baseline"
    if account.latest is None:
        return "no_second"
    weeks = (account.latest.on - account.baseline.on).days // WEEK
    delta = account.latest.total - account.baseline.total
    change = visa_change(delta, weeks, account.location, defaults=defaults)
    if change is VisaChange.TOO_SOON:
        return "too_soon"
    if account.baseline.capped and account.latest.capped:
        return "capped"
    return change


def hidden(counts: Sequence[int], *, least: int, already: Sequence[bool] = ()) -> tuple[bool, ...]:
    """Which groups of a whole, by their sizes, are not shown.

    Those smaller than ``least`` or hidden ``already``, and then the smallest of the others until
    two or more are hidden that hold ``least`` together: else the total less what is shown would
    tell a small one.
    """
    places = sorted(range(len(counts)), key=lambda place: (counts[place], place))
    away = {place for place in places if counts[place] < least}
    away |= {place for place, gone in enumerate(already) if gone}
    for place in places:
        enough = len(away) > 1 and sum(counts[each] for each in away) >= least
        if not away or enough:
            break
        away.add(place)
    return tuple(place in away for place in range(len(counts)))


def quartiles(values: Iterable[int]) -> tuple[Fraction, Fraction, Fraction]:
    """Lower quartile, median and upper quartile, between two values in proportion.

    Raises ``ValueError`` when there are no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("values: none")

    def at(share: Fraction) -> Fraction:
        place = share * (len(ordered) - 1)
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    low, middle, high = (at(share) for share in QUARTERS)
    return low, middle, high


def figures(
    accounts: Sequence[Account],
    *,
    last: date,
    defaults: ProgrammeDefaults = DEFAULTS,
    assessment_defaults: AssessmentDefaults = ASSESSMENT_DEFAULTS,
) -> dict[str, Any]:
    """The figures of a period that ended on ``last``, as they are stored and shown for ever.

    Whole numbers, and fractions as text with at most one decimal; percentages are whole. None where
    a figure would tell of fewer patients than the practice's least. The order of ``accounts`` is of
    no account.
    """
    verdicts = {each.code: judged(each, defaults=assessment_defaults) for each in accounts}
    lost = {each.code: each.dropped_out(last, defaults=defaults) for each in accounts}
    least = defaults.small_group
    return {
        "episodes": len(accounts),
        "least": least,
        "completeness": _completeness(accounts),
        "stages": [_stage(stage, accounts, least=least) for stage in Stage],
        "visa": _visa(accounts, verdicts, least=least),
        "running": _running(accounts, lost, last=last, least=least),
        "adherence": _adherence(accounts, least=least),
        "drop_outs": _drop_outs(accounts, lost, least=least),
        "groups": {
            "location": _groups(
                [each.location.value for each in accounts], accounts, verdicts, least
            ),
            "pathway": _groups(
                [each.pathway.value for each in accounts], accounts, verdicts, least
            ),
        },
    }


def _completeness(accounts: Sequence[Account]) -> dict[str, list[int]]:
    count = len(accounts)
    sessions = sum(each.sessions for each in accounts)
    return {
        "baseline": [sum(each.baseline is not None for each in accounts), count],
        "second": [sum(each.latest is not None for each in accounts), count],
        "raises": [sum(each.raises for each in accounts), count],
        "running": [sum(each.ran is not Ran.NOT_RECORDED for each in accounts), count],
        "mornings": [sum(each.mornings for each in accounts), sessions],
        "decisions": [sum(each.decisions for each in accounts), sessions],
    }


def _stage(stage: Stage, accounts: Sequence[Account], *, least: int) -> dict[str, Any]:
    stays = [stay for each in accounts for stay in each.stays if stay.stage is stage]
    over = [stay.days for stay in stays if stay.over]
    return {
        "stage": stage.value,
        "left": len(over),
        "still": len(stays) - len(over),
        "days": _spread(over, least=least),
    }


def rounded(value: Fraction) -> str:
    """A fraction that is no percentage as text: one decimal, half to even, "4" for "4.0"."""
    return plain(one_decimal(value))


def whole(percent: Fraction) -> str:
    """A percentage as text: whole, rounded down."""
    return str(floor(percent))


def _spread(
    values: Sequence[int], *, least: int, told: Callable[[Fraction], str] = rounded
) -> dict[str, str | None] | None:
    """Median, quartiles and range of these values; None for fewer than ``least``.

    The ends of the range are one patient's own, so they are None for fewer than twice as many.
    """
    if len(values) < max(least, 1):
        return None
    low, median, high = quartiles(values)
    ends = len(values) >= RANGE_TIMES * least
    return {
        "median": told(median),
        "low": told(low),
        "high": told(high),
        "least": str(min(values)) if ends else None,
        "most": str(max(values)) if ends else None,
    }


def share_percent(part: int, of: int) -> int:
    """The part in whole percent, rounded down; what it is of must not be nought."""
    return 100 * part // of


def _visa(
    accounts: Sequence[Account], verdicts: Mapping[str, VisaChange | str], *, least: int
) -> dict[str, Any]:
    changes = [
        each.latest.total - each.baseline.total
        for each in accounts
        if isinstance(verdicts[each.code], VisaChange) and each.latest and each.baseline
    ]
    called = Counter(str(verdict) for verdict in verdicts.values())
    shown = len(changes) >= least
    return {
        "judged": len(changes),
        "not_judged": {
            why: called[why] for why in ("no_baseline", "no_second", "too_soon", "capped")
        },
        "improved": called[VisaChange.IMPROVED] if shown else None,
        "percent": share_percent(called[VisaChange.IMPROVED], len(changes)) if shown else None,
        "called": (
            {
                change.value: called[change]
                for change in VisaChange
                if change is not VisaChange.TOO_SOON
            }
            if shown
            else None
        ),
        "bands": (
            [
                [low, high, sum(_within(change, low, high) for change in changes)]
                for low, high in BANDS
            ]
            if shown
            else None
        ),
        "points": _spread(changes, least=least),
    }


def _within(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _running(
    accounts: Sequence[Account], lost: Mapping[str, str], *, last: date, least: int
) -> dict[str, Any]:
    apart: Counter[str] = Counter()
    times: list[tuple[Fraction, bool]] = []
    for each in accounts:
        kept = each.ran is Ran.KEPT_RUNNING
        if kept or (each.ran in (Ran.NOT_A_RUNNER, Ran.NOT_RECORDED) and each.ran_on is None):
            apart[each.ran.value] += 1
            continue
        end = each.last_contact if lost[each.code] else each.ended_on or last
        days = max(((each.ran_on or end) - each.waits_from).days, 0)
        times.append((Fraction(days, WEEK), each.ran_on is not None))
    return {
        "followed": len(times),
        "returned": sum(happened for _, happened in times),
        "apart": {
            why.value: apart[why] for why in (Ran.KEPT_RUNNING, Ran.NOT_A_RUNNER, Ran.NOT_RECORDED)
        },
        "later": sum(each.ran is Ran.STOPPED_LATER for each in accounts),
        "curve": _curve(kaplan_meier(times), max(least, 1)) if len(times) >= least else None,
    }


def _curve(whole_curve: Curve, least: int) -> dict[str, Any] | None:
    """The curve as far as ``least`` were still waiting and followed; None for fewer from the start.

    What comes after is one patient's own time, and no estimate of anybody's.
    """
    lasts = whole_curve.lasts(least)
    if lasts is None:
        return None
    curve = whole_curve.cut(least)
    median = curve.median
    weeks = [(week, week <= lasts) for week in RISK_WEEKS]
    return {
        "steps": [
            {
                "weeks": rounded(step.at),
                "at_risk": step.at_risk,
                "happened": step.happened,
                "returned_percent": whole(100 * (1 - step.share)),
            }
            for step in curve.steps
        ],
        "at_risk": [[week, curve.at_risk(week) if many else None] for week, many in weeks],
        "by": [
            [week, whole(100 * (1 - curve.share(week))) if many else None] for week, many in weeks
        ],
        "lasts": rounded(lasts),
        "median": None if median is None else rounded(median),
    }


def _adherence(accounts: Sequence[Account], *, least: int) -> dict[str, Any]:
    known = [each for each in accounts if each.percent is not None]
    shown = len(known) >= max(least, 1)
    total = sum(each.percent or 0 for each in known)
    return {
        "known": len(known),
        "unknown": len(accounts) - len(known),
        "mean": whole(Fraction(total, len(known))) if shown else None,
        "percent": _spread([each.percent or 0 for each in known], least=least, told=whole),
        "planned": sum(each.planned for each in known) if shown else None,
        "observed": sum(each.observed for each in known) if shown else None,
        "reported": sum(each.reported for each in known) if shown else None,
    }


def _drop_outs(
    accounts: Sequence[Account], lost: Mapping[str, str], *, least: int
) -> dict[str, Any]:
    how = Counter(lost.values())
    stages = Counter(each.left_in for each in accounts if lost[each.code])
    left_in = [stage for stage in Stage if stages[stage]]
    away = hidden([stages[stage] for stage in left_in], least=least)
    return {
        "of": len(accounts),
        "stopped": how[STOPPED],
        "silent": how["silent"],
        "stages": None
        if all(away)
        else [
            [stage.value, None if gone else stages[stage]]
            for stage, gone in zip(left_in, away, strict=True)
        ],
    }


def _groups(
    names: Sequence[str],
    accounts: Sequence[Account],
    verdicts: Mapping[str, VisaChange | str],
    least: int,
) -> list[dict[str, Any]] | None:
    """Patients, judged and improved of each group; None when nothing may be broken down."""
    groups = sorted(set(names))
    counts = Counter(names)
    told = [
        (name, verdict)
        for name, verdict in zip(names, (verdicts[each.code] for each in accounts), strict=True)
        if isinstance(verdict, VisaChange)
    ]
    judged_of = Counter(name for name, _ in told)
    improved = Counter(name for name, verdict in told if verdict is VisaChange.IMPROVED)
    away = hidden([counts[name] for name in groups], least=least)
    if not groups or all(away):
        return None
    unjudged = hidden([judged_of[name] for name in groups], least=least, already=away)
    return [
        {
            "group": name,
            "episodes": None if gone else counts[name],
            "judged": None if unknown else judged_of[name],
            "improved": None if unknown else improved[name],
        }
        for name, gone, unknown in zip(groups, away, unjudged, strict=True)
    ]
