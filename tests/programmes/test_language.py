"""Papers in the patient's language: the catalogues are complete, and a whole paper reads so."""

import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter
from typing import Any

import polib  # type: ignore[import-untyped]
import pypdfium2  # type: ignore[import-untyped]
import pytest
from django.db.models.signals import post_init
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from assessments.rules.terms import Stage
from patients import actions as patient_actions
from patients.models import Patient
from patients.rules.roles import Role
from patients.rules.terms import Language, Side
from programmes.actions.papers import order_for
from programmes.handout import Order, Sheet, html_of, sheet_of
from programmes.language import described, paper_language
from programmes.management.catalogue import (
    Message,
    Unreadable,
    catalogue_path,
    languages,
    messages,
    messages_of_source,
    messages_of_template,
    updated,
)
from programmes.models import Item, Programme, Version
from programmes.rules import words
from programmes.rules.terms import Protocol
from programmes.rules.words import say
from tests.make import (
    DAY,
    INSERTIONAL,
    MIDPORTION,
    REACTIVE,
    make_episode,
    make_patient,
    make_programme,
    make_user,
)
from tests.paper_checks import EMPTY_TABLE, assert_accessible, fonts_of, text_of
from upwell.pdf import html_to_pdf

CODES = [each.value for each in Language if each is not Language.ENGLISH]
TEMPLATE_PLACE = re.compile(r"%\(\w+\)s")


def places(text: str) -> list[str]:
    """The places for values in a message, of rules and of templates; of library texts none."""
    rules = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return sorted(rules + TEMPLATE_PLACE.findall(text))


@pytest.fixture(params=CODES)
def catalogue(request: pytest.FixtureRequest) -> Any:
    return polib.pofile(str(catalogue_path(request.param)), wrapwidth=100)


def test_every_language_of_the_patient_form_has_a_catalogue() -> None:
    assert list(languages()) == sorted(CODES)


def test_the_catalogue_has_every_message_and_no_other(catalogue: Any) -> None:
    wanted = {(each.context, each.text, each.plural) for each in messages()}
    kept = {(each.msgctxt, each.msgid, each.msgid_plural or None) for each in catalogue}
    assert wanted - kept == set(), "run: manage.py words"
    assert kept - wanted == set(), "run: manage.py words"
    assert len(wanted) > 200


def test_everything_is_translated_and_nothing_is_a_guess(catalogue: Any) -> None:
    assert [each.msgid for each in catalogue.untranslated_entries()] == []
    assert [each.msgid for each in catalogue.fuzzy_entries()] == []
    assert [each.msgid for each in catalogue.obsolete_entries()] == []
    assert catalogue.percent_translated() == 100


def test_the_compiled_catalogue_is_the_readable_one(catalogue: Any) -> None:
    compiled = Path(catalogue.fpath).with_suffix(".mo").read_bytes()
    assert catalogue.to_binary() == compiled, "run: manage.py words"


def test_the_catalogue_is_written_as_the_command_writes_it(catalogue: Any) -> None:
    assert str(updated(catalogue)) == Path(catalogue.fpath).read_text().rstrip("\n") + "\n"


def test_values_have_the_same_places_in_both_languages(catalogue: Any) -> None:
    for entry in catalogue:
        said = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        wanted = {tuple(places(each)) for each in (entry.msgid, entry.msgid_plural) if each}
        for text in said:
            assert tuple(places(text)) in wanted, entry.msgid
        for text in (entry.msgid, *said):
            # A name and no more: a place may not reach into a value.
            assert all(re.fullmatch(r"\w+|%\(\w+\)s", each) for each in places(text)), text


def test_a_translation_begins_and_ends_as_the_message_does(catalogue: Any) -> None:
    """Capital or not, full stop or not: lines are put together from such parts."""
    for entry in catalogue:
        said = entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]
        for text in said:
            assert text == text.strip()
            assert "  " not in text
            if entry.msgctxt != "decimal sign":
                assert (text[-1] in ".:?!") == (entry.msgid[-1] in ".:?!"), (entry.msgid, text)


