"""From rows to the values rules take: what an assessment says, and how a tendon stands on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from assessments.in_force import defaults_in_force
from assessments.models import SCREENING_GROUPS, Assessment, Classification
from assessments.rules.cortisone import cortisone_class
from assessments.rules.examination import Examination, Findings, examine
from assessments.rules.phase import pathway
from assessments.rules.running_form import RunningAnalysis
from assessments.rules.screening import Screening
from assessments.rules.start import FLUOROQUINOLONE_DAYS
from assessments.rules.terms import (
    Cortisone,
    Differential,
    Location,
    Pathway,
    Phase,
    Q8Band,
    RunningStatus,
    Sex,
    SportLevel,
    TreatmentKind,
)
from assessments.rules.traps import Treatments
from assessments.rules.visa import VisaAnswers, q1_points, q6_points, q7_points
from patients.models import Episode, User
from patients.rules.terms import Side

# Columns the page fills, by the table they stand in. ``recorded`` and the actions read these.
EXAMINATION_FIELDS = (
    "examined_on",
    "onset_on",
    "duration_weeks",
    "prior_episode",
    "running_status",
    "run_pain",
    "run_settled",
    "goal",
    "goal_event",
    "goal_event_on",
    "goal_distance_m",
    "history_note",
    "statins",
    "diabetes",
    "medication_note",
    "shoe_drop_mm",
    "rigid_heel_counter",
    "heel_lift",
    "footwear_note",
    *SCREENING_GROUPS,
    "clot_alternative",
    "fluoroquinolone",
    "fluoroquinolone_last_on",
    "oral_steroid",
    "cortisone",
    "cortisone_last_on",
    "tender_cm",
    "points_to_site",
    "load_provokes",
    "arc_sign",
    "royal_london",
    "bursa_squeeze",
    "dorsiflexion_pain",
    "differentials",
    "differential_note",
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "pain_light_load",
    "sl_heel_raise_pain",
    "analysis_speed_kmh",
    "cadence_spm",
    "left_contact_ms",
    "right_contact_ms",
    "left_strike",
    "right_strike",
    "calf_loading_note",
)
VISA_FIELDS = ("q1_minutes", "q2", "q3", "q4", "q5", "q6_hops", "q7", "q8_part", "q8_band")
HEEL_RAISE_FIELDS = (
    "left_repetitions",
    "right_repetitions",
    "left_pain",
    "right_pain",
    "left_stop",
    "right_stop",
    "left_height_cm",
    "right_height_cm",
    "left_straight_kg",
    "left_straight_reps",
    "right_straight_kg",
    "right_straight_reps",
    "left_bent_kg",
    "left_bent_reps",
    "right_bent_kg",
    "right_bent_reps",
    "left_hop_cm",
    "right_hop_cm",
    "body_kg",
    "on_incline",
    "protocol_note",
)
FUNCTION_FIELDS = (
    "sl_raise_pain",
    "dl_hop_pain",
    "sl_hop_pain",
    "walk_min",
    "walk_pain",
    "strength_adequate",
)
# Those of them the assessment page asks too.
HOP_FIELDS = ("dl_hop_pain", "sl_hop_pain")
# Of each kind of treatment: whether it was tried, since when and until when.
TREATMENT_FIELDS = {
    kind.value: (f"treated_{kind}", f"treated_{kind}_since", f"treated_{kind}_until")
    for kind in TreatmentKind
}
# Columns of text, which hold a blank where the others hold None.
TEXT_FIELDS = frozenset(
    {
        "running_status",
        "goal",
        "goal_event",
        "history_note",
        "medication_note",
        "footwear_note",
        "differential_note",
        "left_strike",
        "right_strike",
        "calf_loading_note",
        "q7",
        "q8_part",
        "q8_band",
        "left_stop",
        "right_stop",
        "protocol_note",
    }
)
PAGE_FIELDS = (
    *EXAMINATION_FIELDS,
    *VISA_FIELDS,
    *HEEL_RAISE_FIELDS,
    *HOP_FIELDS,
    *(name for names in TREATMENT_FIELDS.values() for name in names),
)
"""Every value of the assessment page that is stored, in whichever table."""


def blank(name: str) -> str | None:
    """What a field of the page holds when nothing is recorded: a blank text, or None."""
    return "" if name in TEXT_FIELDS else None


def recorded(assessment: Assessment) -> dict[str, Any]:
    """Everything the assessment says, by field name; None or blank where nothing was recorded."""
    values = {name: getattr(assessment, name) for name in EXAMINATION_FIELDS}
    for related, names in (
        ("visa", VISA_FIELDS),
        ("heel_raise", HEEL_RAISE_FIELDS),
        ("function", HOP_FIELDS),
    ):
        row = getattr(assessment, related, None)
        values |= {name: getattr(row, name, blank(name)) for name in names}
    treatments = {each.kind: each for each in assessment.treatments.all()}
    for kind, (tried, since, until) in TREATMENT_FIELDS.items():
        row = treatments.get(kind)
        values |= {
            tried: getattr(row, "tried", None),
            since: getattr(row, "since_on", None),
            until: getattr(row, "until_on", None),
        }
    return values


def visa_answers(values: Mapping[str, Any]) -> VisaAnswers | None:
    """The questionnaire as points; None when not one item is answered."""
    if not any(values.get(name) not in (None, "") for name in VISA_FIELDS):
        return None
    part, band = values.get("q8_part"), values.get("q8_band")
    sport = values.get("q7")
    return VisaAnswers(
        q1=q1_points(values.get("q1_minutes")),
        q2=values.get("q2"),
        q3=values.get("q3"),
        q4=values.get("q4"),
        q5=values.get("q5"),
        q6=q6_points(values.get("q6_hops")),
        q7=q7_points(SportLevel(sport)) if sport else None,
        **({f"q8_{part.lower()}": Q8Band(band)} if part and band else {}),
    )


def screening(values: Mapping[str, Any]) -> Screening:
    """The screening answers one by one; a group nobody asked leaves its answers open."""
    answers: dict[str, bool | None] = {}
    for group, names in SCREENING_GROUPS.items():
        if group == "clot":
            continue
        ticked = values.get(group)
        answers |= {name: None if ticked is None else name in ticked for name in names}
    clot = values.get("clot")
    return Screening(
        **answers,
        wells_items=None if clot is None else tuple(clot),
        wells_alt=None if clot is None else bool(values.get("clot_alternative")),
        fluoroquinolone_taken=values.get("fluoroquinolone"),
        oral_steroid=values.get("oral_steroid"),
    )


def examination(
    values: Mapping[str, Any],
    *,
    episode: Episode,
    cleared: Iterable[str] = (),
    bilateral: bool = False,
    phase: Phase | None = None,
    location: Location | None = None,
) -> Examination:
    """The values of the page as the rules take them.

    Days and age are counted on the day of the examination. ``bilateral``: the other tendon is being
    treated too, so it is no reference. ``phase`` and ``location`` are the clinician's choice.
    """
    on: date | None = values.get("examined_on")
    points = values.get("tender_cm")
    affected = Side(episode.side)
    return Examination(
        sex=Sex(episode.patient.sex),
        age=episode.patient.age_on(on) if on else None,
        duration_weeks=values.get("duration_weeks"),
        tender_cm=None if points is None else tuple(points),
        points_to_site=values.get("points_to_site"),
        load_pain=values.get("load_provokes"),
        arc_sign=values.get("arc_sign"),
        royal_london=values.get("royal_london"),
        bursa_squeeze=values.get("bursa_squeeze"),
        passive_dorsiflexion_pain=values.get("dorsiflexion_pain"),
        warm=values.get("warm"),
        swelling_diffuse=values.get("swelling_diffuse"),
        thickening_nodular=values.get("thickening_nodular"),
        prior_episode=values.get("prior_episode"),
        pain_light_load=values.get("pain_light_load"),
        single_leg_pain=values.get("sl_heel_raise_pain"),
        screening=screening(values),
        cleared_flags=tuple(cleared),
        cortisone_given=values.get("cortisone"),
        cortisone_days=_days(values.get("cortisone_last_on"), on),
        fluoroquinolone_days=_days(values.get("fluoroquinolone_last_on"), on),
        heel_raise_affected=values.get(f"{affected}_repetitions"),
        heel_raise_unaffected=values.get(f"{affected.other}_repetitions"),
        bilateral=bilateral,
        running_status=RunningStatus.told(values.get("running_status")),
        run_pain=values.get("run_pain"),
        run_settled=values.get("run_settled"),
        visa=visa_answers(values),
        treatments=Treatments(
            **{kind: values.get(tried) for kind, (tried, _, _) in TREATMENT_FIELDS.items()}
        ),
        differentials=_differentials(values.get("differentials")),
        statins=values.get("statins"),
        diabetes=values.get("diabetes"),
        rigid_heel_counter=values.get("rigid_heel_counter"),
        heel_lift=values.get("heel_lift"),
        shoe_drop_mm=values.get("shoe_drop_mm"),
        running_analysis=RunningAnalysis(
            cadence_spm=values.get("cadence_spm"),
            contact_affected_ms=values.get(f"{affected}_contact_ms"),
            contact_unaffected_ms=values.get(f"{affected.other}_contact_ms"),
        ),
        chosen_phase=phase,
        chosen_location=location,
    )


def _differentials(ticked: Iterable[str] | None) -> tuple[Differential, ...] | None:
    return None if ticked is None else tuple(one for one in Differential if one in ticked)


def _days(day: date | None, on: date | None) -> int | None:
    return None if day is None or on is None or day > on else (on - day).days


def findings(assessment: Assessment, *, bilateral: bool) -> Findings:
    """What the rules make of a stored assessment, with the clinician's classification if signed."""
    chosen = next(iter(assessment.own_classifications), None)
    return examine(
        examination(
            recorded(assessment),
            episode=assessment.episode,
            cleared=cleared_flags(assessment),
            bilateral=bilateral,
            phase=Phase(chosen.phase) if chosen else None,
            location=Location(chosen.location) if chosen else None,
        ),
        defaults=defaults_in_force(),
    )


