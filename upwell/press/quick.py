"""What WeasyPrint works out again and again, remembered from paper to paper, or found faster.

Everything here replaces a function or a class of WeasyPrint 70 and nothing in another version. The
bytes of a paper are the same with and without it, whichever papers were drawn before. What is
remembered has a limit and is forgotten as a whole when that is reached.

It is for a process with one configuration of fonts that draws one paper at a time.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from importlib import import_module
from io import StringIO
from typing import Any

VERSIONS = "70."
MOST_LINES = 20_000  # a paper has about a thousand
MOST_SHAPED = 3_000  # of 3 kB each; a paper has about two hundred
LONGEST_LINE = 300  # letters of a text that is remembered; each of its lines is one
MOST_STYLES = 10_000  # a paper has about five hundred
MOST_DRAWINGS = 500  # of 10 kB each

# Whatever of a style decides how wide a text is and where it may break; text_wrap of WeasyPrint 70.
DECIDING = (
    *("direction", "lang", "letter_spacing", "word_spacing", "tab_size", "white_space"),
    *("hyphens", "hyphenate_character", "hyphenate_limit_chars", "hyphenate_limit_zone"),
    *("overflow_wrap", "word_break", "text_align_all", "text_align_last", "text_decoration_line"),
    *("font_family", "font_feature_settings", "font_kerning", "font_language_override"),
    *("font_size", "font_stretch", "font_style", "font_variant_alternates", "font_variant_caps"),
    *("font_variant_east_asian", "font_variant_ligatures", "font_variant_numeric"),
    *("font_variant_position", "font_variation_settings", "font_weight"),
)
# What a layout comes to when its letters are shaped; the rest is how it was asked.
SHAPED = (
    *("layout", "language", "text", "first_line_direction", "ascent", "underline_position"),
    *("underline_thickness", "strikethrough_position", "strikethrough_thickness"),
)
# Declarations that are made of an attribute of the element: the same words are another object.
OF_ATTRIBUTES = ("lang", "anchor")
# What these are computed from is kept, too.
SPECIFIED = ("position", "float", "display")
# Whoever applies these asks which of their values have been worked out, and has the others worked
# out anew in copies with another size of letters: where they are, no values are remembered.
ASKED_FOR_ALL = ("first-line", "first-letter")
APART = "apart"

SIDES = ("top", "right", "bottom", "left")
CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
OF_SVG = "{http://www.w3.org/2000/svg}"
SHAPES = frozenset(
    f"{OF_SVG}{tag}"
    for tag in ("svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon")
)
SAID = frozenset((f"{OF_SVG}title", f"{OF_SVG}desc"))
SHAPED_BY = frozenset(
    (
        *("class", "role", "viewBox", "width", "height", "x", "y", "d", "points", "transform"),
        *("cx", "cy", "r", "rx", "ry", "x1", "y1", "x2", "y2", "fill", "fill-rule", "stroke"),
        *("stroke-width", "stroke-linejoin", "stroke-linecap", "stroke-dasharray"),
    )
)
SET_ASIDE = "data-set-aside"
# A drawing that is nothing but what we write ourselves: no styles, no names, nothing from outside.
ATTRIBUTES = r'(?: (?!(?:id|style|href)=)[A-Za-z0-9-]+="[^"<>]*+")*+'
INSIDE = re.compile(
    rf"(?P<svg><svg{ATTRIBUTES})>"
    r"(?P<inside>(?:\s"
    rf"|<(?:path|rect|circle|ellipse|line|polyline|polygon){ATTRIBUTES}/>"
    rf"|<title>[^<]*+</title>|<text{ATTRIBUTES}>[^<]*+</text>|<g{ATTRIBUTES}>|</g>"
    r")*+)</svg>"
)

# Each replaced name of a module of WeasyPrint: what it was, and what it is.
_replaced: dict[tuple[Any, str], tuple[Any, Any]] = {}
_remembered: "dict[str, dict[Any, Any] | _Styles]" = {}


def hurry() -> bool:
    """Have WeasyPrint remember and hurry; whether this version is known.

    What it remembers is forgotten: it depends on the fonts, and whoever asks has changed them.
    """
    from weasyprint import VERSION

    if not VERSION.startswith(VERSIONS):
        return False
    if not _replaced:
        _read_faster()
        _remember_lines()
        _keep_shaped_lines()
        _remember_styles()
        _find_used_values_faster()
        _remember_drawings()
        _set_drawings_aside()
    for (module, name), (_, ours) in _replaced.items():
        setattr(module, name, ours)
    for each in _remembered.values():
        each.clear()
    return True


def remembered() -> dict[str, int]:
    """How much is remembered of each kind."""
    return {kind: len(each) for kind, each in _remembered.items()}


@contextmanager
def unhurried() -> Iterator[None]:
    """While it lasts, WeasyPrint is as it was. For tests."""
    for (module, name), (theirs, _) in _replaced.items():
        setattr(module, name, theirs)
    try:
        yield
    finally:
        for (module, name), (_, ours) in _replaced.items():
            setattr(module, name, ours)


def _replace(theirs: Any, ours: Any, *modules: Any) -> None:
    """Put ours in place of a function or class in these modules, or wherever it was imported."""
    everywhere = [
        module for name, module in sorted(sys.modules.items()) if name.startswith("weasyprint")
    ]
    name = theirs.__name__
    for module in modules or everywhere:
        if vars(module).get(name) is theirs:
            _replaced[module, name] = (theirs, ours)


# --- reading -----------------------------------------------------------------------------------


def _read_faster() -> None:
    """Have the parser find the expressions it has made before.

    It means to; tinyhtml5 2.1 keeps them where it never looks, and makes one for each word.
    """
    inputstream: Any = import_module("tinyhtml5.inputstream")

    class Expressions(dict[tuple[Iterable[str], bool], re.Pattern[str]]):
        def __missing__(self, key: tuple[Iterable[str], bool]) -> re.Pattern[str]:
            letters, opposite = key
            some = "".join(f"\\x{ord(letter):02x}" for letter in letters)
            found = self[key] = re.compile(f"[{some}]+" if opposite else f"[^{some}]+")
            return found

    _replaced[inputstream, "characters_until_regex"] = (
        inputstream.characters_until_regex,
        Expressions(),
    )


# --- lines of text -----------------------------------------------------------------------------


def _remember_lines() -> None:
    """Have remembered where a text breaks, and how wide and high its first line is.

    For each item of a flex box, float, inline block and cell without a width, each word is laid out
    alone, more than once, and the same words in each paper. That was half of the time of a paper.
    """
    from weasyprint.text import line_break

    known: dict[tuple[object, ...], tuple[dict[str, Any], tuple[Any, ...]]] = {}
    split, laid_out = line_break.split_first_line, line_break.Layout

    def split_first_line(
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        justification_spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> tuple[Any, ...]:
        if len(text) > LONGEST_LINE:
            return split(  # type: ignore[no-any-return]
                text, style, context, max_width, justification_spacing, is_line_start, minimum
            )
        key = (text, _deciding(style), max_width, justification_spacing, is_line_start, minimum)
        found = known.get(key)
        if found is None:
            layout, *rest = split(
                text, style, context, max_width, justification_spacing, is_line_start, minimum
            )
            if len(known) >= MOST_LINES:
                known.clear()
            # All that is left of a layout that isn't being drawn: its text, and how it was asked.
            known[key] = (dict(vars(layout)), tuple(rest))
            return (layout, *rest)
        layout = laid_out.__new__(laid_out)
        layout.__dict__.update(found[0])
        return (layout, *found[1])

    _replace(split, split_first_line)
    _remembered["lines"] = known


def _keep_shaped_lines() -> None:
    """Have the letters of a line shaped once: it is laid out, let go, and shaped again to be drawn.

    A line that is cut short with an ellipsis is changed as it is drawn, and not kept.
    """
    from weasyprint.draw import text
    from weasyprint.text import line_break

    known: dict[tuple[object, ...], dict[str, Any]] = {}
    theirs, laid_out = text.draw_text, line_break.Layout

    class Layout(line_break.Layout):
        def reactivate(self, style: Any) -> None:
            if len(self.text) > LONGEST_LINE:
                super().reactivate(style)
                return
            key = (self.text, _deciding(style), self.justification_spacing)
            found = known.get(key)
            if found is None:
                super().reactivate(style)
                if len(known) >= MOST_SHAPED:
                    known.clear()
                known[key] = {name: value for name, value in vars(self).items() if name in SHAPED}
            else:
                self.__dict__.update(found)
                self.style = style

    def draw_text(
        stream: Any, textbox: Any, offset_x: float, text_overflow: str, block_ellipsis: Any
    ) -> None:
        layout = textbox.pango_layout
        if type(layout) is laid_out and text_overflow == "clip" and block_ellipsis == "none":
            layout.__class__ = Layout
        theirs(stream, textbox, offset_x, text_overflow, block_ellipsis)

    _replace(theirs, draw_text)
    _remembered["shaped lines"] = known


def _deciding(style: Any) -> tuple[object, ...]:
    try:
        found: tuple[object, ...] = style.deciding
    except AttributeError:
        found = style.deciding = tuple(_still(style[name]) for name in DECIDING)
    return found


def _still(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_still(each) for each in value)
    return frozenset(value) if isinstance(value, set) else value


# --- computed styles ---------------------------------------------------------------------------


class _Known:
    """The values that one style came to, and the styles of what inherits from it.

    ``cascaded`` is kept since the identity of its values is the key to this one.
    """

    __slots__ = ("anonymous", "below", "cascaded", "specified", "values")

    def __init__(self, cascaded: Any = None) -> None:
        self.cascaded = cascaded
        self.values: dict[str, Any] = {}
        self.specified: dict[str, Any] = {}
        self.below: dict[tuple[object, ...], _Known] = {}
        self.anonymous: _Known | None = None


class _Styles:
    """Every style known, from the root of a document downwards."""

    def __init__(self) -> None:
        self.clear()

    def __len__(self) -> int:
        return self.count

    def clear(self) -> None:
        """Begin anew with the next document."""
        self.roots: dict[tuple[object, ...], _Known] = {}
        self.count = 0
        self.recording = True

    def below(self, style: Any) -> _Known | None:
        """What is known of a style, told by what it is computed from; None for one not kept."""
        parent = style.parent_style
        if parent is None:
            if self.count >= MOST_STYLES or not self.recording:
                self.clear()
            place = self.roots
        elif parent.known is None:
            return None
        else:
            place = parent.known.below
        key = (
            style.pseudo_type,
            style.base_url,
            id(style.font_config),
            *[
                (name, value if name in OF_ATTRIBUTES else id(value), origin, layer, *specificity)
                for name, (value, (origin, layer, specificity)) in style.cascaded.items()
            ],
        )
        found = place.get(key)
        if found is None and self.count < MOST_STYLES:
            self.count += 1
            found = place[key] = _Known(style.cascaded)
        return found

    def leave_off(self) -> None:
        """Keep nothing of this document: its styles depend on the size of its first page."""
        self.recording = False
        self.roots = {}


def _remember_styles() -> None:
    """Have the values of styles remembered: most papers have the same ones.

    A style's values depend on the declarations that apply to it, on its parent's, and where they
    are told in parts of a page on that. Each document has styles of its own, which begin with the
    values that were worked out before: the layout changes some of them later.
    """
    from weasyprint import css

    # Before any value is worked out, so that nobody finds one without.
    css.Style.known = None
    styles = _Styles()
    unasked = _Known()

    class ComputedStyle(css.ComputedStyle):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self._known: _Known | None = unasked
            if self.pseudo_type in ASKED_FOR_ALL:
                # All styles of a document have these sizes.
                self._sizes[APART] = True
            # All that is asked of most pseudo-elements; None where there is no declaration.
            if "anchor" not in self.cascaded and self.pseudo_type not in ASKED_FOR_ALL:
                self["anchor"] = None

        @property
        def known(self) -> _Known | None:
            if self._known is unasked:
                self._known = known = None if APART in self._sizes else styles.below(self)
                if known is not None:
                    changed = dict(self)
                    self.update(known.values)
                    self.update(changed)
                    self.specified.update(known.specified)
            return self._known

        @property
        def initial_page_sizes(self) -> Any:
            styles.leave_off()
            return self._sizes

        @initial_page_sizes.setter
        def initial_page_sizes(self, sizes: Any) -> None:
            self._sizes = sizes

        def copy(self) -> Any:
            """One whose values may be changed before others are computed from them."""
            copy = theirs(
                self.parent_style,
                self.cascaded,
                self.pseudo_type,
                self.root_style,
                self.base_url,
                self.font_config,
                self._sizes,
            )
            copy.update(self)
            copy.specified = self.specified.copy()
            return copy

        def __missing__(self, key: str) -> Any:
            if key == "anchor":
                # Asked for as the style is made, before those are known that come later.
                return super().__missing__(key)
            if self._known is unasked and self.known is not None and key in self:
                return self[key]
            value = super().__missing__(key)
            known = self.known
            if known is not None and styles.recording:
                known.values[key] = value
                if key in SPECIFIED:
                    known.specified[key] = self.specified[key]
            return value

    class AnonymousStyle(css.AnonymousStyle):
        def __init__(self, parent: Any) -> None:
            super().__init__(parent)
            if parent.known is not None:
                if parent.known.anonymous is None:
                    parent.known.anonymous = _Known()
                self.known = parent.known.anonymous
                self.update(self.known.values)

        def copy(self) -> Any:
            """One whose values may be changed before others are computed from them."""
            copy = theirs_anonymous(self.parent_style)
            copy.update(self)
            return copy

        def __missing__(self, key: str) -> Any:
            value = super().__missing__(key)
            if self.known is not None and styles.recording:
                self.known.values[key] = value
            return value

    theirs, theirs_anonymous = css.ComputedStyle, css.AnonymousStyle
    _replace(theirs, ComputedStyle, css)
    _replace(theirs_anonymous, AnonymousStyle, css)
    _remembered["styles"] = styles


# --- used values -------------------------------------------------------------------------------


def _find_used_values_faster() -> None:
    """Have a box given its margins, paddings and sizes at once where none is a share of another.

    The same for its corners and its background where it has none. Each is asked for again whenever
    a box is laid out, one by one.
    """
    from weasyprint.css.properties import ZERO_PIXELS
    from weasyprint.layout import background, percent

    lengths = (
        *(f"{edge}_{side}" for edge in ("margin", "padding") for side in SIDES),
        *(f"{bound}{axis}" for bound in ("", "min_", "max_") for axis in ("width", "height")),
    )
    square = dict.fromkeys((f"border_{corner}_radius" for corner in CORNERS), (0, 0))
    resolve, radii = percent.resolve_percentages, percent.resolve_radii_percentages
    lay_out = background.layout_box_backgrounds

    def plain_of(style: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The used lengths and border widths, None where they depend on another box."""
        if style["box_sizing"] != "content-box":
            return None
        found = {}
        for name in lengths:
            value = style[name]
            if value == "auto":
                value = 0 if name in ("min_width", "min_height") else value
            elif getattr(value, "unit", None) == "px":
                value = value.value
            else:
                return None
            found[name] = value
        return found, {f"border_{side}_width": style[f"border_{side}_width"] for side in SIDES}

    def resolve_percentages(box: Any, containing_block: Any) -> None:
        style = box.style
        try:
            plain = style.plain
        except AttributeError:
            plain = style.plain = plain_of(style)
        if plain is None:
            resolve(box, containing_block)
            return
        used, borders = plain
        box.__dict__.update(used)
        if style["border_collapse"] == "collapse":
            # Those that a table has settled stay.
            borders = {name: width for name, width in borders.items() if not hasattr(box, name)}
        box.__dict__.update(borders)

    def resolve_radii_percentages(box: Any) -> None:
        style = box.style
        try:
            is_square = style.is_square
        except AttributeError:
            is_square = style.is_square = all(ZERO_PIXELS in style[name] for name in square)
        if is_square:
            box.__dict__.update(square)
        else:
            radii(box)

    def is_bare(style: Any) -> bool:
        color = style["background_color"]
        return (
            style["border_image_source"][0] == "none"
            and style["mask_border_source"][0] == "none"
            and style["visibility"] != "hidden"
            and all(kind == "none" for kind, _ in style["background_image"])
            and color != "currentcolor"
            and color.alpha == 0
            and not style["box_shadow"]
        )

    def layout_box_backgrounds(
        page: Any,
        box: Any,
        get_image_from_uri: Any,
        layout_children: bool = True,
        style: Any = None,
    ) -> None:
        own = box.style if style is None else style
        try:
            bare = own.bare
        except AttributeError:
            bare = own.bare = is_bare(own)
        if box is page or not bare:
            lay_out(page, box, get_image_from_uri, layout_children, style)
            return
        resolve_radii_percentages(box)
        if layout_children:
            for child in box.all_children():
                layout_box_backgrounds(page, child, get_image_from_uri)
        box.background = None

    _replace(resolve, resolve_percentages)
    _replace(radii, resolve_radii_percentages)
    _replace(lay_out, layout_box_backgrounds)


