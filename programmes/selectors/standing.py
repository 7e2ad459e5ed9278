"""Where an episode stands: one row of one query, for the header, the overview and the list."""

from dataclasses import dataclass
from datetime import date, datetime
from threading import local
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.functional import cached_property

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from assessments.models import (
    LOCATION_CHOICES,
    PHASE_CHOICES,
    Assessment,
    Classification,
    FunctionTest,
    HeelRaiseTest,
    Lock,
    VisaA,
)
from assessments.rules.running import running_permission
from assessments.rules.terms import GateMode, Pathway, RunningPermission, RunningStatus, Stage
from assessments.selectors import Tendon, tendon_on
from patients.models import Episode, EpisodeQuerySet
from programmes.in_force import defaults_in_force
from programmes.models import (
    Decision,
    GateSigning,
    MorningAfter,
    Move,
    Printing,
    Programme,
    Step,
    Unlock,
    Version,
)
from programmes.rules.handout import has_flared
from programmes.rules.terms import Outcome

SCORE = JSONObject(total="total", on="answered_on")
LOCATION_WORDS, PHASE_WORDS = dict(LOCATION_CHOICES), dict(PHASE_CHOICES)


class _PutTogether(local):
    """The queries of every page, put together once in each thread.

    That takes Django as long as the database takes to answer. Compiling a query counts the tables
    joined in it, so no two threads share one.
    """

    @cached_property
    def standings(self) -> "EpisodeQuerySet":
        return _with_standing(Episode.objects.all())

    @cached_property
    def with_tests(self) -> "EpisodeQuerySet":
        return _with_tests(_with_standing(Episode.objects.all()))


_put_together = _PutTogether()


def standings() -> "EpisodeQuerySet":
    """Episodes with everything ``Standing`` reads, in one query however many are asked for."""
    return _put_together.standings.all()


def standings_with_tests() -> "EpisodeQuerySet":
    """Episodes with everything ``Standing`` and ``Tests`` read, still in one query."""
    return _put_together.with_tests.all()


