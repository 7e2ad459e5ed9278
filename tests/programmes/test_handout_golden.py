"""Papers as they come out of the printer: words, pages, sizes, and pictures of the pages.

Each paper is laid out once and looked at in every way. A changed picture is looked at by somebody,
then kept by ``UPWELL_GOLDEN=write``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image
from pypdf import PdfReader

from assessments.rules.terms import Stage
from patients.rules.terms import Side
from programmes.handout import Card, Order, Sheet, html_of, sheet_of
from programmes.models import Programme, Version
from programmes.rules.handout import DoseWords
from programmes.rules.library import EXERCISES
from programmes.rules.terms import Protocol
from tests.make import (
    INSERTIONAL,
    MIDPORTION,
    REACTIVE,
    make_episode,
    make_patient,
    make_programme,
)
from tests.paper_checks import assert_accessible, pages_as_pictures, same_picture
from tests.readable import FORECASTS, HIGHEST_GRADE, JARGON, blocks_of, grade_of
from upwell.pdf import html_to_pdf
from upwell.press.quick import unhurried

pytestmark = pytest.mark.django_db

CODES = ("ABCD2345", "WXYZ6789")
DPI = 45
MM = 72 / 25.4
# The boxes of a diary are empty, as they should be.
ALLOWED = frozenset({"TBL-012"})
# The one head with nothing to read below it: an empty box to write in.
NOTES = "What I want to tell or ask next time"
# A block of so many words is a text of its own; shorter ones are heads and labels.
LONG = 8


def order(programme: Programme, **options: Any) -> Order:
    """The step in force with these options."""
    programme.refresh_from_db()
    version = Version.objects.in_force(programme)
    assert version is not None
    assert programme.current_step is not None
    chosen = {"diary": True, "weeks": 1, "next_review": None, **options}
    return Order(
        version=version, step=programme.current_step, options=chosen, on=timezone.localdate()
    )


def fixed(sheet: Sheet) -> Sheet:
    """The sheet with a day and a record number that are the same whenever the test runs."""
    return replace(
        sheet,
        dated="22 November 2026",
        created="2026-11-22T00:00:00Z",
        record_number="U00042",
    )


def one_leg(examination: Mapping[str, Any], plan: Mapping[str, Any], **options: Any) -> Sheet:
    programme = make_programme(**examination, **plan)
    return fixed(sheet_of(order(programme, **options), CODES))


def both_legs(**options: Any) -> Sheet:
    patient = make_patient()
    left = make_programme(make_episode(patient), at=(Stage.ISOTONIC, 3))
    make_programme(make_episode(patient, side=Side.RIGHT), **INSERTIONAL)
    return fixed(sheet_of(order(left, both=True, **options), CODES))


def many(count: int) -> Sheet:
    """A plan of so many exercises, each with a name of its own."""
    sheet = one_leg(MIDPORTION, {"at": (Stage.ISOTONIC, 3)})
    known = sheet.paper.cards
    cards = tuple(
        replace(known[number % len(known)], name=f"{known[number % len(known)].name} {number:02}")
        for number in range(count)
    )
    return replace(sheet, papers=(replace(sheet.paper, cards=cards),))


NASTY = "<b>bold</b> & 😀"


def nasty() -> Sheet:
    """What somebody may type: markup, signs of every kind, and a word that never ends."""
    sheet = one_leg(REACTIVE, {})
    card = replace(
        sheet.paper.cards[0], name=NASTY, instructions=("<script>x</script>", "W" * 140, "{{ 7 }}")
    )
    name = f"Alex {NASTY} " + "Wolfeschlegel-" * 13
    return replace(
        sheet,
        name=name,
        foot=f"{name}, born 31 January 1980",
        long_foot=True,
        papers=(replace(sheet.paper, cards=(card,)),),
    )


def from_the_right() -> Sheet:
    """A language written from right to left, by its direction and a few of its words."""
    sheet = one_leg(REACTIVE, {})
    words = "هذا نص تجريبي قصير"
    card = replace(sheet.paper.cards[0], name=words, instructions=(words, words, words))
    paper = replace(sheet.paper, what=f"{words}.", job=f"{words}.", cards=(card,), avoid=(words,))
    return replace(sheet, tag="ar", direction="rtl", papers=(paper,))


RUNS = [
    {"on": f"2026-11-{day}", "what": "3 rounds: walk 7 minutes, then run 3 minutes", "amount": "30"}
    for day in (23, 25, 27, 29)
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """A paper: how its sheet is made, its pages, and words that stand on it and that don't."""

    sheet: Callable[[], Sheet]
    pages: int
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    large: bool = False
    words: bool = True
    allowed: frozenset[str] = frozenset()
    compared: tuple[int, ...] = (1,)


