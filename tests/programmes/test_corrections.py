"""Corrections: what was told wrongly is set right with a date and a reason, the decision stands."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from patients.actions import discharge
from patients.rules.roles import Role
from programmes import actions
from programmes.actions.corrections import known_of, standing_values
from programmes.models import Correction, Decision, MorningAfter, Programme, Session
from programmes.rules.performed import Done, SetDone, completed, done_from_json, plan_of
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import corrected_since, decision_card
from tests import make
from tests.conftest import MadeOnce
from tests.programmes.test_session import MOST_QUERIES, decided, place, text_at

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def started(made_once: MadeOnce[Programme]) -> Programme:
    on = timezone.localdate() - timedelta(days=28)
    return made_once(lambda: make.make_programme(make.make_episode(on=on), on=on, examined_on=on))


@pytest.fixture
def programme(started: Programme) -> Programme:
    """Heavy slow resistance since four weeks ago, at isotonic step 1."""
    return deepcopy(started)


def whole(session: Session) -> Session:
    return Session.objects.whole().get(pk=session.pk)


def sent(session: Session, **changes: Any) -> dict[str, Any]:
    """The page's form as a browser sends it: what stands, with these changes."""
    found = whole(session)
    words = {True: "yes", False: "no", None: ""}
    values = {
        name: words[value] if value is None or isinstance(value, bool) else str(value)
        for name, value in standing_values(found).items()
    }
    return {
        **values,
        "reason": "Told wrongly by phone.",
        "known": known_of(found),
        "form_token": str(uuid4()),
        **changes,
    }


def correct_page(session: Session) -> str:
    return reverse("programmes:correct", args=[session.code])


def corrected(session: Session, **changes: Any) -> Correction:
    """A correction made by the one who logged the session."""
    found = whole(session)
    stands = {**standing_values(found), **changes}
    return actions.correct_session(
        found,
        values={name: value for name, value in stands.items() if not name.startswith("morning_")},
        morning={name: stands[f"morning_{name}"] for name in ("pain", "stiffness_min")},
        strikes=False,
        reason="Told wrongly.",
        known=known_of(found),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=found.logged_by,
    )


def struck(session: Session) -> Correction:
    found = whole(session)
    return actions.correct_session(
        found,
        values={},
        morning={},
        strikes=True,
        reason="Somebody else’s.",
        known=known_of(found),
        on=timezone.localdate(),
        form_token=uuid4(),
        by=found.logged_by,
    )


def test_a_correction_leaves_the_decision_and_says_what_the_rule_would_have_said(
    client: Client, programme: Programme
) -> None:
    for day in (0, 2):
        decided(programme, day)
    last = decided(programme, 4)
    assert (last.outcome, last.rule) == ("PROGRESS", "D8")
    client.force_login(last.decided_by)
    answer = client.post(correct_page(last.session), sent(last.session, morning_pain="6"))
    assert answer.status_code == 302
    correction = Correction.objects.get()
    assert (correction.before, correction.after) == ({"morning_pain": 2}, {"morning_pain": 6})
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    assert MorningAfter.objects.get(session=last.session).pain == 6
    unchanged = Decision.objects.get(pk=last.pk)
    assert (unchanged.outcome, unchanged.rule, unchanged.inputs) == ("PROGRESS", "D8", last.inputs)
    assert place(programme) == ("isotonic", 2)
    text = text_at(client, programme, reverse("programmes:session", args=[last.session.code]))
    assert "Decided: progress one step" in text
    assert "The rule would have said: step back (D4)." in text
    assert "Told wrongly by phone." in text
    assert "The decision stands and nothing has moved." in text
    assert reverse("programmes:flare", args=[programme.episode.code]) in text


