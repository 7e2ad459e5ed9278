"""The words of the VISA-A items: our own short labels, or a set the practice may use and loaded.

A set comes from a file (``docs/wording.md``), is never changed, and each questionnaire keeps the
one it was answered under. Our own labels are no validated form and are never called one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from assessments.models import VisaA, Wording
from assessments.rules.terms import Q8Band, Q8Part, SportLevel
from assessments.rules.visa import BAND_LABELS, ITEMS, PART_LABELS, SPORT_LABELS
from upwell.clock import now
from upwell.http import Refused

OWN_NAME = "short labels 1"
OWN_FORM = "VISA-A, Robinson 2001"
PARTS_OF_ITEM = ("label", "hint", "worst", "best")
# The words of answers, by the item they belong to; each is optional as a whole.
CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "q7": {"choices": tuple(SportLevel)},
    "q8": {"parts": tuple(Q8Part), "bands": tuple(Q8Band)},
}
HEADS = {"name": 40, "form_version": 80, "language": 10, "permission": 300}
TEXT_MOST = 600
FILE_MOST = 200_000
# A row that only says which set counts from then on: nothing is ever deleted or changed for that.
POINTER = "use"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemWords:
    """What one item says, and what the ends of its scale mean."""

    label: str
    hint: str
    worst: str
    best: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One wording of the questionnaire. ``loaded`` is its row, None for our own short labels."""

    name: str
    form_version: str
    loaded: Wording | None
    items: Mapping[str, ItemWords]
    sport: Mapping[SportLevel, str]
    parts: Mapping[Q8Part, str]
    bands: Mapping[Q8Band, str]

    @property
    def is_own(self) -> bool:
        """Whether these are our own labels."""
        return self.loaded is None

    @property
    def credit(self) -> str:
        """What a page says about where the words come from."""
        if self.loaded is None:
            return "Our own short labels, not the wording of a validated form."
        return f"Wording: {self.name}. Permission: {self.loaded.permission}"

    @property
    def stamp(self) -> dict[str, Any]:
        """The columns of a questionnaire that name this wording."""
        return {
            "wording": self.name,
            "wording_set": self.loaded,
            "form_version": self.form_version,
        }


OWN = Words(
    name=OWN_NAME,
    form_version=OWN_FORM,
    loaded=None,
    items={
        item.name: ItemWords(label=item.label, hint=item.hint, worst=item.worst, best=item.best)
        for item in ITEMS
    },
    sport=SPORT_LABELS,
    parts=PART_LABELS,
    bands=BAND_LABELS,
)


def words_in_force() -> Words:
    """The wording of new questionnaires; one query, two after a switch."""
    newest = Wording.objects.first()
    if newest is None or POINTER not in newest.texts:
        return _words(newest)
    return words_named(newest.texts[POINTER])


def words_named(name: str) -> Words:
    """The set of this name; our own labels for blank and for a name nobody loaded."""
    return _words(Wording.objects.filter(name=name).first() if name else None)


def words_of(visa: VisaA | None) -> Words:
    """The wording a questionnaire was answered under; that in force without one."""
    if visa is None:
        return words_in_force()
    return _words(visa.wording_set)


def _words(row: Wording | None) -> Words:
    if row is None or POINTER in row.texts:
        return OWN
    texts = row.texts
    return Words(
        name=row.name,
        form_version=row.form_version,
        loaded=row,
        items={
            item.name: ItemWords(**{part: texts[item.name][part] for part in PARTS_OF_ITEM})
            for item in ITEMS
        },
        sport=texts["q7"].get("choices", SPORT_LABELS),
        parts=texts["q8"].get("parts", PART_LABELS),
        bands=texts["q8"].get("bands", BAND_LABELS),
    )


