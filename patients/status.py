"""What a practice lead should know of the system today: one line a thing, nobody's data.

The apps above this one say what they know by ``tells`` when Django starts.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils import timezone

from patients.models import AuditSeal, BackupLog
from patients.watch import HOUR, many_readers
from upwell import pdf, readiness

BACKUP_HOURS = 26
"""A backup a day, and two hours for a slow night."""
TRIAL_DAYS = 35
"""A backup restored on trial every month, and a few days."""
SEAL_HOURS = 26
CLOCK_SECONDS = 2
DISK_STOP_BYTES = 1_000_000_000
DISK_CAUTION_BYTES = 5_000_000_000


class Tone(StrEnum):
    """How a line stands; each has a shape and a word beside its colour."""

    OK = "ok"
    CAUTION = "caution"
    STOP = "stop"
    NOTE = "neutral"


WORDS = {
    Tone.OK: "In order",
    Tone.CAUTION: "Look at it",
    Tone.STOP: "Act now",
    Tone.NOTE: "Note",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing: its name, how it stands, what is so, and what to do (blank: nothing)."""

    title: str
    tone: Tone
    says: str
    to_do: str = ""

    @property
    def word(self) -> str:
        """The tone as a word."""
        return WORDS[self.tone]


Teller = Callable[[datetime], Iterable[Line]]
_tellers: list[Teller] = []


