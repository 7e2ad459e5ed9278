"""Forms filled in by somebody who means harm: others' codes, columns no form has, odd bodies."""

import os
import re
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from patients.models import AccessLog, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.models import Draft, PrintJob, Programme
from tests import make
from tests.hostile.payloads import MARK, SHORT, WAYS, read
from tests.hostile.test_addresses import statements
from tests.test_access import ACCESS, OURS, address
from tests.test_database import models_of_ours
from tests.test_fuzz_forms import ANSWERED, FORMS, fields_of, where

pytestmark = pytest.mark.django_db

UNIQUE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class TakenBack(Exception):
    """Ends a transaction that was only tried."""


TABLES = [model for model in models_of_ours() if model is not AccessLog]


URLENCODED = "application/x-www-form-urlencoded"
Place = tuple[str, dict[str, list[str]]]


@pytest.fixture(scope="module")
def client(by: User) -> Client:
    visitor = Client(raise_request_exception=False)
    make.sign_in(visitor, by)
    return visitor


@pytest.fixture(scope="module")
def places(client: Client, codes: dict[str, UUID]) -> dict[str, Place]:
    """The address of every form of ours, and its fields with the values its page shows."""
    found = {name: where(name, codes) for name in FORMS}
    return {name: (to, dict(fields_of(client, to))) for name, to in found.items()}


@pytest.fixture(scope="module")
def others(by: User, places: dict[str, Place]) -> "Others":
    return Others(by)


def as_shown(fields: dict[str, list[str]]) -> dict[str, str]:
    """The answers a form is sent with when nobody touched it."""
    return {name: values[0] for name, values in fields.items()}


def highest() -> dict[type[models.Model], int]:
    """The last row of each table."""
    return {
        model: model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
        for model in models_of_ours()
        if isinstance(model._meta.pk, models.AutoField)
    }


class Others:
    """Everything of another patient, and all that refers to it."""

    def __init__(self, by: User) -> None:
        first = highest()
        episode = make.make_episode(make.make_patient(by=by, family_name="Otherwise"), by=by)
        programme: Programme = make.make_programme(episode, by=by)
        make.make_session(programme, by=by)
        make.make_handout(programme, by=by)
        make.make_visa(episode, by=by, q5=3)
        make.make_score(episode, by=by)
        make.make_assessment(episode, by=by, rupture=["calf_squeeze_positive"])
        actions.write_report(episode, form_token=uuid4(), on=make.DAY, by=by)
        self.rows = {
            model: (low, high) for model, high in highest().items() if high > (low := first[model])
        }
        self.codes = {
            f"{model._meta.label}.{field.name}": value
            for model, (low, high) in self.rows.items()
            for field in model._meta.local_concrete_fields
            if isinstance(field, models.UUIDField)
            for value in model._default_manager.filter(pk__gt=low, pk__lte=high)
            .values_list(field.name, flat=True)
            .order_by("pk")[:1]
            if value
        }

    def state(self) -> dict[str, str]:
        """A digest of those rows by table, and the number of rows that refer to them by column."""
        parts = []
        for model, (low, high) in self.rows.items():
            # In a history, ``id`` is that of the row it is of.
            table, key = model._meta.db_table, model._meta.pk.column
            parts.append(
                f"SELECT '{table}', md5(string_agg(md5(t::text), '' ORDER BY {key})) "
                f"FROM {table} t WHERE {key} > {low} AND {key} <= {high}"
            )
        for model in TABLES:
            for field in model._meta.local_concrete_fields:
                to = field.related_model
                if to in self.rows and field.is_relation:
                    low, high = self.rows[to]
                    parts.append(
                        f"SELECT '{model._meta.db_table}.{field.column}', count(*)::text "
                        f"FROM {model._meta.db_table} "
                        f'WHERE "{field.column}" > {low} AND "{field.column}" <= {high}'
                    )
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(part.replace("t.id", "id") for part in parts))
            return dict(cursor.fetchall())


# In the drill each form meets everything; a run of every day deals it out to all of them.
EACH = int(os.environ.get("UPWELL_HOSTILE_EACH", "24"))
FIELDS = 3 if EACH > 1 else 99
# Fields that name another patient's on purpose: to whom a plan is copied, whose papers are printed.
MEANT = {
    "programmes:copy": ("to", "patients.Episode.code"),
    "programmes:papers_new": ("versions", "programmes.Version.code"),
}


