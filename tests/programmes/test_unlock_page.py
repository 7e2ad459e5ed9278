"""Opening a contraindicated cell: who, with what, and what it changes in the editor."""

from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.rules.terms import Stage
from patients.models import Episode, User
from patients.rules.roles import Role
from programmes.actions import begin_draft, issue_draft
from programmes.models import Unlock
from programmes.rules.plan import from_flat
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith() -> User:
    return make.make_user(Role.EXERCISE_PHYSIOLOGIST)


@pytest.fixture
def episode(edith: User) -> Episode:
    episode = make.make_episode(by=edith)
    make.make_signed_assessment(episode, by=edith, **make.INSERTIONAL)
    make.make_programme(episode, by=edith, at=(Stage.FULL_RETURN, 1))
    return episode


@pytest.fixture
def client(edith: User) -> Client:
    visitor = Client()
    visitor.force_login(edith)
    return visitor


def sent(**overrides: str) -> dict[str, str]:
    long_ago = timezone.localdate() - timedelta(weeks=5)
    return {
        "code": "U1",
        "dorsiflexion_pain": "1",
        "since": long_ago.isoformat(),
        "reason": "Bears full dorsiflexion for weeks.",
        "form_token": str(uuid4()),
        **overrides,
    }


def test_the_editor_leads_to_it_and_shows_what_it_opened(
    client: Client, episode: Episode, edith: User
) -> None:
    begin_draft(episode, source="protocol:FULL", on=timezone.localdate(), by=edith)
    editor = reverse("programmes:edit", args=[episode.code])
    to = reverse("programmes:unlock", args=[episode.code])
    assert f"{to}?which=U2" in client.get(editor).text
    answer = client.post(to, sent(code="U2", dorsiflexion_pain="", since=""))
    assert (answer.status_code, answer.headers["Location"]) == (302, editor)
    signed = Unlock.objects.get()
    assert (signed.code, signed.signed_by, signed.since) == ("U2", edith, None)
    assert "Opened by a signed unlock." in client.get(editor).text
    assert "Bears full dorsiflexion for weeks." in client.get(to).text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param({"reason": ""}, "Give the reason for the unlock.", id="no reason"),
        pytest.param({"code": ""}, "Choose what is opened.", id="nothing chosen"),
        pytest.param({"dorsiflexion_pain": "3"}, "must be 2 or less", id="pain"),
        pytest.param({"dorsiflexion_pain": ""}, "worst dorsiflexion pain", id="pain not given"),
        pytest.param({"since": ""}, "Give the day since which", id="no day"),
        pytest.param({"since": "tomorrow"}, "Enter a valid date", id="no date"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    client: Client, episode: Episode, typed: dict[str, str], says: str
) -> None:
    to = reverse("programmes:unlock", args=[episode.code])
    answer = client.post(to, sent(**{"reason": "A reason to keep.", **typed}))
    assert answer.status_code == 422
    assert says in answer.text
    assert "reason" in typed or "A reason to keep." in answer.text
    assert not Unlock.objects.exists()


def test_a_reason_is_never_printed(client: Client, episode: Episode, edith: User) -> None:
    today = timezone.localdate()
    to = reverse("programmes:unlock", args=[episode.code])
    client.post(to, sent(code="U2"))
    draft = begin_draft(episode, source="protocol:FULL", on=today, by=edith)
    hills = from_flat(draft.plan).columns[2].id
    version = issue_draft(
        draft, known=0, note="", on=today, by=edith, stand_at=hills, reason="Ran hills elsewhere."
    )
    assert version.steps.filter(items__unlock="U2").count() == 1
    paper = make.make_handout(version.programme, on=today, by=edith)
    page = client.get(reverse("programmes:handout", args=[paper.code]))
    pages = PdfReader(BytesIO(page.content)).pages
    text = " ".join(" ".join(each.extract_text() for each in pages).split())
    assert "Hill running" in text
    assert "Bears full dorsiflexion" not in text
    assert "Ran hills elsewhere" not in text
