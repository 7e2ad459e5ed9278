"""Texts nobody would type, and how to tell that one of them became more than text."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from tests.test_database import models_of_ours

MARK = "zq"
"""In every payload: no element, no attribute and no statement of ours has it."""

SHORT = "\"zq=1 'zq=1 ><zq>"
"""Fits nearly every column: out of an attribute by either quote, and an element."""

EVENTS = ("onerror", "onload", "onfocus autofocus", "onmouseover", "ontoggle open", "onbegin")
CLOSERS = ("title", "textarea", "script", "style", "noscript", "template", "svg", "option")
LINKS = ("javascript:", "JaVaScRiPt:", "java\tscript:", "data:text/html,", "vbscript:")
WAYS = (
    SHORT,
    *(f'<zq {event}="window.zq=1">' for event in EVENTS),
    *(f"<img src=zq {event}=window.zq=1>" for event in EVENTS),
    *(f'"{event}="window.zq=1" zq="' for event in EVENTS),
    *(f"</{name}><zq zq=1><script>window.zq=1</script>" for name in CLOSERS),
    *(f'<a zq href="{link}window.zq=1">zq</a>' for link in LINKS),
    *(f"{link}window.zq=1" for link in LINKS),
    "--><zq zq>",
    "]]><zq zq>",
    "<!--<zq zq>",
    "<svg/zq/onload=window.zq=1>",
    "<zq\x0conclick=window.zq=1>",
    "<<zq>zq>",
    "<zq",
    "\uff1czq\uff1e",
    "\u202e<zq>",
    "&lt;zq&gt;<zq>",
    "&#60;zq&#62;&quot;zq=1",
    "%3Czq%3E",
    "\\u003czq\\u003e",
    "{{ 191|add:zq }}{% load zq %}",
    "${191*193}#{191*193}{{191*193}}zq",
    "<form zq action=https://zq.invalid><button>zq",
    "<base zq href=https://zq.invalid/>",
    "<meta zq http-equiv=refresh content=0;url=https://zq.invalid>",
    "<link zq rel=stylesheet href=https://zq.invalid/>",
    "<iframe zq srcdoc='<script>parent.zq=1</script>'>",
    "<object zq data=file:///etc/passwd>",
    "<math><zq xlink:href=javascript:window.zq=1>",
    "<div zq hx-get=https://zq.invalid hx-trigger=load>",
    "<x zq style=background:url(https://zq.invalid)>",
)

FORMULAS = (
    "=1+zq",
    "+zq",
    "-zq",
    "@zq",
    "\t=zq",
    "\r=zq",
    " =zq",
    "\uff1dzq",
    "\u00a0=zq",
    "=zq|' /C zq'!A0",
)

# Words of the rules, numbers as text, digests and keys: no form takes them as free text.
NOT_TYPED = re.compile(
    r"digest|sha256|password|code$|rules_version|^(column|rung|exercise|matrix_row|unlock|rule|flag"
    r"|level|q\d.*|key|knee|contraction|range|regression|page|method|request|previous|wording"
    r"|language|form_version|record_number|wanted|origin|pgh_.*)$"
)


def typed_columns(model: type[models.Model]) -> Iterator[Any]:
    """The columns of a table that hold what somebody typed."""
    for field in model._meta.local_concrete_fields:
        text = isinstance(field, models.CharField | models.TextField) and not field.choices
        if (text or isinstance(field, models.JSONField)) and not NOT_TYPED.search(field.name):
            yield field


# Of a column without a limit.
LETTERS = 4_000


def poison(wanted: tuple[str, ...]) -> tuple[set[str], set[str]]:
    """Write as many of these texts as there is room for into every typed column of every row.

    As the owner, inside a transaction: triggers look away, constraints don't. Returns the columns
    that hold them now and those the database refused.
    """
    done, refused = set(), set()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    for model in models_of_ours():
        fields = list(typed_columns(model))
        names = [field.name for field in fields]
        for number, (key, *values) in enumerate(model._default_manager.values_list("pk", *names)):
            held = dict(zip(names, values, strict=True))
            new = {
                field.name: filled(held[field.name], wanted, field.max_length or LETTERS, number)
                for field in fields
            }
            changed = {name: new[name] for name in names if new[name] != held[name]}
            taken = set(changed)
            if changed and not stored(model, key, changed):
                taken = {name for name in changed if stored(model, key, {name: changed[name]})}
                # What is empty in this state of a record stays so.
                full = {name for name in changed if held[name]}
                refused |= {f"{model._meta.label}.{name}" for name in full - taken}
            done |= {f"{model._meta.label}.{name}" for name in taken}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
    return done, refused - done


def stored(model: type[models.Model], key: Any, values: dict[str, Any]) -> bool:
    """Whether the database took these values for a row."""
    try:
        with transaction.atomic():
            model._default_manager.filter(pk=key).update(**values)
    except DatabaseError:
        return False
    return True


# A text inside JSON is at most as long as the shortest a form takes there: the title of a step.
JSON_LETTERS = 60


def filled(held: Any, wanted: tuple[str, ...], room: int, number: int) -> Any:
    """What a column holds, with its texts made hostile; of JSON, the words somebody reads."""
    if isinstance(held, dict | list):
        places = held.items() if isinstance(held, dict) else enumerate(held)
        new = {
            key: in_json(value, wanted, number + place) for place, (key, value) in enumerate(places)
        }
        return new if isinstance(held, dict) else list(new.values())
    if not isinstance(held, str):
        return held
    return packed(wanted, room, number)


def in_json(held: Any, wanted: tuple[str, ...], number: int) -> Any:
    """Words have blanks between them; what has none is a key of ours."""
    if isinstance(held, str):
        return packed(wanted, JSON_LETTERS, number) if " " in held else held
    return filled(held, wanted, JSON_LETTERS, number)


def packed(wanted: tuple[str, ...], room: int, number: int) -> str:
    """As many of these texts as there is room for, another one first for each number.

    Of formulas a single one: it is none where it does not begin the cell.
    """
    first = number % len(wanted)
    if wanted is FORMULAS:
        return wanted[first][:room]
    # Rows that may not have the same text twice begin otherwise.
    text = str(number % 10)
    for each in (SHORT, *wanted[first:], *wanted[:first]):
        if len(text) + len(each) <= room:
            text += each
    return text


class Made(HTMLParser):
    """Collects the elements, attributes and links of a page that come out of a payload."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.told = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if MARK in tag or tag in {"iframe", "object", "embed", "base", "math"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            text = re.sub(r"[\s\x00-\x1f]", "", value or "").casefold()
            self.told += MARK in text
            if MARK in name or name.startswith("on") or name in {"style", "srcdoc"}:
                self.found.append(f"<{tag} {name}>")
            if name in {"href", "src", "action", "formaction", "data", "xlink:href"} and (
                MARK in text or text.startswith(("javascript:", "vbscript:", "data:text"))
            ):
                self.found.append(f"<{tag} {name}={text[:40]}>")
            if name in {"hx-get", "hx-post", "hx-target", "hx-trigger"} and MARK in text:
                self.found.append(f"<{tag} {name}={text[:40]}>")

    def handle_decl(self, decl: str) -> None:
        if MARK in decl:
            self.found.append(decl)

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.found.append(f"<!-- {data[:40]}")

    def handle_data(self, data: str) -> None:
        self.told += MARK in data
        if self.lasttag in {"script", "style"} and MARK in data and "json" not in data:
            self.found.append(f"in <{self.lasttag}>: {data[:40]}")
        if str(191 * 193) in data:
            self.found.append(f"worked out: {data[:40]}")


def read(page: str) -> Made:
    """What a page made of the payloads."""
    reader = Made()
    reader.feed(page)
    reader.close()
    return reader