def meant_of(name: str, others: Others) -> tuple[str, UUID] | None:
    """The field of this form that names another patient's, and the one code it is meant to take."""
    field, column = MEANT.get(name, ("", ""))
    return (field, others.codes[column]) if field else None


def test_no_field_takes_what_is_another_patients(
    client: Client, places: dict[str, Place], others: Others
) -> None:
    """A2: codes of another patient in every field that holds one, and in one that might."""
    assert len(others.codes) > 10
    before, tried = others.state(), 0
    wrong: dict[str, list[str]] = {}
    for name, (to, found) in places.items():
        fields = [
            field
            for field, values in found.items()
            if any(UNIQUE.fullmatch(value) for value in values) or field.endswith(("code", "_id"))
        ]
        fields += [MEANT[name][0]] if name in MEANT else []
        sendings = [
            {**as_shown(found), "looked_at": "on", field: str(code)}
            for number, field in enumerate(dict.fromkeys((*fields[:FIELDS], "episode")))
            # Each kind of code meets each field on one form or another.
            for column, code in list(others.codes.items())[(number + len(to)) % EACH :: EACH]
            if (field, others.codes.get(column)) != meant_of(name, others)
        ]
        with suppress(TakenBack), transaction.atomic():
            for sent in sendings:
                answer = client.post(to, urlencode(sent), content_type=URLENCODED)
                assert answer.status_code in ANSWERED, (to, sent)
                tried += 1
            if (after := others.state()) != before:
                wrong[to] = [each for each in before if before[each] != after[each]]
            raise TakenBack
    assert wrong == {}
    assert tried > 4 * len(places) // EACH


@pytest.mark.parametrize("name", MEANT)
def test_what_names_another_patient_on_purpose_takes_only_what_is_offered(
    client: Client, places: dict[str, Place], others: Others, name: str
) -> None:
    """A2: a plan goes to an episode, a paper is of a version, whatever else the field is sent."""
    to, found = places[name]
    field, meant = MEANT[name]
    made = (Draft, PrintJob)
    before = [model._default_manager.count() for model in made]
    for column, code in others.codes.items():
        if code != others.codes[meant]:
            sent = {**as_shown(found), "looked_at": "on", field: [str(code)]}
            assert client.post(to, sent).status_code in (404, 422), column
    for odd in ("", "1", "[]", "x" * 3_000, "\x00", str(uuid4())):
        sent = {**as_shown(found), "looked_at": "on", field: [odd]}
        assert client.post(to, sent).status_code in (200, 400, 404, 422), odd
    assert [model._default_manager.count() for model in made] == before
    # What is meant is taken, or refused for what it says and not for its code.
    sent = {**as_shown(found), "looked_at": "on", field: [str(others.codes[meant])]}
    assert client.post(to, sent).status_code in (302, 422)


ODD = ("", "0", "-1", "[]", "null", "undefined", "1" * 5_000, "\x00", "true", "Practice lead")
DECIDING = ("role", "code", "episode", "user", "by", "do", "op", "next", "capabilities", "groups")


@pytest.mark.parametrize("role", [Role.RECEPTION, Role.EXERCISE_PHYSIOLOGIST, None], ids=str)
def test_no_missing_or_double_parameter_gives_a_right(by: User, role: Role | None) -> None:
    """A6: absent, empty, twice, huge: whoever may not send a form may not send it so."""
    visitor = Client(raise_request_exception=False)
    make.sign_in(visitor, make.make_user(role, email="stranger@example.org"))
    asked = {"role": Role.PRACTICE_LEAD.value, "user": str(by.pk), "_method": "PUT"}
    tried = 0
    for place, name in enumerate(OURS):
        who, methods = ACCESS[name]
        assert isinstance(who, set)
        if role in who:
            continue
        to = f"{address(name)}?{urlencode(asked)}"
        sendings: list[dict[str, Any]] = [{}]
        # Each page meets a part of the values in a run of every day.
        for value in ODD[place % EACH :: max(EACH, 1)]:
            sendings += [dict.fromkeys(DECIDING, each) for each in (value, [value, value])]
        for sent in sendings:
            for method in sorted(methods - {"HEAD"}):
                answer = getattr(visitor, method.lower())(to, sent)
                assert answer.status_code == 403, (name, method, sent)
                tried += 1
    assert tried > 20


