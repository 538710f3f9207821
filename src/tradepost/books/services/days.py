"""Counting movements by store and business day as their run is closed: each once, since a run is closed once."""

from collections import Counter

from tradepost.books.activity import Activity, kind_of
from tradepost.books.models import Location
from tradepost.books.services.stretch import POSTING, Stretch
from tradepost.lib import clock, db

TABLE = "books_placeday"
COLUMNS = {"location_id": "bigint", "day": "date", **dict.fromkeys(Activity._fields, "bigint")}
ADD = f"""ON CONFLICT (day, location_id) DO UPDATE SET
{", ".join(f"{kind} = {TABLE}.{kind} + excluded.{kind}" for kind in Activity._fields)}"""


def count(rows: Stretch) -> None:
    """Add the movements of a stretch to the days of their stores."""
    ids = {place for row in rows.movements for place in row[3:5]}
    known = Location.objects.filter(db.Among("id", ids)).order_by().values_list("id", "code", "store__time_zone")
    places = {place: (code, zone) for place, code, zone in known}
    at = POSTING.index("at")
    moments = {row[0]: row[at] for row in rows.postings}
    counts: Counter[tuple[int, str, str]] = Counter()
    for _, posting_id, _, source, destination, *_ in rows.movements:
        kind = kind_of(places[source][0], places[destination][0])
        place = destination if kind == "received" else source
        zone = places[place][1]
        if kind and zone and posting_id in moments:  # a posting that somebody removed is for `verify` to name
            counts[place, clock.business_date(moments[posting_id], zone).isoformat(), kind] += 1
    spots = sorted({spot[:2] for spot in counts})
    added = [(*spot, *(counts[*spot, kind] for kind in Activity._fields)) for spot in spots]
    db.insert_rows(TABLE, COLUMNS, added, on_conflict=ADD)
