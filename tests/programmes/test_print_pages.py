"""The page on which papers are printed, and that of several at once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import date, timedelta
from io import BytesIO
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.actions import reclassify
from assessments.rules.terms import Phase, Stage
from patients.actions import edit_patient
from patients.models import AccessLog, User
from patients.rules.roles import Role
from patients.rules.terms import Side
from programmes import actions
from programmes.actions.sessions import record_morning
from programmes.caseload import day_list
from programmes.models import Handout, Printing, PrintJob, Programme, Ready, Version
from programmes.printing import listed, wanted
from programmes.rules.papercode import shown_code
from programmes.selectors.papers import pictures_of, printings_of, usual_options
from programmes.selectors.standing import paper_changes, standing_of
from tests import make
from tests.conftest import MadeOnce
from tests.paper_checks import pages_of, text_of
from upwell import pdf

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TODAY = timezone.localdate


def running(by: User, **patient: Any) -> Programme:
    return make.make_programme(make.make_episode(make.make_patient(by=by, **patient), by=by), by=by)


@pytest.fixture(scope="module", autouse=True)
def begun(made_once: MadeOnce[Programme]) -> Programme:
    return made_once(lambda: running(make.make_user()))


@pytest.fixture
def programme(begun: Programme) -> Programme:
    """The one programme of its clinician."""
    return deepcopy(begun)


@pytest.fixture
def by(programme: Programme) -> User:
    return programme.episode.opened_by


@pytest.fixture
def visitor(client: Client, by: User) -> Client:
    client.force_login(by)
    return client


def version_of(programme: Programme) -> Version:
    version = Version.objects.in_force(programme)
    assert version is not None
    return version


def address(programme: Programme) -> str:
    return reverse("programmes:handout_new", args=[version_of(programme).code])


def filled(**changes: str) -> dict[str, str]:
    """What the browser sends of the page as it opens."""
    values = {"edition": "standard", "language": "en", "diary": "review", "next_review": ""}
    return {**values, "form_token": str(uuid4()), **changes}


def pressed(page: Any) -> dict[str, str]:
    """The button pressed in each row of buttons, and the boxes ticked."""
    boxes = re.findall(r"<input[^>]* checked[^>]*>", page.text)
    found = {}
    for box in boxes:
        values = dict(re.findall(r'(\w+)="([^"]*)"', box))
        found[values["name"]] = values.get("value", "on")
    return found


def lock(programme: Programme) -> None:
    make.make_signed_assessment(
        programme.episode, examined_on=TODAY(), bone=["focal_bone_tenderness"]
    )


# --- choosing ----------------------------------------------------------------------------------


def test_the_choices_are_the_patients_own(visitor: Client, by: User) -> None:
    programme = running(by, large_print=True, language="it")
    page = visitor.get(address(programme))
    assert pressed(page) == {"edition": "large", "language": "it", "diary": "review"}
    assert 'name="both"' not in page.text
    assert 'name="flare"' in page.text


@pytest.mark.parametrize(
    ("diary", "days", "weeks", "has"),
    [
        ("review", None, 1, True),
        ("review", 7, 1, True),
        ("review", 8, 2, True),
        ("review", 40, 2, True),
        ("1", 40, 1, True),
        ("2", None, 2, True),
        ("none", 40, 1, False),
        ("", None, 1, True),
    ],
)
def test_the_diary_covers_until_the_next_review(
    visitor: Client, programme: Programme, diary: str, days: int | None, weeks: int, has: bool
) -> None:
    review = (TODAY() + timedelta(days=days)).isoformat() if days else ""
    visitor.post(address(programme), filled(diary=diary, next_review=review))
    options = Handout.objects.get().options
    assert (options["weeks"], options["diary"]) == (weeks, has)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"next_review": "2020-01-01"}, "The next review is in the past."),
        ({"next_review": "2999-01-01"}, "more than a year away. Check its year."),
        ({"next_review": "soon"}, "Enter a valid date."),
        ({"edition": "huge"}, "Select a valid choice"),
    ],
    ids=["past", "far", "no date", "edition"],
)
def test_what_is_wrong_is_said_at_its_field_and_everything_is_kept(
    visitor: Client, programme: Programme, wrong: dict[str, str], says: str
) -> None:
    answer = visitor.post(address(programme), filled(language="it", diary="2", **wrong))
    assert answer.status_code == 422
    assert says in answer.text
    kept = pressed(answer)
    assert (kept["language"], kept["diary"]) == ("it", "2")
    assert not Handout.objects.exists()


def test_printing_leads_to_the_paper_and_records_who(
    visitor: Client, programme: Programme, by: User
) -> None:
    answer = visitor.post(address(programme), filled())
    paper = Handout.objects.get()
    assert answer["Location"] == reverse("programmes:handout", args=[paper.code])
    assert paper.document is not None  # laid out before it counted as printed
    pdf = visitor.get(answer["Location"])
    assert pdf.content.startswith(b"%PDF")
    assert pdf["Cache-Control"] == "no-store"
    page = visitor.get(address(programme)).text
    assert "In the patient’s hand" in page
    assert "Up to date" in page
    assert Printing.objects.get().printed_by == by


def test_nothing_is_recorded_where_nothing_can_be_printed(
    visitor: Client, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(html: str) -> bytes:
        raise actions.papers.pdf.Unprintable("Printing needs the Pango library.")  # type: ignore[attr-defined]

    monkeypatch.setattr("upwell.pdf.html_to_pdf", broken)
    answer = visitor.post(address(programme), filled())
    assert answer.status_code == 422
    assert "needs the Pango library" in answer.text
    assert not Handout.objects.exists()
    assert not Printing.objects.exists()


def test_under_a_red_flag_nothing_is_offered(visitor: Client, programme: Programme) -> None:
    lock(programme)
    page = visitor.get(address(programme))
    assert "A red flag is open" in page.text
    assert 'id="preview"' not in page.text
    for extra in ({}, {"show": "1"}):
        answer = visitor.post(address(programme), filled(**extra))
        assert answer.status_code == 422
    assert not Ready.objects.exists()


# --- the preview -------------------------------------------------------------------------------


def test_the_preview_shows_the_paper_that_will_be_printed(
    visitor: Client, programme: Programme
) -> None:
    part = visitor.post(address(programme), filled(show="1", edition="large"), headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.text
    ready = Ready.objects.get()
    assert part.text.count("<img") == ready.document.pages
    code = version_of(programme).code
    picture = reverse("programmes:handout_page", args=[code, ready.paper_code, 1])
    text = reverse("programmes:handout_shown", args=[code, ready.paper_code])
    assert picture in part.text
    assert text in part.text
    drawn = visitor.get(picture)
    assert (drawn["Content-Type"], drawn["Cache-Control"]) == ("image/png", "no-store")
    assert drawn.content.startswith(b"\x89PNG")
    shown = visitor.get(text).content
    visitor.post(address(programme), filled(edition="large"))
    paper = Handout.objects.get()
    pages = pages_of(actions.as_pdf(paper))
    # Each page of what was looked at says that it isn't the paper; all else is the same.
    for page, own in zip(pages_of(shown), pages, strict=True):
        assert "Preview. Not printed yet." in page
        assert words_of(page) - words_of(own) <= {"Preview.", "Not", "printed", "yet."}
    assert not any("Preview" in page for page in pages)
    assert "Not printed yet" not in text_of(visitor.get(text).content)
    # Printed meanwhile, the pages in sight are still there.
    assert visitor.get(picture).status_code == 200


def words_of(page: str) -> set[str]:
    return set(page.split())


def test_pages_the_press_is_too_busy_for_are_refused_not_broken(
    visitor: Client, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = actions.order_for(version_of(programme), options={}, today=TODAY())
    code = actions.make_ready(order).paper_code
    at = reverse("programmes:handout_page", args=[version_of(programme).code, code, 1])

    def busy(content: bytes, *, width_px: int) -> tuple[bytes, ...]:
        raise pdf.Unprintable(pdf.BUSY)

    with monkeypatch.context() as patched:
        patched.setattr("upwell.pdf.pictures", busy)
        assert visitor.get(at).status_code == 422
    assert visitor.get(at).status_code == 200


def test_the_pages_of_a_preview_asked_for_at_once_are_drawn_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []

    def pictures(content: bytes, *, width_px: int) -> tuple[bytes, ...]:
        drawn.append(content)
        sleep(0.05)  # while the others come
        return (b"1", b"2", b"3")

    class Stored:
        pdf = b"%PDF"

    monkeypatch.setattr("upwell.pdf.pictures", pictures)
    monkeypatch.setattr("programmes.selectors.papers.Document.objects.get", lambda sha256: Stored)
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: pictures_of("a" * 64), range(3)))
    assert found == [(b"1", b"2", b"3")] * 3
    assert drawn == [b"%PDF"]


def test_what_a_sheet_for_both_legs_says_once_and_leaves_out_is_told(
    visitor: Client, by: User
) -> None:
    patient = make.make_patient(by=by, language="it")
    left = make.make_programme(make.make_episode(patient, by=by), at=(Stage.ISOTONIC, 2), by=by)
    make.make_programme(
        make.make_episode(patient, side=Side.RIGHT, by=by), at=(Stage.ISOTONIC, 3), by=by
    )
    part = visitor.post(address(left), filled(show="1", both="on", language="it"), headers=HTMX)
    assert "Said once for both legs." in part.text
    said = re.findall(r"as for the left leg, not \d+ sets", part.text)  # in English
    # A line for a dose, not for each exercise of it.
    assert len(said) == 1
    visitor.post(address(left), filled(both="on"))
    for side, told in (("left", 0), ("right", 1)):
        paper = Handout.objects.get(version__programme__episode__side=side)
        diary = visitor.get(reverse("programmes:diary_sheet", args=[paper.code])).text
        assert diary.count("One dose for both legs") == told
        assert ("where this leg’s step has" in diary) is bool(told)


def test_who_is_no_runner_has_papers_and_stands_on_the_list(
    visitor: Client, programme: Programme, by: User
) -> None:
    make.make_signed_assessment(
        programme.episode, examined_on=TODAY(), by=by, running_status="not_a_runner"
    )
    assert visitor.post(address(programme), filled()).status_code == 302
    assert visitor.get(reverse("programmes:caseload")).status_code == 200
    (row,) = day_list(TODAY(), clinician=by)
    assert row.standing.paper_is_current


def test_a_review_that_lies_ahead_stays_on_the_next_paper(
    visitor: Client, programme: Programme, by: User
) -> None:
    review = TODAY() + timedelta(days=10)
    visitor.post(address(programme), filled(next_review=review.isoformat()))
    assert (
        f'name="next_review" value="{review.isoformat()}"' in visitor.get(address(programme)).text
    )
    version = version_of(programme)
    (entry,) = listed(day_list(TODAY(), clinician=by))
    assert entry.version == version
    assert (entry.options["next_review"], entry.options["weeks"]) == (review.isoformat(), 2)
    # A review that is over is nobody's next one.
    (later,) = listed(day_list(review + timedelta(days=1), clinician=by))
    assert later.options["next_review"] is None


def test_letters_the_fonts_lack_are_told_beside_the_preview(visitor: Client, by: User) -> None:
    programme = running(by, given_name="龍", family_name="Żółć Αθηνά")
    page = visitor.get(address(programme)).text
    assert "lack some letters of this name: <span data-person>龍</span>" in page
    other = visitor.get(address(running(by, family_name="Żółć Αθηνά"))).text
    assert "lack some letters" not in other


def test_a_page_opened_before_a_step_forward_prints_nothing_else_than_it_showed(
    visitor: Client, programme: Programme
) -> None:
    page = visitor.get(address(programme)).text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    step = version_of(programme).steps.exclude(pk=programme.current_step_id or 0).first()
    Programme.objects.filter(pk=programme.pk).update(current_step=step)
    sent = filled(seen=seen[1], diary="2")
    answer = visitor.post(address(programme), sent)
    assert answer.status_code == 422
    assert "The plan has moved on since this page was opened" in answer.text
    assert "<img" in answer.text
    assert pressed(answer)["diary"] == "2"
    assert not Handout.objects.exists()
    now = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert now is not None
    assert visitor.post(address(programme), sent | {"seen": now[1]}).status_code == 302
    assert Handout.objects.get().step == step


def test_without_a_script_the_page_shows_it_at_the_press_of_a_button(
    visitor: Client, programme: Programme
) -> None:
    assert '<noscript><button class="secondary" name="show"' in visitor.get(address(programme)).text
    page = visitor.post(address(programme), filled(show="1", diary="none"))
    assert page.status_code == 200
    assert "<html" in page.text
    assert "<img" in page.text
    assert pressed(page)["diary"] == "none"
    assert not Handout.objects.exists()


def test_a_preview_of_bad_input_says_why(visitor: Client, programme: Programme) -> None:
    part = visitor.post(
        address(programme), filled(show="1", next_review="2020-01-01"), headers=HTMX
    )
    assert part.status_code == 422
    assert "The next review is in the past." in part.text
    assert "<img" not in part.text


@pytest.mark.parametrize("name", ["handout_page", "handout_shown"])
def test_a_preview_is_found_by_its_own_patient_only_and_read_on_record(
    visitor: Client, programme: Programme, by: User, name: str
) -> None:
    other = running(by, family_name="Other")
    order = actions.order_for(version_of(programme), options={}, today=TODAY())
    code = actions.make_ready(order).paper_code

    def asked(owner: Programme, paper: str, *page: int) -> int:
        at = [version_of(owner).code, paper, *page]
        return visitor.get(reverse(f"programmes:{name}", args=at)).status_code

    page = (1,) if name == "handout_page" else ()
    for _ in range(2):
        assert asked(programme, code, *page) == 200
    # The pages of a preview come by themselves: read once a day, it stands in the log.
    reads = [(programme.episode.patient, f"programmes:{name}")] * (1 if page else 2)
    assert [(each.patient, each.page) for each in AccessLog.objects.all()] == reads
    assert asked(other, code, *page) == 404
    assert asked(programme, "22222222", *page) == 404
    if page:
        assert asked(programme, code, 99) == 404


# --- a family ----------------------------------------------------------------------------------


def test_a_family_is_the_plan_and_the_paper_for_a_flare_as_one_pdf(
    visitor: Client, programme: Programme
) -> None:
    sent = filled(flare="on")
    answer = visitor.post(address(programme), sent)
    plan, kept = Handout.objects.order_by("pk")
    assert (plan.options["flare"], kept.options["ahead"]) == (False, True)
    pdf = visitor.get(answer["Location"])
    pages = sum(each.document.pages for each in (plan, kept) if each.document)
    assert len(PdfReader(BytesIO(pdf.content)).pages) == pages
    assert visitor.post(address(programme), sent)["Location"] == answer["Location"]
    assert Printing.objects.count() == 2
    # The paper for a flare lies beside the plan: the plan is what the patient holds.
    page = visitor.get(address(programme)).text
    assert "kept for a flare" in page
    held = page.split("In the patient’s hand")[1].split("</div>")[0]
    assert shown_code(plan.paper_code) in held
    assert shown_code(kept.paper_code) not in held


def test_both_legs_are_offered_together(visitor: Client, programme: Programme, by: User) -> None:
    make.make_programme(make.make_episode(programme.episode.patient, side=Side.RIGHT, by=by), by=by)
    assert pressed(visitor.get(address(programme)))["both"] == "on"
    visitor.post(address(programme), filled(both="on"))
    assert Handout.objects.count() == 2


def test_a_family_for_both_legs_has_a_paper_for_a_flare_of_each(
    visitor: Client, programme: Programme, by: User
) -> None:
    right = make.make_programme(
        make.make_episode(programme.episode.patient, side=Side.RIGHT, by=by), by=by
    )
    sent = filled(both="on", flare="on")
    shown = visitor.post(address(programme), sent | {"show": "1"}).text
    for side in ("left", "right"):
        assert shown.count(f"The paper for a flare, {side}, page 1") == 1
    answer = visitor.post(address(programme), sent)
    kept = [each for each in Handout.objects.order_by("pk") if each.options.get("ahead")]
    assert [each.version.programme for each in kept] == [programme, right]
    alone = filled(flare="on")
    visitor.post(address(programme), alone)
    assert sum(bool(each.options.get("ahead")) for each in Handout.objects.all()) == 2
    pdf = PdfReader(BytesIO(visitor.get(answer["Location"]).content))
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Your Achilles plan and the paper for a flare"


def test_a_leg_that_is_irritable_has_no_paper_for_a_flare_in_the_family(
    visitor: Client, programme: Programme, by: User
) -> None:
    other = make.make_episode(programme.episode.patient, side=Side.RIGHT, by=by)
    make.make_programme(other, by=by, **make.REACTIVE)
    visitor.post(address(programme), filled(both="on", flare="on"))
    kept = [each for each in Handout.objects.all() if each.options.get("ahead")]
    assert [each.version.programme for each in kept] == [programme]


# --- again -------------------------------------------------------------------------------------


def test_reception_prints_again_and_sees_what_is_out_of_date(
    client: Client, programme: Programme, by: User
) -> None:
    paper = make.make_handout(programme, on=TODAY(), by=by)
    before = actions.as_pdf(paper)
    patient = programme.episode.patient
    edit_patient(patient, version=patient.version, family_name="Novello")
    reception = make.make_user(Role.RECEPTION, display_name="Reza Reception")
    client.force_login(reception)
    page = client.get(address(programme)).text
    assert "Out of date" in page
    assert "the patient’s name" in page
    assert "Print again, though it is out of date" in page
    to = reverse("programmes:handout_again", args=[paper.code])
    token = str(uuid4())
    for _ in range(2):
        answer = client.post(to, {"form_token": token})
        assert answer["Location"] == reverse("programmes:handout", args=[paper.code])
    assert client.get(answer["Location"]).content == before
    assert [each.printed_by for each in paper.printings.all()] == [reception, by]
    assert "Reza Reception" in client.get(address(programme)).text
    for secret in ("Pain", "Degenerative", "VISA"):
        assert secret not in page


@pytest.fixture
def reception(client: Client) -> Client:
    client.force_login(make.make_user(Role.RECEPTION, display_name="Reza Reception"))
    return client


def test_reception_prints_the_usual_paper_where_there_is_none(reception: Client, by: User) -> None:
    programme = running(by, large_print=True, language="it")
    page = reception.get(address(programme)).text
    for name in ("edition", "language", "diary", "next_review", "flare"):
        assert f'name="{name}"' not in page
    token = {"form_token": str(uuid4())}
    assert "<img" in reception.post(address(programme), token | {"show": "1"}).text
    assert reception.post(address(programme), token).status_code == 302
    paper = Handout.objects.get()
    usual = usual_options(programme.episode.patient)
    assert {name: paper.options[name] for name in usual} == usual
    # From now on it is that paper, again.
    page = reception.get(address(programme)).text
    assert 'id="choices"' not in page
    assert "Print again" in page
    answer = reception.post(address(programme), {"form_token": str(uuid4())})
    assert answer.status_code == 422
    assert "Print that one again." in answer.text or "print that one again" in answer.text
    assert Printing.objects.count() == 1


@pytest.mark.parametrize(
    "choice",
    [{"edition": "large"}, {"language": "it"}, {"diary": "2"}, {"flare": "on"}, {"both": "on"}],
    ids=lambda each: next(iter(each)),
)
def test_reception_chooses_nothing(
    reception: Client, programme: Programme, choice: dict[str, str]
) -> None:
    answer = reception.post(address(programme), choice | {"form_token": str(uuid4())})
    assert answer.status_code == 422
    assert "for a clinician to choose" in answer.text
    assert not Handout.objects.exists()


def test_a_paper_printed_often_is_one_row_and_two_alike_are_told_apart(
    visitor: Client, programme: Programme
) -> None:
    review = TODAY() + timedelta(days=10)
    sent: tuple[dict[str, str], ...] = (
        {},
        {},
        {"next_review": review.isoformat()},
        {"edition": "large"},
        {},
    )
    for choices in sent:
        visitor.post(address(programme), filled(**choices))
    printed = printings_of(programme.episode)
    assert [(each.times, each.kind, each.apart) for each in printed] == [
        (3, "", "diary of 1 week, no review"),
        (1, "large print", ""),
        (1, "", f"diary of 2 weeks, review {review:%-d %B %Y}"),
    ]
    page = visitor.get(address(programme)).text
    assert page.count("<tr>") == 1 + 3
    assert "3 times, last" in page


def test_again_without_a_token_is_refused(visitor: Client, programme: Programme, by: User) -> None:
    paper = make.make_handout(programme, on=TODAY(), by=by)
    to = reverse("programmes:handout_again", args=[paper.code])
    assert visitor.post(to, {}).status_code == 422
    assert paper.printings.count() == 1


# --- several at once ---------------------------------------------------------------------------


def test_a_batch_has_the_paper_for_a_flare_of_who_has_one(
    visitor: Client, programme: Programme, by: User
) -> None:
    settling = make.make_programme(
        make.make_episode(make.make_patient(by=by, family_name="Tamberg"), by=by),
        at=(Stage.ISOMETRIC, 1),
        by=by,
    )
    reclassify(
        settling.episode.classifications.get(),
        phase=Phase.REACTIVE,
        reason="Warm.",
        on=TODAY(),
        by=by,
    )
    codes = [str(version_of(each).code) for each in (programme, settling)]
    visitor.post(
        reverse("programmes:papers_new"),
        {"versions": codes, "flare": "on", "form_token": str(uuid4())},
    )
    papers = PrintJob.objects.get().papers.order_by("order")
    asked = [(each.version.programme, bool(each.options.get("ahead"))) for each in papers]
    assert asked == [(programme, False), (programme, True), (settling, False)]


def test_a_leg_whose_paper_is_up_to_date_is_not_printed_with_the_other(
    programme: Programme, by: User
) -> None:
    right = make.make_programme(
        make.make_episode(programme.episode.patient, side=Side.RIGHT, by=by), by=by
    )
    make.make_handout(programme, on=TODAY(), by=by)
    (entry,) = wanted(day_list(TODAY(), clinician=by))
    assert (entry.standing.episode, entry.legs) == (right.episode, "right")
    actions.print_handout(
        entry.version, options=entry.options, form_token=uuid4(), today=TODAY(), by=by
    )
    assert programme.versions.get().handouts.count() == 1
    both = listed(day_list(TODAY(), clinician=by))
    assert [(each.legs, each.current) for each in both] == [("both legs, one sheet", True)]


def test_a_patient_with_both_legs_is_one_paper_of_the_list(programme: Programme, by: User) -> None:
    right = make.make_programme(
        make.make_episode(programme.episode.patient, side=Side.RIGHT, by=by), by=by
    )
    (entry,) = wanted(day_list(TODAY(), clinician=by))
    assert entry.legs == "both legs, one sheet"
    actions.print_handout(
        entry.version, options=entry.options, form_token=uuid4(), today=TODAY(), by=by
    )
    assert {each.version.programme for each in Handout.objects.all()} == {programme, right}
    assert wanted(day_list(TODAY(), clinician=by)) == []


# --- whose paper is out of date ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"family_name": "Novello"}, "the patient’s name"),
        ({"language": "it"}, "the patient’s language"),
        ({"large_print": True}, "how large the patient reads"),
        ({"phone": "0400 000 000"}, ""),
    ],
    ids=["name", "language", "large print", "phone"],
)
def test_a_paper_is_out_of_date_when_what_it_shows_has_changed(
    programme: Programme, by: User, change: dict[str, Any], says: str
) -> None:
    version = version_of(programme)
    patient = programme.episode.patient
    options = usual_options(patient)
    actions.print_handout(version, options=options, form_token=uuid4(), today=TODAY(), by=by)
    edit_patient(patient, version=patient.version, **change)
    (row,) = day_list(TODAY(), clinician=by)
    assert row.standing.paper_is_current is (not says)
    assert [each.because for each in wanted([row])] == ([f"changed: {says}"] if says else [])


def examined(**findings: Any) -> Callable[[Programme, User], None]:
    """What changes a paper's words though its step and its tendon stay."""

    def examine(programme: Programme, by: User) -> None:
        make.make_signed_assessment(programme.episode, examined_on=TODAY(), by=by, **findings)

    return examine


