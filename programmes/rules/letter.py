"""A letter between colleagues, in words: the report to the GP or referrer, and the referral.

What was not asked or not measured is said as such or left out, never made up. Nothing is promised,
and nothing is said to have been done that isn't on record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assessments.rules.bounds import Number
from assessments.rules.defaults import DEFAULTS, AssessmentDefaults
from assessments.rules.examination import Examination, Findings
from assessments.rules.heel_raise import lsi, lsi_display
from assessments.rules.screening import (
    ANSWER_LABELS,
    FLAG_TITLES,
    WELLS_ITEMS,
    WELLS_LIKELY,
    RedFlag,
    unanswered,
    wells_score,
)
from assessments.rules.strength import Knee, Leg, load_words
from assessments.rules.terms import (
    Level,
    Location,
    Phase,
    RunningPermission,
    RunningStatus,
    Sex,
    Side,
    Stage,
    VisaChange,
)
from assessments.rules.visa import visa_change
from programmes.rules.words import counted, plain

# Paragraphs of ours begin with one of these; the printed page sets it in bold.
LABELS = (
    "History:",
    "Diagnosis:",
    "VISA-A:",
    "Findings:",
    "Screening:",
    "Treatment so far:",
    "Medicines and conditions:",
    "Plan:",
    "Running:",
    "Our request:",
    "What was done:",
)
SUBJECT_LETTERS = 200
"""A subject is cut to this many letters."""

_TENDINOPATHY = {
    Location.MIDPORTION: "midportion Achilles tendinopathy",
    Location.INSERTIONAL: "insertional Achilles tendinopathy",
    Location.MIXED: "Achilles tendinopathy of the midportion and the insertion",
    Location.OUT_OF_RANGE: (
        "tenderness above the Achilles tendon only, so the muscle-tendon junction and the calf"
        " are to be considered"
    ),
    Location.UNDETERMINED: "Achilles pain; where along the tendon could not be determined",
}
_PLACES = {
    Location.MIDPORTION: "midportion",
    Location.INSERTIONAL: "insertional",
    Location.MIXED: "midportion and insertional",
    Location.OUT_OF_RANGE: "above the tendon",
    Location.UNDETERMINED: "not determined",
}
_PHASES = {
    Phase.REACTIVE: "reactive (irritable)",
    Phase.REACTIVE_ON_DEGENERATIVE: "reactive on degenerative (irritable on top of older change)",
    Phase.DISREPAIR: "disrepair",
    Phase.DEGENERATIVE: "degenerative",
    Phase.INDETERMINATE_EARLY: "early, not yet clear",
}
_STAGES = {
    Stage.ISOMETRIC: "isometric",
    Stage.ISOTONIC: "isotonic",
    Stage.PLYOMETRIC: "plyometric",
    Stage.RUN_WALK: "run-walk",
    Stage.FULL_RETURN: "full return",
}
_SEXES = {Sex.FEMALE: "woman", Sex.MALE: "man", Sex.UNSTATED: "person"}
_SIGNS = {
    "points_to_site": "points to the site with a finger",
    "load_pain": "pain when the tendon is loaded",
    "arc_sign": "arc sign",
    "royal_london": "Royal London Hospital test",
    "bursa_squeeze": "pain on squeezing in front of the tendon",
    "passive_dorsiflexion_pain": "pain on passive dorsiflexion",
    "warm": "warmth",
    "swelling_diffuse": "diffuse swelling",
    "thickening_nodular": "nodular thickening",
}
_URGENCY = {
    Level.EMERGENCY: (
        "Emergency: please see this patient today. This letter goes with a phone call and does"
        " not replace one."
    ),
    Level.SAME_DAY_REVIEW: "Same day: please see this patient, or arrange imaging, today.",
    Level.URGENT: "Urgent: please see this patient as soon as you can.",
    Level.BLOCK: (
        "Please take this patient over: our programme is for adults and is not used at this age."
    ),
}
_URGENCY_WORDS = {
    Level.EMERGENCY: "Emergency, today",
    Level.SAME_DAY_REVIEW: "Same day",
    Level.URGENT: "Urgent",
    Level.BLOCK: "Referral",
}
# The answers a flag is read from, in the order they are asked.
_ANSWERS_OF = {
    "RF01": (
        "calf_squeeze_positive",
        "matles_positive",
        "palpable_gap",
        "sudden_pop",
        "new_inability_single_heel_raise",
    ),
    "RF05": (
        "ibp",
        "psoriasis",
        "uveitis",
        "ibd",
        "dactylitis_or_other_enthesitis",
        "fh_spa",
    ),
    "RF06": ("xanthoma", "known_fh", "corneal_arcus_early_cvd"),
    "RF07": ("calcaneal_squeeze_positive", "focal_bone_tenderness"),
    "RF08": ("fever", "wound_infected", "systemic_illness"),
    "RF10": ("lateral_foot_paraesthesia", "tinel_positive"),
    "RF11": ("unexplained_weight_loss", "cancer_history", "rest_or_night_pain"),
}
# What belongs to a flag beside its group of signs.
_QUESTIONS_OF = {
    **_ANSWERS_OF,
    "RF02": ("wells_items", "wells_alt"),
    "RF03": ("fluoroquinolone_taken", "fluoroquinolone_days"),
    "RF09": ("age",),
}
_REQUESTS = {
    "RF01": "please examine the tendon for a rupture, with imaging where you find it needed, and"
    " treat as you see fit.",
    "RF02": "please find out whether there is a deep vein thrombosis.",
    "RF03": "please review the antibiotic, and tell us whether and from when the tendon may be"
    " loaded.",
    "RF07": "please arrange imaging for a stress fracture. We load and test nothing with impact"
    " until it is excluded.",
    "RF08": "please find out whether there is an infection, and treat as you see fit.",
    "RF09": "please see this patient, or name a colleague who treats growing athletes.",
    "RF11": "please look for the cause. We plan nothing until you have seen the patient.",
}
_QUESTIONS = {
    "RF05": "Inflammatory joint disease is possible: would you consider a rheumatology opinion?",
    "RF06": "Inherited high cholesterol is possible: would you check the blood lipids?",
    "RF10": "The nerve may be involved: would you see the patient about it if it persists?",
}
# Only insertional tendons are asked for these.
_COMPRESSION_SIGNS = ("bursa_squeeze", "passive_dorsiflexion_pain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who signs: name, and title and registration number where there are any (else blank)."""

    name: str
    title: str
    registration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One treatment before the examination; ``tried`` of None was not asked."""

    what: str
    tried: bool | None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An examination as a letter tells it: the values, what the rules make of them, and the rest.

    ``signed`` is False for a draft. ``not_a_runner`` is an answer the rules have no use for.
    ``differentials`` are other conditions in words: empty means considered and none fits, None not
    considered. ``contact_ms`` and ``strikes`` are of the left and the right foot, None or blank
    where not recorded; ``event_m`` is a distance in metres. Answers of None were not asked.
    """

    on: date
    signed: bool
    values: Examination
    found: Findings
    onset_on: date | None = None
    not_a_runner: bool = False
    cortisone_on: date | None = None
    fluoroquinolone_on: date | None = None
    treatments: tuple[Tried, ...] = ()
    statins: bool | None = None
    diabetes: bool | None = None
    medicines_note: str = ""
    differentials: tuple[str, ...] | None = None
    goal: str = ""
    event: str = ""
    event_on: date | None = None
    event_m: int | None = None
    speed_kmh: Number | None = None
    contact_ms: tuple[int | None, int | None] = (None, None)
    strikes: tuple[str, str] = ("", "")
    history_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What the tendon was taken to be; ``suggested_phase`` is None where nothing was suggested.

    Why a clinician set it otherwise is for the record and not for a letter.
    """

    location: Location
    phase: Phase
    suggested_location: Location
    suggested_phase: Phase | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One complete VISA-A: its total and the day of its answers."""

    total: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class HeelRaises:
    """One heel-raise test: repetitions and pain (0 to 10) of each side, None where not measured.

    ``norm`` is the mean for age and sex, None where there is none.
    """

    on: date
    left: int | None
    right: int | None
    left_pain: int | None = None
    right_pain: int | None = None
    norm: int | None = None

    def of(self, side: Side) -> int | None:
        """Repetitions of one side."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True, kw_only=True)
class StrengthTest:
    """What both legs did on a day, and the body weight where it was taken."""

    on: date
    left: Leg
    right: Leg
    body_kg: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPain:
    """Pain (0 to 10) hopping on both legs and on the affected one; None where not asked."""

    on: date
    both: int | None
    one: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where the patient stands in the programme in force; ``items`` are names with their doses."""

    protocol: str
    version: int
    stage: Stage
    step: int
    title: str
    items: tuple[tuple[str, str], ...]
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A red flag on record; ``cleared`` says by whom, when and why, blank while it is open.

    ``raised_at`` is the time of day (``"23:07"``), blank where it doesn't matter. ``side`` is the
    leg, where it is not the letter's own.
    """

    id: str
    level: Level
    says: str
    raised_on: date
    raised_at: str = ""
    cleared: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything a letter about one tendon is made from. ``on`` is the day of the letter.

    ``examined_on`` are the days of the signed examinations, oldest first. ``examination`` is the
    newest signed one (of a referral: the one that raised the flag), None without any. ``flags`` are
    those of the record; of a referral the others beside its own, those of the other leg too.
    ``first`` and ``last`` are complete VISA-A totals, the same one where there is only one.
    ``sessions`` were
    held between ``session_days``. ``running`` is the permission of the day, None where it can't be
    told. ``strength`` are tests, newest first; of each measure the newest is told. ``provoked`` is
    a sentence on what went before the pain, blank where nothing is known.
    """

    on: date
    patient: str
    sex: Sex
    age: int
    side: Side
    writer: Writer
    referred: bool = False
    bilateral: bool = False
    examined_on: tuple[date, ...] = ()
    examination: Examined | None = None
    classified: Classified | None = None
    first: Score | None = None
    last: Score | None = None
    heel_raises: HeelRaises | None = None
    strength: tuple[StrengthTest, ...] = ()
    hop_pain: HopPain | None = None
    flags: tuple[Flag, ...] = ()
    plan: Plan | None = None
    running: RunningPermission | None = None
    review_on: date | None = None
    sessions: int = 0
    session_days: tuple[date, date] | None = None
    provoked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A letter before anybody edits it: its subject in one line, and its text."""

    subject: str
    body: str


def report(case: Case, *, defaults: AssessmentDefaults = DEFAULTS) -> Words:
    """The letter to the GP or referrer: what was found, what is planned, what is asked for."""
    examined = case.examination
    parts = ["Dear colleague,", _opening(case)]
    if examined is None:
        parts.append("No examination is signed yet, so this letter has no findings.")
    else:
        parts.append(_history(case, examined))
        parts.append(_diagnosis(case, examined))
    parts.append(_visa(case, defaults))
    if examined is not None:
        parts += [_findings(case, examined), _screening(case, examined)]
        parts += [_treatment(examined), _medicines(examined)]
    parts += [_plan(case), _running(case, defaults), _requests(case), sign_off(case.writer)]
    return Words(
        subject=f"{case.side.value.capitalize()} Achilles tendon: report",
        body="\n\n".join(part for part in parts if part),
    )


def referral(case: Case, flag: Flag) -> Words:
    """The referral for one red flag: how urgent, what was found, what was done, the request."""
    examined = case.examination
    parts = ["Dear colleague,", _URGENCY[flag.level], _why_referred(case, flag)]
    if examined is not None:
        parts += [_onset(examined), _signs(case, flag, examined), _measured(case, examined)]
        parts.append(_rest_of_screening(case, flag, examined))
    parts += [_done(case, flag), _request(flag), sign_off(case.writer)]
    subject = f"{_URGENCY_WORDS[flag.level]}: {_lower(flag.says)}, {case.side.value} leg"
    return Words(
        subject=subject[:SUBJECT_LETTERS], body="\n\n".join(part for part in parts if part)
    )


def sign_off(writer: Writer) -> str:
    """The last paragraph of a letter: the writer with title and number."""
    lines = ("Kind regards,", writer.name, writer.title, writer.registration)
    return "\n".join(line for line in lines if line)


def signed_by_another(body: str, *, before: Writer, now: Writer) -> str:
    """The text with its last paragraph signed by ``now``; unchanged if ``before`` didn't sign."""
    text, old = body.rstrip(), sign_off(before)
    if before == now or not text.endswith(old):
        return body
    return text.removesuffix(old) + sign_off(now)


