"""Quantities are integers of the smallest step a product is sold in: 1.250 kg with three decimals is 1250."""

from decimal import Decimal

from tradepost.lib import decimals as written
from tradepost.lib.errors import Invalid
from tradepost.lib.rounding import divide_half_even

MAX_STEPS = 10**12


class NotAQuantity(Invalid):
    """A text that is no quantity, or one finer than the product's unit allows."""

    code = "not_a_quantity"
    title = "This is not a quantity"


def parse(value: str | int | float | Decimal, decimals: int) -> int:
    """Steps of a quantity given as text or number; `decimals` is the product's. Raises NotAQuantity; never rounds."""
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
