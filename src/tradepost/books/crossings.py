"""Which movements took a shelf below its mark or emptied it, read from closed runs; and whether a shelf is short now.

The open tail of the journal is not read: a lower id may still commit in it. Of goods that are not kept on shelves or no
longer sold, and of stores that are closed, nobody wants to hear.
"""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from tradepost.books.models import Level, Movement, Run


class Runs(NamedTuple):
    """Some closed runs on end: the last of them, and the postings they begin and end with."""

    last_id: int
    first_posting_id: int
    last_posting_id: int


class Crossing(NamedTuple):
    """A movement that took a shelf below its mark or emptied it, the steps it left, and how the shelf stands by now."""

    movement_id: int
    store_id: int
    product_id: int
    left: int
    at: datetime
    quantity: int
    low_at: int


def last_run_id(*, before: datetime | None = None) -> int:
    """The newest closed run, or the newest that was closed before a moment; 0 where there is none."""
    runs = Run.objects.all() if before is None else Run.objects.filter(closed_at__lt=before)
    return runs.order_by("-id").values_list("id", flat=True).first() or 0


def runs_after(run_id: int, *, most: int) -> Runs | None:
    """The closed runs after this one, at most so many; None where there is none."""
    bounds = Run.objects.filter(id__gt=run_id).order_by("id")
    found = list(bounds.values_list("id", "first_posting_id", "last_posting_id")[:most])
    return Runs(found[-1][0], found[0][1], found[-1][2]) if found else None


def crossings(runs: Runs) -> list[Crossing]:
    """What took shelves that are short now below their marks of now or emptied them, in the order of the journal."""
    level = "product__levels"
    is_below = Q(source_after__lt=F(f"{level}__low_at"), source_after__gte=F(f"{level}__low_at") - F("quantity"))
    found = Movement.objects.filter(
        Q(source_after=0) | is_below,
        _is_wanted("source__store"),
        posting_id__gte=runs.first_posting_id,
        posting_id__lte=runs.last_posting_id,
        product__levels__location_id=F("source_id"),
        product__levels__state__gt=Level.IN,
    )
    rows = found.order_by("id").values_list(
        "id", "source__store_id", "product_id", "source_after", "posting__at", f"{level}__quantity",
        f"{level}__low_at",
    )  # fmt: skip
    return [
        Crossing(movement_id, store_id, product_id, left, *rest)
        for movement_id, store_id, product_id, left, *rest in rows
        if store_id is not None and left is not None
    ]


def is_short(*, store: str, product: str) -> IsNull:
    """Whether a shelf runs low or is out by now, as a condition: `store` and `product` are fields with their ids.

    Asked row by row, for lists that end soon.
    """
    return IsNull(Subquery(_short_shelf(store, product).values("id")[:1]), False)


def is_filled(*, store: str, product: str) -> Q:
    """The opposite of `is_short`. PostgreSQL answers it for all shelves at once, for lists that are read to the end."""
    return ~Q(Exists(_short_shelf(store, product)))


def stands(*, store: str, product: str) -> Subquery:
    """How much stands on a shelf by now, in steps, to annotate with."""
    return Subquery(_shelf(store, product).values("quantity")[:1])


def _shelf(store: str, product: str) -> QuerySet[Level]:
    return Level.objects.filter(location__store_id=OuterRef(store), product_id=OuterRef(product))


def _short_shelf(store: str, product: str) -> QuerySet[Level]:
    return _shelf(store, product).filter(_is_wanted("location__store"), state__gt=Level.IN)


def _is_wanted(store: str) -> Q:
    of_store = {f"{store}__isnull": False, f"{store}__archived_at": None}
    return Q(product__stocked=True, product__archived_at=None, **of_store)
