"""Every row of a patient, read in a few queries and joined up, with the files beside it."""

from dataclasses import dataclass, field
from typing import Any

from patients.models import Patient, User
from programmes.belongings import Model, history_of, keys, rows_of
from programmes.models import Document, Handout, Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A paper or letter as it was printed, by its place beside the page."""

    name: str
    content: bytes


@dataclass(slots=True)
class Record:
    """Every row of a patient, with the rows that point to each other joined up."""

    patient: Patient
    rows: dict[Model, list[Any]]
    history: dict[Model, list[Any]]
    people: dict[int, User]
    files: dict[tuple[Model, int], File]
    shown: set[Model] = field(default_factory=set)

    def of(self, model: Any, **owner: Any) -> list[Any]:
        """The rows of a table, those of one owner if one is named."""
        self.shown.add(model)
        found = self.rows[model]
        for name, row in owner.items():
            found = [each for each in found if getattr(each, f"{name}_id") == row.pk]
        return found


def record_of(patient: Patient) -> Record:
    """Everything on record of one patient, in a few queries for each table."""
    keyed = rows_of(patient)
    rows: dict[Model, list[Any]] = {}
    history: dict[Model, list[Any]] = {}
    for model, mine in keyed.items():
        rows[model] = list(model._base_manager.filter(pk__in=mine).order_by("pk"))
        if events := history_of(model):
            found = events._base_manager.filter(pgh_obj_id__in=mine)
            history[model] = list(found.order_by("pgh_created_at", "pgh_id"))
    people = {user.pk: user for user in User.objects.filter(pk__in=_people(rows, history))}
    record = Record(
        patient=patient, rows=rows, history=history, people=people, files=_files(rows)
    )  # fmt: skip
    _join(record)
    return record


def _people(rows: dict[Model, list[Any]], history: dict[Model, list[Any]]) -> set[int]:
    """The keys of everybody of the practice who stands somewhere in the record."""
    found: set[Any] = set()
    for tables in (rows, history):
        for model, some in tables.items():
            named = [key.attname for key in keys(model) if key.related_model is User]
            found |= {getattr(row, name) for row in some for name in named if hasattr(row, name)}
    events = [event for some in history.values() for event in some]
    found |= {(event.pgh_context or {}).get("user") for event in events}
    return {key for key in found if isinstance(key, int)}


def _join(record: Record) -> None:
    """Have each row know the rows it points to, so that none is asked for again."""
    known = {model: {row.pk: row for row in rows} for model, rows in record.rows.items()}
    known[User] = dict(record.people)
    for model, rows in record.rows.items():
        for key in keys(model):
            targets = known.get(key.related_model, {})
            for row in rows:
                if target := targets.get(getattr(row, key.attname)):
                    setattr(row, key.name, target)


def _files(rows: dict[Model, list[Any]]) -> dict[tuple[Model, int], File]:
    """Papers and letters as they were printed."""
    found: dict[tuple[Model, int], File] = {}
    wanted = {row.document_id for row in rows[Handout] if row.document_id}
    stored = dict(Document.objects.filter(pk__in=wanted).values_list("pk", "pdf"))
    for row in rows[Handout]:
        if row.document_id:
            name = f"papers/plan-{row.paper_code}.pdf"
            found[Handout, row.pk] = File(name=name, content=bytes(stored[row.document_id]))
    for row in rows[Letter]:
        if row.printed_pdf is not None:
            name = f"papers/letter-{row.dated_on:%Y-%m-%d}-{row.code.hex[:8]}.pdf"
            found[Letter, row.pk] = File(name=name, content=bytes(row.printed_pdf))
    return found
