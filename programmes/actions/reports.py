"""Working out the outcomes of a closed period, once."""

from datetime import date

from django.conf import settings
from django.db import IntegrityError, transaction

from assessments.rules.defaults import DEFAULTS as ASSESSMENT_DEFAULTS
from patients.models import User
from programmes.models import PeriodReport
from programmes.rules.defaults import DEFAULTS
from programmes.rules.outcomes import account_to_json, figures
from programmes.rules.version import RULES_VERSION
from programmes.selectors.outcomes import accounts
from upwell.http import Refused


@transaction.atomic
def make_report(*, first: date, last: date, today: date, by: User) -> PeriodReport:
    """The report of this period: worked out the first time, the same row ever after.

    Raises ``Refused`` for a period that isn't over on ``today``, or that ends before it begins.
    """
    if last < first:
        raise Refused("The period ends before it begins.")
    if last >= today:
        raise Refused("This period is not over yet. Its last day must lie in the past.")
    period = {"first_on": first, "last_on": last}
    known = PeriodReport.objects.filter(**period).first()
    return known or _first_of_its_period(first, last, by)


def _first_of_its_period(first: date, last: date, by: User) -> PeriodReport:
    found = accounts(first=first, last=last)
    try:
        with transaction.atomic():
            return PeriodReport.objects.create(
                first_on=first,
                last_on=last,
                figures={**figures(found, last=last), "head": _head(by)},
                rows=[account_to_json(each) for each in found],
                defaults={
                    "assessments": ASSESSMENT_DEFAULTS.as_dict(),
                    "programmes": DEFAULTS.as_dict(),
                },
                rules_version=RULES_VERSION,
                made_by=by,
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
