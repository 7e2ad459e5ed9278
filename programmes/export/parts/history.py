"""Who read the record, and every change of it."""

import datetime
import json
from collections.abc import Iterable, Iterator
from typing import Any

from patients.models import AccessLog, User
from programmes.belongings import Model
from programmes.export.record import Record
from programmes.export.values import Table
from programmes.export.words import NOT_RECORDED, day_words, moment_words, table_of, value_words

PAGES = {"export_patient": "this export"}


def readings_table(record: Record) -> Table:
    """Who opened which page of the record, when, and whether it was refused."""
    return table_of(
        "Who opened this record",
        "When | Who | Page | Refused",
        (
            (
                moment_words(row.at),
                str(record.people[row.user_id]),
                PAGES.get(row.page, row.page.rpartition(":")[2].replace("_", " ")),
                "yes" if row.denied else "",
            )
            for row in record.of(AccessLog)
        ),
    )


# Longer values of the history are told in full in the JSON.
LONGEST_VALUE = 240


def changes_table(record: Record) -> Table:
    """The history of every row, as the database itself kept it."""
    found = [
        (event.pgh_created_at, event.pgh_id, model, event, before)
        for model, events in record.history.items()
        for event, before in _with_before(events)
    ]
    found.sort(key=lambda each: (each[0], str(each[2]), each[1]))
    return table_of(
        "Every change",
        "When | Who | What | Change",
        (
            (
                moment_words(at),
                _author(record, event),
                str(model._meta.verbose_name).capitalize(),
                _change(model, event, before, record),
            )
            for at, _, model, event, before in found
        ),
    )


def _with_before(events: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    last: dict[int, Any] = {}
    for event in events:
        yield event, last.get(event.pgh_obj_id)
        last[event.pgh_obj_id] = event


def _author(record: Record, event: Any) -> str:
    context = event.pgh_context or {}
    user = record.people.get(context.get("user") or 0)
    return str(user) if user else "the server"


def _change(model: Model, event: Any, before: Any, record: Record) -> str:
    if event.pgh_label == "delete":
        return "removed"
    if before is None:
        return "recorded"
    changed = []
    for each in model._meta.concrete_fields:
        if not hasattr(event, each.attname) or each.name.startswith("form_"):
            continue
        was, now = getattr(before, each.attname), getattr(event, each.attname)
        if was != now:
            label = str(each.verbose_name)
            changed.append(f"{label}: {_value(each, was, record)} → {_value(each, now, record)}")
    return "\n".join(changed) or "saved again"


def _value(of: Any, value: Any, record: Record) -> str:
    if value is None or value == "":
        return NOT_RECORDED
    if of.related_model is User:
        return str(record.people.get(value, value))
    if getattr(of, "choices", None):
        value = dict(of.flatchoices).get(value, value)
    if isinstance(value, datetime.datetime):
        return moment_words(value)
    if isinstance(value, datetime.date):
        return day_words(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, ensure_ascii=False, default=str)
    said = value_words(value)
    return said if len(said) <= LONGEST_VALUE else f"{said[:LONGEST_VALUE]}…"
