"""Activity lists: which site and language a list is from, and its rows as entries.

Strava writes ``activities.csv`` into its export: 80 to 101 columns, "Distance" and "Elapsed Time"
twice, moments in UTC. Garmin Connect's list has the local time, and a distance without a unit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Literal
from zoneinfo import ZoneInfo

from assessments.imports.entry import Entry, Unreadable
from assessments.imports.judging import judged, unreadable
from assessments.imports.moments import (
    day_first,
    duration_of,
    has_decimal_comma,
    in_utc,
    in_zone,
    moment_of,
    number_of,
    why_no_date,
)
from assessments.imports.sports import sport_named
from assessments.imports.tables import Table

METRES_IN_KM = Decimal(1000)
METRES_IN_MILE = Decimal("1609.344")
READ_AS_MILES = "Distances were read as miles and turned into kilometres."
Unit = Literal["", "km", "mi"]

# Names of the columns in English, German, French and Spanish, lower case. Strava names some
# columns twice; which of them is meant is decided by position.
_STRAVA: dict[str, tuple[str, ...]] = {
    "id": ("activity id", "aktivitäts-id", "id de l'activité", "id de actividad",
           "id de la actividad"),
    "date": ("activity date", "aktivitätsdatum", "date de l'activité", "fecha de la actividad",
             "fecha de actividad"),
    "type": ("activity type", "aktivitätsart", "type d'activité", "type de l'activité",
             "tipo de actividad"),
    "elapsed": ("elapsed time", "verstrichene zeit", "temps écoulé", "tiempo transcurrido"),
    "moving": ("moving time", "bewegungszeit", "durée de déplacement", "temps de déplacement",
               "tiempo en movimiento"),
    "distance": ("distance", "distanz", "distancia"),
    "speed": ("average speed", "durchschnittliche geschwindigkeit", "durchschnittsgeschwindigkeit",
              "vitesse moyenne", "velocidad media", "velocidad promedio"),
    "file": ("filename", "dateiname", "nom du fichier", "nombre de archivo",
             "nombre del archivo"),
}  # fmt: skip
_GARMIN: dict[str, tuple[str, ...]] = {
    "type": ("activity type", "aktivitätstyp", "type d'activité", "tipo de actividad"),
    "date": ("date", "datum", "fecha"),
    "title": ("title", "titel", "titre", "título"),
    "distance": ("distance", "distanz", "distancia"),
    "time": ("time", "zeit", "dauer", "durée", "temps", "tiempo", "duración", "activity time"),
    "moving": ("moving time", "zeit in bewegung", "temps de déplacement", "durée de déplacement",
               "tiempo en movimiento"),
    "elapsed": ("elapsed time", "verstrichene zeit", "temps écoulé", "tiempo transcurrido"),
    "cadence": ("avg run cadence", "ø schrittfrequenz (laufen)",
                "durchschnittliche schrittfrequenz (laufen)", "cadence de course moyenne",
                "cadencia de carrera media"),
    "stride": ("avg stride length", "ø schrittlänge", "durchschnittliche schrittlänge",
               "longueur moyenne des foulées", "longueur de foulée moyenne",
               "longitud media de zancada", "longitud de zancada media"),
}  # fmt: skip
# Lists before 2019 had a dozen columns in lower case with underscores, and metres.
_OLD_STRAVA: dict[str, tuple[str, ...]] = {
    "id": ("id",),
    "date": ("date",),
    "type": ("type",),
    "elapsed": ("elapsed_time",),
    "distance": ("distance",),
    "file": ("filename",),
}

# Languages that are recognised so that they can be refused by name.
_OTHER_LANGUAGES: dict[str, tuple[str, ...]] = {
    "Italian": ("id attività", "data dell'attività", "data attività", "nome attività",
                "tipo di attività", "tipo attività", "distanza", "preferito", "titolo"),
    "Dutch": ("activiteits-id", "datum van activiteit", "datum activiteit", "naam activiteit",
              "naam van activiteit", "activiteitstype", "type activiteit", "afstand",
              "activiteit-id", "favoriet", "activiteittype"),
    "Portuguese": ("id da atividade", "data da atividade", "nome da atividade",
                   "tipo de atividade", "distância", "favorito", "título da atividade"),
    "Swedish": ("aktivitets-id", "aktivitetsdatum", "aktivitetstyp", "distans", "favorit aktivitet",
                "aktivitetens namn"),
    "Danish": ("aktivitets-id", "aktivitetsdato", "aktivitetstype", "distance aktivitet",
               "aktivitetsnavn"),
    "Norwegian": ("aktivitets-id", "aktivitetsdato", "aktivitetstype", "distanse"),
    "Polish": ("identyfikator aktywności", "data aktywności", "nazwa aktywności",
               "typ aktywności", "rodzaj aktywności", "dystans", "ulubione"),
    "Russian": ("идентификатор тренировки", "дата тренировки", "тип тренировки", "расстояние",
                "тип занятия"),
    "Japanese": ("アクティビティ id", "アクティビティid", "アクティビティ日",
                 "アクティビティタイプ",                 "アクティビティの種類", "距離"),
    "Chinese": ("活动 id", "活动id", "活动日期", "活动类型", "距离"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedActivity:
    """One row as an entry, and the activity file that the row names, if any."""

    entry: Entry
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityList:
    """A list that was read. With ``needs_unit`` the rows are left out until the unit is known.
    ``notes`` are sentences for the person ("Distances were read as miles.")."""

    kind: str
    rows: tuple[ListedActivity, ...] = ()
    needs_unit: bool = False
    notes: tuple[str, ...] = ()


class OtherLanguage(Unreadable):
    """The list is in a language that is known but not read."""


def read_list(table: Table, *, name: str, zone: ZoneInfo, unit: Unit = "") -> ActivityList:
    """The activities of a Strava or Garmin list. Raises ``Unreadable`` when it is neither, naming
    its language or the columns that were not found."""
    names = [_plain(column) for column in table.names]
    strava, old, garmin = (_columns(names, known) for known in (_STRAVA, _OLD_STRAVA, _GARMIN))
    if {"id", "date", "type"} <= strava.keys():
        columns = strava
    elif {"id", "date", "type", "elapsed"} <= old.keys():
        columns = old
    elif {"type", "date", "title"} <= garmin.keys() or {"type", "date", "time"} <= garmin.keys():
        return _garmin(table, garmin, name=name, zone=zone, unit=unit)
    else:
        raise _not_known(names)
    missing = [
        words
        for column, words in (("distance", "a distance"), ("elapsed", "an elapsed time"))
        if column not in columns
    ]
    if missing:
        raise Unreadable(f"The list looks like Strava's, but without {' and '.join(missing)}.")
    return _strava(table, columns, name=name, zone=zone, unit=unit)


def _plain(column: str) -> str:
    return column.strip().lower().replace("’", "'")


def _columns(names: list[str], known: dict[str, tuple[str, ...]]) -> dict[str, list[int]]:
    """Where each column is; a name that comes twice has two places. No site writes more of one
    column, and each further one would be read as well."""
    found = {
        column: [place for place, name in enumerate(names) if name in words][:2]
        for column, words in known.items()
    }
    return {column: places for column, places in found.items() if places}


def _not_known(names: list[str]) -> Unreadable:
    """Why the list can't be read."""
    score, language = max(
        (sum(name in words for name in names), language)
        for language, words in _OTHER_LANGUAGES.items()
    )
    if score >= 2:
        return OtherLanguage(
            f"This list is in {language}, which is not read here. Set the language of the account "
            "to English and ask for the list again, or choose the activity files themselves."
        )
    return Unreadable(
        "This is neither Strava's activities.csv nor a list from Garmin Connect: the columns for "
        "the date and the type of activity were not found. Lists in English, German, French and "
        "Spanish are read."
    )


