"""The stories of the demo practice: invented people, and what happened to them day by day.

A story is data. Every day in it (the dates of injections and tablets too) is a number of days
before today, so the practice always looks as if it had worked until this morning;
``upwell.management.play`` turns the events into records.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from decimal import Decimal
from typing import Any

from assessments.models import SCREENING_GROUPS
from assessments.rules.terms import (
    FootStrike,
    LoadEventKind,
    Location,
    Phase,
    Q8Band,
    Q8Part,
    ReportedBy,
    RunningStatus,
    SportLevel,
    Surface,
)
from patients.rules.roles import Role
from patients.rules.terms import Language, Sex, Side
from programmes.rules.terms import Outcome, Protocol

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One account of the demo practice; events name it by ``key``."""

    key: str
    role: Role
    name: str
    email: str
    title: str = ""
    number: str = ""


STAFF = (
    Member(
        key="lead",
        role=Role.PRACTICE_LEAD,
        name="Lotte Leitfaden",
        email="lead@upwell.invalid",
        title="Physiotherapist, practice lead",
        number="Ahpra PHY0000000001",
    ),
    Member(
        key="physio",
        role=Role.PHYSIOTHERAPIST,
        name="Phil Physio",
        email="physio@upwell.invalid",
        title="Physiotherapist",
        number="Ahpra PHY0000000000",
    ),
    Member(
        key="physio2",
        role=Role.PHYSIOTHERAPIST,
        name="Petra Palpate",
        email="physio2@upwell.invalid",
        title="Physiotherapist",
        number="Ahpra PHY0000000002",
    ),
    Member(
        key="ep",
        role=Role.EXERCISE_PHYSIOLOGIST,
        name="Exa Reps",
        email="ep@upwell.invalid",
        title="Exercise physiologist",
        number="AEP, ESSA no. 00000",
    ),
    Member(
        key="reception",
        role=Role.RECEPTION,
        name="Reza Reception",
        email="reception@upwell.invalid",
        title="Reception",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a story is about; ``age`` in years with its fraction, so that it never grows old."""

    given: str
    family: str
    sex: Sex
    age: float
    external_id: str | None = None
    referrer: str = ""
    language: Language = Language.ENGLISH
    large_print: bool = False


# --- What can happen. ``by`` names a member of staff; blank is the episode's clinician. -----------


@dataclass(frozen=True, slots=True)
class Examine:
    """An assessment. Signed as the rules suggest unless ``phase`` or ``location`` is set."""

    day: int
    values: Values
    _: KW_ONLY
    signed: bool = True
    location: Location | None = None
    phase: Phase | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Clear:
    """A red flag cleared by a clinician who may."""

    day: int
    flag: str
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The proposed plan issued; another ``protocol`` is for an exercise physiologist."""

    day: int
    _: KW_ONLY
    protocol: Protocol | None = None
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """How a session felt: pain 0 to 10, morning stiffness in minutes, share done in percent.

    ``morning`` of None: nobody has told us about the next morning yet.
    """

    before: int = 1
    during: int = 2
    after: int = 2
    morning: int | None = 1
    stiff: int = 10
    stiff_next: int = 10
    done: int = 100
    warm: bool = False


@dataclass(frozen=True, slots=True)
class Train:
    """One session with its morning and its decision: the proposal unless ``outcome`` is set."""

    day: int
    felt: Felt = field(default_factory=Felt)
    _: KW_ONLY
    outcome: Outcome | None = None
    reason: str = ""
    decided: bool = True
    source: str = "clinic"
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Sessions from ``first`` on, ``times`` of them, ``every`` so many days, each as proposed."""

    first: int
    _: KW_ONLY
    times: int
    every: int
    felt: tuple[Felt, ...] = (Felt(),)
    source: str = "paper"
    by: str = ""

    def sessions(self) -> tuple[Train, ...]:
        """The sessions one by one; what was felt goes round."""
        return tuple(
            Train(
                self.first - number * self.every,
                self.felt[number % len(self.felt)],
                source=self.source,
                by=self.by,
            )
            for number in range(self.times)
        )


@dataclass(frozen=True, slots=True)
class Correct:
    """The session of an earlier day set right: what it says now, and why."""

    day: int
    session: int
    values: Values
    reason: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """Tests for a stage exit: columns of a function test."""

    day: int
    values: Values
    by: str = ""


@dataclass(frozen=True, slots=True)
class Print:
    """A paper for the patient, of the step they are on that day; or the last one once more."""

    day: int
    _: KW_ONLY
    again: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class Discharge:
    """The end of the episode."""

    day: int
    outcome: str
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A VISA-A outside an examination."""

    day: int
    values: Values
    _: KW_ONLY
    reported_by: ReportedBy = ReportedBy.PAPER
    by: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """The total of another questionnaire, by name."""

    day: int
    name: str
    value: int
    _: KW_ONLY
    better: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """Runs typed into the training log on one day: days ago, kilometres, minutes, surface."""

    day: int
    runs: tuple[tuple[int, str, int, Surface], ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of load that the patient told us of on ``day``: when it was, what, and more."""

    day: int
    changed: int
    kind: LoadEventKind
    values: Values = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A draft of the next version, begun from the one in force, by who edits plans.

    ``cells`` are exercise, published step and dose as typed; an exercise that isn't in the stage of
    the step is added. Issued unless ``issued`` is false.
    """

    day: int
    cells: tuple[tuple[str, str, str], ...]
    _: KW_ONLY
    note: str = ""
    issued: bool = True
    by: str = "ep"


@dataclass(frozen=True, slots=True)
class Days:
    """The weekdays the patient can run on, Monday 1 to Sunday 7."""

    day: int
    weekdays: tuple[int, ...]
    by: str = ""


Event = (
    Examine
    | Clear
    | Plan
    | Train
    | Weeks
    | Correct
    | Measure
    | Print
    | Discharge
    | Ask
    | Score
    | Log
    | Change
    | Edit
    | Days
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeStory:
    """One episode: the side, the day it was opened, whose it is, and what happened in order."""

    side: Side
    opened: int
    clinician: str = "physio"
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A person with one episode or two; ``shows`` says what this story is in the practice for."""

    shows: str
    person: Person
    episodes: tuple[EpisodeStory, ...]


# --- Parts that examinations are made of ----------------------------------------------------------

# Everything asked, nothing found.
CLEAR: Values = {
    **{group: [] for group in SCREENING_GROUPS},
    "fluoroquinolone": False,
    "oral_steroid": False,
    "cortisone": False,
}
QUIET: Values = {"warm": False, "swelling_diffuse": False, "pain_light_load": 1}
IRRITABLE: Values = {"warm": True, "swelling_diffuse": True, "pain_light_load": 5}
LUMP: Values = {"thickening_nodular": True}
NO_LUMP: Values = {"thickening_nodular": False}
RUNS: Values = {"running_status": RunningStatus.NEVER_STOPPED}
STOPPED: Values = {"running_status": RunningStatus.STOPPED}


def tender(*centimetres: str) -> Values:
    """Palpation: tender at these points above the insertion, where the patient points too."""
    return {
        "tender_cm": [Decimal(each) for each in centimetres],
        "points_to_site": True,
        "load_provokes": True,
    }


def history(weeks: int, goal: str, *, prior: bool = False) -> Values:
    """How long it has hurt, and what they want to do again."""
    return {"duration_weeks": weeks, "goal": goal, "prior_episode": prior}


def raises(left: int, right: int, *, pain: int, hurts: Side, one: int) -> Values:
    """Heel raises to failure with pain on the affected side; ``one`` is pain of a single raise."""
    return {
        "left_repetitions": left,
        "right_repetitions": right,
        f"{hurts}_pain": pain,
        f"{hurts.other}_pain": 0,
        "sl_heel_raise_pain": one,
    }


def visa(
    stiff: int,
    points: tuple[int, int, int, int],
    hops: int,
    sport: SportLevel,
    part: Q8Part,
    band: Q8Band,
) -> Values:
    """A whole questionnaire: stiff minutes, points of items 2 to 5, hops, sport, training time."""
    q2, q3, q4, q5 = points
    return {
        "q1_minutes": stiff,
        "q2": q2,
        "q3": q3,
        "q4": q4,
        "q5": q5,
        "q6_hops": hops,
        "q7": sport,
        "q8_part": part,
        "q8_band": band,
    }


def weekly(
    first: int, last: int, *kilometres: str, surface: Surface = Surface.ROAD
) -> tuple[tuple[int, str, int, Surface], ...]:
    """Runs every second or third day from ``first`` to ``last`` days ago, these distances in turn,
    at about six minutes a kilometre."""
    days = [day for week in range(first, last - 1, -7) for day in (week, week - 2, week - 5)]
    return tuple(
        (day, km, round(float(km) * 6.1), surface)
        for number, day in enumerate(day for day in days if day >= last)
        for km in (kilometres[number % len(kilometres)],)
    )


NO_SPORT, MODIFIED, FULL = SportLevel.NOT_AT_ALL, SportLevel.MODIFIED, SportLevel.FULL_LOWER
A, B, C = Q8Part.A, Q8Part.B, Q8Part.C
NIL, MIN_10, MIN_20, MIN_30 = Q8Band.NIL, Q8Band.MIN_1_10, Q8Band.MIN_11_20, Q8Band.MIN_21_30
L, R = Side.LEFT, Side.RIGHT

EASY = Felt(before=0, during=1, after=1, morning=0, stiff=5, stiff_next=5)
SOLID = Felt(before=2, during=3, after=2, morning=2, stiff=15, stiff_next=15)
LINGERS = Felt(before=2, during=4, after=3, morning=3, stiff=20, stiff_next=20)


WEIGHTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "plate": tuple((kg, "") for kg in ("1.25", "2.5", "5", "10", "15", "20")),
    "dumbbell": tuple((kg, "") for kg in ("2", "4", "6", "8", "10", "12", "16", "20", "24")),
    "band": (("2", "yellow"), ("4", "red"), ("6", "green")),
}
"""What the practice owns: kind, kg and label; of plates a pair each."""


# --- The stories ----------------------------------------------------------------------------------

STORIES = (
    Story(
        shows="Midportion, degenerative; heavy slow resistance, one step held back by choice",
        person=Person(given="Tess", family="Tendon", sex=Sex.FEMALE, age=46.3, referrer="Dr Gp"),
        episodes=(
            EpisodeStory(
                side=L,
                opened=50,
                events=(
                    Examine(
                        50,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **RUNS,
                            **tender("3.5", "4.5"),
                            **history(30, "Run with the dog again", prior=True),
                            **raises(14, 24, pain=3, hurts=L, one=3),
                            **visa(25, (6, 6, 7, 5), 4, MODIFIED, B, MIN_10),
                            "run_pain": 3,
                            "run_settled": True,
                        },
                    ),
                    Plan(49),
                    Print(49, by="reception"),
                    Weeks(47, times=8, every=3, felt=(SOLID, Felt())),
                    Train(
                        22,
                        outcome=Outcome.HOLD,
                        reason="Two weeks of night shifts ahead: one more week at this weight.",
                    ),
                    Weeks(19, times=4, every=3, felt=(SOLID, Felt())),
                    Print(6),
                    Print(5, again=True, by="reception"),
                    Weeks(5, times=1, every=3),
                    Edit(
                        1,
                        (
                            ("hsr_seated_raise", "H4", "4x8RM 4-0-4 r120 3/wk B"),
                            ("hsr_seated_raise", "H5", "4x6RM 4-0-4 r120 3/wk B"),
                            ("floor_single_raise", "H4", "2x15 2-0-2 3/wk L"),
                        ),
                        issued=False,
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="Reactive, then settled: a second version of the plan",
        person=Person(given="Axel", family="Achilles-Ferse", sex=Sex.MALE, age=28.4),
        episodes=(
            EpisodeStory(
                side=R,
                opened=42,
                events=(
                    Examine(
                        42,
                        {
                            **CLEAR,
                            **IRRITABLE,
                            **NO_LUMP,
                            **RUNS,
                            **tender("4", "5"),
                            **history(3, "Play indoor football on Thursdays"),
                            **raises(29, 11, pain=6, hurts=R, one=6),
                            **visa(45, (3, 5, 5, 3), 0, NO_SPORT, C, NIL),
                            "run_pain": 6,
                            "run_settled": False,
                        },
                    ),
                    Plan(42),
                    Print(42),
                    Weeks(40, times=10, every=2, felt=(SOLID, Felt())),
                    Examine(
                        14,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **STOPPED,
                            **tender("4.5"),
                            **history(7, "Play indoor football on Thursdays"),
                            **raises(30, 19, pain=2, hurts=R, one=2),
                            **visa(15, (6, 8, 8, 6), 5, MODIFIED, B, MIN_10),
                        },
                    ),
                    Plan(14, note="Settled: on to loading."),
                    Weeks(12, times=3, every=3),
                    Print(5),
                    Weeks(3, times=1, every=3),
                ),
            ),
        ),
    ),
    Story(
        shows="An older woman whose norm is below the running gate; Silbernagel by choice",
        person=Person(
            given="Hilda", family="Heelraise", sex=Sex.FEMALE, age=71.6, large_print=True
        ),
        episodes=(
            EpisodeStory(
                side=L,
                opened=35,
                clinician="ep",
                events=(
                    Examine(
                        35,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("5"),
                            **history(20, "Walk to the market without stopping"),
                            **raises(9, 13, pain=2, hurts=L, one=2),
                            **visa(30, (6, 5, 6, 5), 2, NO_SPORT, C, NIL),
                        },
                    ),
                    Plan(34, protocol=Protocol.SILB, note="No weights at home; a step is there."),
                    Print(34),
                    Weeks(32, times=4, every=5, felt=(Felt(), EASY)),
                    Train(10, Felt(before=1, during=4, after=3, morning=2)),
                    Edit(
                        8,
                        (
                            ("seated_raise", "S2", "3x20 2-0-2 2/d 7/wk L"),
                            ("floor_double_raise", "S2", "2x15 2-0-2 7/wk B"),
                        ),
                        note="More seated work, and a warm-up on the floor.",
                    ),
                    Print(8),
                    Weeks(7, times=1, every=5),
                ),
            ),
        ),
    ),
    Story(
        shows="Insertional: the ladder that stays level with the floor",
        person=Person(
            given="Ines",
            family="Inserzione",
            sex=Sex.FEMALE,
            age=52.1,
            language=Language.ITALIAN,
        ),
        episodes=(
            EpisodeStory(
                side=R,
                opened=33,
                clinician="physio2",
                events=(
                    Examine(
                        33,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("0.5", "1.5"),
                            **history(16, "Hike in the hills"),
                            **raises(25, 16, pain=3, hurts=R, one=3),
                            **visa(20, (4, 6, 7, 6), 3, MODIFIED, B, MIN_10),
                            "dorsiflexion_pain": True,
                            "bursa_squeeze": True,
                        },
                    ),
                    Plan(32),
                    Print(32),
                    Weeks(31, times=4, every=3),
                    Train(
                        18,
                        Felt(done=80),
                        outcome=Outcome.PROGRESS,
                        reason="Only the second light set was left out; the last two weeks were "
                        "done in full.",
                    ),
                    Weeks(15, times=3, every=3, felt=(LINGERS, Felt(), SOLID)),
                    Print(8),
                    Weeks(5, times=1, every=3),
                ),
            ),
        ),
    ),
    Story(
        shows="Midportion and insertional at once; the paper at home is out of date",
        person=Person(given="Mike", family="Mixpoint", sex=Sex.MALE, age=57.8),
        episodes=(
            EpisodeStory(
                side=L,
                opened=21,
                events=(
                    Examine(
                        21,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("1", "4"),
                            **STOPPED,
                            **history(60, "Coach the under-twelves", prior=True),
                            **raises(12, 20, pain=4, hurts=L, one=4),
                            **visa(35, (4, 5, 6, 4), 1, MODIFIED, C, MIN_10),
                        },
                    ),
                    Plan(20),
                    Print(20),
                    Weeks(18, times=3, every=4),
                    Train(3),
                ),
            ),
        ),
    ),
    Story(
        shows="Reactive on degenerative: settle first",
        person=Person(given="Rhoda", family="Relapse", sex=Sex.FEMALE, age=49.5),
        episodes=(
            EpisodeStory(
                side=R,
                opened=15,
                clinician="physio2",
                events=(
                    Examine(
                        15,
                        {
                            **CLEAR,
                            **IRRITABLE,
                            **LUMP,
                            **RUNS,
                            **tender("3", "4"),
                            **history(5, "Get back to orienteering", prior=True),
                            **raises(21, 8, pain=6, hurts=R, one=5),
                            **visa(50, (3, 4, 4, 3), 0, MODIFIED, C, MIN_10),
                            "run_pain": 5,
                            "run_settled": False,
                        },
                    ),
                    Plan(15),
                    Weeks(13, times=4, every=2, felt=(SOLID, Felt())),
                    Print(6),
                    Train(2, SOLID),
                ),
            ),
        ),
    ),
    Story(
        shows="A suspected rupture: sent to the emergency department, nothing planned",
        person=Person(given="Rupert", family="Snapp", sex=Sex.MALE, age=41.2),
        episodes=(
            EpisodeStory(
                side=L,
                opened=1,
                events=(
                    Examine(
                        1,
                        {
                            "rupture": ["calf_squeeze_positive", "palpable_gap", "sudden_pop"],
                            "history_note": "Felt kicked at squash the evening before. Sent on "
                            "with a letter, boot with the foot pointed down.",
                        },
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="A stress fracture excluded and the lock cleared; an antibiotic 70 days ago",
        person=Person(given="Flo", family="Floxacin", sex=Sex.FEMALE, age=58.9),
        episodes=(
            EpisodeStory(
                side=R,
                opened=30,
                events=(
                    Examine(
                        30,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("3.5"),
                            **history(14, "Dance on Saturdays"),
                            **raises(20, 13, pain=3, hurts=R, one=3),
                            **visa(25, (6, 6, 6, 5), 3, MODIFIED, B, NIL),
                            "bone": ["calcaneal_squeeze_positive"],
                            "fluoroquinolone": True,
                            "fluoroquinolone_last_on": 100,
                        },
                    ),
                    Clear(
                        21,
                        "RF07",
                        "MRI of the heel bone reported by Dr Imaginary: no stress fracture, no "
                        "bone oedema. Heel-bone squeeze no longer hurts.",
                    ),
                    Examine(
                        20,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("3.5"),
                            **history(15, "Dance on Saturdays"),
                            **raises(20, 14, pain=3, hurts=R, one=3),
                            "fluoroquinolone": True,
                            "fluoroquinolone_last_on": 100,
                        },
                    ),
                    Plan(20),
                    Print(20),
                    Weeks(18, times=2, every=3),
                    Train(11, LINGERS),
                    Weeks(8, times=1, every=3),
                    Print(6),
                ),
            ),
        ),
    ),
    Story(
        shows="Cortisone three weeks ago: isometric work only",
        person=Person(given="Cora", family="Cortison", sex=Sex.FEMALE, age=55.0, referrer="Dr Jab"),
        episodes=(
            EpisodeStory(
                side=L,
                opened=12,
                events=(
                    Examine(
                        12,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("4"),
                            **history(26, "Play golf walking, not riding"),
                            **raises(11, 19, pain=2, hurts=L, one=2),
                            **visa(20, (7, 6, 7, 6), 3, NO_SPORT, B, NIL),
                            "cortisone": True,
                            "cortisone_last_on": 21,
                        },
                    ),
                    Plan(12),
                    Weeks(11, times=3, every=2),
                    Print(5),
                    Train(3),
                ),
            ),
        ),
    ),
    Story(
        shows="Cortisone long ago: caution with hops stays in the plan",
        person=Person(given="Percy", family="Needlemann", sex=Sex.MALE, age=60.7),
        episodes=(
            EpisodeStory(
                side=R,
                opened=36,
                clinician="physio2",
                events=(
                    Examine(
                        36,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("5", "5.5"),
                            **history(80, "Cycle and walk without thinking of it", prior=True),
                            **raises(22, 12, pain=5, hurts=R, one=5),
                            **visa(40, (4, 5, 5, 3), 0, NO_SPORT, C, NIL),
                            "cortisone": True,
                            "cortisone_last_on": 236,
                        },
                    ),
                    Plan(35),
                    Print(35),
                    Weeks(33, times=11, every=2, felt=(SOLID, Felt())),
                    Measure(12, {"sl_raise_pain": 3}),
                    Train(11),
                    Print(9),
                    Weeks(8, times=2, every=4),
                ),
            ),
        ),
    ),
    Story(
        shows="A flare: two steps back, then warm again, and the plan no longer fits",
        person=Person(given="Flora", family="Flair", sex=Sex.FEMALE, age=39.9),
        episodes=(
            EpisodeStory(
                side=L,
                opened=40,
                events=(
                    Examine(
                        40,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **RUNS,
                            **tender("4.5"),
                            **history(24, "A half marathon next year", prior=True),
                            **raises(18, 26, pain=3, hurts=L, one=3),
                            **visa(20, (7, 7, 7, 6), 5, MODIFIED, B, MIN_20),
                            "run_pain": 2,
                            "run_settled": True,
                        },
                    ),
                    Plan(40),
                    Print(40),
                    Weeks(38, times=9, every=3, felt=(SOLID, Felt())),
                    Train(
                        10, Felt(before=2, during=7, after=6, morning=4), note="Ran for the bus."
                    ),
                    Train(7, Felt(before=2, during=4, after=4, morning=6, stiff_next=35)),
                    Train(
                        3,
                        Felt(before=4, during=5, after=5, morning=6, warm=True, stiff_next=60),
                        note="Danced at a wedding the evening before.",
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="A plateau: nine weeks of sessions, the score has barely moved",
        person=Person(given="Pete", family="Plateau", sex=Sex.MALE, age=44.4),
        episodes=(
            EpisodeStory(
                side=R,
                opened=75,
                clinician="physio2",
                events=(
                    Examine(
                        75,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("4", "5"),
                            **STOPPED,
                            **history(52, "Play tennis doubles", prior=True),
                            **raises(28, 17, pain=4, hurts=R, one=4),
                            **visa(30, (5, 6, 6, 5), 2, MODIFIED, B, MIN_10),
                        },
                    ),
                    Plan(74),
                    Print(74),
                    Weeks(72, times=16, every=4, felt=(SOLID, LINGERS, SOLID, Felt(), SOLID)),
                    Print(11),
                    Examine(
                        8,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("4", "5"),
                            **STOPPED,
                            **history(62, "Play tennis doubles", prior=True),
                            **raises(28, 19, pain=4, hurts=R, one=4),
                            **visa(30, (5, 7, 6, 5), 3, MODIFIED, B, MIN_10),
                        },
                    ),
                    Train(
                        6,
                        LINGERS,
                        outcome=Outcome.REFER,
                        reason="Nine weeks without change in the score: to the sports physician "
                        "for a second look, sessions go on meanwhile.",
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="A runner back on the road: both gates passed, now walking and running",
        person=Person(
            given="Runa", family="Runwell", sex=Sex.FEMALE, age=31.5, external_id="DEMO-0013"
        ),
        episodes=(
            EpisodeStory(
                side=L,
                opened=112,
                clinician="ep",
                events=(
                    Examine(
                        112,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **STOPPED,
                            **tender("3.5"),
                            **history(18, "Run the city ten kilometres"),
                            **raises(17, 28, pain=3, hurts=L, one=3),
                            **visa(20, (7, 7, 7, 6), 4, NO_SPORT, C, NIL),
                            "onset_on": 238,
                            "goal_event": "City ten",
                            "goal_event_on": -60,
                            "goal_distance_m": 10_000,
                            "cadence_spm": 164,
                            "analysis_speed_kmh": Decimal("9.5"),
                            "left_contact_ms": 268,
                            "right_contact_ms": 256,
                            "left_strike": FootStrike.REARFOOT,
                            "right_strike": FootStrike.REARFOOT,
                            "calf_loading_note": "Leaves the left leg early; heel late off.",
                            "treated_rest": True,
                            "treated_rest_since": 230,
                            "treated_rest_until": 130,
                            "treated_massage": True,
                            "treated_loading": False,
                            "left_stop": "pain",
                            "right_stop": "pace",
                            "body_kg": Decimal("61"),
                            "left_straight_kg": Decimal("10"),
                            "left_straight_reps": 8,
                            "right_straight_kg": Decimal("20"),
                            "right_straight_reps": 8,
                        },
                    ),
                    Log(
                        112,
                        (
                            *weekly(400, 262, "6", "8", "11"),
                            *weekly(258, 246, "7.5", "9", "11"),
                            (244, "18", 116, Surface.ROAD),
                            *weekly(242, 232, "6", "5"),
                        ),
                    ),
                    Change(
                        112,
                        262,
                        LoadEventKind.FOOTWEAR,
                        {"old_drop_mm": 10, "new_drop_mm": 4, "note": "Lighter race shoe"},
                    ),
                    Change(
                        112,
                        230,
                        LoadEventKind.REST,
                        {"until_on": 130, "note": "Told to wait until it is gone"},
                    ),
                    Score(112, "TENDINS-A", 52, better="lower"),
                    Plan(111, protocol=Protocol.GRIF, note="Trains alone; single-leg work suits."),
                    Print(111),
                    Weeks(109, times=6, every=4, felt=(SOLID, Felt())),
                    Ask(86, visa(15, (7, 8, 8, 7), 5, NO_SPORT, C, NIL)),
                    Weeks(85, times=6, every=4, felt=(SOLID, Felt())),
                    Measure(64, {"sl_raise_pain": 1, "dl_hop_pain": 2}),
                    Examine(
                        63,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **STOPPED,
                            **tender("3.5"),
                            **history(25, "Run the city ten kilometres"),
                            **raises(26, 28, pain=0, hurts=L, one=1),
                            **visa(10, (8, 9, 9, 8), 8, MODIFIED, B, MIN_20),
                        },
                    ),
                    Score(63, "TENDINS-A", 30, better="lower"),
                    Weeks(61, times=2, every=4, felt=(EASY,)),
                    Print(55),
                    Weeks(54, times=9, every=3, felt=(EASY,)),
                    Measure(
                        28,
                        {
                            "sl_raise_pain": 0,
                            "sl_hop_pain": 1,
                            "walk_min": 30,
                            "walk_pain": 0,
                            "strength_adequate": True,
                        },
                    ),
                    Train(26, EASY),
                    Days(25, (2, 4, 6, 7)),
                    Print(24),
                    Ask(
                        23,
                        visa(0, (9, 9, 10, 9), 10, MODIFIED, A, MIN_20),
                        reported_by=ReportedBy.ROOM,
                    ),
                    Weeks(23, times=6, every=3, felt=(EASY,), source="phone"),
                    Print(6),
                    Train(4, EASY, source="phone"),
                ),
            ),
        ),
    ),
    Story(
        shows="Discharged: no sport, walks and climbs stairs without thinking of it",
        person=Person(given="Dora", family="Donewell", sex=Sex.FEMALE, age=63.2),
        episodes=(
            EpisodeStory(
                side=R,
                opened=95,
                events=(
                    Examine(
                        95,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("4"),
                            **history(15, "Carry the shopping up to the third floor"),
                            **raises(18, 11, pain=3, hurts=R, one=3),
                            **visa(30, (6, 6, 5, 5), 2, NO_SPORT, C, NIL),
                        },
                    ),
                    Plan(95),
                    Print(95),
                    Weeks(92, times=15, every=5, felt=(Felt(), EASY)),
                    Examine(
                        9,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("4"),
                            **history(27, "Carry the shopping up to the third floor"),
                            **raises(20, 19, pain=0, hurts=R, one=0),
                            **visa(5, (9, 10, 10, 9), 9, NO_SPORT, A, NIL),
                        },
                    ),
                    Discharge(
                        6,
                        "improved",
                        "Keeps two sessions a week at home. Comes back if it starts again.",
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="Both sides at once, an episode each",
        person=Person(given="Bill", family="Bothsides", sex=Sex.MALE, age=50.6),
        episodes=(
            EpisodeStory(
                side=L,
                opened=38,
                events=(
                    Examine(
                        38,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("4"),
                            **STOPPED,
                            **history(40, "Referee on Sundays", prior=True),
                            **raises(16, 20, pain=3, hurts=L, one=3),
                            **visa(25, (6, 6, 6, 5), 3, MODIFIED, B, MIN_10),
                        },
                    ),
                    Plan(38),
                    Print(38),
                    Weeks(36, times=9, every=4, felt=(SOLID, Felt())),
                    Print(4),
                ),
            ),
            EpisodeStory(
                side=R,
                opened=17,
                events=(
                    Examine(
                        17,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("5"),
                            **STOPPED,
                            **history(8, "Referee on Sundays"),
                            **raises(18, 17, pain=2, hurts=R, one=2),
                            **visa(20, (7, 7, 7, 6), 4, MODIFIED, B, MIN_10),
                        },
                    ),
                    Plan(17),
                    Weeks(16, times=4, every=4),
                    Print(3),
                ),
            ),
        ),
    ),
    Story(
        shows="Brand new: a draft that nobody has signed",
        person=Person(given="Nora", family="Newcomer", sex=Sex.FEMALE, age=26.7),
        episodes=(
            EpisodeStory(
                side=L,
                opened=0,
                events=(
                    Examine(
                        0,
                        {
                            **history(4, "Finish a first triathlon"),
                            **tender("4.5"),
                            "rupture": [],
                            "clot": [],
                            "infection": [],
                        },
                        signed=False,
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="The morning after the last session is missing",
        person=Person(given="Mona", family="Morningafter", sex=Sex.FEMALE, age=35.3),
        episodes=(
            EpisodeStory(
                side=R,
                opened=16,
                clinician="physio2",
                events=(
                    Examine(
                        16,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **RUNS,
                            **tender("3"),
                            **history(9, "Skip with the children"),
                            **raises(27, 19, pain=3, hurts=R, one=3),
                            **visa(15, (7, 7, 8, 6), 5, MODIFIED, B, MIN_10),
                            "run_pain": 3,
                            "run_settled": True,
                        },
                    ),
                    Plan(16),
                    Print(16),
                    Weeks(14, times=2, every=4),
                    Train(3, Felt(morning=None), source="phone"),
                ),
            ),
        ),
    ),
    Story(
        shows="Nobody has heard from him for weeks; Alfredson's heel drops by choice",
        person=Person(given="Stan", family="Stillstand", sex=Sex.MALE, age=63.9),
        episodes=(
            EpisodeStory(
                side=L,
                opened=62,
                clinician="ep",
                events=(
                    Examine(
                        62,
                        {
                            **CLEAR,
                            **QUIET,
                            **LUMP,
                            **tender("5"),
                            **history(34, "Bushwalk with a full pack"),
                            **raises(13, 18, pain=3, hurts=L, one=3),
                            **visa(30, (5, 6, 6, 5), 3, NO_SPORT, C, NIL),
                        },
                    ),
                    Plan(61, protocol=Protocol.ALF, note="Wants to train at home, every day."),
                    Print(61),
                    Weeks(58, times=6, every=5, felt=(Felt(), EASY)),
                    Correct(32, 33, {"pain_during": 3}, "The sheet says 3; it was read as 1."),
                    Print(30),
                ),
            ),
        ),
    ),
    Story(
        shows="An apostrophe and dots on the letters; a session that waits for its decision",
        person=Person(
            given="Zoë", family="O'Wadenbein-Å", sex=Sex.FEMALE, age=30.2, external_id="DEMO-ÄÖ 19"
        ),
        episodes=(
            EpisodeStory(
                side=R,
                opened=11,
                events=(
                    Examine(
                        11,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("4"),
                            **history(5, "Climb again"),
                            **raises(28, 22, pain=2, hurts=R, one=2),
                            **visa(10, (8, 8, 8, 7), 6, MODIFIED, B, MIN_20),
                        },
                        phase=Phase.DISREPAIR,
                        reason="It hurt on and off for months before; the five weeks count only "
                        "the worst of it.",
                    ),
                    Plan(11),
                    Print(11),
                    Weeks(9, times=2, every=3),
                    Train(2, decided=False),
                ),
            ),
        ),
    ),
    Story(
        shows="One of two people easily mistaken: examined, no programme yet",
        person=Person(given="Lena", family="Lookalike", sex=Sex.FEMALE, age=41.300),
        episodes=(
            EpisodeStory(
                side=L,
                opened=2,
                clinician="physio2",
                events=(
                    Examine(
                        2,
                        {
                            **CLEAR,
                            **QUIET,
                            **NO_LUMP,
                            **tender("4"),
                            **history(12, "Walk the coast path"),
                            **raises(15, 23, pain=3, hurts=L, one=3),
                            **visa(20, (6, 7, 7, 6), 4, NO_SPORT, C, NIL),
                        },
                    ),
                ),
            ),
        ),
    ),
    Story(
        shows="The other one, nine days younger: not examined yet",
        person=Person(given="Lina", family="Lookalike", sex=Sex.FEMALE, age=41.275),
        episodes=(EpisodeStory(side=R, opened=0, clinician="physio2"),),
    ),
)
