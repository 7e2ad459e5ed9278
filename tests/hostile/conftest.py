"""Data that the tests of a file share: made once, and gone with the last of them."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What this file's fixtures write stands for all of its tests, and is never committed.

    Each test that asks for the database is a part of this transaction and taken back by itself.
    """
    # Imported here and below: pytest reads this file before Django is set up.
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def by(kept: None) -> Any:
    """The practice lead, who opens every page."""
    from patients.rules.roles import Role
    from tests import make

    return make.make_user(Role.PRACTICE_LEAD)


@pytest.fixture(scope="module")
def codes(by: Any) -> dict[str, UUID]:
    """The code of each readable page, all of one patient."""
    from tests.test_audit import make_codes

    return make_codes(by)


@pytest.fixture(scope="module")
def addresses(by: Any, codes: dict[str, UUID]) -> dict[str, str]:
    """An address for every page of ours, of one patient where it is of a patient at all."""
    from tests.test_audit import make_addresses

    return make_addresses(by, codes)
