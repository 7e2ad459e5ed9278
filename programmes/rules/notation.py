"""Doses as clinicians type them, "4x10RM 3-0-3 r120 3/wk L", and the same spelled out in words.

The sets come first, everything else in any order. What nobody writes is as usual for the exercise.
Both forms are read back to the same dose. ``docs/notation.md`` is the page for clinicians.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from assessments.rules.bounds import Bounds, Number
from patients.rules.terms import Side
from programmes.rules.dose import (
    BODY_WEIGHT,
    DAYS_A_WEEK,
    HOLD_S,
    INCREASE_PERCENT,
    LOAD_BOUNDS,
    PACE_PERCENT,
    REPS,
    REST_S,
    ROUNDS,
    RUN_METRES,
    RUN_MINUTES,
    SETS,
    TEMPO_S,
    TIMES_A_DAY,
    AnyDose,
    Dose,
    FreeRun,
    Load,
    RunThroughs,
    Tempo,
    Usual,
    WalkRun,
    amount_words,
    days_words,
    in_words,
    load_words,
    longer_words,
    pace_words,
    run_through_words,
    tempo_words,
    time_words,
    times_words,
    walk_run_words,
)
from programmes.rules.terms import DoseSide, LoadKind, Range
from programmes.rules.words import counted, plain

LONGEST = 300
"""The most characters a typed dose may have; the longest one in words has fewer."""

NOTHING = "nothing so far"
# Longer words are cut in a message.
QUOTED = 40
# A rest written as a bare number below this might be meant in minutes.
SURELY_SECONDS = 10


class NotUnderstood(ValueError):
    """A typed dose that can't be read.

    ``problem`` is what is wrong, in a sentence for who typed it; ``part`` the piece it is about, as
    typed (empty when something is missing); ``understood`` what was read until then, in words.
    """

    def __init__(self, problem: str, *, part: str, understood: str) -> None:
        super().__init__(f"{problem}. Understood: {understood}.")
        self.problem = problem
        self.part = part
        self.understood = understood


class _Problem(Exception):
    """What is wrong with the piece being read; ``read`` adds the piece and what came before it."""


class _Form(StrEnum):
    """The kinds of dose, as the words of a message."""

    EXERCISE = "sets and repetitions"
    WALK_RUN = "walking and running"
    FREE_RUN = "running without rounds"
    RUN_THROUGHS = "run-throughs"


_EXERCISE = frozenset({_Form.EXERCISE})


@dataclass(slots=True)
class _Typed:
    """What has been read so far. ``said`` holds the names of the parts that were written."""

    episode_side: Side | None
    form: _Form | None = None
    worded: bool = False
    sets: int = 0
    reps: int | None = None
    reps_to: int | None = None
    hold_s: int | None = None
    walk_run: tuple[int, int, int] = (1, 0, 1)
    longer_percent: int = 0
    metres: int = 0
    pace: tuple[int, int] = (1, 1)
    load: Load = BODY_WEIGHT
    tempo: Tempo | None = None
    ways: dict[str, int] = field(default_factory=dict)
    rest_s: int | None = None
    times_per_day: int = 1
    days_per_week: int = 7
    consecutive_days: bool = True
    range: Range = Range.TO_NEUTRAL
    side: DoseSide = DoseSide.AFFECTED
    said: set[str] = field(default_factory=set)


# --- How pieces are written. A piece ends at a space, a comma or the end of the text. ---

_END = r"(?=[\s,;]|\.(?:\s|$)|$)"
_BETWEEN = re.compile(r"(?:[\s,;]|\.(?=\s|$))*", re.ASCII)
_TOKEN = re.compile(r"[^\s,;]+", re.ASCII)
_INT = "([0-9]+)"
_NUMBER = r"([0-9]+(?:\.[0-9]+)?)"
_SECONDS = r"(?:seconds?|secs?|s|\"|'')"
_MINUTES = r"(?:minutes?|mins?|m|')"
_MINUTES_NOT_METRES = r"(?:minutes?|mins?|')"
_TIME = (
    r"(?:(?P<clock>[0-9]+):(?P<past>[0-5][0-9])"
    rf"|(?P<minutes>[0-9]+)\s*{_MINUTES}(?:(?P<over>[0-9]+){_SECONDS}?|\s*(?P<and>[0-9]+)\s*{_SECONDS})"
    rf"|(?P<many>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>{_SECONDS}|{_MINUTES}))"
)
_BODY = r"(?:body\s*-?\s*weight|bw)"
_EFFORT = r"(?:of\s*)?(?:max(?:imum)?(?:\s+effort)?|mvi?c|1\s*rm)"
_PER = r"(?:/|a\s|per\s)"
_OFTEN = r"(?P<often>[0-9]+|once|twice)"
_WEEK = r"(?:week|wk|w)"


def _pattern(*alternatives: str) -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(alternatives)}){_END}", re.ASCII)


_Take = Callable[[re.Match[str], _Typed], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One kind of piece: its ``name`` in messages, where it belongs, how it is read."""

    name: str
    forms: frozenset[_Form]
    pattern: re.Pattern[str]
    take: _Take


def _number(text: str) -> Number:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else value


def _bounded(what: str, value: Number, bounds: Bounds) -> None:
    if bounds.whole and not isinstance(value, int):
        raise _Problem(f"{what} must be a whole number {bounds.says}")
    if not bounds.low <= value <= bounds.high:
        raise _Problem(f"{what} must be {bounds.says}")


