"""Versions: read as they were frozen, compared, restored, copied, and kept as templates."""

import re
from copy import deepcopy
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.test import Client
from django.urls import reverse

from assessments import actions as assessment_actions
from assessments.models import Assessment
from assessments.rules.terms import Location, Phase, Stage
from patients.models import Episode, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.actions import (
    begin_draft,
    edit_draft,
    issue_draft,
    keep_version_as_template,
    sign_unlock,
)
from programmes.models import Draft, PlanTemplate, PracticeExercise, Step, Version
from programmes.plan_table import of_version
from programmes.rules.edits import AddColumns, AddRow, Edit, SetCells
from programmes.rules.library import EXERCISES
from programmes.rules.library.pose import pose_to_json
from programmes.rules.plan import from_flat
from programmes.rules.terms import Outcome
from programmes.selectors.drafts import plan_tendon
from programmes.selectors.library import usual_to_json
from programmes.selectors.plans import no_longer_suits, with_plan
from programmes.selectors.standing import standing_of
from programmes.selectors.versions import comparison, unfit
from tests import make
from tests.conftest import MadeOnce
from tests.rights import as_owner
from upwell.clock import now

pytestmark = pytest.mark.django_db

DAY = make.DAY


@pytest.fixture(scope="module", autouse=True)
def midportion(made_once: MadeOnce[Episode]) -> Episode:
    return made_once(lambda: examined(make.make_user(Role.EXERCISE_PHYSIOLOGIST)))


@pytest.fixture
def episode(midportion: Episode) -> Episode:
    """Somebody examined, without a plan."""
    return deepcopy(midportion)


@pytest.fixture
def edith(client: Client, episode: Episode) -> User:
    """An exercise physiologist, signed in."""
    client.force_login(episode.opened_by)
    return episode.opened_by


def examined(by: User, **examination: Any) -> Episode:
    episode = make.make_episode(by=by)
    make.make_signed_assessment(episode, by=by, **examination)
    return episode


def send(draft: Draft, edit: Edit, by: User) -> Draft:
    draft.refresh_from_db()
    return edit_draft(draft, edit=edit, known=draft.revision, token=uuid4(), by=by).draft


def issue(draft: Draft, by: User, note: str = "", **more: Any) -> Version:
    draft.refresh_from_db()
    return issue_draft(draft, known=draft.revision, note=note, on=DAY, by=by, **more)


def retyped(draft: Draft, by: User, exercise: str, text: str, columns: slice) -> Draft:
    """The draft with the doses of one isotonic exercise typed anew at some steps."""
    plan = from_flat(Draft.objects.get(pk=draft.pk).plan)
    row = next(each for each in plan.rows if each.exercise == exercise)
    steps = plan.columns_of(row.stage)[columns]
    cells = tuple((row.id, each.id, text) for each in steps)
    return send(draft, SetCells(cells=cells), by)


def second_version(episode: Episode, by: User) -> Version:
    """Version 2: version 1 with the seated raise at 4x8RM in the first two steps."""
    first = Version.objects.get(programme__episode=episode, number=1)
    draft = begin_draft(episode, source=f"version:{first.code}", on=DAY, by=by)
    retyped(draft, by, "hsr_seated_raise", "4x8RM 3/wk", slice(0, 2))
    return issue(draft, by, note="Heavier for the soleus")


def two_versions(by: User) -> Episode:
    episode = examined(by)
    actions.issue_proposal(episode, on=DAY, number=1, note="First plan", by=by)
    second_version(episode, by)
    return episode


def page_of(version: Version) -> str:
    return reverse("programmes:version", args=[version.code])


def compare_of(episode: Episode, **chosen: object) -> str:
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    return reverse("programmes:compare", args=[episode.code]) + (f"?{query}" if query else "")


def words(html: str) -> str:
    """The text of a page without its marks."""
    flat = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))
    return re.sub(r" (?=[,.:;])", "", flat).strip()


def text_of(client: Client, address: str, element: str = "main") -> str:
    """What one element of a page says: its text without what stands around it."""
    answer = client.get(address)
    assert answer.status_code == 200
    found = re.search(rf"<{element}\b.*?</{element}>", answer.text, re.S)
    assert found, element
    return words(found[0])


# --- One version ---


