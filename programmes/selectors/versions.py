"""Versions of a plan: each as it was frozen, how two differ, and what of one no longer fits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from assessments.rules.terms import Grade, Stage
from patients.models import Episode, Patient
from patients.rules.terms import Side
from programmes.models import (
    PROTOCOL_CHOICES,
    STAGE_CHOICES,
    Draft,
    DraftEdit,
    Move,
    PlanTemplate,
    Step,
    Unlock,
    Version,
)
from programmes.rules.diff import PlanDiff, Shown, ShownItem, ShownStep, differences, step_words
from programmes.rules.dose import AnyDose, dose_from_json
from programmes.rules.library import Catalogue
from programmes.rules.notation import NotUnderstood, read
from programmes.rules.plan import Plan, from_flat
from programmes.rules.proposal import PlanProposal
from programmes.rules.safety import PlanTendon
from programmes.rules.words import counted
from programmes.selectors.drafts import catalogue, open_draft, own_exercises, plan_tendon
from programmes.selectors.plans import verdict_on, with_plan
from programmes.selectors.standing import Standing, standing_of

EPISODES_FOUND = 12
STAGE_LABELS, PROTOCOL_LABELS = dict(STAGE_CHOICES), dict(PROTOCOL_CHOICES)
DRAFT = "draft"
"""What stands for the open draft where versions are named by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """An exercise of a plan that a tendon must not do: where it stands, and why it must not."""

    name: str
    where: str
    because: str


def unfit(version: Version, tendon: PlanTendon, *, held_back: str = "") -> tuple[Unfit, ...]:
    """What of an issued plan this tendon must not do, over all its steps; no library is asked.

    ``held_back`` says why nothing above isometric may be done, blank when it may. Empty for a
    tendon that was never classified: nothing is known that would speak against it.
    """
    if tendon.phase is None or tendon.location is None:
        return ()
    found: dict[tuple[str, str, str], list[int]] = {}
    for step in version.steps.all():
        for item in step.items.all():
            said = verdict_on(item, step, tendon)
            because = said.because if said.grade is Grade.CONTRAINDICATED else ""
            if step.stage != Stage.ISOMETRIC:
                because = because or held_back
            if because:
                found.setdefault((step.stage, item.name, because), []).append(step.number)
    return tuple(
        Unfit(name=name, where=f"{STAGE_LABELS[stage]} {step_words(numbers)}", because=because)
        for (stage, name, because), numbers in found.items()
    )


def unfit_now(standing: Standing) -> tuple[Unfit, ...]:
    """What of the plan in force this tendon must not do as it stands today.

    While only isometric work is for it and the patient stands above, everything above counts. No
    query while the tendon is what the plan was made for; two when it isn't, which read the items of
    the standing's step too.
    """
    version, tendon, held_back = standing.version, standing.tendon, standing.held_back
    if version is None or standing.step is None:
        return ()
    made_for = (version.location, version.phase, version.cortisone)
    if not held_back and made_for == (tendon.location, tendon.phase, tendon.cortisone):
        return ()
    today = plan_tendon(standing.episode, standing.on, standing)
    return unfit(with_plan(version, standing.step), today, held_back=held_back)


def goes_on_at(plan: PlanProposal, current: Step | None) -> str:
    """Where a patient goes on when this proposal is issued, in words; blank where it starts.

    As issuing it does: at the step they had reached, unless the plan begins with the isometric
    stage or above that step.
    """
    start = plan.start
    if current is None or start is None or start.stage is Stage.ISOMETRIC:
        return ""
    steps = [
        (stage.stage, number, step.code.lower())
        for stage in plan.stages
        for number, step in enumerate(stage.steps, start=1)
    ]
    first = next(place for place, each in enumerate(steps) if each[:2] == (start.stage, start.step))
    for stage, number, code in steps[first:]:
        if (stage, code) == (current.stage, current.column):
            return f"{STAGE_LABELS[stage].lower()} step {number}"
    return ""


def unfit_alert(found: Sequence[Unfit]) -> str:
    """What the header says of them; blank for none."""
    count = len({each.name for each in found})
    verb = "fits" if count == 1 else "fit"
    return f"{counted(count, 'exercise')} no longer {verb} this tendon" if count else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """The open draft of an episode in one line: who edited it last, how often and when."""

    draft: Draft
    who: str
    edits: int


def draft_line(episode: Episode) -> DraftLine | None:
    """The open draft, None when there is none; one query."""
    newest = DraftEdit.objects.filter(draft=OuterRef("pk")).order_by("-number")
    draft = (
        Draft.objects.open()
        .filter(episode=episode)
        .select_related("started_by")
        .annotate(last_by=Subquery(newest.values("by__display_name")[:1]))
        .first()
    )
    if draft is None:
        return None
    who = vars(draft)["last_by"] or str(draft.started_by)
    return DraftLine(draft=draft, who=who, edits=draft.revision)