def _whole(what: str, text: str, bounds: Bounds) -> int:
    value = int(text)
    _bounded(what, value, bounds)
    return value


def _seconds_of(match: re.Match[str], what: str, bounds: Bounds) -> int:
    """The seconds of what ``_TIME`` matched."""
    found = match.groupdict()
    if found["clock"]:
        seconds: Number = int(found["clock"]) * 60 + int(found["past"])
    elif found["minutes"]:
        seconds = int(found["minutes"]) * 60 + int(found["over"] or found["and"])
    else:
        each = 60 if found["unit"].startswith("m") or found["unit"] == "'" else 1
        seconds = _number(plain(Decimal(found["many"]) * each))
    _bounded(what, seconds, bounds)
    assert isinstance(seconds, int)
    return seconds


def _load(kind: LoadKind, what: str) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        amount = _number(next(group for group in match.groups() if group))
        _bounded(what, amount, LOAD_BOUNDS[kind])
        typed.load = Load(kind=kind, amount=amount)

    return take


def _body_weight(match: re.Match[str], typed: _Typed) -> None:
    typed.load = BODY_WEIGHT


def _tempo(match: re.Match[str], typed: _Typed) -> None:
    up_s, hold_s, down_s = (
        _whole(f"the seconds {way}", text, TEMPO_S)
        for way, text in zip(("up", "held", "down"), match.groups(), strict=True)
    )
    _no_hold(typed)
    typed.tempo = Tempo(up_s=up_s, hold_s=hold_s, down_s=down_s)


def _no_hold(typed: _Typed) -> None:
    if typed.hold_s is not None:
        raise _Problem("a hold has no tempo")


def _no_tempo(match: re.Match[str], typed: _Typed) -> None:
    typed.tempo = None


def _way(way: str) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        _no_hold(typed)
        typed.ways[way] = _whole(f"the seconds {way}", match[1], TEMPO_S)

    return take


def _rest(match: re.Match[str], typed: _Typed) -> None:
    typed.rest_s = _seconds_of(match, "rest", REST_S)


def _bare_rest(match: re.Match[str], typed: _Typed) -> None:
    seconds = _whole("rest", match[1], REST_S)
    if 0 < seconds < SURELY_SECONDS:
        raise _Problem(
            f"could be {seconds} seconds or {seconds} minutes of rest: write r{seconds}s or"
            f" r{seconds}min"
        )
    typed.rest_s = seconds


def _rest_or_right(match: re.Match[str], typed: _Typed) -> None:
    amount = match[0].split(maxsplit=1)[1].replace(" ", "")
    raise _Problem(
        f"could be a rest or the right leg: write r{amount} for a rest, or right for the leg"
    )


def _no_rest(match: re.Match[str], typed: _Typed) -> None:
    typed.rest_s = 0


def _free_rest(match: re.Match[str], typed: _Typed) -> None:
    typed.rest_s = None


def _often(match: re.Match[str]) -> str:
    written = next(text for key, text in match.groupdict().items() if text and "often" in key)
    return {"once": "1", "twice": "2"}.get(written, written)


def _times(match: re.Match[str], typed: _Typed) -> None:
    typed.times_per_day = _whole("times a day", _often(match), TIMES_A_DAY)


def _days(match: re.Match[str], typed: _Typed) -> None:
    typed.days_per_week = _whole("days a week", _often(match), DAYS_A_WEEK)


def _every_day(match: re.Match[str], typed: _Typed) -> None:
    typed.days_per_week = DAYS_A_WEEK.high


def _range(heel_range: Range) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        typed.range = heel_range

    return take


def _leg(dose_side: DoseSide) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        typed.side = dose_side

    return take


def _left_or_right(side: Side) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        if typed.episode_side is None:
            raise _Problem(
                "names a leg, but this plan is for either side: write A for the affected leg or O"
                " for the other"
            )
        typed.side = DoseSide.AFFECTED if side is typed.episode_side else DoseSide.OTHER

    return take


def _pace(match: re.Match[str], typed: _Typed) -> None:
    slow = _whole("pace", match[1], PACE_PERCENT)
    fast = _whole("pace", match[2] or match[1], PACE_PERCENT)
    if fast < slow:
        raise _Problem(f"goes down: write {fast}-{slow}%")
    typed.pace = (slow, fast)


def _not_consecutive(match: re.Match[str], typed: _Typed) -> None:
    typed.consecutive_days = False


def _exercise_part(name: str, take: _Take, *alternatives: str) -> _Part:
    return _Part(name=name, forms=_EXERCISE, pattern=_pattern(*alternatives), take=take)


