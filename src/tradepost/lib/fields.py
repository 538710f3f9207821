"""What may stand in common fields. Each check returns the clean value or notes its sentence in `wrong`."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tradepost.lib import phone as phones
from tradepost.lib.money import MAX_MINOR
from tradepost.lib.quantity import MAX_STEPS

JOINERS = "\u200c\u200d"  # unprintable to Python, part of words to Persian and Hindi
Wrong = dict[str, list[str]]


def line(field: str, value: str, most: int, wrong: Wrong, *, needed: bool = False) -> str:
    """One line: stripped, printable, at most `most` characters."""
    clean = value.strip()
    if needed and not clean:
        wrong[field] = ["This is needed."]
    elif len(clean) > most:
        wrong[field] = [f"At most {most} characters."]
    elif not _is_printable(clean, JOINERS):
        wrong[field] = ["Only characters that can be printed."]
    return clean


def text(field: str, value: str, most: int, wrong: Wrong) -> str:
    """Several lines: no control characters but line ends and tabs."""
    clean = value.replace("\r\n", "\n").strip()
    if len(clean) > most:
        wrong[field] = [f"At most {most} characters."]
    elif not _is_printable(clean, "\n\t" + JOINERS):
        wrong[field] = ["Only characters that can be printed."]
    return clean


def amount(field: str, value: int, wrong: Wrong) -> int:
    """Minor units, not below zero."""
    if not 0 <= value <= MAX_MINOR:
        wrong[field] = ["Zero or more, and no more than the books can hold."]
    return value


def steps(field: str, value: int, wrong: Wrong) -> int:
    """Steps of a quantity, not below zero."""
    if not 0 <= value <= MAX_STEPS:
        wrong[field] = ["Zero or more, and no more than the books can hold."]
    return value


def email(value: str, wrong: Wrong) -> str:
    """An address in lower case, or empty."""
    clean = value.strip().lower()
    try:
        if clean:
            validate_email(clean)
    except ValidationError:
        wrong["email"] = ["This is not an e-mail address."]
    return clean


def phone(value: str, wrong: Wrong) -> str:
    """E.164, or empty."""
    try:
        return phones.normalise(value) if value.strip() else ""
    except phones.NotAPhoneNumber:
        wrong["phone"] = ["This is not a phone number."]
        return ""


def _is_printable(value: str, besides: str) -> bool:
    return value.isprintable() or all(sign.isprintable() or sign in besides for sign in value)
