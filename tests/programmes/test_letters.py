"""Letters: one click from the record, edited, printed, then frozen; read back from the PDF."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from assessments.actions import (
    amend,
    clear_lock,
    discard_draft,
    record_heel_raise,
    save_draft,
    sign,
    strike_score,
)
from assessments.load_history import provoked_by
from assessments.models import Lock, Run, RunBatch, VisaA
from assessments.rules.terms import Location, Phase
from assessments.rules.visa import ITEM_NAMES
from patients.actions import EditedMeanwhile, discharge
from patients.models import Episode, Patient, User
from patients.rules.roles import Role
from programmes import actions
from programmes.letters import as_pdf, paragraphs
from programmes.models import Letter
from tests import make
from tests.conftest import MadeOnce
from upwell.http import Refused
from upwell.pdf import Unprintable

pytestmark = pytest.mark.django_db

REFERRER = "Dr Gwen Practice"


@pytest.fixture(scope="module", autouse=True)
def treated(made_once: MadeOnce[Episode]) -> Episode:
    def made() -> Episode:
        by = make.make_user()
        patient = make.make_patient(by=by, referrer=REFERRER)
        episode = make.make_episode(patient, by=by)
        programme = make.make_programme(episode, by=by, inflammatory=["psoriasis", "uveitis"])
        make.make_session(programme, by=by)
        scored(episode, total=74, on=make.DAY + timedelta(weeks=15))
        return episode

    return made_once(made)


@pytest.fixture
def by(treated: Episode) -> User:
    return deepcopy(treated.opened_by)


@pytest.fixture
def visitor(client: Client, by: User) -> Client:
    client.force_login(by)
    return client


@pytest.fixture
def episode(treated: Episode) -> Episode:
    """Somebody referred, examined, on heavy slow resistance, with two scores 15 weeks apart."""
    return deepcopy(treated)


def scored(episode: Episode, *, total: int, on: date) -> VisaA:
    """A complete VISA-A of this total."""
    return VisaA.objects.create(
        episode=episode,
        answered_on=on,
        items=[total // 8] * len(ITEM_NAMES),
        total=total,
        rules_version="x",
        recorded_by=episode.opened_by,
    )


def ran(episode: Episode, kilometres: dict[date, int]) -> None:
    """The log with a run on each of these days."""
    by = episode.opened_by
    batch = RunBatch.objects.create(
        patient=episode.patient,
        source="hand",
        status="kept",
        form_token=uuid4(),
        made_by=by,
        kept_by=by,
        kept_at=timezone.now(),
    )
    for day, km in kilometres.items():
        Run.objects.create(
            patient=episode.patient, batch=batch, happened_on=day, distance_m=km * 1000
        )


def report(episode: Episode, *, by: User | None = None, **values: Any) -> Letter:
    return actions.write_report(
        episode, **{"form_token": uuid4(), "on": timezone.localdate(), **values}, by=by or WRITER()
    )


def WRITER() -> User:
    user = User.objects.order_by("pk").first()
    assert user is not None
    return user


def flagged(by: User, **answers: Any) -> Lock:
    """The red flag these answers of a draft raise."""
    draft = make.make_assessment(make.make_episode(by=by), by=by, **answers)
    return draft.locks.get()


def referred(lock: Lock, by: User, **values: Any) -> Letter:
    values = {"form_token": uuid4(), "on": timezone.localdate(), **values}
    return actions.write_referral(lock, **values, by=by)


def address(letter: Letter, page: str = "letter") -> str:
    return reverse(f"programmes:{page}", args=[letter.code])


def typed(letter: Letter, **changes: Any) -> dict[str, Any]:
    """The letter's form as the browser sends it."""
    values = {
        "recipient": letter.recipient,
        "subject": letter.subject,
        "body": letter.body.replace("\n", "\r\n"),
        "dated_on": letter.dated_on.isoformat(),
        "version": letter.version,
        "form_token": str(uuid4()),
        **({"with_chart": "on"} if letter.with_chart else {}),
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def printed(letter: Letter, by: User) -> Letter:
    words = {name: getattr(letter, name) for name in WORDS}
    return actions.save_letter(letter, version=letter.version, by=by, printing=True, **words)


WORDS = ("recipient", "subject", "body", "with_chart", "dated_on")


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def text_of(letter: Letter) -> str:
    fresh = Letter.objects.select_related("episode__patient").get(pk=letter.pk)
    return " ".join(pages(as_pdf(fresh)))


# --- The report ----------------------------------------------------------------------------------


def test_one_click_makes_the_report_and_opens_it(visitor: Client, episode: Episode) -> None:
    page = visitor.get(reverse("programmes:episode", args=[episode.code]))
    assert "Letter to the GP or referrer" in page.text
    to = reverse("programmes:letter_new", args=[episode.code])
    assert f'action="{to}"' in page.text
    answer = visitor.post(to, {"form_token": str(uuid4())})
    letter = Letter.objects.get()
    assert answer["Location"] == address(letter)
    opened = visitor.get(answer["Location"])
    assert opened.status_code == 200
    for words in (REFERRER, "Left Achilles tendon: report", "midportion Achilles tendinopathy"):
        assert words in opened.text
    assert (letter.kind, letter.lock, letter.with_chart) == ("report", None, True)
    assert letter.assessment == episode.assessments.get()


def test_it_holds_the_numbers_of_the_record(episode: Episode) -> None:
    body = report(episode).body
    for words in (
        "Thank you for sending us Alex Sampleton, who was examined here on 3 March 2025",
        "1 training session is on record, on 3 March 2025.",
        "30 weeks of symptoms at the examination, an earlier episode, has stopped running.",
        "Goal: Run ten kilometres with friends.",
        "Phase by clinical findings: degenerative. Confidence in the phase is low",
        "52 of 100 (higher is better) on 3 March 2025, 74 on 16 June 2025.",
        "Change +22 points over 15 weeks: improved",
        "tender at 4 cm above the insertion",
        "one single-leg heel raise 3 of 10; light loading 1 of 10.",
        "left 15 (pain 3 of 10), right 22 (pain 0 of 10).",
        "Affected side 68.2 % of the other. Mean for age and sex 24.",
        "Inflammatory joint disease possible: psoriasis; uveitis.",
        "no cortisone at this tendon.",
        "Plan: heavy slow resistance, plan version 1, isotonic stage, step 1",
        "3 sets of 15 at 15RM",
        "Running: not yet;",
        "would you consider a rheumatology opinion?",
        "Kind regards,\nPaul Physio\nPhysiotherapist\nPHY0000000001",
    ):
        assert words in body


def test_a_letter_about_nothing_yet(by: User) -> None:
    letter = report(make.make_episode(by=by), by=by)
    assert "No examination is signed yet" in letter.body
    assert (letter.recipient, letter.with_chart, letter.assessment) == ("", False, None)


def test_a_draft_is_not_told(by: User) -> None:
    episode = make.make_assessment(by=by).episode
    assert "No examination is signed yet" in report(episode, by=by).body


def test_nothing_after_the_day_of_the_letter_is_told(episode: Episode) -> None:
    body = report(episode, on=make.DAY + timedelta(weeks=14)).body
    assert "VISA-A: 52 of 100" in body
    assert "74" not in body


def test_a_longer_run_before_onset_is_told(by: User) -> None:
    episode = make.make_episode(by=by)
    onset = make.DAY - timedelta(weeks=10)
    ran(episode, {onset - timedelta(days=days): km for days, km in ((40, 9), (20, 10), (3, 18))})
    assert "longer than" not in report(episode, by=by).body
    make.make_signed_assessment(episode, by=by, onset_on=onset)
    history = next(p for p in report(episode, by=by).body.split("\n\n") if "History:" in p)
    assert "18 km on 20 December" in history
    assert "longer than" in history


def test_the_onset_of_a_draft_is_not_told(by: User) -> None:
    episode = make.make_episode(by=by)
    onset = make.DAY - timedelta(weeks=10)
    ran(episode, {onset - timedelta(days=days): km for days, km in ((40, 9), (20, 10), (3, 18))})
    values: dict[str, Any] = {"by": by, "duration_weeks": None, "phase": Phase.DEGENERATIVE}
    make.make_signed_assessment(episode, **values)
    del values["phase"]
    draft = make.make_assessment(episode, onset_on=onset, **values)
    assert "longer than" not in report(episode, by=by).body
    # The clinician's own page does read it, until the draft is set aside.
    assert provoked_by(episode, on=make.DAY).onset is not None
    discard_draft(draft, reason="Examined twice.", by=by)
    assert provoked_by(episode, on=make.DAY).onset is None


LOADED: dict[str, Any] = {"left_straight_kg": Decimal(30), "left_straight_reps": 8}


def test_a_day_of_loaded_raises_leaves_the_last_count(episode: Episode, by: User) -> None:
    later = make.DAY + timedelta(weeks=4)
    record_heel_raise(episode, form_token=uuid4(), on=later, by=by, **LOADED)
    assert "left 15 (pain 3 of 10), right 22 (pain 0 of 10)." in report(episode, by=by).body
    uncounted = dict.fromkeys(("left_repetitions", "right_repetitions"))
    draft = make.make_assessment(
        episode, by=by, examined_on=later, infection=["fever"], **uncounted | LOADED
    )
    assert "left 15" in referred(draft.locks.get(), by).body


def test_a_letter_can_follow_the_discharge(visitor: Client, episode: Episode, by: User) -> None:
    discharge(episode, outcome="improved", note="", on=timezone.localdate(), by=by)
    to = reverse("programmes:letter_new", args=[episode.code])
    assert visitor.post(to, {"form_token": str(uuid4())}).status_code == 302
    letter = Letter.objects.get()
    assert visitor.post(address(letter), typed(letter, subject="Discharge")).status_code == 302
    assert Letter.objects.get().subject == "Discharge"


@pytest.mark.parametrize("sent", [{}, {"form_token": "x"}, {"form_token": ""}], ids=str)
@pytest.mark.parametrize("page", ["letter_new", "referral_new"])
def test_a_click_without_its_token_makes_nothing(
    visitor: Client, by: User, page: str, sent: dict[str, str]
) -> None:
    lock = flagged(by, rupture=["calf_squeeze_positive"])
    code = lock.code if page == "referral_new" else lock.episode.code
    answer = visitor.post(reverse(f"programmes:{page}", args=[code]), sent)
    assert answer.status_code == 422
    assert "This page is out of date." in answer.text
    assert not Letter.objects.exists()


# --- The referral --------------------------------------------------------------------------------

FLAGS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "RF01": (
        {"rupture": ["calf_squeeze_positive"]},
        "Emergency department",
        ("please see this patient today", "Yes: calf squeeze", "Suspect a tendon rupture."),
    ),
    "RF02": (
        {"clot": ["calf_3cm_larger", "pitting_oedema"]},
        "Emergency department",
        ("Wells score 2", "pitting oedema of this leg only"),
    ),
    "RF03": (
        {
            "fluoroquinolone": True,
            "fluoroquinolone_last_on": make.DAY - timedelta(days=11),
            "medication_note": "Ciprofloxacin 500 mg",
        },
        "",
        ("last dose on 20 February 2025, 11 days before the examination", "Ciprofloxacin 500 mg."),
    ),
    "RF07": ({"bone": ["focal_bone_tenderness"]}, "", ("imaging for a stress fracture",)),
    "RF08": ({"infection": ["fever"]}, "Emergency department", ("Yes: fever.",)),
    "RF11": ({"tumour": ["unexplained_weight_loss"]}, "", ("Yes: unexplained weight loss.",)),
}


