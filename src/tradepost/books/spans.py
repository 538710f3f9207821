"""Where in the journal the postings of a range of moments lie.

Postings are numbered as they are recorded, and most are recorded when they happen. So a closed run, which holds
postings that follow each other, holds a short range of moments as well, and says which. From the few runs that meet a
range follows between which numbers its postings lie; indexes of the journal by account and by shelf, which end in that
number, can begin and stop there instead of reading the whole life of an account.

A sale that is recorded late only makes the span wider than it need be. The moment itself is always asked for besides.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Q

from tradepost.lib import db

# In the order of the numbers, since what no run holds yet is the end of the journal and short.
SPAN = """
WITH sealed AS (SELECT COALESCE(MAX(last_posting_id), 0) AS id FROM books_run),
met AS (SELECT MIN(first_posting_id) AS first, MAX(last_posting_id) AS last, COALESCE(SUM(postings), 0) AS held
        FROM books_run WHERE last_at >= %s AND first_at < %s)
SELECT sealed.id, met.first, met.last, met.held, (
  SELECT COUNT(*) FROM (SELECT id FROM books_posting WHERE id > sealed.id AND at >= %s AND at < %s
                        ORDER BY id LIMIT %s) AS tail)
FROM sealed, met
"""
EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Span(NamedTuple):
    """The first and last number that postings of a range can have, and how many they are at most."""

    first: int
    last: int
    postings: int

    def holds(self, path: str = "id") -> Q:
        """That a posting's number, to which `path` leads, lies in the span."""
        return Q(**{f"{path}__gte": self.first, f"{path}__lte": self.last})


def span_of(start: datetime | None, end: datetime | None, *, most_open: int = 1_000) -> Span:
    """The span of the postings of a range, `start` inside, `end` not; None leaves it open.

    By one query, however long the journal. What no run holds yet is counted up to `most_open`.
    """
    moments = [db.moment(given or ever) for given, ever in zip((start, end), EVER, strict=True)]
    ((sealed, first, last, held, is_open),) = db.fetch(SPAN, [*moments, *moments, most_open])
    return Span(first or sealed + 1, db.MAX_BIGINT if is_open else last or sealed, int(held) + is_open)


def within(start: datetime | None, end: datetime | None, path: str = "at") -> Q:
    """That a moment, to which `path` leads, lies in a range: `start` inside, `end` not; None leaves it open."""
    bounds = {f"{path}__gte": start, f"{path}__lt": end}
    return Q(**{name: moment for name, moment in bounds.items() if moment is not None})


def in_range(start: datetime | None, end: datetime | None) -> Q:
    """That a row of the journal belongs to a posting of the range; nothing at all where it is open on both sides."""
    if start is None and end is None:
        return Q()
    return span_of(start, end).holds("posting_id") & within(start, end, "posting__at")
