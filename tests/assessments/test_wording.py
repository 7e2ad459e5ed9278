"""Wording of the VISA-A: a file is taken whole or refused with a sentence; answers keep theirs."""

import copy
import json
import re
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from assessments import wording
from assessments.actions import amend, record_visa, save_draft
from assessments.models import VisaA, Wording
from assessments.rules.terms import Q8Band, Q8Part, ReportedBy, SportLevel
from assessments.rules.visa import ITEM_NAMES
from assessments.selectors import VISA_FIELDS, recorded
from patients.rules.roles import Role
from tests import make
from tests.make import DAY

GOOD: dict[str, Any] = {
    "name": "Practice set A",
    "form_version": "VISA-A, test edition",
    "language": "en",
    "permission": "Invented for tests, 2025",
    "texts": {
        name: {"label": f"Label {name}", "hint": f"Hint {name}", "worst": "Low", "best": "High"}
        for name in ITEM_NAMES
    },
}
FULL: dict[str, Any] = copy.deepcopy(GOOD)
FULL["name"] = "Practice set B"
FULL["texts"]["q7"]["choices"] = {level.value: f"Sport {level}" for level in SportLevel}
FULL["texts"]["q8"]["parts"] = {part.value: f"Part {part}" for part in Q8Part}
FULL["texts"]["q8"]["bands"] = {band.value: f"Time {band}" for band in Q8Band}

EXAMPLE = Path(__file__).parents[2] / "docs" / "wording.md"


def written(tmp_path: Path, content: Any) -> str:
    file = tmp_path / "wording.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def run(*args: str) -> str:
    out = StringIO()
    call_command("load_wording", *args, stdout=out)
    return out.getvalue()


def refused(*args: str) -> str:
    """The one line the command refuses with; its exit status is 2."""
    error = StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("load_wording", *args, stderr=error)
    assert left.value.code == 2
    said = error.getvalue()
    assert said.count("\n") == 1
    return said.strip()


def without(*path: str) -> dict[str, Any]:
    content = copy.deepcopy(FULL)
    place = content
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return content


def changed(value: Any, *path: str) -> dict[str, Any]:
    content = copy.deepcopy(FULL)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return content