def tells(teller: Teller) -> Teller:
    """Have ``teller`` asked for its lines by the status page; usable as a decorator."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def status(at: datetime) -> list[Line]:
    """Every line, what needs somebody first."""
    lines = [*_of_the_database(), *_of_backups(at), _of_seals(at), _of_printing(), *_of_disks()]
    lines.append(_of_readers(at))
    lines += [line for teller in _tellers for line in teller(at)]
    order = [Tone.STOP, Tone.CAUTION, Tone.OK, Tone.NOTE]
    return sorted(lines, key=lambda line: order.index(line.tone))


def ago(since: timedelta) -> str:
    """A stretch of time in words: "3 hours ago", "12 days ago"."""
    hours = max(0, int(since.total_seconds() // 3600))
    if hours < 1:
        return "less than an hour ago"
    if hours < 48:
        return f"{hours} hour{'s' if hours > 1 else ''} ago"
    return f"{hours // 24} days ago"


def _of_the_database() -> list[Line]:
    database = readiness.ask_database(write=True)
    if database is None:
        return [
            Line(
                title="Database",
                tone=Tone.STOP,
                says="It did not answer a question within two seconds.",
                to_do="See whether PostgreSQL runs and has connections left.",
            )
        ]
    megabytes = f"{database.size_bytes / 1_000_000:,.0f} MB"
    lines = [
        Line(
            title="Database",
            tone=Tone.OK,
            says=f"Answers and takes writes. PostgreSQL {database.version}, {megabytes}.",
        )
        if database.takes_writes
        else Line(
            title="Database",
            tone=Tone.STOP,
            says="Answers, but takes no writes: a trial row was refused.",
            to_do="See whether its disk is full, or whether it is a replica.",
        ),
        Line(title="Tables", tone=Tone.OK, says="Every migration of this version is there.")
        if not database.missing
        else Line(
            title="Tables",
            tone=Tone.STOP,
            says=f"Migrations are missing: {', '.join(database.missing)}.",
            to_do="Run manage.py migrate; docs/upgrading.md has the order.",
        ),
    ]
    if abs(database.ahead_s) > CLOCK_SECONDS:
        lines.append(
            Line(
                title="Clocks",
                tone=Tone.CAUTION,
                says=f"The clocks of this machine and of the database differ by "
                f"{abs(database.ahead_s):.0f} seconds.",
                to_do="Set both by a time server: codes of two-step sign-in last 30 seconds.",
            )
        )
    return [*lines, _of_the_archive(database)]


def _of_the_archive(database: readiness.Database) -> Line:
    title = "Write-ahead log"
    if not database.archives:
        return Line(
            title=title,
            tone=Tone.NOTE,
            says="Not kept elsewhere: what was saved since the last backup dies with the disk.",
        )
    if database.archive_failing:
        return Line(
            title=title,
            tone=Tone.STOP,
            says="It could not be copied away the last time.",
            to_do="See the log of PostgreSQL for archive_command; its disk fills until that works.",
        )
    return Line(title=title, tone=Tone.OK, says="Is copied away as it is written.")


def _of_backups(at: datetime) -> list[Line]:
    newest = BackupLog.objects.order_by("kind", "problem", "-at", "-pk").distinct("kind", "problem")
    rows = list(newest)
    return [
        _of_kind(
            at,
            [row for row in rows if row.kind == BackupLog.BACKUP],
            title="Last backup",
            most=timedelta(hours=BACKUP_HOURS),
            none="No backup has ever been taken.",
            to_do="Run manage.py backup, and see that it is run every night.",
        ),
        _of_kind(
            at,
            [row for row in rows if row.kind == BackupLog.TRIAL],
            title="Last restore on trial",
            most=timedelta(days=TRIAL_DAYS),
            none="No backup has ever been restored on trial, so nobody knows whether one can be.",
            to_do="Run manage.py restore on trial; docs/backups.md says how.",
        ),
    ]


def _of_kind(
    at: datetime, rows: list[BackupLog], *, title: str, most: timedelta, none: str, to_do: str
) -> Line:
    good = max((row for row in rows if not row.problem), key=lambda row: row.at, default=None)
    bad = max((row for row in rows if row.problem), key=lambda row: row.at, default=None)
    if good is None:
        failed = f" The last try failed: {bad.problem}." if bad else ""
        return Line(title=title, tone=Tone.STOP, says=none + failed, to_do=to_do)
    says = f"{ago(at - good.at)[:1].upper()}{ago(at - good.at)[1:]}: {good.rows:,} rows, "
    says += f"{good.size_bytes / 1_000_000:,.1f} MB."
    if at - good.at > most:
        return Line(title=title, tone=Tone.STOP, says=says, to_do=to_do)
    if bad is not None and bad.at > good.at:
        says += f" A later try failed: {bad.problem}."
        return Line(title=title, tone=Tone.CAUTION, says=says, to_do=to_do)
    return Line(title=title, tone=Tone.OK, says=says)


def _of_seals(at: datetime) -> Line:
    title, to_do = "Audit seal", "Run manage.py seal_audit, and see that it is run every night."
    last = AuditSeal.objects.order_by("-number").first()
    if last is None:
        says = "No history has been sealed yet, so nobody would notice if one was rewritten."
        return Line(title=title, tone=Tone.CAUTION, says=says, to_do=to_do)
    says = f"Seal {last.number}, {ago(at - last.made_at)}."
    if at - last.made_at > timedelta(hours=SEAL_HOURS):
        return Line(title=title, tone=Tone.CAUTION, says=says, to_do=to_do)
    return Line(title=title, tone=Tone.OK, says=says)


def _of_readers(at: datetime) -> Line:
    title, found = "Records opened", many_readers(at)
    if not found:
        says = f"Nobody opened the records of {settings.PATIENTS_AN_HOUR} patients within an hour,"
        return Line(title=title, tone=Tone.OK, says=f"{says} in the last seven days.")
    most = found[0]
    hour = timezone.localtime(most.hour)
    others = f" {len(found) - 1} more of the kind." if len(found) > 1 else ""
    return Line(
        title=title,
        tone=Tone.CAUTION,
        says=f"{most.user} opened the records of {most.patients} patients on {hour:%-d %B} between"
        f" {hour:%H:%M} and {hour + HOUR:%H:%M}.{others}",
        to_do="Ask whether that was meant; “Who saw and changed what” has each of them.",
    )


def _of_printing() -> Line:
    title = "Printing"
    waiting, most = pdf.workers()
    if not readiness.draws():
        return Line(
            title=title,
            tone=Tone.CAUTION,
            says="This web process has not drawn a paper yet, or could not.",
            to_do="Load this page again in a minute; if it says the same, see the log.",
        )
    if not most:
        return Line(title=title, tone=Tone.OK, says="Papers are drawn in the web process itself.")
    return Line(
        title=title,
        tone=Tone.OK,
        says=f"Papers are drawn. {waiting} of {most} printing processes of this web process idle.",
    )


def _of_disks() -> list[Line]:
    places = {
        "Disk of the program": str(settings.BASE_DIR),
        "Temporary files": tempfile.gettempdir(),
    }
    lines = []
    for title, place in places.items():
        free = shutil.disk_usage(place).free
        tone = Tone.OK
        if free < DISK_CAUTION_BYTES:
            tone = Tone.STOP if free < DISK_STOP_BYTES else Tone.CAUTION
        lines.append(
            Line(
                title=title,
                tone=tone,
                says=f"{free / 1_000_000_000:,.1f} GB free on the machine that serves this page.",
                to_do="" if tone is Tone.OK else "Make room: imports and papers need it.",
            )
        )
    return lines