def addressee(flag: Flag | None, referrer: str) -> str:
    """Whom a letter goes to as far as the record knows; blank when it doesn't."""
    if flag is not None and flag.level is Level.EMERGENCY:
        return "Emergency department"
    return referrer


# --- The report ----------------------------------------------------------------------------------


def _opening(case: Case) -> str:
    who = f"Thank you for sending us {case.patient}, who" if case.referred else case.patient
    tendon = f"the {case.side.value} Achilles tendon"
    both = " The other Achilles tendon is treated here too." if case.bilateral else ""
    if not case.examined_on:
        return f"{who} comes to us about {tendon}.{both}"
    days = _listed(_day(day) for day in case.examined_on)
    words = f"{who} was examined here on {days} for {tendon}."
    if case.sessions and case.session_days:
        first, last = case.session_days
        span = f"on {_day(first)}" if first == last else f"from {_day(first)} to {_day(last)}"
        words += f" {counted(case.sessions, 'training session')} are on record, {span}."
        if case.sessions == 1:
            words = words.replace("1 training session are", "1 training session is")
    return words + both


def _history(case: Case, examined: Examined) -> str:
    values, words = examined.values, _lasted(examined)
    if not words:
        words.append("how long the symptoms have lasted is not recorded")
    earlier = {True: "an earlier episode", False: "no earlier episode"}
    if values.prior_episode is not None:
        words.append(earlier[values.prior_episode])
    if examined.not_a_runner:
        words.append("not a runner")
    elif values.running_status is RunningStatus.STOPPED:
        words.append("has stopped running")
    elif values.running_status is RunningStatus.NEVER_STOPPED:
        words.append("has run in the 14 days before")
    text = f"History: {', '.join(words)}."
    if case.provoked:
        text += f" {case.provoked}"
    if examined.goal:
        text += f" Goal: {_sentence(examined.goal)}"
    if event := _event(examined):
        text += f" Event: {_sentence(event)}"
    return text


