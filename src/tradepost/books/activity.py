"""How many movements of each kind the stores had by day, at ten million as quick as at ten.

What closed runs hold was counted when they were closed (`services.days`). What is open still is short, and counted on
the spot: in the same statement, so that nothing counts twice while a run is being closed.
"""

import json
from collections import Counter
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from tradepost.books import chart
from tradepost.books.models import Run
from tradepost.lib import clock, db


class Activity(NamedTuple):
    """How many movements brought goods from suppliers, took them to customers, and lost them."""

    received: int = 0
    sold: int = 0
    removed: int = 0


# The first bound of the open end is known beforehand, for the planner; the second is of the moment, and exact.
COUNTED = """
SELECT counted.day, NULL, NULL, NULL, NULL, SUM(counted.received), SUM(counted.sold), SUM(counted.removed)
FROM books_placeday AS counted JOIN books_location AS place ON place.id = counted.location_id
WHERE counted.day BETWEEN {first} AND {last} AND place.store_id {among}
GROUP BY counted.day
UNION ALL
SELECT NULL, posting.at, store.time_zone, source.code, destination.code, 0, 0, 0
FROM books_movement AS movement
JOIN books_posting AS posting ON posting.id = movement.posting_id
JOIN books_location AS source ON source.id = movement.source_id
JOIN books_location AS destination ON destination.id = movement.destination_id
JOIN places_store AS store ON store.id = COALESCE(source.store_id, destination.store_id)
WHERE movement.posting_id > %s AND movement.posting_id > (SELECT COALESCE(MAX(last_posting_id), 0) FROM books_run)
  AND posting.at >= %s AND posting.at < %s AND store.id {among}
"""
A_DAY = timedelta(days=1)  # no time zone is further from UTC


def activity(store_ids: Collection[int], first: date, last: date) -> dict[date, Activity]:
    """What the stores moved together, by their own business days from `first` to `last`; days without are left out."""
    start, end = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first - A_DAY, last + 2 * A_DAY))
    sealed = Run.objects.order_by("-id").values_list("last_posting_id", flat=True).first() or 0
    wanted = sorted(store_ids)
    if db.is_postgres():
        sql, among = COUNTED.format(among="= ANY(%s::bigint[])", first="%s::date", last="%s::date"), db.array(wanted)
    else:
        sql, among = (
            COUNTED.format(among="IN (SELECT value FROM json_each(%s))", first="%s", last="%s"),
            json.dumps(wanted),
        )
    params = [first.isoformat(), last.isoformat(), among, sealed, db.moment(start), db.moment(end), among]
    counts: Counter[tuple[date, str]] = Counter()
    for counted, at, zone, source, destination, *sums in db.fetch(sql, params):
        if counted is not None:
            day = date.fromisoformat(str(counted))
            counts.update({(day, kind): int(n) for kind, n in zip(Activity._fields, sums, strict=True)})
        elif kind := kind_of(source, destination):
            counts[_day(at, zone), kind] += 1
    days = {day for day, _ in counts if first <= day <= last}
    return {day: Activity(*(counts[day, kind] for kind in Activity._fields)) for day in days}


def _day(at: datetime | str, zone: str) -> date:
    """The store's day of a moment as the database answers it: SQLite with a text."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else at
    return clock.business_date(moment, zone)


def kind_of(source: str, destination: str) -> str:
    """What of an Activity a movement between these places is; empty for none."""
    if source == chart.SUPPLIER_WORLD:
        return "received"
    return {chart.CUSTOMER_WORLD: "sold", chart.LOSS_WORLD: "removed"}.get(destination, "")
