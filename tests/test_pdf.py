"""Printing: local files only, whatever a document asks for."""

import builtins
import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.paper_checks import assert_inert
from upwell import pdf
from upwell.pdf import Unprintable, html_to_pdf, local_file

PAGE = (
    '<!doctype html><html lang="en-AU"><head><title>Sample</title>{head}</head><body>{body}</body>'
)


def page(body: str = "", head: str = "") -> str:
    return PAGE.format(head=head, body=body)


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """An address on this machine, and the requests that reached it."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/asked", asked
    server.shutdown()
    thread.join()
    server.server_close()


WAYS = {
    "img": ("", '<img alt="x" src="{url}">'),
    "stylesheet": ('<link rel="stylesheet" href="{url}">', ""),
    "import": ('<style>@import "{url}";</style>', ""),
    "background": ("", '<p style="background: url({url})">x</p>'),
    "font": (
        '<style>@font-face {{ font-family: X; src: url("{url}") }} p {{ font-family: X }}</style>',
        "<p>x</p>",
    ),
    "content": ('<style>p::before {{ content: url("{url}") }}</style>', "<p>x</p>"),
    "object": ("", '<object data="{url}"></object>'),
    "embed": ("", '<embed src="{url}">'),
    "attachment": ('<link rel="attachment" href="{url}">', ""),
    "svg image": (
        "",
        '<svg width="9" height="9"><image width="9" height="9" href="{url}"/></svg>',
    ),
    "list": ("<style>li {{ list-style-image: url({url}) }}</style>", "<ul><li>x</li></ul>"),
    "border": (
        "<style>p {{ border: 1px solid; border-image: url({url}) 1 }}</style>",
        "<p>x</p>",
    ),
    "link": ("", '<a href="{url}">x</a>'),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_connection_to_another_address(listener: tuple[str, list[str]], way: str) -> None:
    address, asked = listener
    head, body = (part.format(url=address) for part in WAYS[way])
    with pytest.raises(Unprintable, match="outside Upwell"):
        html_to_pdf(page(body, head))
    assert asked == []


@pytest.mark.parametrize("way", [way for way in WAYS if way != "link"])
def test_no_file_of_the_machine(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    read: list[str] = []
    real_open = builtins.open

    def noted_open(name: Any, *args: Any, **kwargs: Any) -> Any:
        read.append(str(name))
        return real_open(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", noted_open)
    monkeypatch.setattr(io, "open", noted_open)
    head, body = (part.format(url=secret.as_uri()) for part in WAYS[way])
    with pytest.raises(Unprintable):
        html_to_pdf(page(body, head))
    assert str(secret) not in read


def test_svg_never_uses_another_document(listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    body = f'<svg width="9" height="9"><use href="{address}#a"/></svg>'
    assert html_to_pdf(page(body)).startswith(b"%PDF")
    assert asked == []


def test_a_paper_carries_nothing_and_does_nothing(listener: tuple[str, list[str]]) -> None:
    address, asked = listener
    paper = html_to_pdf(
        page(
            f'<h1 id="top" onclick="x()">Head</h1><a href="#top">Up</a><script src="{address}">'
            f'alert(1)</script><iframe src="{address}"></iframe><video src="{address}"></video>'
            f'<form action="{address}"><input name="x"></form>',
            f'<meta http-equiv="refresh" content="0; url={address}">',
        )
    )
    assert_inert(paper)
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "data:text/css,p{}",
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
        "ftp://127.0.0.1/x.png",
        "upwell:",
        "upwell:nowhere.png",
        "upwell:../manage.py",
        "upwell:/etc/hostname",
        "upwell:upwell/../../manage.py",
        "x.png",
        "//127.0.0.1/x.png",
    ],
)
def test_no_other_kind_of_address(url: str) -> None:
    with pytest.raises(Unprintable):
        html_to_pdf(page(f'<img alt="x" src="{url}">'))


@pytest.mark.parametrize(
    "path", ["upwell/tokens.css", "upwell/print.css", "fonts/AtkinsonHyperlegible-Bold.ttf"]
)
def test_our_own_files_are_found(path: str) -> None:
    found = local_file(f"upwell:{path}")
    assert found is not None
    assert found.name == Path(path).name


@pytest.mark.parametrize("path", ["..\\manage.py", "\0", "%2e%2e/manage.py", "upwell", "."])
def test_odd_paths_are_nobodys(path: str) -> None:
    assert local_file(f"upwell:{path}") is None


def test_a_refusal_does_not_spoil_the_next_page() -> None:
    before = html_to_pdf(page("<p>Hello</p>"))
    with pytest.raises(Unprintable):
        html_to_pdf(page('<img alt="x" src="http://127.0.0.1:9/">'))
    assert html_to_pdf(page("<p>Hello</p>")) == before


def test_two_at_once_are_the_same_as_one_by_one() -> None:
    expected = html_to_pdf(page("<p>Hello</p>"))
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(html_to_pdf(page("<p>Hello</p>"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [expected] * 4


def test_without_pango_the_reason_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_pango(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real_import(name, *args, **kwargs)

    pdf._engine.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(Unprintable, match="Printing needs the Pango library"):
        html_to_pdf(page())
    monkeypatch.undo()
    assert html_to_pdf(page()).startswith(b"%PDF")


def test_the_application_starts_without_weasyprint() -> None:
    code = (
        "import sys; sys.modules['weasyprint'] = None\n"
        "import django; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print('started')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "started\n", done.stderr