def _event(examined: Examined) -> str:
    parts = [examined.event.strip()]
    if examined.event_on:
        parts.append(_day(examined.event_on))
    if examined.event_m is not None:
        parts.append(f"{plain(Decimal(examined.event_m) / 1000)} km")
    return ", ".join(part for part in parts if part)


def _lasted(examined: Examined) -> list[str]:
    """When it began and how long it had lasted; empty where neither is recorded."""
    words = []
    if examined.onset_on:
        words.append(f"symptoms since {_day(examined.onset_on)}")
    if examined.values.duration_weeks is not None:
        weeks = int(examined.values.duration_weeks)
        long = counted(weeks, "week") if weeks else "less than a week"
        words.append(f"{long} of symptoms at the examination")
    return words


def _diagnosis(case: Case, examined: Examined) -> str:
    classified = case.classified
    if classified is None:
        return "Diagnosis: not made; the tendon has not been classified."
    text = f"Diagnosis: {_TENDINOPATHY[classified.location]}, {case.side.value} side."
    text += (
        f" Phase by clinical findings: {_PHASES[classified.phase]}. Confidence in the phase is low:"
        " pain and structure of a tendon agree poorly."
    )
    differs = []
    if classified.location is not classified.suggested_location:
        differs.append(f"location {_PLACES[classified.suggested_location]}")
    if classified.suggested_phase is None:
        text += " The findings recorded did not settle the phase; the clinician set it."
    elif classified.phase is not classified.suggested_phase:
        differs.append(f"phase {_PHASES[classified.suggested_phase]}")
    if differs:
        text += f" The findings alone suggested {_listed(differs)}; set otherwise by the clinician."
    if examined.differentials:
        text += f" Also considered: {_listed(_lower(each) for each in examined.differentials)}."
    elif examined.differentials is not None:
        text += " Other conditions of this region were considered; none fits."
    return text


