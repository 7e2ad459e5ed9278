"""From rows to the values rules take: what an assessment says, and how a tendon stands on a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assessments.models import (
    SCREENING_GROUPS,
    Assessment,
    HeelRaiseTest,
    VisaA,
)
from assessments.rules.cortisone import cortisone_class
from assessments.rules.defaults import DEFAULTS
from assessments.rules.examination import Examination, Findings, examine
from assessments.rules.phase import pathway
from assessments.rules.screening import Screening
from assessments.rules.start import FLUOROQUINOLONE_DAYS
from assessments.rules.terms import (
    Cortisone,
    Location,
    Pathway,
    Phase,
    Q8Band,
    RunningStatus,
    Sex,
    SportLevel,
)
from assessments.rules.visa import VisaAnswers, q1_points, q6_points, q7_points
from patients.models import Episode
from patients.rules.terms import Side

# Columns the page fills, by the table they stand in. ``recorded`` and the actions read these.
EXAMINATION_FIELDS = (
    "examined_on",
    "duration_weeks",
    "prior_episode",
    "running_status",
    "run_pain",
    "run_settled",
    "goal",
    "history_note",
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
    "warm",
    "swelling_diffuse",
    "thickening_nodular",
    "pain_light_load",
    "sl_heel_raise_pain",
)
VISA_FIELDS = ("q1_minutes", "q2", "q3", "q4", "q5", "q6_hops", "q7", "q8_part", "q8_band")
HEEL_RAISE_FIELDS = ("left_repetitions", "right_repetitions", "left_pain", "right_pain")


def recorded(assessment: Assessment) -> dict[str, Any]:
    """Everything the assessment says, by field name; None or blank where nothing was recorded."""
    values = {name: getattr(assessment, name) for name in EXAMINATION_FIELDS}
    visa: VisaA | None = getattr(assessment, "visa", None)
    raises: HeelRaiseTest | None = getattr(assessment, "heel_raise", None)
    blank = dict.fromkeys(("q7", "q8_part", "q8_band"), "")
    values |= {name: getattr(visa, name, blank.get(name)) for name in VISA_FIELDS}
    values |= {name: getattr(raises, name, None) for name in HEEL_RAISE_FIELDS}
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
        running_status=next(
            (each for each in RunningStatus if each == values.get("running_status")), None
        ),
        run_pain=values.get("run_pain"),
        run_settled=values.get("run_settled"),
        visa=visa_answers(values),
        chosen_phase=phase,
        chosen_location=location,
    )


def _days(day: date | None, on: date | None) -> int | None:
    return None if day is None or on is None or day > on else (on - day).days


def findings(assessment: Assessment, *, bilateral: bool) -> Findings:
    """What the rules make of a stored assessment, with the clinician's classification if signed."""
    locks = assessment.locks.all()
    chosen = next(iter(assessment.classifications.all()), None)
    return examine(
        examination(
            recorded(assessment),
            episode=assessment.episode,
            cleared=[lock.flag for lock in locks if lock.cleared_at],
            bilateral=bilateral,
            phase=Phase(chosen.phase) if chosen else None,
            location=Location(chosen.location) if chosen else None,
        )
    )


def preview(
    values: Mapping[str, Any], episode: Episode, assessment: Assessment | None, *, bilateral: bool
) -> Findings:
    """What the rules would make of these values; nothing is stored."""
    locks = assessment.locks.all() if assessment else ()
    cleared = [lock.flag for lock in locks if lock.cleared_at]
    return examine(examination(values, episode=episode, cleared=cleared, bilateral=bilateral))


def is_bilateral(episode: Episode) -> bool:
    """Whether the patient's other Achilles has an open episode too."""
    others = Episode.objects.open().filter(patient_id=episode.patient_id)
    return others.exclude(pk=episode.pk).exists()


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
    cortisone = cortisone_class(_days(cortisone_last_on, on))
    antibiotic = _days(fluoroquinolone_last_on, on)
    reason = ""
    if cortisone is Cortisone.RECENT and cortisone_last_on is not None:
        until = cortisone_last_on + timedelta(days=DEFAULTS.cortisone_recent_days)
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
