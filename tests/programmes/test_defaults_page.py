"""The practice defaults: changed by a lead with a reason, and what every rule then says."""

import re
from dataclasses import fields
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from assessments.in_force import defaults_in_force as for_assessing
from assessments.rules.defaults import AssessmentDefaults
from assessments.rules.terms import Stage
from assessments.selectors import findings
from patients.in_force import in_force
from patients.models import DefaultsChange, User
from patients.rules.roles import Role
from programmes import actions
from programmes.actions.defaults import change_defaults
from programmes.forms.defaults import GROUPS, IN_ORDER, ROWS, DefaultsForm, field_name
from programmes.handout import html_of, sheet
from programmes.in_force import defaults_in_force
from programmes.models import Handout, Programme, Session
from programmes.rules.defaults import ProgrammeDefaults
from programmes.rules.gate import replay
from programmes.rules.terms import Outcome
from programmes.selectors.decisions import decision_card
from tests import make
from tests.test_lost_updates import Form
from upwell.http import Refused

pytestmark = pytest.mark.django_db

PAGE = "programmes:defaults"


@pytest.fixture
def lead() -> User:
    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture
def at_desk(client: Client, lead: User) -> Client:
    make.sign_in(client, lead)
    return client


def sent(**overrides: Any) -> dict[str, Any]:
    """The form as a browser sends it now, with other values for some settings."""
    now = in_force()
    return {
        **DefaultsForm.stored(now.number, now.values),
        "form_token": str(uuid4()),
        "reason": "Our leads agreed on it in March.",
        **overrides,
    }


def changed(by: User, **programme: int) -> DefaultsChange:
    """Settings of the programme changed by this lead, all others as they are now."""
    return change_defaults(
        form_token=uuid4(),
        number=in_force().number,
        assessment=for_assessing().as_dict(),
        programme={**defaults_in_force().as_dict(), **programme},
        reason="Agreed in March.",
        by=by,
    )


def change_assessing(by: User, **assessment: int) -> DefaultsChange:
    """The same for settings of the assessment."""
    return change_defaults(
        form_token=uuid4(),
        number=in_force().number,
        assessment={**for_assessing().as_dict(), **assessment},
        programme=defaults_in_force().as_dict(),
        reason="Agreed in March.",
        by=by,
    )


def test_every_setting_stands_in_one_group_with_ours_and_its_source(at_desk: Client) -> None:
    assert set(GROUPS) <= set(ROWS)
    assert list(GROUPS) == [name for name in ROWS if name in GROUPS]
    assert next(iter(ROWS)) == next(iter(GROUPS))
    page = at_desk.get(reverse(PAGE)).text
    for name, row in ROWS.items():
        box = re.search(rf'<input[^>]*name="{field_name(name)}"[^>]*>', page)
        assert box is not None, name
        assert f'value="{row.shipped}"' in box[0]
    assert (
        page.count("Ours: ")
        == len(ROWS)
        == len(fields(AssessmentDefaults)) + len(fields(ProgrammeDefaults))
    )
    own = [row for row in ROWS.values() if row.source == "own"]
    assert page.count('class="badge">practice default</span>') == len(own)
    assert "No change yet" in page


def test_ours_are_in_order() -> None:
    for low, high in IN_ORDER:
        assert ROWS[low].shipped <= ROWS[high].shipped


