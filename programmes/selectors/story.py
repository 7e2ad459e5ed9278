"""Everything told of an episode, for its one picture: measurements, load, versions, its ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Exists,
    Min,
    OuterRef,
    Prefetch,
    Subquery,
    prefetch_related_objects,
)
from django.db.models.functions import JSONObject
from django.utils import timezone

from assessments.load_history import event_words
from assessments.models import Assessment, FunctionTest, HeelRaiseTest, LoadEvent, Run, VisaA
from assessments.rules.duplicates import LoggedRun
from assessments.rules.spikes import SPIKE_HISTORY_DAYS, ClassedRun, class_runs
from patients.models import OUTCOMES, Episode, Reopening
from programmes.in_force import defaults_in_force
from programmes.models import OUTCOME_CHOICES, Correction, Item, Move, Session, Step, Version
from programmes.rules.dose import AnyDose
from programmes.rules.performed import done_from_json, plan_of
from programmes.rules.work import work_s
from programmes.selectors.standing import Flare

_EVENT_FIELDS = (
    "kind",
    "happened_on",
    "until_on",
    "old_drop_mm",
    "new_drop_mm",
    "to_minimal",
    "firmer",
    "camber",
    "downhill",
    "straight_to_full",
    "note",
)
_OUTCOME_WORDS = dict(OUTCOMES)
BEFORE = timedelta(weeks=26)
"""How long before the opening runs and changes are told one by one; earlier ones are counted."""
# What was filled in later was not set right: these corrections change nothing that was told.
_FILLED_IN = "Told later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened on a day: its kind, its words, and the code of its page or blank."""

    on: date
    kind: str
    says: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number of a day, and the code of the page it stands on or blank."""

    on: date
    value: int
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What was recorded before the days of the story: how often, and since when."""

    what: str
    count: int
    first: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """Days on which the episode was closed: from, until the day it was opened again (None: it is
    closed still), and how it had ended. ``reason`` is why it was opened again.
    """

    first: date
    reopened: date | None
    outcome: str
    note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything told of an episode; each from the oldest to the newest, ``sessions`` too.

    ``raises`` are of the affected leg, ``raises_other`` of the other one. ``incomplete`` are the
    days of questionnaires without a total, ``earlier`` is what came too long before the opening to
    be told one by one.
    """

    sessions: tuple[Session, ...]
    visas: tuple[Measured, ...]
    incomplete: tuple[Measured, ...]
    raises: tuple[Measured, ...]
    raises_other: tuple[Measured, ...]
    runs: tuple[ClassedRun, ...]
    happened: tuple[Happened, ...]
    closed: tuple[Closed, ...]
    earlier: tuple[Earlier, ...]
    flare: Flare | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing yet to draw."""
        return not (
            self.sessions
            or self.visas
            or self.incomplete
            or self.raises
            or self.raises_other
            or self.runs
            or self.happened
        )


def sessions_of(episode: Episode) -> tuple[Session, ...]:
    """The sessions that count, oldest first, each with its morning and decision; one query.

    Each has ``set_right``, whether something told of it was corrected, and ``corrected_to``, what
    the rule says of its values now, None where it was never asked again.
    """
    newest = Correction.objects.filter(session=OuterRef("pk")).order_by("-number")
    set_right = newest.exclude(reason__startswith=_FILLED_IN)
    sessions = Session.objects.of(episode).counted().newest_first()
    return tuple(
        reversed(
            sessions.annotate(
                set_right=Exists(set_right),
                corrected_to=Subquery(newest.exclude(proposed="").values("proposed")[:1]),
            )
        )
    )


def since_words(session: Session) -> str:
    """What a correction after its decision means for a session, in words; blank without one.

    Entries filled in later are told only where the rule would have said something else of them.
    """
    to = getattr(session, "corrected_to", None)
    if not hasattr(session, "decision") or not to:
        return ""
    what = "corrected since" if getattr(session, "set_right", False) else "more was told since"
    if to != session.decision.proposed:
        return f"{what}: the rule would have said {dict(OUTCOME_CHOICES)[to].lower()}"
    return what if what == "corrected since" else ""


def items_of(step: Step) -> tuple[Item, ...]:
    """The exercises of a step in order, read once however often it is asked."""
    prefetch_related_objects([step], Prefetch("items", Item.objects.order_by("order")))
    return tuple(step.items.all())


