"""The day's list: each open episode with what it needs and the one action offered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils import timezone

from patients.models import User
from programmes.in_force import defaults_in_force
from programmes.rules.day import Action, Facts, Kind, Need, need
from programmes.rules.decision import Context, SessionFacts, decide
from programmes.rules.terms import Outcome
from programmes.selectors import caseload as selectors
from programmes.selectors.caseload import Day
from programmes.selectors.standing import Standing

Session = Mapping[str, Any]
"""One of the newest sessions, as ``Day.recent`` holds it."""

LABELS = {
    Action.OPEN: "Open",
    Action.EXAMINE: "Examine",
    Action.SIGN: "Finish and sign",
    Action.PLAN: "See the plan",
    Action.SESSION: "See the session",
    Action.MORNING: "Morning after",
    Action.DECIDE: "Decide",
    Action.DECIDE_EARLIER: "Decide",
    Action.CORRECTED: "See the session",
    Action.OUTCOMES: "See the scores",
    Action.SCORE: "Record VISA-A",
    Action.TEST: "Test heel raises",
    Action.PRINT: "Print",
    Action.LOG: "Log a session",
}
# What there is to do where the row leads to the overview.
LABELS_ON_THE_OVERVIEW = {Kind.LOCK: "Clear or refer"}

BACK = (Outcome.REGRESS, Outcome.REFER)
WOULD_HAVE = {Outcome.REGRESS: "step back", Outcome.REFER: "refer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One row of the list. ``log_url`` is blank where there is nothing to log against."""

    standing: Standing
    need: Need
    url: str
    log_url: str

    @property
    def label(self) -> str:
        """What the row's button says."""
        if self.need.action is Action.OPEN and self.need.kind in LABELS_ON_THE_OVERVIEW:
            return LABELS_ON_THE_OVERVIEW[self.need.kind]
        return LABELS[self.need.action]

    @property
    def also(self) -> str:
        """What else holds, in a few words; blank when nothing does."""
        return ", ".join(self.need.also)


ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """A page of the list. ``judged`` are all rows it was taken from.

    ``by_name``: so many episodes are open that only those of the page were judged.
    """

    page: "Page[DayRow]"
    judged: list[DayRow]
    by_name: bool


def day_page(today: date, *, clinician: User | None, number: str | None) -> DayPage:
    """A page of the list by need. Everybody's in a large practice is by name: see ``DayPage``."""
    if clinician is not None:
        judged = day_list(today, clinician=clinician)
    elif (number_open := selectors.open_now()) <= selectors.JUDGED_AT_ONCE:
        judged = _by_need(selectors.days_of_all(today))
    else:
        return _page_by_name(today, number, number_open)
    page = Paginator(judged, ROWS_A_PAGE).get_page(number)
    return DayPage(page=page, judged=judged, by_name=False)


def _page_by_name(today: date, number: str | None, number_open: int) -> DayPage:
    every: Any = Paginator(selectors.listed_by_name(), ROWS_A_PAGE)
    vars(every)["count"] = number_open  # counted already
    names = every.get_page(number)
    keys = list(names)
    found = {day.standing.episode.pk: day for day in selectors.days_of(keys, today)}
    rows = [day_row(found[key]) for key in keys]
    page: Page[DayRow] = Page(rows, names.number, every)
    return DayPage(page=page, judged=rows, by_name=True)


def day_list(today: date, *, clinician: User | None) -> list[DayRow]:
    """Open episodes, of one clinician or of all, by what they need and then by name.

    Of all in a large practice they are the first by name.
    """
    return _by_need(selectors.days(today, clinician=clinician))


def _by_need(found: Iterable[Day]) -> list[DayRow]:
    return sorted(
        (day_row(each) for each in found),
        key=lambda row: (
            row.need.rank,
            str(row.standing.episode.patient).casefold(),
            row.standing.episode.pk,
        ),
    )


def day_row(day: Day) -> DayRow:
    """What one episode needs today."""
    found = day.standing
    last = day.recent[0] if day.recent else None
    decided = last is not None and last["outcome"] is not None
    undecided, corrected = _step_back_undecided(day), _turned_bad(day)
    facts = Facts(
        today=found.on,
        lock=found.locks[0]["says"] if found.locks else "",
        flare_on=day.flare_on if _still_flares(day) else None,
        steps_back=_steps_back(day),
        referred_on=_referred_on(day),
        examined_since=_examined_since(day),
        step_back_on=_on(undecided),
        corrected_on=_on(corrected),
        would_have=WOULD_HAVE[Outcome(corrected["corrected"]["proposed"])] if corrected else "",
        last_session_on=_on(last),
        morning_recorded=last is not None and last["told"] is not None,
        decided=decided,
        criteria_met=_stage(found) if day.criteria_met else "",
        held_on=_held_on(day),
        programme=found.step is not None,
        started_on=found.programme.started_on if found.programme else None,
        reopened_on=day.reopened_on,
        needs_new_version=found.needs_new_version,
        scores=day.scores,
        score_ceiling=day.score_ceiling,
        raises_on=day.raises_on,
        review=day.review,
        paper=found.paper is not None,
        paper_is_current=found.paper_is_current,
        draft=found.draft_code is not None,
        plan_draft=day.plan_draft,
        signed=found.signed_code is not None,
        examined_on=found.tendon.examined_on,
    )
    wanted = need(facts, defaults=defaults_in_force())
    code = found.episode.code
    sessions = {Action.DECIDE_EARLIER: undecided, Action.CORRECTED: corrected}
    may_log = found.step is not None and wanted.action is not Action.LOG
    return DayRow(
        standing=found,
        need=wanted,
        url=_address(wanted.action, found, session=sessions.get(wanted.action, last)),
        log_url=reverse("programmes:session_new", args=[code]) if may_log else "",
    )