def test_a_correction_is_judged_where_the_decision_was_made(programme: Programme) -> None:
    """The count before it, the settings and the lock are those of the decision, not today's."""
    first = decided(programme, 0)
    second = decided(programme, 2)
    assert (first.rule, second.rule) == ("D8-count", "D8-count")
    decided(programme, 4)
    correction = corrected(second.session, pain_after=9)
    assert correction.inputs is not None
    assert correction.inputs["context"] == second.inputs["context"]
    assert correction.inputs["facts"] == {**second.inputs["facts"], "pain_after": 9}
    assert correction.defaults == second.defaults
    assert (correction.rule, correction.n_ok_after) == ("D3", 0)


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        pytest.param({"morning_pain": 9}, 0, id="the good one was none"),
        pytest.param({"pain_during": 2}, 1, id="it stays good"),
    ],
)
def test_the_next_count_goes_by_the_newest_correction(
    programme: Programme, change: dict[str, int], counted: int
) -> None:
    first = decided(programme, 0)
    assert first.n_ok_after == 1
    corrected(first.session, **change)
    session = make.make_session(programme, happened_on=programme.started_on + timedelta(days=2))
    card = decision_card(whole(session), today=timezone.localdate())
    assert card.n_ok_before == counted


def test_a_bad_one_corrected_to_a_good_one_counts(programme: Programme) -> None:
    held = decided(programme, 0, completed_pct=50)
    assert (held.rule, held.n_ok_after) == ("D6d", 0)
    assert corrected(held.session, completed_pct=100).n_ok_after == 1
    assert decided(programme, 2).inputs["context"]["n_ok_before"] == 1


def test_a_struck_session_counts_nowhere_and_stays_readable(
    client: Client, programme: Programme
) -> None:
    back = decided(programme, 0, pain_during=8)
    assert place(programme) == ("isometric", 4)
    client.force_login(back.decided_by)
    only_a_reason = {
        name: value
        for name, value in sent(back.session).items()
        if name in {"reason", "known", "form_token"}
    }
    answer = client.post(correct_page(back.session), {**only_a_reason, "strikes": "on"})
    assert answer.status_code == 302
    found = Session.objects.get(pk=back.session.pk)
    assert found.struck_at is not None
    assert Correction.objects.get().proposed == ""
    assert place(programme) == ("isometric", 4), "nothing moves by itself"
    text = text_at(client, programme, reverse("programmes:session", args=[found.code]))
    assert "this session counts nowhere" in text
    assert "Decided: step back" in text
    assert correct_page(found) not in text
    later = decided(programme, 2)
    assert later.inputs["context"]["regress_in_14d"] == 0
    again = client.post(correct_page(found), sent(found, pain_after="1"))
    assert again.status_code == 422
    assert "struck out already" in again.text
    assert Correction.objects.count() == 1


def test_a_struck_session_without_a_decision_has_none_to_make(
    client: Client, programme: Programme
) -> None:
    session = make.make_session(programme)
    struck(session)
    page = reverse("programmes:session", args=[session.code])
    text = text_at(client, programme, page)
    assert "There is nothing to decide" in text
    assert "Next dose" not in text
    by = session.logged_by
    with pytest.raises(Exception, match="struck out"):
        actions.record_morning(session, pain=2, stiffness_min=1, on=timezone.localdate(), by=by)
    with pytest.raises(Exception, match="struck out"):
        actions.decide(
            session, outcome=Outcome.HOLD, reason="No.", today=timezone.localdate(), by=by
        )


def later_page(session: Session) -> str:
    return reverse("programmes:told_later", args=[session.code])


def later(**told: str) -> dict[str, str]:
    """The form of what was not asked, as a browser sends it."""
    return {"form_token": str(uuid4()), **told}


def test_what_was_not_asked_is_entered_on_the_card_without_a_reason(
    client: Client, programme: Programme
) -> None:
    session = make.make_session(programme, stiffness_min=None, new_warm_or_swollen=None)
    actions.record_morning(
        session, pain=2, stiffness_min=10, on=timezone.localdate(), by=session.logged_by
    )
    page = reverse("programmes:session", args=[session.code])
    text = text_at(client, programme, page)
    assert 'href="#later_stiffness_min"' in text
    shown = text.split('id="later"')[1].split("</details>")[0]
    assert "Not asked: stiffness that morning, newly warm or swollen</summary>" in shown
    assert 'id="later_stiffness_min"' in shown
    assert "pain_before" not in shown, "only what is missing"
    assert "reason" not in shown
    answer = client.post(later_page(session), later(stiffness_min="15"))
    assert (answer.status_code, answer["Location"]) == (302, page)
    made = Correction.objects.get()
    assert (made.before, made.after) == ({"stiffness_min": None}, {"stiffness_min": 15})
    assert (made.reason, made.proposed) == ("Told later", "")
    text = text_at(client, programme, page)
    assert "Told later on" in text
    assert "not asked</td><td>15 min" in text
    assert "Proposed: stay at this step" in text
    assert "Not asked: newly warm or swollen</summary>" in text


