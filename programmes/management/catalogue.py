"""The messages papers are made of, found in the sources, and the catalogues of each language."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.template.base import Lexer, Token, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

from programmes.rules.library.spoken import CONTEXT, TEXTS
from programmes.rules.words import DOMAIN, FOLDER

ROOT = Path(__file__).resolve().parents[2]
SAYING = {"say": 1, "marked": 1, "say_as": 2, "say_counted": 2}
"""Functions of ``programmes.rules.words``, and how many messages each is given."""


class Unreadable(ValueError):
    """A message that can't be found by reading the source; names the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text to translate. ``context`` and ``plural`` are None where there is none."""

    text: str
    context: str | None = None
    plural: str | None = None
    places: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str | None, str]:
        """What tells it from every other message."""
        return self.context, self.text


def messages() -> tuple[Message, ...]:
    """Every message of the rules, the templates and the library, each once, in reading order.

    Raises ``Unreadable`` for one that isn't written out, and for one with two plurals.
    """
    found: dict[tuple[str | None, str], Message] = {}
    for message in _everywhere():
        known = found.get(message.key)
        if known is None:
            found[message.key] = message
            continue
        if known.plural and message.plural and known.plural != message.plural:
            raise Unreadable(f"{message.places[0]}: {message.text!r} has two plurals")
        places = tuple(dict.fromkeys((*known.places, *message.places)))
        found[message.key] = replace(known, plural=known.plural or message.plural, places=places)
    return tuple(found.values())


def _everywhere() -> Iterator[Message]:
    for path in sorted((ROOT / "programmes").rglob("*.py")):
        if "migrations" not in path.parts:
            yield from messages_of_source(path.read_text(), str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from messages_of_template(path.read_text(), str(path.relative_to(ROOT)))
    for text in TEXTS:
        yield Message(text=text, context=CONTEXT, places=("programmes/rules/library",))


def messages_of_source(source: str, place: str) -> Iterator[Message]:
    """The messages a module says. Raises ``Unreadable`` where one isn't written out."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in SAYING:
            continue
        first = 1 if name == "say_counted" else 0
        given = node.args[first : first + SAYING[name]]
        values = [each.value for each in given if isinstance(each, ast.Constant)]
        texts = [each for each in values if isinstance(each, str)]
        if len(texts) != SAYING[name]:
            raise Unreadable(f"{place}:{node.lineno}: {name}() needs its message written out")
        match name:
            case "say" | "marked":
                yield Message(text=texts[0], places=(place,))
            case "say_as":
                yield Message(text=texts[1], context=texts[0], places=(place,))
            case _:
                yield Message(text=texts[0], plural=texts[1], places=(place,))


def messages_of_template(source: str, place: str) -> Iterator[Message]:
    """The messages of the tags ``translate`` and ``blocktranslate``. Raises ``Unreadable``."""
    block: _Block | None = None
    for token in Lexer(source).tokenize():
        words = list(smart_split(token.contents)) if token.token_type is TokenType.BLOCK else []
        tag = words[0] if words else ""
        where = f"{place}:{token.lineno}"
        if tag == "endblocktranslate" and block:
            yield block.message(place)
            block = None
        elif tag == "plural" and block:
            block.several = []
        elif block:
            block.add(token, where)
        elif tag == "blocktranslate":
            block = _Block(words, where)
        elif tag == "translate":
            # The tag looks its message up with the signs doubled, as blocktranslate does.
            text, context = _literal(words[1], where).replace("%", "%%"), None
            if "context" in words:
                context = _literal(words[words.index("context") + 1], where)
            yield Message(text=text, context=context, places=(place,))
        elif re.search(r"\b_\(", token.contents) and token.token_type is not TokenType.TEXT:
            raise Unreadable(f"{where}: write {{% translate %}} instead of _()")


class _Block:
    """What stands between ``blocktranslate`` and its end."""

    def __init__(self, words: list[str], where: str) -> None:
        self.trimmed = "trimmed" in words
        self.context = None
        if "context" in words:
            self.context = _literal(words[words.index("context") + 1], where)
        self.one: list[str] = []
        self.several: list[str] | None = None

    def add(self, token: Token, where: str) -> None:
        said = self.one if self.several is None else self.several
        match token.token_type:
            case TokenType.TEXT:
                said.append(token.contents.replace("%", "%%"))
            case TokenType.VAR:
                said.append(f"%({token.contents})s")
            case TokenType.BLOCK:
                raise Unreadable(f"{where}: no tag may stand inside blocktranslate")

    def message(self, place: str) -> Message:
        one, several = "".join(self.one), "".join(self.several or ())
        if self.trimmed:
            one, several = trim_whitespace(one), trim_whitespace(several)
        return Message(text=one, context=self.context, plural=several or None, places=(place,))


def _literal(word: str, where: str) -> str:
    if len(word) < 2 or word[0] not in "\"'" or word[-1] != word[0]:
        raise Unreadable(f"{where}: the message must be written out, without a filter")
    return word[1:-1]


def languages() -> tuple[str, ...]:
    """The codes of the languages there are catalogues of."""
    return tuple(sorted(each.parent.parent.name for each in FOLDER.glob(f"*/*/{DOMAIN}.po")))


def catalogue_path(code: str) -> Path:
    """Where the readable catalogue of this language is; the compiled one stands beside it."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def updated(old: Any) -> Any:
    """The catalogue with exactly the messages of today: what was translated stays, the rest goes.

    Both are ``polib.POFile``; messages not translated yet are blank.
    """
    import polib  # type: ignore[import-untyped]

    new = polib.POFile(wrapwidth=100)
    new.header, new.metadata = old.header, dict(old.metadata)
    known = {(entry.msgctxt, entry.msgid): entry for entry in old if not entry.obsolete}
    for message in messages():
        before = known.get(message.key)
        entry = polib.POEntry(
            msgctxt=message.context,
            msgid=message.text,
            occurrences=[(place, "") for place in message.places],
            flags=["python-brace-format"] if _has_places(message) else [],
            comment=before.comment if before else "",
            tcomment=before.tcomment if before else "",
        )
        if message.plural:
            entry.msgid_plural = message.plural
            entry.msgstr_plural = dict.fromkeys(range(plural_forms(old)), "")
            if before is not None and before.msgid_plural == message.plural:
                entry.msgstr_plural = before.msgstr_plural
        elif before is not None and not before.msgid_plural:
            entry.msgstr = before.msgstr
        new.append(entry)
    return new


def _has_places(message: Message) -> bool:
    return message.context != CONTEXT and "{" in message.text + (message.plural or "")


def plural_forms(catalogue: Any) -> int:
    """How many forms of a word go with different counts in this language."""
    found = re.match(r"\s*nplurals=(\d+);", catalogue.metadata["Plural-Forms"])
    if found is None:
        raise ValueError("Plural-Forms: must begin with nplurals=")
    return int(found[1])