def test_a_change_is_stored_whole_with_its_reason_and_shown(at_desk: Client, lead: User) -> None:
    answer = at_desk.post(reverse(PAGE), sent(**{"programmes-pain_ceiling": "4"}))
    assert answer.status_code == 302
    change_assessing(lead, visa_frequency_days=21)
    first, second = DefaultsChange.objects.order_by("number")
    assert (first.number, first.values) == (1, {"programmes.pain_ceiling": 4})
    assert (first.made_by, first.reason) == (lead, "Our leads agreed on it in March.")
    assert second.values == {"programmes.pain_ceiling": 4, "assessments.visa_frequency_days": 21}
    assert defaults_in_force() == ProgrammeDefaults(pain_ceiling=4)
    assert for_assessing() == AssessmentDefaults(visa_frequency_days=21)
    page = at_desk.get(reverse(PAGE)).text
    assert "5 out of 10 (ours) → 4 out of 10" in page
    assert "14 days (ours) → 21 days" in page
    assert "Our leads agreed on it in March." in page
    assert page.count("<strong>Changed.</strong>") == 2


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("programmes-pain_ceiling", "11", "Give a whole number from 1 to 10."),
        ("programmes-pain_ceiling", "", "Give a whole number from 1 to 10."),
        ("programmes-pain_ceiling", "4.5", "Give a whole number from 1 to 10."),
        ("assessments-adult_age", "15", "Give a whole number from 16 to 25."),
        ("assessments-adult_age", "soon", "Give a whole number from 16 to 25."),
        ("assessments-safe_pain", "9", "more than “Upper end of acceptable pain”, which is 5"),
        ("programmes-light_days", "7", "which is"),
        ("reason", " ", "Give the reason for the change."),
    ],
    ids=["high", "missing", "a part", "low", "words", "disorder", "order of rest", "no reason"],
)
def test_what_can_not_be_is_told_at_its_field_and_all_is_kept(
    at_desk: Client, field: str, typed: str, says: str
) -> None:
    other = {"programmes-regress_window_days": "21", "reason": "Kept as typed"}
    answer = at_desk.post(reverse(PAGE), sent(**{**other, field: typed}))
    assert answer.status_code == 422
    told = re.search(rf'id="id_{field}_error"[^<]*<span[^>]*>Error: </span>([^<]*)', answer.text)
    assert told is not None
    assert says in told[1]
    assert re.search(r'name="programmes-regress_window_days" value="21"', answer.text)
    assert field == "reason" or "Kept as typed" in answer.text
    assert not DefaultsChange.objects.exists()


def test_nothing_changed_is_no_change(at_desk: Client) -> None:
    answer = at_desk.post(reverse(PAGE), sent())
    assert answer.status_code == 422
    assert "Nothing is changed" in answer.text
    assert not DefaultsChange.objects.exists()


def test_two_leads_at_once_see_both_values(at_desk: Client, lead: User) -> None:
    mine = sent(**{"programmes-pain_ceiling": "4"})
    theirs = sent(**{"programmes-pain_ceiling": "3", "reason": "A meeting."})
    other = Client()
    make.sign_in(other, make.make_user(Role.PRACTICE_LEAD, display_name="Lena Lead"))
    assert other.post(reverse(PAGE), theirs).status_code == 302
    for _ in range(2):
        refused = at_desk.post(reverse(PAGE), mine)
        assert refused.status_code == 409
        assert "Lena Lead" in refused.text
        assert "A meeting." in refused.text
        row = "<td>3 out of 10</td><td>4 out of 10</td>"
        assert f"Highest pain accepted during or after a session</th>{row}" in refused.text
        assert 'name="programmes-pain_ceiling" value="4"' in refused.text
    assert defaults_in_force().pain_ceiling == 3
    # Who has seen both may say that theirs counts.
    assert "Save mine over it</button>" in refused.text
    again = Form(refused.text, "reason").sent
    assert again["version"] == ["1"]
    assert at_desk.post(reverse(PAGE), again).status_code == 302
    assert defaults_in_force().pain_ceiling == 4
    assert DefaultsChange.objects.count() == 2


