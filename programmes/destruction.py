"""The end of a record: who is past its time, and destroying one so that a register remains.

Nothing here deletes by cascade. Rows go table by table, those that point before those pointed at,
and each number is checked; then their histories; then the stored papers that nobody uses. The
triggers that refuse deletions are told to look away by a setting of this one transaction (``SET
LOCAL`` in effect, by pgtrigger): no other session can see it, and it ends with the transaction,
whichever way. Switching a trigger off instead would hold up everybody's writing until the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from patients.models import Destruction, Episode, Patient, User
from patients.rules.retention import KEPT_YEARS, kept_until, may_be_destroyed, years_later
from patients.rules.roles import May
from programmes.actions.papers import READY_KEPT
from programmes.belongings import Model, Rows, history_of, keys, rows_of, service_of
from programmes.models import Document, Ready
from upwell.http import Refused
from upwell.seals import BrokenError, NotNowError, forget, sealed_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """From when to when a record speaks of services, and until when it must be kept."""

    first_service: date
    last_service: date
    until: date


def kept(patient: Patient, rows: Rows | None = None) -> Kept:
    """Until when this patient's record must be kept."""
    first, last = service_of(rows if rows is not None else rows_of(patient))
    # What was entered for a day before birth is a mistyped day: birth is then the first.
    first = max(first, patient.date_of_birth)
    last = max(first, last)
    until = kept_until(last, born=patient.date_of_birth, first_service=first)
    return Kept(first_service=first, last_service=last, until=until)


def past_their_time(*, on: date) -> Iterator[tuple[Patient, Kept]]:
    """Patients whose records may be destroyed on this day, by record number."""
    # Whoever was entered or came since is left out at once; the others are looked at row by row.
    since = years_later(on, -KEPT_YEARS)
    recent = Episode.objects.filter(patient=OuterRef("pk"), opened_on__gte=since)
    old = Patient.objects.filter(~Exists(recent), created_at__date__lt=since)
    for patient in old.order_by("pk").iterator():
        told = kept(patient)
        if may_be_destroyed(told.until, on=on):
            yield patient, told


def check_two(by: User, agreed_by: User) -> None:
    """Raise ``Refused`` unless a practice lead destroys and another active member agrees."""
    if by.pk == agreed_by.pk:
        raise Refused("Destroying a record takes two people: somebody else must agree.")
    for user in (by, agreed_by):
        if not user.is_active:
            raise Refused(f"{user} has no active account.")
    if not by.may(May.LEAD):
        raise Refused(f"{by} is no practice lead: only a lead destroys records.")
    if not agreed_by.may(May.READ_CLINICAL):
        raise Refused(f"{agreed_by} may not read records, so can't agree to destroying one.")


def destroy(patient: Patient, *, by: User, agreed_by: User, on: date) -> Destruction:
    """Destroy everything on record of a patient past its time; the row that remains.

    All of it or, on any doubt, nothing. Raises ``Refused``.
    """
    check_two(by, agreed_by)
    try:
        return _destroy(patient, by=by, agreed_by=agreed_by, on=on)
    except BrokenError:
        raise Refused(
            "The seals over the histories are broken, and destroying would cover that up. Run "
            "`manage.py verify_audit` first. Nothing was destroyed."
        ) from None
    except NotNowError as error:
        raise Refused(f"{error} Nothing was destroyed.") from None


@transaction.atomic
def _destroy(patient: Patient, *, by: User, agreed_by: User, on: date) -> Destruction:
    rows = rows_of(patient, lock=True)
    told = kept(patient, rows)
    if not may_be_destroyed(told.until, on=on):
        raise Refused(f"This record must be kept until {told.until:%-d %B %Y}.")
    histories = {model: history for model in rows if (history := history_of(model))}

    def doomed() -> dict[str, list[int]]:
        sealed = sealed_tables()
        going = {model._meta.db_table: mine for model, mine in rows.items()}
        for model, history in histories.items():
            events = history._base_manager.filter(pgh_obj_id__in=rows[model])
            going[history._meta.db_table] = list(events.values_list("pk", flat=True))
        return {table: mine for table, mine in going.items() if table in sealed}

    def destroying() -> Destruction:
        counts: dict[str, int] = {}
        # A savepoint inside: after a refusal of the database nothing else can be said.
        with pgtrigger.ignore(*_in_the_way(rows)), transaction.atomic():
            for model in reversed(list(rows)):
                _delete(model, "pk", rows[model], counts, exactly=True)
            for model, history in histories.items():
                _delete(history, "pgh_obj_id", rows[model], counts)
            # Of previews that nobody printed, no row says whose they were: all of those go.
            _delete(Document, "pk", unused_documents(), counts, exactly=True)
            with connection.cursor() as cursor:
                # Keys are checked when a transaction ends: here, while nothing is said yet.
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        return Destruction.objects.create(
            record_number=patient.record_number,
            family_name=patient.family_name,
            given_name=patient.given_name,
            first_service_on=told.first_service,
            last_service_on=told.last_service,
            kept_until=told.until,
            destroyed_on=on,
            destroyed_by=by,
            agreed_by=agreed_by,
            rows=counts,
        )

    return forget(doomed, destroying)


def _in_the_way(rows: Rows) -> list[str]:
    """The triggers that refuse a deletion, or would write a history of it."""
    found = []
    every: list[Model] = [*rows, *filter(None, map(history_of, rows)), Document]
    for model in every:
        found += [
            f"{model._meta.label}:{trigger.name}"
            for trigger in model._meta.triggers
            if "DELETE" in str(trigger.operation)
        ] if hasattr(model._meta, "triggers") else []  # fmt: skip
    return found


def unused_documents() -> list[int]:
    """The keys of stored papers that no row of any table points to."""
    unused = Document.objects.order_by("pk")
    for other in apps.get_models(include_auto_created=True):
        # A history says what was pointed to once; it holds nothing.
        if not hasattr(other, "pgh_tracked_model"):
            for field in keys(other):
                if field.related_model is Document:
                    held = other._base_manager.filter(**{field.name: OuterRef("pk")})
                    unused = unused.filter(~Exists(held))
    return list(unused.values_list("pk", flat=True))


@transaction.atomic
def forget_unprinted() -> int:
    """Delete previews that nobody printed for 14 days, and stored papers nothing points to.

    As the owner of the tables; how many papers those were.
    """
    Ready.objects.filter(made_at__lt=timezone.now() - READY_KEPT).delete()
    counts: dict[str, int] = {}
    with pgtrigger.ignore(*_in_the_way({Document: []})), transaction.atomic():
        _delete(Document, "pk", unused_documents(), counts, exactly=True)
    return sum(counts.values())


def _delete(
    model: Model, field: str, values: Any, counts: dict[str, int], *, exactly: bool = False
) -> None:
    """Delete by one plain statement: Django's own way would look for rows to cascade to."""
    if not values:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    column = str(model._meta.pk.column) if field == "pk" else field
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE {connection.ops.quote_name(column)} = ANY(%s)",
            [list(values)],
        )
        gone = cursor.rowcount
    if exactly and gone != len(values):
        raise Refused(f"{model._meta.label} changed meanwhile. Nothing was destroyed; try again.")
    if gone:
        counts[model._meta.db_table] = gone
