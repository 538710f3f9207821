"""Finding a document by what people call it."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from tradepost.lib.errors import Missing
from tradepost.lib.numbers import MAX_ID, id_written

M = TypeVar("M", bound=Model)
SHOWN = 60


def only_one(found: QuerySet[M], number_or_id: int | str, missing: type[Missing], what: str) -> M:
    """The one of these with this id, or for a text with this number or else this id. Raises `missing`."""
    one = _named(found, number_or_id)
    if one is None:
        raise missing(f"There is no {what} {str(number_or_id)[:SHOWN]}")
    return one


def _named(found: QuerySet[M], number_or_id: int | str) -> M | None:
    if isinstance(number_or_id, int):
        return found.filter(pk=number_or_id).first() if 0 < number_or_id <= MAX_ID else None
    text = number_or_id.replace("\0", "").strip()
    by_number = found.filter(number=text).first()
    if by_number:
        return by_number
    written = id_written(text)
    return found.filter(pk=written).first() if written else None
