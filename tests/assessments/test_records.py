"""Keeping the record: amendments, comparisons, and two people's answers side by side."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import actions, selectors
from assessments.forms.examination import ExaminationForm, initial_values
from assessments.forms.records import Q8, as_sent, questions, unbound
from assessments.models import SCREENING_GROUPS, Assessment, Classification, Lock, VisaA
from assessments.rules.terms import Location, Phase
from patients.models import Episode, User
from patients.rules.roles import Role
from programmes.handout import _examined, order_of
from programmes.models import Version
from programmes.selectors.standing import standing_of
from tests import make
from tests.assessments.test_assessment_form import detail_url, new_url, sign_in, typed
from upwell.http import Refused

pytestmark = pytest.mark.django_db

WHY = "The sides had been written down the wrong way round."


@pytest.fixture
def physio() -> User:
    return make.make_user(Role.PHYSIOTHERAPIST)


@pytest.fixture
def episode(physio: User) -> Episode:
    return make.make_episode(by=physio)


@pytest.fixture
def client(physio: User) -> Client:
    return sign_in(physio)


def amend_url(assessment: Assessment) -> str:
    return reverse("assessments:amend", args=[assessment.code])


def compare_url(assessment: Assessment, query: str = "") -> str:
    return reverse("assessments:compare", args=[assessment.code]) + query


def change(draft: Assessment, **values: Any) -> Assessment:
    by = draft.created_by
    return actions.save_draft(draft, values, version=draft.version, by=by)


def sign(draft: Assessment, location: Location, phase: Phase, reason: str = "") -> Assessment:
    return actions.sign(
        draft,
        location=location,
        phase=phase,
        reason=reason,
        version=draft.version,
        by=draft.created_by,
    )


def row(page: str, label: str) -> list[str]:
    """The cells beside this label in a table of the page, without their tags."""
    found = re.search(rf'<th scope="row"[^>]*>{re.escape(label)}.*?</tr>', page, re.S)
    assert found, label
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found[0], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]


# --- amending ------------------------------------------------------------------------------------


def test_an_amendment_copies_everything_and_takes_the_place_of_the_original(
    client: Client, episode: Episode, physio: User
) -> None:
    original = make.make_signed_assessment(
        episode,
        treated_rest=True,
        treated_rest_since=make.DAY - timedelta(days=30),
        dl_hop_pain=2,
        statins=True,
    )
    assert amend_url(original) in client.get(detail_url(original)).text
    assert client.get(amend_url(original)).status_code == 200
    response = client.post(amend_url(original), {"reason": WHY})
    draft = Assessment.objects.get(status="draft")
    assert response.headers["Location"] == detail_url(draft)
    stored = Assessment.objects.all().whole().get(pk=draft.pk)
    before = Assessment.objects.all().whole().get(pk=original.pk)
    assert selectors.recorded(stored) == selectors.recorded(before)
    assert (draft.amends_id, draft.amendment_reason) == (original.pk, WHY)
    page = client.get(detail_url(draft)).text
    assert "assessment of 3 March 2025" in page
    assert WHY in page
    read = client.get(detail_url(original)).text
    assert "is amending this" in read
    assert amend_url(original) not in read

    swapped = {"left_repetitions": "22", "right_repetitions": "15", "version": draft.version}
    data = {**sent(stored), **swapped}
    assert client.post(detail_url(draft), data).status_code == 302
    draft.refresh_from_db()
    chosen = {"location": "midportion", "phase": "degenerative", "version": draft.version}
    response = client.post(reverse("assessments:sign", args=[draft.code]), chosen)
    assert response.status_code == 302, response.text
    original.refresh_from_db()
    assert original.superseded
    assert list(episode.assessments.signed()) == [draft]
    read = client.get(detail_url(original)).text
    assert "Amended on" in read
    assert WHY in read
    assert detail_url(draft) in read
    assert amend_url(original) not in read
    amended = client.get(detail_url(draft)).text
    assert compare_url(draft) in amended
    assert detail_url(original) in amended
    assert row(amended, "Left: repetitions") == ["15 reps", "22 reps"]
    assert row(amended, "Right: repetitions") == ["22 reps", "15 reps"]
    assert (
        len(re.findall(r"<td", amended.split("What the amendment changed")[1].split("</table>")[0]))
        == 4
    )


def sent(assessment: Assessment) -> dict[str, Any]:
    """What a browser sends for an assessment as it is stored."""
    form = unbound(assessment.episode, initial_values(assessment))
    data = {name: as_sent(form[name]) for name in form.fields}
    return {name: value for name, value in data.items() if value}


@pytest.mark.parametrize(
    "reason", ["", "wrong", "         x         "], ids=["blank", "short", "padded"]
)
def test_an_amendment_needs_a_reason(client: Client, episode: Episode, reason: str) -> None:
    original = make.make_signed_assessment(episode)
    response = client.post(amend_url(original), {"reason": reason})
    assert response.status_code == 422
    assert "rite" in response.text.split('class="error"')[1]
    assert Assessment.objects.count() == 1


def test_amending_twice_gives_the_same_draft(client: Client, episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    first = client.post(amend_url(original), {"reason": WHY})
    second = client.post(amend_url(original), {"reason": WHY})
    again = client.get(amend_url(original))
    assert first.headers["Location"] == second.headers["Location"] == again.headers["Location"]
    assert actions.amend(original, reason=WHY, by=episode.opened_by).amends_id == original.pk
    assert Assessment.objects.filter(status="draft").count() == 1


def test_no_amendment_beside_another_draft(client: Client, episode: Episode) -> None:
    original = make.make_signed_assessment(episode)
    draft = make.make_assessment(episode, examined_on=make.DAY + timedelta(days=30))
    page = client.get(amend_url(original)).text
    assert detail_url(draft) in page
    assert "<textarea" not in page
    response = client.post(amend_url(original), {"reason": WHY})
    assert response.status_code == 422
    assert "is an open draft" in response.text or detail_url(draft) in response.text
    with pytest.raises(Refused, match="is an open draft"):
        actions.amend(original, reason=WHY, by=episode.opened_by)
    assert Assessment.objects.count() == 2


def test_what_is_amended_already_or_a_draft_is_not_amended(
    client: Client, episode: Episode
) -> None:
    original = make.make_signed_assessment(episode)
    draft = actions.amend(original, reason=WHY, by=episode.opened_by)
    with pytest.raises(Refused, match="This is a draft"):
        actions.amend(draft, reason=WHY, by=episode.opened_by)
    assert client.post(amend_url(draft), {"reason": WHY}).headers["Location"] == detail_url(draft)
    amended = sign(draft, Location.MIDPORTION, Phase.DEGENERATIVE)
    with pytest.raises(Refused, match="amended already"):
        actions.amend(original, reason=WHY, by=episode.opened_by)
    assert client.get(amend_url(original)).headers["Location"] == detail_url(original)
    # An amendment can be amended in turn.
    again = actions.amend(amended, reason=WHY, by=episode.opened_by)
    sign(again, Location.MIDPORTION, Phase.DEGENERATIVE)
    assert list(episode.assessments.signed()) == [again]


def test_the_choice_of_the_original_is_offered_with_its_reason(
    client: Client, episode: Episode
) -> None:
    original = make.make_signed_assessment(episode, phase=Phase.REACTIVE)
    draft = actions.amend(original, reason=WHY, by=episode.opened_by)
    page = client.get(detail_url(draft)).text
    signing = page.split('id="signing"')[1].split("</form>")[0]
    assert re.search(r'value="reactive"[^>]* selected', signing)
    assert "Judged otherwise at the bedside." in signing


def test_cleared_flags_stay_cleared_and_a_new_one_locks(episode: Episode) -> None:
    original = make.make_signed_assessment(episode, bone=["focal_bone_tenderness"])
    cleared = original.locks.get()
    actions.clear_lock(cleared, reason="The scan was clear.", by=episode.opened_by)
    draft = actions.amend(original, reason=WHY, by=episode.opened_by)
    assert not Lock.objects.open().exists()
    assert not selectors.findings(draft, bilateral=False).open_flags
    amended = sign(draft, Location.MIDPORTION, Phase.DEGENERATIVE)
    second = actions.amend(amended, reason=WHY, by=episode.opened_by)
    assert not Lock.objects.open().exists()
    change(second, rupture=["calf_squeeze_positive"])
    assert [lock.flag for lock in Lock.objects.open()] == ["RF01"]
    assert Lock.objects.count() == 2


def test_an_amendment_says_what_it_classifies_otherwise_and_what_was_cleared(
    client: Client, episode: Episode
) -> None:
    original = make.make_signed_assessment(episode, bone=["focal_bone_tenderness"])
    lock = original.locks.get()
    actions.clear_lock(lock, reason="The scan was clear.", by=episode.opened_by)
    draft = actions.amend(original, reason=WHY, by=episode.opened_by)
    sign(draft, Location.INSERTIONAL, Phase.REACTIVE, reason="Seen again the next day.")
    page = client.get(detail_url(draft)).text
    assert row(page, "Location") == ["Midportion", "Insertional"]
    assert row(page, "Phase")[1].startswith("Reactive")
    assert "No answer was changed" not in page
    cleared = page.split("Cleared on the original by")[1].split("</section>")[0]
    assert "The scan was clear." in cleared


def test_an_open_lock_stays_the_one_lock(episode: Episode) -> None:
    original = make.make_signed_assessment(episode, bone=["focal_bone_tenderness"])
    actions.amend(original, reason=WHY, by=episode.opened_by)
    lock = Lock.objects.get()
    assert (lock.assessment_id, lock.cleared_at) == (original.pk, None)


def test_the_programme_reads_the_amended_one(client: Client, episode: Episode) -> None:
    programme = make.make_programme(episode)
    original = episode.assessments.get()
    draft = actions.amend(original, reason=WHY, by=episode.opened_by)
    today = timezone.localdate()
    assert standing_of(episode, today).visa_now == original.visa.total
    draft = change(
        draft, tender_cm=[Decimal("0.5")], dorsiflexion_pain=True, q2=10, sl_heel_raise_pain=5
    )
    # A draft counts for nothing yet.
    assert standing_of(episode, today).tendon.location is Location.MIDPORTION
    found = selectors.findings(draft, bilateral=False)
    assert found.location is Location.INSERTIONAL
    assert found.phase is not None
    amended = sign(draft, found.location, found.phase)
    now = standing_of(episode, today)
    assert (now.tendon.location, now.tendon.raise_pain) == (Location.INSERTIONAL, 5)
    assert now.signed_code == amended.code
    amended = Assessment.objects.all().whole().get(pk=amended.pk)
    # One score on one day, so there is no change to speak of.
    assert [each.total for each in VisaA.objects.counted()] == [amended.visa.total]
    assert now.visa_line == f"VISA-A {amended.visa.total}"
    assert now.needs_new_version
    assert Version.objects.in_force(programme) is not None
    overview = client.get(reverse("programmes:episode", args=[episode.code])).text
    assert "insertional" in overview.lower()


def test_amending_an_older_assessment_leaves_a_newer_classification_in_force(
    episode: Episode,
) -> None:
    first = make.make_signed_assessment(episode)
    later = make.DAY + timedelta(days=60)
    make.make_signed_assessment(episode, **{**make.INSERTIONAL, "examined_on": later})
    draft = actions.amend(first, reason=WHY, by=episode.opened_by)
    sign(draft, Location.MIDPORTION, Phase.DEGENERATIVE)
    assert Classification.objects.count() == 3
    assert standing_of(episode, later).tendon.location is Location.INSERTIONAL


def test_a_paper_printed_before_the_amendment_is_read_as_it_was(episode: Episode) -> None:
    programme = make.make_programme(
        episode, cortisone=True, cortisone_last_on=make.DAY - timedelta(days=20)
    )
    paper = make.make_handout(programme)
    original = episode.assessments.get()
    sign(
        actions.amend(original, reason=WHY, by=episode.opened_by),
        Location.MIDPORTION,
        Phase.DEGENERATIVE,
    )
    assert _examined(order_of(paper))[1] == original


# --- comparing -----------------------------------------------------------------------------------


@pytest.fixture
def pair(episode: Episode) -> tuple[Assessment, Assessment]:
    """An examination and the next one eight weeks later."""
    first = make.make_signed_assessment(episode)
    second = make.make_assessment(
        episode,
        examined_on=make.DAY + timedelta(days=56),
        q2=10,
        q3=10,
        q4=10,
        q5=10,
        left_repetitions=18,
        right_repetitions=30,
        pain_light_load=None,
        sl_heel_raise_pain=1,
        diabetes=False,
    )
    return first, second


def test_two_examinations_stand_side_by_side(
    client: Client, pair: tuple[Assessment, Assessment]
) -> None:
    first, second = pair
    assert compare_url(second) in client.get(detail_url(second)).text
    # Only signed ones are held against another, and the first is the only one.
    assert compare_url(first) not in client.get(detail_url(first)).text
    page = client.get(compare_url(second)).text
    # 6, 6, 7 and 5 points became ten each.
    assert row(page, "Total") == ["52 of 100", "68 of 100", "+16 points Improved"]
    assert row(page, "2. Stretch over a step") == ["6 of 10", "10 of 10", "+4"]
    assert row(page, "Left: repetitions") == [
        "15 reps",
        "18 reps",
        "+3 reps within measurement error",
    ]
    assert row(page, "Right: repetitions") == ["22 reps", "30 reps", "+8 reps"]
    assert row(page, "Symmetry, affected by other side") == [
        "68.2 %",
        "60.0 %",
        "−8.2 percentage points",
    ]
    assert row(page, "Pain in one single-leg heel raise") == ["3 of 10", "1 of 10", "−2"]
    assert row(page, "Pain on light load") == ["1 of 10", "not recorded", "no longer recorded"]
    assert row(page, "Diabetes") == ["not recorded", "No", "new"]
    assert row(page, "Location") == ["Midportion", "not recorded", "not set yet"]
    # Two examinations are of two days; that is no change in the patient.
    assert "Examined on" not in page
    assert "Points to the same place with a finger?" not in page
    whole = client.get(compare_url(second, "?all=1")).text
    assert row(whole, "Points to the same place with a finger?") == ["Yes", "Yes", "no change"]
    section = whole.split("Phase findings")[1]
    assert section.index("Pain on light load") < section.index("Warm?")


@pytest.mark.parametrize(
    ("days", "says"), [(27, "Too soon to read a change"), (28, "Improved")], ids=["27 days", "28"]
)
def test_a_change_is_judged_from_28_days_on(
    client: Client, episode: Episode, days: int, says: str
) -> None:
    make.make_signed_assessment(episode)
    on = make.DAY + timedelta(days=days)
    second = make.make_assessment(episode, examined_on=on, q2=10, q3=10, q4=10, q5=10)
    assert row(client.get(compare_url(second)).text, "Total")[2].endswith(says)


@pytest.mark.parametrize(
    ("right", "note"),
    [(26, " both counts within measurement error"), (29, "")],
    ids=["both legs noise", "one leg changed"],
)
def test_symmetry_says_when_both_counts_are_noise(
    client: Client, episode: Episode, right: int, note: str
) -> None:
    make.make_signed_assessment(episode)
    on = make.DAY + timedelta(days=56)
    second = make.make_assessment(
        episode, examined_on=on, left_repetitions=19, right_repetitions=right
    )
    change = row(client.get(compare_url(second)).text, "Symmetry, affected by other side")[2]
    assert change.endswith(f"percentage points{note}")


def test_the_previous_one_is_the_one_before_that_counts(
    client: Client, pair: tuple[Assessment, Assessment], episode: Episode
) -> None:
    first, second = pair
    signed = sign(second, Location.MIDPORTION, Phase.DEGENERATIVE)
    draft = actions.amend(first, reason=WHY, by=episode.opened_by)
    # A draft that amends is held against what it amends, though a later one is signed.
    assert selectors.previous_of(draft, selectors.comparable(draft)) == first
    amended = sign(draft, Location.MIDPORTION, Phase.DEGENERATIVE)
    assert selectors.previous_of(signed, selectors.comparable(signed)) == amended
    page = client.get(compare_url(signed, f"?with={first.code}"))
    assert "amended since" in page.text
    assert page.status_code == 200


def test_the_first_one_has_nothing_to_be_compared_with(client: Client, episode: Episode) -> None:
    only = make.make_signed_assessment(episode)
    page = client.get(compare_url(only))
    assert page.status_code == 200
    assert "There is no earlier signed assessment" in page.text


def test_only_assessments_of_the_same_episode_are_compared(
    client: Client, pair: tuple[Assessment, Assessment], physio: User
) -> None:
    other = make.make_signed_assessment(make.make_episode(make.make_patient(by=physio), by=physio))
    for asked in (str(other.code), "nonsense"):
        assert client.get(compare_url(pair[1], f"?with={asked}")).status_code == 404


# --- two people on one draft ---------------------------------------------------------------------


@pytest.fixture
def other(episode: Episode) -> Client:
    return sign_in(make.make_user(Role.PRACTICE_LEAD))


BLANK = {"examined_on": make.DAY.isoformat()}


def choices(page: str) -> dict[str, str]:
    """The rows of a conflict with what is chosen in each."""
    found = dict.fromkeys(re.findall(r'name="rows" value="(\w+)"', page), "")
    for name, value in re.findall(r'name="keep_(\w+)" value="(\w+)"[^>]* checked', page):
        found[name] = value
    return found


def test_each_row_is_chosen_and_nothing_is_lost_in_silence(
    client: Client, other: Client, episode: Episode
) -> None:
    draft = make.make_assessment(episode, q7="", q8_part="", q8_band="", treated_rest=None)
    known = {**sent(draft), "version": str(draft.version)}
    theirs = {
        **known,
        "goal": "Walk the dog",
        "duration_weeks": "12",
        "rupture": ["sudden_pop"],
        "tender_cm": "3, 5",
        "treated_rest": "yes",
        "q8_a": ">30",
        "warm": "yes",
    }
    assert other.post(detail_url(draft), theirs).status_code == 302
    mine = {
        **known,
        "goal": "Swim again",
        "duration_weeks": "14",
        "rupture": ["palpable_gap"],
        "tender_cm": "6",
        "treated_rest": "no",
        "q8_c": "1-10",
        "run_settled": "yes",
    }
    response = client.post(detail_url(draft), mine)
    assert response.status_code == 409
    assert "Stored by Leo Lead" in response.text
    assert choices(response.text) == {
        "duration_weeks": "",
        "goal": "",
        "rupture": "",
        "tender_cm": "",
        "treated_rest": "",
        "q8_a": "",
        # Only one of us touched these.
        "run_settled": "typed",
        "warm": "stored",
    }
    version = re.findall(r'name="replaces" value="(\d+)"', response.text)[0]
    rows = list(choices(response.text))

    # Sent without a choice it is asked for at the row, and what was chosen stays chosen.
    some = {**mine, "replaces": version, "rows": rows, "keep_goal": "stored", "keep_warm": "stored"}
    refused = client.post(detail_url(draft), some)
    assert refused.status_code == 422
    # Five contradictions besides the goal; the two untouched by one of us were sent unchosen too.
    assert "6 questions still need a choice" in refused.text
    assert 'id="row-rupture-error"' in refused.text
    assert 'id="row-goal-error"' not in refused.text
    assert choices(refused.text)["goal"] == "stored"
    assert "Swim again" in refused.text

    keep = {
        "goal": "stored",
        "duration_weeks": "typed",
        "rupture": "stored",
        "tender_cm": "stored",
        "treated_rest": "typed",
        "q8_a": "stored",
        "run_settled": "typed",
        "warm": "stored",
    }
    chosen = {f"keep_{name}": side for name, side in keep.items()}
    done = client.post(detail_url(draft), {**mine, "replaces": version, "rows": rows, **chosen})
    assert done.status_code == 302, done.text
    now = selectors.recorded(Assessment.objects.all().whole().get())
    assert now["goal"] == "Walk the dog"
    assert now["duration_weeks"] == 14
    assert now["rupture"] == ["sudden_pop"]
    assert now["tender_cm"] == [Decimal("3.0"), Decimal("5.0")]
    assert now["treated_rest"] is False
    assert (now["q8_part"], now["q8_band"]) == ("A", ">30")
    assert (now["run_settled"], now["warm"]) == (True, True)
    # Theirs is in the history though mine was chosen.
    events = Assessment.pgh_event_model.objects  # type: ignore[attr-defined]
    assert events.filter(duration_weeks=12).exists()


def test_a_third_save_shows_the_conflict_again_with_the_choices_kept(
    client: Client, other: Client, episode: Episode
) -> None:
    draft = make.make_assessment(episode, goal="Walk")
    known = {**sent(draft), "version": str(draft.version)}
    other.post(detail_url(draft), {**known, "goal": "Walk the dog"})
    mine = {**known, "goal": "Swim again"}
    first = client.post(detail_url(draft), mine)
    version = re.findall(r'name="replaces" value="(\d+)"', first.text)[0]
    draft.refresh_from_db()
    other.post(detail_url(draft), {**known, "version": draft.version, "goal": "Walk the cat"})
    answer = {**mine, "replaces": version, "rows": ["goal"], "keep_goal": "typed"}
    second = client.post(detail_url(draft), answer)
    assert second.status_code == 409
    assert "Walk the cat" in second.text
    assert choices(second.text) == {"goal": "typed"}
    draft.refresh_from_db()
    assert draft.goal == "Walk the cat"
    assert f'name="replaces" value="{draft.version}"' in second.text
    assert (
        client.post(detail_url(draft), {**answer, "replaces": str(draft.version)}).status_code
        == 302
    )
    draft.refresh_from_db()
    assert draft.goal == "Swim again"


def test_choices_that_contradict_each_other_are_refused_with_both_still_there(
    client: Client, other: Client, episode: Episode
) -> None:
    draft = make.make_assessment(episode)
    known = {**sent(draft), "version": str(draft.version)}
    earlier = (make.DAY - timedelta(days=30)).isoformat()
    other.post(detail_url(draft), {**known, "examined_on": earlier})
    injected = {"cortisone": "yes", "cortisone_last_on": (make.DAY - timedelta(days=3)).isoformat()}
    first = client.post(detail_url(draft), {**known, **injected})
    assert choices(first.text) == {"examined_on": "stored", "cortisone": "typed"}
    version = re.findall(r'name="replaces" value="(\d+)"', first.text)[0]
    chosen = {"keep_examined_on": "stored", "keep_cortisone": "typed"}
    answer = {**known, **injected, "replaces": version, "rows": ["examined_on", "cortisone"]}
    refused = client.post(detail_url(draft), {**answer, **chosen})
    assert refused.status_code == 422
    assert "These choices can’t be stored together" in refused.text
    assert "This is after the day of the examination." in refused.text
    done = client.post(detail_url(draft), {**answer, **chosen, "keep_examined_on": "typed"})
    assert done.status_code == 302
    draft.refresh_from_db()
    assert (draft.examined_on, draft.cortisone) == (make.DAY, True)


def test_a_page_opened_before_the_draft_began_keeps_theirs_where_it_says_nothing(
    client: Client, other: Client, episode: Episode
) -> None:
    assert other.post(new_url(episode), typed(episode, goal="Walk")).status_code == 302
    mine = {**BLANK, "version": "1", "history_note": "Worse on hills"}
    answer = client.post(new_url(episode), mine)
    assert answer.status_code == 409
    found = choices(answer.text)
    assert found.pop("history_note") == "typed"
    assert set(found.values()) == {"stored"}
    assert len(found) > 20


def test_every_stored_answer_belongs_to_a_question(episode: Episode) -> None:
    """No field can differ between two people without a row to choose it in."""
    form = ExaminationForm(episode=episode)
    asked = {name for each in questions(form) for name in each.fields}
    assert set(form.fields) - {"version", "replaces"} <= asked
    assert set(selectors.PAGE_FIELDS) & {*form.fields, *Q8} <= asked


def test_what_a_browser_sends_reads_back_as_stored(episode: Episode) -> None:
    draft = make.make_assessment(
        episode,
        cortisone=True,
        cortisone_last_on=make.DAY,
        clot=[SCREENING_GROUPS["clot"][0]],
        clot_alternative=True,
        tender_cm=[],
        left_height_cm=Decimal("7.5"),
    )
    post = QueryDict(mutable=True)
    for name, value in sent(draft).items():
        post.setlist(name, value)
    form = ExaminationForm(post, episode=episode)
    assert form.is_valid(), form.errors
    stored = selectors.recorded(draft)
    assert {name: form.cleaned_data[name] for name in stored} == stored
