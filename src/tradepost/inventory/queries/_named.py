"""Finding a document by what people call it."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from tradepost.lib import db

M = TypeVar("M", bound=Model)


def named(found: QuerySet[M], number_or_id: int | str) -> M | None:
    """The one of these with this id, or for a text with this number or else this id."""
    if isinstance(number_or_id, str):
        text = number_or_id.replace("\0", "").strip()
        by_number = found.filter(number=text).first()
        if by_number or not text.isdecimal():
            return by_number
        number_or_id = int(text)
    return found.filter(pk=number_or_id).first() if 0 < number_or_id <= db.MAX_BIGINT else None
