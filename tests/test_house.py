"""Rules of the house that a reader would otherwise have to remember."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.urls import get_resolver

from assessments.rules import defaults as assessment_defaults
from programmes.rules import defaults as programme_defaults
from tests.test_access import walk

ROOT = Path(__file__).resolve().parent.parent
APPS = ("patients", "assessments", "programmes")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SOURCES = sorted(path for app in (*APPS, "upwell") for path in (ROOT / app).rglob("*.py"))
TOP_LEVEL = {
    "manage.py",
    "pyproject.toml",
    "upwell",
    "patients",
    "assessments",
    "programmes",
    "templates",
    "static",
    "tests",
    "README.md",
    "Makefile",
    "requirements.txt",
    "docs",
}
# Only what git ignores may stand beside them.
IGNORED = {"var"}
FORBIDDEN = (r"\sstyle=", r"<style", r"hx-on", r"\|safe\b", r"autoescape off", r"hx-vals=.js:")
TEXTS = [
    path
    for path in ROOT.rglob("*")
    if path.suffix in {".py", ".md", ".html", ".css", ".js"}
    and path.is_file()
    and not {".venv", "var", ".git"} & set(path.parts)
]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_top_level_is_as_fixed() -> None:
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - IGNORED <= TOP_LEVEL


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_templates_hold_nothing_inline_and_trust_nothing(path: Path) -> None:
    text = path.read_text()
    # The PDF is no page of a browser: its frame alone may carry styles.
    for forbidden in (
        r"\sstyle=",
        r"<style",
        r"hx-on",
        r"\|safe\b",
        r"autoescape off",
        r"hx-vals=.js:",
    ):
        assert not re.search(forbidden, text), forbidden
    for script in re.findall(r"<script\b[^>]*>", text):
        assert " src=" in script


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_a_form_that_says_it_warns_has_the_script_that_does(path: Path) -> None:
    text = path.read_text()
    if "data-guarded" in text and "{% extends" in text:
        assert "upwell/assessment.js" in text


@pytest.mark.parametrize("path", TEMPLATES, ids=relative)
def test_includes_stay_in_their_app(path: Path) -> None:
    app = path.relative_to(ROOT / "templates").parts[0]
    for target in re.findall(r'{%\s*include "([^"]+)"', path.read_text()):
        assert target.split("/")[0] in {app, "partials", "charts", "django"}, target


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if "views" in (p.stem, p.parent.name)], ids=relative
)
def test_views_are_thin(path: Path) -> None:
    text = path.read_text()
    for query in (".filter(", ".exclude(", ".annotate(", ".aggregate("):
        assert query not in text, query
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name
            first = node.body[0].lineno
            assert (node.end_lineno or first) - first <= 26, node.name


def test_every_view_restricts_its_methods() -> None:
    for name, pattern in walk(get_resolver()):
        module = getattr(pattern.callback, "__module__", "")
        if module.split(".")[0] in (*APPS, "upwell"):
            source = Path(ROOT / (module.replace(".", "/") + ".py")).read_text()
            view = pattern.callback.__name__
            decorators = source.split(f"def {view}(")[0].rsplit("\n\n\n", 1)[-1]
            assert "@require_" in decorators, name


@pytest.mark.parametrize("path", [p for p in SOURCES if "/rules/" in str(p)], ids=relative)
def test_rules_know_no_framework(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            assert not name.startswith(("django", "upwell", "weasyprint", "psycopg")), name


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_public_functions_say_what_they_give(path: Path) -> None:
    if "migrations" in path.parts:
        return
    tree = ast.parse(path.read_text())
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            documented = ast.get_docstring(node) or path.name == "apps.py"
            assert documented, f"{node.name} has no docstring"


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_nothing_names_a_machine_or_a_package_index(path: Path) -> None:
    text = path.read_text()
    # Written apart so that this file doesn't find itself.
    for words in ("/wor" + "k/", "index-" + "url", "/ro" + "ot/", "simple" + "/pypi"):
        assert words not in text, words


# Who reads our own values: the readers of those in force need only their classes.
OURS_READ_BY = {"programmes/management/commands/rulebook.py"}


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if "rules" not in path.parts], ids=relative
)
def test_nothing_but_the_rules_goes_by_our_own_defaults(path: Path) -> None:
    """A page that did would tell other numbers than those the practice lead has set."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    imported = {
        alias.asname or alias.name: (node.module or "", alias.name)
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    names |= {name for _, name in imported.values()}
    assert "DEFAULTS" not in names or relative(path) in OURS_READ_BY
    left_out = [
        node.lineno
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(called := node.func, ast.Name | ast.Attribute)
        and (each := JUDGING.get(_meant(called, imported)))
        and each - {said.arg for said in node.keywords}
    ]
    assert not left_out or relative(path) in OURS_READ_BY


def _rules_that_judge() -> dict[tuple[str, str], set[str]]:
    """Every public rule that goes by defaults, and the names of the arguments it takes them by."""
    found = {}
    for path in SOURCES:
        if "rules" in path.parts:
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef):
                    said = [*node.args.args, *node.args.kwonlyargs]
                    named = {each.arg for each in said if _is_defaults(each.annotation)}
                    if named and not node.name.startswith("_"):
                        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                        found[module, node.name] = named
    return found


def _is_defaults(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in {
        "AssessmentDefaults",
        "ProgrammeDefaults",
    }


JUDGING = _rules_that_judge()


def _meant(
    called: ast.Name | ast.Attribute, imported: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    """The module and the name of what is called here, blank where it isn't imported."""
    if isinstance(called, ast.Name):
        return imported.get(called.id, ("", ""))
    if isinstance(called.value, ast.Name) and called.value.id in imported:
        return ".".join(imported[called.value.id]), called.attr
    return "", ""


def test_settings_name_one_number_each() -> None:
    for module in (assessment_defaults, programme_defaults):
        rows = module.DEFAULTS.described()
        assert len({row.name for row in rows}) == len(rows) > 10
        assert all(row.note and row.source for row in rows)
