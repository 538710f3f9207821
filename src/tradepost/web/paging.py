"""Lists in portions: journals by a cursor on the id, newest first; what has another order by `lib.keyset`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import QueryDict

from tradepost.web import params

ROWS = 50
M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Portion(Generic[M]):
    """Rows of a journal, newest first, and the cursors of the portions beside it."""

    rows: list[M]
    older: int | None
    newer: int | None


def portion(found: QuerySet[M], query: QueryDict, size: int = ROWS) -> Portion[M]:
    """The rows before `?before=ID` or after `?after=ID`, else the newest. One query.

    Raises ValueError unless `found` is ordered by `-id`: in any other order an id would skip rows and repeat others.
    """
    order = ",".join(map(str, found.query.order_by or found.model._meta.ordering or ()))
    if order not in {"-id", "-pk"}:
        raise ValueError(f"{found.model.__name__} by {order} is no journal: read it with lib.keyset")
    before, after = params.number(query, "before"), params.number(query, "after")
    if after is not None:
        rows = list(found.filter(pk__gt=after).order_by("pk")[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Portion(rows, rows[-1].pk if rows else None, rows[0].pk if more else None)
    rows = list((found if before is None else found.filter(pk__lt=before))[: size + 1])
    older = rows[size - 1].pk if len(rows) > size else None
    return Portion(rows[:size], older, rows[0].pk if before is not None and rows else None)


def numbered(found: QuerySet[Any] | Sequence[Any], query: QueryDict, size: int = ROWS) -> Page[Any]:
    """The page `?page=N`, the last one for a number beyond it. Raises NotAFilter for what is no number."""
    return Paginator(found, size).get_page(params.number(query, "page") or 1)
