"""The press: fonts, bytes, structure, and the processes that papers are drawn in."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import pytest
from django.conf import settings
from PIL import Image

from tests.paper_checks import (
    alternatives_of,
    assert_accessible,
    assert_inert,
    fonts_of,
    pages_of,
    read_aloud,
    same_picture,
    text_of,
    told_about,
)
from upwell import pdf
from upwell.pdf import TOO_LONG, TOO_MUCH, Unprintable, html_to_pdf, joined, pictures
from upwell.press import quick
from upwell.press.drawing import Engine
from upwell.press.pool import Pool, Worker
from upwell.press.quick import unhurried

ROOT = Path(__file__).resolve().parent.parent

PAGE = (
    '<!doctype html><html lang="en-AU"><head><title>Sample</title>'
    '<link rel="stylesheet" href="upwell:upwell/tokens.css">'
    '<link rel="stylesheet" href="upwell:upwell/print-fonts.css">'
    "<style>html {{ font-family: var(--font-print) }} /**/ {style}</style></head>"
    "<body><h1>Sample</h1>{body}</body></html>"
)
SCRIPTS = {
    "Latin": "Zoë and François",
    "Greek": "Γιώργος, πόνος",
    "Cyrillic": "Юрий",
    "Vietnamese": "Nguyễn Ạnh",
}
OURS = ("Atkinson-Hyperlegible", "Noto-Sans", "Noto-Sans-Arabic")


def page(body: str = "", style: str = "") -> str:
    return PAGE.format(body=body, style=style)


def every_script() -> str:
    said = "".join(f"<p>{words} <b>{words}</b> <i>{words}</i></p>" for words in SCRIPTS.values())
    return page(
        f'{said}<p lang="ar" dir="rtl">مرحبا <b>مرحبا</b></p><p>😀 ✓ 中 \U0001f1e6\U0001f1fa</p>'
    )


TABLE = """<table><thead><tr><th scope="col">Day</th><th scope="col">Run</th></tr></thead>
<tbody><tr><th scope="row">Monday</th><td>10 min</td></tr></tbody></table>
<svg width="9" height="9"><title>A heel</title><rect width="9" height="9"/></svg>"""


def test_only_our_fonts_are_in_a_paper_of_many_scripts() -> None:
    paper = html_to_pdf(every_script())
    weights = ("", "-Bold", "-Italic")
    allowed = {f"{family}{weight}" for family in OURS for weight in weights}
    assert {*OURS, "Noto-Sans-Bold", "Noto-Sans-Arabic-Bold"} <= fonts_of(paper) <= allowed
    for words in SCRIPTS.values():
        assert text_of(paper).count(words) == 3
    assert_accessible(paper)


def test_a_greek_word_is_of_one_font() -> None:
    """Atkinson has a pi and an omega, for formulas."""
    paper = html_to_pdf(page("<p>πΩΔμ</p>"))
    assert fonts_of(paper) == {"Atkinson-Hyperlegible-Bold", "Noto-Sans"}  # the heading is Latin


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        pytest.param("Ada 😀", "Ada (grinning face)", id="emoji"),
        pytest.param("👍🏽", "(thumbs up sign)", id="a skin colour says nothing"),
        pytest.param("🇦🇺", "AU", id="flag"),
        pytest.param("❤️ ✓", "(heavy black heart) (check mark)", id="symbols"),
        pytest.param("中文", "\ufffd\ufffd", id="script without a font"),
        pytest.param("a\u0007b", "ab", id="control"),
        pytest.param("½≤−×…•", "½≤−×…•", id="signs that our fonts have"),
    ],
)
def test_a_letter_no_font_has_is_told_in_words(given: str, printed: str) -> None:
    paper = html_to_pdf(page(f"<p>{given}</p>"))
    assert printed.split() == text_of(paper).removeprefix("Sample").split()
    assert_accessible(paper)


def drawn_by_itself(html: str, **environment: str) -> bytes:
    """The paper as a fresh Python process draws it."""
    code = (
        "import sys, django; django.setup()\n"
        "from upwell.pdf import html_to_pdf\n"
        "sys.stdout.buffer.write(html_to_pdf(sys.stdin.buffer.read().decode()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=html.encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=os.environ | environment,
    )
    return done.stdout


def test_the_same_bytes_whatever_the_process_and_the_machine_has(tmp_path: Path) -> None:
    """Another order of sets, another day, and a machine with other fonts of these names."""
    every = tmp_path / "fonts.conf"
    every.write_text(
        "<fontconfig><dir>/usr/share/fonts</dir><dir>~/.fonts</dir>"
        '<match target="pattern"><edit name="family" mode="prepend" binding="strong">'
        "<string>DejaVu Sans</string></edit></match></fontconfig>"
    )
    html = every_script() + TABLE
    here = html_to_pdf(html)
    there = drawn_by_itself(
        html,
        PYTHONHASHSEED="77",
        FONTCONFIG_FILE=str(every),
        TZ="Pacific/Apia",
        LC_ALL="C",
    )
    assert there == here


def test_the_bytes_don_t_tell_when_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A font of several weights is cut as it is embedded, and fontTools stamps what it saves."""
    before = html_to_pdf(every_script())
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 100_000)
    assert html_to_pdf(every_script()) == before