@pytest.mark.parametrize("flag", FLAGS)
def test_the_referral_is_ready_with_the_draft(visitor: Client, by: User, flag: str) -> None:
    answers, recipient, expected = FLAGS[flag]
    lock = flagged(by, **answers)
    assert lock.flag == flag
    to = reverse("programmes:referral_new", args=[lock.code])
    answer = visitor.post(to, {"form_token": str(uuid4())})
    letter = Letter.objects.get()
    assert answer["Location"] == address(letter)
    assert (letter.kind, letter.lock, letter.assessment) == ("referral", lock, lock.assessment)
    assert (letter.recipient, letter.with_chart) == (recipient, False)
    for words in (*expected, "locked since", "not signed yet", "Paul Physio"):
        assert words in letter.body
    page = visitor.get(address(letter)).text
    assert ("Phone as well, today" in page) == (recipient == "Emergency department")
    assert "What you told the patient is not on record" in page


def test_a_referral_begun_is_gone_on_with_until_it_is_printed(by: User) -> None:
    lock = flagged(by, infection=["fever"])
    begun = referred(lock, by)
    assert referred(lock, by) == begun
    again = referred(lock, by, again=True)
    assert again != begun
    printed(begun, by)
    printed(again, by)
    assert referred(lock, by) not in (begun, again)


