"""One number, one spelling: E.164, whatever the digits and separators it was typed in."""

import phonenumbers
from django.conf import settings

from tradepost.lib.errors import Invalid


class NotAPhoneNumber(Invalid):
    """A text that is no phone number in the default region or with its country code."""

    code = "not_a_phone_number"
    title = "This is not a phone number"


def normalise(text: str) -> str:
    """E.164 of a number typed by a person (`0912…`, `+98 912…`, Persian digits). Raises NotAPhoneNumber."""
    try:
        number = phonenumbers.parse(text.strip()[:40], settings.TRADEPOST_PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise NotAPhoneNumber(f"{text[:40]!r} is not a phone number") from None
    if not phonenumbers.is_valid_number(number):
        raise NotAPhoneNumber(f"{text[:40]!r} is not a phone number that can exist")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