BAD: dict[str, tuple[Any, str]] = {
    "empty": ("", "file: not JSON, line 1"),
    "not json": ("{name: x}", "file: not JSON, line 1, column 2"),
    "cut off": (json.dumps(GOOD)[:-3], "file: not JSON"),
    "a list": ([], "file: must be an object in braces"),
    "deep": ("[" * 100_000, "file: too many brackets inside each other"),
    "huge": (" " * 200_001, "file: more than 200000 characters"),
    "twice": ('{"name": "a", "name": "b"}', "name: stands there twice"),
    "unknown key": (changed("x", "licence"), "licence: no such field; known are name,"),
    "unknown item": (changed({}, "texts", "q9"), "texts.q9: no such field"),
    "unknown words of an item": (
        changed("x", "texts", "q1", "title"),
        "texts.q1.title: no such field; known are label, hint, worst, best",
    ),
    "choices where there are none": (
        changed({}, "texts", "q1", "choices"),
        "texts.q1.choices: no such field",
    ),
    "a key with a line break": (changed("x", "a\nb"), "ab: no such field"),
    **{f"no {name}": (without(name), f"{name}: missing") for name in GOOD if name != "language"},
    **{f"no {name}": (without("texts", name), f"texts.{name}: missing") for name in ITEM_NAMES},
    **{
        f"no {part}": (without("texts", "q3", part), f"texts.q3.{part}: missing")
        for part in ("label", "hint", "worst", "best")
    },
    "blank permission": (changed(" ", "permission"), "permission: must not be empty"),
    "blank name": (changed("", "name"), "name: must not be empty"),
    "blank label": (changed("", "texts", "q5", "label"), "texts.q5.label: must not be empty"),
    "a number": (changed(5, "texts", "q5", "label"), "texts.q5.label: must be text"),
    "a number of 5,000 digits": ("9" * 5000, "file: must be an object in braces"),
    "null": (changed(None, "permission"), "permission: must be text"),
    "line break": (changed("a\nb", "texts", "q2", "hint"), "texts.q2.hint: holds a line break"),
    "NUL": (changed("a\0b", "name"), "name: holds a line break or another character"),
    "right to left mark": (changed("a\u202eb", "name"), "name: holds a line break or another"),
    "lone surrogate": (changed("a\ud800b", "name"), "name: holds a line break or another"),
    "long name": (changed("x" * 41, "name"), "name: 41 characters, at most 40"),
    "long hint": (
        changed("x" * 601, "texts", "q2", "hint"),
        "texts.q2.hint: 601 characters, at most 600",
    ),
    "long permission": (changed("x" * 301, "permission"), "permission: 301 characters"),
    "the name of our own": (
        changed("short labels 1", "name"),
        "name: “short labels 1” is the name of our own labels",
    ),
    "texts a list": (changed([], "texts"), "texts: must be an object in braces"),
    "item a text": (changed("x", "texts", "q4"), "texts.q4: must be an object in braces"),
    "a choice missing": (
        without("texts", "q7", "choices", "modified"),
        "texts.q7.choices.modified: missing",
    ),
    "an unknown part": (changed("x", "texts", "q8", "parts", "D"), "texts.q8.parts.D: no such"),
    "a band missing": (without("texts", "q8", "bands", ">30"), "texts.q8.bands.>30: missing"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.django_db
def test_a_bad_file_is_one_line_that_names_the_field(name: str, tmp_path: Path) -> None:
    content, said = BAD[name]
    assert refused(written(tmp_path, content)).startswith(said)
    assert not Wording.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_none(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "nowhere.json")).startswith("file: can't be read: No such file")
    assert refused(str(tmp_path)).startswith("file: can't be read:")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert refused(str(binary)) == "file: is not UTF-8 text"
    assert refused() == "Give a file, --list, --use NAME or --use-own: one of them."
    assert refused("--list", "--use-own").startswith("Give a file")
    assert refused("--use", "Nobody's") == "name: no set “Nobody's” was loaded"


@pytest.mark.django_db
def test_the_newest_set_is_in_force_and_every_switch_is_kept(tmp_path: Path) -> None:
    assert wording.words_in_force() is wording.OWN
    assert "Practice set A: loaded." in run(written(tmp_path, GOOD))
    assert wording.words_in_force().name == "Practice set A"
    run(written(tmp_path, FULL))
    assert wording.words_in_force().name == "Practice set B"
    assert "was loaded before with the same content" in run(written(tmp_path, GOOD))
    assert wording.words_in_force().name == "Practice set A"
    assert run("--use-own").strip() == "In force: short labels 1"
    assert wording.words_in_force() is wording.OWN
    run("--use-own")
    assert run("--use", "Practice set B").strip() == "In force: Practice set B"
    listed = run("--list").splitlines()
    assert [line.split(":")[0] for line in listed] == [
        "Practice set B",
        "Practice set A",
        "short labels 1",
    ]
    assert "in force, loaded" in listed[0]
    assert "Permission: Invented for tests, 2025" in listed[1]
    # Two sets and three switches; nothing is ever changed or deleted.
    assert Wording.objects.count() == 5


@pytest.mark.django_db
def test_a_name_in_use_keeps_its_content(tmp_path: Path) -> None:
    run(written(tmp_path, GOOD))
    other = {**GOOD, "permission": "Somebody else"}
    said = refused(written(tmp_path, other))
    assert said.startswith("name: “Practice set A” was loaded on")
    assert said.endswith("A set never changes; give the new one a new name.")
    assert Wording.objects.get().permission == "Invented for tests, 2025"


@pytest.mark.django_db
def test_the_example_of_the_manual_can_be_loaded(tmp_path: Path) -> None:
    blocks = re.findall(r"```json\n(.*?)```", EXAMPLE.read_text(), re.DOTALL)
    assert len(blocks) == 1
    run(written(tmp_path, blocks[0]))
    words = wording.words_in_force()
    assert not words.is_own
    # An example of the format, never the questionnaire: its words are our own short labels.
    assert words.items == wording.OWN.items
    assert (words.sport, words.parts, words.bands) == (
        wording.OWN.sport,
        wording.OWN.parts,
        wording.OWN.bands,
    )


# --- on the pages ------------------------------------------------------------------------------


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    return client


@pytest.mark.django_db
def test_pages_say_whose_words_they_show(client: Client, tmp_path: Path) -> None:
    episode = make.make_episode()
    to = reverse("assessments:visa_new", args=[episode.code])
    own = client.get(to).text
    assert "Our own short labels, not the wording of a validated form." in own
    assert "1. Morning stiffness" in own
    run(written(tmp_path, FULL))
    theirs = client.get(to).text
    for words in ("1. Label q1", "Hint q6", "Sport full_lower", "8B. Part B", "Time 11-20"):
        assert words in theirs
    assert "Low" in theirs
    assert "Wording: Practice set B. Permission: Invented for tests, 2025" in theirs
    assert "validated" not in theirs
    assert "Morning stiffness" not in theirs
    examined = client.get(reverse("assessments:new", args=[episode.code])).text
    assert "8B. Part B" in examined


@pytest.mark.django_db
def test_answers_keep_the_wording_they_were_given_under(client: Client, tmp_path: Path) -> None:
    episode = make.make_episode()
    values = make.examination_values()
    answers = {name: values[name] for name in VISA_FIELDS}

    def recorded_now() -> VisaA:
        return record_visa(
            episode,
            form_token=uuid4(),
            on=DAY,
            reported_by=ReportedBy.ROOM,
            words=wording.words_in_force(),
            by=episode.opened_by,
            # Other answers each time: the same ones of one day would be asked about.
            **{**answers, "q1_minutes": VisaA.objects.count()},
        )

    before = recorded_now()
    run(written(tmp_path, FULL))
    during = recorded_now()
    run("--use-own")
    after = recorded_now()
    kept = [(score.wording, score.form_version) for score in (before, during, after)]
    assert kept == [
        ("short labels 1", "VISA-A, Robinson 2001"),
        ("Practice set B", "VISA-A, test edition"),
        ("short labels 1", "VISA-A, Robinson 2001"),
    ]
    assert during.wording_set == Wording.objects.get(name="Practice set B")
    shown = client.get(reverse("assessments:visa", args=[during.code])).text
    assert "1. Label q1" in shown
    assert "Sport modified" in shown
    assert "Form: VISA-A, test edition. Wording: Practice set B." in shown
    assert "Label q1" not in client.get(reverse("assessments:visa", args=[after.code])).text


@pytest.mark.django_db
def test_a_page_opened_before_a_new_set_is_stored_under_what_it_showed(
    client: Client, tmp_path: Path
) -> None:
    episode = make.make_episode()
    to = reverse("assessments:visa_new", args=[episode.code])
    run(written(tmp_path, GOOD))
    sent = {
        "form_token": str(uuid4()),
        "answered_on": str(DAY),
        "reported_by": "room",
        "wording": "Practice set A",
        "q2": "5",
    }
    run(written(tmp_path, FULL))
    assert client.post(to, sent).status_code == 302
    assert VisaA.objects.get().wording == "Practice set A"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "kept"),
    [
        pytest.param({"goal": "Something else"}, "short labels 1", id="another answer"),
        pytest.param({"q2": 9}, "Practice set A", id="an item answered anew"),
    ],
)
def test_a_draft_keeps_the_wording_until_an_item_is_answered_anew(
    change: dict[str, Any], kept: str, tmp_path: Path
) -> None:
    draft = make.make_assessment()
    assert draft.visa.wording == "short labels 1"
    run(written(tmp_path, GOOD))
    saved = save_draft(
        draft, {**recorded(draft), **change}, version=draft.version, by=draft.created_by
    )
    assert saved.visa.wording == kept


@pytest.mark.django_db
def test_an_amendment_takes_the_answers_over_with_their_wording(tmp_path: Path) -> None:
    signed = make.make_signed_assessment()
    run(written(tmp_path, GOOD))
    draft = amend(signed, reason="The goal was misheard.", by=signed.created_by)
    assert draft.visa.wording == "short labels 1"
    assert draft.visa.items == signed.visa.items