def test_a_referral_after_the_clearing_says_so(by: User) -> None:
    lock = flagged(by, infection=["fever"])
    clear_lock(lock, reason="Seen by the hospital", by=by)
    body = referred(lock, by).body
    assert "by Paul Physio: Seen by the hospital." in body
    assert "locked since" not in body


def test_a_referral_describes_the_examination_as_amended(by: User) -> None:
    original = make.make_signed_assessment(
        make.make_episode(by=by), by=by, bone=["focal_bone_tenderness"]
    )
    lock = original.locks.get()
    newest = original
    for pain in (6, 8):
        draft = amend(newest, reason="Misread.", by=by)
        values = {"sl_heel_raise_pain": pain}
        draft = save_draft(draft, values, version=draft.version, by=by)
        assert f"raise {newest.sl_heel_raise_pain} of 10" in referred(lock, by, again=True).body
        newest = sign(
            draft,
            location=Location.MIDPORTION,
            phase=Phase.DEGENERATIVE,
            reason="As before.",
            version=draft.version,
            by=by,
        )
    letter = referred(lock, by, again=True)
    assert "raise 8 of 10" in letter.body
    assert letter.assessment == newest


PLACES = ("assessments:detail", "programmes:episode", "assessments:lock_clear")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("signed", [False, True], ids=["draft", "signed"])
def test_the_referral_is_one_click_from_every_lock(
    visitor: Client, by: User, place: str, signed: bool
) -> None:
    build = make.make_signed_assessment if signed else make.make_assessment
    assessment = build(make.make_episode(by=by), by=by, bone=["focal_bone_tenderness"])
    lock = assessment.locks.get()
    codes = (assessment.code, assessment.episode.code, lock.code)
    page = visitor.get(reverse(place, args=[dict(zip(PLACES, codes, strict=True))[place]]))
    to = reverse("programmes:referral_new", args=[lock.code])
    assert f'action="{to}"' in page.text
    assert "Save the draft: the referral letter is ready then." not in page.text
    clear_lock(lock, reason="The scan was clear.", by=by)
    page = visitor.get(reverse(place, args=[dict(zip(PLACES, codes, strict=True))[place]]))
    assert f'action="{to}"' not in page.text


