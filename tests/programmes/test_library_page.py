"""The library page: finding an exercise, adding one of ours, what we own, the protocols."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from assessments.rules.terms import MatrixRow, Stage
from patients.actions import EditedMeanwhile
from patients.models import User
from patients.rules.roles import Role
from programmes.actions import library as actions
from programmes.forms.library import ExerciseForm
from programmes.models import OwnedWeight, PracticeExercise
from programmes.rules.library import BUILT_IN, EXERCISES
from programmes.rules.library.search import matching
from programmes.rules.protocols import LADDERS
from programmes.selectors.library import as_exercise
from tests import make
from upwell.http import Refused

pytestmark = pytest.mark.django_db

LIBRARY = "/practice/library/"
NEW = "/practice/library/new/"
WEIGHTS = "/practice/library/weights/"


@pytest.fixture
def editor(client: Client) -> User:
    """An exercise physiologist, signed in."""
    user = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    client.force_login(user)
    return user


def typed(pattern: str = "floor_single_raise", **changes: Any) -> dict[str, Any]:
    """The form for a new exercise that says what a built-in one says, under a name of ours."""
    values = ExerciseForm.pattern_of(EXERCISES[pattern])
    values |= {"name": "Raises at the tram stop", "form_token": str(uuid4()), **changes}
    return {
        key: "on" if value is True else value
        for key, value in values.items()
        if value not in (None, False)
    }


def text_of(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def names_in(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', page) + re.findall(
        r'<th scope="row"><a href="[^"]*" aria-current="true">([^<]*)</a>', page
    )


def errors_in(answer: Any) -> dict[str, str]:
    """The messages of a page, by the field they stand at."""
    shown = answer.content.decode().replace('<span class="visually-hidden">Error: </span>', "")
    return dict(re.findall(r'<p class="error" id="id_(\w+)_error">(.*?)</p>', shown))


# --- The list ---


def test_everything_is_listed_by_stage(client: Client, editor: User) -> None:
    page = text_of(client, LIBRARY)
    assert sorted(names_in(page)) == sorted(each.name for each in BUILT_IN)
    assert f"{len(BUILT_IN)} exercises" in page
    stages = [page.index(f'colspan="4">{word}') for word in ("Isometric", "Isotonic", "Plyometric")]
    assert stages == sorted(stages)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=rucksack+seated", {"Seated heel raise, rucksack on the knees"}),
        ("q=GRASS", {"Run-throughs on grass"}),
        (
            "row=dorsiflexion_stretch",
            {"Calf stretch at a wall, knee straight", "Calf stretch at a wall, knee bent"},
        ),
        ("equipment=rope", {"Skipping with a rope, both feet"}),
        ("equipment=pool&stage=isotonic", {"Double-leg heel raise in water"}),
        ("equipment=leg_press&home=on", set()),
        ("q=handstand", set()),
    ],
)
def test_searching(client: Client, editor: User, asked: str, found: set[str]) -> None:
    page = text_of(client, f"{LIBRARY}?{asked}")
    assert set(names_in(page)) == found
    assert ("Nothing found" in page) == (not found)


def test_what_nobody_can_choose_is_not_asked_for(client: Client, editor: User) -> None:
    answer = client.get(f"{LIBRARY}?stage=handstand&row=%00&equipment=x&exercise=nothing&part=else")
    assert answer.status_code == 200
    assert len(names_in(answer.content.decode())) == len(BUILT_IN)


def test_searching_by_home_leaves_out_the_machines() -> None:
    found = matching(BUILT_IN, at_home=True)
    assert {each.key for each in BUILT_IN if not each.at_home}.isdisjoint(
        each.key for each in found
    )
    assert len(found) > 40


def test_one_exercise_whole(client: Client, editor: User) -> None:
    page = text_of(client, f"{LIBRARY}?exercise=heel_drop_bent")
    assert "Heel drop below a step" in page
    assert "Bend the knee a little and lower the heel slowly below the step." in page
    assert (
        "On the edge of a step, knee bent 40°, ankle 25° toes up, heel 4 cm below the edge" in page
    )
    assert "not known" in page
    assert '<a href="?exercise=seated_raise#exercise">Seated heel raise</a>' in page
    rows = re.findall(
        r'<tr><th scope="row">(Reactive|Disrepair|Degenerative)</th>(.*?)</tr>', page, re.S
    )
    words = [
        (phase, *re.findall(r'<span class="word">([^<]*)</span>', cells)) for phase, cells in rows
    ]
    no, allowed = "Contraindicated", "Allowed"
    assert words == [
        ("Reactive", no, no),
        ("Disrepair", allowed, no),
        ("Degenerative", allowed, no),
        ("Reactive", no, no),
        ("Disrepair", allowed, no),
        ("Degenerative", allowed, no),
        *[(phase, no, no) for phase in ("Reactive", "Disrepair", "Degenerative")],
    ]
    assert "May be opened (U1)" in page


def test_a_known_tendon_load_names_its_source(client: Client, editor: User) -> None:
    page = text_of(client, f"{LIBRARY}?exercise=forward_hop")
    assert "7.3 times body weight" in page
    assert "pubmed.ncbi.nlm.nih.gov/32658037" in page


def test_an_exercise_before_its_stage_says_why(client: Client, editor: User) -> None:
    page = text_of(client, f"{LIBRARY}?exercise=quick_rebound_raise")
    assert "From the isotonic stage. The combined programme has quick heel raises" in page
    assert "PMC7249277" in page


def test_a_physiotherapist_reads_and_adds_nothing(client: Client) -> None:
    client.force_login(make.make_user(Role.PHYSIOTHERAPIST))
    for part in ("", "?part=protocols", "?part=weights"):
        page = text_of(client, LIBRARY + part)
        assert NEW not in page
        assert "Add a weight" not in page
    assert client.post(NEW, typed()).status_code == 403
    assert client.post(WEIGHTS, {"kind": "plate", "kg": "5"}).status_code == 403
    assert not PracticeExercise.objects.exists()


# --- Protocols ---


def test_every_protocol_step_by_step(client: Client, editor: User) -> None:
    page = text_of(client, f"{LIBRARY}?part=protocols")
    for each in LADDERS.values():
        assert f">{each.name}</h2>" in page
        for step in each.steps:
            assert f'<span class="unit">{step.code}</span> {step.title}' in page
    assert "4 sets of 8 at 8RM" in page
    assert "practice default</span> sets, repetitions, load" in page
    assert "40 minutes of brisk walking" in page
    assert "instead of Run-walk" in page


# --- Adding one of ours ---


def test_adding_one_of_ours(client: Client, editor: User) -> None:
    page = text_of(client, f"{NEW}?like=floor_single_raise")
    assert "Rise as high as you can, then lower slowly." in page
    assert client.post(NEW, typed()).status_code == 302
    own = PracticeExercise.objects.get()
    assert (own.key, own.made_by) == ("own-raises-at-the-tram-stop", editor)
    known = as_exercise(own)
    pattern = EXERCISES["floor_single_raise"]
    assert (known.row, known.usual, known.start) == (pattern.row, pattern.usual, pattern.start)
    page = text_of(client, f"{LIBRARY}?q=tram")
    assert names_in(page) == ["Raises at the tram stop"]
    assert 'class="badge">ours' in page
    assert f"/practice/library/{own.code}/" in page


def test_the_same_form_twice_makes_one(client: Client, editor: User) -> None:
    sent = typed()
    answers = [client.post(NEW, sent) for _ in range(3)]
    assert {answer["Location"] for answer in answers} == {
        f"/practice/library/{PracticeExercise.objects.get().code}/"
    }
    refused = client.post(NEW, {**sent, "name": "Another name"})
    assert refused.status_code == 422
    assert "sent before with other answers" in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "Give the exercise a name."),
        ({"name": "seated heel raise"}, "name", "Another exercise has this name."),
        ({"row": ""}, "row", "Choose the kind of exercise."),
        ({"like": ""}, "like", "Choose an exercise that looks like it."),
        ({"like": "heel_drop_straight"}, "like", "bends the ankle further than the range says"),
        ({"range": "below_neutral"}, "range", "counts as a heel drop below a step"),
        ({"stage": "isometric"}, "stage", "belongs to a later stage"),
        ({"contraction": "stretch_shortening"}, "contraction", "Does not fit the kind"),
        ({"equipment": ["barbell"]}, "equipment", "counts as heavy work"),
        ({"tempo": "slowly"}, "tempo", "three numbers of seconds"),
        ({"tempo": "99-0-3"}, "tempo", "Must be from 0 to 60 seconds."),
        ({"rest_s": "3600"}, "rest_s", "Must be from 0 to 1800 seconds."),
        ({"days_per_week": "8"}, "days_per_week", "Must be from 1 to 7 days."),
        ({"instructions": "\n".join(["Rise."] * 7)}, "instructions", "Write 1 to 6 lines."),
        ({"regression": "step_double_raise"}, "regression", "so it is not easier"),
    ],
)
def test_what_is_refused_is_said_at_its_field(
    client: Client, editor: User, changes: dict[str, Any], field: str, says: str
) -> None:
    answer = client.post(NEW, typed(**changes))
    assert answer.status_code == 422
    errors = errors_in(answer)
    assert list(errors) == [field]
    assert says in errors[field]
    assert changes.get("name", "Raises at the tram stop") in answer.content.decode()
    assert not PracticeExercise.objects.exists()


def add(by: User, like: str = "floor_single_raise", **changes: Any) -> PracticeExercise:
    """One of ours, through the action."""
    known = EXERCISES[like]
    said: dict[str, Any] = {
        "name": "Raises at the tram stop",
        "stage": known.stage,
        "row": known.row,
        "knee": known.knee,
        "contraction": known.contraction,
        "heel_range": known.range,
        "equipment": known.equipment,
        "tempo": known.tempo,
        "instructions": known.instructions,
        "start": known.start,
        "end": known.end,
        "usual": known.usual,
        "regression": known.regression,
        "at_home": known.at_home,
    }
    return actions.add_exercise(form_token=uuid4(), by=by, **{**said, **changes})


def test_the_actions_refuse_what_the_form_refuses(editor: User) -> None:
    with pytest.raises(ValueError, match=r"^stage: "):
        add(editor, stage=Stage.ISOMETRIC)
    with pytest.raises(ValueError, match=r"^contraction: "):
        add(editor, "single_leg_hop_in_place", row=MatrixRow.ISOMETRIC_MID_RANGE)
    add(editor)
    with pytest.raises(ValueError, match=r"^name: "):
        add(editor)
    assert PracticeExercise.objects.count() == 1


def test_two_names_that_look_alike_as_keys(editor: User) -> None:
    assert add(editor).key == "own-raises-at-the-tram-stop"
    assert add(editor, name="Raises at the tram stop!").key == "own-raises-at-the-tram-stop-2"
    assert add(editor, name="…").key == "own-exercise"


def test_changing_one_of_ours(client: Client, editor: User) -> None:
    own = add(editor)
    address = reverse("programmes:exercise", args=[own.code])
    assert "Raises at the tram stop" in text_of(client, address)
    sent = {**typed(), "version": "1", "like": "", "instructions": "Stand still.\nRise."}
    sent["name"] = "Raises while waiting"
    assert client.post(address, sent).status_code == 302
    own.refresh_from_db()
    assert (own.name, own.version) == ("Raises while waiting", 2)
    assert own.instructions == ["Stand still.", "Rise."]
    assert own.key == "own-raises-at-the-tram-stop"
    assert as_exercise(own).start == EXERCISES["floor_single_raise"].start


def test_the_second_of_two_people_sees_what_the_first_saved(client: Client, editor: User) -> None:
    own = add(editor)
    address = reverse("programmes:exercise", args=[own.code])
    sent = {**typed(), "version": "1"}
    assert client.post(address, {**sent, "name": "Theirs"}).status_code == 302
    answer = client.post(address, {**sent, "name": "Mine"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "<td>Theirs</td><td>Mine</td>" in page
    assert 'value="Mine"' in page
    own.refresh_from_db()
    assert own.name == "Theirs"
    assert client.post(address, {**sent, "name": "Mine", "replaces": "2"}).status_code == 302
    own.refresh_from_db()
    assert own.name == "Mine"


def test_an_old_version_is_refused_by_the_action(editor: User) -> None:
    own = add(editor)
    form = ExerciseForm({**typed(), "like": ""}, catalogue=EXERCISES, own=as_exercise(own))
    assert form.is_valid(), form.errors
    with pytest.raises(EditedMeanwhile):
        actions.change_exercise(own, version=7, by=editor, **form.said())


def test_out_of_the_library_and_back(client: Client, editor: User) -> None:
    own = add(editor)
    address = reverse("programmes:exercise", args=[own.code])
    for _ in range(2):
        assert client.post(address, {"retire": "out"}).status_code == 302
        assert "Raises at the tram stop" not in names_in(text_of(client, LIBRARY))
        assert "Out of the library since" in text_of(client, address)
    assert client.post(address, {"retire": "back"}).status_code == 302
    assert "Raises at the tram stop" in names_in(text_of(client, LIBRARY))


def test_no_two_exercises_of_one_name_are_offered(client: Client, editor: User) -> None:
    first = add(editor)
    actions.retire_exercise(first, out=True, by=editor)
    second = add(editor)
    address = reverse("programmes:exercise", args=[first.code])
    refused = client.post(address, {"retire": "back"})
    assert refused.status_code == 422
    assert "Another exercise is called Raises at the tram stop by now." in refused.text
    first.refresh_from_db()
    assert first.retired_at is not None
    actions.retire_exercise(second, out=True, by=editor)
    assert client.post(address, {"retire": "back"}).status_code == 302
    first.refresh_from_db()
    assert first.retired_at is None


@pytest.mark.parametrize("known", BUILT_IN, ids=lambda each: each.key)
def test_the_form_says_what_the_exercise_says(known: Any) -> None:
    """Taking any built-in exercise as a pattern gives a form that is right as it stands."""
    form = ExerciseForm(typed(known.key), catalogue=EXERCISES)
    assert form.is_valid(), form.errors
    said = form.said()
    assert (said["row"], said["usual"]) == (known.row, known.usual)
    assert (said["start"], said["end"]) == (known.start, known.end)


# --- What we own ---


def test_what_we_own(client: Client, editor: User) -> None:
    assert text_of(client, f"{LIBRARY}?part=weights").count("None entered yet.") == 3
    for kg in ("20", "1.25", "1.25"):
        answer = client.post(WEIGHTS, {"kind": "plate", "kg": kg, "label": ""})
        assert answer["Location"] == f"{LIBRARY}?part=weights"
    client.post(WEIGHTS, {"kind": "band", "kg": "6", "label": "green"})
    assert list(OwnedWeight.objects.values_list("kind", "kg")) == [
        ("band", Decimal("6.00")),
        ("plate", Decimal("1.25")),
        ("plate", Decimal("20.00")),
    ]
    page = text_of(client, f"{LIBRARY}?part=weights")
    assert "green" in page
    assert ">1.25 <" in page
    assert ">20 <" in page
    gone = OwnedWeight.objects.get(label="green")
    assert client.post(WEIGHTS, {"gone": gone.pk}).status_code == 302
    assert "green" not in text_of(client, f"{LIBRARY}?part=weights")
    gone.refresh_from_db()
    assert gone.gone_at is not None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"kind": "plate", "kg": ""}, "kg"),
        ({"kind": "plate", "kg": "0"}, "kg"),
        ({"kind": "plate", "kg": "201"}, "kg"),
        ({"kind": "plate", "kg": "heavy"}, "kg"),
        ({"kind": "anvil", "kg": "5"}, "kind"),
        ({"gone": "the green one", "kind": "plate"}, "kg"),
    ],
)
def test_a_weight_nobody_owns(
    client: Client, editor: User, sent: dict[str, str], field: str
) -> None:
    answer = client.post(WEIGHTS, sent)
    assert answer.status_code == 422
    assert list(errors_in(answer)) == [field]
    assert not OwnedWeight.objects.exists()


def test_a_weight_that_is_gone_can_come_back(editor: User) -> None:
    first = actions.add_weight(kind="dumbbell", kg=Decimal(10), label="", by=editor)
    actions.drop_weight(weight_id=first.pk)
    second = actions.add_weight(kind="dumbbell", kg=Decimal(10), label="", by=editor)
    assert second.pk != first.pk
    with pytest.raises(Refused, match="can't be stored"):
        actions.add_weight(kind="dumbbell", kg=Decimal(0), label="", by=editor)
