"""Which activities are runs, and on what: one table for every format and language."""

import re
import unicodedata
from dataclasses import dataclass

from assessments.rules.terms import Surface


@dataclass(frozen=True, slots=True, kw_only=True)
class Sport:
    """``is_run`` is ``None`` when the file doesn't say, or says something we don't know.
    ``words`` name what it is instead ("a ride")."""

    is_run: bool | None
    words: str = ""
    surface: Surface | None = None


# "Run" alone says nothing about the ground, so it stays open.
RUN = Sport(is_run=True)
ROAD = Sport(is_run=True, surface=Surface.ROAD)
TRAIL = Sport(is_run=True, surface=Surface.TRAIL)
TRACK = Sport(is_run=True, surface=Surface.TRACK)
TREADMILL = Sport(is_run=True, surface=Surface.TREADMILL)
OTHER_GROUND = Sport(is_run=True, surface=Surface.OTHER)
RIDE = Sport(is_run=False, words="a ride")
WALK = Sport(is_run=False, words="a walk")
HIKE = Sport(is_run=False, words="a hike")
SWIM = Sport(is_run=False, words="a swim")
GYM = Sport(is_run=False, words="training in the gym")
CHANGE = Sport(is_run=False, words="the change between two sports")
ANOTHER = Sport(is_run=False, words="another sport")
UNNAMED = Sport(is_run=None, words="no sport is named")
UNKNOWN = Sport(is_run=None, words="a kind of activity not known here")

# By the words that Strava and Garmin Connect write, in the four languages that are read, and by
# the short names of GPX and TCX files. Keys as ``_key`` leaves them.
_BY_WORDS: dict[str, Sport] = {
    **dict.fromkeys(
        (
            "run", "running", "lauf", "laufen", "laufsport", "course a pied", "course", "carrera",
            "correr", "carrera a pie", "ultra run", "ultra running", "ultralauf", "long run", "9",
        ),
        RUN,
    ),
    **dict.fromkeys(
        (
            "street running", "road running", "strassenlauf", "laufen auf der strasse",
            "course sur route", "carrera en carretera", "carrera urbana", "carrera por la calle",
        ),
        ROAD,
    ),
    **dict.fromkeys(
        (
            "trail run", "trail running", "trailrun", "trailrunning", "traillauf", "trail",
            "gelandelauf", "course en sentier", "course a pied en sentier", "trail course a pied",
            "course de trail", "carrera de montana", "carrera por montana", "carrera de trail",
            "carrera por senderos", "trailrun lauf",
        ),
        TRAIL,
    ),
    **dict.fromkeys(
        (
            "track running", "track run", "bahnlauf", "laufbahn", "bahnlaufen",
            "course sur piste", "carrera en pista",
        ),
        TRACK,
    ),
    **dict.fromkeys(
        (
            "treadmill", "treadmill run", "treadmill running", "virtual run", "virtual running",
            "laufband", "laufbandlauf", "laufbandlaufen", "laufbandtraining", "virtueller lauf",
            "virtuelles laufen", "virtuelllauf", "tapis de course", "course sur tapis",
            "course sur tapis roulant", "course a pied sur tapis", "course virtuelle",
            "course a pied virtuelle", "cinta", "carrera en cinta", "correr en cinta",
            "carrera virtual",
        ),
        TREADMILL,
    ),
    **dict.fromkeys(
        (
            "indoor running", "indoor track", "obstacle run", "obstacle racing", "hallenlauf",
            "indoorlauf", "course en salle", "carrera en interior", "carrera de obstaculos",
            "hindernislauf", "course a obstacles",
        ),
        OTHER_GROUND,
    ),
    **dict.fromkeys(
        (
            "ride", "cycling", "biking", "virtual ride", "e bike ride", "ebike ride", "bike",
            "mountain bike ride", "mountain biking", "gravel ride", "road biking", "road cycling",
            "gravel cycling", "indoor cycling", "virtual cycling", "e biking", "handcycle",
            "radfahrt", "radfahren", "rennradfahren", "indoor cycling radfahren",
            "virtuelle radfahrt", "mountainbiken", "mountainbiking", "gravelbiken", "e bike fahrt",
            "velo", "sortie velo", "sortie a velo", "cyclisme", "cyclisme sur route",
            "sortie virtuelle a velo", "velo virtuel", "vtt", "velo d interieur",
            "bicicleta", "ciclismo", "salida en bicicleta", "vuelta en bicicleta",
            "ciclismo de carretera", "ciclismo en carretera", "bicicleta virtual",
            "ciclismo en interior", "ciclismo de interior", "1",
        ),
        RIDE,
    ),
    **dict.fromkeys(
        (
            "walk", "walking", "casual walking", "speed walking", "indoor walking", "spaziergang",
            "gehen", "walken", "nordic walking", "marche", "marche a pied", "caminata", "caminar",
            "paseo", "10",
        ),
        WALK,
    ),
    **dict.fromkeys(
        (
            "hike", "hiking", "wanderung", "wandern", "randonnee", "randonnee pedestre",
            "senderismo", "excursion", "mountaineering", "bergsteigen", "snowshoe", "snowshoeing",
            "4",
        ),
        HIKE,
    ),
    **dict.fromkeys(
        (
            "swim", "swimming", "pool swim", "pool swimming", "lap swimming", "open water swimming",
            "open water", "schwimmen", "schwimmbadschwimmen", "freiwasserschwimmen", "natation",
            "natation en piscine", "nage", "nage en eau libre", "natacion",
            "natacion en piscina", "natacion en aguas abiertas",
        ),
        SWIM,
    ),
    **dict.fromkeys(
        (
            "workout", "weight training", "strength training", "crossfit", "yoga", "pilates",
            "elliptical", "stair stepper", "rowing", "indoor rowing", "cardio", "hiit", "training",
            "fitness", "fitness equipment", "krafttraining", "ellipsentrainer", "crosstrainer",
            "rudern", "entrainement", "musculation", "entrainement aux poids", "velo elliptique",
            "rameur", "entrenamiento", "entrenamiento con pesas", "entrenamiento de fuerza",
            "musculacion", "eliptica", "remo", "breathwork", "meditation", "stretching",
        ),
        GYM,
    ),
    **dict.fromkeys(
        (
            "transition", "transicion", "wechsel",
        ),
        CHANGE,
    ),
    **dict.fromkeys(
        (
            "multisport", "triathlon", "duathlon", "alpine ski", "nordic ski", "backcountry ski",
            "snowboard", "ice skate", "inline skate", "roller ski", "kayaking", "canoeing",
            "stand up paddling", "surfing", "golf", "tennis", "soccer", "football", "badminton",
            "squash", "rock climbing", "rock climb", "sail", "wheelchair", "skateboard",
            "pickleball", "padel", "basketball", "volleyball", "ski alpin", "ski de fond",
            "skifahren", "skilanglauf", "langlauf", "klettern", "escalade", "escalada", "futbol",
        ),
        ANOTHER,
    ),
    **dict.fromkeys(("", "other", "unknown", "generic", "uncategorized", "all"), UNNAMED),
}  # fmt: skip

