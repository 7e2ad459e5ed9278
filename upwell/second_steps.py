"""What second steps are kept as: encrypted, so that a copy of the database opens no account.

An authenticator app's secret and the seed of recovery codes have to be read again, unlike a
password. They are encrypted by a key made of ``SECRET_KEY``, which lies in no database and no
backup. A passkey needs none of this: only its public half is here.
"""

import base64
import logging

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from upwell.http import Refused

logger = logging.getLogger("upwell.accounts")

# Before what is encrypted; what was kept by a version that didn't encrypt has no such mark.
MARK = "fernet:"
# Of one kind of authenticator each: what of its data is secret.
SECRETS = ("secret", "seed")


class UnreadableError(Refused):
    """A second step that was encrypted by a key this server hasn't got any more."""

    def __init__(self) -> None:
        super().__init__(
            "The server can't read your second step any more, so it can't tell whether a code is "
            "right. Ask the practice lead to remove it at Users and give you the link to set up a "
            "new one."
        )


def _keys() -> list[Fernet]:
    """The key to encrypt by, then those that still open: of ``SECRET_KEY`` and its forerunners."""
    made = []
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = HKDF(SHA256(), length=32, salt=None, info=b"upwell second steps")
        made.append(Fernet(base64.urlsafe_b64encode(key.derive(secret.encode()))))
    return made


def lock(secret: str) -> str:
    """The secret as it is kept."""
    return MARK + _keys()[0].encrypt(secret.encode()).decode()


def unlock(kept: str) -> str:
    """The secret again, also of what was kept unencrypted. Raises ``UnreadableError``."""
    if not kept.startswith(MARK):
        return kept
    try:
        return MultiFernet(_keys()).decrypt(kept.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        # The alarm: whose it is stands beside it, by the id in the line of the request.
        logger.warning("A second step can't be read: was SECRET_KEY changed?")
        raise UnreadableError from None


def _is_of_the_newest(kept: str) -> bool:
    try:
        _keys()[0].decrypt(kept.removeprefix(MARK).encode())
    except InvalidToken:
        return False
    return kept.startswith(MARK)


@transaction.atomic
def lock_anew(user_id: int | None = None) -> tuple[int, int]:
    """Encrypt by the newest key what is not, of one account or of all.

    Returns how many were changed, and how many can't be read.
    """
    found = Authenticator.objects.exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk")
    if user_id is not None:
        found = found.filter(user_id=user_id)
    changed = unreadable = 0
    # Locked, since a recovery code that is used meanwhile writes the same column.
    for each in found.select_for_update():
        held = {name: each.data[name] for name in SECRETS if name in each.data}
        old = {name: kept for name, kept in held.items() if not _is_of_the_newest(kept)}
        try:
            each.data |= {name: lock(unlock(kept)) for name, kept in old.items()}
        except UnreadableError:
            unreadable += 1
            continue
        if old:
            each.save(update_fields=["data"])
            changed += 1
    return changed, unreadable
