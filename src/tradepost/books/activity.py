"""How many movements of each kind the stores had by day, at ten million as quick as at ten.

What closed runs hold was counted when they were closed (`services.days`), and its sum is kept until the next run. What
is open still is short as a rule, and counted on the spot.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from django.core.cache import cache

from tradepost.books import chart
from tradepost.books.models import Run
from tradepost.lib import clock, db


class Activity(NamedTuple):
    """How many movements brought goods from suppliers, took them to customers, and lost them."""

    received: int = 0
    sold: int = 0
    removed: int = 0


# What runs hold that were closed after the one given: up to which posting, which days they can have touched, and of
# these what all runs hold, of the same moment. Where the one given is not there, all runs are new and all days touched.
COUNTED = """
WITH given AS (SELECT COALESCE(MAX(last_posting_id), 0) AS id FROM books_run
               WHERE last_posting_id = %s AND digest = %s),
fresh AS (SELECT MAX(last_posting_id) AS last, {eve} AS first_day, {morrow} AS last_day FROM books_run
          WHERE last_posting_id > (SELECT id FROM given)),
held AS (
  SELECT counted.day, SUM(counted.received) AS received, SUM(counted.sold) AS sold, SUM(counted.removed) AS removed
  FROM books_placeday AS counted JOIN books_location AS place ON place.id = counted.location_id
  WHERE counted.day BETWEEN {first} AND {last} AND place.store_id {among}
    AND counted.day BETWEEN (SELECT first_day FROM fresh) AND (SELECT last_day FROM fresh)
  GROUP BY counted.day)
SELECT given.id, fresh.last, fresh.first_day, fresh.last_day, held.*
FROM given CROSS JOIN fresh LEFT JOIN held ON true
"""
# By quarters of an hour, since days begin with one in every time zone there is.
OPEN = """
SELECT {quarter}, store.time_zone, CASE WHEN source.bounded THEN '' ELSE source.code END,
  CASE WHEN destination.bounded THEN '' ELSE destination.code END, COUNT(*)
FROM books_movement AS movement
JOIN books_posting AS posting ON posting.id = movement.posting_id
JOIN books_location AS source ON source.id = movement.source_id
JOIN books_location AS destination ON destination.id = movement.destination_id
JOIN places_store AS store ON store.id = COALESCE(source.store_id, destination.store_id)
WHERE movement.posting_id > %s AND posting.at >= %s AND posting.at < %s AND store.id {among}
GROUP BY 1, 2, 3, 4
"""
QUARTER_S = 900
A_DAY = timedelta(days=1)  # no time zone is further from UTC
KEPT_S = 3600
Counts = dict[tuple[date, str], int]


def activity(store_ids: Collection[int], first: date, last: date) -> dict[date, Activity]:
    """What the stores moved together, by their own business days from `first` to `last`; days without are left out."""
    wanted = sorted(store_ids)
    sealed, closed = _closed(wanted, first, last)
    counts = Counter(closed)
    start, end = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first - A_DAY, last + 2 * A_DAY))
    moved = db.fetch(_text(OPEN), [sealed, db.moment(start), db.moment(end), _among(wanted)])
    for quarter, zone, source, destination, times in moved:
        if kind := kind_of(source, destination):
            at = datetime.fromtimestamp(int(quarter) * QUARTER_S, UTC)
            counts[clock.business_date(at, zone), kind] += times
    days = {day for day, _ in counts if first <= day <= last}
    return {day: Activity(*(counts[day, kind] for kind in Activity._fields)) for day in days}


def _closed(store_ids: list[int], first: date, last: date) -> tuple[int, Counts]:
    """Up to which posting, and what of it closed runs hold by day and kind. It is kept while the last run stays.

    A run is closed after the digest was read or before: what is counted goes up to the posting that is answered.
    """
    key = f"activity:days:{first}:{last}:{hashlib.sha256(repr(store_ids).encode()).hexdigest()}"
    newest = bytes(Run.objects.order_by("-id").values_list("digest", flat=True).first() or b"")
    kept: tuple[bytes, int, Counts] | None = cache.get(key)
    if kept and kept[0] == newest:
        return kept[1:]
    digest, sealed, counts = kept or (b"", 0, Counts())
    asked = [sealed, digest, first.isoformat(), last.isoformat(), _among(store_ids)]
    sealed, counts = _counted_on(sealed, counts, db.fetch(_text(COUNTED), asked))
    cache.set(key, (newest, sealed, counts), KEPT_S)
    return sealed, counts


def _counted_on(sealed: int, counts: Counts, rows: Sequence[tuple[Any, ...]]) -> tuple[int, Counts]:
    """What was kept, with the days of runs that were closed since as `rows` of COUNTED say."""
    given, newest, *touched = rows[0][:4]
    if newest is None:
        return (sealed, counts) if given else (0, {})
    start, end = map(_day, touched)
    found = {spot: times for spot, times in counts.items() if given and not start <= spot[0] <= end}
    for *_, day, received, sold, removed in rows:
        if day is not None:
            times = zip(Activity._fields, (received, sold, removed), strict=True)
            found.update({(_day(day), kind): int(number) for kind, number in times})
    return int(newest), found


def _day(value: Any) -> date:
    """SQLite knows days as texts."""
    return date.fromisoformat(str(value))


def _text(sql: str) -> str:
    if db.is_postgres():
        return sql.format(
            among="= ANY(%s::bigint[])",
            first="%s::date",
            last="%s::date",
            eve="(MIN(first_at) AT TIME ZONE 'UTC')::date - 1",
            morrow="(MAX(last_at) AT TIME ZONE 'UTC')::date + 1",
            quarter=f"floor(extract(epoch FROM posting.at) / {QUARTER_S})",
        )
    return sql.format(
        among="IN (SELECT value FROM json_each(%s))",
        first="%s",
        last="%s",
        eve="date(MIN(first_at), '-1 day')",
        morrow="date(MAX(last_at), '+1 day')",
        quarter=f"strftime('%%s', posting.at) / {QUARTER_S}",
    )


def _among(store_ids: list[int]) -> str:
    return db.array(store_ids) if db.is_postgres() else json.dumps(store_ids)


def kind_of(source: str, destination: str) -> str:
    """What of an Activity a movement between these places is; empty for none."""
    if source == chart.SUPPLIER_WORLD:
        return "received"
    return {chart.CUSTOMER_WORLD: "sold", chart.LOSS_WORLD: "removed"}.get(destination, "")
