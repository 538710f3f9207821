"""One number, one spelling: E.164, whatever the digits and separators it was typed in."""

from functools import lru_cache

import phonenumbers
from django.conf import settings

from tradepost.lib.errors import Invalid

MAX_TYPED = 40


class NotAPhoneNumber(Invalid):
    """A text that is no phone number in the default region or with its country code."""

    code = "not_a_phone_number"
    title = "This is not a phone number"


def digits_of(text: str) -> str:
    """The digits of a part of a number, whichever script they were typed in."""
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def normalise(text: str) -> str:
    """E.164 of a number typed by a person (`0912…`, `+98 912…`, Persian digits). Raises NotAPhoneNumber."""
    typed = text.strip()
    if len(typed) > MAX_TYPED:
        raise NotAPhoneNumber(f"A phone number has at most {MAX_TYPED} characters")
    if any(sign.isalpha() for sign in typed):  # the parser would make a number of words too, or dial their letters
        raise NotAPhoneNumber(f"{typed!r} is not a phone number: there are letters in it")
    return _normalised(typed, settings.TRADEPOST_PHONE_REGION)


def spaced(number: str) -> str:
    """E.164 in groups, with its country: `+98 912 345 6789`."""
    return _written(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def show(number: str) -> str:
    """E.164 as people dial it: `0912 345 6789` in the default region, with its country from elsewhere."""
    at_home = number.startswith(f"+{phonenumbers.country_code_for_region(settings.TRADEPOST_PHONE_REGION)}")
    return _written(number, phonenumbers.PhoneNumberFormat.NATIONAL) if at_home else spaced(number)


@lru_cache(maxsize=20_000)
def _written(number: str, style: int) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), style)


# People charge the same numbers again and again, and making sure of one takes a tenth of a millisecond.
@lru_cache(maxsize=20_000)
def _normalised(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber(f"{text!r} is not a phone number") from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise NotAPhoneNumber(f"{text!r} is not a phone number that can exist")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
