"""The day's list: each open episode with what it needs and the one action offered."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from patients.models import User
from programmes.rules.day import Action, Facts, Need, need
from programmes.rules.defaults import DEFAULTS
from programmes.rules.terms import Outcome
from programmes.selectors.caseload import Day, days
from programmes.selectors.standing import Standing

LABELS = {
    Action.OPEN: "Open",
    Action.EXAMINE: "Examine",
    Action.SIGN: "Finish and sign",
    Action.PLAN: "See the plan",
    Action.MORNING: "Morning after",
    Action.DECIDE: "Decide",
    Action.OUTCOMES: "See the scores",
    Action.SCORE: "Record VISA-A",
    Action.TEST: "Test heel raises",
    Action.PRINT: "Print",
    Action.LOG: "Log a session",
}


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
        return LABELS[self.need.action]

    @property
    def also(self) -> str:
        """What else holds, in a few words; blank when nothing does."""
        return ", ".join(self.need.also)


def day_list(today: date, *, clinician: User | None) -> list[DayRow]:
    """Open episodes, of one clinician or of all, by what they need and then by name."""
    rows = [day_row(each) for each in days(today, clinician=clinician)]
    return sorted(
        rows,
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
    facts = Facts(
        today=found.on,
        lock=found.locks[0]["says"] if found.locks else "",
        flare_on=day.flare_on if _still_flares(day) else None,
        steps_back=_steps_back(day),
        referred=decided and last is not None and last["outcome"] == Outcome.REFER,
        examined_since=_examined_since(day),
        last_session_on=date.fromisoformat(last["on"]) if last else None,
        morning_recorded=last is not None and last["told"] is not None,
        decided=decided,
        criteria_met=_stage(found) if day.criteria_met else "",
        held_on=_held_on(day),
        programme=found.step is not None,
        started_on=found.programme.started_on if found.programme else None,
        needs_new_version=found.needs_new_version,
        scores=day.scores,
        raises_on=day.raises_on,
        review=day.review,
        paper=found.paper is not None,
        paper_is_current=found.paper_is_current,
        draft=found.draft_code is not None,
        plan_draft=day.plan_draft,
        signed=found.signed_code is not None,
    )
    wanted = need(facts)
    code = found.episode.code
    may_log = found.step is not None and wanted.action is not Action.LOG
    return DayRow(
        standing=found,
        need=wanted,
        url=_address(wanted.action, found),
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
    window = day.standing.on - timedelta(days=DEFAULTS.regress_window_days)
    return sum(
        each["outcome"] == Outcome.REGRESS and date.fromisoformat(each["on"]) > window
        for each in day.recent
    )


def _examined_since(day: Day) -> bool:
    """Whether a signed examination came after the last session that went back or was referred."""
    examined_on = day.standing.tendon.examined_on
    if examined_on is None:
        return False
    back = (Outcome.REGRESS, Outcome.REFER)
    asked = [date.fromisoformat(each["on"]) for each in day.recent if each["outcome"] in back]
    return all(examined_on > on for on in asked[:1])


def _held_on(day: Day) -> date | None:
    """The day the clinician held a step up that the rule proposed, if nothing came after it."""
    last = day.recent[0] if day.recent else None
    if last is None or (last["proposed"], last["outcome"]) != (Outcome.PROGRESS, Outcome.HOLD):
        return None
    return timezone.localtime(datetime.fromisoformat(last["at"])).date()


def _address(action: Action, found: Standing) -> str:
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
        case Action.MORNING | Action.DECIDE:
            assert found.last_session is not None
            return reverse("programmes:session", args=[found.last_session["code"]])
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
