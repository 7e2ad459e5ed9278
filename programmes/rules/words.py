"""Numbers as they are read aloud."""

from assessments.rules.bounds import Number


def plain(number: Number) -> str:
    """The number without an exponent and without zeros at the end of its decimals."""
    text = f"{number:f}" if not isinstance(number, int) else str(number)
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(count: int, singular: str, plural: str = "") -> str:
    """The count with its noun: "1 session", "2 sessions"."""
    return f"{count} {singular if count == 1 else plural or singular + 's'}"
