"""Cells as values: amounts and quantities however a country writes them, whole numbers, yes and no.

What could be read in two ways is refused, never guessed: `1,234` may be a thousand or one and a bit.
"""

import re

from tradepost.lib import money

PLAIN = re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?|[+-]?\d+\.")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,(?:\d{1,2}|\d{4,})")
THOUSANDS_COMMA = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+\.\d+|(?:,\d{3}){2,})")
THOUSANDS_POINT = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})")
YES, NO = {"yes", "true", "1", "y", "x", "on"}, {"no", "false", "0", "n", "off"}
UNITS = {
    "piece": "piece pieces pcs pc each ea item unit units".split(),
    "kg": "kg kilo kilos kilogram kilograms kgs".split(),
    "l": "l litre litres liter liters ltr".split(),
    "m": "m metre metres meter meters".split(),
}
BROKEN_FORMULAS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
SPACES = re.compile(r"[\s\u00a0\u202f'’]")  # between thousands


class Unclear(ValueError):
    """A cell that does not say what its column wants. The text is the sentence for whoever wrote the file."""


def text(cell: str) -> str:
    """A text, unless a formula went wrong in it. Raises Unclear."""
    if cell in BROKEN_FORMULAS:
        raise Unclear(f"The formula in this cell came to {cell}.")
    return cell


def number(cell: str) -> str:
    """A decimal number with a point and without marks between thousands. Raises Unclear."""
    clean = SPACES.sub("", text(cell)).replace("\u2212", "-")
    if PLAIN.fullmatch(clean):
        return clean
    if DECIMAL_COMMA.fullmatch(clean):
        return clean.replace(",", ".")
    if THOUSANDS_COMMA.fullmatch(clean):
        return clean.replace(",", "")
    if THOUSANDS_POINT.fullmatch(clean):
        return clean.replace(".", "").replace(",", ".")
    if re.fullmatch(r"[+-]?\d{1,3},\d{3}", clean):
        raise Unclear("This can be read in two ways: write it without a comma.")
    raise Unclear("This is not a number.")


def amount(cell: str) -> int:
    """Minor units of an amount, with or without the sign of the currency. Raises Unclear."""
    code = money.currency()
    try:
        return money.parse(number(cell.replace(money.SIGNS.get(code, code), "").replace(code, "")))
    except money.NotMoney as error:
        raise Unclear(f"{error.message}.") from None


def whole(cell: str) -> int:
    """A whole number of at most four digits. Raises Unclear."""
    if not re.fullmatch(r"\d{1,4}(?:\.0+)?", cell):
        raise Unclear("This is not a whole number.")
    return int(cell.partition(".")[0])


def yes_or_no(cell: str) -> bool:
    """Yes or no. Raises Unclear."""
    said = cell.lower()
    if said not in YES | NO:
        raise Unclear("Write yes or no.")
    return said in YES


def unit(cell: str) -> str:
    """A unit by one of its usual names. Raises Unclear."""
    said = cell.lower().rstrip(".")
    found = next((name for name, known in UNITS.items() if said in known), None)
    if found is None:
        raise Unclear("A unit is piece, kg, l or m.")
    return found