PARTS = "multipart/form-data; boundary=z"
PART = b'--z\r\nContent-Disposition: form-data; name="note"'
BODIES: dict[str, tuple[bytes, str]] = {
    "a lone surrogate": (b"note=%ED%A0%80&reason=%ED%BF%BF", URLENCODED),
    "overlong": (b"note=%C0%BCzq%C1%81", URLENCODED),
    "two nulls": (b"%00=%00&note=a%00b", URLENCODED),
    "another alphabet": ("note=Tendön".encode("utf-16"), f"{URLENCODED}; charset=utf-16"),
    "no such alphabet": (b"note=1", f"{URLENCODED}; charset=zq-8"),
    "seven bits": (b"note=\xff", f"{URLENCODED}; charset=utf-7"),
    "only signs": (b"&&&===&=;%%%&%zz", URLENCODED),
    "too many fields": (b"&".join(b"f%d=1" % n for n in range(12_000)), URLENCODED),
    "one long name": (b"n" * 200_000 + b"=1", URLENCODED),
    "too long": (b"note=" + b"x" * 1_100_000, URLENCODED),
    "a long number": (b"version=" + b"9" * 100_000, URLENCODED),
    "no boundary": (b"--\r\n", "multipart/form-data"),
    "no end": (PART + b"\r\n\r\nx", PARTS),
    "no name": (b"--z\r\nContent-Disposition: form-data\r\n\r\nx\r\n--z--\r\n", PARTS),
    "a file for a word": (
        PART + b'; filename="../../zq"\r\nContent-Type: text/html\r\n\r\n<zq>\r\n--z--\r\n',
        PARTS,
    ),
    "wrongly coded": (
        PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n--z--\r\n",
        PARTS,
    ),
    "a part too long": (PART + b"\r\n\r\n" + b"x" * 1_100_000 + b"\r\n--z--\r\n", PARTS),
    "a boundary of its own": (b"x", "multipart/form-data; boundary=" + "z" * 500),
    "many parts": ((PART + b"\r\n\r\nx\r\n") * 3_000 + b"--z--\r\n", PARTS),
    "JSON": (b'{"note": {"$gt": ""}}', "application/json"),
    "XML": (b'<!DOCTYPE z [<!ENTITY e SYSTEM "file:///etc/passwd">]><z>&e;</z>', "text/xml"),
    "no kind": (b"note=1", ""),
}
TOO_MUCH = {"too many fields", "too long", "a part too long", "many parts"}
# It takes files, and reads a request by itself first.
TAKES_FILES = "assessments:load_import"


def test_no_body_is_an_error_of_the_server(client: Client, places: dict[str, Place]) -> None:
    """I1: bodies that are no form, too much or wrongly written: 4xx in words, or the page again."""
    wrong, large = {}, list[int]()
    for place, (name, (to, _)) in enumerate(places.items()):
        for body, (content, kind) in list(BODIES.items())[place % EACH :: EACH]:
            with suppress(TakenBack), transaction.atomic():
                answer = client.generic("POST", to, content, content_type=kind)
                much = body in TOO_MUCH and name != TAKES_FILES
                large += [answer.status_code] if much else []
                if answer.status_code not in ANSWERED:
                    wrong[name, body] = answer.status_code
                assert "Bad Request (400)" not in answer.text
                if answer.status_code in (400, 413) and "data-" not in answer.text:
                    assert "Nothing of it was saved." in answer.text, (name, body)
                raise TakenBack
    assert wrong == {}
    # A few forms need nothing of what is sent, and don't read it here; the check of the security
    # token, which this client is spared, does.
    assert large.count(413) > len(large) * 2 // 3