def test_the_live_panel_says_when_the_letter_will_be_ready(visitor: Client, by: User) -> None:
    from tests.assessments.test_assessment_form import typed as answers

    episode = make.make_episode(by=by)
    to = reverse("assessments:findings", args=[episode.code])
    waits = "Save the draft: the referral letter is ready then."
    assert waits not in visitor.post(to, answers(episode)).text
    sent = answers(episode, rupture=["calf_squeeze_positive"])
    assert waits in visitor.post(to, sent).text
    saved = visitor.post(reverse("assessments:new", args=[episode.code]), sent)
    assert saved.status_code == 302
    panel = visitor.post(to, sent).text
    assert waits not in panel
    assert reverse("programmes:referral_new", args=[Lock.objects.get().code]) in panel


# --- Writing -------------------------------------------------------------------------------------


def test_what_is_typed_is_stored(visitor: Client, episode: Episode) -> None:
    letter = report(episode)
    sent = typed(
        letter,
        recipient="Dr Ada Surgeon\r\n1 High Street",
        subject="Second opinion",
        body="Dear Ada,\r\n\r\nPlease see her.",
        dated_on="2025-06-20",
        with_chart=None,
    )
    assert visitor.post(address(letter), sent)["Location"] == address(letter)
    letter.refresh_from_db()
    assert letter.recipient == "Dr Ada Surgeon\n1 High Street"
    assert letter.body == "Dear Ada,\n\nPlease see her."
    assert (letter.subject, letter.with_chart) == ("Second opinion", False)
    assert (letter.dated_on, letter.version) == (date(2025, 6, 20), 2)
    assert letter.printed_at is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": ""}, "Write what the letter is about"),
        ({"subject": "x" * 201}, "at most 200 characters"),
        ({"body": "  "}, "Write the letter"),
        ({"body": "x" * 20_001}, "at most 20000 characters"),
        ({"recipient": "x" * 501}, "at most 500 characters"),
        ({"dated_on": ""}, "Give the letter a date"),
        ({"dated_on": "2999-01-01"}, "This date is in the future"),
        ({"dated_on": "soon"}, "Enter a valid date."),
        ({"body": "a\0b"}, "Null characters are not allowed."),
        ({"version": "x"}, "Enter a whole number."),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, dict) else "",
)
def test_a_refused_letter_keeps_all_that_was_typed(
    visitor: Client, episode: Episode, change: dict[str, str], says: str
) -> None:
    letter = report(episode)
    sent = {**typed(letter), "recipient": "Dr Typed Otherwise", **change}
    answer = visitor.post(address(letter), {**sent, "print": "1"})
    assert answer.status_code == 422
    assert says in answer.text
    if "recipient" not in change:
        assert "Dr Typed Otherwise" in answer.text
    letter.refresh_from_db()
    assert (letter.version, letter.printed_at, letter.recipient) == (1, None, REFERRER)