def _parts() -> Iterator[_Part]:
    """Every kind of piece after the sets; of those that match, the first is meant."""
    yield _exercise_part(
        "the load",
        _load(LoadKind.PERCENT_BODY_WEIGHT, "body weight added"),
        rf"{_BODY}\s*\+\s*{_NUMBER}\s*%(?:\s*(?:of\s*)?{_BODY})?",
        rf"(?:with\s+|@\s*|\+\s*)?{_NUMBER}\s*%\s*(?:of\s*)?{_BODY}(?:\s+added)?",
    )
    yield _exercise_part(
        "the load",
        _load(LoadKind.PERCENT_MAX, "maximum effort"),
        rf"(?:at\s+|@\s*)?{_NUMBER}\s*%(?:\s*{_EFFORT})?",
    )
    yield _exercise_part(
        "the load",
        _load(LoadKind.KG, "the load"),
        rf"(?:{_BODY}\s*\+\s*|with\s+|@\s*|\+\s*)?{_NUMBER}\s*(?:kilograms?|kilos?|kgs?)",
    )
    yield _exercise_part("the load", _load(LoadKind.RM, "RM"), rf"(?:at\s+|@\s*)?{_NUMBER}\s*rm")
    yield _exercise_part("the load", _body_weight, rf"(?:with\s+|@\s*)?{_BODY}")
    yield _exercise_part(
        "the tempo", _tempo, rf"(?:tempo\s*|t\s*)?{_INT}\s*[-/:]\s*{_INT}\s*[-/:]\s*{_INT}"
    )
    yield _exercise_part("the tempo", _no_tempo, "nt", r"no\s+(?:set\s+)?tempo")
    for way, words in (("up", "up"), ("held", "held|hold|pause"), ("down", "down")):
        yield _exercise_part(f"the time {way}", _way(way), rf"{_INT}\s*{_SECONDS}\s*(?:{words})")
    yield _exercise_part("the rest", _no_rest, r"no\s+rest")
    yield _exercise_part("the rest", _free_rest, "r-", r"rest\s+as\s+needed")
    yield _exercise_part("the rest", _rest, rf"(?:rest(?:\s+of)?\s*|r){_TIME}")
    yield _exercise_part("the rest", _bare_rest, rf"(?:rest\s*|r){_INT}")
    yield _exercise_part("the rest", _rest, rf"{_TIME}\s*rest")
    yield from _rest_or_the_right_leg()
    # A repetition never lasts minutes: alone they are the rest.
    yield _exercise_part(
        "the rest",
        _rest,
        _TIME.replace(f"(?P<unit>{_SECONDS}|{_MINUTES})", f"(?P<unit>{_MINUTES_NOT_METRES})"),
    )
    yield _exercise_part(
        "the times a day",
        _times,
        rf"{_OFTEN}\s*(?:(?:x|times?|sessions?)\s*)?{_PER}\s*(?:day|d)",
        r"(?P<often_daily>[0-9]+)\s*x\s*(?:daily|day|d)",
        r"(?P<often_in_word>once|twice)\s+daily",
    )
    anywhere = frozenset(_Form)
    yield _Part(
        name="the days a week",
        forms=anywhere,
        pattern=_pattern(
            rf"(?:up\s+to\s+)?{_OFTEN}\s*(?:(?:x|days?|d|times?|sessions?|runs?)\s*)?{_PER}\s*{_WEEK}",
            rf"(?P<often_weekly>[0-9]+)\s*x\s*(?:weekly|{_WEEK})",
            r"(?P<often_in_word>once|twice)\s+weekly",
        ),
        take=_days,
    )
    yield _Part(
        name="the days a week",
        forms=anywhere,
        pattern=_pattern(r"(?:up\s+to\s+)?(?:every\s*day|daily)"),
        take=_every_day,
    )
    yield _exercise_part("the range", _range(Range.TO_NEUTRAL), r"(?:to\s+)?neutral", "n")
    yield _exercise_part("the range", _range(Range.BELOW_NEUTRAL), r"below(?:\s+neutral)?")
    yield _exercise_part("the range", _range(Range.MID_RANGE), r"mid(?:\s*-?\s*range)?")
    leg = r"(?:\s+(?:leg|side))?"
    for side, letter in ((Side.LEFT, "l"), (Side.RIGHT, "r")):
        yield _exercise_part("the leg", _left_or_right(side), rf"{side.value}{leg}", letter)
    for dose_side, words in (
        (DoseSide.AFFECTED, rf"(?:the\s+)?affected{leg}|a"),
        (DoseSide.OTHER, rf"(?:the\s+)?other{leg}|o"),
        (DoseSide.BOTH, r"both(?:\s+(?:legs|sides))?|b"),
        (DoseSide.EACH, rf"(?:each|ea){leg}(?:\s+in\s+turn)?|e"),
    ):
        yield _exercise_part("the leg", _leg(dose_side), words)
    yield _Part(
        name="the pace",
        forms=frozenset({_Form.RUN_THROUGHS}),
        pattern=_pattern(
            rf"(?:at\s+|@\s*)?{_INT}\s*%?(?:\s*(?:-|to)\s*{_INT})?\s*%"
            r"(?:\s*(?:of\s+)?(?:full\s+)?(?:pace|speed))?"
        ),
        take=_pace,
    )
    yield _Part(
        name="the rule of no two days in a row",
        forms=frozenset({_Form.FREE_RUN}),
        pattern=_pattern(
            "nc",
            r"never\s+two\s+days\s+in\s+a\s+row",
            r"(?:not?|never)\s+(?:on\s+)?consecutive(?:\s+days)?",
        ),
        take=_not_consecutive,
    )