def _visa(case: Case, defaults: AssessmentDefaults) -> str:
    first, last = case.first, case.last
    if first is None or last is None:
        examined = case.examination
        if examined is not None and examined.values.visa is not None:
            return "VISA-A: not complete, so there is no total."
        return "VISA-A: not asked."
    scale = "of 100 (higher is better)"
    if first.on == last.on:
        return f"VISA-A: {last.total} {scale} on {_day(last.on)}."
    change = last.total - first.total
    weeks = (last.on - first.on).days // 7
    location = case.classified.location if case.classified else None
    judged = {
        VisaChange.TOO_SOON: (
            f"too soon to judge, as fewer than {defaults.visa_minimum_weeks} weeks lie between"
        ),
        VisaChange.IMPROVED: "improved, by at least what patients find important",
        VisaChange.UNCERTAIN: (
            "perhaps improved: more than measurement error, less than patients find important"
        ),
        VisaChange.NO_CHANGE: "no change beyond measurement error",
        VisaChange.WORSE: "worse, by more than measurement error",
    }[visa_change(change, weeks, location, defaults=defaults)]
    return (
        f"VISA-A: {first.total} {scale} on {_day(first.on)}, {last.total} on {_day(last.on)}."
        f" Change {change:+d} points over {counted(weeks, 'week')}: {judged}."
    )


def _findings(case: Case, examined: Examined) -> str:
    values = examined.values
    palpation = "palpation not recorded"
    if values.tender_cm is not None:
        points = _listed(f"{plain(cm)} cm" for cm in values.tender_cm)
        palpation = f"tender at {points} above the insertion" if points else "no tender point found"
    compressed = case.classified is not None and case.classified.location in (
        Location.INSERTIONAL,
        Location.MIXED,
    )
    answers = {
        words: getattr(values, name)
        for name, words in _SIGNS.items()
        if compressed or name not in _COMPRESSION_SIGNS or getattr(values, name) is not None
    }
    lines = [f"Findings: on {_day(examined.on)} {palpation}."]
    for label, wanted in (("Present", True), ("Absent", False), ("Not recorded", None)):
        if names := [words for words, answer in answers.items() if answer is wanted]:
            lines.append(f"{label}: {', '.join(names)}.")
    return "\n".join([*lines, _measured(case, examined), *_numbers(case, examined)])


def _measured(case: Case, examined: Examined) -> str:
    """Pain on loading and heel raises, each said to be missing where it is."""
    values = examined.values
    pains = [
        f"one single-leg heel raise {_out_of_ten(values.single_leg_pain)}",
        f"light loading {_out_of_ten(values.pain_light_load)}",
    ]
    if values.running_status is RunningStatus.NEVER_STOPPED:
        settled = {True: "settled by the next morning", False: "not settled by the next morning"}
        after = settled.get(values.run_settled) if values.run_settled is not None else None
        pains.append(f"running {_out_of_ten(values.run_pain)}" + (f", {after}" if after else ""))
    return f"Pain (0 to 10): {'; '.join(pains)}.\n{_heel_raises(case)}"