def test_the_second_to_save_sees_both_texts_and_loses_nothing(
    visitor: Client, episode: Episode
) -> None:
    letter = report(episode)
    mine = typed(letter, body="My own words.", with_chart=None)
    visitor.post(address(letter), typed(letter, body="Words of a colleague."))
    answer = visitor.post(address(letter), {**mine, "print": "1"})
    assert answer.status_code == 409
    assert "Somebody else saved this letter while you were typing" in answer.text
    assert answer.text.count("My own words.") == 2
    assert "Words of a colleague." in answer.text
    assert "Picture of" not in answer.text
    letter.refresh_from_db()
    assert (letter.body, letter.printed_at) == ("Words of a colleague.", None)
    again = visitor.post(address(letter), {**mine, "replaces": letter.version})
    assert again.status_code == 302
    letter.refresh_from_db()
    assert letter.body == "My own words."


def test_the_same_save_twice_is_one(visitor: Client, episode: Episode) -> None:
    letter = report(episode)
    sent = typed(letter, subject="Once")
    assert [visitor.post(address(letter), sent).status_code for _ in range(2)] == [302, 302]
    letter.refresh_from_db()
    assert letter.version == 2


# --- Printing and after --------------------------------------------------------------------------


def test_printing_saves_freezes_and_opens_the_pdf(
    visitor: Client, by: User, episode: Episode
) -> None:
    letter = report(episode)
    sent = typed(letter, subject="As sent", print="1")
    for _ in range(2):
        answer = visitor.post(address(letter), sent)
        assert answer["Location"] == address(letter, "letter_pdf")
    letter.refresh_from_db()
    assert (letter.subject, letter.printed_by, letter.version) == ("As sent", by, 2)
    assert letter.printed_at is not None
    page = visitor.get(address(letter)).text
    assert "It no longer changes." in page
    assert "<textarea" not in page
    assert address(letter, "letter_pdf") in page


def test_a_printed_letter_never_changes(visitor: Client, by: User, episode: Episode) -> None:
    letter = printed(report(episode), by)
    before = Letter.objects.values().get()
    sent = typed(letter, version=letter.version, body="Otherwise.")
    answer = visitor.post(address(letter), {**sent, "print": "1"})
    assert answer.status_code == 409
    assert "Paul Physio printed this letter while you were typing" in answer.text
    assert "Otherwise." in answer.text
    with pytest.raises(EditedMeanwhile):
        actions.save_letter(letter, version=letter.version, by=by, subject="x", body="y")
    for change in ({"body": "x"}, {"printed_at": None, "printed_by": None}, {"with_chart": False}):
        with pytest.raises(DatabaseError, match="annot update"), transaction.atomic():
            Letter.objects.filter(pk=letter.pk).update(**change)
    assert Letter.objects.values().get() == before


def test_words_typed_while_it_was_printed_can_be_kept_as_a_new_letter(
    visitor: Client, by: User, episode: Episode
) -> None:
    letter = printed(report(episode), by)
    sent = typed(letter, body="My own words.", as_new="1")
    answers = [visitor.post(address(letter), sent) for _ in range(2)]
    new = Letter.objects.exclude(pk=letter.pk).get()
    assert [answer["Location"] for answer in answers] == [address(new)] * 2
    assert (new.body, new.printed_at, new.version) == ("My own words.", None, 1)
    assert (new.recipient, new.kind) == (REFERRER, "report")