# --- drawings ----------------------------------------------------------------------------------


def _remember_drawings() -> None:
    """Have the strokes of a drawing remembered: an exercise is drawn alike on each paper.

    They depend on its elements, its size and the colours that are set before it. A drawing with
    words, or with anything that another part of the document may change, is drawn each time.
    """
    from weasyprint.svg import SVG

    pydyf: Any = import_module("pydyf")

    known: dict[tuple[object, ...], tuple[bytes, dict[str, Any]]] = {}
    theirs = SVG.draw

    def draw(
        self: Any, stream: Any, width: float, height: float, base_url: str | None, context: Any
    ) -> None:
        content = getattr(self, "content", None) or _content(self.tree._etree_node)
        if content is None or getattr(self, "svg", None) is not None:
            theirs(self, stream, width, height, base_url, context)
            return
        colors = (stream._current_color, stream._current_color_stroke)
        opacities = (stream._current_alpha, stream._current_alpha_stroke)
        key = (content, width, height, colors, opacities)
        states = stream._resources["ExtGState"]
        found = known.get(key)
        if found is None:
            begin = len(stream.stream)
            theirs(self, stream, width, height, base_url, context)
            strokes = stream.stream[begin:]
            set_by_it = (each[1:-3].decode() for each in strokes if each.endswith(b" gs"))
            if len(known) >= MOST_DRAWINGS:
                known.clear()
            known[key] = (
                b"\n".join(strokes),
                {name: dict(states[name]) for name in set_by_it},
            )
            return
        strokes, needed = found
        for name, state in needed.items():
            if name not in states:
                states[name] = pydyf.Dictionary(state)
        if strokes:
            # What ends a drawing makes the page forget its colours.
            stream.stream.append(strokes)
            stream._current_color = stream._current_color_stroke = None
            stream._current_alpha = stream._current_alpha_stroke = None
            stream._current_font = None

    _replace(theirs, draw, SVG)
    _remembered["drawings"] = known


