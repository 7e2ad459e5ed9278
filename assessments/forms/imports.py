"""What may be sent to import a training log, and how its preview reads."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import file_digest
from io import BufferedRandom
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from assessments.actions.imports import Unit, Upload
from assessments.imports.entry import from_row
from assessments.imports.preview import Fate, kilometres, minutes
from assessments.models import RunBatch

MOST_FILES = 100
MOST_BYTES = 250_000_000
# Doubtful rows are ticked in one form, and a form has 400 fields at most.
MOST_TICKS = 300

# What stands first in a row's verdict, and on the button that shows only such rows.
FATE_WORDS = {
    Fate.NEW: ("New", "new"),
    Fate.ADDED: ("Added", "added"),
    Fate.KNOWN: ("Already known", "already known"),
    Fate.DOUBTFUL: ("Perhaps a run", "to look at"),
    Fate.NOT_A_RUN: ("Not a run", "not runs"),
    Fate.UNREADABLE: ("Unreadable", "unreadable"),
}


class FilesInput(forms.FileInput):
    """The browser's own way to choose files, several at once; files can be dropped on it."""

    allow_multiple_selected = True


class FilesField(forms.Field):
    """The files of a form, at least one; what is in them is judged where they are read."""

    widget = FilesInput
    # Why what was sent was never read as far as its files.
    refused = ""

    def clean(self, value: "list[UploadedFile[bytes]] | None") -> list[Upload]:
        """Each file as it was sent."""
        if self.refused:
            raise ValidationError(self.refused)
        if not value:
            raise ValidationError(self.error_messages["required"], code="required")
        return [_upload(sent) for sent in value]


class ImportForm(forms.Form):
    """Training logs to look into. ``refused`` says why what was sent can't be taken at all."""

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    logs = FilesField(
        label="Files",
        help_text=(
            "Drop them here or choose them. One or several: .zip, .csv, .fit, .gpx or .tcx, "
            "also packed as .gz."
        ),
        error_messages={"required": "Choose at least one file."},
    )

    def __init__(self, *args: Any, refused: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast(FilesField, self.fields["logs"])
        field.refused = refused
        field.widget.attrs |= {
            "accept": ".zip,.csv,.fit,.gpx,.tcx,.gz",
            "data-most-files": MOST_FILES,
            "data-most-bytes": MOST_BYTES,
        }


class UnitForm(forms.Form):
    """Kilometres or miles, for the one list ``about`` that doesn't say; blank to go on reading
    what says it. ``about`` is the list's ``asks_unit``."""

    about = forms.IntegerField(min_value=0, max_value=10**6, required=False)

    unit = forms.ChoiceField(
        choices=[("km", "Kilometres"), ("mi", "Miles")],
        widget=forms.RadioSelect,
        required=False,
        label="The distances in this list are in",
        error_messages={"invalid_choice": "Choose kilometres or miles."},
    )

    def clean(self) -> dict[str, Any]:
        """The answers; whoever is asked about a list has to answer."""
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("about") is not None and answers.get("unit") == "":
            self.add_error("unit", self.fields["unit"].error_messages["invalid_choice"])
        return answers

    def chosen(self) -> tuple[Unit, int | None]:
        """The unit, blank when none was given, and the list it is the unit of."""
        return cast(Unit, self.cleaned_data["unit"]), self.cleaned_data["about"]


def ticked(values: Iterable[str]) -> set[int]:
    """The places of the rows somebody ticked; what is no place is left aside."""
    return {int(value) for value in values if re.fullmatch(r"[0-9]{1,6}", value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One row of the preview in words."""

    place: int
    day: date | None
    started: Any
    distance: str
    duration: str
    origin: str
    where: str
    fate: str
    fate_word: str
    because: str


def shown(place: int, row: Mapping[str, Any]) -> ShownRow:
    """The row at this place of an import."""
    entry = from_row(dict(row))
    fate = Fate(row["is"])
    return ShownRow(
        place=place,
        day=entry.happened_on,
        started=entry.started_at,
        distance=kilometres(entry.distance_m),
        duration=minutes(entry.duration_s),
        origin=entry.origin,
        where=entry.where,
        fate=fate.value,
        fate_word=FATE_WORDS[fate][0],
        because=row["twin"] or entry.why,
    )


def told(batch: RunBatch) -> str:
    """What came in together, in a few words: "Strava list, 12 FIT files"."""
    if batch.source == RunBatch.Source.HAND:
        return "Typed"
    kinds = Counter(file["kind"] for file in batch.files if not file["refused"])
    return ", ".join(kind if count == 1 else f"{count} {kind}s" for kind, count in kinds.items())


def _upload(sent: "UploadedFile[bytes]") -> Upload:
    file = cast(BufferedRandom, sent.file)
    digest = file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return Upload(name=sent.name or "", file=file, size=sent.size or 0, sha256=digest)
