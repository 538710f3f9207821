"""Where in the journal the postings of a range of moments lie.

Postings are numbered as they are recorded, and most are recorded when they happen. So a closed run, which holds
postings that follow each other, holds a short range of moments as well, and says which. From the few runs that meet a
range follows between which numbers its postings lie; indexes of the journal by account and by shelf, which end in that
number, can begin and stop there instead of reading the whole life of an account.

A sale that is recorded late only makes the span wider than it need be. The moment itself is always asked for besides.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from django.db.models import Q

from tradepost.lib import db

# Runs that follow each other and are alike, wholly inside the range or not, make a piece: a run's last number less all
# that was counted of its kind up to it is the same for runs without a gap between them. Of what no run holds yet, the
# end of the journal, only the beginning is looked through here, in the order of the numbers: it is short as a rule.
SPAN = """
WITH sealed AS (SELECT COALESCE(MAX(last_posting_id), 0) AS id FROM books_run),
met AS (SELECT first_posting_id AS first, last_posting_id AS last, postings, first_at >= %s AND last_at < %s AS whole
        FROM books_run WHERE last_at >= %s AND first_at < %s),
numbered AS (SELECT first, last, postings, whole,
             last - SUM(last - first + 1) OVER (PARTITION BY whole ORDER BY last) AS gap FROM met),
piece AS (SELECT MIN(first) AS first, MAX(last) AS last, whole, SUM(postings) AS held
          FROM numbered GROUP BY whole, gap),
tail AS (SELECT at FROM books_posting WHERE id > (SELECT id FROM sealed) ORDER BY id LIMIT %s)
SELECT sealed.id, (SELECT COUNT(*) FROM tail), (SELECT COUNT(*) FROM tail WHERE at >= %s AND at < %s),
  piece.first, piece.last, piece.whole, piece.held
FROM sealed LEFT JOIN piece ON true ORDER BY piece.first
"""
# Of a long end those of the range, by their moments: that is what the planner thinks best where it cannot tell how many
# numbers there are.
OPEN = """
SELECT COUNT(*) FROM (SELECT 1 FROM books_posting WHERE at >= %s AND at < %s AND id > (SELECT CAST(%s AS bigint))
                      ORDER BY at LIMIT %s) AS tail
"""
LONG_TAIL = 2_000
MOST_ISLANDS = 4
EVER = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


class Island(NamedTuple):
    """Numbers that follow each other and may be those of postings of a range.

    From the first to the last of the `sure` ones all are, and none need be asked for its moment.
    """

    first: int
    last: int
    sure: tuple[int, int] | None = None

    @property
    def unsure(self) -> list[tuple[int, int]]:
        """The numbers before and after the sure ones."""
        if self.sure is None:
            return [self[:2]]
        edges = (self.first, self.sure[0] - 1), (self.sure[1] + 1, self.last)
        return [(first, last) for first, last in edges if first <= last]


class Span(NamedTuple):
    """The first and last number that postings of a range can have, and how many they are at most.

    Where what was recorded late lies far from the rest, the islands say between which numbers there are none.
    """

    first: int
    last: int
    postings: int
    islands: Sequence[Island] = ()

    def holds(self, path: str = "id") -> Q:
        """That a posting's number, to which `path` leads, lies in the span."""
        return between(path, self.first, self.last)


def between(path: str, first: int, last: int) -> Q:
    """That a number, to which `path` leads, is one of these."""
    return Q(**{f"{path}__gte": first, f"{path}__lte": last})


def span_of(start: datetime | None, end: datetime | None, *, most_open: int = 1_000) -> Span:
    """The span of the postings of a range, `start` inside, `end` not; None leaves it open.

    By one query, however long the journal, and a second one where much of it is in no run yet: then what is there of
    the range is counted up to `most_open`.
    """
    moments = [db.moment(given or ever) for given, ever in zip((start, end), EVER, strict=True)]
    found = db.fetch(SPAN, [*moments, *moments, LONG_TAIL, *moments])
    sealed, looked_through, is_open = found[0][:3]
    if looked_through == LONG_TAIL:
        ((is_open,),) = db.fetch(OPEN, [*moments, sealed, most_open])
    pieces = [(first, last, bool(whole), int(held)) for *_, first, last, whole, held in found if held is not None]
    if is_open:
        pieces.append((sealed + 1, db.MAX_BIGINT, False, is_open))
    if not pieces:
        return Span(sealed + 1, sealed, 0)
    islands = _islands(pieces)
    return Span(islands[0].first, islands[-1].last, sum(piece[3] for piece in pieces), islands)


def _islands(pieces: Sequence[tuple[int, int, bool, int]]) -> list[Island]:
    """Pieces that follow each other are one island; where there would be too many, the closest are one too."""
    islands = [Island(first, last, (first, last) if whole else None) for first, last, whole, _ in pieces]
    gaps = [after.first - before.last - 1 for before, after in pairwise(islands)]
    widest = sorted(gaps, reverse=True)[: MOST_ISLANDS - 1]
    least = max(1, widest[-1]) if widest else 1
    joined = islands[:1]
    for gap, island in zip(gaps, islands[1:], strict=True):
        if gap >= least and len(joined) < MOST_ISLANDS:
            joined.append(island)
        else:
            joined[-1] = _joined(joined[-1], island)
    return joined


def _joined(left: Island, right: Island) -> Island:
    """Both and what lies between them; sure are the more of the one or the other."""
    sure = max((one.sure for one in (left, right) if one.sure), key=lambda sure: sure[1] - sure[0], default=None)
    return Island(left.first, right.last, sure)


def within(start: datetime | None, end: datetime | None, path: str = "at") -> Q:
    """That a moment, to which `path` leads, lies in a range: `start` inside, `end` not; None leaves it open."""
    bounds = {f"{path}__gte": start, f"{path}__lt": end}
    return Q(**{name: moment for name, moment in bounds.items() if moment is not None})


def in_range(start: datetime | None, end: datetime | None) -> Q:
    """That a row of the journal belongs to a posting of the range; nothing at all where it is open on both sides."""
    if start is None and end is None:
        return Q()
    return span_of(start, end).holds("posting_id") & within(start, end, "posting__at")
