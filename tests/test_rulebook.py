"""The page of defaults and sources says what the rules read."""

from pathlib import Path

from programmes.management.commands.rulebook import rulebook

PAGE = Path(__file__).resolve().parent.parent / "docs" / "rulebook.md"


def test_the_page_in_docs_is_the_one_the_rules_print() -> None:
    assert PAGE.read_text().rstrip("\n") == rulebook(), "run: manage.py rulebook > docs/rulebook.md"