def preview(
    values: Mapping[str, Any], episode: Episode, assessment: Assessment | None, *, bilateral: bool
) -> Findings:
    """What the rules would make of these values; nothing is stored."""
    cleared = cleared_flags(assessment) if assessment else ()
    return examine(
        examination(values, episode=episode, cleared=cleared, bilateral=bilateral),
        defaults=defaults_in_force(),
    )


def cleared_flags(assessment: Assessment) -> list[str]:
    """Red flags somebody cleared for this assessment, or for one that it amends; not those whose
    answer was only taken back."""
    cleared = []
    judged: Assessment | None = assessment
    while judged is not None:
        locks = judged.locks.all()
        cleared += [lock.flag for lock in locks if lock.cleared_at and not lock.withdrawn]
        judged = judged.amends
    return cleared


def classification_amended(assessment: Assessment) -> Classification | None:
    """What was signed for the assessment this one amends; None if it amends none or had none."""
    if assessment.amends is None:
        return None
    every = assessment.episode.classifications.all()
    rests = [each for each in every if each.assessment_id == assessment.amends_id]
    return rests[-1] if rests else None


def amendment_of(assessment: Assessment) -> Assessment | None:
    """The assessment that amends this one, a draft or signed; None when nobody began one."""
    return getattr(assessment, "amended_by", None)