def test_a_new_one_from_a_printed_one_is_signed_by_who_writes_it(
    client: Client, by: User, episode: Episode
) -> None:
    letter = printed(report(episode), by)
    other = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    client.force_login(other)
    page = client.get(address(letter)).text
    assert f'name="source" value="{letter.code}"' in page
    to = reverse("programmes:letter_new", args=[episode.code])
    answer = client.post(to, {"form_token": str(uuid4()), "source": str(letter.code)})
    new = Letter.objects.exclude(pk=letter.pk).get()
    assert answer["Location"] == address(new)
    assert (new.written_by, new.dated_on, new.printed_at) == (other, timezone.localdate(), None)
    assert new.body.endswith("Edith Exercise\nAccredited exercise physiologist\nESSA 000001")
    assert new.body.split("Kind regards")[0] == letter.body.split("Kind regards")[0]


def test_a_copy_of_a_referral_stays_one(by: User) -> None:
    lock = flagged(by, infection=["fever"])
    letter = printed(referred(lock, by), by)
    copy = report(lock.episode, by=by, source=letter.code)
    assert (copy.kind, copy.lock, copy.body) == ("referral", lock, letter.body)


def test_a_letter_of_somebody_else_is_no_source(by: User, episode: Episode) -> None:
    other = report(make.make_episode(make.make_patient(by=by), by=by), by=by)
    for source in (other.code, uuid4()):
        with pytest.raises(Refused, match="not one of this episode"):
            report(episode, source=source)


def test_letters_are_listed_with_their_state(visitor: Client, by: User, episode: Episode) -> None:
    printed(report(episode, on=date(2025, 6, 20)), by)
    report(episode)
    text = visitor.get(reverse("programmes:episode", args=[episode.code])).text
    listed = text[text.index('id="letters-title"') :]
    assert "20 Jun 2025" in listed
    assert listed.count("printed ") == 1
    assert listed.count(">draft<") == 1


def test_the_signed_examination_offers_the_letter(visitor: Client, episode: Episode) -> None:
    assessment = episode.assessments.get()
    page = visitor.get(reverse("assessments:detail", args=[assessment.code])).text
    assert f'action="{reverse("programmes:letter_new", args=[episode.code])}"' in page


# --- The paper -----------------------------------------------------------------------------------


def test_the_pdf_is_the_letter(visitor: Client, by: User, episode: Episode) -> None:
    letter = printed(report(episode), by)
    answer = visitor.get(address(letter, "letter_pdf"))
    assert answer["Content-Type"] == "application/pdf"
    name = f"letter-{letter.dated_on.isoformat()}.pdf"
    assert answer["Content-Disposition"] == f'inline; filename="{name}"'
    text = " ".join(pages(answer.content))
    for words in (
        settings.PRACTICE_NAME,
        settings.PRACTICE_CONTACT,
        REFERRER,
        "Alex Sampleton, born 31 January 1980, record U",
        "Left Achilles tendon: report",
        "74 on 16 June 2025",
        "68.2 % of the other",
        "3 sets of 15 at 15RM",
        "Paul Physio",
        "PHY0000000001",
        "Signature",
        f"{letter.dated_on:%-d %B %Y}, page 1 of 2",
    ):
        assert words in text
    assert "raft" not in text


def test_a_draft_is_marked_on_every_page(episode: Episode) -> None:
    letter = report(episode)
    Letter.objects.filter(pk=letter.pk).update(body="Word. \n\n" * 120)
    letter.refresh_from_db()
    found = pages(as_pdf(letter))
    assert len(found) > 2
    assert "draft, not sent" in found[0].lower()
    for number, page in enumerate(found, start=1):
        assert f"Draft, page {number} of {len(found)}" in page
        assert "Alex Sampleton, born 31 January 1980, U" in page


def test_it_is_tagged_and_its_metadata_name_nobody(by: User, episode: Episode) -> None:
    reader = PdfReader(BytesIO(as_pdf(printed(report(episode), by))))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-AU"
    told = f"{reader.metadata} {reader.xmp_metadata and reader.xmp_metadata.stream.get_data()!r}"
    assert "Letter of" in told
    assert settings.PRACTICE_NAME in told
    for name in ("Sampleton", "Alex", "1980", "Gwen"):
        assert name not in told