def _heel_raises(case: Case) -> str:
    test = case.heel_raises
    if test is None or (test.left is None and test.right is None):
        return "Single-leg heel raises: not measured."
    sides = [
        f"{side} {_measured_number(count)}"
        + (f" (pain {pain} of 10)" if count is not None and pain is not None else "")
        for side, count, pain in (
            ("left", test.left, test.left_pain),
            ("right", test.right, test.right_pain),
        )
    ]
    text = f"Single-leg heel raises on {_day(test.on)}: {', '.join(sides)}."
    index: Decimal | None = lsi_display(lsi(test.of(case.side), test.of(case.side.other)))
    if case.bilateral:
        text += " Both tendons are affected, so the norm is the reference."
    elif index is not None:
        text += f" Affected side {plain(index)} % of the other."
    if test.norm is not None:
        text += f" Mean for age and sex {test.norm}."
    return text


def _numbers(case: Case, examined: Examined) -> list[str]:
    """Whatever else was measured, a line each; nothing where nothing was."""
    lines = [_loaded(case, knee) for knee in Knee]
    lines.append(_centimetres(case, "Heel height", lambda leg: leg.height_cm))
    lines.append(_centimetres(case, "Single-leg hop", lambda leg: leg.hop_cm))
    if pain := case.hop_pain:
        on_one = f"on the {case.side.value} {_out_of_ten(pain.one)}"
        both = f"on both legs {_out_of_ten(pain.both)}"
        lines.append(f"Pain hopping on {_day(pain.on)}: {both}, {on_one}.")
    return [line for line in (*lines, _running_form(examined), _footwear(examined)) if line]


def _loaded(case: Case, knee: Knee) -> str:
    test = _newest(case, lambda leg: leg.load(knee)[0])
    if test is None:
        return ""
    left, right = (load_words(*leg.load(knee), test.body_kg) for leg in (test.left, test.right))
    head = f"Loaded single-leg raises, {knee.value} knee, on {_day(test.on)}"
    return f"{head}: left {left}; right {right}."


def _centimetres(case: Case, label: str, measure: Callable[[Leg], Number | None]) -> str:
    test = _newest(case, measure)
    if test is None:
        return ""
    sides = [
        f"{side} " + ("not measured" if cm is None else f"{plain(cm)} cm")
        for side, cm in (("left", measure(test.left)), ("right", measure(test.right)))
    ]
    return f"{label} on {_day(test.on)}: {', '.join(sides)}."


def _newest(case: Case, measure: Callable[[Leg], Number | None]) -> StrengthTest | None:
    """The newest test that has this measure of a leg."""
    for test in case.strength:
        if measure(test.left) is not None or measure(test.right) is not None:
            return test
    return None


def _running_form(examined: Examined) -> str:
    cadence = examined.values.running_analysis.cadence_spm
    parts = [] if cadence is None else [f"cadence {plain(cadence)} steps a minute"]
    if examined.contact_ms != (None, None):
        left, right = (
            "not measured" if each is None else f"{each} ms" for each in examined.contact_ms
        )
        parts.append(f"ground contact left {left}, right {right}")
    if any(examined.strikes):
        left, right = (_lower(each) or "not recorded" for each in examined.strikes)
        parts.append(f"foot strike left {left}, right {right}")
    if not parts:
        return ""
    speed = "" if examined.speed_kmh is None else f" at {plain(examined.speed_kmh)} km/h"
    return f"Running analysis{speed}: {'; '.join(parts)}."


def _footwear(examined: Examined) -> str:
    values = examined.values
    parts = []
    if values.shoe_drop_mm is not None:
        parts.append(f"heel drop {plain(values.shoe_drop_mm)} mm")
    if values.rigid_heel_counter is not None:
        parts.append(f"{'a' if values.rigid_heel_counter else 'no'} stiff heel counter")
    if values.heel_lift is not None:
        parts.append(f"{'a' if values.heel_lift else 'no'} heel lift")
    return f"Footwear: {', '.join(parts)}." if parts else ""


def _screening(case: Case, examined: Examined) -> str:
    """What was asked and found; what was not asked is named."""
    values, found = examined.values, examined.found
    asked = _asked(values)
    if not asked:
        return "\n".join(["Screening: red flags not asked.", *_flag_lines(case.flags)])
    lines = []
    routine = [flag for flag in found.red_flags if flag.level is Level.ROUTINE]
    lines += [_routine_line(flag) for flag in routine]
    lines += _flag_lines(case.flags)
    lines += [_signs_line(flag) for flag in found.red_flags if flag not in routine and _told(flag)]
    explained = {
        label
        for flag in found.red_flags
        for label, answer in flag.finding.numbers
        if answer == "yes"
    }
    other = [label for label in _yes(values) if label not in explained]
    if other:
        lines.append(f"Answered yes without raising a flag: {_semicolons(other)}.")
    if not found.red_flags and not case.flags and not other:
        lines.append("Nothing found.")
    beside, missing = _not_recorded(values), _not_asked(found.unanswered)
    if beside:
        lines.append(f"Not recorded: {_semicolons(beside)}.")
    if missing:
        lines.append(f"Not asked: {_semicolons(missing)}.")
    scope = "asked in part" if missing or beside else "asked in full"
    return "\n".join([f"Screening: red flags {scope} on {_day(examined.on)}.", *lines])