def test_sessions_are_counted_at_the_version_they_were_held_under(
    client: Client, edith: User, episode: Episode
) -> None:
    programme = make.make_programme(episode, by=edith)
    make.make_session(programme, by=edith)
    second = second_version(episode, edith)
    assert "1 session held" in text_of(client, page_of(Version.objects.get(number=1)))
    assert "No session was held" in text_of(client, page_of(second))


def test_a_draft_is_no_version(client: Client, edith: User, episode: Episode) -> None:
    programme = make.make_programme(episode, by=edith)
    issued = programme.versions.get()
    drafted = Version.objects.create(
        programme=programme,
        number=2,
        assessment=issued.assessment,
        location=issued.location,
        phase=issued.phase,
        cortisone=issued.cortisone,
        rules_version="x",
        created_by=edith,
    )
    assert client.get(page_of(drafted)).status_code == 404


def unlocked_version(by: User) -> Version:
    """Full return at the insertion, hills opened at F3."""
    episode = examined(by, **make.INSERTIONAL)
    make.make_programme(episode, by=by, at=(Stage.FULL_RETURN, 1))
    draft = begin_draft(episode, source="protocol:FULL", on=DAY, by=by)
    sign_unlock(episode, code="U2", reason="Hilly home.", on=DAY, form_token=uuid4(), by=by)
    return issue(draft, by, reason="Referred in full training.")


def test_an_unlock_is_told_with_its_reason_and_name_and_not_on_paper(
    client: Client, edith: User
) -> None:
    version = unlocked_version(edith)
    before = text_of(client, page_of(version), "article")
    assert "Hilly home. Signed by Edith Exercise" in before
    assert "Opened by a clinician" in before
    sign_unlock(
        version.programme.episode,
        code="U2",
        reason="A later reason.",
        on=DAY,
        form_token=uuid4(),
        by=edith,
    )
    assert text_of(client, page_of(version), "article") == before
    paper = make.make_handout(version.programme, by=edith)
    printed = client.get(reverse("programmes:handout", args=[paper.code]))
    assert b"Hilly home" not in printed.content


# --- Nothing done later changes what an old page says ---


def own_exercise(by: User, like: str = "hsr_seated_raise") -> PracticeExercise:
    """A practice's own seated raise, or one like another of ours."""
    pattern = EXERCISES[like]
    return PracticeExercise.objects.create(
        key="own-tram-raise",
        name="Raises at the tram stop",
        stage=pattern.stage,
        matrix_row=pattern.row,
        knee=pattern.knee,
        contraction=pattern.contraction,
        range=pattern.range,
        equipment=[each.value for each in pattern.equipment],
        usual=usual_to_json(pattern.usual),
        start=pose_to_json(pattern.start),
        end=pose_to_json(pattern.end),
        instructions=["Stand tall.", "Lift the heels."],
        made_by=by,
        changed_by=by,
        form_token=uuid4(),
        form_digest="x",
    )


def test_an_old_page_says_what_it_said(client: Client, edith: User, episode: Episode) -> None:
    own = own_exercise(edith)
    draft = begin_draft(episode, source="proposal", on=DAY, by=edith)
    send(draft, AddRow(stage=Stage.ISOTONIC, exercise=own.key), edith)
    retyped(draft, edith, own.key, "3x15 3/wk", slice(0, 3))
    version = issue(draft, edith, note="With one of ours")
    session = make.make_session(version.programme, by=edith)
    actions.record_morning(session, pain=2, stiffness_min=10, on=DAY + timedelta(days=1), by=edith)
    actions.decide(
        session, outcome=Outcome.HOLD, reason="", today=DAY + timedelta(days=1), by=edith
    )
    pages = [
        (page_of(version), "article"),
        (reverse("programmes:session", args=[session.code]), "main"),
    ]
    before = [text_of(client, *page) for page in pages]
    assert all("Raises at the tram stop" in text for text in before)
    assert "Lift the heels." in before[0]
    assert "Decided: stay at this step" in before[1]

    PracticeExercise.objects.filter(pk=own.pk).update(
        name="Renamed", instructions=["Other words."], matrix_row="speed_running", retired_at=now()
    )
    second = begin_draft(episode, source=f"version:{version.code}", on=DAY, by=edith)
    retyped(second, edith, "hsr_seated_raise", "4x8RM 3/wk", slice(0, 2))
    # What the library says of it now is another thing; a built-in exercise takes its place.
    retyped(second, edith, own.key, "", slice(0, 3))
    issue(second, edith)
    original = Assessment.objects.get()
    amended = assessment_actions.amend(original, reason="Wrong side of the tape.", by=edith)
    assessment_actions.sign(
        amended,
        location=Location(version.location),
        phase=Phase(version.phase),
        reason="",
        version=amended.version,
        by=edith,
    )
    assessment_actions.reclassify(
        episode.classifications.in_force().get(),
        phase=Phase.REACTIVE,
        reason="A flare.",
        on=DAY + timedelta(days=3),
        by=edith,
    )
    assert [text_of(client, *page) for page in pages] == before


