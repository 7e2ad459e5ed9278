"""`manage.py outcomes`: the outcomes of closed periods, worked out before somebody asks."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from patients.models import User
from patients.rules.roles import Role
from programmes.actions.reports import make_report
from programmes.forms.outcomes import period_words, quarter_before


class Command(BaseCommand):
    """Works out the last calendar quarter as the page does, in one go; once for ever."""

    help = (
        "Work out the practice's outcomes of the last calendar quarter, unless they are there. "
        "For a timer on the first day of a quarter, in a practice of hundreds of clinicians."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="address of the practice lead who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Work it out and say so. Raises ``CommandError`` with one line."""
        leads = User.objects.filter(is_active=True, groups__name=Role.PRACTICE_LEAD)
        by = leads.filter(email__iexact=options["by"]).first()
        if by is None:
            raise CommandError("No practice lead has this address.")
        today = timezone.localdate()
        first, last = quarter_before(today)
        made = make_report(first=first, last=last, today=today, by=by)
        self.stdout.write(f"{period_words(first, last)}: {made.figures['episodes']} episodes.")
