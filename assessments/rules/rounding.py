"""Rounding at the edge: exact fractions become one decimal, half to even, only when shown."""

from decimal import Decimal
from fractions import Fraction


def one_decimal(value: Fraction) -> Decimal:
    """``value`` to one decimal place, half to even, from the exact fraction."""
    return Decimal(round(value * 10)).scaleb(-1)
