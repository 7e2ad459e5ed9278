"""What WeasyPrint works out again and again, remembered: the narrowest and widest a text can be.

For each item of a flex box, float, inline block and cell without a width, it lays out each word
alone, more than once, and the same words in each paper. That was half of the time of a paper.
"""

from typing import Any

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
VERSIONS = "70."
MOST = 20_000  # widths; a paper has about a thousand


def remember_widths() -> bool:
    """Have widths of texts remembered from paper to paper; whether this WeasyPrint is known.

    A width depends on the fonts too, so this is for a process with one configuration of fonts.
    """
    from weasyprint import VERSION
    from weasyprint.layout import preferred

    if not VERSION.startswith(VERSIONS):
        return False
    if not hasattr(preferred.split_first_line, "forget"):
        preferred.split_first_line = remembering(preferred.split_first_line)
    preferred.split_first_line.forget()
    return True


def remembering(split: Any) -> Any:
    """The function, which remembers the two parts of its answer that ``preferred`` uses."""
    known: dict[tuple[object, ...], tuple[int | None, float]] = {}

    def split_first_line(
        text: str,
        style: Any,
        context: Any,
        max_width: float | None,
        justification_spacing: float,
        is_line_start: bool = True,
        minimum: bool = False,
    ) -> tuple[None, None, int | None, float, None, None]:
        try:
            deciding = style.deciding
        except AttributeError:
            deciding = style.deciding = tuple(_still(style[name]) for name in DECIDING)
        key = (text, deciding, max_width, justification_spacing, is_line_start, minimum)
        found = known.get(key)
        if found is None:
            _, _, resume_at, width, _, _ = split(
                text, style, context, max_width, justification_spacing, is_line_start, minimum
            )
            if len(known) >= MOST:
                known.clear()
            found = known[key] = (resume_at, width)
        return None, None, found[0], found[1], None, None

    # Who has the fonts changed begins anew.
    split_first_line.forget = known.clear  # type: ignore[attr-defined]
    return split_first_line


def _still(value: Any) -> Any:
    return tuple(_still(each) for each in value) if isinstance(value, list) else value
