"""Privacy mode: every name and date of birth on a screen is in an element that gets blurred."""

from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Episode
from tests import make
from tests.test_queries import pages as pages

pytestmark = pytest.mark.django_db

VOID = {"br", "hr", "img", "input", "link", "meta", "path", "circle", "line", "rect", "use"}
# The patient every page is of, as ``make_patient`` names her, and the year she was born.
TELLING = ("Sampleton", "1980")


class Reader(HTMLParser):
    """Collects what of a page tells who the patient is outside elements marked ``data-person``."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.marked = 0
        self.told: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        hidden = "data-person" in values
        for name in ("title", "placeholder", "alt"):
            self._read(f"{tag} {name}", values.get(name) or "")
        if tag not in VOID:
            self.open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        places = [tag for tag, _ in self.open]
        if any(hidden for _, hidden in self.open):
            self.marked += any(word in data for word in TELLING)
        elif not {"script", "style"} & set(places):
            self._read(" > ".join(places[-3:]), data)

    def _read(self, where: str, text: str) -> None:
        if any(word in text for word in TELLING):
            self.told.append(f"{where}: {' '.join(text.split())[:80]}")


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def test_the_reader_of_this_file_sees_what_is_not_marked() -> None:
    assert read("<p>Sampleton</p><br><p data-person>Alex <b>Sampleton</b></p>").told == [
        "p: Sampleton"
    ]
    assert read('<td title="born 1980"><span data-person>Sampleton</span> x').told


def test_no_page_tells_a_name_or_a_birthday_outside_a_marked_element(
    client: Client, pages: dict[str, str]
) -> None:
    client.force_login(Episode.objects.earliest("pk").clinician)
    client.cookies["privacy"] = "1"
    told, marked = {}, 0
    for name, address in pages.items():
        response = client.get(address)
        if response.headers["Content-Type"].startswith("text/html"):
            reader = read(response.content.decode())
            marked += reader.marked
            if reader.told:
                told[name] = reader.told
    assert told == {}
    assert marked > len(pages)


def test_what_a_search_finds_is_marked(client: Client) -> None:
    patient = make.make_patient()
    client.force_login(patient.created_by)
    for address, sent in (("patients:search", "sam"), ("patients:list", "sam")):
        reader = read(client.post(reverse(address), {"q": sent}).content.decode())
        assert (reader.told, reader.marked > 0) == ([], True), address


def test_no_message_after_saving_tells_who_it_is_of(client: Client) -> None:
    client.force_login(make.make_user())
    client.cookies["privacy"] = "1"
    sent = {
        "family_name": "Sampleton",
        "given_name": "Alex",
        "date_of_birth": "1980-01-31",
        "sex": "F",
        "form_token": str(uuid4()),
    }
    added = client.post(reverse("patients:new"), sent, follow=True)
    page = added.content.decode()
    assert "The patient is added." in page
    reader = read(page)
    assert (reader.told, reader.marked > 0) == ([], True)


def test_the_server_sends_a_page_as_private_as_the_cookie_says(client: Client) -> None:
    patient = make.make_patient()
    client.force_login(patient.created_by)
    address = reverse("patients:detail", args=[patient.code])
    plain = client.get(address).content.decode()
    assert '<html lang="en-AU">' in plain
    assert "<title>Sampleton, Alex · Upwell</title>" in plain
    client.cookies["privacy"] = "1"
    private = client.get(address).content.decode()
    assert '<html lang="en-AU" class="private">' in private
    assert "<title>Upwell</title>" in private
    assert 'name="page-title" content="Sampleton, Alex · Upwell"' in private
    client.cookies["privacy"] = "0"
    assert 'class="private"' not in client.get(address).content.decode()