WORDS = "<p>Stand on a step, slowly.</p><p>Heels down <b>slowly</b>, up slowly.</p>"
FIGURE = (
    '<svg viewBox="0 0 20 20" width="{size}" height="40" role="img"><title>{title}</title>{shapes}'
    "</svg>"
)
SHAPES = (
    '<g fill="none" stroke="#123456"><path d="M1 1h8l2.5 3a2 2 0 0 1-4 1z"/><circle r="3"/></g>'
    '<rect x="{x}" width="4" height="4" fill="red" transform="rotate(10)"/>'
)
INNER = '<g stroke="red"><path d="M1 1h9v9"/>{}<path d="M2 2h9v9"/>{}'
BLACK = '<svg viewBox="0 0 20 20" width="40" height="40"><path d="M1 1h9v3"/></svg>'


def figure(shapes: str = SHAPES, size: int = 40, x: int = 2) -> str:
    return FIGURE.format(size=size, title="A heel", shapes=shapes.format(x=x))


# Each holds what might be remembered too well from another one.
ALIKE = {
    "flex and cells": page(
        f'<div style="display: flex">{WORDS}</div><table><tr><td>{WORDS}</table>' * 2
    ),
    "another size": page(WORDS, "p { font-size: 20px }"),
    "another width": page(WORDS * 2, "body { width: 90px; text-align: justify }"),
    "spaced": page(WORDS, "p { letter-spacing: 2px; word-spacing: 3px }"),
    "underlined": page(WORDS, "p { text-decoration: underline line-through }"),
    "transparent words": page(WORDS, "p { color: rgb(0 0 0 / 0.5) } b { visibility: hidden }"),
    "a long paragraph": page(f"<p>{'All heels up, ' * 200}</p>"),
    "right to left": page('<p lang="ar" dir="rtl">مرحبا <b>12</b> kg</p>'),
    "other languages": page('<p lang="de">Achillessehne <q>x</q></p><p lang="fr"><q>x</q></p>'),
    "first letters and lines": page(
        WORDS, "p::first-letter { font-size: 30px } p::first-line { color: red; margin: 3px }"
    ),
    "marks": page("<ul><li>One<li>Two</ul><ol><li>One<li>Two</ol>", "ol { margin: 0 }"),
    "marks inside": page("<ul><li>One<li>Two</ul>", "ul { list-style-position: inside }"),
    "collapsed": page(TABLE, "table { border-collapse: collapse } td { border: 2px solid red }"),
    "separate": page(TABLE, "td { border: 2px solid red; padding: 5px; border-radius: 3px }"),
    "shares": page(WORDS, "p { width: 50%; padding: 2%; margin: calc(1% + 3px); height: 10% }"),
    "border boxes": page(WORDS, "p { box-sizing: border-box; padding: 9px; width: 90px }"),
    "of a small page": page(WORDS, "@page { size: 300px 200px } /**/ p { width: 50vw }"),
    "of a large page": page(WORDS, "@page { size: 600px 400px } /**/ p { width: 50vw }"),
    "backgrounds": page(WORDS, "p { background: #eee } b { box-shadow: 1px 1px red; color: blue }"),
    "a foot": page(WORDS, '@page { @bottom-left { content: "Alex " counter(page) } }'),
    "drawings": page(figure() * 2 + figure(size=60) + figure(x=5) + "<p>x</p>" + figure()),
    "drawing after red": page(f"<p>x {BLACK}</p>", "p { color: red }"),
    "drawing after black": page(f"<p>x {BLACK}</p>", "p { color: black }"),
    "drawing of two sizes": page(
        f"<i>x {BLACK}</i><b>x {BLACK}</b>", "b svg { width: 60px !important }"
    ),
    "nested": page(figure(INNER.format("</g>", ""))),
    "nested otherwise": page(figure(INNER.format("", "</g>"))),
    "a drawing with words": page(figure('<text x="3" y="9" font-size="5">3 s up</text>')),
    "a drawing one sees through": page(figure('<rect width="9" height="9" opacity="0.5"/>') * 2),
    "a drawing shaded": page(
        figure(
            '<linearGradient id="a"><stop offset="0"/><stop offset="1" stop-color="red"/>'
            '</linearGradient><rect width="9" height="9" fill="url(#a)"/>'
        )
    ),
    "a drawing of nothing": page(figure("")),
    "names of places": page('<h2 id="a">A</h2><p id="b">B</p><a href="#b">C</a>'),
}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An engine for ``ALIKE``: its styles are files, which are parsed once as those of a paper."""
    return Engine((*pdf._roots(), ("", str(tmp_path))))


def alike(folder: Path) -> dict[str, str]:
    """The documents, each part of their styles a sheet: the same part is the same sheet."""

    def linked(found: re.Match[str]) -> str:
        links = []
        for part in found[1].split("/**/"):
            name = f"{sha256(part.encode()).hexdigest()[:9]}.css"
            (folder / name).write_text(part)
            links.append(f'<link rel="stylesheet" href="upwell:{name}">')
        return "".join(links)

    return {
        name: re.sub(r"<style>(.*?)</style>", linked, html, flags=re.DOTALL)
        for name, html in ALIKE.items()
    }


def test_a_hurried_paper_has_the_same_bytes_whatever_was_drawn_before(
    engine: Engine, tmp_path: Path
) -> None:
    """One after the other, with all that was remembered of the others, and then backwards."""
    papers = alike(tmp_path)
    with unhurried():
        expected = {name: engine.pdf(html) for name, html in papers.items()}
    for name in (*papers, *reversed(papers)):
        assert engine.pdf(papers[name]) == expected[name], name


def test_unhurried_weasyprint_is_as_it_was() -> None:
    html_to_pdf(page())
    css = import_module("weasyprint.css")
    line_break = import_module("weasyprint.text.line_break")
    assert css.ComputedStyle.__module__ == quick.__name__
    assert line_break.split_first_line.__module__ == quick.__name__
    with unhurried():
        assert css.ComputedStyle.__module__ == "weasyprint.css"
        assert line_break.split_first_line.__module__ == "weasyprint.text.line_break"


def test_what_is_remembered_has_a_limit(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = alike(tmp_path)
    with unhurried():
        expected = {name: engine.pdf(html) for name, html in papers.items()}
    for limit in ("MOST_LINES", "MOST_SHAPED", "MOST_STYLES", "MOST_DRAWINGS"):
        monkeypatch.setattr(quick, limit, 3)
    quick.hurry()
    for name, html in papers.items():
        assert engine.pdf(html) == expected[name], name
    kept = quick.remembered()
    assert max(kept.values()) == 3
    assert min(kept.values()) > 0


def test_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    html_to_pdf(page())
    with unhurried():
        monkeypatch.setattr(import_module("weasyprint"), "VERSION", "71.0")
        assert not quick.hurry()
        assert import_module("weasyprint.css").ComputedStyle.__module__ == "weasyprint.css"


def test_a_table_a_figure_and_the_order_are_told_to_a_screen_reader() -> None:
    paper = html_to_pdf(page(TABLE))
    assert_accessible(paper)
    assert_inert(paper)
    assert read_aloud(paper) == "Sample Day Run Monday 10 min"
    assert alternatives_of(paper) == ["A heel"]


def test_the_foot_of_a_page_is_printed_and_not_read_aloud() -> None:
    foot = (
        '@page { @bottom-left { content: "Whose it is" } @bottom-right { content: counter(page) } }'
    )
    paper = html_to_pdf(page("<p>One</p>" + '<p style="break-before: page">Two</p>' * 2, foot))
    assert read_aloud(paper) == "Sample One Two Two"
    assert [each.split()[-4:] for each in pages_of(paper)] == [
        ["Whose", "it", "is", number] for number in "123"
    ]
    assert_accessible(paper)
    together = joined([paper, html_to_pdf(page())])
    assert read_aloud(together) == "Sample One Two Two Sample"
    assert_accessible(together)


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        pytest.param('<img src="upwell:upwell/icon.svg">', "without alternative text", id="figure"),
        pytest.param(TABLE.replace(' scope="row"', ""), "without a scope", id="scope"),
        pytest.param("<table><tr><td>x</td></tr></table>", "without headers", id="headers"),
        pytest.param("<h3>x</h3>", "level 3 under one of level 1", id="heading"),
        pytest.param("<p></p>", "TAG-020", id="empty"),
    ],
)
def test_the_checks_find_what_is_wrong(body: str, finding: str) -> None:
    with pytest.raises(AssertionError, match=finding):
        assert_accessible(html_to_pdf(page(body)))


def test_a_page_of_another_day_is_not_the_same_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests import paper_checks

    monkeypatch.setattr(paper_checks, "GOLDEN", tmp_path)
    monkeypatch.setattr(paper_checks, "COMPARED", tmp_path / "compared")
    monkeypatch.delenv("UPWELL_GOLDEN", raising=False)
    first, other = (
        pictures(html_to_pdf(page(f"<p>{word}</p>")), width_px=500)[0]
        for word in ("A heel raise, 3 times 15", "A calf stretch, 2 times 30")
    )
    (tmp_path / "page.png").write_bytes(first)
    same_picture(first, "page.png")
    with pytest.raises(AssertionError, match="changed"):
        same_picture(other, "page.png", tolerance=0.0005)
    assert (tmp_path / "compared" / "page-differences.png").exists()
    assert (tmp_path / "page.png").read_bytes() == first


def test_pages_are_counted_and_drawn() -> None:
    paper = html_to_pdf(page("<p>One</p><p style='break-before: page'>Two</p>"))
    assert pdf.page_count(paper) == 2
    drawn = pictures(paper, width_px=300)
    assert len(drawn) == 2
    for each in drawn:
        picture = Image.open(BytesIO(each))
        assert (picture.format, picture.width) == ("PNG", 300)


def test_papers_are_joined_as_they_are() -> None:
    papers = [html_to_pdf(page(TABLE)), html_to_pdf(every_script()), html_to_pdf(page(TABLE))]
    together = joined(papers)
    assert joined(papers) == together
    assert pages_of(together) == [one for paper in papers for one in pages_of(paper)]
    assert read_aloud(together) == " ".join(read_aloud(paper) for paper in papers)
    assert_accessible(together)
    assert_inert(together)
    assert "Sample" in told_about(together)
    titled = joined(papers, title="Papers & more of 23 November")
    assert told_about(titled).count("Papers & more of 23 November") == 1
    assert told_about(titled).count("Papers &amp; more of 23 November") == 1
    assert "Sample" not in told_about(titled)
    assert_accessible(titled)
    assert joined(papers[:1]) == papers[0]


# --- processes ---------------------------------------------------------------------------------


def pool_of(**limits: Any) -> Pool:
    usual = {"workers": 1, "waiting": 12, "seconds": 20.0, "processor_seconds": 15}
    return Pool(pdf._roots(), **(usual | limits))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One worker for the tests that leave it alive or that replace it."""
    made = pool_of(seconds=8.0)
    yield made
    made.close()