def work_of(session: Session, doses: Sequence[AnyDose] = ()) -> int | None:
    """Seconds of work of a session, from its frozen targets and what was done of them; None where
    that is not known, 0 where nothing was done.

    ``doses`` are those of its step, which never change: for targets stored before doses were kept
    with them.
    """
    plans = [plan_of(target) for target in session.targets]
    if len(doses) == len(plans):
        plans = [plan or dose for plan, dose in zip(plans, doses, strict=True)]
    return work_s(
        plans,
        done_from_json(session.done),
        percent=session.completed_pct,
        defaults=defaults_in_force(),
    )


def told_of(episode: Episode, sessions: Sequence[Session]) -> Told:
    """Everything told of an episode beside its sessions, in one query."""
    row = _row(episode)
    other = "right" if episode.side == "left" else "left"
    closed = [_reopened(each) for each in row.reopened]
    if row.closed_on is not None:
        outcome = row.get_outcome_display()
        closed.append(
            Closed(first=row.closed_on, reopened=None, outcome=outcome, note=row.closing_note)
        )
    return Told(
        sessions=tuple(sessions),
        visas=tuple(
            Measured(on=_date(each["on"]), value=each["total"], code=each["code"])
            for each in row.scored
            if each["total"] is not None
        ),
        incomplete=tuple(
            Measured(on=_date(each["on"]), value=0, code=each["code"])
            for each in row.scored
            if each["total"] is None
        ),
        raises=_raises(row, episode.side),
        raises_other=_raises(row, other),
        runs=tuple(
            class_runs(
                LoggedRun(happened_on=_date(each["on"]), distance_m=each["m"]) for each in row.runs
            )
        ),
        happened=tuple(
            sorted(
                (*_happened(row), *_ends(closed)),
                key=lambda each: (each.on, each.kind, each.says),
            )
        ),
        closed=tuple(closed),
        earlier=tuple(
            Earlier(what=what, count=each["count"], first=_date(each["first"]))
            for what, found in (("run", row.runs_before), ("change of load", row.changes_before))
            for each in found
        ),
        flare=_flare(row, sessions),
    )


def _row(episode: Episode) -> Any:
    of_episode = {"episode": OuterRef("pk")}
    of_patient = {"patient": OuterRef("patient")}
    examined = Assessment.objects.signed().filter(**of_episode).order_by("examined_on", "pk")
    visas = VisaA.objects.on_record().filter(**of_episode, struck_at=None)
    moved = Move.objects.filter(programme__episode=OuterRef("pk"), kind=Move.Kind.FLARE)
    versions = Version.objects.filter(
        programme__episode=OuterRef("pk"), status=Version.Status.ISSUED
    )
    # A spike is read against the days before, so the log begins earlier than the story.
    told_since = episode.opened_on - BEFORE
    since = told_since - timedelta(days=SPIKE_HISTORY_DAYS + 1)
    runs = Run.objects.counted().filter(**of_patient)
    changes = LoadEvent.objects.counted().filter(**of_patient)
    counts = JSONObject(count=Count("pk"), first=Min("happened_on"))
    return Episode.objects.annotate(
        scored=ArraySubquery(
            visas.order_by("answered_on", "pk").values(
                row=JSONObject(on="answered_on", total="total", code="code")
            )
        ),
        raised=ArraySubquery(
            HeelRaiseTest.objects.endurance()
            .filter(**of_episode)
            .order_by("tested_on", "pk")
            .values(
                row=JSONObject(
                    on="tested_on",
                    left="left_repetitions",
                    right="right_repetitions",
                    code="assessment__code",
                )
            )
        ),
        tested=ArraySubquery(
            FunctionTest.objects.counted()
            .filter(**of_episode)
            .order_by("tested_on")
            .values(row=JSONObject(on="tested_on", code="assessment__code"))
        ),
        examined=ArraySubquery(
            examined.values(row=JSONObject(on="examined_on", csi="cortisone_last_on", code="code"))
        ),
        runs=ArraySubquery(
            runs.filter(happened_on__gte=since).values(
                row=JSONObject(on="happened_on", m="distance_m")
            )
        ),
        changes=ArraySubquery(
            changes.filter(happened_on__gte=told_since).values(
                row=JSONObject(**{name: name for name in _EVENT_FIELDS})
            )
        ),
        runs_before=ArraySubquery(
            runs.filter(happened_on__lt=told_since)
            .order_by()
            .values("patient")
            .annotate(row=counts)
            .values("row")
        ),
        changes_before=ArraySubquery(
            changes.filter(happened_on__lt=told_since)
            .order_by()
            .values("patient")
            .annotate(row=counts)
            .values("row")
        ),
        issued=ArraySubquery(
            versions.order_by("number").values(
                row=JSONObject(
                    number="number", at="issued_at", code="code", start="programme__started_on"
                )
            )
        ),
        flares=ArraySubquery(
            moved.order_by("moved_at", "pk").values(
                row=JSONObject(
                    on="moved_on",
                    at="moved_at",
                    by="moved_by__display_name",
                    reason="reason",
                    code="to_step__version__code",
                )
            )
        ),
        reopened=ArraySubquery(
            Reopening.objects.filter(**of_episode)
            .order_by("reopened_on", "pk")
            .values(
                row=JSONObject(
                    first="closed_on",
                    on="reopened_on",
                    outcome="outcome",
                    note="closing_note",
                    reason="reason",
                )
            )
        ),
    ).get(pk=episode.pk)