def _with_standing(episodes: "EpisodeQuerySet") -> "EpisodeQuerySet":
    of_episode = {"episode": OuterRef("pk")}
    # By the day it speaks of: an amendment of an older examination replaces nothing set since.
    classified = Classification.objects.in_force().filter(**of_episode)
    signed = Assessment.objects.signed().filter(**of_episode).newest_first()
    # What was told and decided since that examination, which asked about running anew.
    newest_signed = Assessment.objects.signed().filter(episode=OuterRef(OuterRef("pk")))
    signed_at = Subquery(newest_signed.newest_first().values("signed_at")[:1])
    mornings = MorningAfter.objects.filter(
        session__programme__episode=OuterRef("pk"), recorded_at__gt=signed_at
    )
    scores = VisaA.objects.filter(**of_episode).counted()
    # The one printed last is in the patient's hand; what is kept for a flare lies beside it.
    papers = Printing.objects.filter(handout__version__programme__episode=OuterRef("pk")).exclude(
        handout__options__contains={"ahead": True}
    )
    return episodes.select_related(
        "patient", "clinician", "programme__current_step__version__issued_by"
    ).annotate(
        location=Subquery(classified.values("location")[:1]),
        phase=Subquery(classified.values("phase")[:1]),
        signed_code=Subquery(signed.values("code")[:1]),
        examined_on=Subquery(signed.values("examined_on")[:1]),
        raise_pain=Subquery(signed.values("sl_heel_raise_pain")[:1]),
        runs=Subquery(
            signed.values(
                told=JSONObject(
                    status="running_status",
                    pain="run_pain",
                    settled="run_settled",
                    on="examined_on",
                )
            )[:1]
        ),
        stepped_back=Exists(
            Decision.objects.filter(
                session__programme__episode=OuterRef("pk"),
                outcome=Outcome.REGRESS,
                decided_at__gt=signed_at,
            )
        ),
        last_morning=Subquery(
            mornings.order_by("-session__happened_on", "-session_id").values(
                told=JSONObject(
                    before="session__pain_before", after="pain", on="session__happened_on"
                )
            )[:1]
        ),
        cortisone_on=Subquery(signed.values("cortisone_last_on")[:1]),
        fluoroquinolone_on=Subquery(signed.values("fluoroquinolone_last_on")[:1]),
        draft_code=Subquery(
            Assessment.objects.filter(**of_episode, status="draft").values("code")[:1]
        ),
        open_locks=ArraySubquery(
            Lock.objects.open()
            .filter(**of_episode)
            .order_by("flag")
            .values(
                lock=JSONObject(
                    code="code", level="level", says="says", what_to_do="what_to_do", flag="flag"
                )
            )
        ),
        # A clot, an infection or an antibiotic concern the other leg too.
        other_locks=ArraySubquery(
            Lock.objects.open()
            .filter(episode__patient=OuterRef("patient"), episode__closed_on=None)
            .exclude(episode=OuterRef("pk"))
            .order_by("flag")
            .values(lock=JSONObject(side="episode__side", says="says"))
        ),
        visa_newest=Subquery(scores.values(score=SCORE)[:1]),
        visa_oldest=Subquery(scores.reverse().values(score=SCORE)[:1]),
        unlocked=ArraySubquery(
            Unlock.objects.standing().filter(**of_episode).order_by("code").values("code")
        ),
        paper=Subquery(
            papers.order_by("-printed_at", "-pk").values(
                paper=JSONObject(
                    code="handout__code",
                    paper_code="handout__paper_code",
                    version="handout__version_id",
                    number="handout__version__number",
                    step="handout__step_id",
                    shown="handout__options__shown",
                    language="handout__options__language",
                    edition="handout__options__edition",
                    next_review="handout__options__next_review",
                )
            )[:1]
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of the header: its tone, its words, and where it leads (blank: nowhere)."""

    tone: str
    text: str


def isometric_only(now: Tendon) -> str:
    """Why nothing above isometric is for this tendon as it stands now; blank when more is."""
    if now.isometric_only:
        return now.isometric_only
    if now.pathway is Pathway.SETTLE:
        return "The tendon is irritable: isometric only until it has settled."
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an episode stands on a day, read from one row of ``standings``.

    ``unlocked`` are the codes of the unlocks signed since the tendon was last classified, ``runs``
    what a paper says about running now: "stop", "test", "less", "ask" or nothing.
    """

    episode: Episode
    on: date
    tendon: Tendon
    programme: Programme | None
    step: Step | None
    locks: tuple[dict[str, str], ...]
    other_locks: tuple[dict[str, str], ...]
    draft_code: str | None
    signed_code: str | None
    visa_now: int | None
    visa_first: int | None
    visa_weeks: int
    paper: dict[str, Any] | None
    unlocked: frozenset[str]
    needs_new_version: bool
    runs: str

    @property
    def held_back(self) -> str:
        """Why the patient must not stay where they stand, above isometric; blank when they may."""
        above = self.step is not None and self.step.stage != Stage.ISOMETRIC
        return isometric_only(self.tendon) if above else ""

    @property
    def version(self) -> Version | None:
        """The version in force: the one of the step the patient is on."""
        return self.step.version if self.step else None

    @property
    def review(self) -> date | None:
        """The next review that stands on the newest paper, while it lies ahead."""
        told = self.paper["next_review"] if self.paper else None
        day = date.fromisoformat(told) if told else None
        return day if day is not None and day >= self.on else None

    @property
    def paper_is_current(self) -> bool:
        """Whether the newest paper shows the step the patient is on, and them as they are."""
        return self.paper is not None and self.step is not None and not paper_changes(self)

    @property
    def visa_line(self) -> str:
        """The last VISA-A with its change from the first, or blank."""
        if self.visa_now is None or self.visa_first is None:
            return ""
        if not self.visa_weeks:
            return f"VISA-A {self.visa_now}"
        return f"VISA-A {self.visa_now} ({self.visa_now - self.visa_first:+d})"

    @property
    def programme_line(self) -> str:
        """Protocol, version, stage and step in words, or blank without a programme."""
        if self.step is None:
            return ""
        return (
            f"{self.step.get_protocol_display()}, version {self.step.version.number}, "
            f"{self.step.get_stage_display().lower()} step {self.step.number}"
        )

    @property
    def tendon_line(self) -> str:
        """Location and phase in words, or blank before the first signature."""
        location, phase = self.tendon.location, self.tendon.phase
        if location is None or phase is None:
            return ""
        return f"{LOCATION_WORDS[location]}, {PHASE_WORDS[phase].lower()}"

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """What nobody may overlook, worst first."""
        found = [
            Alert(tone="stop", text=f"{lock['says']}: programme locked") for lock in self.locks
        ]
        found += [
            Alert(tone="stop", text=f"{lock['side'].title()} leg: {lock['says']}, locked there")
            for lock in self.other_locks
        ]
        if self.tendon.isometric_only:
            found.append(Alert(tone="caution", text=self.tendon.isometric_only.rstrip(".")))
        if self.needs_new_version:
            found.append(Alert(tone="caution", text="Plan made for an earlier classification"))
        if self.step is not None and self.paper is not None and not self.paper_is_current:
            found.append(Alert(tone="caution", text="Paper out of date"))
        return tuple(found)


def standing(row: Any, on: date) -> Standing:
    """The standing of one row of ``standings``."""
    programme: Programme | None = getattr(row, "programme", None)
    step = programme.current_step if programme else None
    newest, oldest = row.visa_newest or {}, row.visa_oldest or {}
    days = (_day(newest["on"]) - _day(oldest["on"])).days if newest else 0
    tendon = tendon_on(
        on,
        location=row.location,
        phase=row.phase,
        locked=bool(row.open_locks),
        examined_on=row.examined_on,
        raise_pain=row.raise_pain,
        cortisone_last_on=row.cortisone_on,
        fluoroquinolone_last_on=row.fluoroquinolone_on,
    )
    return Standing(
        episode=row,
        on=on,
        tendon=tendon,
        programme=programme,
        step=step,
        locks=tuple(row.open_locks),
        other_locks=tuple(row.other_locks),
        draft_code=row.draft_code,
        signed_code=row.signed_code,
        visa_now=newest.get("total"),
        visa_first=oldest.get("total"),
        visa_weeks=days // 7,
        paper=row.paper,
        unlocked=frozenset(row.unlocked),
        needs_new_version=bool(
            step
            and row.location
            and (step.version.location, step.version.phase) != (row.location, row.phase)
        ),
        runs=_runs(row, tendon, step),
    )


_TOLD_OF_RUNS = {
    RunningPermission.STOP: "stop",
    RunningPermission.STOP_UNTIL_E3: "test",
    RunningPermission.NOT_YET: "test",
    RunningPermission.CONTINUE_REDUCED: "less",
}


def _runs(row: Any, tendon: Tendon, step: Step | None) -> str:
    """Which sentence about running a paper has now; blank for none."""
    if step is None or step.stage in (Stage.RUN_WALK, Stage.FULL_RETURN):
        return ""  # who runs by the plan is told nothing else
    told, morning = row.runs or {}, row.last_morning or {}
    # A morning after a session of before the examination was known when it was asked.
    since = bool(morning) and (not told or _day(morning["on"]) >= _day(told["on"]))
    flared = has_flared(
        stepped_back=row.stepped_back,
        reclassified=False,  # the classification is compared by itself
        pain_before=morning["before"] if since else None,
        pain_24h=morning["after"] if since else None,
        defaults=defaults_in_force(),
    )
    status = RunningStatus.told(told.get("status"))
    permission = running_permission(
        locked=False,
        cortisone=tendon.cortisone,
        status=RunningStatus.NEVER_STOPPED if flared and status is None else status,
        pathway=tendon.pathway,
        run_pain=told.get("pain"),
        settled=False if flared else told.get("settled"),
        defaults=assessment_defaults_in_force(),
    )
    if permission is None:
        return "ask" if tendon.pathway is Pathway.SETTLE else ""
    return _TOLD_OF_RUNS.get(permission, "")


def _day(stored: str) -> date:
    """A date as JSON from the database gives it."""
    return date.fromisoformat(stored)


def standing_of(episode: Episode, on: date) -> Standing:
    """Where one episode stands, in one query."""
    return standing(standings().get(pk=episode.pk), on)


def shown_of(found: Standing) -> dict[str, Any]:
    """What a paper shows beside its step, as it is kept with the paper."""
    patient, tendon = found.episode.patient, found.tendon
    return {
        "name": f"{patient.given_name} {patient.family_name}",
        "born": patient.date_of_birth.isoformat(),
        "language": patient.language,
        "large_print": patient.large_print,
        "tendon": [tendon.location, tendon.phase],
        "cortisone": tendon.cortisone.value,
        "runs": found.runs,
    }


CHANGES = {
    "name": "the patient’s name",
    "born": "the date of birth",
    "language": "the patient’s language",
    "large_print": "how large the patient reads",
    "tendon": "how the tendon is classified",
    "cortisone": "what cortisone forbids",
    "runs": "what is said about running",
}


def paper_changes(found: Standing) -> tuple[str, ...]:
    """What has changed since the newest paper was printed, in words; empty when nothing has.

    A paper is held to what was kept with it, one of before to its step alone. One that is in the
    language and the print the patient needs now fits, whatever they needed when it was printed.
    """
    if found.paper is None or found.step is None:
        return ()
    step = () if found.paper["step"] == found.step.pk else ("the step of the plan",)
    kept, now = found.paper["shown"] or {}, shown_of(found)
    fits = {
        "language": found.paper["language"] == now["language"],
        "large_print": (found.paper["edition"] == "large") == now["large_print"],
    }
    return step + tuple(
        words
        for name, words in CHANGES.items()
        if name in kept and kept[name] != now[name] and not fits.get(name)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reclassified:
    """A classification set after its examination was signed: its day, by whom, and why."""

    on: date
    by: str
    reason: str


def _reclassified(row: dict[str, Any]) -> Reclassified | None:
    if not row["again"]:
        return None
    return Reclassified(on=_day(row["on"]), by=row["by"], reason=row["reason"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """The newest tests of a tendon; what was never tested is absent or None.

    ``function`` holds the newest value of each column of ``FunctionTest`` that has one, with its
    day; ``raises`` and ``visa`` are the newest rows, each with its day under "on". ``bilateral``:
    the other side has an open episode too. ``classified_on`` is the day the tendon was last
    classified, ``reclassified`` how if that was after its examination, ``gate_mode`` what the
    newest signature says of the gate to running, ``moved_at`` the moment the patient was last moved
    otherwise than by a decision, and ``moved_on`` the day that was for.
    """

    function: dict[str, tuple[Any, date]]
    raises: dict[str, Any]
    visa: dict[str, Any]
    bilateral: bool
    classified_on: date | None
    reclassified: Reclassified | None
    gate_mode: GateMode
    moved_at: datetime | None
    moved_on: date | None

    def newest(self, name: str) -> Any:
        """The newest value of a function test, None when it was never done."""
        return self.function.get(name, (None,))[0]

    def raise_pain(self, tendon: Tendon) -> int | None:
        """Pain of one single-leg raise, from the later of the last test and the examination."""
        return self.raise_pain_with_day(tendon)[0]

    def raise_pain_with_day(self, tendon: Tendon) -> tuple[int | None, date | None]:
        """That pain and the day it was told."""
        value, on = self.function.get("sl_raise_pain", (None, None))
        examined, examined_on = tendon.raise_pain, tendon.examined_on
        if on is None or (examined is not None and examined_on is not None and examined_on > on):
            return examined, None if examined is None else examined_on
        return (int(value), on) if value is not None else (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flare:
    """A flare the patient is settling from: its day, who settled it, and what was told."""

    on: date
    by: str
    note: str


def flare_since(standing: Standing) -> Flare | None:
    """The newest flare unless a decision came after it; one query, none without a programme."""
    if standing.programme is None:
        return None
    decided = Decision.objects.filter(session__programme=standing.programme.pk)
    newest = (
        Move.objects.filter(programme=standing.programme.pk, kind=Move.Kind.FLARE)
        .select_related("moved_by")
        .annotate(decided_at=Subquery(decided.order_by("-decided_at").values("decided_at")[:1]))
        .order_by("-moved_at", "-pk")
        .first()
    )
    if newest is None:
        return None
    decided_at = newest.decided_at
    if decided_at is not None and decided_at > newest.moved_at:
        return None
    note = newest.reason.removeprefix(f"Flare on {newest.moved_on:%-d %B %Y}.").strip()
    return Flare(on=newest.moved_on, by=str(newest.moved_by), note=note)


FUNCTION_COLUMNS = (
    "sl_raise_pain",
    "dl_hop_pain",
    "sl_hop_pain",
    "walk_min",
    "walk_pain",
    "strength_adequate",
)
# A value older than this many tests is not looked for: it would say nothing about today.
TESTS_READ = 20


def _with_tests(episodes: "EpisodeQuerySet") -> "EpisodeQuerySet":
    of_episode = {"episode": OuterRef("pk")}
    function = FunctionTest.objects.filter(**of_episode).counted()
    raises = HeelRaiseTest.objects.filter(**of_episode).endurance()
    visa = VisaA.objects.filter(**of_episode).counted()
    other = Episode.objects.open().filter(patient=OuterRef("patient")).exclude(pk=OuterRef("pk"))
    same = Classification.objects.filter(assessment=OuterRef("assessment"), pk__lt=OuterRef("pk"))
    classified = Classification.objects.in_force().filter(**of_episode).annotate(again=Exists(same))
    moves = Move.objects.filter(programme__episode=OuterRef("pk")).order_by("-moved_at", "-pk")
    signed_gates = GateSigning.objects.filter(**of_episode).order_by("-signed_at", "-pk")
    return episodes.annotate(
        tested=ArraySubquery(
            function.values(
                test=JSONObject(on="tested_on", **{name: name for name in FUNCTION_COLUMNS})
            )[:TESTS_READ]
        ),
        raises=Subquery(
            raises.values(
                test=JSONObject(
                    left="left_repetitions",
                    right="right_repetitions",
                    left_pain="left_pain",
                    right_pain="right_pain",
                    on="tested_on",
                )
            )[:1]
        ),
        visa=Subquery(
            visa.values(score=JSONObject(total="total", items="items", q7="q7", on="answered_on"))[
                :1
            ]
        ),
        bilateral=Exists(other),
        classified=Subquery(
            classified.values(
                row=JSONObject(
                    on="set_on", by="set_by__display_name", reason="reason", again="again"
                )
            )[:1]
        ),
        gate_mode=Subquery(signed_gates.values("mode")[:1]),
        moved_at=Subquery(moves.values("moved_at")[:1]),
        moved_on=Subquery(moves.values("moved_on")[:1]),
    )


def tests_of(row: Any) -> Tests:
    """The newest tests of one row of ``standings_with_tests``."""
    newest: dict[str, tuple[Any, date]] = {}
    for test in row.tested:
        for name in FUNCTION_COLUMNS:
            if test[name] is not None:
                newest.setdefault(name, (test[name], _day(test["on"])))
    classified_now = row.classified
    return Tests(
        function=newest,
        raises=row.raises or {},
        visa=row.visa or {},
        bilateral=row.bilateral,
        classified_on=_day(classified_now["on"]) if classified_now else None,
        reclassified=_reclassified(classified_now) if classified_now else None,
        gate_mode=GateMode(row.gate_mode or GateMode.SEED),
        moved_at=row.moved_at,
        moved_on=row.moved_on,
    )


def standing_with_tests(episode: Episode, on: date) -> tuple[Standing, Tests]:
    """Where one episode stands and its newest tests, in one query."""
    row = standings_with_tests().get(pk=episode.pk)
    return standing(row, on), tests_of(row)
