"""What a browser test leaves outside the database: log lines, addresses, what the browser keeps.

Nothing of it may tell of a patient. A worker keeps all of its run, and each test is held against
every name made until then, so a line that is written late is found by the next.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

# Shorter words stand in addresses and lines by chance.
SHORTEST = 4
# Local and session storage, cookies that scripts see, databases, caches and workers of a page.
KEPT = """async () => {
  const kept = [document.cookie];
  for (const storage of [localStorage, sessionStorage])
    for (const name of Object.keys(storage)) kept.push(`${name}: ${storage.getItem(name)}`);
  for (const base of await indexedDB.databases()) kept.push(`database ${base.name}`);
  if (window.caches) for (const name of await caches.keys()) kept.push(`cache ${name}`);
  const workers = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  return [...kept, ...workers.map((each) => `worker ${each.scope}`)];
}"""


@dataclass
class Overheard:
    """The lines, addresses and storage of a run, and the words that must not be among them."""

    lines: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    looked_at: dict[str, int] = field(default_factory=dict)

    def learn(self) -> None:
        """Take in who the patients of this test are, as the database has them now."""
        from patients.models import Patient

        told = Patient.objects.values_list(
            "family_name", "given_name", "email", "phone", "external_id", "referrer"
        )
        self.words |= {each for row in told for each in row if each and len(each) >= SHORTEST}

    def telling(self, *, of_all: bool = False) -> list[str]:
        """What tells of a patient, of that which came since this was last asked, or of all."""
        if not self.words:
            return []
        # As a word of its own: "Gate" is somebody's name, and programmes:gate a page.
        names = "|".join(map(re.escape, sorted(self.words, key=len, reverse=True)))
        pattern = re.compile(rf"(?<!\w)(?:{names})(?!\w)")
        found = []
        for kind in ("lines", "addresses", "stored"):
            every: list[str] = getattr(self, kind)
            since = 0 if of_all else self.looked_at.get(kind, 0)
            self.looked_at[kind] = len(every)
            found += [f"{kind}: {each}" for each in every[since:] if pattern.search(each)]
        return found

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep every log line as in production, and every address asked of the server."""
        from django.core.signals import request_started

        from upwell.logs import JsonFormatter

        keeper = Keeper(self.lines)
        keeper.setFormatter(JsonFormatter())
        loggers = [logging.getLogger(name) for name in ("", "django", "upwell.requests")]
        levels = [logger.level for logger in loggers]
        # "upwell.requests" hands its lines on to the first.
        for logger in loggers[:2]:
            logger.addHandler(keeper)
        loggers[2].setLevel(logging.INFO)
        request_started.connect(self.hear, dispatch_uid="overheard")
        try:
            yield
        finally:
            request_started.disconnect(dispatch_uid="overheard")
            for logger, level in zip(loggers, levels, strict=True):
                logger.removeHandler(keeper)
                logger.setLevel(level)

    def hear(self, *, environ: dict[str, Any] | None = None, **_: Any) -> None:
        asked = environ or {}
        names = ("PATH_INFO", "QUERY_STRING", "HTTP_REFERER", "HTTP_HX_CURRENT_URL")
        told = " ".join(str(asked.get(name, "")) for name in names)
        # As the browser wrote it, and as a log of addresses would be read.
        self.addresses.append(f"{told} {unquote_plus(told)}")


class Keeper(logging.Handler):
    """Keeps lines as they would be written."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