def _rest_or_the_right_leg() -> Iterator[_Part]:
    """An r, a space and a number: a rest where no leg has a name, otherwise to be asked."""
    ends = (
        r"(?!\s*(?:kg|kilo|%|rm|x|/|per\s|a\s|day|time|session"
        r"|up|h[eo]ld|down|sec\w*\s+(?:up|h|d)))"
    )
    for alternative in (rf"r\s+{_TIME}", rf"r\s+{_INT}"):
        yield _Part(
            name="the rest",
            forms=_EXERCISE,
            pattern=re.compile(f"(?:{alternative}){_END}{ends}", re.ASCII),
            take=_after_r(_rest if alternative.endswith(_TIME) else _bare_rest),
        )


def _after_r(rest: _Take) -> _Take:
    def take(match: re.Match[str], typed: _Typed) -> None:
        (rest if typed.episode_side is None else _rest_or_right)(match, typed)

    return take


# --- How a dose begins. ---


def _sets(match: re.Match[str], typed: _Typed) -> None:
    typed.sets = _whole("sets", match["sets"], SETS)
    unit = match["unit"] or ""
    verb = match["verb"]
    typed.worded = verb.endswith("of")
    if unit[:1] in ("s", '"', "m", "'") or "hold" in verb:
        _hold(match, typed, 60 if unit[:1] == "m" or unit == "'" else 1)
        return
    typed.reps = _whole("repetitions", match["reps"], REPS)
    if match["to"]:
        reps_to = _whole("repetitions", match["to"], REPS)
        if unit == "rm":
            raise _Problem(
                f"does not say which weight: write {typed.sets}x{typed.reps}-{reps_to} {reps_to}RM"
            )
        if reps_to <= typed.reps:
            raise _Problem(
                f"goes down: write {typed.sets}x{reps_to}-{typed.reps}"
                if reps_to < typed.reps
                else f"is no range: write {typed.sets}x{typed.reps}"
            )
        typed.reps_to = reps_to
    elif unit == "rm":
        _bounded("RM", typed.reps, LOAD_BOUNDS[LoadKind.RM])
        typed.load = Load(kind=LoadKind.RM, amount=typed.reps)
        typed.said.add("the load")


def _hold(match: re.Match[str], typed: _Typed, each: int) -> None:
    if match["to"]:
        raise _Problem("a hold has one length: write the seconds once, as 4x30s")
    if match["unit"] == "rm":
        raise _Problem("holds are counted in seconds: write them as 4x30s")
    seconds = int(match["reps"]) * each
    _bounded("the hold", seconds, HOLD_S)
    typed.hold_s = seconds


def _rounds(match: re.Match[str], typed: _Typed) -> None:
    found = match.groupdict()
    walk = next((text for key, text in found.items() if text and "walk" in key), "0")
    run = next((text for key, text in found.items() if text and "run" in key), "0")
    rounds = next((text for key, text in found.items() if text and "rounds" in key), "1")
    walk_run = (
        _whole("rounds", rounds, ROUNDS),
        _whole("walking", walk, RUN_MINUTES),
        _whole("running", run, RUN_MINUTES),
    )
    if walk_run[1] == walk_run[2] == 0:
        raise _Problem("has neither walking nor running in it")
    typed.walk_run = walk_run


def _longer(match: re.Match[str], typed: _Typed) -> None:
    typed.longer_percent = _whole("the increase", match[1] or match[2] or "0", INCREASE_PERCENT)


def _run_throughs(match: re.Match[str], typed: _Typed) -> None:
    sets, reps, metres = (text for text in match.groups() if text)
    typed.sets = _whole("sets", sets, SETS)
    reps_in_set = _whole("run-throughs", reps, REPS)
    typed.metres = _whole("the stretch", metres, RUN_METRES)
    typed.reps = reps_in_set