def test_no_field_becomes_a_statement(client: Client, places: dict[str, Place]) -> None:
    """I3: the text of a statement never has what was typed, whatever the field."""
    value = "zqsql' OR 1=1; SELECT pg_sleep(5) --"
    for name, (to, found) in places.items():
        for kept in (set(), {"form_token", "version"} & found.keys()):
            data = {field: values[0] if field in kept else value for field, values in found.items()}
            with suppress(TakenBack), transaction.atomic(), statements() as sent:
                assert client.post(to, data).status_code in ANSWERED, name
                assert sent
                assert [sql for sql in sent if "zqsql" in sql or "pg_sleep" in sql] == [], name
                raise TakenBack


def test_no_answer_makes_anything_of_what_is_typed(
    client: Client, places: dict[str, Place]
) -> None:
    """I2: what comes back is what was typed, in a page and in a piece of one."""
    found, told = [], 0
    for place, (name, (to, fields)) in enumerate(places.items()):
        for htmx in (False, True):
            typed = {
                field: values[0]
                if TOKENS.search(field)
                else f"{SHORT} {WAYS[(place + number) % len(WAYS)]}"
                for number, (field, values) in enumerate(fields.items())
            }
            with suppress(TakenBack), transaction.atomic():
                headers = {"HX-Request": "true"} if htmx else {}
                answer = client.post(to, urlencode(typed), content_type=URLENCODED, headers=headers)
                assert answer.status_code in ANSWERED, name
                assert MARK not in str(answer.headers), name
                made = read(answer.text)
                found += [(name, each) for each in made.found]
                told += made.told > 0
                raise TakenBack
    assert found == []
    assert told > len(places) // 2


# With another token a form is refused before anybody looks at what was typed.
TOKENS = re.compile(r"token|^version$|^number$|^known$|^draft$|^seen$|^do$|^op$")

LONG_NAMES = ("N" * 10_000, "\x00", "\ud800", "\u202e" * 300, "a\u0301" * 5_000, "🩹" * 5_000)


@pytest.mark.parametrize("given", LONG_NAMES, ids=range(len(LONG_NAMES)))
def test_a_name_that_is_none_is_refused_at_its_field(
    client: Client, places: dict[str, Place], given: str
) -> None:
    """I1: 422, the error at the field, and everything typed still there."""
    sent = {"given_name": "Kimberlina", "date_of_birth": "1980-01-31", "sex": "F"}
    sent |= {"family_name": given, "form_token": str(uuid4())}
    body = urlencode({key: value.encode("utf-8", "surrogatepass") for key, value in sent.items()})
    before = Patient.objects.count()
    answer = client.post(reverse("patients:new"), body, content_type=URLENCODED)
    assert answer.status_code == 422
    assert Patient.objects.count() == before
    assert 'id="id_family_name_error"' in answer.text
    assert "Kimberlina" in answer.text
    if "\x00" not in given and given.isprintable():
        assert given in answer.text


COOKIES = (
    "session=zq",
    "session=" + "x" * 7_000,
    "session=\x00; csrftoken=\x00",
    "csrftoken=" + "a" * 64,
    "=; ;;; =zq; session",
    'session="zq\\"; session=zq; session=',
    "privacy=<zq>; sessionid=../../etc/passwd",
    "session=" + "%00" * 40 + "; csrftoken=٣",
)


@pytest.mark.parametrize("cookie", COOKIES, ids=range(len(COOKIES)))
def test_a_bad_cookie_is_nobody(by: User, cookie: str) -> None:
    """I1: whoever brings it is signed out, and forms have no token."""
    visitor = Client(raise_request_exception=False, enforce_csrf_checks=True)
    # As it comes out of the wire.
    cookie = cookie.encode().decode("latin-1")
    for name in ("programmes:caseload", "account_login", "patients:list"):
        answer = visitor.get(reverse(name), headers={"Cookie": cookie})
        assert answer.status_code == (200 if name == "account_login" else 302)
        answer = visitor.post(reverse(name), {"q": "zq"}, headers={"Cookie": cookie})
        assert answer.status_code in (302, 403)
    assert not AccessLog.objects.filter(user=None).exists()


def test_a_long_path_is_a_page_that_is_not_there(client: Client) -> None:
    for path in ("x" * 60_000, "patients/" * 6_000, "%00" * 9_000, "%F0%9F" * 9_000, "../" * 9_000):
        for answer in (client.get(f"/{path}"), client.post(f"/{path}", {"q": "zq"})):
            assert answer.status_code in (302, 400, 404)
