"""What the source may not have at all, so that nobody has to think of it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import FileField

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("upwell", "patients", "assessments", "programmes")
SOURCES = [
    path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "migrations" not in path.parts
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.*"))

# Each takes no text of anybody: names of tables, and values as parameters.
OWN_STATEMENTS = {
    "upwell/checks.py",
    "upwell/database.py",
    "upwell/management/play.py",
    "upwell/management/sizes.py",
    "upwell/seals.py",
    "programmes/actions/reading.py",
    "programmes/destruction.py",
    "programmes/export/writing.py",
    "programmes/selectors/audit.py",
}
# The one page that takes files, which are read as text or as FIT and never kept.
UPLOADS = {"templates/assessments/import_form.html"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in nodes(path) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_statements_are_written_in_the_named_modules_only() -> None:
    found = {
        name_of(path)
        for path in SOURCES
        for call in calls(path)
        if called(call) in {"raw", "extra", "RawSQL", "cursor"}
    }
    assert found == OWN_STATEMENTS


def test_no_call_takes_a_request_as_its_arguments() -> None:
    """`filter(**request.GET)` lets the address choose what is joined and how."""
    found = []
    for path in SOURCES:
        for call in calls(path):
            spread = [word.value for word in call.keywords if word.arg is None]
            spread += [each.value for each in call.args if isinstance(each, ast.Starred)]
            if any(
                re.search(r"\.(GET|POST|META|headers|COOKIES|FILES)\b", ast.unparse(each))
                for each in spread
            ):
                found.append((name_of(path), ast.unparse(call)[:90]))
    assert found == []


def test_no_column_is_chosen_by_a_request() -> None:
    found = [
        (name_of(path), ast.unparse(call)[:90])
        for path in SOURCES
        for call in calls(path)
        if called(call) in {"order_by", "values", "values_list", "annotate", "only", "filter"}
        and re.search(r"\brequest\b", ast.unparse(call).split("(", 1)[-1])
        and any("GET" in ast.unparse(each) or "POST" in ast.unparse(each) for each in call.args)
    ]
    assert found == []


@pytest.mark.parametrize(
    "banned",
    ["mark_safe", "SafeString", "format_html", "html_safe", "eval", "exec", "pickle", "marshal"],
)
def test_nothing_marks_text_as_safe_or_runs_it(banned: str) -> None:
    found = {
        name_of(path)
        for path in SOURCES
        for node in nodes(path)
        if (isinstance(node, ast.Name) and node.id == banned)
        or (isinstance(node, ast.Attribute) and node.attr == banned)
        or (isinstance(node, ast.alias) and node.name == banned)
    }
    assert found == set()


@pytest.mark.parametrize(
    "banned",
    [
        r"\|\s*safe\b",
        r"\|\s*safeseq\b",
        r"autoescape off",
        r"{%\s*filter\b",
        r"<script(?![^>]*\b(?:src|type=\"application/json\"))",
        r"\shx-on",
        r"\sstyle=",
        r"javascript:",
        r"\son[a-z]+=",
        r"<base\b",
        r"\ssrcdoc=",
    ],
)
def test_no_template_opens_a_door(banned: str) -> None:
    found = [
        f"{name_of(path)}: {line.strip()[:80]}"
        for path in TEMPLATES
        for line in path.read_text().splitlines()
        if re.search(banned, re.sub(r"{%.*?%}", "", line))
    ]
    assert found == []


def test_no_table_keeps_a_file_and_one_page_takes_some() -> None:
    """I7."""
    kept = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FileField)
    ]
    assert kept == []
    taking = {
        name_of(path)
        for path in TEMPLATES
        if re.search(r"multipart/form-data|type=\"file\"", path.read_text())
    }
    assert taking == UPLOADS
    reading = {name_of(path) for path in SOURCES if re.search(r"\.FILES\b", path.read_text())}
    assert reading <= {"assessments/views/imports.py", "upwell/uploads.py"}