_WALKING = rf"\s*{_MINUTES}?\s*(?:walk(?:ing)?|w)"
_RUNNING = rf"\s*{_MINUTES}?\s*(?:run(?:ning)?|r|jog(?:ging)?|j)"
_AND = r"\s*[/+,&-]?\s*"
_HEADS: tuple[tuple[_Form, re.Pattern[str], _Take], ...] = (
    (
        _Form.RUN_THROUGHS,
        _pattern(
            rf"{_INT}\s*x\s*{_INT}\s*x\s*{_INT}\s*(?:metres?|meters?|m)",
            rf"{_INT}\s*sets?\s+of\s+{_INT}\s+run-?\s*throughs?\s+of\s+{_INT}\s*(?:metres?|m)",
        ),
        _run_throughs,
    ),
    (
        _Form.WALK_RUN,
        _pattern(
            # 3x(9w/1r), 3x(1r/9w), 3x(9/1), 2x(10r); without walking never without the brackets,
            # because 2x10 R is an exercise of the right leg. Walking only does without them, but
            # 2x10 w is no walk: there the w is a slip, or short for "with".
            rf"(?P<rounds>[0-9]+)\s*x\s*\(?\s*(?P<walk>[0-9]+){_WALKING}{_AND}(?P<run>[0-9]+){_RUNNING}\s*\)?",
            rf"(?P<rounds2>[0-9]+)\s*x\s*\(?\s*(?P<run2>[0-9]+){_RUNNING}{_AND}(?P<walk2>[0-9]+){_WALKING}\s*\)?",
            r"(?P<rounds3>[0-9]+)\s*x\s*\(\s*(?P<walk3>[0-9]+)\s*/\s*(?P<run3>[0-9]+)\s*\)",
            rf"(?P<rounds4>[0-9]+)\s*x\s*\(\s*(?P<run4>[0-9]+){_RUNNING}\s*\)",
            rf"(?P<walk5>[0-9]+){_WALKING}{_AND}(?P<run5>[0-9]+){_RUNNING}",
            rf"(?P<run6>[0-9]+){_RUNNING}",
            rf"(?:run|jog)\s*(?P<run7>[0-9]+)\s*{_MINUTES}?",
            rf"(?P<rounds8>[0-9]+)\s*rounds?\s*:?\s*walk\s+(?P<walk8>[0-9]+)\s*{_MINUTES}\s*,?\s*then\s+run\s+(?P<run8>[0-9]+)\s*{_MINUTES}",
            rf"(?P<rounds9>[0-9]+)\s*rounds?\s*:?\s*run\s+(?P<run9>[0-9]+)\s*{_MINUTES}",
            rf"(?P<rounds10>[0-9]+)\s*x\s*\(\s*(?P<walk10>[0-9]+){_WALKING}\s*\)",
            rf"(?P<rounds11>[0-9]+)\s*x\s*(?P<walk11>[0-9]+)(?:\s*{_MINUTES}\s*|\s*(?=walk))?(?:walk(?:ing)?|w)",
            rf"(?P<walk12>[0-9]+){_WALKING}",
            rf"walk\s*(?P<walk13>[0-9]+)\s*{_MINUTES}?",
            rf"(?P<rounds14>[0-9]+)\s*rounds?\s*:?\s*walk\s+(?P<walk14>[0-9]+)\s*{_MINUTES}",
        ),
        _rounds,
    ),
    (
        _Form.EXERCISE,
        re.compile(
            r"(?P<sets>[0-9]+)\s*(?P<verb>x|sets?\s*of|sets?\s*x?|holds?\s*of)\s*(?P<reps>[0-9]+)"
            r"(?:\s*(?:-|to)\s*(?P<to>[0-9]+))?"
            rf"(?:\s*(?P<unit>rm|repetitions?|reps?|{_SECONDS}|{_MINUTES_NOT_METRES}))?"
            rf"(?:{_END}|(?=\s*@))",
            re.ASCII,
        ),
        _sets,
    ),
    (
        _Form.FREE_RUN,
        _pattern(
            rf"\+\s*{_INT}\s*%",
            rf"each\s+run\s+(?:at\s+most\s+{_INT}\s*%\s+longer\s+than|no\s+longer\s+than)"
            r"\s+the\s+longest\s+run\s+of\s+the\s+last\s+30\s+days",
        ),
        _longer,
    ),
)
_PARTS = tuple(_parts())
_SAME_LENGTH = str.maketrans(
    {
        **dict.fromkeys("×✕✖*", "x"),
        # Hyphen, hyphen that does not break, figure dash, en and em dash, minus.
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        # Quotation marks, prime, acute and grave.
        **dict.fromkeys("\u2019\u2018\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u2033", '"'),
    }
)


def _folded(text: str) -> str:
    """The text with one way to write each sign, letter by letter as long as before."""
    letters = (
        " " if letter.isspace() else letter.lower() if len(letter.lower()) == 1 else letter
        for letter in text
    )
    return re.sub(r"(?<=[0-9]),(?=[0-9])", ".", "".join(letters).translate(_SAME_LENGTH))


def read(text: str, *, usual: Usual, side: Side | None) -> AnyDose:
    """The dose this text means: as typed or spelled out.

    ``usual`` gives what isn't written; in a dose spelled out ("3 sets of ...") once a day and to
    neutral are meant where nothing else is said. ``side`` is the affected leg, None for a plan
    that is for either. Raises ``NotUnderstood``, and nothing else, for every other text.
    """
    typed = _Typed(episode_side=side)
    if len(text) > LONGEST:
        raise NotUnderstood(
            f"A dose has at most {LONGEST} letters", part=text[:QUOTED], understood=NOTHING
        )
    folded = _folded(text)
    at = _skip(folded, 0)
    if at == len(folded):
        raise NotUnderstood(
            "Nothing is written: start with the sets, as 3x15 or 4x30s", part="", understood=NOTHING
        )
    at = _begin(text, folded, at, typed)
    while (at := _skip(folded, at)) < len(folded):
        at = _one_part(text, folded, at, typed)
    return _dose(typed, usual)


def _skip(folded: str, at: int) -> int:
    found = _BETWEEN.match(folded, at)
    return found.end() if found else at


def _begin(text: str, folded: str, at: int, typed: _Typed) -> int:
    """Read how the dose begins; where that ends."""
    for form, pattern, take in _HEADS:
        if match := pattern.match(folded, at):
            try:
                take(match, typed)
            except _Problem as problem:
                raise _not_understood(text, at, match.end(), problem, typed) from None
            typed.form = form
            return match.end()
    token = _token(folded, at)
    raise _not_understood(text, at, at + len(token), _no_beginning(folded, at, typed), typed)