def test_what_was_not_asked_sent_twice_is_told_once(client: Client, programme: Programme) -> None:
    session = make.make_session(programme, stiffness_min=None)
    client.force_login(session.logged_by)
    typed = later(stiffness_min="15")
    for _ in range(2):
        assert client.post(later_page(session), typed).status_code == 302
    assert Correction.objects.count() == 1
    other = client.post(later_page(session), {**typed, "stiffness_min": "25"})
    assert other.status_code == 422
    assert "sent before with other answers" in other.text
    assert Session.objects.get().stiffness_min == 15


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({}, "Nothing is entered yet."),
        ({"pain_before": "11"}, "Pain is 0 to 10"),
        ({"stiffness_min": "many"}, "whole number"),
        ({"stiffness_min": "15", "pain_during": "7"}, "This was recorded meanwhile."),
    ],
    ids=["nothing", "pain of eleven", "no number", "recorded already"],
)
def test_what_cannot_be_told_later_is_said_at_its_field(
    client: Client, programme: Programme, bad: dict[str, str], says: str
) -> None:
    session = make.make_session(programme, stiffness_min=None, pain_before=None)
    client.force_login(session.logged_by)
    answer = client.post(later_page(session), later(**bad))
    assert answer.status_code == 422
    shown = answer.text.split('id="later"')[1].split("</details>")[0]
    assert says in shown
    assert shown.startswith(" open>")
    assert all(f'value="{typed}"' in shown for typed in bad.values() if typed != "11")
    assert not Correction.objects.exists()
    assert Session.objects.get().pain_during == 3


def test_what_is_told_after_the_decision_leaves_it_and_is_judged(
    client: Client, programme: Programme
) -> None:
    made = decided(programme, 0, new_warm_or_swollen=None)
    assert made.outcome == "HOLD"
    client.force_login(made.decided_by)
    client.post(later_page(made.session), later(new_warm_or_swollen="yes"))
    correction = Correction.objects.get()
    assert (correction.proposed, correction.rule) == ("REGRESS", "D2")
    assert Decision.objects.get().outcome == "HOLD"
    assert "The rule would have said: step back (D2)." in page_text(client, programme, made.session)


def test_nobody_is_asked_for_what_is_told_or_of_a_session_that_counts_nowhere(
    client: Client, programme: Programme
) -> None:
    session = make.make_session(programme)
    assert 'id="later"' not in page_text(client, programme, session)
    missed = make.make_session(programme, stiffness_min=None)
    struck(missed)
    assert 'id="later"' not in page_text(client, programme, missed)
    client.force_login(session.logged_by)
    answer = client.post(later_page(missed), later(stiffness_min="15"))
    assert answer.status_code == 422
    assert "struck out already" in answer.text


def test_not_asked_whether_it_is_warm_is_said_and_is_no_no(
    client: Client, programme: Programme
) -> None:
    made = decided(programme, 0)
    told, unasked_of = (
        make.make_session(
            programme,
            happened_on=programme.started_on + timedelta(days=day),
            new_warm_or_swollen=warm,
        )
        for day, warm in ((2, False), (4, None))
    )
    client.force_login(made.decided_by)
    for session in (told, unasked_of):
        typed = {"pain": "2", "stiffness_min": "10"}
        client.post(reverse("programmes:morning", args=[session.code]), typed)
    says = "not asked, so the rule does not know of it"
    assert says not in page_text(client, programme, told)
    text = page_text(client, programme, unasked_of)
    assert says in text
    assert 'href="#later_new_warm_or_swollen_0"' in text
    assert 'id="later_new_warm_or_swollen_0"' in text
    assert "data-confirm" in text, "it holds nothing up"


