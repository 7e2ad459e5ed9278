"""`manage.py second_steps`: encrypt second steps by the newest key, or take one away."""

from typing import Any
from uuid import uuid4

import pghistory
from django.core.management.base import BaseCommand, CommandError, CommandParser

from patients import staff
from patients.management.commands.invite import address_of
from patients.models import User
from upwell.http import Refused
from upwell.second_steps import lock_anew


class Command(BaseCommand):
    """What no page can do: after a new SECRET_KEY, and for a lead whom nobody can let in."""

    help = (
        "Encrypt what second steps are checked by anew, by the key of SECRET_KEY; those of "
        "SECRET_KEY_FALLBACKS are needed until then. --remove takes one person's second step and "
        "password away and prints a link to set both anew: for the practice lead, who does so "
        "for all others at Users."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--remove", metavar="EMAIL", help="whose second step was lost")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of both and say so. Raises ``CommandError`` with one sentence."""
        if options["remove"]:
            self._remove(options["remove"])
            return
        changed, unreadable = lock_anew()
        self.stdout.write(f"Encrypted anew: {changed}.")
        if unreadable:
            raise CommandError(
                f"{unreadable} can't be read: their key is neither SECRET_KEY nor among "
                "SECRET_KEY_FALLBACKS. Add it there, or have the lead remove them at Users."
            )

    def _remove(self, email: str) -> None:
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            raise CommandError("Nobody has this e-mail address.")
        form_token = uuid4()
        try:
            with pghistory.context(command="second_steps"):
                link = staff.remove_second_step(user, form_token=form_token, by=None)
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(
            f"The second step and the password of {user.display_name} are removed, and every "
            f"session ended. A link to set both anew, valid until {link.expires_at:%Y-%m-%d %H:%M} "
            f"UTC, once:\n{address_of(form_token)}"
        )