def _stage(found: Standing) -> str:
    return found.step.get_stage_display().lower() if found.step else ""


def _still_flares(day: Day) -> bool:
    """Whether nothing was decided since the flare."""
    if day.flare_at is None:
        return False
    moments = [datetime.fromisoformat(each["at"]) for each in day.recent if each["at"]]
    return not any(at > day.flare_at for at in moments)


def _steps_back(day: Day) -> int:
    """Steps back decided for sessions of the days that count."""
    window = day.standing.on - timedelta(days=defaults_in_force().regress_window_days)
    return sum(
        each["outcome"] == Outcome.REGRESS and date.fromisoformat(each["on"]) > window
        for each in day.recent
    )


def _examined_since(day: Day) -> bool:
    """Whether a signed examination came after the last session that went back or was referred."""
    examined_on = day.standing.tendon.examined_on
    if examined_on is None:
        return False
    asked = [date.fromisoformat(each["on"]) for each in day.recent if each["outcome"] in BACK]
    return all(examined_on > on for on in asked[:1])


def _referred_on(day: Day) -> date | None:
    """The day of the last session that was referred, unless the tendon was examined after it."""
    on = _on(next((each for each in day.recent if each["outcome"] == Outcome.REFER), None))
    examined_on = day.standing.tendon.examined_on
    return None if on and examined_on and examined_on > on else on


def _step_back_undecided(day: Day) -> Session | None:
    """The oldest session before the last that asks for a step back, which nobody answered.

    Answered is what was told before a later session was decided, before a flare, or before an
    examination after it. A trend over weeks is left to the card of the last session, which reads
    them all.
    """
    found, decided_at = None, None
    for place, each in enumerate(day.recent):
        if each["at"]:
            at = datetime.fromisoformat(each["at"])
            decided_at = max(at, decided_at or at)
        elif place and _asks_for_a_step_back(each):
            told = _last_told(each)
            if (decided_at is None or decided_at < told) and not _looked_at(day, each, told):
                found = each
    return found


def _asks_for_a_step_back(each: Session) -> bool:
    facts = SessionFacts(
        pain_before=each["pain_before"],
        pain_during=each["pain_during"],
        pain_after=each["pain_after"],
        pain_24h=each["pain_24h"],
        stiff_base=each["stiffness_min"],
        stiff_next=each["stiff_next"],
        new_warm_or_swollen=bool(each["new_warm_or_swollen"]),
    )
    return (
        decide(facts, Context(stage=None), locked=False, defaults=defaults_in_force()).outcome
        in BACK
    )


def _last_told(each: Session) -> datetime:
    """The moment something was last told of a session or of the morning after it."""
    corrected = each["corrected"] or {}
    moments = (each["logged"], each["told"], corrected.get("at"))
    return max(datetime.fromisoformat(moment) for moment in moments if moment)


def _turned_bad(day: Day) -> Session | None:
    """The last decided session that a correction turned into one that asks for a step back.

    None once anything was decided after the correction, or after a flare or an examination.
    """
    for each in day.recent:
        corrected = each["corrected"]
        if not corrected or corrected["proposed"] not in BACK:
            continue
        at = datetime.fromisoformat(corrected["at"])
        if each["proposed"] in BACK or each["outcome"] in BACK or _looked_at(day, each, at):
            continue
        decided = [datetime.fromisoformat(other["at"]) for other in day.recent if other["at"]]
        if max(decided) < at:
            return each
    return None


def _looked_at(day: Day, each: Session, at: datetime) -> bool:
    """Whether the tendon was settled from a flare or examined since that moment."""
    flared = day.flare_at is not None and day.flare_at > at
    examined_on, on = day.standing.tendon.examined_on, _on(each)
    examined = examined_on is not None and on is not None and examined_on > on
    return flared or (examined and day.signed_at is not None and day.signed_at > at)


def _on(each: Session | None) -> date | None:
    return date.fromisoformat(each["on"]) if each else None


def _held_on(day: Day) -> date | None:
    """The day the clinician held a step up that the rule proposed, if nothing came after it."""
    last = day.recent[0] if day.recent else None
    if last is None or (last["proposed"], last["outcome"]) != (Outcome.PROGRESS, Outcome.HOLD):
        return None
    return timezone.localtime(datetime.fromisoformat(last["at"])).date()


def _address(action: Action, found: Standing, *, session: Session | None) -> str:
    code = found.episode.code
    match action:
        case Action.OPEN:
            return reverse("programmes:episode", args=[code])
        case Action.EXAMINE:
            return reverse("assessments:new", args=[code])
        case Action.SIGN:
            return reverse("assessments:detail", args=[found.draft_code])
        case Action.PLAN:
            return reverse("programmes:programme", args=[code])
        case (
            Action.SESSION
            | Action.MORNING
            | Action.DECIDE
            | Action.DECIDE_EARLIER
            | Action.CORRECTED
        ):
            assert session is not None
            return reverse("programmes:session", args=[session["code"]])
        case Action.OUTCOMES:
            return reverse("assessments:outcomes", args=[code])
        case Action.SCORE:
            return reverse("assessments:visa_new", args=[code])
        case Action.TEST:
            return reverse("assessments:test_new", args=[code])
        case Action.PRINT:
            assert found.step is not None
            return reverse("programmes:handout_new", args=[found.step.version.code])
        case Action.LOG:
            return reverse("programmes:session_new", args=[code])