# --- Two versions ---


def test_one_version_alone_has_nothing_to_compare(
    client: Client, edith: User, episode: Episode
) -> None:
    episode = make.make_programme(episode, by=edith).episode
    assert "Nothing to compare yet" in text_of(client, compare_of(episode))


def test_steps_of_before_there_were_columns_are_still_known(edith: User, episode: Episode) -> None:
    first = actions.issue_proposal(episode, on=DAY, number=1, by=edith)
    with as_owner(), pgtrigger.ignore():
        Step.objects.update(column="")
    draft = begin_draft(episode, source=f"version:{first.code}", on=DAY, by=edith)
    found = comparison(episode, one="1", other="draft")
    assert found.diff is not None
    assert found.diff.same
    assert draft.revision == 0


# --- Restoring, copying, keeping ---


def token_in(page: str, to: str) -> str:
    """The token of the form of a page that is sent to an address."""
    form = page.split(f'action="{to}"')[1].split("</form>")[0]
    found = re.search(r'name="form_token" value="([0-9a-f-]{36})"', form)
    assert found
    return found[1]


def other_patient(by: User, **examination: Any) -> Episode:
    patient = make.make_patient(by=by, family_name="Zwilling", given_name="Zoe")
    episode = make.make_episode(patient, side=Side.RIGHT, by=by)
    if examination:
        make.make_signed_assessment(episode, by=by, **examination)
    return episode


def copy_of(version: Version) -> str:
    return reverse("programmes:copy", args=[version.code])


def test_a_plan_is_copied_to_another_patient_after_a_look(
    client: Client, edith: User, episode: Episode
) -> None:
    episode = make.make_programme(episode, by=edith).episode
    version = Version.objects.get()
    target = other_patient(edith, **make.INSERTIONAL)
    found = client.post(copy_of(version), {"q": "zwil"})
    assert found.status_code == 200
    assert "Zwilling, Zoe" in found.text
    looked = client.post(copy_of(version), {"to": str(target.code)})
    told = words(looked.text)
    assert "To Zoe Zwilling, right Achilles" in told
    assert "What will not fit that tendon" in told
    assert EXERCISES["run_hills"].name in told
    assert not Draft.objects.exists()
    token = re.search(r'name="form_token" value="([0-9a-f-]{36})"', looked.text)
    assert token
    sent = {"to": str(target.code), "looked_at": "on", "form_token": token[1]}
    for _ in range(2):  # the button was pressed twice
        answer = client.post(copy_of(version), sent)
        assert answer.headers["Location"] == reverse("programmes:edit", args=[target.code])
    draft = Draft.objects.get()
    assert draft.episode == target
    copied, plan = from_flat(draft.plan), version.steps
    assert len(copied.columns) == plan.count()
    again = client.post(copy_of(version), {**sent, "form_token": str(uuid4())})
    assert again.status_code == 422
    assert "open draft" in again.text
    assert Draft.objects.count() == 1
    assert not Draft.objects.filter(episode=episode).exists()


def test_the_other_side_is_offered(client: Client, edith: User, episode: Episode) -> None:
    episode = make.make_programme(episode, by=edith).episode
    assert "The other side" not in client.get(copy_of(Version.objects.get())).text
    other = make.make_episode(episode.patient, side=Side(episode.side).other, by=edith)
    page = client.get(copy_of(Version.objects.get())).text
    assert "The other side" in page
    assert str(other.code) in page
    looked = client.post(copy_of(Version.objects.get()), {"to": str(other.code)})
    assert "Not classified" in looked.text


def test_a_search_nobody_matches_says_so(client: Client, edith: User, episode: Episode) -> None:
    make.make_programme(episode, by=edith)
    assert "Nobody found" in client.post(copy_of(Version.objects.get()), {"q": "qqq"}).text


