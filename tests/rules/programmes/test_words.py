"""What is said in the language in force, and what is never looked up."""

import struct
from contextvars import copy_context
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from programmes.rules import words
from programmes.rules.dose import (
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    Tempo,
    WalkRun,
    dose_from_json,
    dose_to_json,
    in_words,
)
from programmes.rules.library import BUILT_IN, Exercise
from programmes.rules.library.spoken import TEXTS, spoken, stays_as_typed
from programmes.rules.terms import DoseSide, LoadKind
from programmes.rules.words import (
    date_words,
    in_language,
    marked,
    numeral,
    say,
    say_as,
    say_counted,
    say_marked,
    weekday_words,
)

HEAVY = Dose(
    side=DoseSide.BOTH,
    sets=4,
    reps=10,
    load=Load(kind=LoadKind.RM, amount=10),
    tempo=Tempo(up_s=3, hold_s=0, down_s=3),
    rest_s=120,
    days_per_week=3,
)


def compiled(folder: Path, code: str, messages: dict[str, str]) -> None:
    """A catalogue as gettext reads it, written by hand: the tests of the rules need no tool."""
    head = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    pairs = sorted((key.encode(), value.encode()) for key, value in {"": head, **messages}.items())
    count, start = len(pairs), 28 + 16 * len(pairs)
    tables, text = [], b""
    for part in (0, 1):
        for pair in pairs:
            tables.append((len(pair[part]), start + len(text)))
            text += pair[part] + b"\0"
    whole = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    whole += b"".join(struct.pack("<2I", *each) for each in tables) + text
    (folder / code / "LC_MESSAGES").mkdir(parents=True)
    (folder / code / "LC_MESSAGES" / "django.mo").write_bytes(whole)


