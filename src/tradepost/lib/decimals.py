"""A decimal number in the spelling of people and of JSON. Python's own reading takes more: `1_0` would be ten."""

import re
from decimal import Decimal

MAX_DIGITS = 28  # with more of them `Decimal` rounds, and beyond its exponents it overflows
# Digits of any script are digits, as in phone numbers: who types in Persian need not change the keyboard.
WRITTEN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?")


def read(value: str | int | float | Decimal) -> Decimal | None:
    """The number a text writes, or a number given as one; None for what is none or has more digits than can be kept."""
    text = str(value).strip()
    if isinstance(value, bool) or WRITTEN.fullmatch(text) is None:
        return None
    amount = Decimal(text)
    if len(amount.as_tuple().digits) > MAX_DIGITS or abs(amount.adjusted()) > MAX_DIGITS:
        return None
    return amount
