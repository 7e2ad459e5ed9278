"""Training logs of invented runs, in the formats that are read: FIT with fit-tool, the rest by
hand. Times are in UTC unless a name says otherwise."""

import csv
import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fit_tool.base_type import BaseType
from fit_tool.developer_field import DeveloperField
from fit_tool.fit_file_builder import FitFileBuilder
from fit_tool.profile.messages.activity_message import ActivityMessage
from fit_tool.profile.messages.developer_data_id_message import DeveloperDataIdMessage
from fit_tool.profile.messages.field_description_message import FieldDescriptionMessage
from fit_tool.profile.messages.file_id_message import FileIdMessage
from fit_tool.profile.messages.record_message import RecordMessage
from fit_tool.profile.messages.session_message import SessionMessage
from fit_tool.profile.messages.sport_message import SportMessage
from fit_tool.profile.profile_type import FileType, Sport, SubSport

START = datetime(2019, 5, 3, 6, 12, tzinfo=UTC)
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)

__all__ = [
    "START",
    "Sport",
    "SubSport",
    "garmin_row",
    "make_fit",
    "make_garmin_csv",
    "make_gpx",
    "make_strava_csv",
    "make_strava_zip",
    "make_tcx",
    "make_zip",
    "packed",
    "strava_row",
]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def make_fit(
    *,
    start: datetime = START,
    distance_m: float | None = 10_000.0,
    duration_s: float = 3_000.0,
    sport: Sport | None = Sport.RUNNING,
    sub_sport: SubSport | None = None,
    sessions: Sequence[Mapping[str, Any]] | None = None,
    points: int = 6,
    local_offset: timedelta | None = None,
    developer_field: bool = False,
    file_type: FileType = FileType.ACTIVITY,
    noted_sport: Sport | None = None,
) -> bytes:
    """An activity as a watch writes it: points, then one session (or ``sessions``, each with
    ``start``, ``distance_m``, ``duration_s``, ``sport``, ``sub_sport``; an empty list leaves the
    summary out; ``start=None`` leaves its start out), then the activity with the local time when
    ``local_offset`` is given. ``noted_sport`` is said in a message of its own."""
    builder = FitFileBuilder(auto_define=True)
    about = FileIdMessage()
    about.type = file_type
    about.manufacturer = 1
    about.time_created = _milliseconds(start)
    builder.add(about)
    if noted_sport is not None:
        noted = SportMessage(local_id=6)
        noted.sport = noted_sport
        builder.add(noted)
    extra = _developer_field(builder) if developer_field else None
    for point in range(points):
        share = point / max(points - 1, 1)
        record = RecordMessage(local_id=1, developer_fields=[extra] if extra else None)
        record.timestamp = _milliseconds(start + timedelta(seconds=duration_s * share))
        if distance_m is not None:
            record.distance = distance_m * share
        record.position_lat = -33.8 + 0.01 * share
        record.position_long = 151.2
        record.heart_rate = 140
        if extra:
            extra.set_value(0, 7)
        builder.add(record)
    if sessions is None:
        sessions = [{}]
    for one in sessions:
        values = {
            "start": start,
            "distance_m": distance_m,
            "duration_s": duration_s,
            "sport": sport,
            "sub_sport": sub_sport,
            **one,
        }
        session = SessionMessage(local_id=2)
        began = values["start"] or start
        session.timestamp = _milliseconds(began + timedelta(seconds=values["duration_s"]))
        if values["start"] is not None:
            session.start_time = _milliseconds(values["start"])
        session.total_elapsed_time = float(values["duration_s"])
        session.total_timer_time = float(values["duration_s"])
        session.start_position_lat = -33.8
        session.start_position_long = 151.2
        if values["distance_m"] is not None:
            session.total_distance = float(values["distance_m"])
        if values["sport"] is not None:
            session.sport = values["sport"]
        if values["sub_sport"] is not None:
            session.sub_sport = values["sub_sport"]
        builder.add(session)
    end = start + timedelta(seconds=duration_s)
    activity = ActivityMessage(local_id=3)
    activity.timestamp = _milliseconds(end)
    activity.num_sessions = len(sessions)
    if local_offset is not None:
        activity.local_timestamp = round((end + local_offset - FIT_EPOCH).total_seconds())
    builder.add(activity)
    return bytes(builder.build_bytes())


def _developer_field(builder: FitFileBuilder) -> DeveloperField:
    """Announce a field that a maker of a running app adds to each point."""
    maker = DeveloperDataIdMessage(local_id=4)
    maker.developer_data_index = 0
    maker.application_id = bytes(range(16))
    builder.add(maker)
    about = FieldDescriptionMessage(local_id=5)
    about.developer_data_index = 0
    about.field_definition_number = 0
    about.fit_base_type_id = BaseType.UINT8.value
    about.field_name = "distance"
    about.units = "m"
    builder.add(about)
    return DeveloperField(
        developer_data_index=0, field_id=0, name="distance", base_type=BaseType.UINT8, size=1
    )