def _one_part(text: str, folded: str, at: int, typed: _Typed) -> int:
    """Read the piece at ``at``; where it ends."""
    stranger: tuple[_Part, re.Match[str]] | None = None
    for part in _PARTS:
        match = part.pattern.match(folded, at)
        if match is None:
            continue
        if typed.form not in part.forms:
            stranger = stranger or (part, match)
            continue
        try:
            _take(part, match, typed)
        except _Problem as problem:
            raise _not_understood(text, at, match.end(), problem, typed) from None
        return match.end()
    if stranger is not None:
        part, match = stranger
        have = "does" if typed.form in (_Form.WALK_RUN, _Form.FREE_RUN) else "do"
        strange = _Problem(f"is {part.name}, which {typed.form} {have} not have: leave it out")
        raise _not_understood(text, at, match.end(), strange, typed)
    token = _token(folded, at)
    raise _not_understood(text, at, at + len(token), _no_part(folded, at, typed), typed)


def _take(part: _Part, match: re.Match[str], typed: _Typed) -> None:
    if part.name in typed.said:
        raise _Problem(f"is {part.name} a second time: write it once")
    timed = {"the time up", "the time held", "the time down"}
    if (part.name in timed and "the tempo" in typed.said) or (
        part.name == "the tempo" and timed & typed.said
    ):
        raise _Problem("is the tempo a second time: write it once")
    part.take(match, typed)
    typed.said.add(part.name)


def _token(folded: str, at: int) -> str:
    match = _TOKEN.match(folded, at)
    return match[0] if match else folded[at:]


def _not_understood(
    text: str, start: int, end: int, problem: _Problem, typed: _Typed
) -> NotUnderstood:
    part = text[start:end].strip()
    quoted = part if len(part) <= QUOTED else f"{part[:QUOTED]}…"
    return NotUnderstood(
        f"“{quoted}” {problem}" if _is_predicate(str(problem)) else f"“{quoted}”: {problem}",
        part=part,
        understood=_understood(typed),
    )


def _is_predicate(words: str) -> bool:
    return words.split(maxsplit=1)[0] in {"is", "could", "goes", "does", "has", "names", "alone"}


# --- What to say about a piece that isn't one. ---

_HINTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(rf"{_NUMBER}$", re.ASCII),
        "could be a weight, an effort or a rest: write {0}kg, {0}% or r{0}",
    ),
    (
        re.compile(rf"{_NUMBER}\s*{_SECONDS}$", re.ASCII),
        "could be a rest or part of the tempo: write r{0}s, or the tempo as 3-0-3",
    ),
    (
        re.compile(rf"\+{_NUMBER}%$", re.ASCII),
        "could be body weight added or maximum effort: write +{0}%bw or {0}%",
    ),
    (
        re.compile(r"(?:tempo|t)?[0-9.]+(?:[-/:][0-9.]+)+$|(?:tempo|t)[0-9]*$", re.ASCII),
        "is not a tempo: write three numbers of whole seconds, up-hold-down, as 3-0-3",
    ),
    (re.compile(r"nr$"), "could be no rest or any rest: write r0 for none, r- for as needed"),
    (
        re.compile(r"rest$|(?:rest|r)[0-9]", re.ASCII),
        "is not a rest: write seconds, as r120, or minutes, as r2min",
    ),
    (
        re.compile(r"[0-9.]+\s*(?:lbs?|pounds?)$", re.ASCII),
        "is not in kilograms: write the load as 20kg",
    ),
    (
        re.compile(r"[0-9.]+x?/", re.ASCII),
        "is not how often: write times a day as 2/d, days a week as 3/wk",
    ),
)


def _no_part(folded: str, at: int, typed: _Typed) -> _Problem:
    token = _token(folded, at)
    if any(pattern.match(folded, at) for _, pattern, _ in _HEADS[:3]):
        return _Problem("is a second start: write sets once, and one dose in a cell")
    if typed.form is not _Form.EXERCISE:
        more = {
            _Form.FREE_RUN: "the days, as 3/wk, and nc for never two days in a row",
            _Form.RUN_THROUGHS: "the pace, as 50-60%, and the days, as 2/wk",
        }.get(typed.form or _Form.WALK_RUN, "the days, as 3/wk")
        return _Problem(f"is not part of {typed.form}: write only {more}")
    for pattern, words in _HINTS:
        if match := pattern.match(token):
            return _Problem(words.format(*(group[:QUOTED] for group in match.groups())))
    return _Problem(
        "is not a part of a dose: write load (20kg, 10RM, 70%, BW), tempo (3-0-3), rest (r120),"
        " how often (2/d, 3/wk), range (neutral, below, mid) or leg (L, R, A, O, B, E)"
    )


def _no_beginning(folded: str, at: int, typed: _Typed) -> _Problem:
    """Why this is no beginning of a dose; a single part of one is taken, to say it in words."""
    token = _token(folded, at)
    if re.match(rf"{_NUMBER}$", token, re.ASCII):
        shown = token[:QUOTED]
        return _Problem(
            "alone could be repetitions, kilograms, % or seconds: start with the sets,"
            f" as 3x{shown} or 3x{shown}s"
        )
    if match := re.match(rf"([0-9]+)\s*{_MINUTES_NOT_METRES}$", token, re.ASCII):
        shown = match[1][:QUOTED]
        return _Problem(
            f"alone could be a run, a walk or a rest: write {shown}r for a run or {shown}w for a"
            " walk"
        )
    if re.match(r"[0-9]+\s*(?:x|sets?)", token, re.ASCII):
        return _Problem(
            "is not sets and repetitions: write 3x15, a range as 3x10-15, a hold as 4x30s,"
            " walking and running as 3x(9w/1r)"
        )
    if re.match(r"(?:nc|not?\s|never\s)", folded[at:]):
        return _Problem("is not how long: start with how much longer each run may be, as +10%")
    for part in _PARTS:
        if _Form.EXERCISE in part.forms and (match := part.pattern.match(folded, at)):
            try:
                _take(part, match, typed)
            except _Problem as problem:
                return problem
            shown = match[0][:QUOTED]
            return _Problem(f"is {part.name} without sets: start with them, as 3x15 {shown}")
    return _Problem("is not a start: write 3x15, 4x30s, 3x(9w/1r), 30r, 3x5x80m or +10%")


