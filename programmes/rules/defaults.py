"""Practice defaults of the programme: the settings of decisions, rest, stage exits and reviews.

The practice lead may change every one, so nothing else in ``programmes`` repeats a value. The
values in force are stored with each decision, so that it can be replayed.
"""

from dataclasses import dataclass

from assessments.rules.practice import PracticeDefaults, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDefaults(PracticeDefaults):
    """The practice's settings for running a programme.

    Raises ``ValueError`` naming the setting when a value is not a whole number inside its limits.
    """

    # Pain during and after a session, and the next morning (section 7, D3 to D7).
    pain_ceiling: int = setting(
        5,
        "Highest pain accepted during or after a session",
        "Above this the next session goes a step back.",
        unit="out of 10",
        source="GAMEPLAN",
        low=1,
        high=10,
    )
    next_day_pain_ceiling: int = setting(
        5,
        "Highest pain accepted the next morning",
        "Above this the next session goes a step back, whatever came before.",
        unit="out of 10",
        source="own",
        low=1,
        high=10,
    )
    next_day_rise_hold: int = setting(
        0,
        "Rise by the next morning that still counts as settled",
        "A greater rise holds the step. The stricter of two published readings.",
        unit="points",
        source="own",
        low=0,
        high=10,
    )
    next_day_rise_regress: int = setting(
        2,
        "Rise by the next morning that takes a step back",
        "The size is our choice.",
        unit="points",
        source="own",
        low=1,
        high=10,
    )
    stiffness_hold_min: int = setting(
        10,
        "Longer morning stiffness that still counts as settled",
        "A greater rise holds the step.",
        unit="minutes",
        source="own",
        low=0,
        high=240,
    )
    stiffness_regress_min: int = setting(
        30,
        "Longer morning stiffness, above which a step goes back",
        "The size is our choice.",
        unit="minutes",
        source="own",
        low=1,
        high=480,
    )
    completed_percent: int = setting(
        90,
        "Share of a session that counts as done",
        "Less than this holds the step.",
        unit="%",
        source="own",
        low=1,
        high=100,
    )
    energy_storage_pain: int = setting(
        2,
        "Highest pain while jumping or running that allows progress",
        "The mark is published for hopping; asking it of each session is our choice.",
        unit="out of 10",
        source="PMC6356409-A2",
        low=0,
        high=10,
    )

    # Rising weeks (section 7, D5 and D6c).
    rising_pain: int = setting(
        1,
        "Rise of a week's mean morning pain that counts as rising",
        "Against the seven days before.",
        unit="points",
        source="own",
        low=1,
        high=10,
    )
    rising_stiffness_min: int = setting(
        10,
        "Rise of a week's mean morning stiffness that counts as rising",
        "Against the seven days before.",
        unit="minutes",
        source="own",
        low=1,
        high=240,
    )
    rising_entries: int = setting(
        3,
        "Mornings needed in both weeks to compare them",
        "Fewer mornings say nothing about a week.",
        unit="entries",
        source="own",
        low=1,
        high=7,
    )
    rising_weeks_hold: int = setting(
        1,
        "Rising weeks that hold a step",
        "Pain and stiffness should not increase week to week.",
        unit="weeks",
        source="ID571",
        low=1,
        high=8,
    )
    rising_weeks_regress: int = setting(
        2,
        "Rising weeks in a row that take a step back",
        "The count is our choice.",
        unit="weeks",
        source="own",
        low=1,
        high=8,
    )

    # Repeated steps back (D9).
    regress_limit: int = setting(
        3,
        "Step back that goes to clinician review instead",
        "Counted with the one now due.",
        unit="steps back",
        source="own",
        low=1,
        high=10,
    )
    regress_window_days: int = setting(
        14,
        "Days in which steps back are counted",
        "The time is our choice.",
        unit="days",
        source="own",
        low=1,
        high=90,
    )

    # Good sessions in a row before a step up (D8).
    ok_isometric: int = setting(
        3,
        "Good sessions in a row: isometric",
        "The count is our choice.",
        unit="sessions",
        source="own",
        low=1,
        high=20,
    )
    ok_isotonic: int = setting(
        2,
        "Good sessions in a row: isotonic",
        "The count is our choice.",
        unit="sessions",
        source="own",
        low=1,
        high=20,
    )
    ok_plyometric: int = setting(
        2,
        "Good sessions in a row: plyometric",
        "The count is our choice.",
        unit="sessions",
        source="own",
        low=1,
        high=20,
    )
    ok_run_walk: int = setting(
        3,
        "Good sessions in a row: run-walk",
        "At least three sessions on each rung.",
        unit="sessions",
        source="BLAKE",
        low=1,
        high=20,
    )
    ok_full_return: int = setting(
        2,
        "Good sessions in a row: full return",
        "The count is our choice.",
        unit="sessions",
        source="own",
        low=1,
        high=20,
    )

    # Days of rest (section 7).
    light_during: int = setting(
        2,
        "Light activity: pain during, up to",
        "The published bands overlap at 2.",
        unit="out of 10",
        source="ID571",
        low=0,
        high=10,
    )
    medium_during: int = setting(
        3,
        "Medium activity: pain during, up to",
        "More than this is high activity.",
        unit="out of 10",
        source="ID571",
        low=0,
        high=10,
    )
    light_next_day: int = setting(
        2,
        "Light activity: pain next day, up to",
        "The published bands overlap at 2.",
        unit="out of 10",
        source="ID571",
        low=0,
        high=10,
    )
    medium_next_day: int = setting(
        4,
        "Medium activity: pain next day, up to",
        "More than this is high activity.",
        unit="out of 10",
        source="ID571",
        low=0,
        high=10,
    )
    light_days: int = setting(
        0,
        "Rest after light activity",
        "Never less than the least rest after jumping or running.",
        unit="days",
        source="ID571",
        low=0,
        high=14,
    )
    medium_days: int = setting(
        2,
        "Rest after medium activity",
        "Applies to jumping and running.",
        unit="days",
        source="ID571",
        low=0,
        high=14,
    )
    high_days: int = setting(
        3,
        "Rest after high activity",
        "Applies to jumping and running.",
        unit="days",
        source="ID571",
        low=0,
        high=14,
    )
    energy_storage_days: int = setting(
        1,
        "Least rest after jumping or running",
        "A rest day after every session.",
        unit="days",
        source="BLAKE",
        low=0,
        high=14,
    )
    isometric_days: int = setting(
        0,
        "Rest after an isometric session",
        "Isometric work is daily.",
        unit="days",
        source="PMC8364697-T2",
        low=0,
        high=14,
    )
    heavy_isotonic_days: int = setting(
        1,
        "Rest after a heavy isotonic session",
        "At least 48 hours between sessions; also of loaded insertional work.",
        unit="days",
        source="NCT0677",
        low=0,
        high=14,
    )
    daily_isotonic_days: int = setting(
        0,
        "Rest after a daily isotonic session",
        "The eccentric and combined programmes are daily by design.",
        unit="days",
        source="own",
        low=0,
        high=14,
    )

    # The week as the patient lives it (section 6.2).
    repetition_s: int = setting(
        2,
        "Seconds of a repetition without a tempo",
        "Only to say how long a session takes.",
        unit="seconds",
        source="own",
        low=1,
        high=20,
    )
    set_rest_s: int = setting(
        60,
        "Rest between sets where none is written",
        "Only to say how long a session takes.",
        unit="seconds",
        source="own",
        low=0,
        high=600,
    )
    heavy_change_min: int = setting(
        5,
        "Minutes between two heavy exercises",
        "As in the heavy slow resistance trial.",
        unit="minutes",
        source="UTD",
        low=0,
        high=30,
    )
    change_min: int = setting(
        1,
        "Minutes between two other exercises",
        "Only to say how long a session takes.",
        unit="minutes",
        source="own",
        low=0,
        high=30,
    )

    easy_pace_percent: int = setting(
        70,
        "Run-throughs up to this share of full pace count as easy running",
        "Faster ones count as speed running. The published ones are at 50 to 65 %.",
        unit="%",
        source="own",
        low=50,
        high=100,
    )

    # The published limit is on one run against the longest before it: taking each of three runs a
    # week to that limit would keep it and still run away.
    longer_run_every_days: int = setting(
        7,
        "Days until the longest run may grow again",
        "In full return; each run stays within the reference class of the spike rule.",
        unit="days",
        source="own",
        low=1,
        high=28,
    )

    # Stage exits (sections 8.2 and 12). Raises and symmetry are settings of the assessment.
    e1_raise_pain: int = setting(
        5,
        "Isometric to isotonic: single-leg raise pain below",
        "Exactly this much stays isometric.",
        unit="out of 10",
        source="PMC8364697-T2",
        low=1,
        high=10,
    )
    e2_raise_pain: int = setting(
        4,
        "Isotonic to plyometric: single-leg raise pain below",
        "Pain of a single-leg heel raise.",
        unit="out of 10",
        source="PMC8364697-T2",
        low=1,
        high=10,
    )
    e2_hop_pain: int = setting(
        5,
        "Isotonic to plyometric: double-leg hop pain below",
        "Pain of ten double-leg hops.",
        unit="out of 10",
        source="PMC8364697-T2",
        low=1,
        high=10,
    )
    e2_weeks: int = setting(
        6,
        "Isotonic to plyometric: weeks of isotonic loading",
        "The published programme moves on in weeks 6 to 9.",
        unit="weeks",
        source="PMC8364697-T2",
        low=0,
        high=52,
    )
    e3_pain: int = setting(
        0,
        "Plyometric to run-walk: pain of the raises and the walk",
        "The gate asks for no pain; exercise does not.",
        unit="out of 10",
        source="seed",
        low=0,
        high=10,
    )
    e3_walk_min: int = setting(
        30,
        "Plyometric to run-walk: walk",
        "Level walking without a limp.",
        unit="minutes",
        source="seed",
        low=1,
        high=240,
    )
    e3_hop_pain: int = setting(
        2,
        "Plyometric to run-walk: single-leg hop pain up to",
        "Pain of ten single-leg hops.",
        unit="out of 10",
        source="PMC6356409-A2",
        low=0,
        high=10,
    )
    e4_pain: int = setting(
        2,
        "Run-walk to full return: pain up to",
        "The mark is our choice.",
        unit="out of 10",
        source="own",
        low=0,
        high=10,
    )
    e5_weeks: int = setting(
        4,
        "Discharge: weeks of full training",
        "The time is our choice.",
        unit="weeks",
        source="own",
        low=0,
        high=52,
    )
    e5_visa: int = setting(
        90,
        "Discharge: VISA-A",
        "A total that could be considered full recovery.",
        unit="points",
        source="PM22319681",
        low=0,
        high=100,
    )
    e5_no_sport_points: int = setting(
        54,
        "Discharge without sport: questions 1 to 6 of the VISA-A",
        "Who does no sport cannot reach more than 60 in all.",
        unit="points",
        source="own",
        low=0,
        high=60,
    )

    # Review (D10).
    review_weeks: int = setting(
        12,
        "Weeks of programme before non-response is judged",
        "The usual length of a trial.",
        unit="weeks",
        source="own",
        low=1,
        high=104,
    )
    review_adherence_percent: int = setting(
        75,
        "Adherence below which adherence is looked at first",
        "The share is our choice.",
        unit="%",
        source="own",
        low=0,
        high=100,
    )

    # The day's list. A silence is at least a week, because the list tells it in whole weeks.
    no_contact_days: int = setting(
        21,
        "Days without a session before somebody asks how it goes",
        "Counted from the last session, or from the start of the programme.",
        unit="days",
        source="own",
        low=7,
        high=365,
    )

    held_days: int = setting(
        7,
        "Days after which a step up that was held is asked about again",
        "Only while no session followed.",
        unit="days",
        source="own",
        low=1,
        high=90,
    )
    plateau_points: int = setting(
        7,
        "Gain of the VISA-A below which it stands still",
        "The size of the detectable change.",
        unit="points",
        source="own",
        low=1,
        high=50,
    )
    plateau_weeks: int = setting(
        6,
        "Weeks in which that gain is expected",
        "Compared with the newest total at least this much older.",
        unit="weeks",
        source="own",
        low=1,
        high=52,
    )
    test_due_weeks: int = setting(
        6,
        "Weeks after which VISA-A and heel raises are due again",
        "Counted from the last one, or from the start of the programme.",
        unit="weeks",
        source="own",
        low=1,
        high=52,
    )

    # The practice's outcomes.
    drop_out_days: int = setting(
        42,
        "Days without contact that count as dropping out",
        "In the practice's outcomes, of patients nobody discharged: twice the time after which"
        " somebody asks.",
        unit="days",
        source="own",
        low=14,
        high=365,
    )
    small_group: int = setting(
        5,
        "Smallest group that is broken down",
        "In the practice's outcomes: figures of fewer patients would tell of single ones.",
        unit="patients",
        source="own",
        low=2,
        high=50,
    )

    # An episode opened again.
    reopened_examine_days: int = setting(
        28,
        "Days closed after which a re-opened episode is examined again first",
        "The step stays where it was left; the tendon may not have.",
        unit="days",
        source="own",
        low=1,
        high=365,
    )


DEFAULTS = ProgrammeDefaults()
