"""Columns no form asks for, posted all the same: nothing more is stored (A3)."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import models, transaction
from django.test import Client

from patients.models import AccessLog, User
from patients.rules.roles import Role
from programmes.forms.correcting import ToldLaterForm
from tests import make
from tests.hostile.test_forms import EACH, TABLES, UNIQUE, TakenBack
from tests.test_fuzz_forms import FORMS, fields_of, where
from tests.test_races import FORMS as FILLED_IN
from tests.test_races import Sent

pytestmark = pytest.mark.django_db

# In the drill all forms, in a run of every day some of each kind.
SHARE = min(EACH, 8)
# A form takes 400 fields at most, so the columns come in turns.
AT_ONCE = 330
Stored = dict[str, list[str]]


@cache
def columns() -> dict[str, str]:
    """Every column of every table of ours as a field of a form, with a value worth having."""
    worth = {
        models.BooleanField: "on",
        models.DateField: "2001-01-01",
        models.DateTimeField: "2001-01-01T00:00",
        models.UUIDField: str(uuid4()),
    }
    found: dict[str, str] = {}
    for model in TABLES:
        for field in model._meta.local_concrete_fields:
            value = worth.get(type(field), "1")
            if field.choices:
                value = str(list(field.choices)[-1][0])
            found[field.name] = found[field.attname] = value
    rights = dict.fromkeys(("is_superuser", "is_staff", "is_active"), "on")
    return {**found, **rights, "groups": "1", "user": "1", "by": "1", "pk": "1", "role": "lead"}


def everything(known: dict[Any, set[Any]]) -> Stored:
    """Each column of ours without what is new each time, and which rows known it refers to."""
    told: Stored = {}
    for model in (*TABLES, User.groups.through):
        label = model._meta.label
        # What stands in a history stood in its table.
        if label.endswith("Event"):
            continue
        fields = [
            field
            for field in model._meta.local_concrete_fields
            if not isinstance(field, models.DateTimeField | models.UUIDField)
            and field.name not in DIFFERENT
        ]
        rows = model._default_manager.order_by("pk").values_list(*[each.attname for each in fields])
        for field, values in zip(fields, zip(*rows, strict=True), strict=False):
            links = known.get(field.related_model, set()) if field.is_relation else None
            told[f"{label}.{field.name}"] = [
                UNIQUE.sub("", repr(value))
                if links is None or value in links
                else str(value is not None)
                for value in values
            ]
    return told


DIFFERENT = {"id", "form_digest", "content_digest", "paper_code", "sha256", "token_digest"}
DIFFERENT |= {"digest", "password", "record_number", "session_key"}


def stored_with(client: Client, to: str, data: dict[str, Any], extra: dict[str, str]) -> Any:
    """What is stored after this post, which is taken back, and the status it was answered with."""
    known = {model: set(model._default_manager.values_list("pk", flat=True)) for model in TABLES}
    with suppress(TakenBack), transaction.atomic():
        # What is sent for a form goes before what is sent for a column.
        answer = client.post(to, {**extra, **data})
        stored = everything(known)
        raise TakenBack
    return answer.status_code, stored


def unasked(asked: set[str]) -> list[dict[str, str]]:
    """The columns that no field of a form is called like, in as few posts as they fit into."""
    names = sorted(columns().keys() - asked)
    assert len(names) > 100
    turns = -(-(len(names) + len(asked)) // AT_ONCE)
    return [{name: columns()[name] for name in names[turn::turns]} for turn in range(turns)]


# A form that saves itself, or stands beside a session on the day it is due, is also of this page.
TYPED_ON = {
    "/assessments/autosave/": "/assessments/new/",
    "/visit/raises/": "/tests/new/",
    "/visit/visa/": "/visa/new/",
}
# What a button or a script sends, and what a form shows only when it is missing.
SENT_TOO = {
    "/edit/": {"before"},
    "/correct/": {"strikes"},
    "/later/": set(ToldLaterForm.base_fields),
    "/letters/new/": {"source"},
    "/letter/": {"source"},
}


def asked_by(client: Client, to: str) -> set[str]:
    """The names of everything a form may be sent with."""
    asked = set(fields_of(client, to))
    for end, page in TYPED_ON.items():
        if to.endswith(end):
            asked |= set(fields_of(client, to.replace(end, page)))
    return asked.union(*(names for end, names in SENT_TOO.items() if to.endswith(end)))


# Fields of these that their pages get only by and by.
LATER = {"number", "version"}


def different(client: Client, to: str, data: dict[str, Any], asked: set[str]) -> list[str]:
    """The columns that made a difference to what is stored or answered, and to what."""
    plain = stored_with(client, to, data, {})
    again = stored_with(client, to, data, {})
    # Marks drawn by chance, and the moment a paper was laid out.
    chance = {each for each in plain[1] if plain[1][each] != again[1].get(each)}
    assert len(chance) < 5, chance

    def told(extra: dict[str, str]) -> set[str]:
        status, stored = stored_with(client, to, data, extra)
        found = {each for each in {*plain[1], *stored} if plain[1].get(each) != stored.get(each)}
        return found - chance | ({str(status)} if status != plain[0] else set())

    def narrowed(extra: dict[str, str]) -> list[str]:
        if not (found := told(extra)):
            return []
        if len(extra) == 1:
            return [f"{name}: {sorted(found)}" for name in extra]
        names = list(extra)
        half = len(names) // 2
        parts = ({name: extra[name] for name in each} for each in (names[:half], names[half:]))
        return [each for part in parts for each in narrowed(part)] or [f"together: {sorted(found)}"]

    return [each for extra in unasked(asked | set(data) | LATER) for each in narrowed(extra)]


@pytest.mark.parametrize("name", list(FILLED_IN)[SHARE // 2 :: SHARE])
def test_no_form_writes_a_column_it_does_not_ask_for(name: str) -> None:
    """With every column of every table as one more field, the same is stored."""
    by = make.make_user()
    fill: Callable[[User], Sent] = FILLED_IN[name]
    sent = fill(by)
    client = Client(raise_request_exception=False)
    make.sign_in(client, User.objects.get(pk=by.pk))
    status, stored = stored_with(client, sent.to, sent.data, {})
    assert status == sent.done
    assert any(stored.values())
    assert different(client, sent.to, sent.data, asked_by(client, sent.to)) == []


# Whatever makes something is filled in above, or asks for the next by itself.
PLACES = {"programmes:papers_new", "programmes:defaults", "patients:new", "assessments:load_import"}
CHANGING = [name for name in FORMS if name not in PLACES]


def test_no_other_form_does_either(by: User, codes: dict[str, UUID]) -> None:
    """Forms that change something, sent as their page shows them."""
    client = Client(raise_request_exception=False)
    make.sign_in(client, by)
    wrong, done = {}, 0
    for name in CHANGING[SHARE // 2 :: SHARE]:
        to = where(name, codes)
        found = fields_of(client, to)
        data = {field: values[0] for field, values in found.items()}
        if names := different(client, to, data, asked_by(client, to)):
            wrong[name] = names
        done += 1
    assert wrong == {}, str(wrong)
    assert done > 40 // SHARE
    assert AccessLog.objects.filter(user=by).exists()
    assert not User.objects.filter(is_superuser=True).exists()
    assert Role(by.groups.get().name) is Role.PRACTICE_LEAD
