"""The code printed on a sheet: short, easy to read out, and its own proof against a misreading."""

import secrets

# No signs that look alike in handwriting or small print. 29 is prime, and every weight below is
# smaller, so one wrong sign and two neighbours swapped always change the check sign.
ALPHABET = "23456789ABCDEFGHJKMNPRSTVWXYZ"
LENGTH = 8


def check_sign(signs: str) -> str:
    """The check sign for the seven signs before it."""
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=1))
    return ALPHABET[total % len(ALPHABET)]


def new_code() -> str:
    """A new code of eight signs, unguessable in practice (29 to the 7th)."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return signs + check_sign(signs)


def shown_code(code: str) -> str:
    """The code as it stands on paper and on screen: two groups of four signs."""
    return f"{code[:4]} {code[4:]}"


def read_code(text: str) -> str | None:
    """The code as typed or scanned, spaces, hyphens and small letters forgiven; None if misread."""
    code = "".join(text.split()).replace("-", "").upper()
    if len(code) != LENGTH or any(sign not in ALPHABET for sign in code):
        return None
    return code if check_sign(code[:-1]) == code[-1] else None