# --- From the pieces to the dose, and to words for what was read. ---


def _dose(typed: _Typed, usual: Usual) -> AnyDose:
    days = typed.days_per_week if "the days a week" in typed.said else usual.days_per_week
    match typed.form:
        case _Form.WALK_RUN:
            rounds, walk_min, run_min = typed.walk_run
            return WalkRun(rounds=rounds, walk_min=walk_min, run_min=run_min, days_per_week=days)
        case _Form.FREE_RUN:
            return FreeRun(
                longer_percent=typed.longer_percent,
                days_per_week=days,
                consecutive_days=typed.consecutive_days,
            )
        case _Form.RUN_THROUGHS:
            if "the pace" not in typed.said:
                raise NotUnderstood(
                    "The pace is missing: write it as a share of full pace, as 50-60%",
                    part="",
                    understood=_understood(typed),
                )
            return RunThroughs(
                sets=typed.sets,
                reps=typed.reps or 0,
                metres=typed.metres,
                percent_from=typed.pace[0],
                percent_to=typed.pace[1],
                days_per_week=days,
            )
        case _:
            return _exercise(typed, usual, days)


def _exercise(typed: _Typed, usual: Usual, days: int) -> Dose:
    times = 1 if typed.worded else usual.times_per_day
    heel_range = Range.TO_NEUTRAL if typed.worded else usual.range
    return Dose(
        side=typed.side if "the leg" in typed.said else usual.side,
        sets=typed.sets,
        reps=typed.reps,
        reps_to=typed.reps_to,
        hold_s=typed.hold_s,
        load=typed.load,
        tempo=_tempo_of(typed, usual),
        rest_s=typed.rest_s if "the rest" in typed.said else usual.rest_s,
        times_per_day=typed.times_per_day if "the times a day" in typed.said else times,
        days_per_week=days,
        range=typed.range if "the range" in typed.said else heel_range,
    )


def _tempo_of(typed: _Typed, usual: Usual) -> Tempo | None:
    if typed.hold_s is not None:
        return None
    if typed.ways:
        up_s, hold_s, down_s = (typed.ways.get(way, 0) for way in ("up", "held", "down"))
        return Tempo(up_s=up_s, hold_s=hold_s, down_s=down_s)
    return typed.tempo if "the tempo" in typed.said else usual.tempo


def _understood(typed: _Typed) -> str:
    """What was read, in words; ``NOTHING`` when that is nothing."""
    said = typed.said
    words = [*_beginning_words(typed)]
    if typed.form in (_Form.EXERCISE, None) and "the load" in said:
        words[-1:] = [f"{' '.join(words[-1:])} {load_words(typed.load)}".strip()]
    if "the pace" in said:
        words[-1:] = [f"{' '.join(words[-1:])} {pace_words(*typed.pace)}"]
    if "the tempo" in said:
        words += _all_tempo_words(typed.tempo)
    words += [f"{counted(seconds, 'second')} {way}" for way, seconds in typed.ways.items()]
    if "the rest" in said:
        words.append(_rest_words(typed.rest_s))
    if "the times a day" in said:
        words.append(times_words(typed.times_per_day))
    if "the days a week" in said:
        words.append(days_words(typed.days_per_week))
    if not typed.consecutive_days:
        words.append("never two days in a row")
    if "the range" in said:
        words.append(_RANGE_WORDS[typed.range])
    if "the leg" in said:
        words.append(_leg_words(typed.side, typed.episode_side))
    return ", ".join(words) or NOTHING


def _beginning_words(typed: _Typed) -> Iterator[str]:
    match typed.form:
        case _Form.WALK_RUN:
            rounds, walk_min, run_min = typed.walk_run
            yield walk_run_words(
                WalkRun(rounds=rounds, walk_min=walk_min, run_min=run_min, days_per_week=1)
            )
        case _Form.FREE_RUN:
            yield longer_words(typed.longer_percent)
        case _Form.RUN_THROUGHS:
            yield run_through_words(typed.sets, typed.reps or 0, typed.metres)
        case _:
            if typed.reps is not None or typed.hold_s is not None:
                yield amount_words(
                    typed.sets, reps=typed.reps, reps_to=typed.reps_to, hold_s=typed.hold_s
                )
            elif typed.sets:
                yield counted(typed.sets, "set")


_RANGE_WORDS = {
    Range.TO_NEUTRAL: "to neutral",
    Range.BELOW_NEUTRAL: "below neutral",
    Range.MID_RANGE: "mid-range",
}
_RANGE_SHORT = {
    Range.TO_NEUTRAL: "neutral",
    Range.BELOW_NEUTRAL: "below",
    Range.MID_RANGE: "mid",
}


