"""Every address opened alone, as from a bookmark: a whole page, a document, or elsewhere (B5)."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse

from patients.models import User
from tests import make
from tests.test_access import ACCESS, ACCOUNT, PATTERNS, address
from tests.test_sign_in import OF_ONE_KEY

pytestmark = pytest.mark.django_db

OPENED = sorted(name for name in PATTERNS if "GET" in ACCESS[name][1])
# What is read by a program or kept in a file, by the kind it is sent as.
DOCUMENTS = {"application/pdf", "image/png", "image/svg+xml", "text/csv", "text/plain"}
# Without such a key, or with a link that is none, there is a whole page that says so.
NOT_THERE = {*OF_ONE_KEY, "account_invitation"}
# Pictures have titles too.
TITLE = r"<head>(?:(?!</head>).)*<title>\s*[^<\s]"
WHOLE = (r"\A\s*<!doctype html>", "<html[ >]", TITLE, "<header[ >]", '<main id="main"')


def missing(page: str) -> list[str]:
    """What a whole page has once, and this one doesn't have or has more than once."""
    wrong = [each for each in WHOLE if len(re.findall(each, page, re.IGNORECASE | re.DOTALL)) != 1]
    return wrong + ["</html>"] * (not page.rstrip().endswith("</html>"))


def test_a_piece_of_a_page_is_seen_to_be_one() -> None:
    whole = (
        "<!doctype html><html><head><title>x</title></head><header></header>"
        '<main id="main"><svg><title>y</title></svg></main></html>'
    )
    assert missing(whole) == []
    assert missing(whole + whole)
    assert missing("<p>Saved.</p>")
    for part in ("<!doctype html>", "<title>x</title>", "<header></header>", "</html>"):
        assert missing(whole.replace(part, "")), part


@pytest.mark.parametrize("name", OPENED)
def test_what_is_opened_alone_is_whole(by: User, addresses: dict[str, str], name: str) -> None:
    """No piece meant for the inside of a page, signed in and signed out."""
    if ACCESS[name][0] == ACCOUNT:
        TOTP.activate(by, generate_totp_secret())
        RecoveryCodes.activate(by)
    inside, outside = Client(), Client()
    make.sign_in(inside, by)
    to = addresses.get(name) or (reverse(name, args=[1]) if name in OF_ONE_KEY else address(name))
    for visitor in (inside, outside):
        answer = visitor.get(to)
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if answer.status_code in (301, 302):
            there = urlsplit(answer["Location"])
            assert (there.netloc, there.path[:1]) == ("", "/")
        elif kind == "text/html":
            assert answer.status_code == (404 if name in NOT_THERE else 200)
            assert missing(answer.text) == []
        else:
            assert answer.status_code == 200
            assert kind in DOCUMENTS
        assert answer["X-Content-Type-Options"] == "nosniff"