def has_comparable(assessment: Assessment) -> bool:
    """Whether the episode has another signed assessment, an amended one too."""
    others = assessment.episode.assessments.filter(status=Assessment.Status.SIGNED)
    return others.exclude(pk=assessment.pk).exists()


def comparable(assessment: Assessment) -> list[Assessment]:
    """The other signed assessments of the episode, newest first, amended ones too."""
    others = assessment.episode.assessments.filter(status=Assessment.Status.SIGNED)
    return list(others.exclude(pk=assessment.pk).answered().newest_first())


def previous_of(assessment: Assessment, others: Iterable[Assessment]) -> Assessment | None:
    """Which of the others (newest first) comes before this one and counts; None when none does.

    A draft that amends an assessment is compared with that one.
    """
    day = (assessment.examined_on, assessment.pk)
    return next(
        (
            other
            for other in others
            if not other.superseded
            and (other.pk == assessment.amends_id or (other.examined_on, other.pk) < day)
        ),
        None,
    )


def saved_as(assessment: Assessment, version: int) -> dict[str, Any] | None:
    """What the assessment's own columns held in this version, from the history; None if unknown."""
    events = Assessment.pgh_event_model.objects  # type: ignore[attr-defined]
    held = events.filter(pgh_obj=assessment.pk, version=version).order_by("-pgh_id").first()
    return {name: getattr(held, name) for name in EXAMINATION_FIELDS} if held else None