def parse(text: str) -> dict[str, Any]:
    """The columns of ``Wording`` from the text of a file.

    Raises ``ValueError("<field>: <what is wrong>")`` in one line.
    """
    if len(text) > FILE_MOST:
        raise ValueError(f"file: more than {FILE_MOST} characters")
    try:
        # As a fraction: Python refuses to read a whole number of thousands of digits.
        read = json.loads(text, object_pairs_hook=_once, parse_int=float)
    except RecursionError:
        raise ValueError("file: too many brackets inside each other") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"file: not JSON, line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    data = _mapping("file", read, [*HEADS, "texts"], optional=("language",))
    heads = {
        name: _text(name, data.get(name, "en" if name == "language" else ""), most)
        for name, most in HEADS.items()
    }
    if heads["name"] == OWN_NAME:
        raise ValueError(f"name: “{OWN_NAME}” is the name of our own labels")
    names = [item.name for item in ITEMS]
    items = _mapping("texts", data["texts"], names)
    return {**heads, "texts": {name: _item(name, items[name]) for name in names}}


def _item(name: str, given: Any) -> dict[str, Any]:
    path, choices = f"texts.{name}", CHOICES.get(name, {})
    item = _mapping(path, given, [*PARTS_OF_ITEM, *choices], optional=tuple(choices))
    words: dict[str, Any] = {
        part: _text(f"{path}.{part}", item[part], TEXT_MOST, blank=part == "hint")
        for part in PARTS_OF_ITEM
    }
    for kind, keys in choices.items():
        if kind in item:
            labels = _mapping(f"{path}.{kind}", item[kind], [str(key) for key in keys])
            words[kind] = {
                str(key): _text(f"{path}.{kind}.{key}", labels[str(key)], TEXT_MOST) for key in keys
            }
    return words


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{_shown(name)}: stands there twice")
    return dict(pairs)


def _mapping(
    path: str, given: Any, keys: list[str], *, optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise ValueError(f"{path}: must be an object in braces")
    inside = "" if path == "file" else f"{path}."
    for key in given:
        if key not in keys:
            raise ValueError(f"{inside}{_shown(key)}: no such field; known are {', '.join(keys)}")
    for key in keys:
        if key not in given and key not in optional:
            raise ValueError(f"{inside}{key}: missing")
    return given


def _text(path: str, given: Any, most: int, *, blank: bool = False) -> str:
    if not isinstance(given, str):
        raise ValueError(f"{path}: must be text")
    if any(not letter.isprintable() for letter in given):
        raise ValueError(f"{path}: holds a line break or another character that can’t be printed")
    text = given.strip()
    if not text and not blank:
        raise ValueError(f"{path}: must not be empty")
    if len(text) > most:
        raise ValueError(f"{path}: {len(text)} characters, at most {most}")
    return text


def _shown(key: str) -> str:
    """A key from a file, short and on one line."""
    printable = "".join(letter for letter in key if letter.isprintable())
    return printable[:40] or "(blank)"


@transaction.atomic
def load(text: str) -> tuple[Wording, bool]:
    """The set of a file, stored once, and whether it is new; from then on it is in force.

    Raises ``ValueError`` for a bad file, ``Refused`` when the name is in use with other content.
    """
    columns = parse(text)
    known = Wording.objects.filter(name=columns["name"]).first()
    if known is None:
        return Wording.objects.create(**columns), True
    if any(getattr(known, name) != value for name, value in columns.items()):
        raise Refused(
            f"name: “{known.name}” was loaded on {known.loaded_at:%-d %B %Y} with other content."
            " A set never changes; give the new one a new name."
        )
    use(known.name)
    return known, False


@transaction.atomic
def use(name: str) -> None:
    """Have new questionnaires use a set loaded before, or our own labels for blank.

    Raises ``Refused`` for a name nobody loaded.
    """
    if name and words_named(name).is_own:
        raise Refused(f"name: no set “{name}” was loaded")
    current = words_in_force()
    if ("" if current.is_own else current.name) == name:
        return
    at = now()
    Wording.objects.create(
        name=f"switched {at:%Y-%m-%d %H:%M:%S.%f}",
        form_version=OWN_FORM,
        permission="Says which set is in force; holds no words",
        texts={POINTER: name},
        loaded_at=at,
    )


def loaded_sets() -> list[Wording]:
    """Every set that was loaded, the newest first."""
    return [row for row in Wording.objects.all() if POINTER not in row.texts]