@pytest.fixture(scope="module")
def limited() -> Iterator[Pool]:
    """One worker with little time, for what ends it."""
    made = pool_of(seconds=3.0, processor_seconds=2)
    yield made
    made.close()


def drawn(pool: Pool, html: str) -> bytes:
    return pool.ask({"do": "pdf"}, html.encode())[1]


def test_a_worker_draws_the_same_bytes(pool: Pool) -> None:
    html = every_script() + TABLE
    assert drawn(pool, html) == html_to_pdf(html)
    head, body = pool.ask({"do": "pictures", "width": 200}, html_to_pdf(html))
    assert sum(head["sizes"]) == len(body)
    assert body.startswith(b"\x89PNG")


def test_a_warm_worker_has_its_libraries_before_the_first_paper() -> None:
    warm = pool_of()
    try:
        warm.warm()
        (worker,) = warm.workers()
        loaded = Path(f"/proc/{worker.pid}/maps")
        for _ in range(300):
            if "pango" in loaded.read_text():
                return
            time.sleep(0.1)
        pytest.fail("It waits for its first paper.")
    finally:
        warm.close()


def test_a_worker_knows_no_secret_and_goes_behind_the_pages(pool: Pool) -> None:
    drawn(pool, page())
    (worker,) = pool.workers()
    told = Path(f"/proc/{worker.pid}")
    names = {line.partition("=")[0] for line in (told / "environ").read_text().split("\0")}
    assert not {"DATABASE_URL", "SECRET_KEY", "UPWELL_DEMO", "PGPASSWORD"} & names
    limits = (told / "limits").read_text()
    assert "Max address space         1073741824" in limits
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    modules = (told / "maps").read_text()
    assert "psycopg" not in modules


