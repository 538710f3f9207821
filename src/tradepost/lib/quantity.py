"""Quantities are integers of the smallest step a product is sold in: 1.250 kg with three decimals is 1250."""

from decimal import Decimal
from functools import lru_cache

from tradepost.lib import decimals as written
from tradepost.lib.errors import Invalid
from tradepost.lib.rounding import divide_half_even

MAX_STEPS = 10**12
SHORT = 12


class NotAQuantity(Invalid):
    """A text that is no quantity, or one finer than the product's unit allows."""

    code = "not_a_quantity"
    title = "This is not a quantity"


def parse(value: str | int | float | Decimal, decimals: int) -> int:
    """Steps of a quantity given as text or number; `decimals` is the product's. Raises NotAQuantity; never rounds."""
    return _parse_short(value, decimals) if type(value) is str and len(value) <= SHORT else _parse(value, decimals)


@lru_cache(maxsize=4096)  # a list of a thousand rows says a few quantities again and again
def _parse_short(text: str, decimals: int) -> int:
    return _parse(text, decimals)


def _parse(value: str | int | float | Decimal, decimals: int) -> int:
    amount = written.read(value)
    if amount is None:
        raise NotAQuantity(f"{str(value)[:40]!r} is not a quantity")
    steps = amount.scaleb(decimals)
    if steps != steps.to_integral_value():
        raise NotAQuantity(f"{value} has more than the {decimals} decimals this product is counted in")
    if abs(steps) > MAX_STEPS:
        raise NotAQuantity(f"{value} is more than the books can hold")
    return int(steps)


def plain(steps: int, decimals: int) -> str:
    """The decimal string of a quantity: 1250 with three decimals -> `"1.250"`."""
    if not decimals:
        return str(steps)
    sign, digits = ("-" if steps < 0 else ""), str(abs(steps)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def price_of(steps: int, unit_price_minor: int, decimals: int) -> int:
    """Minor units for `steps` at a price per whole unit, rounded half-even to the minor unit."""
    return divide_half_even(steps * unit_price_minor, 10**decimals)