@pytest.fixture
def pirate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A language nobody speaks, with four messages."""
    compiled(
        tmp_path,
        "pi",
        {
            "Call {who}.": "Hail {who}, arr {{}}!",
            "{count} leg\0{count} legs": "{count} peg\0{count} pegs",
            "month\4May": "Maytide",
            "decimal sign\4.": "'",
        },
    )
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    return "pi"


def test_outside_of_papers_everything_is_english() -> None:
    assert say("Call {who}.", who="us") == "Call us."
    assert say_counted(1, "{count} leg", "{count} legs") == "1 leg"
    assert say_counted(2, "{count} leg", "{count} legs") == "2 legs"
    assert say_as("month", "May") == "May"
    assert numeral(Decimal("2.50")) == "2.5"


def test_a_language_in_force_answers(pirate: str) -> None:
    with in_language(pirate):
        assert say("Call {who}.", who="us") == "Hail us, arr {}!"
        assert say_counted(1, "{count} leg", "{count} legs") == "1 peg"
        assert say_counted(0, "{count} leg", "{count} legs") == "0 pegs"
        assert say_as("month", "May") == "Maytide"
        assert say("May") == "May"
        assert numeral(Decimal("2.50")) == "2'5"
        assert say("Nobody wrote this down.") == "Nobody wrote this down."


def test_words_of_a_table_are_said_later(pirate: str) -> None:
    table = (marked("Nobody wrote this down."), marked(""))
    with in_language(pirate):
        # A blank one is not the head of the catalogue.
        assert [say_marked(each) for each in table] == list(table)


def test_what_people_typed_is_inserted_and_never_read(pirate: str) -> None:
    typed = "{who} %s {0.__class__} Call {who}."
    for code in ("en", pirate):
        with in_language(code):
            assert typed in say("Call {who}.", who=typed)


def test_english_comes_back_after_a_paper_also_when_it_fails(pirate: str) -> None:
    with in_language(pirate), in_language("en"):
        assert say("Call {who}.", who="us") == "Call us."
    with pytest.raises(ZeroDivisionError), in_language(pirate):
        raise ZeroDivisionError
    assert say("Call {who}.", who="us") == "Call us."


def test_two_papers_at_once_don_t_speak_each_other_s_language(pirate: str) -> None:
    said: list[str] = []

    def speak() -> None:
        said.append(say("Call {who}.", who="us"))

    with in_language(pirate):
        other = Thread(target=speak)
        other.start()
        other.join()
        copy_context().run(speak)
    assert said == ["Call us.", "Hail us, arr {}!"]


@pytest.mark.parametrize("code", ["xx", "", "../locale/it"])
def test_a_language_without_a_catalogue_is_refused(code: str) -> None:
    with pytest.raises(KeyError), in_language(code):
        pass


@pytest.mark.parametrize(
    ("code", "day", "dated", "on"),
    [
        pytest.param("en", date(2026, 11, 22), "22 November 2026", "Sunday 22 November", id="en"),
        pytest.param("it", date(2026, 11, 22), "22 novembre 2026", "domenica 22 novembre", id="it"),
        pytest.param("en", date(2027, 1, 1), "1 January 2027", "Friday 1 January", id="en, first"),
        pytest.param("it", date(2027, 1, 1), "1º gennaio 2027", "venerdì 1º gennaio", id="first"),
    ],
)
def test_dates(code: str, day: date, dated: str, on: str) -> None:
    with in_language(code):
        assert date_words(day) == dated
        assert weekday_words(day) == on


@pytest.mark.parametrize("month", range(1, 13))
def test_english_dates_are_those_of_the_calendar(month: int) -> None:
    day = date(2026, month, 2 + month)
    assert date_words(day) == f"{day:%-d %B %Y}"
    assert weekday_words(day) == f"{day:%A %-d %B}"


@pytest.mark.parametrize(
    ("dose", "english", "italian"),
    [
        pytest.param(
            HEAVY,
            "4 sets of 10 at 10RM, 3 seconds up, 3 seconds down, rest 2 minutes, 3 days a week",
            "4 serie da 10 con un peso da 10RM, 3 secondi per salire, 3 secondi per scendere, "
            "pausa di 2 minuti, 3 giorni alla settimana",
            id="heavy",
        ),
        pytest.param(
            Dose(
                side=DoseSide.AFFECTED,
                sets=1,
                hold_s=45,
                load=Load(kind=LoadKind.PERCENT_MAX, amount=70),
                rest_s=90,
                times_per_day=2,
            ),
            "1 hold of 45 seconds at 70 % of maximum effort, rest 90 seconds, twice a day, "
            "every day",
            "1 tenuta di 45 secondi con uno sforzo di 70 su 100, pausa di 90 secondi, "
            "due volte al giorno, ogni giorno",
            id="hold",
        ),
        pytest.param(
            Dose(
                side=DoseSide.EACH,
                sets=3,
                reps=10,
                reps_to=15,
                load=Load(kind=LoadKind.KG, amount=Decimal("12.50")),
                tempo=Tempo(up_s=1, hold_s=1, down_s=1),
                times_per_day=3,
                days_per_week=1,
            ),
            "3 sets of 10 to 15 with 12.5 kg, 1 second up, 1 second held, 1 second down, "
            "3 times a day, 1 day a week",
            "3 serie da 10–15 con 12,5 kg, 1 secondo per salire, 1 secondo di tenuta, "
            "1 secondo per scendere, 3 volte al giorno, 1 giorno alla settimana",
            id="range",
        ),
        pytest.param(
            Dose(
                side=DoseSide.BOTH,
                sets=2,
                reps=8,
                load=Load(kind=LoadKind.PERCENT_BODY_WEIGHT, amount=20),
            ),
            "2 sets of 8 with 20 % of body weight added, every day",
            "2 serie da 8 con un peso in più: 20 % del peso del corpo, ogni giorno",
            id="share of body weight",
        ),
        pytest.param(
            WalkRun(rounds=3, walk_min=9, run_min=1, days_per_week=3),
            "3 rounds: walk 9 minutes, then run 1 minute, 3 days a week",
            "3 cicli: cammini 9 minuti, poi corra 1 minuto, 3 giorni alla settimana",
            id="walk and run",
        ),
        pytest.param(
            WalkRun(rounds=1, walk_min=0, run_min=30, days_per_week=3),
            "run 30 minutes, 3 days a week",
            "corra 30 minuti, 3 giorni alla settimana",
            id="run",
        ),
        pytest.param(
            WalkRun(rounds=2, walk_min=20, run_min=0, days_per_week=7),
            "2 rounds: walk 20 minutes, every day",
            "2 cicli: cammini 20 minuti, ogni giorno",
            id="walk",
        ),
        pytest.param(
            FreeRun(longer_percent=10, days_per_week=4, consecutive_days=False),
            "each run at most 10 % longer than the longest run of the last 30 days, "
            "up to 4 days a week, never two days in a row",
            "ogni corsa al massimo 10 % più lunga della corsa più lunga degli ultimi 30 giorni, "
            "al massimo 4 giorni alla settimana, mai due giorni di seguito",
            id="full return",
        ),
        pytest.param(
            RunThroughs(sets=3, reps=5, metres=80, percent_from=50, percent_to=60, days_per_week=2),
            "3 sets of 5 run-throughs of 80 metres at 50 to 60 % of full pace, 2 days a week",
            "3 serie da 5 allunghi di 80 metri, velocità: 50–60 % della massima, "
            "2 giorni alla settimana",
            id="run-throughs",
        ),
    ],
)
def test_a_dose_in_both_languages(dose: AnyDose, english: str, italian: str) -> None:
    assert in_words(dose) == english
    with in_language("it"):
        assert in_words(dose) == italian
        # The words are made from what is stored, whatever language it was issued in.
        assert in_words(dose_from_json(dose_to_json(dose))) == italian


@pytest.mark.parametrize("known", BUILT_IN, ids=lambda each: each.key)
def test_every_exercise_is_spoken(known: Exercise) -> None:
    texts = (known.name, *known.instructions)
    assert [spoken(text) for text in texts] == list(texts)
    with in_language("it"):
        for text in texts:
            assert spoken(text) != text
            assert spoken(text).strip()


@pytest.mark.parametrize(
    "typed",
    ["Every day", "every day", "Seated heel raise, slower", "May", " ", "", "{count} set"],
)
def test_what_a_clinician_typed_stays(typed: str) -> None:
    with in_language("it"):
        assert spoken(typed) == typed
    assert stays_as_typed(typed) is bool(typed.strip())


def test_what_the_library_says_is_known_word_for_word() -> None:
    assert len(TEXTS) == len(set(TEXTS)) > 100
    assert not any(stays_as_typed(text) for text in TEXTS)