class TestFindingMessages:
    def test_in_a_module(self) -> None:
        source = (
            'say("One.")\nx = words.say_as("month", "May")\n'
            'say_counted(len(a), "{count} leg" " more", "{count} legs", name="No.")\nsaid("Not.")\n'
        )
        assert [(each.context, each.text, each.plural) for each in found(source)] == [
            (None, "One.", None),
            ("month", "May", None),
            (None, "{count} leg more", "{count} legs"),
        ]

    @pytest.mark.parametrize(
        "source", ["say(name)", 'say(f"a{b}")', 'say_counted(1, "a")', 'say_as("a", b)', "say(1)"]
    )
    def test_a_message_must_be_written_out(self, source: str) -> None:
        with pytest.raises(Unreadable, match=r"a\.py:1"):
            found(source)

    def test_in_a_template(self) -> None:
        source = (
            '{% translate "One: 5 %." %}{% translate "May" context "month" %}'
            "{% blocktranslate trimmed with a=b %}\n  50 % of\n  {{ a }}.\n{% endblocktranslate %}"
            "{% blocktranslate count n=n %}{{ n }} leg{% plural %}{{ n }} legs"
            "{% endblocktranslate %} Not."
        )
        said = list(messages_of_template(source, "a.html"))
        assert [(each.context, each.text, each.plural) for each in said] == [
            (None, "One: 5 %%.", None),
            ("month", "May", None),
            (None, "50 %% of %(a)s.", None),
            (None, "%(n)s leg", "%(n)s legs"),
        ]

    @pytest.mark.parametrize(
        "source",
        [
            "{% translate name %}",
            '{% translate "One."|upper %}',
            '{{ _("One.") }}',
            "{% blocktranslate %}{% if a %}One.{% endif %}{% endblocktranslate %}",
        ],
    )
    def test_a_template_s_message_must_be_written_out(self, source: str) -> None:
        with pytest.raises(Unreadable, match=r"a\.html:1"):
            list(messages_of_template(source, "a.html"))


def found(source: str) -> list[Message]:
    return list(messages_of_source(source, "a.py"))


def test_rules_and_templates_speak_the_paper_s_language_and_nobody_else() -> None:
    before = translation.get_language()
    with paper_language("it") as paper:
        assert (paper.tag, paper.direction) == ("it", "ltr")
        assert say("every day") == gettext("every day") == "ogni giorno"
        with paper_language("en") as english:
            assert (english.tag, english.direction) == ("en-AU", "ltr")
            assert say("every day") == gettext("every day") == "every day"
    assert translation.get_language() == before
    assert say("every day") == gettext("every day") == "every day"


@pytest.mark.parametrize("code", ["ar", "he", "fa", "ur", "ar-EG"])
def test_languages_from_right_to_left(code: str) -> None:
    assert described(code).direction == "rtl"


@pytest.fixture
def reception(client: Client) -> Client:
    client.force_login(make_user(Role.RECEPTION))
    return client


def details(**overrides: Any) -> dict[str, Any]:
    return {
        "family_name": "Sampleton",
        "given_name": "Alex",
        "date_of_birth": "1980-01-31",
        "sex": "F",
        **overrides,
    }


@pytest.mark.django_db
class TestThePatientsSetting:
    def test_a_new_patient_s_papers_are_english_unless_said(self, reception: Client) -> None:
        form = reception.get(reverse("patients:new")).text
        assert re.search(r'name="language" value="en"[^>]* checked', form)
        assert not re.search(r'name="large_print"[^>]* checked', form)
        token = re.search(r'name="form_token" value="([^"]+)"', form)
        assert token
        sent = details(form_token=token[1], language="it", large_print="on")
        page = reception.get(reception.post(reverse("patients:new"), sent)["Location"]).text
        assert "Italiano, large print" in page
        patient = Patient.objects.get()
        assert (patient.language, patient.large_print) == ("it", True)
        form = reception.get(reverse("patients:edit", args=[patient.code])).text
        assert re.search(r'name="language" value="it"[^>]* checked', form)
        assert re.search(r'name="large_print"[^>]* checked', form)

    @pytest.mark.parametrize("code", ["xx", "ar", "<b>", "IT"])
    def test_a_language_there_is_no_catalogue_of(self, reception: Client, code: str) -> None:
        patient = make_patient()
        sent = details(version=patient.version, language=code)
        answer = reception.post(reverse("patients:edit", args=[patient.code]), sent)
        assert answer.status_code == 422
        assert 'id="id_language_error"' in answer.text
        patient.refresh_from_db()
        assert patient.language == "en"

    def test_a_form_opened_before_there_was_the_choice_changes_nothing(
        self, reception: Client
    ) -> None:
        patient = make_patient(language="it")
        sent = details(version=patient.version)
        answer = reception.post(reverse("patients:edit", args=[patient.code]), sent)
        assert answer.status_code == 302
        patient.refresh_from_db()
        assert patient.language == "it"

    def test_the_second_to_save_sees_what_papers_the_first_chose(self, reception: Client) -> None:
        patient = make_patient()
        patient_actions.edit_patient(
            patient, version=patient.version, language="it", large_print=True
        )
        sent = details(version=patient.version, language="en")
        answer = reception.post(reverse("patients:edit", args=[patient.code]), sent)
        assert answer.status_code == 409
        shown = " ".join(re.sub("<[^>]+>", " ", answer.text).split())
        assert "Saved meanwhile In your form" in shown
        assert "Italiano English" in shown
        patient.refresh_from_db()
        assert patient.language == "it"

    def test_the_history_keeps_the_change(self) -> None:
        patient = make_patient()
        patient_actions.edit_patient(patient, version=patient.version, language="it")
        told = patient.events.order_by("pgh_id").values_list("language", flat=True)  # type: ignore[attr-defined]
        assert list(told) == ["en", "it"]

    def test_the_site_stays_english(self, reception: Client) -> None:
        patient = make_patient(language="it")
        page = reception.get(
            reverse("patients:detail", args=[patient.code]), headers={"Accept-Language": "it"}
        )
        assert '<html lang="en' in page.text
        assert "Edit details" in page.text


LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه"
ARABIC = str.maketrans("abcdefghijklmnopqrstuvwxyz", LETTERS)
PLACE = re.compile(r"(\{\w+\}|%\(\w+\)s)")


def in_arabic_letters(message: str) -> str:
    """The message with each letter an Arabic one and the places for values as they were."""
    parts = PLACE.split(message)
    parts[::2] = [each.lower().translate(ARABIC) for each in parts[::2]]
    return "".join(parts)


@pytest.fixture
def arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> str:
    """A language written from right to left that only this test speaks: every message is in it."""
    spoken = polib.POFile()
    spoken.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for each in messages():
        forms = [in_arabic_letters(text) for text in (each.text, each.plural) if text]
        entry = polib.POEntry(msgctxt=each.context, msgid=each.text)
        if each.plural:
            entry.msgid_plural, entry.msgstr_plural = each.plural, dict(enumerate(forms))
        else:
            entry.msgstr = forms[0]
        spoken.append(entry)
    folder = tmp_path / "ar" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    spoken.save_as_mofile(str(folder / "django.mo"))
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    settings.LOCALE_PATHS = [tmp_path]
    return "ar"


class Told(HTMLParser):
    """What a page tells: its text, the titles of its pictures, and what its styles print."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"alt", "aria-label", "title"} or name.startswith("data-"):
                self.said.append(value or "")

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def paper_in(programme: Programme, code: str, **options: Any) -> Sheet:
    """The sheet of the current step in this language."""
    version: Version | None = Version.objects.in_force(programme)
    assert version is not None
    assert programme.current_step is not None
    chosen = {"diary": True, "next_review": "2027-03-01", "language": code, **options}
    order = Order(version=version, step=programme.current_step, options=chosen, on=DAY)
    return sheet_of(order, ("ABCDEFGH", "HGFEDCBA"))


def english_left(sheet: Sheet) -> set[str]:
    """Latin words on a paper that are no names, units or codes."""
    told = " ".join(Told(html_of(sheet).partition("<body")[2]).said)
    for value in (sheet.practice, sheet.contact, sheet.record_number, *sheet.clinicians):
        told = told.replace(value, "")
    return set(re.findall(r"[A-Za-z]{2,}", told)) - {"kg", "km", "ABCD", "EFGH", "HGFE", "DCBA"}


PLANS = [
    pytest.param({**MIDPORTION, "at": (Stage.ISOMETRIC, 1)}, {}, id="isometric"),
    pytest.param({**REACTIVE}, {"flare": True}, id="flare"),
    pytest.param({**MIDPORTION}, {"flare": True, "ahead": True}, id="flare, kept"),
    pytest.param({**INSERTIONAL}, {"weeks": 2}, id="insertional"),
    pytest.param({**MIDPORTION, "protocol": Protocol.SILB}, {"edition": "large"}, id="large"),
    pytest.param({**MIDPORTION, "at": (Stage.ISOTONIC, 3)}, {}, id="heavy"),
    pytest.param({**MIDPORTION, "at": (Stage.PLYOMETRIC, 3)}, {}, id="jumps"),
    pytest.param(
        {**MIDPORTION, "at": (Stage.RUN_WALK, 3)},
        {"dates": [{"on": "2026-11-22", "what": LETTERS, "amount": ""}]},
        id="run and walk",
    ),
    pytest.param({**MIDPORTION, "at": (Stage.FULL_RETURN, 1)}, {}, id="full return"),
]


def where(pdf: bytes, text: str) -> float:
    """How far right on the first page the text begins, from 0 to 1."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        found = page.get_textpage()
        index, _ = found.search(text).get_next()
        return float(found.get_charbox(index)[0] / page.get_width())
    finally:
        document.close()