def versions_of(episode: Episode) -> "QuerySet[Version]":
    """Every version that was issued, the newest first, each with the sessions held under it."""
    return (
        Version.objects.issued()
        .filter(programme__episode=episode)
        .select_related("issued_by", "based_on")
        .annotate(held=Count("sessions", filter=Q(sessions__struck_at=None), distinct=True))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """An issued version as it was frozen, with what is on record about it.

    ``unlocks`` are the signatures that opened items of it; ``continued`` is how the patient came to
    it, None for versions older than that record.
    """

    version: Version
    unlocks: tuple[Unlock, ...]
    continued: Move | None
    held: int
    in_force: Version | None

    @property
    def is_in_force(self) -> bool:
        """Whether this is the version sessions are held against today."""
        return self.in_force is not None and self.in_force.pk == self.version.pk


def version_page(version: Version) -> VersionPage:
    """Everything the page of a version shows beside its table."""
    codes = {item.unlock for step in version.steps.all() for item in step.items.all()} - {""}
    signed: dict[str, Unlock] = {}
    if codes:
        # What was signed later is not what opened it.
        rows = Unlock.objects.filter(
            episode=version.programme.episode, code__in=codes, signed_at__lte=version.issued_at
        )
        for each in rows.select_related("signed_by").order_by("signed_at", "pk"):
            signed[each.code] = each
    moves = Move.objects.filter(to_step__version=version).exclude(kind=Move.Kind.FLARE)
    came = moves.filter(Q(from_step=None) | ~Q(from_step__version=version))
    return VersionPage(
        version=version,
        unlocks=tuple(signed[code] for code in sorted(signed)),
        continued=came.select_related("from_step__version", "to_step", "moved_by")
        .order_by("moved_at", "pk")
        .first(),
        held=version.sessions.counted().count(),
        in_force=Version.objects.issued().filter(programme=version.programme_id).first(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two plans of an episode side by side. ``one`` and ``other`` are their numbers, or "draft".

    ``diff`` is None where there are no two plans to compare.
    """

    versions: tuple[Version, ...]
    draft: Draft | None
    one: str
    other: str
    diff: PlanDiff | None


class NoSuchVersion(LookupError):
    """The episode has no version of this number, or no open draft."""


def comparison(episode: Episode, *, one: str = "", other: str = "") -> Comparison:
    """How two plans of an episode differ: by number, or "draft" for the open draft.

    Left open, the version in force is compared with the one before it; with the draft when it is
    the only one. Raises ``NoSuchVersion``.
    """
    versions = tuple(versions_of(episode))
    draft = open_draft(episode)
    known = [*([DRAFT] if draft else []), *(str(each.number) for each in versions)]
    if not other:
        in_force = str(versions[0].number) if versions else ""
        other = DRAFT if draft and len(versions) < 2 else in_force
    if not one:
        lower = [each for each in known if each not in (DRAFT, other)]
        if other != DRAFT and other in known:
            lower = known[known.index(other) + 1 :]
        one = lower[0] if lower else ""
    if any(each and each not in known for each in (one, other)):
        raise NoSuchVersion
    found = None
    if one and other:
        found = _compared(episode, versions, draft, one, other)
    return Comparison(versions=versions, draft=draft, one=one, other=other, diff=found)


def _compared(
    episode: Episode, versions: Sequence[Version], draft: Draft | None, one: str, other: str
) -> PlanDiff:
    numbers = {int(each) for each in (one, other) if each != DRAFT}
    wanted = [each.pk for each in versions if each.number in numbers]
    plans = {str(each.number): each for each in Version.objects.with_plan().filter(pk__in=wanted)}
    columns = {step.column for each in plans.values() for step in each.steps.all() if step.column}
    stored: Plan | None = None
    if draft is not None and DRAFT in (one, other):
        stored = from_flat(draft.plan)
        columns |= {each.id for each in stored.columns}
    side = Side(episode.side)
    shown = {
        name: shown_version(version, side=side, columns=columns) for name, version in plans.items()
    }
    if stored is not None:
        shown[DRAFT] = shown_draft(stored, catalogue(own_exercises()), side=side)
    return differences(shown[one], shown[other])


def shown_version(version: Version, *, side: Side, columns: Iterable[str] = ()) -> Shown:
    """An issued version as it is compared, from its frozen words and doses.

    ``columns`` are those of the plans it is compared with: a step that was issued before steps had
    a column is known there by its own.
    """
    return Shown(
        name=f"version {version.number}",
        side=side,
        steps=tuple(_shown_step(step, set(columns)) for step in version.steps.all()),
    )


def _shown_step(step: Step, columns: set[str]) -> ShownStep:
    stand_in = f"s{step.pk}"
    return ShownStep(
        stage=Stage(step.stage),
        number=step.number,
        column=step.column or (stand_in if stand_in in columns else ""),
        title=_own_title(step.title, step.number),
        weeks=step.weeks,
        least=step.minimum_sessions,
        protocol=PROTOCOL_LABELS.get(step.protocol, step.protocol),
        items=tuple(
            ShownItem(
                exercise=item.exercise,
                name=item.name,
                dose=dose_from_json(item.dose),
                instructions=tuple(item.instructions),
            )
            for item in step.items.all()
        ),
    )


def shown_draft(plan: Plan, library: Catalogue, *, side: Side) -> Shown:
    """A plan that is being edited as it is compared, in the words of the library as it is now."""
    steps = []
    for stage in plan.stages:
        for number, column in enumerate(plan.columns_of(stage), start=1):
            filled = [row for row in plan.rows_of(stage) if (row.id, column.id) in plan.cells]
            steps.append(
                ShownStep(
                    stage=stage,
                    number=number,
                    column=column.id,
                    title=_own_title(column.title, number),
                    weeks=column.weeks,
                    least=column.least,
                    protocol=PROTOCOL_LABELS[column.protocol],
                    items=tuple(
                        _drafted(row.exercise, plan.cells[row.id, column.id], library, side)
                        for row in filled
                    ),
                )
            )
    return Shown(name="the draft", side=side, steps=tuple(steps))


def _drafted(exercise: str, text: str, library: Catalogue, side: Side) -> ShownItem:
    known = library.get(exercise)
    if known is None:
        return ShownItem(exercise=exercise, name=exercise, dose=None, typed=text)
    try:
        dose: AnyDose | None = read(text, usual=known.usual, side=side)
        typed = ""
    except NotUnderstood:
        dose, typed = None, text
    return ShownItem(
        exercise=exercise,
        name=known.name,
        dose=dose,
        typed=typed,
        instructions=tuple(known.instructions),
    )


def _own_title(title: str, number: int) -> str:
    """The title a clinician gave; a step without one is called by its number."""
    return "" if title == f"Step {number}" else title


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPreview:
    """What copying a plan to an episode would bring there.

    ``refusal`` says why it can't be copied, blank when it can; ``held_back`` why only the isometric
    stage could be issued there now; ``unknown`` is an exercise the library no longer has.
    """

    episode: Episode
    refusal: str
    held_back: str
    classified: bool
    unfit: tuple[Unfit, ...]
    unknown: tuple[str, ...]


def copy_preview(version: Version, to: Episode, *, on: date) -> CopyPreview:
    """What will not fit the tendon of another episode, before a plan is copied there."""
    standing = standing_of(to, on)
    tendon = plan_tendon(to, on, standing)
    known = catalogue(own_exercises())
    refusal = ""
    if not to.is_open:
        refusal = "This episode is closed."
    elif open_draft(to) is not None:
        refusal = "That episode has an open draft. Issue it or put it aside first."
    items = [item for step in version.steps.all() for item in step.items.all()]
    return CopyPreview(
        episode=standing.episode,
        refusal=refusal,
        held_back=tendon.isometric_only,
        classified=tendon.known,
        unfit=unfit(version, tendon) if tendon.known else (),
        unknown=tuple(dict.fromkeys(each.name for each in items if each.exercise not in known)),
    )


def other_side(episode: Episode) -> tuple[Episode, ...]:
    """The patient's open episode of the other leg, if there is one."""
    others = Episode.objects.open().filter(patient=episode.patient_id).exclude(pk=episode.pk)
    return tuple(others.select_related("patient", "clinician"))


def open_episodes(text: str, *, but: Episode) -> tuple[Episode, ...]:
    """Open episodes of the patients a search finds, by name; none for an empty search."""
    if not text.strip():
        return ()
    found = Patient.objects.all().search(text)
    episodes = Episode.objects.open().filter(patient__in=found).exclude(pk=but.pk)
    ordered = episodes.order_by("patient__family_name", "patient__given_name", "side", "pk")
    return tuple(ordered.select_related("patient", "clinician")[:EPISODES_FOUND])


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTemplate:
    """A template of the practice with the size of its plan, in words."""

    template: PlanTemplate
    size: str


def kept_templates() -> tuple[KeptTemplate, ...]:
    """The practice's templates that are offered, by name; one query."""
    rows = PlanTemplate.objects.filter(retired_at=None).select_related("made_by")
    return tuple(KeptTemplate(template=each, size=_size(from_flat(each.plan))) for each in rows)


def _size(plan: Plan) -> str:
    return ", ".join(
        f"{STAGE_LABELS[stage].lower()} {counted(len(plan.columns_of(stage)), 'step')}"
        for stage in plan.stages
    )
