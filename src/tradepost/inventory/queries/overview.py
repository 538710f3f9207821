"""Stock at a glance: how much is kept, low and out, and what moved by day."""

import hashlib
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Count, Q

from tradepost.books import queries as books
from tradepost.books.activity import activity
from tradepost.inventory.queries.movements import stores_read
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor

KEPT_S = 3600


class Overview(NamedTuple):
    """How many levels are kept, how many of them run low, and how many are out."""

    items: int
    low: int
    out: int


NOTHING = Overview(0, 0, 0)


class Day(NamedTuple):
    """How many movements of each kind a day had, however they were booked."""

    day: date
    received: int = 0
    sold: int = 0
    removed: int = 0


def overview(actor: Actor, *, store: int | None = None) -> Overview:
    """The levels of a store, or of all an actor reads; those of each store are counted once a version of it."""
    store_ids = stores_read(actor, store)
    # The versions are read first: what is counted afterwards is never older than the version it is kept under.
    versions = books.versions_of(store_ids)
    key = f"stock-counts:{hashlib.sha256(repr(store_ids).encode()).hexdigest()}"
    together = sum(versions.values())  # each only grows, so the sum stays only while they all do
    kept: tuple[int, ...] | None = cache.get(f"{key}:together")
    if kept is None or kept[0] != together:
        kept = (together, *map(sum, zip(NOTHING, *_by_store(store_ids, versions, key), strict=True)))
        cache.set(f"{key}:together", kept, KEPT_S)
    return Overview(*kept[1:])


def activity_by_day(actor: Actor, *, store: int | None = None, days: int, time_zone: str, at: datetime) -> list[Day]:
    """The last days up to the one of `at`, each with its movements by the business days of the stores."""
    last = clock.business_date(at, time_zone)
    first = last - timedelta(days=days - 1)
    found = activity(stores_read(actor, store), first, last)
    return [Day(day, *found.get(day, ())) for day in (first + timedelta(days=n) for n in range(days))]


def _by_store(store_ids: list[int], versions: dict[int, int], key: str) -> list[tuple[int, ...]]:
    """The counts of each store; only those that changed since they were kept are counted anew."""
    kept: dict[int, tuple[int, ...]] = cache.get(key) or {}  # a store's version, then its counts
    if stale := [one for one in store_ids if one not in kept or kept[one][0] != versions.get(one, 0)]:
        counted = _counted(stale)
        kept |= {one: (versions.get(one, 0), *counted.get(one, NOTHING)) for one in stale}
        cache.set(key, kept, KEPT_S)
    return [kept[one][1:] for one in store_ids]


def _counted(store_ids: list[int]) -> dict[int, Overview]:
    """By store; those that never had any level are left out."""
    found = books.store_levels().filter(db.Among("location__store_id", store_ids)).order_by()
    ordered = books.still_ordered()
    low, out = Count("id", filter=ordered & Q(state=books.LOW)), Count("id", filter=ordered & Q(state=books.OUT))
    rows = found.values_list("location__store_id").annotate(items=Count("id"), low=low, out=out)
    return {store_id: Overview(*counts) for store_id, *counts in rows}
