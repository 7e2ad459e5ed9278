"""Working out the outcomes of a closed period, once."""

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction

from assessments.in_force import defaults_in_force as assessment_defaults_in_force
from patients.models import User
from programmes.actions.reading import Progress, Reading, read_on
from programmes.in_force import defaults_in_force
from programmes.models import PeriodReport
from programmes.rules.outcomes import account_to_json, figures
from programmes.rules.version import RULES_VERSION
from programmes.selectors.outcomes import Difference, differences
from upwell.http import Refused


def make_report(*, first: date, last: date, today: date, by: User) -> PeriodReport:
    """The report of this period: worked out the first time, the same row ever after.

    Raises ``Refused`` for a period that isn't over on ``today``, or that ends before it begins.
    """
    found = work_on_report(first=first, last=last, today=today, by=by, whole=True)
    assert isinstance(found, PeriodReport)
    return found


@transaction.atomic
def work_on_report(
    *, first: date, last: date, today: date, by: User, whole: bool = False
) -> PeriodReport | Progress:
    """The report of this period, or how far it is after working on for some seconds.

    To be called again until it is there; ``whole`` works on to the end. Raises ``Refused`` as
    ``make_report`` does.
    """
    if last < first:
        raise Refused("The period ends before it begins.")
    if last >= today:
        raise Refused("This period is not over yet. Its last day must lie in the past.")
    known = PeriodReport.objects.filter(first_on=first, last_on=last).first()
    if known is not None:
        return known
    read = read_on(first=first, last=last, what_for="report", whole=whole)
    if isinstance(read, Progress):
        return read
    return _first_of_its_period(first, last, by, read)


def compare(report: PeriodReport) -> tuple[Difference, ...] | Progress:
    """What a report made now would take otherwise, or how far the reading is; call it again then.

    Writes nothing but what the next call goes on from.
    """
    first, last = report.first_on, report.last_on
    read = read_on(first=first, last=last, what_for=f"compare-{report.pk}")
    return read if isinstance(read, Progress) else differences(report, read.accounts)


def _first_of_its_period(first: date, last: date, by: User, read: Reading) -> PeriodReport:
    found = read.accounts
    programmes, assessments = defaults_in_force(), assessment_defaults_in_force()
    try:
        with transaction.atomic():
            return PeriodReport.objects.create(
                first_on=first,
                last_on=last,
                figures={
                    **figures(
                        found, last=last, assessment_defaults=assessments, defaults=programmes
                    ),
                    "head": _head(by),
                },
                rows=[account_to_json(each) for each in found],
                defaults={
                    "assessments": assessments.as_dict(),
                    "programmes": programmes.as_dict(),
                },
                rules_version=RULES_VERSION,
                made_by=by,
                # What is recorded while it is worked out became known later.
                made_at=read.began,
            )
    except IntegrityError:
        # Two at once: the other one was quicker, and its figures are the ones that stand.
        return PeriodReport.objects.get(first_on=first, last_on=last)


def _head(by: User) -> dict[str, str]:
    """The names a report bears for ever: people and practices may be called otherwise later."""
    return {
        "made_by": str(by),
        "practice_name": settings.PRACTICE_NAME,
        "practice_contact": settings.PRACTICE_CONTACT,
    }