def test_a_version_is_kept_as_a_template_and_retired(
    client: Client, edith: User, episode: Episode
) -> None:
    make.make_programme(episode, by=edith)
    version = Version.objects.get()
    keep = reverse("programmes:template_keep", args=[version.code])
    sent = {"name": "Calm midportion", "note": "For runners", "form_token": str(uuid4())}
    assert client.post(keep, sent).headers["Location"] == reverse("programmes:templates")
    assert client.post(keep, sent).status_code == 302
    template = PlanTemplate.objects.get()
    shown = text_of(client, reverse("programmes:templates"))
    for told in ("Calm midportion", "For runners", "isotonic", "Edith Exercise", "Retire"):
        assert told in shown
    retire = reverse("programmes:template_retire", args=[template.code])
    assert client.post(retire).headers["Location"] == reverse("programmes:templates")
    assert "No templates yet" in text_of(client, reverse("programmes:templates"))
    assert PlanTemplate.objects.get().retired_at


def test_templates_are_a_tab_of_the_library(client: Client, edith: User) -> None:
    templates = reverse("programmes:templates")
    assert f'<a href="{templates}">Templates</a>' in client.get(reverse("programmes:library")).text
    assert f'<a href="{templates}" aria-current="page">' in client.get(templates).text


def test_a_stage_names_all_its_protocols_and_an_exercise_all_its_cautions(
    edith: User, episode: Episode
) -> None:
    draft = begin_draft(episode, source="protocol:HSR", on=DAY, by=edith)
    added = AddColumns(stage=Stage.ISOTONIC)
    actions.edit_draft(draft, edit=added, known=0, token=uuid4(), by=edith)
    draft.refresh_from_db()
    plan = from_flat(draft.plan)
    row, own = plan.rows[0], plan.columns_of(Stage.ISOTONIC)[-1].id
    version = issue(send(draft, SetCells(cells=((row.id, own, "3x6RM"),)), edith), edith)
    whole = with_plan(version)
    items = [
        item
        for step in whole.steps.all()
        for item in step.items.all()
        if item.exercise == row.exercise
    ]
    said = ("Mind the calf.", "", "Mind the knee.", "Mind the calf.", "", "")
    for item, caution in zip(items, said, strict=True):
        item.caution, item.unlock = caution, "U1" if caution else ""
    (table,) = of_version(whole, None)
    assert table.protocol == "Heavy slow resistance, own plan"
    shown = next(each for each in table.rows if each.name == items[0].name)
    assert (shown.caution, shown.opened) == ("Mind the calf. Mind the knee.", "U1")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Give the template a name."),
        ("heavy  slow Resistance", "A built-in protocol has this name."),
        ("Taken", "A template has this name already."),
    ],
    ids=["no name", "built-in", "taken"],
)
def test_a_template_needs_a_name_of_its_own(
    client: Client, edith: User, episode: Episode, name: str, says: str
) -> None:
    make.make_programme(episode, by=edith)
    version = Version.objects.get()
    keep_version_as_template(version, name="Taken", note="", form_token=uuid4(), by=edith)
    answer = client.post(
        reverse("programmes:template_keep", args=[version.code]),
        {"name": name, "note": "kept as typed", "form_token": str(uuid4())},
    )
    assert answer.status_code == 422
    assert says in answer.text
    assert "kept as typed" in answer.text
    assert PlanTemplate.objects.count() == 1


# --- What no longer fits ---


def to_insertional(episode: Episode, by: User) -> None:
    """A later examination that finds the pain at the insertion."""
    later = DAY + timedelta(days=28)
    make.make_signed_assessment(
        episode,
        by=by,
        examined_on=later,
        **{name: value for name, value in make.INSERTIONAL.items() if name != "examined_on"},
    )


def test_a_new_classification_says_what_no_longer_fits(
    client: Client, edith: User, episode: Episode
) -> None:
    episode = make.make_programme(episode, by=edith, protocol=None).episode
    on = DAY + timedelta(days=28)
    to_insertional(episode, edith)
    version = with_plan(Version.objects.get())
    found = unfit(version, plan_tendon(episode, on))
    assert EXERCISES["run_hills"].name in {each.name for each in found}
    names = len({each.name for each in found})
    says = f"{names} exercise{'' if names == 1 else 's'} no longer fit"
    # The page one lands on after signing, and the plan, tell it in the header.
    for page in ("programmes:episode", "programmes:programme"):
        assert says in client.get(reverse(page, args=[episode.code])).text
    plan = text_of(client, reverse("programmes:programme", args=[episode.code]))
    assert "No longer fits this tendon" in plan
    assert f"{EXERCISES['run_hills'].name}, Full return step" in plan


