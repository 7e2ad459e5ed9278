"""The page on which a session is logged: what was done of each set, and one session."""

import re
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.rules.terms import Stage
from patients.models import User
from programmes import actions
from programmes.models import Correction, Programme, Session
from programmes.rules.performed import Done, SetDone
from tests import make
from tests.conftest import MadeOnce

pytestmark = pytest.mark.django_db

SEATED, PRESS, BARBELL = 0, 1, 2


class Boxes(HTMLParser):
    """What a browser would send of a page's form: names with values, as they stand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self.placeholders: dict[str, str] = {}
        self.feed(page.split("data-log")[1].split("</form>")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        name, kind = said.get("name"), said.get("type")
        if tag != "input" or not name or name == "csrfmiddlewaretoken":
            return
        if kind in {"radio", "checkbox"} and "checked" not in said:
            return
        self.sent[name] = said.get("value") or ""
        self.placeholders[name] = said.get("placeholder") or ""


def started(by: User | None = None) -> Programme:
    """Heavy slow resistance since four weeks ago, at isotonic step 1."""
    on = timezone.localdate() - timedelta(days=28)
    episode = make.make_episode(by=by or make.make_user(), on=on)
    return make.make_programme(episode, on=on, examined_on=on)


@pytest.fixture(scope="module", autouse=True)
def begun(made_once: MadeOnce[Programme]) -> Programme:
    return made_once(started)


@pytest.fixture
def programme(begun: Programme) -> Programme:
    return deepcopy(begun)


@pytest.fixture
def physio(client: Client, programme: Programme) -> Client:
    client.force_login(programme.episode.opened_by)
    return client


def address(programme: Programme) -> str:
    return reverse("programmes:session_new", args=[programme.episode.code])


def opened(client: Client, programme: Programme) -> Boxes:
    answer = client.get(address(programme))
    assert answer.status_code == 200
    return Boxes(answer.content.decode())


def cells(boxes: Boxes) -> list[list[str]]:
    """The names of the boxes of each exercise: its load, then its sets."""
    rows: dict[str, list[str]] = {}
    for name in boxes.sent:
        kind, _, rest = name.partition("-")
        if kind == "kg":
            rows.setdefault(rest, []).insert(0, name)
        elif kind == "set":
            rows.setdefault(rest.rpartition("-")[0], []).append(name)
    return list(rows.values())


def test_as_planned_is_the_page_as_it_opens(physio: Client, programme: Programme) -> None:
    boxes = opened(physio, programme)
    seated = cells(boxes)[SEATED]
    assert len(cells(boxes)) == 3
    assert [boxes.placeholders[name] for name in seated] == ["", "15", "15", "15"]
    answer = physio.post(address(programme), boxes.sent)
    session = Session.objects.get()
    assert answer["Location"] == reverse("programmes:session", args=[session.code])
    assert (session.completed_pct, session.done) == (100, [])
    assert (session.pain_before, session.pain_during, session.pain_after) == (None, None, None)
    assert (session.source, session.happened_on) == ("clinic", timezone.localdate())
    target = session.targets[SEATED]
    assert target["plan"]["reps"] == 15
    assert target["side"] == "Both legs"


def test_what_differs_is_kept_by_set_and_worked_out(physio: Client, programme: Programme) -> None:
    boxes = opened(physio, programme)
    seated, press, _ = cells(boxes)
    typed = {seated[0]: "37,5", seated[3]: "12p4", press[2]: "-", "pain_during": "5"}
    assert physio.post(address(programme), {**boxes.sent, **typed}).status_code == 302
    session = Session.objects.get()
    assert session.done == [
        {"target": SEATED, "kg": "37.5", "sets": [None, None, {"amount": 12, "pain": 4}]},
        {"target": PRESS, "kg": None, "sets": [None, {"amount": 0}]},
    ]
    # 42 of 45, 30 of 45 and all.
    assert (session.completed_pct, session.pain_during) == (86, 5)


@pytest.mark.parametrize(
    ("during", "kept"), [("", 6), ("6", 6), ("8", 8), ("5", None)], ids=["blank", "6", "8", "5"]
)
def test_pain_of_a_set_is_pain_during(
    physio: Client, programme: Programme, during: str, kept: int | None
) -> None:
    boxes = opened(physio, programme)
    typed = {cells(boxes)[SEATED][2]: "p6", "pain_during": during}
    answer = physio.post(address(programme), {**boxes.sent, **typed})
    if kept is None:
        assert answer.status_code == 422
        assert "A set says 6" in answer.content.decode()
        assert not Session.objects.exists()
    else:
        assert Session.objects.get().pain_during == kept


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({3: "twelve"}, "set 3: Write repetitions like 15"),
        ({1: "201"}, "set 1: Must be from 0 to 200 repetitions, not 201."),
        ({0: "501"}, "kg: The weight must be from 0 to 500 kg, not 501."),
        ({2: "12p11"}, "set 2: Pain is 0 to 10, not 11."),
        ({2: "9" * 3000}, "set 2: Write repetitions like 15"),
        ({2: "x\x00"}, "set 2: Null characters are not allowed."),
    ],
    ids=["words", "too many", "too heavy", "pain", "endless", "null"],
)
def test_what_cannot_be_stands_at_its_row_and_all_typed_stays(
    physio: Client, programme: Programme, typed: dict[int, str], says: str
) -> None:
    boxes = opened(physio, programme)
    seated, press, _ = cells(boxes)
    sent = {**boxes.sent, press[1]: "13", "note": "felt fine"}
    sent |= {seated[place]: text for place, text in typed.items()}
    answer = physio.post(address(programme), sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    assert (
        Boxes(text).sent.items()
        >= {k: v for k, v in sent.items() if k != "note" and "\x00" not in v}.items()
    )
    assert "felt fine" in text
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("share", "unknown", "cell", "stored", "says"),
    [
        ("60", "", "", 60, ""),
        ("", "on", "", None, ""),
        ("", "", "", 100, ""),
        ("97", "", "12", 97, ""),
        ("60", "", "12", None, "The table says 97 %"),
        ("60", "on", "", None, "Either a number, or not known"),
        ("", "on", "12", None, "The table says it: 97 %"),
    ],
    ids=["a share", "not known", "as planned", "the same", "another", "both", "known"],
)
def test_the_share_is_told_or_worked_out_never_both(
    physio: Client,
    programme: Programme,
    share: str,
    unknown: str,
    cell: str,
    stored: int | None,
    says: str,
) -> None:
    boxes = opened(physio, programme)
    sent = {**boxes.sent, "completed_pct": share, cells(boxes)[SEATED][3]: cell}
    answer = physio.post(
        address(programme), sent | ({"completed_unknown": "on"} if unknown else {})
    )
    if says:
        assert answer.status_code == 422
        assert says in answer.content.decode()
    else:
        assert answer.status_code == 302
        assert Session.objects.get().completed_pct == stored


@pytest.mark.parametrize(
    ("at", "placeholders", "typed", "done"),
    [
        pytest.param((Stage.ISOMETRIC, 4), ["", "45"], {1: "30"}, {"amount": 30}, id="holds"),
        pytest.param((Stage.RUN_WALK, 1), ["3"], {0: "2p3"}, {"amount": 2, "pain": 3}, id="run"),
    ],
)
def test_holds_and_runs_have_boxes_of_their_own(
    physio: Client,
    programme: Programme,
    at: tuple[Stage, int],
    placeholders: list[str],
    typed: dict[int, str],
    done: dict[str, int],
) -> None:
    stage, number = at
    programme.current_step = programme.versions.get().steps.get(stage=stage, number=number)
    programme.save(update_fields=["current_step"])
    boxes = opened(physio, programme)
    row = cells(boxes)[0]
    assert [boxes.placeholders[name] for name in row][: len(placeholders)] == placeholders
    sent = boxes.sent | {row[place]: text for place, text in typed.items()}
    assert physio.post(address(programme), sent).status_code == 302
    assert Session.objects.get().done[0]["sets"] == [done]


def test_last_time_stands_in_grey_and_struck_sessions_do_not(
    physio: Client, programme: Programme
) -> None:
    day = programme.started_on
    make.make_session(
        programme,
        happened_on=day,
        completed_pct=93,
        done=[Done(target=SEATED, kg=Decimal("37.5"), sets=(SetDone(), SetDone(amount=11)))],
    )
    wrong = make.make_session(
        programme,
        happened_on=day + timedelta(days=2),
        completed_pct=93,
        done=[Done(target=SEATED, kg=Decimal(99))],
    )
    page = physio.get(address(programme)).content.decode()
    assert "</span>99</span>" in page
    strike(wrong)
    page = physio.get(address(programme)).content.decode()
    assert "</span>99</span>" not in page
    assert "</span>37.5</span>" in page
    assert "</span>11</span>" in page
    # It differs in the next sets, so it stands in grey and fills nothing.
    assert Boxes(page).sent[cells(Boxes(page))[SEATED][0]] == ""


def test_a_load_beside_a_share_says_nothing_of_the_sets_last_time(
    physio: Client, programme: Programme
) -> None:
    done = [Done(target=SEATED, kg=Decimal("37.5"))]
    make.make_session(programme, completed_pct=50, done=done)
    page = physio.get(address(programme)).content.decode()
    assert re.findall(r"last time </span>([^<]+)<", page) == ["37.5"]


def strike(session: Session) -> None:
    """As a correction does: first its row, then the session."""
    Correction.objects.create(
        session=session,
        number=1,
        before={},
        after={},
        strikes=True,
        reason="Somebody else's.",
        form_token=uuid4(),
        form_digest="x",
        corrected_by=session.logged_by,
    )
    session.corrected, session.struck_at = 1, timezone.now()
    session.save(update_fields=["corrected", "struck_at"])


def test_a_session_of_that_day_is_said_at_the_top(physio: Client, programme: Programme) -> None:
    today = timezone.localdate()
    assert "session of that day" not in physio.get(address(programme)).content.decode()
    make.make_session(programme, happened_on=today)
    make.make_session(programme, happened_on=today - timedelta(days=1))
    page = physio.get(address(programme)).content.decode()
    assert "This will be the second session of that day." in page
    assert f'data-day="{today}">' in page
    assert f'data-day="{today - timedelta(days=1)}" hidden>' in page
    assert page.index("This will be the second") < page.index("log-pains")


def test_a_further_session_of_a_day_has_to_be_meant(physio: Client, programme: Programme) -> None:
    first = opened(physio, programme).sent
    assert physio.post(address(programme), first).status_code == 302
    # As after going back: a fresh page with the next token, and Enter.
    sent = opened(physio, programme).sent
    for guess in ({}, {"another": str(uuid4())}, {"another": first["form_token"], "note": "x"}):
        answer = physio.post(address(programme), {**sent, **guess})
        assert answer.status_code == 422
    page = physio.post(address(programme), sent).content.decode()
    assert "That day has a session already" in page
    assert "Save session" not in page
    assert Session.objects.count() == 1
    token = page.split('name="another" value="')[1].split('"')[0]
    answers = [physio.post(address(programme), {**sent, "another": token}) for _ in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert Session.objects.filter(happened_on=timezone.localdate()).count() == 2
    # A day of which all is struck out has none.
    for session in Session.objects.all():
        strike(session)
    assert physio.post(address(programme), opened(physio, programme).sent).status_code == 302


def test_two_tabs_a_reload_and_two_people_have_one_token(
    physio: Client, programme: Programme
) -> None:
    other = Client()
    other.force_login(make.make_user(display_name="Petra Otherwise"))
    first, second, theirs = (
        opened(physio, programme),
        opened(physio, programme),
        opened(other, programme),
    )
    assert first.sent["form_token"] == second.sent["form_token"] == theirs.sent["form_token"]
    sent = {**first.sent, "pain_during": "3"}
    answers = [each.post(address(programme), sent) for each in (physio, physio, other)]
    assert len({answer["Location"] for answer in answers}) == 1
    assert Session.objects.count() == 1
    assert opened(physio, programme).sent["form_token"] != first.sent["form_token"]


def test_a_struck_session_keeps_its_token(physio: Client, programme: Programme) -> None:
    before = opened(physio, programme)
    physio.post(address(programme), before.sent)
    strike(Session.objects.get())
    after = opened(physio, programme)
    assert after.sent["form_token"] != before.sent["form_token"]
    assert physio.post(address(programme), after.sent).status_code == 302
    assert Session.objects.count() == 2


def test_other_content_with_the_same_token_is_shown_what_came_first(
    physio: Client, programme: Programme
) -> None:
    mine = opened(physio, programme)
    other = Client()
    other.force_login(make.make_user(display_name="Petra Otherwise"))
    seated = cells(mine)[SEATED]
    theirs = {**mine.sent, "pain_during": "5", seated[2]: "11"}
    assert other.post(address(programme), theirs).status_code == 302

    sent = {**mine.sent, "pain_during": "2", seated[0]: "42.5", "note": "felt fine"}
    answer = physio.post(address(programme), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Another session was logged since this page was opened" in page
    assert "logged by Petra Otherwise" in page
    assert "during 5" in page
    assert "set 2: 11 of 15" in page
    assert "felt fine" in page
    again = Boxes(page).sent
    assert (again["pain_during"], again[seated[0]]) == ("2", "42.5")
    assert "Save session" not in page
    # Sent once more as it stands, it is still not saved; its button alone saves it, and once.
    assert physio.post(address(programme), again).status_code == 422
    token = page.split('name="another" value="')[1].split('"')[0]
    answers = [physio.post(address(programme), {**sent, "another": token}) for _ in range(2)]
    assert [each.status_code for each in answers] == [302, 302]
    assert Session.objects.count() == 2
    assert Session.objects.get(pain_during=2).done[0]["kg"] == "42.5"


def test_the_token_of_another_patient_shows_nothing_of_theirs(
    physio: Client, programme: Programme
) -> None:
    theirs = make.make_session(started(programme.episode.opened_by), note="Private matters")
    sent = {**opened(physio, programme).sent, "form_token": str(theirs.form_token)}
    answer = physio.post(address(programme), sent)
    assert answer.status_code == 422
    assert "This form was sent before with other answers." in answer.content.decode()
    assert str(theirs.code) not in answer.content.decode()
    assert Session.objects.count() == 1


def moved(programme: Programme) -> None:
    """On to the next step, as somebody else decided."""
    step = programme.current_step
    assert step is not None
    programme.current_step = step.version.steps.get(order=step.order + 1)
    programme.save(update_fields=["current_step"])


def test_a_step_left_meanwhile_keeps_what_was_typed_beside_the_new_targets(
    physio: Client, programme: Programme
) -> None:
    boxes = opened(physio, programme)
    seated = cells(boxes)[SEATED]
    sent = {**boxes.sent, seated[1]: "13", "pain_during": "3"}
    moved(programme)
    answer = physio.post(address(programme), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The patient was moved to Isotonic, step 2 meanwhile." in page
    assert "3 sets of 12 at 12RM" in page
    assert "before: 3 sets of 15 at 15RM" in page
    again = Boxes(page)
    assert (again.sent[seated[1]], again.placeholders[seated[1]]) == ("13", "12")
    assert again.sent["pain_during"] == "3"
    assert not Session.objects.exists()
    # With the new targets looked at it is saved, and held against them.
    assert physio.post(address(programme), again.sent).status_code == 302
    session = Session.objects.get()
    assert (session.step.number, session.completed_pct) == (2, 100)
    assert session.done == [{"target": SEATED, "kg": None, "sets": [{"amount": 13}]}]


def test_what_the_new_step_has_no_box_for_is_named(physio: Client, programme: Programme) -> None:
    boxes = opened(physio, programme)
    sent = {**boxes.sent, cells(boxes)[SEATED][1]: "13"}
    version = programme.versions.get()
    programme.current_step = version.steps.filter(stage=Stage.RUN_WALK)[0]
    programme.save(update_fields=["current_step"])
    page = physio.post(address(programme), sent).content.decode()
    assert "Typed for exercises this step does not have" in page
    assert "<li>Seated heel raise, machine, set 1: 13</li>" in page


def test_a_retry_after_the_step_was_moved_is_still_the_same_session(
    physio: Client, programme: Programme
) -> None:
    boxes = opened(physio, programme)
    sent = {**boxes.sent, cells(boxes)[SEATED][1]: "13"}
    first = physio.post(address(programme), sent)
    moved(programme)
    again = physio.post(address(programme), sent)
    assert (again.status_code, again["Location"]) == (302, first["Location"])


@pytest.mark.parametrize("step", ["", "nonsense", str(uuid4())], ids=["none", "junk", "unknown"])
def test_a_step_that_is_none_of_this_plan_saves_nothing(
    physio: Client, programme: Programme, step: str
) -> None:
    answer = physio.post(address(programme), {**opened(physio, programme).sent, "step": step})
    assert answer.status_code == 422
    assert not Session.objects.exists()


def test_the_page_asks_as_much_of_a_long_history_as_of_a_short_one(
    physio: Client, programme: Programme
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert physio.get(address(programme)).status_code == 200
        return len(queries)

    make.make_session(programme)
    asked()
    with_one = asked()
    for day in range(1, 24):
        make.make_session(programme, happened_on=programme.started_on + timedelta(days=day))
    assert asked() == with_one


def test_the_token_is_the_next_one_only_after_a_session(programme: Programme) -> None:
    first = actions.session_token(programme)
    assert actions.session_token(programme) == first
    make.make_session(programme)
    assert actions.session_token(programme) != first


def test_a_date_of_the_past_is_a_session_of_that_day(physio: Client, programme: Programme) -> None:
    day: date = programme.started_on + timedelta(days=3)
    sent = {**opened(physio, programme).sent, "happened_on": day.isoformat(), "source": "phone"}
    assert physio.post(address(programme), sent).status_code == 302
    session = Session.objects.get()
    assert (session.happened_on, session.is_reported) == (day, True)