# FIT: the number of the sport, and for runs the number of the kind of run.
_FIT_RUNNING = 1
_FIT_FITNESS_EQUIPMENT = 4
_FIT_SPORTS: dict[int, Sport] = {
    0: UNNAMED,
    2: RIDE,
    3: CHANGE,
    5: SWIM,
    10: GYM,
    11: WALK,
    17: HIKE,
    21: RIDE,
    254: UNNAMED,
}
_FIT_KINDS_OF_RUN: dict[int, Sport] = {
    1: TREADMILL,
    2: ROAD,
    3: TRAIL,
    4: TRACK,
    45: OTHER_GROUND,
    58: TREADMILL,
    59: OTHER_GROUND,
}
# Says "running" and "walking indoors" at once: the nearer word counts.
_FIT_KINDS_OF_WALK = frozenset({27, 30, 31})
_FIT_CHANGES = frozenset({32, 33, 34})


def _key(words: str) -> str:
    """Lower case without accents or punctuation: "Course à pied" and "CourseAPied" stay apart,
    "TrailRun", "trail_running" and "Trail Running" come together."""
    split = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", words[:60])
    plain = unicodedata.normalize("NFKD", split.lower().replace("ß", "ss"))
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def sport_named(words: str) -> Sport:
    """The sport that a list or an XML file names in words."""
    return _BY_WORDS.get(_key(words), UNKNOWN)


def sport_numbered(sport: object, kind: object) -> Sport:
    """The sport of a FIT session, by the numbers or names of its sport and kind of sport."""
    number, kind_number = _number(sport), _number(kind)
    if number is None:
        return UNNAMED
    if kind_number in _FIT_KINDS_OF_WALK:
        return WALK
    if kind_number in _FIT_CHANGES:
        return CHANGE
    if number == _FIT_RUNNING:
        return _FIT_KINDS_OF_RUN.get(kind_number, RUN) if kind_number is not None else RUN
    if number == _FIT_FITNESS_EQUIPMENT:
        return TREADMILL if kind_number == 1 else GYM
    return _FIT_SPORTS.get(number, ANOTHER)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