def _field(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _numbers(table: Table, places: Iterable[int]) -> dict[int, list[Decimal | None]]:
    """Each column as numbers, with the decimal sign that the column shows."""
    columns: dict[int, list[Decimal | None]] = {}
    for place in places:
        texts = [_field(row, place) for _, row in table.rows]
        comma = has_decimal_comma(texts)
        columns[place] = [number_of(text, decimal_comma=comma) for text in texts]
    return columns


def _durations(table: Table, places: Iterable[int]) -> list[Decimal | None]:
    """The first duration above 0 of each row, by the order of ``places``."""
    order = list(places)
    return [
        next(
            (
                seconds
                for place in order
                if (seconds := duration_of(_field(row, place))) is not None and seconds > 0
            ),
            None,
        )
        for _, row in table.rows
    ]


def _notes(metres_in_one: Decimal) -> tuple[str, ...]:
    """What to tell of a list whose distances have this unit: nothing but for miles."""
    return (READ_AS_MILES,) if metres_in_one == METRES_IN_MILE else ()


# --- Strava


def _strava(
    table: Table,
    columns: dict[str, list[int]],
    *,
    name: str,
    zone: ZoneInfo,
    unit: Unit,
) -> ActivityList:
    # The time in motion, else the elapsed time; of two columns the second is in seconds.
    seconds = _durations(
        table, [*columns.get("moving", [])[::-1], *columns.get("elapsed", [])[::-1]]
    )
    told = _strava_metres(table, columns, seconds, unit=unit)
    if told is None:
        return ActivityList(kind="Strava list", needs_unit=True)
    metres, notes = told
    dates = [_field(row, columns["date"][0]) for _, row in table.rows]
    slash = day_first(dates)
    rows = []
    for index, (number, row) in enumerate(table.rows):
        where = f"{name}, row {number}"
        moment = moment_of(dates[index], slash_day_first=slash)
        started_at: datetime | None = None
        happened_on = moment.day if moment else None
        if moment and moment.clock:
            # Strava's list is in UTC, whatever the language.
            started_at = in_utc(moment.clock, ZoneInfo("UTC"))
            happened_on = in_zone(started_at, zone) if started_at else None
        if moment is None and dates[index]:
            entry = unreadable(
                where,
                why_no_date(dates[index]),
                origin="Strava",
                metres=metres[index],
                seconds=seconds[index],
            )
        else:
            entry = judged(
                where=where,
                origin="Strava",
                sport=sport_named(_field(row, columns["type"][0])),
                happened_on=happened_on,
                started_at=started_at,
                metres=metres[index],
                seconds=seconds[index],
            )
        place = columns["file"][0] if "file" in columns else None
        rows.append(ListedActivity(entry=entry, file=_field(row, place)))
    return ActivityList(kind="Strava list", rows=tuple(rows), notes=notes)


def _strava_metres(
    table: Table,
    columns: dict[str, list[int]],
    seconds: list[Decimal | None],
    *,
    unit: Unit,
) -> tuple[list[Decimal | None], tuple[str, ...]] | None:
    """Metres of each row, and a note when any was in miles; ``None`` for the whole list when
    nothing tells the unit.

    With two columns the second is metres, unless it only repeats the first. With one, the average
    speed, in metres a second, tells; else whether the numbers are too large to be kilometres.
    """
    places = columns["distance"]
    numbers = _numbers(table, [*places, *columns.get("speed", [])])
    shown, exact = numbers[places[0]], numbers[places[-1]]
    if len(places) > 1:
        ratios = [
            there / here
            for here, there in zip(shown, exact, strict=True)
            if here and there and here >= Decimal("0.1")
        ]
        if ratios and median(ratios) > 100:
            # A row of an old import may have the first column only.
            per_shown = METRES_IN_MILE if median(ratios) > 1300 else METRES_IN_KM
            converted = any(
                here and there is None for here, there in zip(shown, exact, strict=True)
            )
            return [
                there if there is not None else (here * per_shown if here is not None else None)
                for here, there in zip(shown, exact, strict=True)
            ], (_notes(per_shown) if converted else ())
        shown = [
            here if here is not None else there for here, there in zip(shown, exact, strict=True)
        ]
    given = [(here, spent) for here, spent in zip(shown, seconds, strict=True) if here and spent]
    if not given:
        factor = METRES_IN_KM
    elif median(here / spent for here, spent in given) > Decimal("0.1"):
        # As kilometres that would be above 360 km/h: these are metres.
        factor = Decimal(1)
    elif unit:
        factor = METRES_IN_MILE if unit == "mi" else METRES_IN_KM
    else:
        speeds = numbers[columns["speed"][-1]] if "speed" in columns else [None] * len(shown)
        told = _unit_told(
            speed * spent / here
            for here, spent, speed in zip(shown, seconds, speeds, strict=True)
            if here and spent and speed
        )
        if told is None:
            return None
        factor = told
    return [here * factor if here is not None else None for here in shown], _notes(factor)


# --- Garmin Connect


def _garmin(
    table: Table,
    columns: dict[str, list[int]],
    *,
    name: str,
    zone: ZoneInfo,
    unit: Unit,
) -> ActivityList:
    missing = [
        words
        for column, words in (("distance", "a distance"), ("time", "a time"))
        if column not in columns
    ]
    if missing:
        raise Unreadable(
            f"The list looks like Garmin Connect's, but without {' and '.join(missing)}."
        )
    order = [place for key in ("time", "moving", "elapsed") for place in columns.get(key, [])]
    seconds = _durations(table, order)
    place = columns["distance"][0]
    distances = _numbers(table, [place])[place]
    sports = [sport_named(_field(row, columns["type"][0])) for _, row in table.rows]
    factor = _garmin_unit(
        table, columns, distances, seconds, [sport.is_run is not False for sport in sports], unit
    )
    if factor is None:
        return ActivityList(kind="Garmin Connect list", needs_unit=True)
    dates = [_field(row, columns["date"][0]) for _, row in table.rows]
    slash = day_first(dates)
    rows = []
    for index, (number, _) in enumerate(table.rows):
        where = f"{name}, row {number}"
        moment = moment_of(dates[index], slash_day_first=slash)
        distance = distances[index]
        metres = distance * factor if distance is not None else None
        if moment is None and dates[index]:
            entry = unreadable(
                where,
                why_no_date(dates[index]),
                origin="Garmin",
                metres=metres,
                seconds=seconds[index],
            )
        else:
            entry = judged(
                where=where,
                origin="Garmin",
                sport=sports[index],
                # The list has the time on the wrist: the day is right wherever it was.
                happened_on=moment.day if moment else None,
                started_at=in_utc(moment.clock, zone) if moment and moment.clock else None,
                metres=metres,
                seconds=seconds[index],
            )
        rows.append(ListedActivity(entry=entry, file=""))
    return ActivityList(kind="Garmin Connect list", rows=tuple(rows), notes=_notes(factor))


def _garmin_unit(
    table: Table,
    columns: dict[str, list[int]],
    distances: list[Decimal | None],
    seconds: list[Decimal | None],
    may_be_runs: list[bool],
    unit: Unit,
) -> Decimal | None:
    """Metres in one of the list's units, ``None`` when nothing tells.

    The header may say it ("Distance (mi)"). Else steps a minute times stride length gives metres.
    """
    if unit:
        return METRES_IN_MILE if unit == "mi" else METRES_IN_KM
    counted = [index for index, distance in enumerate(distances) if distance and may_be_runs[index]]
    if not counted:
        return METRES_IN_KM
    if "cadence" not in columns or "stride" not in columns:
        return None
    cadence, stride = columns["cadence"][0], columns["stride"][0]
    numbers = _numbers(table, [cadence, stride])
    return _unit_told(
        steps * length * spent / 60 / distance
        for index in counted
        if (distance := distances[index])
        and (steps := numbers[cadence][index])
        and (length := numbers[stride][index])
        and (spent := seconds[index])
    )


def _unit_told(metres_in_one: Iterable[Decimal]) -> Decimal | None:
    """Kilometres or miles, by how many metres one of them seems to have; ``None`` when the
    answers are near neither."""
    answers = list(metres_in_one)
    if not answers:
        return None
    middle = median(answers)
    for factor in (METRES_IN_KM, METRES_IN_MILE):
        if abs(middle / factor - 1) <= Decimal("0.15"):
            return factor
    return None
