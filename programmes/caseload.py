"""The day's list: each open episode with what it needs and the one action offered."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from patients.models import Episode, User
from programmes.rules.day import Action, Facts, Need, need
from programmes.rules.terms import Outcome
from programmes.selectors.standing import Standing, standing, with_standing

LABELS = {
    Action.OPEN: "Open",
    Action.EXAMINE: "Examine",
    Action.SIGN: "Finish and sign",
    Action.PLAN: "See the plan",
    Action.MORNING: "Enter the morning after",
    Action.DECIDE: "Decide",
    Action.PRINT: "Print",
    Action.LOG: "Log a session",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """One row of the list."""

    standing: Standing
    need: Need
    url: str

    @property
    def label(self) -> str:
        """What the row's button says."""
        return LABELS[self.need.action]


def day_list(today: date, *, clinician: User | None) -> list[DayRow]:
    """Open episodes, of one clinician or of all, by what they need and then by name; one query."""
    episodes = Episode.objects.open()
    if clinician is not None:
        episodes = episodes.filter(clinician=clinician)
    rows = [day_row(standing(row, today)) for row in with_standing(episodes)]
    return sorted(rows, key=lambda row: (row.need.rank, str(row.standing.episode.patient)))


def day_row(found: Standing) -> DayRow:
    """What one episode needs today."""
    last = found.last_session or {}
    facts = Facts(
        today=found.on,
        lock=found.locks[0]["says"] if found.locks else "",
        draft=found.draft_code is not None,
        signed=found.signed_code is not None,
        programme=found.step is not None,
        needs_new_version=found.needs_new_version,
        last_session_on=date.fromisoformat(last["on"]) if last else None,
        morning_recorded=last.get("morning") is not None,
        decided=last.get("outcome") is not None,
        referred=last.get("outcome") == Outcome.REFER and not _examined_since(found, last),
        started_on=found.programme.started_on if found.programme else None,
        paper_is_current=found.paper_is_current,
    )
    wanted = need(facts)
    return DayRow(standing=found, need=wanted, url=_address(wanted.action, found))


def _examined_since(found: Standing, last: dict[str, str]) -> bool:
    """Whether a signed examination answers the referral of the last session."""
    examined_on = found.tendon.examined_on
    return examined_on is not None and examined_on > date.fromisoformat(last["on"])


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
        case Action.PRINT:
            assert found.step is not None
            return reverse("programmes:handout_new", args=[found.step.version.code])
        case Action.LOG:
            return reverse("programmes:session_new", args=[code])