@pytest.mark.django_db
class TestAPaper:
    @pytest.mark.parametrize(("plan", "options"), PLANS)
    def test_not_a_word_of_ours_stays_english(
        self, arabic: str, plan: dict[str, Any], options: dict[str, Any]
    ) -> None:
        patient = make_patient(given_name="Жанна", family_name="Яблокова")
        programme = make_programme(make_episode(patient), **plan)
        sheet = paper_in(programme, arabic, **options)
        assert '<html lang="ar" dir="rtl"' in html_of(sheet)
        assert english_left(sheet) == set()

    def test_nor_on_a_sheet_for_both_legs(self, arabic: str) -> None:
        patient = make_patient(given_name="Жанна", family_name="Яблокова")
        left, _ = (
            make_programme(make_episode(patient, side=side), at=(Stage.ISOTONIC, 1))
            for side in Side
        )
        sheet = paper_in(left, arabic, both=True)
        assert sheet.both
        assert english_left(sheet) == set()

    @pytest.mark.parametrize(("plan", "options"), PLANS)
    def test_italian_is_said_everywhere(
        self, plan: dict[str, Any], options: dict[str, Any]
    ) -> None:
        programme = make_programme(**plan)
        english, italian = (
            set(Told(html_of(paper_in(programme, code, **options))).said) for code in ("en", "it")
        )
        same = {each.strip() for each in english & italian if re.search(r"[a-z]{3}", each)}
        assert len(same) < 12, same
        assert '<html lang="it" dir="ltr"' in html_of(paper_in(programme, "it", **options))

    def test_a_paper_from_right_to_left_is_mirrored_and_can_be_read_aloud(
        self, arabic: str
    ) -> None:
        patient = make_patient(given_name="Ανδρέας", family_name="Đặng-Ёлкин")
        programme = make_programme(make_episode(patient), at=(Stage.ISOMETRIC, 1))
        pdf = html_to_pdf(html_of(paper_in(programme, arabic)))
        # The shapes of Arabic letters within a word have no code of their own.
        assert_accessible(pdf, allowed=frozenset({EMPTY_TABLE, "TXT-004"}))
        assert any("NotoSansArabic" in font.replace("-", "") for font in fonts_of(pdf)), fonts_of(
            pdf
        )
        text = text_of(pdf)
        assert "Ανδρέας Đặng-Ёлкин" in text
        assert "ABCD EFGH" in text
        english = html_to_pdf(html_of(paper_in(programme, "en")))
        for name in ("ABCD", "Camberwell"):
            assert where(pdf, name) < 0.3 < 0.6 < where(english, name)

    def test_numbers_and_latin_words_keep_their_order_among_arabic_ones(self, arabic: str) -> None:
        with paper_language(arabic):
            assert say("Plan version {version}", version="12, 34").endswith(" 12, 34")
        patient = make_patient(given_name="Ada", family_name="Latin-Name 3")
        programme = make_programme(make_episode(patient), at=(Stage.ISOTONIC, 3))
        sheet = paper_in(programme, arabic)
        # In the foot no markup can set the name apart, so invisible marks do.
        assert sheet.foot.startswith(
            "\N{FIRST STRONG ISOLATE}Ada Latin-Name 3\N{POP DIRECTIONAL ISOLATE}"
        )
        assert "<bdi>Ada Latin-Name 3</bdi>" in html_of(sheet)
        assert paper_in(programme, "en").foot.startswith("Ada Latin-Name 3, born")

    def test_names_in_any_script_on_an_english_paper(self) -> None:
        patient = make_patient(given_name="Ανδρέας", family_name="Nguyễn-Ёлкин")
        programme = make_programme(make_episode(patient), at=(Stage.ISOMETRIC, 1))
        pdf = html_to_pdf(html_of(paper_in(programme, "en")))
        assert_accessible(pdf)
        assert "Ανδρέας Nguyễn-Ёлкин" in text_of(pdf)

    def test_the_dates_of_runs_are_kept_in_the_language_of_the_paper(self) -> None:
        programme = make_programme(at=(Stage.RUN_WALK, 3))
        version: Version | None = Version.objects.in_force(programme)
        assert version is not None
        kept = [
            order_for(version, options={"language": code}, today=DAY).options["dates"]
            for code in ("en", "it")
        ]
        assert [each["on"] for each in kept[0]] == [each["on"] for each in kept[1]]
        assert kept[0][0]["what"] == "Level 3: Walk 7 min, run 3 min"
        assert kept[1][0]["what"] == "Livello 3: Camminare 7 min, correre 3 min"

    def test_what_a_clinician_typed_is_on_the_paper_as_it_was_typed(self) -> None:
        programme = make_programme(at=(Stage.ISOMETRIC, 1))
        typed = "Every day: {count} %s <b>gently</b>"

        def type_it(instance: Item, **_: Any) -> None:
            instance.name, instance.instructions = typed, [typed, "Lower slowly."]

        # Nobody may change an issued plan, so it is read as if it had been typed before.
        post_init.connect(type_it, sender=Item)
        try:
            page = html_of(paper_in(programme, "it"))
        finally:
            post_init.disconnect(type_it, sender=Item)
        assert page.count("Every day: {count} %s &lt;b&gt;gently&lt;/b&gt;") == 2
        assert "Scenda lentamente." in page