def test_a_morning_only_in_part_told_is_completed(client: Client, programme: Programme) -> None:
    session = make.make_session(programme)
    client.force_login(session.logged_by)
    client.post(reverse("programmes:morning", args=[session.code]), {"stiffness_min": "20"})
    assert (session.morning.pain, session.morning.stiffness_min) == (None, 20)
    text = page_text(client, programme, session)
    assert 'href="#later_morning_pain_0"' in text
    assert 'id="later_morning_pain_0"' in text
    assert client.post(later_page(session), later(morning_pain="2")).status_code == 302
    session.morning.refresh_from_db()
    assert (session.morning.pain, session.morning.stiffness_min) == (2, 20)


def test_neither_of_the_morning_is_no_morning(client: Client, programme: Programme) -> None:
    session = make.make_session(programme)
    client.force_login(session.logged_by)
    answer = client.post(
        reverse("programmes:morning", args=[session.code]), {"pain": "", "stiffness_min": ""}
    )
    assert answer.status_code == 422
    assert "Give the pain, the stiffness, or both." in answer.text
    assert not MorningAfter.objects.exists()


def test_a_morning_is_told_on_the_page_of_corrections_too(programme: Programme) -> None:
    made = decided(programme, 0)
    session = make.make_session(programme, happened_on=programme.started_on + timedelta(days=2))
    actions.decide(
        whole(session),
        outcome=Outcome.HOLD,
        reason="Cannot be asked.",
        today=timezone.localdate(),
        by=made.decided_by,
    )
    correction = corrected(session, morning_pain=8, morning_stiffness_min=10)
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    assert whole(session).morning.corrected == 1


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"pain_before": "11"}, "Pain is 0 to 10"),
        ({"happened_on": ""}, "date"),
        ({"happened_on": "2001-01-01"}, "The programme began on"),
        ({"happened_on": "2999-01-01"}, "in the future"),
        ({"completed_pct": "200"}, "from 0 to 100"),
        ({"morning_pain": "", "morning_stiffness_min": ""}, "can&#x27;t be emptied"),
        ({"reason": " ", "pain_before": "1"}, "Write why it is corrected."),
        ({}, "Nothing was changed"),
        ({"note": "x" * 2001}, "2000"),
        ({"form_token": "nonsense"}, "valid UUID"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_said_and_what_was_typed_is_kept(
    client: Client, programme: Programme, bad: dict[str, str], says: str
) -> None:
    made = decided(programme, 0)
    client.force_login(made.decided_by)
    answer = client.post(correct_page(made.session), sent(made.session, **bad))
    assert answer.status_code == 422
    if "form_token" not in bad:
        assert says in answer.text
    if "reason" not in bad:
        assert "Told wrongly by phone." in answer.text
    assert not Correction.objects.exists()
    assert Session.objects.get().corrected == 0


def test_todays_session_has_no_morning_yet(client: Client, programme: Programme) -> None:
    made = decided(programme, 0)
    client.force_login(made.decided_by)
    today = timezone.localdate().isoformat()
    answer = client.post(correct_page(made.session), sent(made.session, happened_on=today))
    assert answer.status_code == 422
    assert "The morning after that day has not come yet." in answer.text


def corrected_by_somebody(session: Session) -> None:
    corrected(session, pain_during=4)


def told_by_somebody(session: Session) -> None:
    today = timezone.localdate()
    actions.record_morning(session, pain=1, stiffness_min=5, on=today, by=session.logged_by)


@pytest.mark.parametrize(
    "meanwhile", [corrected_by_somebody, told_by_somebody], ids=["corrected", "morning told"]
)
def test_what_changed_meanwhile_is_shown_and_nothing_typed_is_lost(
    client: Client, programme: Programme, meanwhile: Callable[[Session], None]
) -> None:
    session = make.make_session(programme)
    typed = sent(session, pain_after="4", note="On the stairs")
    meanwhile(session)
    client.force_login(session.logged_by)
    answer = client.post(correct_page(session), typed)
    assert answer.status_code == 422
    assert "Somebody else changed what is recorded" in answer.text
    assert "On the stairs" in answer.text
    assert Session.objects.get().pain_after == 2
    assert f'value="{known_of(whole(session))}"' in answer.text
    # Compared and sent again, it goes by what is shown now.
    again = {**typed, "known": known_of(whole(session)), "morning_pain": "1"}
    assert client.post(correct_page(session), again).status_code == 302
    assert Session.objects.get().pain_after == 4


def test_line_ends_of_a_browser_are_no_change(client: Client, programme: Programme) -> None:
    session = make.make_session(programme, note="One line\nand another")
    client.force_login(session.logged_by)
    answer = client.post(correct_page(session), sent(session, note="One line\r\nand another"))
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text


def test_another_day_reads_the_rest_before_it_again(programme: Programme) -> None:
    decided(programme, 0)
    soon = decided(programme, 1)
    assert soon.rule == "D6e"
    correction = corrected(soon.session, happened_on=programme.started_on + timedelta(days=3))
    assert (correction.rule, correction.n_ok_after) == ("D8-count", 2)
    assert correction.before == {
        "happened_on": (programme.started_on + timedelta(days=1)).isoformat()
    }
    # Told otherwise once more, it is still judged on the day it was moved to.
    assert corrected(soon.session, pain_after=1).rule == "D8-count"


def test_a_later_decision_says_that_an_earlier_session_was_corrected(
    client: Client, programme: Programme
) -> None:
    first, second = decided(programme, 0), decided(programme, 2)
    page = reverse("programmes:session", args=[second.session.code])
    assert "was corrected after this decision" not in text_at(client, programme, page)
    corrected(first.session, pain_after=9)
    text = text_at(client, programme, page)
    assert "An earlier session was corrected after this decision" in text
    assert reverse("programmes:session", args=[first.session.code]) in text
    assert Decision.objects.get(pk=second.pk).n_ok_after == 2


def test_a_rule_that_says_the_same_is_said_so(client: Client, programme: Programme) -> None:
    made = decided(programme, 0)
    corrected(made.session, pain_after=1)
    page = reverse("programmes:session", args=[made.session.code])
    text = text_at(client, programme, page)
    assert "The rule says the same of it: stay at this step (D8-count)." in text
    assert "nothing has moved" not in text


@pytest.mark.parametrize("path", ["session", "correct"])
def test_the_pages_stay_within_their_queries(
    client: Client, programme: Programme, path: str
) -> None:
    made = decided(programme, 0)
    for pain in (3, 4, 5):
        corrected(made.session, pain_after=pain)
    open_one = make.make_session(programme, happened_on=programme.started_on + timedelta(days=2))
    client.force_login(made.decided_by)
    for session in (made.session, open_one):
        address = reverse(f"programmes:{path}", args=[session.code])
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        assert len(captured) <= MOST_QUERIES


def test_a_closed_episode_takes_no_correction_and_reception_makes_none(
    client: Client, programme: Programme
) -> None:
    session = make.make_session(programme)
    client.force_login(make.make_user(Role.RECEPTION))
    assert client.get(correct_page(session)).status_code == 403
    client.force_login(session.logged_by)
    typed = sent(session, pain_after="4")
    discharge(
        programme.episode,
        outcome="recovered",
        note="",
        on=timezone.localdate(),
        by=session.logged_by,
    )
    answer = client.post(correct_page(session), typed)
    assert answer.status_code == 422
    assert "This episode is closed." in answer.text
    assert not Correction.objects.exists()


def page_text(client: Client, programme: Programme, session: Session) -> str:
    return text_at(client, programme, reverse("programmes:session", args=[session.code]))


def test_an_earlier_session_moved_to_a_later_day_was_corrected_too(
    client: Client, programme: Programme
) -> None:
    first, second = decided(programme, 0), decided(programme, 2)
    corrected(first.session, happened_on=programme.started_on + timedelta(days=5))
    text = page_text(client, programme, second.session)
    assert "An earlier session was corrected after this decision" in text
    assert reverse("programmes:session", args=[first.session.code]) in text


def test_a_later_session_that_was_corrected_is_no_earlier_one(programme: Programme) -> None:
    """Of two sessions of a day the one written down first is the earlier one."""
    first = decided(programme, 2)
    later = make.make_session(programme, happened_on=programme.started_on + timedelta(days=2))
    corrected(later, pain_after=3)
    corrected(later, happened_on=programme.started_on + timedelta(days=4))
    assert corrected_since(first.session, first.decided_at) is None
    made = decided(programme, 6)
    corrected(later, pain_after=4)
    assert corrected_since(made.session, made.decided_at) == later
    # Its own correction is shown as such.
    corrected(made.session, happened_on=programme.started_on + timedelta(days=7))
    assert corrected_since(whole(made.session), made.decided_at) == later


def unasked(programme: Programme) -> Session:
    """A session decided before its morning after was told."""
    session = make.make_session(programme)
    today, by = timezone.localdate(), session.logged_by
    actions.decide(whole(session), outcome=Outcome.HOLD, reason="Phone off.", today=today, by=by)
    return session


def test_a_morning_told_after_the_decision_is_judged(client: Client, programme: Programme) -> None:
    session = unasked(programme)
    client.force_login(session.logged_by)
    address = reverse("programmes:morning", args=[session.code])
    sent_twice = {"pain": "9", "stiffness_min": "90"}
    assert client.post(address, sent_twice).status_code == 302
    assert client.post(address, sent_twice).status_code == 302
    correction = Correction.objects.get()
    assert (correction.proposed, correction.rule) == ("REGRESS", "D4")
    assert correction.reason == "Told later: the next morning."
    text = page_text(client, programme, session)
    assert "Told later on" in text
    assert "The rule would have said: step back (D4)." in text
    assert "<dt>Pain</dt><dd>9</dd>" in text
    other = client.post(address, {"pain": "1", "stiffness_min": "90"})
    assert other.status_code == 422
    assert "recorded already, with other numbers" in other.text


def with_sets(programme: Programme) -> Session:
    """Half a session, as its sets tell."""
    none = Done(target=0, sets=(SetDone(amount=0), SetDone(amount=0)))
    return make.make_session(programme, completed_pct=50, done=[none])


def test_another_share_takes_away_what_was_told_of_each_set(
    client: Client, programme: Programme
) -> None:
    session = with_sets(programme)
    client.force_login(session.logged_by)
    assert "Another share takes away what was told of each set." in page_of_correcting(
        client, session
    )
    client.post(correct_page(session), sent(session, completed_pct="100"))
    found = whole(session)
    assert (found.completed_pct, found.done) == (100, [])
    correction = Correction.objects.get()
    assert (correction.before["done"], correction.after["done"]) == (session.done, [])
    text = page_text(client, programme, session)
    name = session.targets[0]["name"]
    row = text.split("Done otherwise than planned</th>")[1].split("</tr>")[0]
    assert f'<td class="previous">{name}: ' in row
    assert "<td>taken away: it no longer fits how much was done</td>" in row
    assert "Done: " not in text.split("<h2>Held against</h2>")[1]


def page_of_correcting(client: Client, session: Session) -> str:
    return client.get(correct_page(session)).text


def test_what_was_told_of_each_set_stays_where_it_fits(
    client: Client, programme: Programme
) -> None:
    session = with_sets(programme)
    corrected(session, pain_after=1)
    assert whole(session).done == session.done
    fits = completed(done_from_json(session.done), [plan_of(target) for target in session.targets])
    corrected(session, completed_pct=fits)
    assert (whole(session).completed_pct, whole(session).done) == (fits, session.done)
    plain = make.make_session(programme)
    client.force_login(session.logged_by)
    assert "what was told of each set" not in page_of_correcting(client, plain)


def test_the_values_stand_in_the_order_of_the_page(client: Client, programme: Programme) -> None:
    session = make.make_session(programme)
    changes = {"pain_before": 1, "pain_after": 1, "note": "x", "stiffness_min": 0, "source": "home"}
    corrected(session, **changes)
    text = page_text(client, programme, session).split('id="corrections-title"')[1]
    labels = [
        "Where it was held",
        "Pain before",
        "Pain after",
        "Stiffness that morning",
        "Note",
    ]
    places = [text.index(f'<th scope="row">{label}</th>') for label in labels]
    assert places == sorted(places)
