"""What an open episode needs today: the first need that holds, in words, worst first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from programmes.rules.defaults import DEFAULTS, ProgrammeDefaults
from programmes.rules.terms import ReviewOutcome
from programmes.rules.words import counted

Score = tuple[date, int]
"""The day of a complete VISA-A and its total."""


class Action(StrEnum):
    """The one thing the row offers to do."""

    OPEN = "open"
    EXAMINE = "examine"
    SIGN = "sign"
    PLAN = "plan"
    SESSION = "session"
    MORNING = "morning"
    DECIDE = "decide"
    DECIDE_EARLIER = "decide_earlier"
    CORRECTED = "corrected"
    OUTCOMES = "outcomes"
    SCORE = "score"
    TEST = "test"
    PRINT = "print"
    LOG = "log"


class Kind(StrEnum):
    """The needs, in the order in which they are answered."""

    LOCK = "lock"
    REOPENED = "reopened"
    FLARE = "flare"
    STEPS_BACK = "steps_back"
    MORNING = "morning"
    DECIDE = "decide"
    CORRECTED = "corrected"
    CRITERIA_MET = "criteria_met"
    PLAN_UNFIT = "plan_unfit"
    PLATEAU = "plateau"
    REVIEW = "review"
    TEST_DUE = "test_due"
    PAPER = "paper"
    UNSIGNED = "unsigned"
    NOT_ISSUED = "not_issued"
    SILENT = "silent"
    NOT_EXAMINED = "not_examined"
    NO_PROGRAMME = "no_programme"
    LOGGED = "logged"
    ON_TRACK = "on_track"


RANKS = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of an episode today. Dates None: there is none.

    ``flare_on`` is the day of a flare nothing was decided since, ``steps_back`` how many steps back
    were decided in the days the rule counts, ``referred_on`` the day of the last session after
    which the patient was referred, unless examined since. ``step_back_on`` is the day of the oldest
    session before the last that asks for a step back and was never decided, ``corrected_on`` that
    of one whose decision would have been ``would_have`` of what was corrected since.
    ``criteria_met`` is the stage whose exit held the last step up and is met since (blank: none),
    ``held_on`` the day a proposed step up was held by the clinician, if that is the last thing that
    happened. ``scores`` are complete totals in any order and ``score_ceiling`` the most that all of
    them could have reached, None where that is the usual most. ``raises_on`` is the day of the last
    heel-raise test, ``review`` what the review says when it is due, ``reopened_on`` the day the
    episode was last opened again, ``examined_on`` that of the last signed examination.
    """

    today: date
    lock: str = ""
    flare_on: date | None = None
    steps_back: int = 0
    referred_on: date | None = None
    examined_since: bool = False
    step_back_on: date | None = None
    corrected_on: date | None = None
    would_have: str = ""
    last_session_on: date | None = None
    morning_recorded: bool = False
    decided: bool = False
    criteria_met: str = ""
    held_on: date | None = None
    programme: bool = False
    started_on: date | None = None
    reopened_on: date | None = None
    needs_new_version: bool = False
    scores: tuple[Score, ...] = ()
    score_ceiling: int | None = None
    raises_on: date | None = None
    review: ReviewOutcome | None = None
    paper: bool = False
    paper_is_current: bool = False
    draft: bool = False
    plan_draft: bool = False
    signed: bool = False
    examined_on: date | None = None

    @property
    def runs_since(self) -> date | None:
        """Since when the programme runs without a break: its start, or being opened again."""
        return max(
            (day for day in (self.started_on, self.reopened_on) if self.started_on and day),
            default=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A need: its kind, a tone, what it says, the action offered, and what else holds in short."""

    kind: Kind
    tone: str
    says: str
    action: Action
    short: str = ""
    also: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """Its place in the order, 0 first."""
        return RANKS[self.kind]


def need(facts: Facts, *, defaults: ProgrammeDefaults = DEFAULTS) -> Need:
    """The most pressing need of an episode, with the others in ``also``; "on track" without any."""
    held = sorted(_needs(facts, defaults), key=lambda each: each.rank)
    return replace(held[0], also=tuple(each.short for each in held[1:] if each.short))


def plateau(
    scores: Iterable[Score],
    today: date,
    *,
    since: date | None = None,
    ceiling: int | None = None,
    defaults: ProgrammeDefaults = DEFAULTS,
) -> tuple[Score, Score] | None:
    """The earlier and the newest total between which the gain is too small; None otherwise.

    The newest is compared with the newest one at least ``plateau_weeks`` older. Not judged: without
    such a pair, before the programme has run that long ``since`` it began, against a total from
    longer than that before it, when the newest is older than that itself, when it is as good as
    recovered, or when the earlier one was too near ``ceiling``, the most these answers could reach,
    and nothing was lost since.
    """
    span = timedelta(weeks=defaults.plateau_weeks)
    ordered = sorted(
        (each for each in scores if since is None or each[0] >= since - span), reverse=True
    )
    if not ordered:
        return None
    newest = ordered[0]
    if since is not None and newest[0] - since < span:
        return None
    earlier = next((each for each in ordered[1:] if newest[0] - each[0] >= span), None)
    if earlier is None or today - newest[0] > span or newest[1] >= defaults.e5_visa:
        return None
    reachable = ceiling is None or earlier[1] + defaults.plateau_points <= ceiling
    if not reachable and newest[1] >= earlier[1]:
        return None
    return (earlier, newest) if newest[1] - earlier[1] < defaults.plateau_points else None


def _needs(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    yield from _safety(facts, defaults)
    yield from _after_the_session(facts, defaults)
    if facts.programme:
        yield from _of_the_programme(facts, defaults)
    yield from _papers(facts)
    yield from _quiet(facts, defaults)


def _safety(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    if facts.lock:
        yield _stop(Kind.LOCK, f"{facts.lock}: clear or refer", Action.OPEN, "red flag open")
    # Whatever was known when it was closed may no longer hold.
    if facts.reopened_on and (facts.examined_on is None or facts.examined_on < facts.reopened_on):
        examine = "examine again" if facts.signed else "examine"
        yield _caution(
            Kind.REOPENED,
            f"Re-opened on {_day(facts.reopened_on, facts.today)}: {examine}",
            Action.EXAMINE,
            "re-opened, not examined since",
        )
    if facts.flare_on:
        since = _day(facts.flare_on, facts.today)
        yield _caution(
            Kind.FLARE,
            f"Flare on {since}: nothing decided since",
            Action.OPEN,
            f"flare on {since}",
        )
    if facts.referred_on:
        yield _caution(
            Kind.STEPS_BACK,
            f"Referred after the session of {_day(facts.referred_on, facts.today)}: examine again",
            Action.EXAMINE,
            "referred",
        )
    elif facts.steps_back >= defaults.regress_limit and not facts.examined_since:
        yield _caution(
            Kind.STEPS_BACK,
            f"{counted(facts.steps_back, 'step')} back in {defaults.regress_window_days} days: "
            "examine again",
            Action.EXAMINE,
            counted(facts.steps_back, "step back", "steps back"),
        )


def _after_the_session(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    # Before the last one: deciding that one first would take the patient past these.
    if facts.step_back_on:
        yield _caution(
            Kind.DECIDE,
            f"Session of {_day(facts.step_back_on, facts.today)} asks for a step back "
            "and was never decided",
            Action.DECIDE_EARLIER,
            "an earlier session asks for a step back",
        )
    if facts.corrected_on:
        yield _caution(
            Kind.CORRECTED,
            f"Session of {_day(facts.corrected_on, facts.today)} corrected: "
            f"the rule would have said {facts.would_have}",
            Action.CORRECTED,
            f"corrected: would have been {facts.would_have}",
        )
    waiting = facts.last_session_on is not None and not facts.decided
    last = _day(facts.last_session_on, facts.today)
    if waiting and facts.morning_recorded:
        yield _caution(
            Kind.DECIDE,
            f"Session of {last} waits for a decision",
            Action.DECIDE,
            "decision waits",
        )
    elif waiting and facts.last_session_on != facts.today:
        yield _caution(
            Kind.MORNING,
            f"Morning after {last} is missing",
            Action.MORNING,
            "morning after missing",
        )
    elif waiting:
        yield _ok(
            Kind.LOGGED,
            f"Session of {last} logged; the morning after comes next",
            Action.SESSION,
        )
    if facts.criteria_met:
        yield _caution(
            Kind.CRITERIA_MET,
            f"Everything to leave the {facts.criteria_met} stage is met since the last session",
            Action.LOG,
            f"exit of the {facts.criteria_met} stage met",
        )
    elif facts.held_on and (facts.today - facts.held_on).days >= defaults.held_days:
        yield _caution(
            Kind.CRITERIA_MET,
            f"A step up was proposed and held on {_day(facts.held_on, facts.today)}; "
            "nothing happened since",
            Action.LOG,
            "step up held",
        )


def _of_the_programme(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    if facts.needs_new_version:
        yield _caution(
            Kind.PLAN_UNFIT,
            "The plan no longer fits the tendon",
            Action.PLAN,
            "plan no longer fits",
        )
    if found := plateau(
        facts.scores,
        facts.today,
        since=facts.runs_since,
        ceiling=facts.score_ceiling,
        defaults=defaults,
    ):
        (before, lower), (_, total) = found
        yield _caution(
            Kind.PLATEAU,
            f"VISA-A {total}, {lower} on {_day(before, facts.today)}: "
            f"no gain of {defaults.plateau_points} points",
            Action.OUTCOMES,
            "VISA-A on a plateau",
        )
    if facts.review is not None:
        weeks = f"{defaults.review_weeks}-week review"
        says = {
            ReviewOutcome.ADHERENCE_REVIEW: "few of the sessions were done, find out why",
            ReviewOutcome.REFER_NONRESPONSE: "no response, refer for an opinion",
        }[facts.review]
        yield _caution(
            Kind.REVIEW,
            f"{weeks}: {says}; stays here until examined again",
            Action.EXAMINE,
            f"{weeks} due",
        )
    yield from _tests_due(facts, defaults)
    if not facts.paper_is_current:
        yield _neutral(
            Kind.PAPER,
            "The paper is out of date: print a new one"
            if facts.paper
            else "The patient has no paper yet",
            Action.PRINT,
            "paper out of date" if facts.paper else "no paper yet",
        )


def _tests_due(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    """Counted from the last test, or from the start of the programme where there is none."""
    latest = facts.today - timedelta(weeks=defaults.test_due_weeks)
    scored_on = max((on for on, _ in facts.scores), default=None)
    due = [
        (name, action, on)
        for name, action, on in (
            ("VISA-A", Action.SCORE, scored_on),
            ("heel raises", Action.TEST, facts.raises_on),
        )
        if (since := on or facts.started_on) is not None and since <= latest
    ]
    if due:
        names = [
            f"{name} ({f'last {_day(on, facts.today)}' if on else 'never'})" for name, _, on in due
        ]
        yield _caution(
            Kind.TEST_DUE,
            f"Test overdue: {', '.join(names)}",
            due[0][1],
            f"{' and '.join(name for name, _, _ in due)} overdue",
        )


def _papers(facts: Facts) -> Iterator[Need]:
    if facts.draft:
        yield _caution(
            Kind.UNSIGNED, "Assessment is not signed", Action.SIGN, "assessment not signed"
        )
    elif not facts.signed:
        yield _neutral(Kind.NOT_EXAMINED, "Not examined yet", Action.EXAMINE)
    if facts.plan_draft:
        yield _neutral(
            Kind.NOT_ISSUED,
            "The draft of the plan is not issued",
            Action.PLAN,
            "draft of the plan not issued",
        )
    elif facts.signed and not facts.programme:
        yield _neutral(Kind.NO_PROGRAMME, "No programme yet", Action.PLAN, "no programme yet")


def _quiet(facts: Facts, defaults: ProgrammeDefaults) -> Iterator[Need]:
    quiet_since = facts.last_session_on or facts.started_on
    if quiet_since and facts.reopened_on:
        quiet_since = max(quiet_since, facts.reopened_on)  # nobody trains while it is closed
    quiet = (facts.today - quiet_since).days if quiet_since else 0
    if quiet >= defaults.no_contact_days:
        silence = f"o session for {counted(quiet // 7, 'week')}"
        yield _caution(Kind.SILENT, f"N{silence}", Action.LOG, f"n{silence}")
    yield _ok(Kind.ON_TRACK, "On track", Action.LOG)


def _stop(kind: Kind, says: str, action: Action, short: str) -> Need:
    return Need(kind=kind, tone="stop", says=says, action=action, short=short)


def _caution(kind: Kind, says: str, action: Action, short: str) -> Need:
    return Need(kind=kind, tone="caution", says=says, action=action, short=short)


def _neutral(kind: Kind, says: str, action: Action, short: str = "") -> Need:
    return Need(kind=kind, tone="neutral", says=says, action=action, short=short)


def _ok(kind: Kind, says: str, action: Action) -> Need:
    return Need(kind=kind, tone="ok", says=says, action=action)


def _day(on: date | None, today: date) -> str:
    """A day as one says it: with its year only where that is another one; blank without a day."""
    if on is None:
        return ""
    return f"{on:%-d %B}" if on.year == today.year else f"{on:%-d %B %Y}"