def make_gpx(
    *,
    start: datetime | None = START,
    minutes: int = 30,
    kmh: float = 10.0,
    kind: str | None = "running",
    points: int = 7,
    tracks: int = 1,
    empty_segment: bool = False,
) -> bytes:
    """A track to the north at an even speed. ``start=None`` leaves the times out, ``points=0`` the
    points; ``empty_segment`` puts an empty ``trkseg`` before the others."""
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        '<gpx version="1.1" creator="Invented" xmlns="http://www.topografix.com/GPX/1/1">',
        "<metadata><time>2001-01-01T00:00:00Z</time></metadata>",
    ]
    for track in range(tracks):
        parts.append("<trk><name>Along the lake</name>")
        if kind is not None:
            parts.append(f"<type>{kind}</type>")
        if empty_segment:
            parts.append("<trkseg></trkseg>")
        parts.append("<trkseg>")
        for point in range(points):
            share = point / max(points - 1, 1)
            # A degree of latitude is 111.2 km.
            latitude = 47 + kmh * minutes / 60 * share / 111.2
            time = ""
            if start is not None:
                at = start + timedelta(hours=8 * track, minutes=minutes * share)
                time = f"<time>{at:%Y-%m-%dT%H:%M:%S}Z</time>"
            parts.append(f'<trkpt lat="{latitude:.6f}" lon="8.5"><ele>400</ele>{time}</trkpt>')
        parts.append("</trkseg></trk>")
    return ("".join(parts) + "</gpx>").encode()


def make_tcx(
    *,
    start: datetime = START,
    laps: Sequence[tuple[float, float]] = ((1000.0, 300.0), (1500.0, 450.0)),
    sport: str = "Running",
    sums: bool = True,
) -> bytes:
    """An activity of laps, each (metres, seconds). ``sums=False`` leaves the sums of the laps out,
    so that only the points tell."""
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?><TrainingCenterDatabase",
        ' xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities>',
        f'<Activity Sport="{sport}"><Id>{start:%Y-%m-%dT%H:%M:%S}.000Z</Id>',
    ]
    at, metres = start, 0.0
    for lap_metres, lap_seconds in laps:
        parts.append(f'<Lap StartTime="{at:%Y-%m-%dT%H:%M:%S}.000Z">')
        if sums:
            parts.append(
                f"<TotalTimeSeconds>{lap_seconds}</TotalTimeSeconds>"
                f"<DistanceMeters>{lap_metres}</DistanceMeters>"
            )
        parts.append("<Track>")
        for share in (0, 1):
            moment = at + timedelta(seconds=lap_seconds * share)
            parts.append(
                f"<Trackpoint><Time>{moment:%Y-%m-%dT%H:%M:%S}Z</Time><Position>"
                "<LatitudeDegrees>47.1</LatitudeDegrees>"
                "<LongitudeDegrees>8.5</LongitudeDegrees></Position>"
                f"<DistanceMeters>{metres + lap_metres * share}</DistanceMeters></Trackpoint>"
            )
        parts.append("</Track></Lap>")
        at += timedelta(seconds=lap_seconds)
        metres += lap_metres
    return ("".join(parts) + "</Activity></Activities></TrainingCenterDatabase>").encode()


STRAVA_NAMES = {
    "en": ("Activity ID", "Activity Date", "Activity Name", "Activity Type",
           "Activity Description", "Elapsed Time", "Distance", "Max Heart Rate", "Relative Effort",
           "Commute", "Activity Private Note", "Activity Gear", "Filename", "Athlete Weight",
           "Bike Weight", "Elapsed Time", "Moving Time", "Distance", "Max Speed", "Average Speed"),
    "de": ("Aktivitäts-ID", "Aktivitätsdatum", "Name der Aktivität", "Aktivitätsart",
           "Aktivitätsbeschreibung", "Verstrichene Zeit", "Distanz", "Max. Herzfrequenz",
           "Relative Leistung", "Pendeln", "Hinweis zur Privatsphäre für Aktivitäten",
           "Aktivitätsausrüstung", "Dateiname", "Sportlergewicht", "Fahrradgewicht",
           "Verstrichene Zeit", "Bewegungszeit", "Distanz", "Höchstgeschw.",
           "Durchschnittliche Geschwindigkeit"),
    "fr": ("ID de l’activité", "Date de l'activité", "Nom de l'activité", "Type d'activité",
           "Description de l'activité", "Temps écoulé", "Distance", "Fréquence cardiaque max.",
           "Effort relatif", "Déplacement-transport", "Note privée sur les activités",
           "Matériel utilisé pour l'activité", "Nom du fichier", "Poids de l'athlète",
           "Poids du vélo", "Temps écoulé", "Durée de déplacement", "Distance", "Vitesse max.",
           "Vitesse moyenne"),
    "es": ("ID de actividad", "Fecha de la actividad", "Nombre de la actividad",
           "Tipo de actividad", "Descripción de la actividad", "Tiempo transcurrido", "Distancia",
           "Ritmo cardiaco máx.", "Esfuerzo relativo", "Desplazamiento",
           "Nota privada de la actividad", "Equipamiento de la actividad", "Nombre de archivo",
           "Peso del atleta", "Peso de la bicicleta", "Tiempo transcurrido",
           "Tiempo en movimiento", "Distancia", "Velocidad máxima", "Velocidad media"),
}  # fmt: skip