def _not_asked(unanswered_names: Iterable[str]) -> list[str]:
    """What was not asked, in words: a whole group of questions by the flag it belongs to."""
    open_ones = [name for name in unanswered_names if name in ANSWER_LABELS]
    groups = {
        names: f"signs of {_lower(FLAG_TITLES[flag])}"
        for flag, names in _ANSWERS_OF.items()
        if set(names) <= set(open_ones)
    }
    grouped = {name: words for names, words in groups.items() for name in names}
    return list(dict.fromkeys(grouped.get(name, ANSWER_LABELS[name]) for name in open_ones))


def _not_recorded(values: Examination, *, but: str = "") -> list[str]:
    """What stands beside a ticked answer of its group, in words: nobody said that it is absent.

    ``but`` is the flag whose own signs are told elsewhere.
    """
    screening = values.screening
    left = []
    for flag, names in _ANSWERS_OF.items():
        answers = {name: getattr(screening, name) for name in names}
        if flag != but and any(answers.values()):
            left += [ANSWER_LABELS[name] for name, yes in answers.items() if yes is False]
    if but != "RF02" and screening.wells_items and set(WELLS_ITEMS) - set(screening.wells_items):
        left.append("The other signs of deep vein thrombosis")
    return left


def _asked(values: Examination) -> bool:
    """Whether any question of the screening was answered."""
    nothing = unanswered(type(values.screening)(), age=values.age)
    open_ones = unanswered(
        values.screening, age=values.age, fluoroquinolone_days=values.fluoroquinolone_days
    )
    return set(nothing) - set(open_ones) != set()


def _yes(values: Examination) -> list[str]:
    """Labels of the screening answers that are yes."""
    screening = values.screening
    names = [name for name in ANSWER_LABELS if getattr(screening, name) is True]
    ticked = [WELLS_ITEMS.get(name, name) for name in sorted(set(screening.wells_items or ()))]
    # Taken long ago, an antibiotic says nothing about this tendon; the day stands elsewhere.
    return [ANSWER_LABELS[n] for n in names if n not in ("wells_alt", "fluoroquinolone_taken")] + (
        ticked
    )


def _routine_line(flag: RedFlag) -> str:
    return f"{flag.finding.says}: {_semicolons(_told(flag))}."


def _signs_line(flag: RedFlag) -> str:
    return f"Signs of {_lower(FLAG_TITLES[flag.id])}: {_semicolons(_told(flag))}."


def _told(flag: RedFlag) -> list[str]:
    """The signs found that raised the flag."""
    return [label for label, answer in flag.finding.numbers if answer == "yes"]


def _flag_lines(flags: Iterable[Flag]) -> list[str]:
    """Each flag with its day; one that was cleared is told without repeating its suspicion."""
    lines = []
    for flag in flags:
        leg = f" of the {flag.side.value} leg" if flag.side else ""
        day = f"raised on {_day(flag.raised_on)}"
        if flag.cleared:
            title = f" for {_lower(FLAG_TITLES[flag.id])}" if flag.id in FLAG_TITLES else ""
            cleared = _sentence(flag.cleared)
            lines.append(f"A red flag{title}{leg} was {day} and cleared {cleared}")
        else:
            lines.append(f"Open red flag{leg}: {_lower(flag.says)} ({day}).")
    return lines


def _treatment(examined: Examined) -> str:
    tried = [each for each in examined.treatments if each.tried]
    untried = [each for each in examined.treatments if each.tried is False]
    cortisone = {
        None: "cortisone at this tendon not asked",
        False: "no cortisone at this tendon",
        True: "cortisone at this tendon, on a day not recorded",
    }[examined.values.cortisone_given]
    if examined.cortisone_on:
        cortisone = f"cortisone at this tendon on {_day(examined.cortisone_on)}"
    if not tried and not untried:
        return f"Treatment so far: not asked; {cortisone}."
    parts = []
    if tried:
        parts.append("; ".join(f"{_lower(each.what)}{_span(each)}" for each in tried))
    if untried:
        parts.append(f"not tried: {', '.join(_lower(each.what) for each in untried)}")
    return f"Treatment so far: {'; '.join([*parts, cortisone])}."


def _span(each: Tried) -> str:
    since = f"from {_day(each.since)}" if each.since else ""
    until = f"until {_day(each.until)}" if each.until else ""
    dates = " ".join(part for part in (since, until) if part)
    return f" ({dates})" if dates else ""


def _medicines(examined: Examined) -> str:
    screening = examined.values.screening
    known = [
        words
        for words, answer in (
            ("statin", examined.statins),
            ("diabetes", examined.diabetes),
            ("steroid tablets", screening.oral_steroid),
        )
        if answer
    ]
    if examined.fluoroquinolone_on:
        day = _day(examined.fluoroquinolone_on)
        known.append(f"fluoroquinolone antibiotic, last dose on {day}")
    if examined.medicines_note:
        known.append(examined.medicines_note.strip().rstrip("."))
    return f"Medicines and conditions: {'; '.join(known)}." if known else ""


