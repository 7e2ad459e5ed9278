"""Where papers are drawn: plain Python and the libraries of the paper, never Django.

``drawing`` makes PDFs and pictures of them, ``worker`` is a process that does nothing else, and
``pool`` is a web process's side of its workers. ``upwell.pdf`` is what the application calls.
"""

OUTSIDE = "This page refers to something outside Upwell, so it was not printed."
PANGO = (
    "Printing needs the Pango library: install libpango-1.0-0, libpangoft2-1.0-0 and"
    " libharfbuzz-subset0 on this server, then try again."
)
TOO_MUCH = "This paper is too large or too complicated to print. Shorten its texts, then try again."
TOO_LONG = "This paper took too long to draw, so it was stopped. Shorten its texts, then try again."
BUSY = "Many papers are being printed just now. Try again in a minute."
FAILED = (
    "This paper could not be drawn. Try again, and if that fails too, tell the practice's lead."
)


class Unprintable(Exception):
    """No PDF was made; the message is a sentence for the user."""