def test_a_plan_made_for_this_tendon_has_nothing_unfit(
    client: Client, edith: User, episode: Episode
) -> None:
    episode = make.make_programme(episode, by=edith).episode
    version = with_plan(Version.objects.get())
    assert version is not None
    assert unfit(version, plan_tendon(episode, DAY)) == ()
    assert (
        "no longer fit" not in client.get(reverse("programmes:programme", args=[episode.code])).text
    )


def test_what_a_clinician_opened_fits_until_the_tendon_changes(edith: User) -> None:
    version = unlocked_version(edith)
    episode = version.programme.episode
    whole = with_plan(version)
    assert unfit(whole, plan_tendon(episode, DAY)) == ()
    third = version.steps.get(rung="F3")
    assert no_longer_suits(third, standing_of(episode, DAY).tendon) == ()
    assessment_actions.reclassify(
        episode.classifications.in_force().get(),
        phase=Phase.REACTIVE,
        reason="A flare.",
        on=DAY + timedelta(days=3),
        by=edith,
    )
    later = DAY + timedelta(days=3)
    assert "run_hills" in {
        each.exercise for each in no_longer_suits(third, standing_of(episode, later).tendon)
    }
    assert unfit(whole, plan_tendon(episode, later))


def test_an_exercise_of_ours_is_judged_by_what_was_stored(edith: User, episode: Episode) -> None:
    own = own_exercise(edith)
    draft = begin_draft(episode, source="protocol:HSR", on=DAY, by=edith)
    send(draft, AddRow(stage=Stage.ISOTONIC, exercise=own.key), edith)
    retyped(draft, edith, own.key, "3x15 3/wk", slice(0, 1))
    version = issue(draft, edith)
    step = version.steps.get(number=1)
    assert no_longer_suits(step, standing_of(episode, DAY).tendon) == ()
    PracticeExercise.objects.update(matrix_row="speed_running", retired_at=now())
    assessment_actions.reclassify(
        episode.classifications.in_force().get(),
        phase=Phase.REACTIVE,
        reason="A flare.",
        on=DAY + timedelta(days=3),
        by=edith,
    )
    tendon = standing_of(episode, DAY + timedelta(days=3)).tendon
    against = {each.exercise for each in no_longer_suits(step, tendon)}
    kept = {item.exercise for item in step.items.filter(matrix_row="loaded_hsr")}
    assert against == kept


# --- The programme page ---


def programme_of(episode: Episode) -> str:
    return reverse("programmes:programme", args=[episode.code])


def test_newly_warm_leads_past_an_isometric_step_the_tendon_must_not_do_now(
    edith: User, episode: Episode
) -> None:
    programme = make.make_programme(episode, by=edith)
    own = own_exercise(edith, like="isometric_hold_single")
    # Work for a tendon under load, and none for one that has to settle.
    PracticeExercise.objects.update(matrix_row="step_deficit_heel_drop")
    source = f"version:{Version.objects.get().code}"
    draft = begin_draft(episode, source=source, on=DAY, by=edith)
    send(draft, AddRow(stage=Stage.ISOMETRIC, exercise=own.key), edith)
    retyped(draft, edith, own.key, "4x45s daily", slice(0, 1))
    version = issue(draft, edith, note="Our own hold first")
    programme.refresh_from_db()
    programme.current_step = version.steps.get(stage=Stage.ISOTONIC, number=1)
    programme.save(update_fields=["current_step"])
    first, second = version.steps.filter(stage=Stage.ISOMETRIC).order_by("order")[:2]
    assert no_longer_suits(first, standing_of(episode, DAY).tendon) == ()
    session = make.make_session(programme, new_warm_or_swollen=True)
    made = actions.decide(session, outcome=Outcome.REGRESS, reason="", today=DAY, by=edith)
    assert (made.rule, made.to_step) == ("D2", second)
    assert no_longer_suits(first, standing_of(episode, DAY).tendon)
