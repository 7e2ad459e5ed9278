"""What the documents name is there: files, commands, tests, and every row of the scorecard."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
COMMANDS = {path.stem for path in ROOT.glob("*/management/commands/*.py")} | {
    *("check", "collectstatic", "makemigrations", "migrate", "shell", "help"),
}
# The scorecard: each of these has a row, done or not.
ROWS = [
    *(f"D{number}" for number in range(1, 10)),
    *(f"C{number}" for number in range(1, 6)),
    *(f"F{number}" for number in range(1, 8)),
    *(f"B{number}" for number in range(1, 9)),
    *(f"A{number}" for number in range(1, 8)),
    *("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I11"),
    *("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S11"),
    *(f"L{number}" for number in range(1, 6)),
    *("R1", "R2", "R3", "R4", "U1", "U2", "Q1", "Q2", "Q4"),
    *(f"X{number}" for number in range(1, 9)),
]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[\w-]+)?\)", path.read_text()):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_commands_are_there(path: Path) -> None:
    for command in re.findall(r"manage\.py ([a-z_]+)", path.read_text()):
        assert command in COMMANDS, command


def test_each_row_of_the_score_is_told_once() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()
    rows = re.findall(r"^\| ([A-Z]\d+) \|", text, re.MULTILINE)
    assert rows == sorted(set(rows), key=rows.index)
    assert set(rows) == set(ROWS)
    for line in text.splitlines():
        if re.match(r"\| [A-Z]\d+ \|", line):
            assert line.count(" | ") == 4, line
            assert not line.endswith("| |")


def test_the_tests_of_the_score_are_there() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text()
    named = re.findall(r"`(tests/[\w/.]+)(?: -k (\"[^\"]+\"|\w+))?`", text)
    assert len(named) > 40
    for place, chosen in named:
        path = ROOT / place
        assert path.exists(), place
        if chosen:
            files = [path] if path.is_file() else sorted(path.rglob("test_*.py"))
            tests = re.findall(r"^def (test_\w+)", "".join(f.read_text() for f in files), re.M)
            for word in chosen.strip('"').split(" or "):
                assert any(word in test for test in tests), (place, word)
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make (\w+)`", text):
        assert f"\n{target}:" in makefile, target
