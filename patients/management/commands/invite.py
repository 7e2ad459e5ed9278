"""`manage.py invite`: a link to join, for the first account of a practice."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse

from patients import staff
from patients.rules.roles import Role
from upwell.http import Refused


def address_of(form_token: UUID, host: str = "") -> str:
    """The whole address of the link that was made with this token."""
    path = reverse("account_invitation", args=[staff.secret_of(form_token)])
    host = host or ("127.0.0.1:8000" if settings.DEMO else settings.ALLOWED_HOSTS[0])
    return f"{'http' if settings.DEMO else 'https'}://{host}{path}"


class Command(BaseCommand):
    """Print a link with which one person sets a password and joins, once, within 72 hours."""

    help = "Make a link with which somebody joins the practice. Nothing is e-mailed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="what the person signs in with")
        parser.add_argument("--name", required=True, help="as printed on papers")
        parser.add_argument("--title", default="", help="for example: Physiotherapist")
        parser.add_argument("--number", default="", help="registration or accreditation number")
        parser.add_argument(
            "--role", choices=[role.value for role in Role], default=Role.PRACTICE_LEAD.value
        )
        parser.add_argument("--host", default="", help="in place of ALLOWED_HOSTS")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the link and print it."""
        form_token = uuid4()
        try:
            validate_email(options["email"])
            link = staff.invite(
                email=options["email"],
                role=options["role"],
                form_token=form_token,
                by=None,
                display_name=options["name"],
                professional_title=options["title"],
                registration_number=options["number"],
            )
        except ValidationError as error:
            raise CommandError(f"This is no e-mail address: {options['email']}") from error
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"A link for {link.display_name}, {link.role.lower()}, valid until "
            f"{link.expires_at:%Y-%m-%d %H:%M} UTC, once:\n"
            f"{address_of(form_token, options['host'])}"
        )