def saved_by(assessment: Assessment) -> User | None:
    """Who saved the assessment last, from the history; None when that was no request of a user."""
    events = Assessment.pgh_event_model.objects  # type: ignore[attr-defined]
    last = events.filter(pgh_obj=assessment.pk).order_by("-pgh_id").first()
    user = (last.pgh_context or {}).get("user") if last else None
    return User.objects.filter(pk=user).first() if user else None


def earlier_assessment(
    episode: Episode, *, on: date | None, but: Assessment | None
) -> Assessment | None:
    """The newest signed assessment up to the day, other than ``but`` and the one it amends.

    Without a day the newest of all. Its hops come with it; one query.
    """
    signed = episode.assessments.signed().select_related("visa", "heel_raise", "function")
    if but is not None:
        signed = signed.exclude(pk__in=[pk for pk in (but.pk, but.amends_id) if pk])
    if on is not None:
        signed = signed.filter(examined_on__lte=on)
    return signed.newest_first().first()


def measures_beside(earlier: Assessment) -> dict[str, Any]:
    """What an earlier assessment says of running and hops, by field of the page: no query."""
    function = getattr(earlier, "function", None)
    return {name: getattr(earlier, name) for name in EXAMINATION_FIELDS} | {
        name: getattr(function, name, None) for name in HOP_FIELDS
    }


def classification_history(episode: Episode) -> QuerySet[Classification]:
    """Every classification of the tendon in this episode, newest first, with who set it.

    No query for the episode of an assessment that was fetched ``whole()``, else one.

    None is ever left out: those of amended assessments and those set in a session are kept too.
    """
    names = Classification.objects.select_related("set_by", "assessment")
    prefetch_related_objects([episode], Prefetch("classifications", names))
    return episode.classifications.all()


def is_bilateral(of: Episode | Assessment) -> bool:
    """Whether the patient's other Achilles has an open episode too; of a signed assessment, whether
    it had one when it was signed.

    No query for an assessment that was fetched ``whole()``.
    """
    if isinstance(of, Assessment):
        if of.is_signed and of.bilateral is not None:
            return of.bilateral
        known: bool | None = getattr(of, "other_tendon_open", None)
        if known is not None:
            return known
        of = of.episode
    others = Episode.objects.open().filter(patient_id=of.patient_id)
    return others.exclude(pk=of.pk).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tendon:
    """How a tendon stands on a day: the newest classification, cortisone by the calendar, locks.

    ``location`` and ``phase`` are None before somebody classified the tendon. ``raise_pain`` is
    the pain of one single-leg raise in the newest signed examination, on ``examined_on``; both
    None before the first signature. ``isometric_only`` says in words why nothing above isometric
    may be planned, blank when nothing stands against it.
    """

    location: Location | None
    phase: Phase | None
    cortisone: Cortisone
    locked: bool
    isometric_only: str
    examined_on: date | None
    raise_pain: int | None

    @property
    def pathway(self) -> Pathway | None:
        """Settle or load, as the phase says; None without one."""
        return pathway(self.phase)


def tendon_on(
    on: date,
    *,
    location: str | None,
    phase: str | None,
    locked: bool,
    examined_on: date | None,
    raise_pain: int | None,
    cortisone_last_on: date | None,
    fluoroquinolone_last_on: date | None,
) -> Tendon:
    """The tendon of these stored values on a day: drugs age by the calendar."""
    cortisone = cortisone_class(_days(cortisone_last_on, on), defaults=defaults_in_force())
    antibiotic = _days(fluoroquinolone_last_on, on)
    reason = ""
    if cortisone is Cortisone.RECENT and cortisone_last_on is not None:
        until = cortisone_last_on + timedelta(days=defaults_in_force().cortisone_recent_days)
        reason = f"Cortisone on {cortisone_last_on:%-d %B}: isometric only until {until:%-d %B %Y}."
    elif antibiotic is not None and antibiotic <= FLUOROQUINOLONE_DAYS:
        assert fluoroquinolone_last_on is not None
        until = fluoroquinolone_last_on + timedelta(days=FLUOROQUINOLONE_DAYS)
        reason = f"Fluoroquinolone: isometric only until {until:%-d %B %Y}."
    return Tendon(
        location=Location(location) if location else None,
        phase=Phase(phase) if phase else None,
        cortisone=cortisone,
        locked=locked,
        isometric_only=reason,
        examined_on=examined_on,
        raise_pain=raise_pain,
    )
