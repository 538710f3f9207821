"""Money is an integer of minor units; this module is where text becomes money and money becomes text.

One currency an installation (`TRADEPOST_CURRENCY`). Decimals by currency after ISO 4217; those not listed have two.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from django.conf import settings

from tradepost.lib import decimals as written
from tradepost.lib.errors import Invalid

DECIMALS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
}
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "ILS": "₪", "KRW": "₩", "TRY": "₺"}
MAX_MINOR = 10**15  # far below 2**63, so that a sum of a million of them still fits a bigint


class NotMoney(Invalid):
    """A text that is no amount of the currency, or one finer than its minor unit."""

    code = "not_money"
    title = "This is not an amount of money"


def currency() -> str:
    """The ISO 4217 code of this installation."""
    return str(settings.TRADEPOST_CURRENCY)


def decimals() -> int:
    """How many decimals the currency has: 2 for pounds, 0 for yen."""
    return DECIMALS.get(currency(), 2)


def parse(value: str | int | float | Decimal) -> int:
    """Minor units of a decimal amount given as text or number: `"2.50"` -> 250. Raises NotMoney; never rounds."""
    places = decimals()
    scaled = _decimal(value).scaleb(places)
    if scaled != scaled.to_integral_value():
        raise NotMoney(f"{value} is finer than the {places} decimals of {currency()}")
    if abs(scaled) > MAX_MINOR:
        raise NotMoney(f"{value} is more than the books can hold")
    return int(scaled)


def round_half_even(value: Decimal) -> int:
    """Minor units of an exact decimal amount, a tie going to the even unit."""
    return int(value.scaleb(decimals()).to_integral_value(rounding=ROUND_HALF_EVEN))


def plain(minor: int) -> str:
    """The decimal string the API speaks: 250 -> `"2.50"`."""
    places = decimals()
    sign, digits = ("-" if minor < 0 else ""), str(abs(minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def show(minor: int) -> str:
    """The amount as people read it: sign once, thousands apart, a real minus: `−£1,234.50`."""
    whole, _, fraction = plain(abs(minor)).partition(".")
    sign = SIGNS.get(currency(), currency() + "\u00a0")
    minus = "\u2212" if minor < 0 else ""
    return f"{minus}{sign}{int(whole):,}{'.' + fraction if fraction else ''}"


def _decimal(value: str | int | float | Decimal) -> Decimal:
    if isinstance(value, bool):
        raise NotMoney("true and false are no amounts")
    amount = written.read(value)
    if amount is None:
        raise NotMoney(f"{str(value)[:40]!r} is not an amount of money")
    return amount