def _leg_words(dose_side: DoseSide, side: Side | None) -> str:
    match dose_side:
        case DoseSide.BOTH:
            return "both legs"
        case DoseSide.EACH:
            return "each leg in turn"
        case DoseSide.AFFECTED:
            return "affected leg" if side is None else f"{side.value} leg"
        case DoseSide.OTHER:
            return "the other leg" if side is None else f"{side.other.value} leg"


def _leg_short(dose_side: DoseSide, side: Side | None) -> str:
    match dose_side:
        case DoseSide.BOTH:
            return "B"
        case DoseSide.EACH:
            return "E"
        case DoseSide.AFFECTED:
            return "A" if side is None else side.value[0].upper()
        case DoseSide.OTHER:
            return "O" if side is None else side.other.value[0].upper()


def _all_tempo_words(tempo: Tempo | None) -> list[str]:
    if tempo is None:
        return ["no set tempo"]
    return tempo_words(tempo) or ["0 seconds up"]


def _rest_words(rest_s: int | None) -> str:
    if rest_s is None:
        return "rest as needed"
    return f"rest {time_words(rest_s)}" if rest_s else "no rest"


def spelled(dose: AnyDose, *, side: Side | None) -> str:
    """The whole dose in words, with the leg: ``read`` gets the same dose back from it.

    ``side`` is the affected leg; None for a plan that is for either.
    """
    if not isinstance(dose, Dose):
        return in_words(dose)
    amount = amount_words(dose.sets, reps=dose.reps, reps_to=dose.reps_to, hold_s=dose.hold_s)
    words = [f"{amount} {load_words(dose.load)}"]
    if dose.hold_s is None:
        words += _all_tempo_words(dose.tempo)
    words.append(_rest_words(dose.rest_s))
    if dose.times_per_day > 1:
        words.append(times_words(dose.times_per_day))
    words.append(days_words(dose.days_per_week))
    if dose.range is not Range.TO_NEUTRAL:
        words.append(_RANGE_WORDS[dose.range])
    words.append(_leg_words(dose.side, side))
    return ", ".join(words)


def short(dose: AnyDose, *, usual: Usual, side: Side | None) -> str:
    """The dose as it is typed: ``read`` with the same ``usual`` gets the same dose back from it."""
    match dose:
        case WalkRun(rounds=rounds, walk_min=walk_min, run_min=run_min):
            words = [_short_rounds(rounds, walk_min, run_min), f"{dose.days_per_week}/wk"]
        case FreeRun():
            words = [f"+{dose.longer_percent}%", f"{dose.days_per_week}/wk"]
            words += [] if dose.consecutive_days else ["nc"]
        case RunThroughs(percent_from=slow, percent_to=fast):
            words = [
                f"{dose.sets}x{dose.reps}x{dose.metres}m",
                f"{slow}%" if slow == fast else f"{slow}-{fast}%",
                f"{dose.days_per_week}/wk",
            ]
        case Dose():
            words = [*_short_exercise(dose, usual, side)]
    return " ".join(words)


def _short_rounds(rounds: int, walk_min: int, run_min: int) -> str:
    if walk_min and run_min:
        return f"{rounds}x({walk_min}w/{run_min}r)"
    if rounds == 1:
        return f"{walk_min}w" if walk_min else f"{run_min}r"
    return f"{rounds}x{walk_min}w" if walk_min else f"{rounds}x({run_min}r)"


def _short_exercise(dose: Dose, usual: Usual, side: Side | None) -> Iterator[str]:
    yield from _short_amount(dose)
    if dose.tempo is not None:
        yield f"{dose.tempo.up_s}-{dose.tempo.hold_s}-{dose.tempo.down_s}"
    elif dose.hold_s is None and usual.tempo is not None:
        yield "nt"
    if dose.rest_s is not None:
        yield f"r{dose.rest_s}s" if 0 < dose.rest_s < SURELY_SECONDS else f"r{dose.rest_s}"
    elif usual.rest_s is not None:
        yield "r-"
    if dose.times_per_day > 1 or usual.times_per_day > 1:
        yield f"{dose.times_per_day}/d"
    yield f"{dose.days_per_week}/wk"
    if dose.range is not usual.range:
        yield _RANGE_SHORT[dose.range]
    yield _leg_short(dose.side, side)


def _short_amount(dose: Dose) -> Iterator[str]:
    amount = f"{dose.hold_s}s" if dose.hold_s is not None else f"{dose.reps}"
    if dose.reps_to is not None:
        amount = f"{dose.reps}-{dose.reps_to}"
    start = f"{dose.sets}x{amount}"
    number = "" if dose.load.amount is None else plain(dose.load.amount)
    match dose.load.kind:
        case LoadKind.RM if dose.reps_to is None and dose.reps == dose.load.amount:
            yield f"{start}RM"
        case LoadKind.RM if dose.reps is not None and dose.reps_to is None:
            yield f"{start}@{number}RM"
        case LoadKind.RM:
            yield from (start, f"{number}RM")
        case LoadKind.KG:
            yield from (start, f"{number}kg")
        case LoadKind.PERCENT_MAX:
            yield from (start, f"{number}%")
        case LoadKind.PERCENT_BODY_WEIGHT:
            yield from (start, f"+{number}%bw")
        case LoadKind.BODY_WEIGHT:
            yield from (start, "BW")