def strava_row(
    *,
    date: str = "May 3, 2019, 6:12:00 AM",
    kind: str = "Run",
    shown: str = "10.00",
    metres: str = "10000.0",
    elapsed: str = "3100",
    moving: str = "3000.0",
    file: str = "",
    title: str = "Morning run with Quentin Quince",
) -> list[str]:
    """One row of ``activities.csv``, in the order of its columns."""
    return ["1234567", date, title, kind, "", elapsed, shown, "171", "42", "false", "", "Shoes",
            file, "70.0", "", f"{elapsed}.0", moving, metres, "4.5", ""]  # fmt: skip


def make_strava_csv(
    rows: Sequence[Sequence[str]] | None = None,
    *,
    language: str = "en",
    columns: int = 92,
    encoding: str = "utf-8",
    separator: str = ",",
) -> bytes:
    """``activities.csv`` with ``columns`` columns; the rows as ``strava_row`` makes them."""
    names = list(STRAVA_NAMES[language])
    names += [f"Weather {number}" for number in range(len(names), columns)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(names)
    for row in [strava_row()] if rows is None else rows:
        writer.writerow([*row, *[""] * (len(names) - len(row))])
    return text.getvalue().encode(encoding)


def make_zip(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, held in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2019, 5, 4, 0, 0, 0)), held, compression)
    return content.getvalue()


def make_strava_zip(
    rows: Sequence[Sequence[str]] | None = None,
    files: Mapping[str, bytes] | None = None,
    **how: Any,
) -> bytes:
    """Strava's export: ``activities.csv``, the activity files, and what else lies in it."""
    return make_zip(
        {
            "activities.csv": make_strava_csv(rows, **how),
            "profile.csv": b"Athlete ID,Email Address\n1,quentin@quince.invalid\n",
            "media/": b"",
            "media/1.jpg": b"\xff\xd8\xff\xe0 not a photo",
            **(files or {}),
        }
    )


GARMIN_NAMES = {
    "en": ("Activity Type", "Date", "Favorite", "Title", "Distance", "Calories", "Time", "Avg HR",
           "Avg Run Cadence", "Avg Pace", "Avg Stride Length", "Moving Time", "Elapsed Time"),
    "de": ("Aktivitätstyp", "Datum", "Favorit", "Titel", "Distanz", "Kalorien", "Zeit", "Ø HF",
           "Ø Schrittfrequenz (Laufen)", "Ø Pace", "Ø Schrittlänge", "Zeit in Bewegung",
           "Verstrichene Zeit"),
    "fr": ("Type d'activité", "Date", "Favori", "Titre", "Distance", "Calories", "Durée",
           "Fréquence cardiaque moyenne", "Cadence de course moyenne", "Allure moyenne",
           "Longueur moyenne des foulées", "Temps de déplacement", "Temps écoulé"),
    "es": ("Tipo de actividad", "Fecha", "Favorito", "Título", "Distancia", "Calorías", "Tiempo",
           "Frecuencia cardiaca media", "Cadencia de carrera media", "Ritmo medio",
           "Longitud media de zancada", "Tiempo en movimiento", "Tiempo transcurrido"),
}  # fmt: skip


def garmin_row(
    *,
    kind: str = "Running",
    date: str = "2019-05-03 16:12:00",
    distance: str = "10.00",
    time: str = "00:50:00",
    cadence: str = "160",
    stride: str = "1.25",
) -> list[str]:
    """One row of Garmin Connect's list. 160 steps a minute of 1.25 m make 10 km in 50 minutes."""
    return [kind, date, "false", "Quince Running", distance, "1,020", time, "148", cadence, "5:00",
            stride, time, time]  # fmt: skip


def make_garmin_csv(
    rows: Sequence[Sequence[str]] | None = None, *, language: str = "en", telling: bool = True
) -> bytes:
    """Garmin Connect's list; ``telling=False`` leaves out what tells kilometres from miles."""
    names = GARMIN_NAMES[language]
    kept = [place for place in range(len(names)) if telling or place not in (8, 10)]
    text = io.StringIO()
    writer = csv.writer(text)
    for row in (names, *([garmin_row()] if rows is None else rows)):
        writer.writerow([row[place] for place in kept])
    return text.getvalue().encode()


def packed(content: bytes) -> bytes:
    """The content gzipped."""
    return gzip.compress(content, mtime=0)