def test_the_picture_has_words_for_who_cannot_see_it(episode: Episode) -> None:
    letter = report(episode)
    with_it = as_pdf(letter)
    assert "VISA-A until" in " ".join(pages(with_it))
    assert _alternatives(with_it)
    letter.with_chart = False
    without = as_pdf(letter)
    assert "VISA-A until" not in " ".join(pages(without))
    assert not _alternatives(without)


def _alternatives(pdf: bytes) -> list[str]:
    """The alternative texts of the figures in the PDF."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure" and node.get("/Alt"):
                found.append(str(node["/Alt"]))
            if "/K" in node:
                walk(node["/K"])

    walk(PdfReader(BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])  # type: ignore[index]
    return found


def _scored_later(episode: Episode) -> None:
    scored(episode, total=90, on=make.DAY + timedelta(weeks=17))


def _scored_before_but_entered_later(episode: Episode) -> None:
    scored(episode, total=60, on=make.DAY + timedelta(weeks=8))


def _score_struck_out(episode: Episode) -> None:
    strike_score(episode.visas.get(total=74), reason="Another patient's.", by=episode.opened_by)


def _name_corrected(episode: Episode) -> None:
    Patient.objects.filter(pk=episode.patient_id).update(family_name="Sampletown")


def _writer_retired(episode: Episode) -> None:
    User.objects.filter(pk=episode.opened_by_id).update(professional_title="Retired")
    report(episode, by=make.make_user(Role.EXERCISE_PHYSIOLOGIST))


@pytest.mark.parametrize(
    "happens",
    [
        _scored_later,
        _scored_before_but_entered_later,
        _score_struck_out,
        _name_corrected,
        _writer_retired,
    ],
    ids=lambda each: each.__name__.strip("_"),
)
def test_the_same_bytes_whatever_comes_later(
    visitor: Client,
    by: User,
    episode: Episode,
    happens: Callable[[Episode], None],
) -> None:
    letter = printed(report(episode, on=make.DAY + timedelta(weeks=16)), by)
    first = visitor.get(address(letter, "letter_pdf")).content
    assert "VISA-A until" in " ".join(pages(first))
    happens(episode)
    with override_settings(PRACTICE_NAME="Under another name"):
        assert visitor.get(address(letter, "letter_pdf")).content == first


def test_the_bytes_are_kept_once_and_read_only_when_asked_for(by: User, episode: Episode) -> None:
    letter = report(episode)
    assert letter.printed_pdf is None
    letter = printed(letter, by)
    assert "printed_pdf" in letter.get_deferred_fields()
    assert bytes(letter.printed_pdf or b"").startswith(b"%PDF")
    history = Letter.pgh_event_model._meta  # type: ignore[attr-defined]
    assert "printed_pdf" not in {field.name for field in history.get_fields()}


def test_who_prints_signs(visitor: Client, episode: Episode) -> None:
    letter = report(episode)
    other = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    visitor.force_login(other)
    assert visitor.post(address(letter), typed(letter)).status_code == 302
    letter.refresh_from_db()
    assert letter.body.endswith("Paul Physio\nPhysiotherapist\nPHY0000000001")
    sent = typed(letter, print="1")
    for _ in range(2):
        answer = visitor.post(address(letter), sent)
        assert answer["Location"] == address(letter, "letter_pdf")
    kept = Letter.objects.get()
    assert (kept.printed_by, kept.written_by) == (other, letter.written_by)
    assert kept.body.endswith("Edith Exercise\nAccredited exercise physiologist\nESSA 000001")
    assert kept.body.split("Kind regards")[0] == letter.body.split("Kind regards")[0]
    text = " ".join(pages(visitor.get(answer["Location"]).content))
    assert "ESSA 000001" in text
    assert "PHY0000000001" not in text


def test_a_sign_off_written_by_hand_is_left(by: User, episode: Episode) -> None:
    letter = report(episode)
    other = make.make_user(Role.EXERCISE_PHYSIOLOGIST)
    words = {name: getattr(letter, name) for name in WORDS} | {"body": "As agreed.\n\nThe team"}
    kept = actions.save_letter(letter, version=1, by=other, printing=True, **words)
    assert kept.body == "As agreed.\n\nThe team"


def test_a_letter_without_a_score_prints_without_a_picture(by: User) -> None:
    letter = report(make.make_episode(by=by), by=by)
    letter.with_chart = True
    assert "VISA-A until" not in " ".join(pages(as_pdf(letter)))


def test_a_typical_letter_is_one_page_and_the_picture(episode: Episode) -> None:
    letter = report(episode)
    letter.printed_at = timezone.now()
    found = pages(as_pdf(letter))
    assert len(found) <= 2
    assert "Signature" in found[0]
    letter.with_chart = False
    assert len(pages(as_pdf(letter))) == 1


HOSTILE = {
    "markup": "<script>alert(1)</script> & <b>bold</b> <img src=x onerror=y>",
    "long word": "Donaudampfschiff" * 60,
    "other scripts": "Größe Ωμέγα Жанна 漢字 العربية 😀",
    "template": "{{ letter.code }} {% now 'Y' %}",
    "control": "bell \x07 escape \x1b form feed \x0c end",
    "address": '"><svg><image href="http://127.0.0.1:9/x"/></svg>',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_are_only_words(visitor: Client, episode: Episode, name: str) -> None:
    letter = report(episode)
    words = HOSTILE[name]
    sent = typed(letter, subject=words[:200], body=f"Dear colleague,\n\n{words}", recipient="<b>x")
    sent["recipient"] = words[:500]
    assert visitor.post(address(letter), sent).status_code == 302
    page = visitor.get(address(letter)).text
    assert "<script>alert" not in page
    assert "<b>bold" not in page
    assert "<svg><image" not in page
    answer = visitor.get(address(letter, "letter_pdf"))
    assert answer.status_code == 200
    text = " ".join(pages(answer.content))
    if name == "markup":
        assert "<script>alert(1)</script> & <b>bold</b>" in text
    if name == "template":
        assert "{{ letter.code }} {% now 'Y' %}" in text
    if name == "long word":
        assert text.replace(" ", "").count("Donaudampfschiff") >= 60
    answer = visitor.post(address(letter), {**sent, "version": 2, "print": "1"})
    assert answer.status_code == 302
    page = visitor.get(address(letter)).text
    assert "<script>alert" not in page
    assert "<b>bold" not in page


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("One.", [("", ("One.",))]),
        ("One.\n\nTwo.", [("", ("One.",)), ("", ("Two.",))]),
        ("One.\n  \t\n\n\nTwo,\nlines.", [("", ("One.",)), ("", ("Two,", "lines."))]),
        ("Plan: rest.\n- a", [("Plan:", ("rest.", "- a"))]),
        ("Plans: rest.", [("", ("Plans: rest.",))]),
        ("Plan:", [("Plan:", ("",))]),
        ("\n\n", []),
    ],
)
def test_blank_lines_part_paragraphs(body: str, expected: list[Any]) -> None:
    assert [(each.label, each.lines) for each in paragraphs(body)] == expected


def test_where_this_machine_cannot_print_the_reason_is_said(
    visitor: Client, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    from programmes import letters

    def fail(*_: object) -> bytes:
        raise Unprintable("Printing needs the Pango library.")

    letter = report(episode)
    monkeypatch.setattr(letters, "render_pdf", fail)
    answer = visitor.get(address(letter, "letter_pdf"))
    assert answer.status_code == 422
    assert "Printing needs the Pango library." in answer.text
    # Nothing is frozen that was not printed, and what was typed stays.
    answer = visitor.post(address(letter), typed(letter, subject="As typed", print="1"))
    assert answer.status_code == 422
    assert "Printing needs the Pango library." in answer.text
    assert "As typed" in answer.text
    assert Letter.objects.get().printed_at is None


def test_reception_reads_no_letter(client: Client, by: User, episode: Episode) -> None:
    letter = report(episode)
    client.force_login(make.make_user(Role.RECEPTION))
    for page in ("letter", "letter_pdf"):
        answer = client.get(address(letter, page))
        assert answer.status_code == 403
        assert b"Sampleton" not in answer.content


def test_one_token_is_one_letter(by: User, episode: Episode) -> None:
    token = UUID(int=7)
    first = report(episode, form_token=token)
    assert report(episode, form_token=token) == first
    with pytest.raises(Refused, match="sent before with other answers"):
        report(episode, form_token=token, source=first.code)