def _plan(case: Case) -> str:
    locked = [flag for flag in case.flags if not flag.cleared]
    if locked:
        return (
            "Plan: our loading programme is locked while the red flag is open; nothing is planned"
            " or printed until a named clinician has cleared it."
        )
    if case.plan is None:
        return "Plan: no loading programme has been issued yet."
    lines = [f"Plan: {_plan_words(case.plan)}."]
    together: dict[str, list[str]] = {}
    for name, dose in case.plan.items:
        together.setdefault(dose, []).append(name)
    lines += [f"- {'; '.join(names)}: {dose}" for dose, names in together.items()]
    if case.review_on:
        lines.append(f"Next review on {_day(case.review_on)}.")
    return "\n".join(lines)


def _plan_words(plan: Plan) -> str:
    since = f", since {_day(plan.since)}" if plan.since else ""
    return (
        f"{_lower(plan.protocol)}, plan version {plan.version}, {_STAGES[plan.stage]} stage,"
        f" step {plan.step} ({plan.title}){since}"
    )


def _running(case: Case, defaults: AssessmentDefaults) -> str:
    examined = case.examination
    if examined is None:
        return ""
    if examined.not_a_runner:
        return ""
    locked = any(not flag.cleared for flag in case.flags)
    if case.plan and case.plan.stage in (Stage.RUN_WALK, Stage.FULL_RETURN) and not locked:
        return "Running: as in the plan."
    if case.running is None:
        return "Running: whether the patient still runs is not recorded."
    words = {
        RunningPermission.STOP: "none for now",
        RunningPermission.CONTINUE_MODIFIED: "continues, adjusted by pain",
        RunningPermission.CONTINUE_REDUCED: (
            f"continues, at no more than {defaults.running_reduced_percent} % of usual"
        ),
        RunningPermission.STOP_UNTIL_E3: (
            "paused until the criteria for a return to running are met"
        ),
        RunningPermission.START_LEVEL_1: "may begin at level 1 of the run-walk ladder",
        RunningPermission.NOT_YET: (
            "not yet; it begins when the criteria for a return to running are met"
        ),
    }[case.running]
    return f"Running: {words}."


def _requests(case: Case) -> str:
    if case.examination is None:
        return ""
    lines = []
    for flag in case.examination.found.open_flags:
        if flag.level is not Level.ROUTINE:
            continue
        lines.append(
            _QUESTIONS.get(flag.id, f"{flag.finding.says}: would you give us your opinion?")
        )
    return f"Our request: {' '.join(lines)}" if lines else ""


# --- The referral --------------------------------------------------------------------------------


def _why_referred(case: Case, flag: Flag) -> str:
    who = f"{case.patient}, {_article(case.age)} {case.age}-year-old {_SEXES[case.sex]},"
    examined = case.examination
    when = f"examined here on {_day(examined.on)}" if examined else "seen here"
    text = f"{who} was {when} for the {case.side.value} Achilles tendon. {_sentence(flag.says)}"
    if examined is not None and not examined.signed:
        text += " The record of this examination is not signed yet."
    return text


def _onset(examined: Examined) -> str:
    """When it began and what was noted of it; blank where neither is recorded."""
    parts = [f"{', '.join(words)}."] if (words := _lasted(examined)) else []
    if note := " ".join(examined.history_note.split()):
        parts.append(_sentence(note))
    return f"History: {' '.join(parts)}" if parts else ""


def _signs(case: Case, flag: Flag, examined: Examined) -> str:
    """What raised the flag; said to be changed where the answers no longer raise it."""
    now = _signs_now(case, flag, examined)
    raised = next((each for each in examined.found.red_flags if each.id == flag.id), None)
    if flag.id not in _QUESTIONS_OF or (raised is not None and raised.level is flag.level):
        return f"Findings: {now}" if now else ""
    at = f" at {flag.raised_at}" if flag.raised_at else ""
    text = f"Findings: what raised this flag was recorded on {_day(flag.raised_on)}{at}"
    screening = examined.values.screening
    answers = [getattr(screening, name, None) for name in _QUESTIONS_OF[flag.id]]
    if raised is not None or any(answers) or flag.id == "RF09":
        return f"{text}, since changed. Now: {now}"
    if all(answer is None for answer in answers):
        return f"{text}, since taken back: it now stands as not asked."
    return f"{text}, since changed to {'no' if flag.id == 'RF03' else 'none of these'}."


def _signs_now(case: Case, flag: Flag, examined: Examined) -> str:
    """The answers the flag is read from, as they stand."""
    values = examined.values
    screening = values.screening
    if flag.id == "RF02":
        return _wells(values)
    if flag.id == "RF03":
        return _antibiotic(examined)
    if flag.id == "RF09":
        return f"age {case.age} years."
    names = _ANSWERS_OF.get(flag.id)
    if names is None:
        raised = next((each for each in examined.found.red_flags if each.id == flag.id), None)
        if raised is None or not raised.finding.numbers:
            return ""
        told = [f"{label}: {value}" for label, value in raised.finding.numbers]
        return f"{_semicolons(told)}."
    return _answered({ANSWER_LABELS[name]: getattr(screening, name) for name in names})