def test_of_two_leads_at_once_neither_takes_back_what_they_did_not_type(at_desk: Client) -> None:
    mine = sent(**{"programmes-pain_ceiling": "4", "programmes-regress_window_days": "21"})
    theirs = sent(**{"programmes-ok_isotonic": "5", "programmes-regress_window_days": "28"})
    other = Client()
    make.sign_in(other, make.make_user(Role.PRACTICE_LEAD))
    assert other.post(reverse(PAGE), theirs).status_code == 302
    refused = at_desk.post(reverse(PAGE), mine)
    assert refused.status_code == 409
    notice = refused.text.partition('role="alert"')[2].partition("</table>")[0]
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', notice)
    told = {label: (saved, strip_tags(typed)) for label, saved, typed in rows}
    window, run = ROWS["programmes.regress_window_days"], ROWS["programmes.ok_isotonic"]
    assert told == {
        run.label: (f"5 {run.unit}", "not changed by you"),
        window.label: (f"28 {window.unit}", f"21 {window.unit}"),
    }
    again = Form(refused.text, "reason").sent
    assert again["programmes-ok_isotonic"] == ["5"]
    assert again["programmes-pain_ceiling"] == ["4"]
    assert at_desk.post(reverse(PAGE), again).status_code == 302
    assert defaults_in_force() == ProgrammeDefaults(
        pain_ceiling=4, ok_isotonic=5, regress_window_days=21
    )


def test_two_leads_who_changed_other_settings_both_have_them(at_desk: Client) -> None:
    mine = sent(**{"programmes-pain_ceiling": "4"})
    other = Client()
    make.sign_in(other, make.make_user(Role.PRACTICE_LEAD))
    other.post(reverse(PAGE), sent(**{"programmes-ok_isotonic": "5"}))
    refused = at_desk.post(reverse(PAGE), mine)
    assert "Save mine as well</button>" in refused.text
    again = Form(refused.text, "reason").sent
    assert at_desk.post(reverse(PAGE), again).status_code == 302
    assert defaults_in_force() == ProgrammeDefaults(pain_ceiling=4, ok_isotonic=5)


def test_the_message_after_saving_says_what_changed(at_desk: Client) -> None:
    changed_two = {"programmes-ok_isotonic": "5", "programmes-pain_ceiling": "4"}
    page = at_desk.post(reverse(PAGE), sent(**changed_two), follow=True).text
    said = page.partition('class="message"')[2].partition("</p>")[0]
    label = ROWS["programmes.ok_isotonic"].label
    was = ProgrammeDefaults().ok_isotonic
    assert f"{label}: {was} → 5 " in said
    assert "5 → 4 out of 10" in said


def test_the_same_form_twice_is_one_change(at_desk: Client) -> None:
    form = sent(**{"programmes-pain_ceiling": "4"})
    for _ in range(3):
        assert at_desk.post(reverse(PAGE), form).status_code == 302
    assert DefaultsChange.objects.count() == 1
    again = at_desk.post(reverse(PAGE), {**form, "programmes-pain_ceiling": "3"})
    assert again.status_code == 422
    assert "sent before with other answers" in again.text


def test_a_number_nobody_had_is_refused(lead: User) -> None:
    with pytest.raises(Refused):
        change_defaults(
            form_token=uuid4(),
            number=7,
            assessment={},
            programme={"pain_ceiling": 4},
            reason="Agreed.",
            by=lead,
        )


def test_a_setting_no_longer_known_is_left_out(lead: User) -> None:
    DefaultsChange.objects.create(
        number=1,
        values={"programmes.gone_days": 21, "programmes.pain_ceiling": 4},
        reason="Agreed.",
        made_by=lead,
        form_token=uuid4(),
        form_digest="x",
    )
    assert defaults_in_force() == ProgrammeDefaults(pain_ceiling=4)


def test_a_request_reads_them_once_and_the_next_one_anew(at_desk: Client, lead: User) -> None:
    programme = make.make_programme(by=lead)
    episode = reverse("programmes:episode", args=[programme.episode.code])
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            assert at_desk.get(episode).status_code == 200
        read = [each for each in captured if "patients_defaultschange" in each["sql"]]
        assert len(read) == 1
    assert at_desk.get(reverse(PAGE)).text.count('name="programmes-pain_ceiling" value="5"') == 1
    changed(lead, pain_ceiling=4)
    assert at_desk.get(reverse(PAGE)).text.count('name="programmes-pain_ceiling" value="4"') == 1


