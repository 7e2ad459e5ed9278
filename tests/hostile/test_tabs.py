"""Two patients in two tabs of one browser, by turns: nothing is written to the wrong one (B4)."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from patients.models import Patient, User
from programmes.belongings import rows_of
from programmes.models import Programme
from tests import make
from tests.test_access import address
from tests.test_fuzz_forms import Fields

pytestmark = pytest.mark.django_db

INTERLEAVINGS = int(os.environ.get("UPWELL_TAB_TURNS", "50"))
# What is typed into a form, and the page it stands on: by a tab's own words each time.
TYPED: dict[str, Callable[[str], dict[str, str]]] = {
    "patients:edit": lambda words: {"referrer": words},
    "assessments:score_new": lambda words: {
        **{"value": "40", "reported_by": "paper", "name": "TENDINS-A", "note": words},
        "answered_on": make.DAY.isoformat(),
    },
    "assessments:load_event_new": lambda words: {
        **{"kind": "rest", "on": make.DAY.isoformat(), "note": words},
    },
    "programmes:session_new": lambda words: {"note": words},
    "programmes:discharge": lambda words: {"outcome": "improved", "note": words},
    "assessments:new": lambda words: {"goal": words},
}


@dataclass
class Tab:
    """One tab: whose pages it shows, and the form that stands open in it."""

    client: Client
    programme: Programme
    words: str
    form: tuple[str, dict[str, Any]] | None = None
    sent: list[int] = field(default_factory=list)

    def turn(self, name: str) -> None:
        """Open this form; or send the one that is open, with words of this tab typed in."""
        if self.form is None:
            patient = name.startswith("patients:")
            episode = self.programme.episode
            to = address(name, episode.patient.code if patient else episode.code)
            answer = self.client.get(to)
            if answer.status_code != 200:
                return
            reader = Fields()
            reader.feed(answer.text)
            shown = {each: values[0] for each, values in reader.found.items()}
            self.form = (to, {**shown, **TYPED[name](f"{self.words} {len(self.sent)}")})
            return
        (to, data), self.form = self.form, None
        self.sent.append(self.client.post(to, data).status_code)


def record(patient: Patient) -> str:
    """Every row of a patient, as text."""
    parts = []
    for model, mine in rows_of(patient).items():
        table, key = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            ids = list(mine)
            cursor.execute(f"SELECT t::text FROM {table} t WHERE {key} = ANY(%s)", [ids])
            parts += [f"{table} {row}" for (row,) in cursor.fetchall()]
    return "\n".join(sorted(parts))


@pytest.fixture
def tabs(by: User) -> list[Tab]:
    visitor = Client(raise_request_exception=False)
    make.sign_in(visitor, by)
    return [
        Tab(visitor, make.make_programme(make.make_episode(patient, by=by), by=by), words)
        for patient, words in (
            (make.make_patient(by=by, family_name="Erstling"), "FIRST-TAB"),
            (make.make_patient(by=by, family_name="Zweitling"), "SECOND-TAB"),
        )
    ]


def test_whatever_the_turns_each_tab_writes_to_its_own_patient(tabs: list[Tab]) -> None:
    answers: list[int] = []

    @settings(max_examples=INTERLEAVINGS, suppress_health_check=list(HealthCheck), database=None)
    @given(
        turns=st.lists(
            st.tuples(st.integers(0, 1), st.sampled_from(sorted(TYPED))), min_size=4, max_size=6
        )
    )
    def take(turns: list[tuple[int, str]]) -> None:
        now = [Tab(tab.client, tab.programme, tab.words) for tab in tabs]
        with transaction.atomic():
            for tab, name in turns:
                now[tab].turn(name)
            for each, other in zip(now, reversed(now), strict=True):
                stands = record(each.programme.episode.patient)
                assert other.words not in stands, turns
                saved = [status for status in each.sent if status == 302]
                assert (each.words in stands) == bool(saved), (turns, each.sent)
                answers.extend(each.sent)
            transaction.set_rollback(True)

    take()
    assert set(answers) <= {302, 409, 422}
    assert answers.count(302) > INTERLEAVINGS // 2
