"""Which levels goods came to or left in a range of business moments, by the way that fits how much the range holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from tradepost.books import spans
from tradepost.books.models import Level, Movement
from tradepost.books.spans import Island
from tradepost.lib import db

FEW_POSTINGS, MANY_POSTINGS = 5_000, 30_000
SIDES = ("source", "destination")
LOOK = """(SELECT moved.posting_id FROM books_movement AS moved {join}
WHERE moved.{side}_id = {place} AND moved.product_id = {product} AND moved.{side}_after IS NOT NULL
  AND moved.posting_id >= %s AND moved.posting_id <= %s ORDER BY moved.posting_id DESC LIMIT 1) IS NOT NULL"""


def moved(found: QuerySet[Level], *, start: datetime | None, end: datetime | None, is_narrow: bool) -> QuerySet[Level]:
    """Of these levels those that goods came to or left. `start` inside the range, `end` not; None leaves it open.

    Of few postings what they moved is looked up, and those levels are taken. Of more it is noted, and the levels are
    looked through in their order. Of very many each level is asked whether it moved, since soon enough do; that is also
    the way where there are few levels (`is_narrow`).
    """
    span = spans.span_of(start, end, most_open=MANY_POSTINGS + 1)
    if not span.postings:
        return found.none()
    if is_narrow or span.postings > MANY_POSTINGS:
        return found.filter(HasMoved(span.islands, start, end))
    within = spans.within(start, end, "posting__at")
    return found.filter(AmongMoved(span.holds("posting_id") & within, is_noted=span.postings > FEW_POSTINGS))


class HasMoved(Func):
    """`filter(HasMoved(...))`: whether a movement of either side is in one of the islands, asked level by level.

    Each is one look into an index, which for sure postings is all. By scalar subqueries: an EXISTS PostgreSQL would
    rather answer for all levels at once than for those needed. Spelled out, since there are many of them in each list.
    """

    output_field = BooleanField()

    def __init__(self, islands: Sequence[Island], start: datetime | None, end: datetime | None) -> None:
        super().__init__(F("location_id"), F("product_id"))
        self.islands, self.moments = islands, (("at >= %s", start), ("at < %s", end))

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """The looks, the sure ones first: of a level that moved they are mostly enough."""
        place, product = (compiler.compile(source)[0] for source in self.get_source_expressions())
        within = [(sql, db.moment(moment, connection.alias)) for sql, moment in self.moments if moment is not None]
        asked = " AND ".join(f"posting.{sql}" for sql, _ in within)
        meanwhile = f"JOIN books_posting AS posting ON posting.id = moved.posting_id AND {asked}" if asked else ""
        looks: list[tuple[str, list[Any]]] = [("", [*island.sure]) for island in self.islands if island.sure]
        looks += [(meanwhile, [*(moment for _, moment in within), *island[:2]]) for island in self.islands]
        sides = [(LOOK.format(side=side, place=place, product=product, join=join), params)
                 for join, params in looks for side in SIDES]  # fmt: skip
        return f"({' OR '.join(sql for sql, _ in sides)})", [value for _, params in sides for value in params]


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
