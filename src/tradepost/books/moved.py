"""Which levels goods came to or left in a range of business moments, by the way that fits how much the range holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from tradepost.books import spans
from tradepost.books.models import Level
from tradepost.books.spans import Island
from tradepost.lib import db

FEW_POSTINGS, MANY_POSTINGS = 5_000, 30_000
FEW_SHELVES = 20_000  # though a posting may move thousands
SIDES = ("source", "destination")
LOOK = """(SELECT moved.posting_id FROM books_movement AS moved {join}
WHERE moved.{side}_id = {place} AND moved.product_id = {product} AND moved.{side}_after IS NOT NULL
  AND moved.posting_id >= %s AND moved.posting_id <= %s ORDER BY moved.posting_id DESC LIMIT 1) IS NOT NULL"""
SHELVES = """SELECT moved.{side}_id, moved.product_id FROM books_movement AS moved {join}
WHERE moved.{side}_after IS NOT NULL AND moved.posting_id >= %s AND moved.posting_id <= %s"""
Ranges = Sequence[tuple[int, int]]


def moved(found: QuerySet[Level], *, start: datetime | None, end: datetime | None, is_narrow: bool) -> QuerySet[Level]:
    """Of these levels those that goods came to or left. `start` inside the range, `end` not; None leaves it open.

    Of few postings what they moved is looked up beforehand, so that the planner knows how few levels that is. Of more
    it is noted, and the levels are looked through in their order. Of very many each level is asked whether it moved,
    since soon enough do; that is also the way where there are few levels (`is_narrow`).
    """
    span = spans.span_of(start, end, most_open=MANY_POSTINGS + 1)
    if not span.postings:
        return found.none()
    moves = Moves(span.islands, start, end)
    if is_narrow or span.postings > MANY_POSTINGS:
        return found.filter(HasMoved(moves))
    shelves = moves.shelves_up_to(FEW_SHELVES) if span.postings <= FEW_POSTINGS else None
    if shelves is None:
        return found.filter(IsNoted(moves))
    return found.filter(db.AmongPairs(("location_id", "product_id"), shelves))


class Moves(NamedTuple):
    """The movements of a range, spelled out since each list asks for them many times in one statement."""

    islands: Sequence[Island]
    start: datetime | None
    end: datetime | None

    def shelves(self, using: str = "default") -> tuple[str, list[Any]]:
        """The statement for the shelves of both sides, some of them again and again."""
        unsure = [edge for island in self.islands for edge in island.unsure]
        halves, params = self.spelled(SHELVES, unsure, using)
        return " UNION ALL ".join(halves), params

    def shelves_up_to(self, most: int) -> list[tuple[int, int]] | None:
        """These shelves; None where they are more."""
        sql, params = self.shelves()
        rows = db.fetch(f"{sql} LIMIT %s", [*params, most + 1])
        return None if len(rows) > most else [(place, product) for place, product in rows]

    def spelled(self, template: str, others: Ranges, using: str, **names: str) -> tuple[list[str], list[Any]]:
        """The template for both sides of each range of numbers, and the parameters of all.

        First those whose postings all are of the range of moments, then `others`, which are asked for theirs.
        """
        bounds = (("posting.at >= %s", self.start), ("posting.at < %s", self.end))
        within = [(sql, db.moment(moment, using)) for sql, moment in bounds if moment is not None]
        of_range = " AND ".join(["posting.id = moved.posting_id", *(sql for sql, _ in within)])
        asked = [("", [*island.sure]) for island in self.islands if island.sure]
        join = f"JOIN books_posting AS posting ON {of_range}"
        asked += [(join, [*(moment for _, moment in within), *numbers]) for numbers in others]
        both = [(template.format(side=side, join=join, **names), params) for join, params in asked for side in SIDES]
        return [sql for sql, _ in both], [value for _, params in both for value in params]


class HasMoved(Func):
    """`filter(HasMoved(moves))`: whether one of these movements is of the level, asked level by level.

    Each is one look into an index, which for sure postings is all. By scalar subqueries: an EXISTS PostgreSQL would
    rather answer for all levels at once than for those needed.
    """

    output_field = BooleanField()

    def __init__(self, moves: Moves) -> None:
        super().__init__(F("location_id"), F("product_id"))
        self.moves = moves

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """The looks, each into a whole island once the sure part of it said nothing: that is one look, not two."""
        place, product = (compiler.compile(source)[0] for source in self.get_source_expressions())
        whole = [island[:2] for island in self.moves.islands]
        looks, params = self.moves.spelled(LOOK, whole, connection.alias, place=place, product=product)
        return f"({' OR '.join(looks)})", params


class IsNoted(HasMoved):
    """The same by noting the shelves of all these movements, and keeping the order in which levels are looked through.

    Without IS TRUE PostgreSQL would begin with the movements.
    """

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, list[Any]]:
        """The shelf of the level among theirs."""
        shelf = ", ".join(compiler.compile(source)[0] for source in self.get_source_expressions())
        shelves, params = self.moves.shelves(connection.alias)
        return f"((({shelf}) IN ({shelves})) IS TRUE)", params