def _set_drawings_aside() -> None:
    """Keep what is inside a drawing away from the parser and the stylesheets of the document.

    They take as long with the lines of a figure as with the words of the paper, and do nothing to
    them: in WeasyPrint a drawing has styles of its own. Its elements are put back when it is made
    an image.
    """
    from weasyprint import html

    tinyhtml5: Any = import_module("tinyhtml5")

    known: dict[str, tuple[Any, bool]] = {}
    aside: list[str] = []
    parse, image = tinyhtml5.parse, html.SVGImage

    def parsed(inside: str) -> tuple[Any, bool]:
        """The drawing's elements, and whether there are shapes only."""
        found = known.get(inside)
        if found is None:
            text = f"<!doctype html><body><svg>{inside}</svg>"
            root = parse(text, namespace_html_elements=False).find(f".//{OF_SVG}svg")
            if len(known) >= MOST_DRAWINGS:
                known.clear()
            found = known[inside] = (root, _content(root) is not None)
        return found

    def without_drawings(source: Any, **options: Any) -> Any:
        aside.clear()

        def take(found: re.Match[str]) -> str:
            aside.append(found["inside"])
            return f'{found["svg"]} {SET_ASIDE}="{len(aside) - 1}"></svg>'

        if isinstance(source, StringIO):
            source = StringIO(INSIDE.sub(take, source.read()))
        return parse(source, **options)

    def with_drawing(tree: Any, *given: Any) -> Any:
        number = tree.attrib.pop(SET_ASIDE, None)
        if number is None:
            return image(tree, *given)
        inside = aside[int(number)]
        root, shapes = parsed(inside)
        tree.text = root.text
        # Words are changed as they are drawn.
        tree.extend(root if shapes else deepcopy(root))
        made = image(tree, *given)
        if shapes and SHAPED_BY.issuperset(tree.attrib):
            made._svg.content = (inside, *tree.attrib.items())
        return made

    _replaced[tinyhtml5, "parse"] = (parse, without_drawings)
    _replaced[html, "SVGImage"] = (image, with_drawing)
    _remembered["insides of drawings"] = known


def _content(root: Any) -> tuple[object, ...] | None:
    """Everything a drawing is made of, None for one that is more than shapes."""
    found: list[object] = []
    for element in root.iter():
        if element.tag in SAID:
            found.append(element.tag)
            continue
        attributes = element.attrib
        if element.tag not in SHAPES or not SHAPED_BY.issuperset(attributes):
            return None
        if any("url" in attributes.get(paint, "") for paint in ("fill", "stroke")):
            return None
        # With the number of its children, so that the same elements nested otherwise are others.
        found.append((element.tag, len(element), *attributes.items()))
    return tuple(found)
