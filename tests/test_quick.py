"""What hurries WeasyPrint: each of its functions against the one it stands for.

Both get the same drawn inputs, ours all of them twice in different orders, so that what is
remembered of one is offered to the next, and so does each twin of an input that differs in a single
point. At the end whole papers. And whatever is remembered isn't worked out again.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from assessments.rules.terms import Stage
from patients.rules.terms import Side
from programmes.handout import Order, html_of, sheet_of
from programmes.models import Programme, Version
from tests.make import INSERTIONAL, make_episode, make_patient, make_programme
from upwell import pdf
from upwell.press import drawing, quick
from upwell.press.drawing import Engine, our_fonts_only
from upwell.press.quick import unhurried

SEED = 20261123


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(pdf._roots())


@pytest.fixture(scope="module")
def fonts(engine: Engine) -> Any:
    return engine._fonts


@pytest.fixture(autouse=True)
def nothing_remembered(engine: Engine) -> None:
    quick.hurry()


def weasyprint(module: str) -> Any:
    return import_module(f"weasyprint.{module}")


def each_of(name: str) -> tuple[Any, Any]:
    """The function or class of WeasyPrint with this name, and ours."""
    return next(each for (_, replaced), each in quick._replaced.items() if replaced == name)


class Calls:
    """Counts how often a function is called while a test lasts."""

    def __init__(self, patch: pytest.MonkeyPatch, place: Any, name: str) -> None:
        self.number = 0
        real = getattr(place, name)

        def called(*args: Any, **named: Any) -> Any:
            self.number += 1
            return real(*args, **named)

        patch.setattr(place, name, called)


def styled(fonts: Any, **values: Any) -> Any:
    """A style with the initial values but for these."""
    style = weasyprint("css").InitialStyle(fonts)
    style.update({"font_family": ("Atkinson Hyperlegible",), "font_size": 13, **values})
    return style


def px(value: float, unit: str = "px") -> Any:
    return weasyprint("css.properties").Dimension(value, unit)


def declared(text: str) -> list[tuple[str, Any]]:
    """The names and values of declarations, as a stylesheet holds them."""
    tokens: Any = import_module("tinycss2").parse_blocks_contents(text)
    found = weasyprint("css.validation").preprocess_declarations("upwell:", tokens)
    return [(name, value) for name, value, _ in found]


def color(text: str) -> Any:
    return import_module("tinycss2.color5").parse_color(text)


def said(value: Any) -> Any:
    """The value, to be compared with another one's: tokens by their words."""
    if hasattr(value, "serialize"):
        return value.serialize()
    if isinstance(value, list | tuple):
        return (type(value).__name__, *[said(each) for each in value])
    return value


# --- what stands in whose place ----------------------------------------------------------------


def test_ours_stand_wherever_theirs_did_and_nowhere_else(engine: Engine) -> None:
    """Whatever name of WeasyPrint a function was imported by."""
    modules = [each for name, each in sys.modules.items() if name.startswith("weasyprint")]

    def stands_in(wanted: Any) -> set[str]:
        return {
            module.__name__ for module in modules if any(v is wanted for v in vars(module).values())
        }

    imported = {"split_first_line", "draw_text", "resolve_percentages"}
    imported |= {"resolve_radii_percentages", "layout_box_backgrounds"}
    for name in imported:
        original, ours = each_of(name)
        places = stands_in(ours)
        assert not stands_in(original), name
        with unhurried():
            assert stands_in(original) == places, name
            assert not stands_in(ours), name
        assert places >= {original.__module__}
    others = {"characters_until_regex", "ComputedStyle", "AnonymousStyle", "SVGImage"}
    assert {name for _, name in quick._replaced} == imported | others | {"draw", "parse"}


def test_whoever_asks_for_hurry_has_what_was_remembered_forgotten(engine: Engine) -> None:
    engine.pdf(
        '<!doctype html><html lang="en"><title>x</title><p>x'
        '<svg width="9" height="9"><title>y</title><path d="M1 1h9"/></svg>'
    )
    assert 0 not in quick.remembered().values()
    assert quick.hurry()
    assert set(quick.remembered().values()) == {0}


# --- reading -----------------------------------------------------------------------------------


