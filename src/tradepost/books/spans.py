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

# The longest row of runs that follow each other and lie wholly inside the range is `sure`: a run's last number less all
# that was counted up to it is the same for runs without a gap between them. Of what no run holds yet, the end of the
# journal, only the beginning is looked through here, in the order of the numbers: it is short as a rule.
SPAN = """
WITH sealed AS (SELECT COALESCE(MAX(last_posting_id), 0) AS id FROM books_run),
met AS (SELECT first_posting_id AS first, last_posting_id AS last, postings, first_at >= %s AND last_at < %s AS whole
        FROM books_run WHERE last_at >= %s AND first_at < %s),
numbered AS (SELECT first, last, last - SUM(last - first + 1) OVER (ORDER BY last) AS gap FROM met WHERE whole),
sure AS (SELECT MIN(first) AS first, MAX(last) AS last FROM numbered
         GROUP BY gap ORDER BY MAX(last) - MIN(first) DESC LIMIT 1),
tail AS (SELECT at FROM books_posting WHERE id > (SELECT id FROM sealed) ORDER BY id LIMIT %s)
SELECT met.first, met.last, met.held, sealed.id, sure.first, sure.last, (SELECT COUNT(*) FROM tail),
  (SELECT COUNT(*) FROM tail WHERE at >= %s AND at < %s)
FROM sealed LEFT JOIN sure ON true,
  (SELECT MIN(first) AS first, MAX(last) AS last, COALESCE(SUM(postings), 0) AS held FROM met) AS met
"""
# Of a long end those of the range, by their moments.
OPEN = """
SELECT COUNT(*) FROM (
  SELECT 1 FROM books_posting WHERE id > (SELECT COALESCE(MAX(last_posting_id), 0) FROM books_run)
  AND at >= %s AND at < %s ORDER BY at LIMIT %s) AS tail
"""
LONG_TAIL = 2_000
EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Span(NamedTuple):
    """The first and last number that postings of a range can have, and how many they are at most.

    From the first to the last of the `sure` ones all are of the range, and none need be asked for its moment.
    """

    first: int
    last: int
    postings: int
    sure: tuple[int, int] | None = None

    def holds(self, path: str = "id") -> Q:
        """That a posting's number, to which `path` leads, lies in the span."""
        return _between(path, self.first, self.last)

    def surely_holds(self, path: str = "id") -> Q | None:
        """That a posting, to whose number `path` leads, is among the sure ones; None where there are none."""
        return _between(path, *self.sure) if self.sure else None


def _between(path: str, first: int, last: int) -> Q:
    return Q(**{f"{path}__gte": first, f"{path}__lte": last})


def span_of(start: datetime | None, end: datetime | None, *, most_open: int = 1_000) -> Span:
    """The span of the postings of a range, `start` inside, `end` not; None leaves it open.

    By one query, however long the journal, and a second one where much of it is in no run yet: then what is there of
    the range is counted up to `most_open`.
    """
    moments = [db.moment(given or ever) for given, ever in zip((start, end), EVER, strict=True)]
    (found,) = db.fetch(SPAN, [*moments, *moments, LONG_TAIL, *moments])
    first, last, held, sealed, sure_first, sure_last, looked_through, is_open = found
    if looked_through == LONG_TAIL:
        ((is_open,),) = db.fetch(OPEN, [*moments, most_open])
    sure = (sure_first, sure_last) if sure_first else None
    return Span(first or sealed + 1, db.MAX_BIGINT if is_open else last or sealed, int(held) + is_open, sure)


def within(start: datetime | None, end: datetime | None, path: str = "at") -> Q:
    """That a moment, to which `path` leads, lies in a range: `start` inside, `end` not; None leaves it open."""
    bounds = {f"{path}__gte": start, f"{path}__lt": end}
    return Q(**{name: moment for name, moment in bounds.items() if moment is not None})


def in_range(start: datetime | None, end: datetime | None) -> Q:
    """That a row of the journal belongs to a posting of the range; nothing at all where it is open on both sides."""
    if start is None and end is None:
        return Q()
    return span_of(start, end).holds("posting_id") & within(start, end, "posting__at")
