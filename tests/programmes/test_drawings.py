"""Drawings on pages: the library, the plan editor, the session log, the form of an exercise."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from patients.models import User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes.actions import begin_draft
from programmes.drawing import drawing_like, drawing_of, drawing_of_exercise
from programmes.rules.dose import BODY_WEIGHT, Dose, FreeRun, Load, Tempo
from programmes.rules.library import BUILT_IN, EXERCISES, Exercise, pose_from_json, pose_to_json
from programmes.rules.terms import DoseSide, LoadKind
from tests import make

EACH = pytest.mark.parametrize("known", BUILT_IN, ids=lambda each: each.key)
MOST_BYTES = 4700
MEAN_BYTES = 3800
NOT_FOR_PAPER = (" style=", "<style", 'class=""', "href", "nan")


def stored(key: str) -> tuple[dict[str, object], dict[str, object]]:
    known = EXERCISES[key]
    return pose_to_json(known.start), pose_to_json(known.end)


def markup(drawing: object) -> str:
    return render_to_string("programmes/_drawing.html", {"drawing": drawing})


# --- What is asked for ---


def test_an_item_without_poses_has_no_drawing() -> None:
    assert drawing_of({}, {}, None, Side.LEFT) is None
    assert markup(None).strip() == ""


def test_a_drawing_is_of_the_dose_and_the_sore_leg() -> None:
    start, end = stored("floor_single_raise")
    slow = Tempo(up_s=3, hold_s=1, down_s=4)
    dose = Dose(side=DoseSide.AFFECTED, sets=3, reps=10, tempo=slow)
    right, left = (drawing_of(start, end, dose, side) for side in (Side.RIGHT, Side.LEFT))
    assert right is not None
    assert left is not None
    assert right.figure != left.figure
    assert right.words == left.words
    assert right.tempo is not None
    assert [each.words for each in right.tempo.parts] == ["3 s up", "1 s hold", "4 s down"]
    assert right.tempo_words == "3 seconds up, 1 second held, 4 seconds down"


def test_the_other_leg_is_drawn_as_the_other_and_without_a_ring() -> None:
    start, end = stored("floor_single_raise")
    other = Dose(side=DoseSide.OTHER, sets=3, reps=10)
    sore = Dose(side=DoseSide.AFFECTED, sets=3, reps=10)
    drawn = drawing_of(start, end, other, Side.LEFT)
    like = drawing_of(start, end, sore, Side.RIGHT)
    assert drawn is not None
    assert like is not None
    assert 'class="mark"' not in markup(drawn)
    # The right leg works, so somebody looks to the right as for a sore right leg.
    without = [each for each in like.figure.layers if each.role != "mark"]
    assert list(drawn.figure.layers) == without


def test_a_hold_shows_its_seconds_and_a_run_none() -> None:
    held = Dose(side=DoseSide.BOTH, sets=4, hold_s=45)
    hold = drawing_of(*stored("isometric_hold_double"), held, None)
    run = drawing_of(
        *stored("run_flat"),
        FreeRun(longer_percent=10, days_per_week=3, consecutive_days=False),
        None,
    )
    assert hold is not None
    assert run is not None
    assert hold.tempo is not None
    assert [each.words for each in hold.tempo.parts] == ["45 s hold"]
    assert hold.tempo_words == "45 seconds held"
    assert hold.words.startswith("Hold still: You stand on both feet.")
    assert run.tempo is None
    assert 'class="far-works"' in markup(run)


LOADS = {
    "15 kg": (Load(kind=LoadKind.KG, amount=15), True),
    "15RM": (Load(kind=LoadKind.RM, amount=15), True),
    "a tenth of the body": (Load(kind=LoadKind.PERCENT_BODY_WEIGHT, amount=10), True),
    "0 kg": (Load(kind=LoadKind.KG, amount=0), False),
    "a share of the effort": (Load(kind=LoadKind.PERCENT_MAX, amount=70), False),
    "the body": (BODY_WEIGHT, False),
}


@pytest.mark.parametrize(("load", "drawn"), LOADS.values(), ids=LOADS)
def test_a_dose_with_a_weight_shows_and_says_it(load: Load, drawn: bool) -> None:
    dose = Dose(side=DoseSide.AFFECTED, sets=3, reps=15, load=load)
    for side in Side:
        drawing = drawing_of(*stored("heel_drop_straight"), dose, side)
        assert drawing is not None
        assert ('class="load"' in markup(drawing)) == drawn
        assert ("A weight is in your free hand." in drawing.words) == drawn
        assert len(markup(drawing).encode()) < MOST_BYTES


def test_poses_stored_before_drawings_were_are_drawn() -> None:
    start, end = stored("floor_single_raise")
    for pose in (start, end):
        del pose["hands"], pose["slope_deg"], pose["ground"], pose["pace"]
    drawn = drawing_of(start, end, None, None)
    assert drawn is not None
    assert pose_from_json(start) != EXERCISES["floor_single_raise"].start
    assert "wall" not in drawn.words


@pytest.mark.parametrize(
    "change", [{"hands": "feet"}, {"slope_deg": 90}, {"heel_cm": None}, {"ground": "sand"}]
)
def test_what_no_pose_stores_is_refused(change: dict[str, object]) -> None:
    start, end = stored("floor_single_raise")
    with pytest.raises(ValueError):  # noqa: PT011
        drawing_of({**start, **change}, end, None, None)


@EACH
def test_the_markup_is_for_paper_and_short(known: Exercise) -> None:
    shown = markup(drawing_of_exercise(known))
    assert len(shown.encode()) < MOST_BYTES
    for each in NOT_FOR_PAPER:
        assert each not in shown
    drawing = drawing_of_exercise(known)
    assert shown.count('role="img"') == 1 + bool(drawing.tempo)
    assert f"<title>{drawing.words}</title>" in shown
    # Paper knows no style sheet inside a drawing: what is seen has its colour on it.
    for path in re.findall(r"<path[^>]*>", shown):
        assert "fill=" in path or "stroke=" in path
    assert markup(drawing_like(known.start, known.end, known.usual)) == shown


def test_drawings_are_short_on_the_whole() -> None:
    sizes = [len(markup(drawing_of_exercise(each)).encode()) for each in BUILT_IN]
    assert sum(sizes) / len(sizes) < MEAN_BYTES


# --- Pages ---


@pytest.fixture
def editor(client: Client, db: None) -> User:
    """An exercise physiologist, signed in."""
    user = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    client.force_login(user)
    return user


def page_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_library_shows_the_exercise_chosen(client: Client, editor: User) -> None:
    page = page_of(client, reverse("programmes:library") + "?exercise=step_single_raise")
    assert page.count('class="figure"') == 1
    assert "Your heel hangs below the edge." in page
    assert "upwell/figures.css" in page


def test_one_page_shows_every_exercise_and_ours(client: Client, editor: User) -> None:
    own = make.make_practice_exercise(name="Raises at the tram stop")
    page = page_of(client, reverse("programmes:library") + "?part=drawings")
    assert page.count('class="figure"') == len(BUILT_IN) + 1
    assert own.name in page
    assert all(each.name in page for each in BUILT_IN)


def test_the_plan_editor_asks_for_pictures_only_when_they_are_seen(
    client: Client, editor: User
) -> None:
    episode = make.make_episode(by=editor)
    make.make_signed_assessment(episode)
    begin_draft(episode, source="protocol:HSR", on=make.DAY, by=editor)
    page = page_of(client, reverse("programmes:edit", args=[episode.code]))
    pictures = re.findall(r'<img class="pictured"[^>]*>', page)
    assert len(pictures) == len(BUILT_IN)
    assert all('loading="lazy"' in each and 'alt=""' in each for each in pictures)
    assert 'class="figure"' not in page


def test_a_picture_is_a_drawing_of_its_own(client: Client, editor: User) -> None:
    answer = client.get(reverse("programmes:picture"), {"exercise": "heel_drop_straight"})
    assert answer["Content-Type"] == "image/svg+xml"
    text = answer.content.decode()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert 'class="near"' in text
    nothing = client.get(reverse("programmes:picture"), {"exercise": "nobody"}).content.decode()
    assert "<path" not in nothing


def test_the_session_log_shows_each_exercise_of_the_sore_leg(client: Client, editor: User) -> None:
    programme = make.make_programme(make.make_episode(by=editor))
    page = page_of(client, reverse("programmes:session_new", args=[programme.episode.code]))
    assert programme.current_step is not None
    items = programme.current_step.items.all()
    assert page.count('class="figure"') == len(items) > 0
    for item in items:
        drawn = drawing_of(item.start, item.end, None, None)
        assert drawn is not None
        assert drawn.words.split(".")[0] in page


def test_the_form_shows_what_a_new_exercise_will_look_like(client: Client, editor: User) -> None:
    bare = page_of(client, reverse("programmes:exercise_new"))
    assert 'class="figure"' not in bare
    assert f'hx-get="{reverse("programmes:looks")}"' in bare
    like = page_of(client, reverse("programmes:exercise_new") + "?like=rope_skip")
    assert "Your hands swing a skipping rope." in like
    chosen = page_of(client, reverse("programmes:looks") + "?like=heel_drop_bent")
    assert "“Heel drop over a step, knee bent”" in chosen
    assert chosen.count('class="figure"') == 1
    assert 'class="figure"' not in page_of(client, reverse("programmes:looks"))


def test_the_form_of_ours_shows_it_as_it_is_drawn_now(client: Client, editor: User) -> None:
    own = make.make_practice_exercise(name="Raises at the tram stop")
    page = page_of(client, reverse("programmes:exercise", args=[own.code]))
    assert page.count('class="figure"') == 1
    kept = page_of(client, reverse("programmes:looks") + f"?own={own.key}&like=")
    assert own.name in kept
    other = page_of(client, reverse("programmes:looks") + f"?own={own.key}&like=rope_skip")
    assert "skipping rope" in other
