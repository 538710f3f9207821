"""Which levels goods came to or left in a range of business moments, by the way that fits how much the range holds."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.sql.compiler import SQLCompiler

from tradepost.books import spans
from tradepost.books.models import Level, Movement

FEW_POSTINGS, MANY_POSTINGS = 5_000, 30_000
SIDES = ("source", "destination")


def moved(found: QuerySet[Level], *, start: datetime | None, end: datetime | None, is_narrow: bool) -> QuerySet[Level]:
    """Of these levels those that goods came to or left. `start` inside the range, `end` not; None leaves it open.

    Of few postings what they moved is looked up, and those levels are taken. Of more it is noted, and the levels are
    looked through in their order. Of very many each level is asked whether it moved, since soon enough do; that is also
    the way where there are few levels (`is_narrow`).
    """
    span = spans.span_of(start, end, most_open=MANY_POSTINGS + 1)
    if not span.postings:
        return found.none()
    within = spans.within(start, end, "posting__at")
    if is_narrow or span.postings > MANY_POSTINGS:
        sure = [spans.between("posting_id", *island.sure) for island in span.islands if island.sure]
        rest = [spans.between("posting_id", island.first, island.last) & within for island in span.islands]
        return _asked_one_by_one(found, sure + rest)
    return found.filter(AmongMoved(span.holds("posting_id") & within, is_noted=span.postings > FEW_POSTINGS))


def _asked_one_by_one(found: QuerySet[Level], ranges: Sequence[Q]) -> QuerySet[Level]:
    """Those of which a movement of either side is in one of the ranges, asked in their order.

    Each is one look into an index, which for sure postings is all. By scalar subqueries: an EXISTS PostgreSQL would
    rather answer for all levels at once than for those needed.
    """
    asked, has_moved = found, Q()
    for place, (range_, side) in enumerate(product(ranges, SIDES)):
        here = {side: OuterRef("location_id"), f"{side}_after__isnull": False}
        moves = Movement.objects.filter(range_, product=OuterRef("product_id"), **here)
        newest = Subquery(moves.order_by("-posting_id").values("posting_id")[:1])
        asked = asked.alias(**{f"moved_{place}": newest})
        has_moved |= Q(**{f"moved_{place}__isnull": False})
    return asked.filter(has_moved)


class AmongMoved(Func):
    """`filter(AmongMoved(...))`: whether place and product are among those of the movements in a range.

    `is_noted` makes PostgreSQL note what moved and keep the order in which it looks through the levels. Without it, it
    begins with what moved.
    """

    output_field = BooleanField()

    def __init__(self, range_: Q, *, is_noted: bool) -> None:
        super().__init__(F("location_id"), F("product_id"))
        self.range_, self.is_noted = range_, is_noted

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """The pairs of both sides of the movements."""
        shelf = ", ".join(compiler.compile(source)[0] for source in self.get_source_expressions())
        moves = Movement.objects.filter(self.range_)
        halves = [
            moves.filter(**{f"{side}_after__isnull": False}).order_by().values(f"{side}_id", "product_id").query
            for side in SIDES
        ]
        compiled = [half.get_compiler(connection=connection).as_sql() for half in halves]
        pairs = " UNION ALL ".join(sql for sql, _ in compiled)
        params = [value for _, values in compiled for value in values]
        return f"(({shelf}) IN ({pairs})){' IS TRUE' if self.is_noted else ''}", params