def test_the_parser_reads_as_far(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random(SEED)
    inputstream: Any = import_module("tinyhtml5.inputstream")
    letters = "ab<&\"'-> ]\n\0\\^"
    inputs = [
        (
            "".join(draw.choices(letters + "xyz", k=draw.randrange(1, 30))),
            draw.choice((tuple, frozenset, "".join))(draw.sample(letters, draw.randrange(1, 5))),
            draw.random() < 0.5,
        )
        for _ in range(400)
    ]

    def read() -> list[str]:
        return [
            inputstream.HTMLInputStream(StringIO(text)).chars_until(until, opposite)
            for text, until, opposite in inputs
        ]

    with unhurried():
        expected = read()
    assert read() == expected
    assert any(expected)
    # Found now.
    made = Calls(monkeypatch, re, "compile")
    assert read() == expected
    assert made.number == 0


# --- lines of text -----------------------------------------------------------------------------

WORDS = (
    *(
        "",
        " ",
        "x",
        "Heel raises",
        "Heels down slowly, up slowly.",
        "Achilles\xadtendon\xadpathy x",
    ),
    *("An extraordinarily uncomplicated physiotherapeutic exercise", "a\tb\tc d", "one\ntwo three"),
    *(
        "  two  spaces  ",
        "مرحبا 12 kg",
        "Γιώργος πόνος",
        "non\xa0breaking\xa0space here",
        "fi 1/2 AV",
    ),
)


def choices() -> dict[str, tuple[Any, ...]]:
    """Values of every property that a line depends on, the usual one first."""
    return {
        "direction": ("ltr", "rtl"),
        "lang": (None, "en", "de", "fr"),
        "letter_spacing": ("normal", 0, 2.5),
        "word_spacing": (0, 4),
        "tab_size": (8, 3, px(40)),
        "white_space": ("normal", "nowrap", "pre", "pre-wrap", "pre-line"),
        "hyphens": ("manual", "auto", "none"),
        "hyphenate_character": ("\N{HYPHEN}", "~~"),
        "hyphenate_limit_chars": ((5, 2, 2), (5, 4, 2), (5, 2, 4), (30, 2, 2)),
        "hyphenate_limit_zone": (px(0), px(60), px(50, "%")),
        "overflow_wrap": ("normal", "anywhere", "break-word"),
        "word_break": ("normal", "break-all"),
        "text_decoration_line": ("none", {"underline"}, {"line-through"}, {"overline"}),
        "font_family": (("Atkinson Hyperlegible",), ("Noto Sans",)),
        "font_feature_settings": ("normal", (("zero", 1),)),
        "font_kerning": ("auto", "none"),
        "font_language_override": ("normal", "TRK"),
        "font_size": (13, 20, 0.5),
        "font_stretch": ("normal", "condensed"),
        "font_style": ("normal", "italic"),
        "font_variant_alternates": ("normal", "historical-forms"),
        "font_variant_caps": ("normal", "small-caps"),
        "font_variant_east_asian": ("normal", ("jis78",)),
        "font_variant_ligatures": ("normal", "none"),
        "font_variant_numeric": ("normal", ("diagonal-fractions",), ("tabular-nums",)),
        "font_variant_position": ("normal", "super"),
        "font_variation_settings": ("normal", (("wght", 700),)),
        "font_weight": (400, 700),
    }


@dataclass(slots=True)
class Line:
    """How a line is asked for, and how it is drawn."""

    text: str
    values: dict[str, Any]
    max_width: float | None
    spacing: float = 0
    starts: bool = True
    minimum: bool = False
    overflow: str = "clip"
    ellipsis: Any = "none"

    def split(self, style: Any, split: Any = None) -> tuple[Any, ...]:
        found: tuple[Any, ...] = (split or weasyprint("text.line_break").split_first_line)(
            self.text,
            style,
            SimpleNamespace(dictionaries={}),
            self.max_width,
            self.spacing,
            self.starts,
            self.minimum,
        )
        return found

    def told(self, style: Any) -> Any:
        layout, *rest = self.split(style)
        return dict(vars(layout)), rest


WIDTHS = (None, float("inf"), 0, 18.0, 47.0, 47.4, 90.0, 400.0)


def lines(draw: Random, count: int) -> list[Line]:
    """Drawn ones, each with twins that differ in one point only."""
    properties = choices()
    found = []
    for _ in range(count):
        some = draw.sample(sorted(properties), draw.randrange(6))
        values = {name: draw.choice(properties[name]) for name in some}
        line = Line(draw.choice(WORDS), values, draw.choice(WIDTHS), draw.choice((0, 5.0)))
        name = draw.choice(sorted(properties))
        found += [
            line,
            replace(line, text=draw.choice(WORDS)),
            replace(line, values={**values, name: draw.choice(properties[name])}),
            replace(line, max_width=draw.choice(WIDTHS)),
            replace(line, spacing=5.0 - line.spacing),
            replace(line, starts=False),
            replace(line, minimum=True),
        ]
    # Where the zone decides, and a word too long for its line.
    for zone in properties["hyphenate_limit_zone"]:
        values = {"hyphens": "auto", "lang": "en", "hyphenate_limit_zone": zone}
        found += [Line(WORDS[6], values, width) for width in (90.0, 110.0, 130.0)]
    for wrap in properties["overflow_wrap"]:
        long = Line("Physiotherapeutically said", {"overflow_wrap": wrap}, 30.0)
        found += [long, replace(long, starts=False), replace(long, minimum=True)]
    draw.shuffle(found)
    return found


def test_a_line_breaks_in_the_same_place(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random(SEED)
    inputs = lines(draw, 120)
    with unhurried():
        expected = [line.told(styled(fonts, **line.values)) for line in inputs]
    assert [line.told(styled(fonts, **line.values)) for line in inputs] == expected
    made = Calls(monkeypatch, weasyprint("text.line_break"), "create_layout")
    for at in draw.sample(range(len(inputs)), len(inputs)):
        line = inputs[at]
        assert line.told(styled(fonts, **line.values)) == expected[at], line
    assert made.number == 0


class Asked(dict[str, Any]):
    """A style that remembers what it was asked for."""

    def __init__(self, style: Any) -> None:
        super().__init__(style)
        self.style, self.names = style, set[str]()
        self.font_config, self.cache = style.font_config, style.cache

    def __getitem__(self, name: str) -> Any:
        self.names.add(name)
        return self.style[name]


def test_a_line_depends_on_what_tells_it_apart_and_on_nothing_else(fonts: Any) -> None:
    asked = set()
    with unhurried():
        for line in lines(Random(SEED), 120):
            style = Asked(styled(fonts, **line.values))
            layout, *_ = line.split(style)
            layout.reactivate(style)
            layout.deactivate()
            asked |= style.names
    assert asked == set(quick.DECIDING) - {"text_align_all", "text_align_last"}
    # What it comes to as its letters are shaped.
    bare = weasyprint("text.line_break").Layout
    shaped = bare.__new__(bare)
    shaped.text, shaped.justification_spacing = "x", 0
    shaped.reactivate(styled(fonts, text_decoration_line={"underline"}))
    assert set(vars(shaped)) == {*quick.SHAPED, "style", "justification_spacing"}
    # Each value is a key of its own, whatever it is made of.
    for name, values in choices().items():
        styles = [styled(fonts, **{name: value}) for value in values]
        assert len({quick._deciding(style) for style in styles}) == len(values), name
        assert quick._deciding(styles[0]) == quick._deciding(styled(fonts, **{name: values[0]}))


@pytest.mark.parametrize(("length", "kept"), [(quick.LONGEST_LINE, 1), (quick.LONGEST_LINE + 1, 0)])
def test_a_long_text_is_not_remembered(fonts: Any, length: int, kept: int) -> None:
    line = Line("x" * length, {}, 400.0)
    with unhurried():
        expected = line.told(styled(fonts))
    assert [line.told(styled(fonts)) for _ in range(2)] == [expected] * 2
    assert quick.remembered()["lines"] == kept
    drawn_text(fonts, line, {})
    assert quick.remembered()["shaped lines"] == kept


def stream(fonts: dict[Any, Any]) -> Any:
    """A page's content to draw to."""
    kinds = ("ExtGState", "XObject", "Pattern", "Shading", "ColorSpace")
    resources: dict[str, dict[str, Any]] = {kind: {} for kind in kinds}
    return weasyprint("pdf.stream").Stream(fonts, (0, 0, 9, 9), resources, {}, None, {}, None)


def drawn(page: Any) -> Any:
    """What was drawn, and what the page remembers of it for what is drawn next."""
    now = {name: value for name, value in vars(page).items() if name.startswith("_current_")}
    states = {name: dict(state) for name, state in page._resources["ExtGState"].items()}
    return b"\n".join(map(told_bytes, page.stream)), now, states, len(page._ctm_stack)


def told_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def drawn_text(fonts: Any, line: Line, of_page: dict[Any, Any]) -> Any:
    """What is drawn for a line that theirs has laid out."""
    style = styled(fonts, **line.values)
    layout, _, _, width, _, baseline = line.split(style, each_of("split_first_line")[0])
    box = SimpleNamespace(
        style=style,
        pango_layout=layout,
        text=layout.text,
        position_x=3,
        position_y=5,
        baseline=baseline,
        width=width,
    )
    page = stream(of_page)
    weasyprint("draw.text").draw_text(page, box, 2, line.overflow, line.ellipsis)
    return drawn(page), dict(vars(layout))


def test_the_same_letters_are_drawn(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random(SEED)
    inputs = [line for line in lines(draw, 40) if line.text.strip()]
    for line in inputs:
        line.values |= {
            "color": color(draw.choice(("red", "black", "rgb(0 0 9 / 0.5)"))),
            "visibility": draw.choice(("visible",) * 5 + ("hidden",)),
            "text_decoration_thickness": draw.choice(("auto", px(3))),
        }
    # The same line, whole and cut short by turns.
    for ellipsis in ("none", "auto", ("string", " etc.")):
        cut = Line(WORDS[6], {"white_space": "nowrap"}, 90.0, ellipsis=ellipsis)
        whole = replace(cut, ellipsis="none")
        inputs += [whole, replace(cut, overflow="ellipsis"), whole, cut, whole]
    fonts_of_theirs: dict[Any, Any] = {}
    fonts_of_ours: dict[Any, Any] = {}
    with unhurried():
        expected = [drawn_text(fonts, line, fonts_of_theirs) for line in inputs]
    for at in (*range(len(inputs)), *draw.sample(range(len(inputs)), len(inputs))):
        assert drawn_text(fonts, inputs[at], fonts_of_ours) == expected[at], inputs[at]
    for key, font in fonts_of_theirs.items():
        assert fonts_of_ours[key].to_unicode == font.to_unicode
        assert fonts_of_ours[key].widths == font.widths
    line = Line(WORDS[3], {}, 400.0)
    drawn_text(fonts, line, fonts_of_ours)
    kept = quick.remembered()["shaped lines"]
    shaped = Calls(monkeypatch, weasyprint("text.line_break").Layout, "reactivate")
    drawn_text(fonts, line, fonts_of_ours)
    assert shaped.number == 0
    assert quick.remembered()["shaped lines"] == kept


# --- computed styles ---------------------------------------------------------------------------

DECLARED = """
font-size: 20px | font-size: 1.5em | font-size: 2rem | font-size: larger | font-size: 3vw
font-weight: bolder | color: red | color: inherit | color: currentcolor | background-color: blue
background-color: currentcolor | --wide: 30px | --wide: 2em | width: var(--wide) | width: 50%
width: calc(1em + 3px) | width: 40vw | height: 30vh | height: 3ch | height: 2lh | line-height: 1.5
line-height: 20px | margin-left: 9px | margin-left: 1em | margin-left: inherit
margin-inline-start: 3px | padding-left: 2% | padding-left: 2em | display: block
display: inline-table | display: table-cell | display: inline | float: left | float: right
position: absolute | position: relative | border-left-style: solid | border-left-width: 2em
text-decoration-line: underline | text-decoration-line: line-through | page: wide
direction: rtl | letter-spacing: 0.1em | text-indent: 1em | list-style-type: square
content: "x" | --picture: url(b.png) | background-image: var(--picture) | quotes: "<" ">"
hyphens: auto | tab-size: 3em | outline-style: solid | outline-width: 1em | vertical-align: super
"""
PSEUDO = ("before", "after", "marker")
# Origin, layer and specificity of a declaration: some; one in the middle, one below, and three
# that are above it by one of these.
WEIGHTS = (
    *((1, 0.0, (0, 0, 1)), (2, 0.0, (0, 0, 1)), (1, 1.0, (0, 0, 1)), (1, 0.0, (0, 1, 0))),
    *((2, 2.0, (0, 2, 0)), (2, 2.0, (0, 1, 9))),
    *((3, 2.0, (0, 1, 9)), (2, 3.0, (0, 1, 9)), (2, 2.0, (0, 3, 9)), (2, 2.0, (0, 2, 0))),
)
ASKED = (
    *("font_size", "font_weight", "color", "background_color", "width", "height", "line_height"),
    *("margin_left", "margin_right", "padding_left", "display", "float", "position", "page"),
    *("border_left_width", "border_left_style", "text_decoration_line", "direction", "tab_size"),
    *("letter_spacing", "text_indent", "list_style_type", "content", "background_image", "quotes"),
    *("hyphens", "outline_width", "vertical_align", "lang", "anchor", "__wide", "white_space"),
)
LENGTHS = ("width", "height", "margin_left", "padding_left", "text_indent", "tab_size")
# What a layout changes in a style of its own; nothing inherits it.
CHANGED = ("margin_right", "overflow", "counter_increment", "break_before")


@dataclass(slots=True)
class Node:
    """What a style is computed from."""

    parent: int
    cascaded: dict[str, tuple[Any, Any]]
    pseudo: str | None = None


@dataclass(slots=True)
class Leaves:
    """A document as far as its styles go, and what is asked of them in which order."""

    nodes: list[Node]
    # Of a style, of one for a box without an element, or of a copy; or changed in place.
    steps: list[tuple[str, int, str]]
    base: str
    sizes: Any
    fonts: Any


def pool_of(text: str) -> list[tuple[str, Any]]:
    """One object for each declaration, as in a stylesheet that is parsed once."""
    return [each for one in re.split(r"\||\n", text) if one.strip() for each in declared(one)]


def of_page(value: Any) -> bool:
    """Whether it is told in parts of the first page."""
    return getattr(value, "unit", "") in ("vw", "vh")


def leaves(draw: Random, fonts: Any) -> list[Leaves]:
    """Drawn documents, each with twins that differ in one point only."""
    every = pool_of(DECLARED)
    found = []
    for group in range(25):
        # Nothing is remembered of a document with these.
        pool = every if group % 5 == 0 else [each for each in every if not of_page(each[1])]
        kinds = (*PSEUDO, *quick.ASKED_FOR_ALL) if group % 5 == 1 else PSEUDO
        nodes = [Node(-1, {})]
        if group % 5 == 1:
            nodes.append(Node(0, dict([_weighed(draw, pool)]), quick.ASKED_FOR_ALL[group % 2]))
        for number in range(draw.randrange(3, 9)):
            pseudo = draw.choice(kinds) if draw.random() < 0.3 else None
            whole = [at for at, node in enumerate(nodes) if node.pseudo is None]
            some = draw.sample(pool, draw.randrange(5))
            cascaded = {name: (value, draw.choice(WEIGHTS)) for name, value in some}
            if draw.random() < 0.2:
                cascaded["lang"] = (("string", draw.choice(("en", "de"))), WEIGHTS[0])
            if draw.random() < 0.2:
                cascaded["anchor"] = (f"place-{number % 2}", WEIGHTS[0])
            nodes.append(Node(draw.choice(whole), cascaded, pseudo))
        asked = ("style",) * 6 + ("anonymous", "copy", "set")
        steps = [
            (draw.choice(asked), draw.randrange(len(nodes)), draw.choice(ASKED)) for _ in range(120)
        ]
        sizes = {"box": (300, 200), "area": (200, 100)}
        one = Leaves(nodes, steps, "upwell:a/", sizes, fonts)
        at = draw.randrange(1, len(nodes))
        twins = [replace(one), replace(one, steps=draw.sample(steps, len(steps)))]
        twins.append(replace(one, base="upwell:b/"))
        twins.append(replace(one, sizes={"box": (90, 80), "area": (70, 60)}))
        for change in (
            {"cascaded": {**nodes[at].cascaded, **dict([_weighed(draw, pool)])}},
            {
                "cascaded": {
                    name: (value, draw.choice(WEIGHTS))
                    for name, (value, _) in nodes[at].cascaded.items()
                }
            },
            # The same words of an attribute, and others.
            {"cascaded": {**nodes[at].cascaded, "lang": (("string", "de"), WEIGHTS[0])}},
            {"cascaded": {**nodes[at].cascaded, "lang": (("string", "fr"), WEIGHTS[0])}},
        ):
            changed = [replace(node) for node in nodes]
            changed[at] = replace(changed[at], **change)
            twins.append(replace(one, nodes=changed))
        if nodes[at].pseudo:
            changed = [replace(node) for node in nodes]
            changed[at] = replace(changed[at], pseudo=draw.choice(kinds))
            twins.append(replace(one, nodes=changed))
        found += [one, *twins]
    # Beside each other, whichever is first.
    for at in range(0, len(found) - 3, 3):
        found[at : at + 3] = draw.sample(found[at : at + 3], 3)
    return found


def _weighed(draw: Random, pool: list[tuple[str, Any]]) -> tuple[str, Any]:
    name, value = draw.choice(pool)
    return name, (value, draw.choice(WEIGHTS))


def answers(document: Leaves) -> list[Any]:
    """All that is answered, and all that is known in the end."""
    css = weasyprint("css")
    root = css.InitialStyle(document.fonts)
    # Known when the first page is, which is after the styles are made.
    sizes: dict[str, Any] = {}
    styles: list[Any] = []
    for node in document.nodes:
        first = not styles
        styles.append(
            css.ComputedStyle(
                None if first else styles[node.parent],
                dict(node.cascaded),
                node.pseudo,
                root if first else styles[0],
                document.base,
                document.fonts,
                sizes,
            )
        )
    sizes |= document.sizes
    found: list[Any] = []
    for number, (kind, at, name) in enumerate(document.steps):
        style = styles[at]
        if kind == "set":
            changed = CHANGED[number % len(CHANGED)]
            style[changed] = f"changed in step {number}"
            style.anonymous_style[changed] = f"changed in step {number}, too"
            continue
        if kind == "anonymous":
            style = style.anonymous_style
        elif kind == "copy":
            style = (style if number % 2 else style.anonymous_style).copy()
            style[CHANGED[0]] = "changed in a copy"
            # Only for these is anything changed that other values are computed from.
            if any(node.pseudo in quick.ASKED_FOR_ALL for node in document.nodes):
                style["font_size"] = 7
            found.append([said(style[each]) for each in (*LENGTHS, *CHANGED)])
            below = css.ComputedStyle(
                *(style, document.nodes[at].cascaded, None, styles[0]),
                *(document.base, document.fonts, sizes),
            )
            found.append((number, said(below[name]), said(below["width"])))
        found.append((number, at, name, said(style[name])))
        # It asks how these were told, before one made the other what it is.
        if name in quick.SPECIFIED and kind != "copy":
            found.append(said(style.specified[name]))
        if style is styles[at] and style.pseudo_type in quick.ASKED_FOR_ALL:
            found.append(sorted(style))
    return [*found, *[[said(style[name]) for name in (*ASKED, *CHANGED)] for style in styles]]


def other_fonts(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(drawing, "FONT_PACKAGES", ("fontpkg_noto_sans",))
    with our_fonts_only():
        made = weasyprint("text.fonts").FontConfiguration()
    monkeypatch.undo()
    return made


def pairs(fonts: Any, others: Any) -> list[tuple[Leaves, Leaves]]:
    """Documents that differ in one point, and whose values do."""
    red, narrow, wide, far, inline, letters, picture, shown = (
        declared(each)[0][1]
        for each in (
            *(
                "color: red",
                "width: 30px",
                "width: 40px",
                "margin-left: 9px",
                "margin-inline-start: 3px",
            ),
            *("height: 3ch", "--picture: url(b.png)", "background-image: var(--picture)"),
        )
    )
    usual = WEIGHTS[0]

    def one(cascaded: dict[str, Any], pseudo: str | None = None, **changes: Any) -> Leaves:
        weighed = {
            name: value if isinstance(value, list) else (value, usual)
            for name, value in cascaded.items()
        }
        told = {name: (value[0], value[1]) for name, value in weighed.items()}
        root = Node(-1, {"margin_left": (far, usual), "color": (red, usual)})
        steps = [("style", at, name) for at in (0, 1) for name in ASKED]
        usually = {"base": "https://a.invalid/", "sizes": {}, "fonts": fonts}
        return Leaves(nodes=[root, Node(0, told, pseudo)], steps=steps, **(usually | changes))

    def weighed(weight: Any) -> Leaves:
        return one({"margin_left": [far, WEIGHTS[4]], "margin_inline_start": [inline, weight]})

    showing = {"__picture": picture, "background_image": shown}
    return [
        (one({"width": narrow}), one({"width": wide})),
        (one({"color": "inherit"}), one({"margin_left": "inherit"})),
        (one({"lang": ("string", "en")}), one({"lang": ("string", "de")})),
        (one({"anchor": "a"}), one({"anchor": "b"})),
        (one(showing), one(showing, base="https://b.invalid/")),
        (one({"height": letters}), one({"height": letters}, fonts=others)),
        *((weighed(WEIGHTS[5]), weighed(weight)) for weight in WEIGHTS[6:]),
    ]


def test_a_style_is_told_apart_by_each_point(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, (one, other) in enumerate(pairs(fonts, other_fonts(monkeypatch))):
        with unhurried():
            expected, another = answers(one), answers(other)
        assert expected != another, number
        quick.hurry()
        assert [answers(each) for each in (one, other, one)] == [expected, another, expected]


def test_a_value_that_is_gone_is_not_taken_for_another(fonts: Any) -> None:
    """Another may well have its place in memory."""
    for wide in range(40):
        nodes = [Node(-1, {}), Node(0, {"width": (px(wide), WEIGHTS[0])})]
        document = Leaves(nodes, [("style", 1, "width")], "upwell:", {}, fonts)
        assert answers(document)[0] == (0, 1, "width", said(px(wide)))


@pytest.mark.parametrize("most", [quick.MOST_STYLES, 6])
def test_a_style_has_the_same_values(
    fonts: Any, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = leaves(Random(SEED), fonts)
    if most == quick.MOST_STYLES:
        others = other_fonts(monkeypatch)
        documents += [replace(each, fonts=others) for each in documents[::9]]
    else:
        documents = documents[::3]
    with unhurried():
        expected = [answers(document) for document in documents]
    monkeypatch.setattr(quick, "MOST_STYLES", most)
    for at in (*range(len(documents)), *reversed(range(len(documents)))):
        assert answers(documents[at]) == expected[at]
    assert quick.remembered()["styles"] <= most


def test_no_value_is_worked_out_twice(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    css = weasyprint("css")
    pool = [each for each in pool_of(DECLARED) if not of_page(each[1])]
    cascaded = {name: (value, WEIGHTS[0]) for name, value in pool}

    def asked(lang: str) -> None:
        # Another object with the same words, as it comes with each document.
        own = {
            "lang": (("string", "".join(lang)), WEIGHTS[0]),
            "anchor": ("".join(("place-", lang)), WEIGHTS[0]),
        }
        nodes = [Node(-1, {}), Node(0, cascaded | own), Node(1, {}), Node(1, {}, "before")]
        steps = [(kind, at, name) for name in ASKED for kind in KINDS for at in range(4)]
        answers(Leaves(nodes, steps, "upwell:", {}, fonts))

    originals = [each_of(name)[0] for name in ("ComputedStyle", "AnonymousStyle")]
    asked("en")
    known = quick.remembered()["styles"]
    made = [Calls(monkeypatch, original, "__missing__") for original in originals]
    asked("en")
    # An anchor, which is asked for as its style is made.
    assert [each.number for each in made] == [1, 0]
    assert quick.remembered()["styles"] == known == 4
    asked("de")
    assert made[0].number > 2
    # When there are enough, the next document is remembered instead.
    monkeypatch.setattr(quick, "MOST_STYLES", 6)
    asked("fr")
    assert quick.remembered()["styles"] == 4
    before = made[0].number
    asked("fr")
    assert made[0].number == before + 1
    assert css.ComputedStyle is each_of("ComputedStyle")[1]


KINDS = ("style", "anonymous")


# --- used values -------------------------------------------------------------------------------

EDGES = [f"{edge}_{side}" for edge in ("margin", "padding") for side in quick.SIDES]
BOUNDS = [f"{bound}{axis}" for bound in ("", "min_", "max_") for axis in ("width", "height")]
RADII = [f"border_{corner}_radius" for corner in quick.CORNERS]


def length_of(draw: Random, name: str, share: float) -> Any:
    """A computed value, now and then one that is a share of another box."""
    if draw.random() < share:
        css = f"{name.replace('_', '-')}: {draw.choice(('10%', 'calc(5% + 3px)'))}"
        return declared(css)[0][1]
    if name.startswith("margin"):
        return draw.choice(("auto", px(0), px(7.5), px(-3)))
    if name.startswith("padding"):
        return draw.choice((px(0), px(4)))
    if name.startswith("max"):
        return draw.choice((px(float("inf")), px(90)))
    return draw.choice(("auto", px(0), px(60)))


def test_a_box_is_given_the_same_sizes(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random(SEED)
    boxes, percent = weasyprint("formatting_structure.boxes"), weasyprint("layout.percent")
    inputs = []
    for _ in range(500):
        share = draw.choice((0, 0, 0.1))
        values = {name: length_of(draw, name, share) for name in (*EDGES, *BOUNDS)}
        values |= {f"border_{side}_width": draw.choice((0, 2.5)) for side in quick.SIDES}
        values["box_sizing"] = draw.choice(("content-box",) * 3 + ("border-box", "padding-box"))
        values["border_collapse"] = draw.choice(("separate", "collapse"))
        settled = draw.sample(quick.SIDES, draw.randrange(4))
        kind = draw.choice((boxes.BlockBox, boxes.TableCellBox, boxes.PageBox))
        # The height of a page is always known.
        heights = (150,) if kind is boxes.PageBox else (150, "auto")
        around = (draw.choice((200, 33.5)), draw.choice(heights))
        inputs.append((kind, values, settled, around, draw.random() < 0.5))

    def found(given: Any, style: Any) -> list[dict[str, Any]]:
        kind, _, settled, around, in_box = given
        if in_box:
            containing = boxes.BlockBox("p", style, None, [])
            containing.width, containing.height = around
            around = containing
        after = []
        box = kind.__new__(kind)
        box.style = style
        for side in settled:
            setattr(box, f"border_{side}_width", 99)
        # Laid out once, with what came of that, and once more.
        for _ in range(2):
            percent.resolve_percentages(box, around)
            after.append({name: v for name, v in vars(box).items() if name != "style"})
            box.width, box.margin_left, box.height, box.max_height = 77, 11, 78, 5
        return after

    with unhurried():
        expected = [found(given, styled(fonts, **given[1])) for given in inputs]
    for given, wanted in zip(inputs, expected, strict=True):
        style = styled(fonts, **given[1])
        # The second box of a style is told by what was found for the first.
        assert found(given, style) == wanted, given
        assert found(given, style) == wanted, given
    asked = Calls(monkeypatch, percent, "percentage")
    plain = {name: px(3) for name in (*EDGES, *BOUNDS)}
    found((boxes.BlockBox, plain, (), (1, 1), False), styled(fonts, **plain))
    assert asked.number == 0


class Picture:
    """An image of a background."""

    def get_intrinsic_size(self, *_: Any) -> tuple[float, float, float]:
        return 8, 4, 2


def bare(draw: Random) -> dict[str, Any]:
    """Values of a style whose background is nothing, mostly but for one point."""
    values: dict[str, Any] = {
        "background_color": draw.choice((color("transparent"), color("rgb(255 0 0 / 0)"))),
        "background_image": draw.choice(((("none", None),), (("none", None),) * 2)),
    }
    changes: tuple[dict[str, Any], ...] = (
        {},
        {},
        {"background_color": color("rgb(9 9 9 / 0.5)")},
        {"background_color": "currentcolor"},
        {"background_color": "currentcolor", "color": color("transparent")},
        {"background_image": (("none", None), ("url", "upwell:x"))},
        {"background_image": (("url", "upwell:x"), ("none", None))},
        {"border_image_source": ("url", "upwell:y")},
        {"border_image_source": ("linear-gradient", "of its own")},
        {"mask_border_source": ("url", "upwell:z")},
        {"box_shadow": ("a shadow",)},
    )
    values |= draw.choice(changes)
    if draw.random() < 0.2:
        values |= {"visibility": "hidden", **draw.choice(changes)}
    for name in RADII:
        if draw.random() < 0.15:
            pair = draw.choice(((3, "px", 4, "px"), (0, "px", 4, "px"), (20, "%", 5, "px")))
            values[name] = (px(pair[0], pair[1]), px(pair[2], pair[3]))
    return values


def test_a_box_has_the_same_background_and_corners(
    fonts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Random(SEED)
    boxes, background = weasyprint("formatting_structure.boxes"), weasyprint("layout.background")
    trees = []
    for _ in range(150):
        styles = [bare(draw) for _ in range(draw.randrange(1, 6))]
        parents = [draw.randrange(at) for at in range(1, len(styles))]
        cut = [draw.sample(quick.SIDES, draw.choice((0, 0, 1))) for _ in styles]
        how = draw.choice(("page", "below", "alone", "styled", "styled below"))
        trees.append((styles, parents, cut, how, bare(draw)))

    def found(tree: Any, keep: dict[Any, Any]) -> list[Any]:
        styles, parents, cut, how, other = tree
        made: list[Any] = []
        for at, values in enumerate(styles):
            style = keep.setdefault((id(tree), at), styled(fonts, **values))
            box = boxes.BlockBox("p", style, None, [])
            box.position_x, box.position_y, box.width, box.height = 2, 3, 40 + at, 20
            box.remove_decoration_sides = set(cut[at])
            for name in EDGES:
                setattr(box, name, 1)
            for side in quick.SIDES:
                setattr(box, f"border_{side}_width", 2)
            box.bleed_area = (0, 0, 9, 9)
            box.background = "of another layout"
            made.append(box)
            if at:
                made[parents[at - 1]].children += (box,)
        page = made[0] if how in ("page", "styled") else None
        given: dict[str, Any] = {"layout_children": how != "alone"}
        if how.startswith("styled"):
            given["style"] = keep.setdefault((id(tree), "other"), styled(fonts, **other))
        pictures: dict[str, Picture] = keep.setdefault("pictures", {})

        def picture(url: str, **_: Any) -> Picture:
            return pictures.setdefault(url, Picture())

        background.layout_box_backgrounds(page, made[0], picture, **given)
        return [
            {
                name: told_of(value)
                for name, value in vars(box).items()
                if name not in ("style", "children")
            }
            for box in made
        ]

    pictures: dict[str, Picture] = {}
    keep: dict[Any, Any] = {"pictures": pictures}
    with unhurried():
        expected = [found(tree, keep) for tree in trees]
    keep = {"pictures": pictures}
    for tree, wanted in zip(trees, expected, strict=True):
        # Each style is asked a second time, too.
        assert found(tree, keep) == wanted, tree
        assert found(tree, keep) == wanted, tree
    plain: Any = ([{"background_color": color("transparent")}], [], [[]], "below", {})
    made = Calls(monkeypatch, weasyprint("draw.color"), "get_color")
    asked = Calls(monkeypatch, weasyprint("layout.percent"), "percentage")
    (box,) = found(plain, keep)
    assert box["background"] is None
    assert (made.number, asked.number) == (0, 0)
    # Once for all boxes of a style.
    style = Asked(styled(fonts, **plain[0][0]))
    cornered = SimpleNamespace(style=style)
    for _ in range(2):
        style.names.clear()
        background.resolve_radii_percentages(cornered)
    assert not style.names


def told_of(value: Any) -> Any:
    """A background without its style, which is the one it was made for."""
    if type(value).__name__ == "Background":
        return value.color, value.layers, sorted(map(str, value.style.items()))
    return value


# --- drawings ----------------------------------------------------------------------------------

TAGS = ("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "g", "svg")
OF_SHAPES = {
    "d": ("M1 1h9v9", "M2 2l5 6z"),
    "points": ("1,1 5,9 9,2", "2,2 6,3"),
    "transform": ("rotate(9)", "translate(2 3)"),
    "x": ("1", "2"),
    "y": ("1", "3"),
    "width": ("5", "9"),
    "height": ("6", "9"),
    "cx": ("5", "6"),
    "cy": ("4", "6"),
    "r": ("3", "4"),
    "rx": ("1", "3"),
    "ry": ("2", "4"),
    "x1": ("1", "2"),
    "y1": ("1", "2"),
    "x2": ("8", "9"),
    "y2": ("7", "9"),
    "fill": ("none", "red", "#123", "rgb(0 0 9 / 0.5)"),
    "fill-rule": ("evenodd", "nonzero"),
    "stroke": ("none", "black", "green"),
    "stroke-width": ("1", "2.5"),
    "stroke-linejoin": ("round", "bevel"),
    "stroke-linecap": ("round", "square"),
    "stroke-dasharray": ("2 1", "3"),
    "class": ("a", "b"),
}
# What makes a drawing one that is drawn each time.
OTHERWISE = {
    "opacity": ("0.5", "1"),
    "style": ("fill: red", "stroke: blue"),
    "display": ("none",),
    "visibility": ("hidden",),
    "id": ("a", "b"),
    "fill": ("url(#a) green", "url(#b)"),
}
SIZES = ((40.0, 20.0), (20.0, 20.0), (20.0, 30.0))
# Colors of a page before a drawing, and opacities after them: of strokes or of what is filled.
COLORS = (
    None,
    ("red", False, None),
    ("black", False, None),
    ("black", True, None),
    ("rgb(9 9 9 / 0.5)", False, None),
    ("red", False, 0.5),
    ("black", True, 0.5),
    ("black", True, 0.25),
)
VIEWS = ("0 0 20 20", "0 0 10 10", "2 2 20 20")


@dataclass(slots=True)
class Shape:
    """An element of a drawing."""

    tag: str
    attributes: dict[str, str]
    inside: "list[Shape]" = field(default_factory=list)
    words: str = ""

    def text(self) -> str:
        told = "".join(f' {name}="{value}"' for name, value in self.attributes.items())
        inside = "".join(each.text() for each in self.inside)
        if self.tag in ("g", "svg") or self.words or inside:
            return f"<{self.tag}{told}>{self.words}{inside}</{self.tag}>"
        return f"<{self.tag}{told}/>"


def shape(draw: Random, deep: int = 2) -> Shape:
    tag = draw.choice(TAGS[: 8 if deep else 7])
    some = draw.sample(sorted(OF_SHAPES), draw.randrange(3, 12))
    attributes = {name: draw.choice(OF_SHAPES[name]) for name in some}
    if tag == "g":
        return Shape(tag, attributes, [shape(draw, deep - 1) for _ in range(draw.randrange(3))])
    return Shape(tag, attributes)


def drawings(draw: Random, count: int) -> list[Shape]:
    """Drawn ones, each with twins that differ in one point only."""
    found = []
    for _ in range(count):
        inside = [shape(draw) for _ in range(draw.randrange(1, 4))]
        one = Shape("svg", {"viewBox": VIEWS[0], "width": "20", "height": "20"}, inside)
        first = inside[0]
        name = draw.choice(sorted(OF_SHAPES))
        changed = replace(first, attributes={**first.attributes, name: OF_SHAPES[name][0]})
        other = draw.choice(sorted(OTHERWISE))
        drawn_each_time = {**first.attributes, other: draw.choice(OTHERWISE[other])}
        words = Shape(
            "text", {"x": "2", "y": "9", "font-size": "5"}, words=draw.choice(("3  s ", "up"))
        )
        found += [
            one,
            replace(one, attributes={**one.attributes, "viewBox": draw.choice(VIEWS[1:])}),
            replace(one, attributes={**one.attributes, "fill": "blue"}),
            replace(one, attributes={**one.attributes, "opacity": "0.5"}),
            replace(one, inside=[changed, *inside[1:]]),
            replace(one, inside=[replace(first, attributes=drawn_each_time), *inside[1:]]),
            replace(one, inside=[Shape("title", {}, words="Heel"), *inside]),
            replace(one, inside=[*inside, words]),
            # The same elements, nested otherwise.
            replace(one, inside=[Shape("g", {"stroke": "red"}, inside[:1]), *inside[1:]]),
            replace(one, inside=[Shape("g", {"stroke": "red"}, inside)]),
            replace(one, inside=[Shape("g", {"stroke": "red"}), *inside]),
        ]
    gradient = Shape("linearGradient", {"id": "a"}, [Shape("stop", {"stop-color": "red"})])
    shaded = Shape("rect", {"width": "9", "height": "9", "fill": "url(#a)"})
    found += [
        Shape("svg", {"viewBox": VIEWS[0]}, []),
        Shape("svg", {"viewBox": VIEWS[0]}, [Shape("path", {"d": "M1 1"}, [])]),
        Shape("svg", {"viewBox": VIEWS[0]}, [gradient, shaded]),
        Shape("svg", {"viewBox": VIEWS[0]}, [shaded]),
        Shape("svg", {"viewBox": VIEWS[0], "display": "none"}, [shaded]),
    ]
    draw.shuffle(found)
    return found


def on_page(draw_it: Callable[[Any], None], before: Any) -> Any:
    """What is drawn on a page that had this color and opacity before."""
    page = stream({})
    if before:
        told, of_strokes, opacity = before
        page.set_color(color(told), of_strokes)
        if opacity is not None:
            page.set_alpha(opacity, of_strokes)
    draw_it(page)
    page.set_color(color("black"))
    return drawn(page)


def test_a_drawing_has_the_same_strokes(fonts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = Random(SEED)
    inputs = [(tree.text(), draw.choice(SIZES), draw.choice(COLORS)) for tree in drawings(draw, 15)]
    inputs += [(text, draw.choice(SIZES), before) for text, _, before in inputs]
    inputs += [(text, size, draw.choice(COLORS)) for text, size, _ in inputs[::2]]
    solid = Shape("path", {"d": "M1 1h9v9", "fill": "red", "stroke": "black"})
    text = Shape("svg", {"viewBox": VIEWS[0]}, [solid]).text()
    inputs += [(text, size, before) for size in SIZES for before in COLORS]
    svg = weasyprint("svg")

    def found(given: Any) -> Any:
        text, (width, height), before = given
        text = text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        made = svg.SVG(ElementTree.fromstring(text), "upwell:", fonts)
        return on_page(lambda page: made.draw(page, width, height, "upwell:", None), before)

    with unhurried():
        expected = [found(given) for given in inputs]
    for at in (*range(len(inputs)), *draw.sample(range(len(inputs)), len(inputs))):
        assert found(inputs[at]) == expected[at], inputs[at]
    assert len({each[0] for each in expected}) > len(inputs) / 3
    # Each attribute that our figures have is one of a drawing that is remembered.
    every = Shape("path", {name: values[0] for name, values in OF_SHAPES.items()})
    of_svg = {"viewBox": VIEWS[0], "role": "img", "class": "figure"}
    told = Shape("svg", of_svg, [Shape("title", {}, words="x"), Shape("desc", {}, words="y")])
    for tag in TAGS:
        told.inside.append(replace(every, tag=tag, words=""))
    given = (told.text(), SIZES[0], None)
    first = found(given)
    strokes = Calls(monkeypatch, svg.SVG, "draw_node")
    assert found(given) == first
    assert strokes.number == 0


# Written as we don't, so that they are set aside in part, or not at all.
ODD = (
    "<svg><path d='M1 1h9'></path></svg>",
    '<svg width="9"><path d="M1 1h9"/><svg width="5"><path d="M2 2h2"/></svg></svg>',
    '<svg><style>path { fill: red }</style><path d="M1 1h9"/></svg>',
    '<svg><g><path d="M1 1h9"/></svg>',
    '<svg><!-- one --><path d="M1 1h9"/></svg>',
    '<svg><text x="2" y="9">a &amp; b &lt; c</text></svg>',
    '<svg><title>x &amp; y</title>\n  <path d="M1 1h9"/>\n</svg>',
    '<svg id="a"><path d="M1 1h9"/></svg>',
    '<svg href="x"><rect width="9" height="9" id="b"/></svg>',
    '<svg><text font-size="5">one <tspan x="9">two</tspan> three</text></svg>',
    '<svg><image href="upwell:x"/></svg>',
    "<svg></svg>",
    '<svg viewBox="0 0 9 9" WIDTH="5"/>',
    "<p>svg > path <b>x</p>",
)


def bodies(draw: Random) -> list[str]:
    """Documents with drawings, some of them more than once and with other attributes."""
    some = [tree.text() for tree in drawings(draw, 12)]
    some += [text.replace("/>", "></path>", 1) if "<path" in text else text for text in some[::7]]
    found = []
    for _ in range(60):
        parts = draw.choices((*some, *ODD), k=draw.randrange(1, 6))
        if draw.random() < 0.5:
            parts.append(parts[0].replace('viewBox="0 0 20 20"', 'viewBox="0 0 10 10"'))
        found.append("".join(f"<p>Words {part} more</p>" for part in parts))
    return found


def test_a_drawing_that_is_set_aside_comes_back_as_it_was(
    fonts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    html, svg = weasyprint("html"), weasyprint("svg")

    def found(body: str) -> list[Any]:
        text = f"<!doctype html><html lang=en><title>x</title><body>{body}"
        tree = import_module("weasyprint").HTML(string=text, base_url="upwell:").etree_element
        context = SimpleNamespace(font_config=fonts)
        # Those inside of others first, as boxes are built.
        pictures = [
            html.SVGImage(each, "upwell:", None, context)
            for each in reversed(list(tree.iter(f"{quick.OF_SVG}svg")))
        ]
        # Before they are drawn: words are changed then.
        made: list[Any] = [ElementTree.tostring(tree)]
        for picture in pictures:
            size = picture.get_intrinsic_size(1, 16)
            drawn_now = [
                on_page(
                    partial(picture.draw, concrete_width=30, concrete_height=20, _style=None),
                    before,
                )
                for before in (None, ("red", False, None))
            ]
            made.append((size, drawn_now))
        return made

    documents = bodies(Random(SEED))
    with unhurried():
        expected = [found(body) for body in documents]
    for body, wanted in zip((*documents, *documents), (*expected, *expected), strict=True):
        assert found(body) == wanted, body
    # Neither the parser nor the stylesheets see what is inside a figure of ours, after the first.
    body = (
        '<svg class="figure" role="img" viewBox="0 0 9 9"><title>x</title>'
        '<g fill="none"><path d="M1 1h9"/></g></svg>'
    )
    first = found(body)
    text = f"<!doctype html><title>x</title>{body}"
    tree = import_module("weasyprint").HTML(string=text).etree_element
    (element,) = tree.iter(f"{quick.OF_SVG}svg")
    assert len(element) == 0
    read = Calls(monkeypatch, each_of("parse")[0].__globals__["HTMLParser"], "_parse")
    strokes = Calls(monkeypatch, svg.SVG, "draw_node")
    assert found(body) == first
    assert read.number == 1
    assert strokes.number == 0


# Whatever another part of the document may name, change or fetch stays where it is.
NOT_SET_ASIDE = (
    *('<svg id="a"></svg>', '<svg><path id="a"/></svg>', '<svg><g style="fill: red"></g></svg>'),
    *('<svg><path href="x"/></svg>', "<svg><title>a<b>x</b></title></svg>", "<svg><use/></svg>"),
    *("<svg><style>path { fill: red }</style></svg>", "<svg><path/>words</svg>"),
)


def test_only_what_is_ours_is_set_aside() -> None:
    assert [text for text in NOT_SET_ASIDE if quick.INSIDE.search(text)] == []
    assert quick.INSIDE.search('<svg class="a"><title>x</title> <g><path d="M1 1"/></g></svg>')


# --- whole papers ------------------------------------------------------------------------------


def handout(programme: Programme, **options: Any) -> str:
    """The step in force as it is printed."""
    programme.refresh_from_db()
    version = Version.objects.in_force(programme)
    assert version
    assert programme.current_step
    chosen = {"diary": True, "weeks": 1, "next_review": None, **options}
    order = Order(
        version=version, step=programme.current_step, options=chosen, on=timezone.localdate()
    )
    return html_of(sheet_of(order, ("ABCD2345", "WXYZ6789")))


@pytest.mark.django_db
def test_papers_have_the_same_bytes(engine: Engine) -> None:
    """Each with what is remembered of the others, and of itself."""
    patient = make_patient()
    left = make_programme(make_episode(patient), at=(Stage.ISOTONIC, 3))
    right = make_programme(make_episode(patient, side=Side.RIGHT), **INSERTIONAL)
    papers = [handout(right, diary=False), handout(left, both=True, diary=False)]
    with unhurried():
        expected = [engine.pdf(html) for html in papers]
    for number in (0, 1, 0):
        assert engine.pdf(papers[number]) == expected[number]
    assert len(set(expected)) == 2
    assert all("<svg" in html for html in papers)


def test_letters_of_another_size_have_the_same_bytes(tmp_path: Path) -> None:
    """What is first asked of a style whose letters were changed is worked out from those."""
    style = (
        "p::first-letter { font-size: 30px } "
        "b { letter-spacing: 0.3em; text-underline-offset: 0.5em; text-decoration: underline }"
    )
    (tmp_path / "letters.css").write_text(style)
    engine = Engine((*pdf._roots(), ("", str(tmp_path))))
    html = (
        '<!doctype html><html lang="en"><head><title>x</title>'
        '<link rel="stylesheet" href="upwell:letters.css"></head>'
        "<body><p>Heels <b>down</b></p><p><b>Slowly</b> up</p></body></html>"
    )
    with unhurried():
        expected = engine.pdf(html)
    assert [engine.pdf(html) for _ in range(2)] == [expected] * 2