PAPERS = {
    "isometric": Golden(
        sheet=partial(one_leg, REACTIVE, {}),
        pages=2,
        says=("4 holds of 30 seconds, every day", "Do not jump or hop.", "7 out of 10"),
        never=("never below", "heel lift"),
        compared=(1, 2),
    ),
    "isotonic": Golden(
        sheet=partial(one_leg, MIDPORTION, {"at": (Stage.ISOTONIC, 3)}),
        pages=3,
        says=("as much on the bar as you can lift 10 times, but not 11", "The weight you use:"),
        never=("never below", "heel lift", "uphill"),
        compared=(1, 2),
    ),
    "isotonic insertional": Golden(
        sheet=partial(one_leg, INSERTIONAL, {"at": (Stage.ISOTONIC, 4)}),
        pages=3,
        says=("never below", "A small heel lift", "Avoid walking uphill"),
    ),
    "plyometric": Golden(
        sheet=partial(one_leg, MIDPORTION, {"at": (Stage.PLYOMETRIC, 3)}, weeks=2),
        pages=2,
        says=("one tenth of your own weight, in your hand", "Week 2", "Kg used", "Session 6"),
        compared=(1, 2),
    ),
    "run and walk": Golden(
        sheet=partial(one_leg, MIDPORTION, {"at": (Stage.RUN_WALK, 3)}, dates=RUNS),
        pages=3,
        says=("Round 3", "Your runs, day by day", "Monday 23 November", "Km or min"),
        compared=(2,),
    ),
    "full return": Golden(
        sheet=partial(one_leg, MIDPORTION, {"at": (Stage.FULL_RETURN, 1)}),
        pages=2,
        says=(
            "Run up to 3 days a week, never two days in a row.",
            "Your longest run:",
            "So up to:",
        ),
    ),
    "flare": Golden(
        sheet=partial(one_leg, REACTIVE, {}, flare=True),
        pages=2,
        says=("Your plan for a flare", "3. When to come back"),
    ),
    "kept for a flare": Golden(
        sheet=partial(one_leg, INSERTIONAL, {"at": (Stage.ISOMETRIC, 1)}, flare=True, ahead=True),
        pages=2,
        says=("Keep this paper for a flare of your left", "newly warm or swollen"),
    ),
    "both legs": Golden(
        sheet=both_legs,
        pages=5,
        says=("Side Left and right", "Your left leg: what to do now", "WXYZ 6789"),
        compared=(1, 2),
    ),
    "large print": Golden(
        sheet=partial(one_leg, REACTIVE, {}, edition="large"),
        pages=5,
        large=True,
        says=("Your diary, sheet 2 of 2",),
        compared=(1, 2, 4),
    ),
    "five exercises": Golden(
        sheet=partial(one_leg, MIDPORTION, {"protocol": Protocol.SILB}),
        pages=3,
        says=("5. ",),
    ),
    "thirty exercises": Golden(
        sheet=partial(many, 30),
        pages=12,
        # Lines that all these cards have in common are taken for a running head.
        allowed=frozenset({"PAG-001"}),
        compared=(),
    ),
    "no diary": Golden(
        sheet=partial(
            one_leg,
            MIDPORTION,
            {"at": (Stage.ISOTONIC, 1)},
            diary=False,
            next_review="2027-03-31",
        ),
        pages=2,
        says=("Next visit 31 March 2027",),
        never=("diary", "Diary"),
        compared=(),
    ),
    "typed by somebody": Golden(
        sheet=nasty,
        pages=3,
        says=("<b>bold</b> & (grinning face)", "<script>x</script>", "{{ 7 }}"),
        words=False,
    ),
    "from the right": Golden(
        sheet=from_the_right,
        pages=2,
        words=False,
        # The joiners of the Arabic font, which have no sign of their own.
        allowed=frozenset({"TXT-004"}),
        compared=(1, 2),
    ),
}


def squeezed(text: str) -> str:
    """The text without white space: lines break where they like."""
    return "".join(text.split())


def whole(sheet: Sheet) -> list[list[str]]:
    """Pieces of the paper that must stand together on one page, each by its lines."""
    found = [_card(number, card) for paper in sheet.papers for number, card in numbered(paper)]
    found.append(["Call us the same day if", *sheet.call, "call 000."])
    return found


def numbered(paper: Any) -> list[tuple[int, Card]]:
    return list(enumerate(paper.cards, start=1))


def _card(number: int, card: Card) -> list[str]:
    dose: DoseWords = card.dose
    lines = [f"{number}. {card.name}", card.leg, *card.instructions, dose.weight, dose.rest]
    return [line for line in lines if line]