def _date(stored: str) -> date:
    return date.fromisoformat(stored)


def _raises(row: Any, side: str) -> tuple[Measured, ...]:
    return tuple(
        Measured(on=_date(each["on"]), value=each[side], code=each["code"] or "")
        for each in row.raised
        if each[side] is not None
    )


def _reopened(row: dict[str, Any]) -> Closed:
    return Closed(
        first=_date(row["first"]),
        reopened=_date(row["on"]),
        outcome=_OUTCOME_WORDS.get(row["outcome"], row["outcome"]),
        note=row["note"],
        reason=row["reason"],
    )


def _happened(row: Any) -> Iterable[Happened]:
    for each in row.issued:
        issued = timezone.localtime(datetime.fromisoformat(each["at"])).date()
        # The first stands for the start of the programme, which may have been typed in later.
        on = _date(each["start"]) if each["number"] == 1 else issued
        says = f"Programme version {each['number']}"
        yield Happened(on=on, kind="version", says=says, code=each["code"])
    for each in row.flares:
        yield Happened(on=_date(each["on"]), kind="flare", says="Flare", code=each["code"])
    # The first examination that names a day of cortisone stands for it.
    for day, code in {each["csi"]: each["code"] for each in reversed(row.examined)}.items():
        if day is not None:
            says = "Cortisone injection at this tendon"
            yield Happened(on=_date(day), kind="injection", says=says, code=code)
    for each in row.examined:
        yield Happened(on=_date(each["on"]), kind="examination", says="Examined", code=each["code"])
    for each in row.tested:
        says = "Tests of raises, hops, walking or strength"
        yield Happened(on=_date(each["on"]), kind="test", says=says, code=each["code"] or "")
    for each in row.changes:
        days = {name: _date(each[name]) for name in ("happened_on", "until_on") if each[name]}
        event = LoadEvent(**{**each, **days})
        yield Happened(on=event.happened_on, kind="change", says=event_words(event))


def _ends(closed: Iterable[Closed]) -> Iterable[Happened]:
    """Each closing of the episode and each time it was opened again."""
    for each in closed:
        yield Happened(on=each.first, kind="closed", says=f"Closed: {each.outcome.lower()}")
        if each.reopened is not None:
            yield Happened(on=each.reopened, kind="reopened", says="Re-opened")


def last_recorded(told: Told) -> tuple[date, str] | None:
    """The newest day something was recorded of, and what, in words; None before anything was."""
    found = [(each.happened_on, "a session") for each in told.sessions]
    found += [
        (timezone.localtime(each.decision.decided_at).date(), "a decision")
        for each in told.sessions
        if hasattr(each, "decision")
    ]
    found += [(each.on, "a VISA-A") for each in (*told.visas, *told.incomplete)]
    found += [(each.on, "heel raises") for each in (*told.raises, *told.raises_other)]
    words = {"examination": "an examination", "test": "tests", "flare": "a flare"}
    found += [(each.on, words[each.kind]) for each in told.happened if each.kind in words]
    return max(found, key=lambda each: each[0], default=None)


def _flare(row: Any, sessions: Sequence[Session]) -> Flare | None:
    """The newest flare unless a decision came after it."""
    if not row.flares:
        return None
    newest = row.flares[-1]
    flared_at = datetime.fromisoformat(newest["at"])
    if any(hasattr(each, "decision") and each.decision.decided_at > flared_at for each in sessions):
        return None
    on = _date(newest["on"])
    note = newest["reason"].removeprefix(f"Flare on {on:%-d %B %Y}.").strip()
    return Flare(on=on, by=newest["by"], note=note)
