"""What may stand in a person's fields. Each check returns the clean value or notes its sentence in `wrong`."""

import re
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django_countries import countries

from tradepost.lib import fields
from tradepost.lib.errors import FieldErrors
from tradepost.lib.fields import Wrong
from tradepost.people.models import User

USERNAME = re.compile(r"[A-Za-z0-9_.+-]{1,150}")
LEFT_PREFIX = "left-"
MAX_NAME, MAX_BIO, MAX_ADDRESS, MAX_EMAIL, MAX_PASSWORD = 150, 2000, 500, 254, 1024


def refuse(wrong: Wrong) -> None:
    """Raises FieldErrors where anything was noted."""
    if wrong:
        raise FieldErrors(wrong)


def username(value: str, wrong: Wrong) -> str:
    """1 to 150 letters, digits and `_.+-`; not the name of somebody who left."""
    clean = value.strip()
    if not USERNAME.fullmatch(clean):
        wrong["username"] = ["1 to 150 letters, digits, or one of _ . + -"]
    elif clean.lower().startswith(LEFT_PREFIX):
        wrong["username"] = ["Names that start with left- are taken by people who left."]
    return clean


def email(value: str, wrong: Wrong) -> str:
    """An address, in lower case."""
    clean = value.strip().lower()
    try:
        validate_email(clean)
    except ValidationError:
        wrong["email"] = ["This is not an e-mail address."]
    if len(clean) > MAX_EMAIL:
        wrong["email"] = [f"At most {MAX_EMAIL} characters."]
    return clean


def line(field: str, value: str, wrong: Wrong, *, needed: bool = False) -> str:
    """One line of a name: printable, at most 150 characters."""
    return fields.line(field, value, MAX_NAME, wrong, needed=needed)


def country(value: str, wrong: Wrong) -> str:
    """An ISO 3166 code of two letters, or empty."""
    clean = value.strip().upper()
    if clean and clean not in countries:
        wrong["country"] = ["This is not a country code such as GB."]
    return clean


def birth_date(value: date | None, today: date, wrong: Wrong) -> date | None:
    """A day from 1900 to today, or None."""
    if value is not None and not date(1900, 1, 1) <= value <= today:
        wrong["birth_date"] = ["This cannot be a date of birth."]
    return value


def password(value: str, confirm: str | None, owner: User, wrong: Wrong) -> None:
    """Long and strange enough for Django's validators, and typed the same twice where it was typed twice."""
    if len(value) > MAX_PASSWORD:
        wrong["password"] = [f"At most {MAX_PASSWORD} characters."]
        return
    try:
        validate_password(value, owner)
    except ValidationError as error:
        wrong["password"] = list(error.messages)
    if confirm is not None and confirm != value:
        wrong["password_confirm"] = ["The two passwords differ."]