def sizes(reader: PdfReader) -> set[float]:
    """Every size of letters in the PDF, in points on the page.

    But for the seconds in a tempo bar: its size is that of the bar, 13 in 20 units of its height.
    """
    found: set[float] = set()

    def look(text: str, cm: list[float], tm: list[float], _: Any, size: float) -> None:
        if text.strip() and not re.fullmatch(r"\s*\d+( s( \w+)?)?\s*", text):
            found.add(round(abs(size * tm[3] * cm[3]), 1))

    for page in reader.pages:
        page.extract_text(visitor_text=look)
    return found


def rows(page: Any) -> list[float]:
    """Where the lines of the diary stand on a page, in points from the bottom."""
    found: list[float] = []

    def look(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if (
            re.fullmatch(r"\s*(Day |Session )?\d+(,( \w+)?)?\s*", text)
            and tm[4] * cm[0] + cm[4] < 120
        ):
            found.append(tm[5] * cm[3] + cm[5])

    page.extract_text(visitor_text=look)
    return found


def last_line(page: str) -> str:
    """The last line above the foot of a page."""
    lines = [line for line in page.splitlines() if line.strip()]
    feet = ("Alex ", "page ", "1980")
    return next(line for line in reversed(lines) if not line.strip().startswith(feet))


@pytest.mark.parametrize("name", PAPERS)
def test_the_paper(name: str) -> None:
    golden = PAPERS[name]
    sheet = golden.sheet()
    html = html_of(sheet)
    if golden.words:
        assert_plain(html)
    pdf = html_to_pdf(html)
    # Drawn again with all that was remembered, and without any of it.
    assert html_to_pdf(html) == pdf
    with unhurried():
        assert html_to_pdf(html) == pdf
    reader = PdfReader(BytesIO(pdf))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) == golden.pages
    text = squeezed(" ".join(pages))
    for said in golden.says:
        assert squeezed(said) in text
    for said in golden.never:
        assert squeezed(said) not in text
    assert_whole(sheet, [squeezed(page) for page in pages] if golden.words else [])
    for number, page in enumerate(pages, start=1):
        assert squeezed(f"page {number} of {len(pages)}") in squeezed(page)
        assert "31January1980" in squeezed(page)
        heads = {squeezed(each) for each in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", html)}
        assert squeezed(last_line(page)) not in heads - {squeezed(NOTES)}
    assert min(sizes(reader)) >= (18 if golden.large else 12)
    for each in reader.pages:
        gaps = [above - below for above, below in zip(rows(each), rows(each)[1:], strict=False)]
        assert all(abs(gap) >= 12 * MM for gap in gaps)
    assert_accessible(pdf, allowed=ALLOWED | golden.allowed)
    pictures = pages_as_pictures(pdf, DPI)
    for number in golden.compared:
        same_picture(grey(pictures[number - 1]), f"{name.replace(' ', '-')}-{number}.png")


def grey(png: bytes) -> bytes:
    """The picture in twelve greys, as a black-and-white printer would have it; small to keep."""
    written = BytesIO()
    picture = Image.open(BytesIO(png)).convert("L").quantize(12)
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def assert_plain(html: str) -> None:
    """A reader of twelve understands the paper and each longer text on it."""
    blocks = blocks_of(html)
    text = " ".join(blocks).casefold()
    assert [word for word in JARGON if word in text] == []
    assert FORECASTS.search(text) is None
    # Heads and labels are short, and would make any paper look easy.
    long = [each for each in blocks if len(each.split()) >= LONG]
    assert grade_of(long) <= HIGHEST_GRADE
    assert [each for each in long if grade_of([each]) > HIGHEST_GRADE] == []


def assert_whole(sheet: Sheet, pages: list[str]) -> None:
    """No card and no box is split between two pages, and nothing is lost."""
    for lines in whole(sheet) if pages else ():
        found = [page for page in pages if squeezed(lines[0]) in page]
        assert found, lines[0]
        assert any(all(squeezed(line) in page for line in lines) for page in found), lines


@pytest.mark.parametrize("key", EXERCISES)
def test_the_instructions_of_the_library_are_plain(key: str) -> None:
    lines = EXERCISES[key].instructions
    text = " ".join((EXERCISES[key].name, *lines)).casefold()
    assert [word for word in JARGON if word in text] == []
    assert FORECASTS.search(text) is None
    assert grade_of(lines) <= HIGHEST_GRADE
    assert [
        line for line in lines if len(line.split()) >= LONG and grade_of([line]) > HIGHEST_GRADE
    ] == []


def test_a_letter_between_colleagues_would_not_pass() -> None:
    text = "Insertional tendinopathy necessitates progressive eccentric loading under supervision."
    assert grade_of([text]) > HIGHEST_GRADE
    assert [word for word in JARGON if word in text.casefold()]
    assert FORECASTS.search("You will run again in 12 weeks.")
