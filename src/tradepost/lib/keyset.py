"""Lists in any order, a portion at a time, by the values of the last row seen rather than by counting rows.

The thousandth portion costs what the first one does, and rows added meanwhile shift nothing. The last field of the
order must tell any two rows apart. A cursor is signed for the order it was made in, so what stands in it needs no
second look.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

from tradepost.lib.errors import Invalid

M = TypeVar("M", bound=Model)
SALT = "tradepost.keyset:"
MAX_CURSOR = 4_000


class NotACursor(Invalid):
    """A text that is no cursor, or one of another list or order."""

    code = "not_a_cursor"
    title = "Cursors are taken from the page before or after, in the same order"


class Portion(NamedTuple, Generic[M]):
    """Rows in their order, and the cursors of the portions beside it; empty where there is none."""

    rows: list[M]
    next: str
    previous: str


def portion(found: QuerySet[M], cursor: str, size: int) -> Portion[M]:
    """The first rows of a list, or those that `cursor` leads to. One query. Raises NotACursor.

    `found` is ordered by fields that are never null, related ones among them only where they are read with the row.
    """
    order = [str(name) for name in found.query.order_by]
    is_back, values = _read(cursor, order) if cursor else (False, [])
    if values:
        found = found.filter(_beyond(order, values, is_back))
    rows = list((found.reverse() if is_back else found)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    if is_back:
        rows.reverse()
    has_next, has_previous = (True, more) if is_back else (more, bool(cursor))
    return Portion(
        rows,
        _write(rows[-1], order, is_back=False) if rows and has_next else "",
        _write(rows[0], order, is_back=True) if rows and has_previous else "",
    )


def _beyond(order: Sequence[str], values: Sequence[Any], is_back: bool) -> Q:
    """The rows after these values. Bounding the first field alone says nothing new; an index begins to read there."""
    names = [name.lstrip("-") for name in order]
    ways = ["lt" if name.startswith("-") != is_back else "gt" for name in order]
    same = [Q(**{name: value}) for name, value in zip(names, values, strict=True)]
    beyond = [Q(**{f"{name}__{way}": value}) for name, way, value in zip(names, ways, values, strict=True)]
    steps = [reduce(Q.__and__, [*same[:i], beyond[i]]) for i in range(len(order))]
    return Q(**{f"{names[0]}__{ways[0]}e": values[0]}) & reduce(Q.__or__, steps)


def _write(row: Model, order: Sequence[str], *, is_back: bool) -> str:
    values = [reduce(getattr, name.lstrip("-").split("__"), row) for name in order]
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return _signer(order).sign_object([is_back, *plain])


def _signer(order: Sequence[str]) -> signing.Signer:
    """The same for ever: a cursor can be kept."""
    return signing.Signer(salt=SALT + ",".join(order))


def _read(cursor: str, order: Sequence[str]) -> tuple[bool, list[Any]]:
    try:
        is_back, *values = _signer(order).unsign_object(cursor[:MAX_CURSOR])
    except signing.BadSignature:
        raise NotACursor(f"{cursor[:40]!r} is not a cursor of this list and order") from None
    return is_back, values