# What the rules say by other defaults, and what is stored earlier.


def held(programme: Programme, **facts: Any) -> Session:
    session = make.make_session(programme, happened_on=programme.started_on, **facts)
    next_day = programme.started_on + timedelta(days=1)
    actions.record_morning(session, on=next_day, pain=1, stiffness_min=10, by=session.logged_by)
    return Session.objects.whole().get(pk=session.pk)


def test_the_decision_card_goes_by_them_and_what_was_decided_stays(lead: User) -> None:
    programme = make.make_programme()
    today = programme.started_on + timedelta(days=1)
    session = held(programme, pain_before=1, pain_during=3, pain_after=2)
    before = decision_card(session, today=today)
    assert before.proposal.outcome is not Outcome.REGRESS
    decision = actions.decide(
        session, outcome=before.proposal.outcome, reason="", today=today, by=session.logged_by
    )
    changed(lead, pain_ceiling=2)
    decision.refresh_from_db()
    assert decision.defaults == ProgrammeDefaults().as_dict()
    again = replay(decision.inputs, decision.defaults)
    assert (again.outcome, again.rule, again.because) == (
        decision.proposed,
        decision.rule,
        decision.because,
    )
    other = make.make_programme()
    second = held(other, pain_before=1, pain_during=3, pain_after=2)
    card = decision_card(second, today=today)
    assert card.proposal.outcome is Outcome.REGRESS
    later = actions.decide(
        second, outcome=Outcome.REGRESS, reason="", today=today, by=second.logged_by
    )
    assert later.defaults == ProgrammeDefaults(pain_ceiling=2).as_dict()
    assert replay(later.inputs, later.defaults).outcome is Outcome.REGRESS
    # With ours it would be another one: the stored defaults are what counts.
    assert replay(later.inputs, ProgrammeDefaults().as_dict()).outcome is not Outcome.REGRESS


def test_examining_goes_by_them(lead: User) -> None:
    signed = make.make_signed_assessment(make.make_episode())
    before = findings(signed, bilateral=False)
    change_assessing(lead, phase_light_load_pain=1, phase_disrepair_weeks=520)
    after = findings(signed, bilateral=False)
    assert before.phase_reading != after.phase_reading


def words(paper: Handout) -> str:
    """What the paper says now if it is drawn again."""
    return " ".join(strip_tags(html_of(sheet(paper))).split())


def test_the_paper_goes_by_them_and_an_old_one_says_what_it_said(lead: User) -> None:
    programme = make.make_programme()
    old = make.make_handout(programme)
    said = words(old)
    assert "over 30 minutes longer" in said
    changed(lead, stiffness_regress_min=45)
    change_assessing(lead, safe_pain=3)
    new = make.make_handout(programme, diary=False)
    assert "over 45 minutes longer" in words(new)
    assert "0 to 3" in words(new)
    assert words(old) == said


def test_the_plan_goes_by_them(lead: User) -> None:
    ours = make.make_programme()
    changed(lead, heavy_isotonic_days=3)
    theirs = make.make_programme()
    days = [
        [step.rest_days for step in each.versions.get().steps.filter(stage=Stage.ISOTONIC)]
        for each in (ours, theirs)
    ]
    assert days[0] != days[1]
    assert set(days[1]) == {3}


def test_the_page_of_a_session_goes_by_them(client: Client, lead: User) -> None:
    programme = make.make_programme()
    session = held(programme, pain_before=1, pain_during=3, pain_after=2)
    make.sign_in(client, programme.episode.opened_by)
    page = reverse("programmes:session", args=[session.code])
    assert "2 needed with this one" in client.get(page).text
    changed(lead, ok_isotonic=4)
    assert "4 needed with this one" in client.get(page).text