def test_a_worker_fetches_nothing(pool: Pool) -> None:
    with pytest.raises(Unprintable, match="outside Upwell"):
        drawn(pool, page('<img alt="x" src="http://127.0.0.1:9/">'))
    with pytest.raises(Unprintable, match="outside Upwell"):
        drawn(pool, page('<img alt="x" src="file:///etc/hostname">'))


def test_a_worker_that_was_killed_is_replaced(pool: Pool) -> None:
    expected = drawn(pool, page("<p>x</p>"))
    (worker,) = pool.workers()
    os.kill(worker.pid, signal.SIGKILL)
    assert drawn(pool, page("<p>x</p>")) == expected
    assert [each.pid for each in pool.workers()] != [worker.pid]


def test_a_worker_that_has_drawn_enough_makes_room_for_another(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = drawn(pool, page("<p>x</p>"))
    (worker,) = pool.workers()
    ask = Worker.ask

    def last(worker: Worker, *args: Any) -> Any:
        head, body = ask(worker, *args)
        return head | {"last": True}, body

    monkeypatch.setattr(Worker, "ask", last)
    assert drawn(pool, page("<p>x</p>")) == expected
    monkeypatch.undo()
    assert not worker.lives()
    assert drawn(pool, page("<p>x</p>")) == expected


def test_a_paper_whose_worker_was_killed_is_tried_once_more(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, asked = Worker.ask, []

    def killed_first(worker: Worker, *args: Any) -> Any:
        asked.append(worker.pid)
        if len(asked) == 1:
            Timer(0.3, os.kill, (worker.pid, signal.SIGKILL)).start()
            args = (args[0], page("<p>x y z</p>" * 6000).encode(), args[2])
        return ask(worker, *args)

    drawn(pool, page())
    monkeypatch.setattr(Worker, "ask", killed_first)
    assert drawn(pool, page("<p>x</p>")).startswith(b"%PDF")
    assert len(set(asked)) == 2


# Each is more than any paper; with the usual limits they are in `make bench`.
BOMBS = {
    "nested deep": (page("<div>" * 3000 + "x" + "</div>" * 3000), TOO_MUCH),
    "nested tables": (page("<table><tr><td>" * 300 + "x"), TOO_MUCH),
    "font": (page("<p style='font-size: 1e9px'>x</p>"), TOO_MUCH),
    "page": (page("<p>x</p>", "@page { size: 1000000000mm 1000000000mm }"), TOO_MUCH),
    "pages": (page("<p style='break-after: page'>x</p>" * 200), TOO_MUCH),
    "letters": (page("x" * 2_000_000), TOO_MUCH),
    "flex": (page("<div style='display: flex'>" * 60 + "x"), TOO_LONG),
    "memory": (page("<table><tr>" + "<td colspan=1000000>x" * 50 + "</table>"), TOO_MUCH),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_document_ends_with_a_sentence(
    bomb: str, limited: Pool, caplog: pytest.LogCaptureFixture
) -> None:
    html, sentence = BOMBS[bomb]
    with pytest.raises(Unprintable) as refused:
        drawn(limited, html)
    # On a busy machine the clock may come before the reason.
    assert str(refused.value) in {sentence, TOO_LONG}
    assert "div" not in caplog.text


def test_who_finds_too_many_waiting_is_told_so(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = pool_of(waiting=1)
    narrow._places.acquire()
    with pytest.raises(Unprintable, match="Many papers"):
        drawn(narrow, page())


def test_two_at_once_on_one_worker_get_their_own(pool: Pool) -> None:
    words = [f"paper {number}" for number in range(6)]
    made: dict[str, bytes] = {}
    threads = [
        Thread(target=lambda word=word: made.update({word: drawn(pool, page(word))}))
        for word in words
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(word in text_of(made[word]) for word in words)


def test_workers_end_with_their_parent_however_it_ends() -> None:
    code = (
        "import os, signal, time, django; django.setup()\n"
        "from upwell import pdf\n"
        "pdf.html_to_pdf('<!doctype html><html lang=en><title>x</title><p>x')\n"
        "print(pdf._pool().workers()[0].pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"UPWELL_PDF_WORKERS": "1"},
    )
    assert done.returncode == -signal.SIGKILL
    worker = Path(f"/proc/{int(done.stdout)}")
    for _ in range(100):
        if not worker.exists() or "Z (zombie)" in (worker / "status").read_text():
            return
        time.sleep(0.1)
    pytest.fail("The worker outlived its parent.")


def test_a_practice_draws_in_one_process_for_each_of_the_web() -> None:
    code = "from upwell import settings\nprint(settings.PDF_WORKERS)"
    environment = {name: each for name, each in os.environ.items() if name != "UPWELL_PDF_WORKERS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
    )
    assert done.stdout == "1\n"
    assert settings.PDF_SECONDS < 20