def _answered(answers: dict[str, bool | None]) -> str:
    """The ticks of one group. A tick says nothing of the other signs, so none is called absent."""
    lines = ["the signs asked for."]
    for word, wanted in (("Yes", True), ("Not recorded", False)):
        if labels := [label for label, answer in answers.items() if bool(answer) is wanted]:
            lines.append(f"{word}: {_semicolons(labels)}.")
    return "\n".join(lines)


def _wells(values: Examination) -> str:
    screening = values.screening
    ticked = set(screening.wells_items or ())
    known = [WELLS_ITEMS.get(name, name) for name in sorted(ticked)]
    beside = [label for name, label in WELLS_ITEMS.items() if name not in ticked]
    # The other diagnosis is a tick too: without one it was not judged.
    other = "yes" if screening.wells_alt else "not recorded"
    score = f"Wells score {wells_score(screening)} (thrombosis likely from {WELLS_LIKELY})"
    lines = [f"{score}."]
    for word, labels in (("Yes", known), ("Not recorded", beside)):
        if labels:
            lines.append(f"{word}: {_semicolons(labels)}.")
    lines.append(f"{ANSWER_LABELS['wells_alt']}: {other}.")
    return "\n".join(lines)


def _antibiotic(examined: Examined) -> str:
    values = examined.values
    days = values.fluoroquinolone_days
    dose = "on a day not recorded"
    if examined.fluoroquinolone_on and days is not None:
        ago = "the day of the examination" if days == 0 else f"{counted(days, 'day')} before"
        dose = f"on {_day(examined.fluoroquinolone_on)}, {ago}"
        if days:
            dose += " the examination"
    steroid = {True: "yes", False: "no", None: "not asked"}[values.screening.oral_steroid]
    age = "not recorded" if values.age is None else f"{values.age} years"
    text = f"fluoroquinolone antibiotic, last dose {dose}. Steroid tablets: {steroid}."
    text += f" Age: {age}."
    note = examined.medicines_note
    text += f" Noted: {_sentence(note)}" if note else " The name of the drug is not recorded."
    return text


def _rest_of_screening(case: Case, flag: Flag, examined: Examined) -> str:
    """Other flags of the same examination, and what was not asked."""
    # Whatever else is locked on this leg was asked once, and is told as the lock tells it.
    told = {flag.id, *(each.id for each in case.flags if each.side is None)}
    others = [each for each in examined.found.red_flags if each.id not in told]
    lines = _flag_lines(case.flags)
    if others:
        lines.append(f"Also raised: {_semicolons(_lower(each.finding.says) for each in others)}.")
    asked = {name for each in told for name in _QUESTIONS_OF.get(each, ())}
    beside = _not_recorded(examined.values, but=flag.id)
    missing = _not_asked(name for name in examined.found.unanswered if name not in asked)
    if beside:
        lines.append(f"Not recorded: {_semicolons(beside)}.")
    if missing:
        lines.append(f"Not asked: {_semicolons(missing)}.")
    if not lines:
        lines.append("All other questions were asked; they raised nothing.")
    return "\n".join(["Screening: the other red flags.", *lines])


def _done(case: Case, flag: Flag) -> str:
    if flag.cleared:
        return f"What was done: the lock of our programme was cleared {_sentence(flag.cleared)}"
    text = (
        f"What was done: our loading programme is locked since {_day(flag.raised_on)}; nothing is"
        " planned or printed until a named clinician has cleared it."
    )
    if case.plan:
        text += f" Until then the plan was {_plan_words(case.plan)}."
    return text


def _request(flag: Flag) -> str:
    words = _REQUESTS.get(flag.id, "please see this patient about this.")
    return f"Our request: {words} Please tell us what you find."


# --- Words ---------------------------------------------------------------------------------------


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"


def _out_of_ten(pain: Number | None) -> str:
    return "not recorded" if pain is None else f"{plain(pain)} of 10"


def _measured_number(count: int | None) -> str:
    return "not measured" if count is None else str(count)


def _listed(words: Iterable[str]) -> str:
    """The words as a list is read aloud: "a, b and c"; blank for none."""
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _semicolons(labels: Iterable[str]) -> str:
    """Labels one after another; a label's own colon would read as the head of a list."""
    return "; ".join(_lower(label.replace(": ", ", ")) for label in labels)


def _lower(words: str) -> str:
    """The words without a capital at their start, names of tests left as they are."""
    kept = ("Matles", "Achilles", "Alfredson", "Silbernagel")
    return words if words.startswith(kept) else words[:1].lower() + words[1:]


def _sentence(words: str) -> str:
    """The words with a full stop at their end, unless they have a mark of their own."""
    words = words.strip()
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def _article(age: int) -> str:
    return "an" if age in (8, 11, 18) or 80 <= age <= 89 else "a"