def edited(**changes: Any) -> Callable[[Programme, User], None]:
    def edit(programme: Programme, by: User) -> None:
        patient = programme.episode.patient
        edit_patient(patient, version=patient.version, **changes)

    return edit


def stepped_back_in_pain(programme: Programme, by: User) -> None:
    """A session whose morning after was worse: running is no longer as it was told."""
    session = make.make_session(
        programme, happened_on=TODAY() - timedelta(days=1), by=by, pain_before=1
    )
    record_morning(session, pain=8, stiffness_min=None, on=TODAY(), by=by)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param(edited(date_of_birth=date(1981, 2, 3)), "the date of birth", id="born"),
        pytest.param(
            examined(cortisone=True, cortisone_last_on=TODAY() - timedelta(days=20)),
            "what cortisone forbids",
            id="cortisone",
        ),
        pytest.param(
            examined(running_status="stopped"), "what is said about running", id="stopped running"
        ),
        pytest.param(stepped_back_in_pain, "what is said about running", id="flared"),
    ],
)
def test_a_paper_whose_words_would_be_others_is_out_of_date(
    programme: Programme, by: User, change: Callable[[Programme, User], None], says: str
) -> None:
    make.make_signed_assessment(
        programme.episode,
        examined_on=TODAY() - timedelta(days=1),
        by=by,
        running_status="never_stopped",
        run_pain=1,
        run_settled=True,
    )
    make.make_handout(programme, on=TODAY(), by=by)
    assert paper_changes(standing_of(programme.episode, TODAY())) == ()
    change(programme, by)
    assert says in paper_changes(standing_of(programme.episode, TODAY()))


@pytest.mark.parametrize("change", [{"language": "it"}, {"large_print": True}], ids=str)
def test_a_paper_that_fits_what_the_patient_needs_now_is_up_to_date(
    programme: Programme, by: User, change: dict[str, Any]
) -> None:
    """Printed in Italian first, then Italian is written in the record: nothing to print."""
    patient = programme.episode.patient
    fitting = {"language": "it"} if "language" in change else {"edition": "large"}
    options = {**usual_options(patient), **fitting}
    version = version_of(programme)
    actions.print_handout(version, options=options, form_token=uuid4(), today=TODAY(), by=by)
    edit_patient(patient, version=patient.version, **change)
    assert paper_changes(standing_of(programme.episode, TODAY())) == ()
