"""Alerts: raised from the closed runs of the journal, each movement once; seen by people; over when it is filled.

Whoever looks holds the row of the cursor until the commit. So one looks at a time, alerts become visible in the order
of their ids, and the cursor moves with the alerts it found or not at all.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from tradepost.audit import services as audit
from tradepost.books import crossings as journal
from tradepost.books.crossings import Crossing, Runs
from tradepost.inventory.errors import NoSuchAlert
from tradepost.inventory.models import AlertCursor, StockAlert
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid
from tradepost.places import queries as places
from tradepost.places.errors import NoSuchStore

OLDEST_NEWS = timedelta(days=1)
RUNS_AT_ONCE = 10
MOST_AT_ONCE = 1_000
ENDED_AT_ONCE = 5_000
CURSOR = 1


def watch_levels(*, at: datetime) -> int:
    """Raise an alert for every shelf that fell below its mark or ran out in runs closed since, and is short still.

    How many were raised. Of several crossings of a shelf the newest is told. Called by many at once, one of them looks
    and the others go; on SQLite they wait. Raises Busy.
    """
    raised = 0
    while journal.last_run_id() > _cursor(at):
        found = _look(at)
        if found is None:
            break
        raised += found
    return raised


def _cursor(at: datetime) -> int:
    """Up to which run levels were looked at. An installation that never looked begins with the runs of the last day."""
    run_id = AlertCursor.objects.values_list("run_id", flat=True).first()
    if run_id is None:
        behind = {"run_id": journal.last_run_id(before=at - OLDEST_NEWS)}
        run_id = AlertCursor.objects.get_or_create(pk=CURSOR, defaults=behind)[0].run_id
    return run_id


def _look(at: datetime) -> int | None:
    """Look at the next few runs; how many alerts they raised, None where somebody else looks or has looked."""
    with db.politely(), transaction.atomic(durable=True):
        cursor = _lock_cursor()
        runs = journal.runs_after(cursor.run_id, most=RUNS_AT_ONCE) if cursor else None
        if cursor is None or runs is None:
            return None
        raised = _raise_alerts(runs, at)
        cursor.run_id = runs.last_id
        cursor.save(update_fields=["run_id"])
        return raised


def _lock_cursor() -> AlertCursor | None:
    """The cursor, locked until the commit; None where another has it."""
    return AlertCursor.objects.select_for_update(skip_locked=db.is_postgres(), no_key=True).filter(pk=CURSOR).first()


def _raise_alerts(runs: Runs, at: datetime) -> int:
    newest = {(crossing.store_id, crossing.product_id): crossing for crossing in journal.crossings(runs)}
    _overtake(newest, at)
    told = sorted(newest.values(), key=lambda crossing: crossing.movement_id)
    return len(StockAlert.objects.bulk_create([_alert_of(crossing) for crossing in told]))


def _alert_of(crossing: Crossing) -> StockAlert:
    """What to tell of a crossing. A shelf that was emptied, and got too little since, runs low.

    One that is out by now, and was not yet after this movement, is low too: what emptied it comes later in the journal.
    """
    is_out = crossing.left == 0 == crossing.quantity
    return StockAlert(
        movement_id=crossing.movement_id,
        store_id=crossing.store_id,
        product_id=crossing.product_id,
        kind=StockAlert.OUT if is_out else StockAlert.LOW,
        quantity=crossing.left or crossing.quantity,
        low_at=crossing.low_at,
        at=crossing.at,
    )


def _overtake(shelves: Collection[tuple[int, int]], at: datetime) -> None:
    """Older alerts of shelves that get a new one press no more."""
    pressing = StockAlert.objects.filter(
        db.Among("store_id", {store_id for store_id, _ in shelves}),
        db.Among("product_id", {product_id for _, product_id in shelves}),
        seen_at=None,
        over_at=None,
    )
    rows = pressing.values_list("id", "store_id", "product_id") if shelves else ()
    _end((alert_id for alert_id, *shelf in rows if tuple(shelf) in shelves), at)


def end_alerts(*, at: datetime) -> int:
    """Let the alerts of shelves that are not short any more press no more; how many they were.

    Whether goods came, the mark was lowered or the product left the catalogue. Called by many at once, one of them
    does it. Raises Busy.
    """
    ended = 0
    while number := _end_some(at):
        ended += number
    return ended


def _end_some(at: datetime) -> int:
    with db.politely(), transaction.atomic(durable=True):
        if _lock_cursor() is None:
            return 0
        is_filled = journal.is_filled(store="store_id", product="product_id")
        pressing = StockAlert.objects.filter(is_filled, seen_at=None, over_at=None)
        return _end(pressing.order_by("id").values_list("id", flat=True)[:ENDED_AT_ONCE], at)


def _end(alert_ids: Iterable[int], at: datetime) -> int:
    return _lock_unseen(list(alert_ids)).filter(over_at=None).update(over_at=at)


@transaction.atomic(savepoint=False)
def mark_seen(alert_ids: Collection[int], *, actor: Actor, at: datetime) -> int:
    """Say that somebody who works in their stores has seen these alerts; how many were unseen until now.

    One that was seen before stays as it is. Raises Invalid for none or more than 1000, NoSuchAlert, Denied; Busy.
    """
    if not 1 <= len(alert_ids) <= MOST_AT_ONCE:
        raise Invalid(f"1 to {MOST_AT_ONCE} alerts at a time, not {len(alert_ids)}")
    found = StockAlert.objects.filter(db.Among("id", alert_ids)).values_list("id", "store_id")
    store_of = {alert_id: store_id for alert_id, store_id in found if actor.reads_store(store_id)}
    for alert_id in alert_ids:
        if alert_id not in store_of:
            raise NoSuchAlert(f"There is no alert {alert_id}")
    for store_id in set(store_of.values()):
        actor.require_staff(store_id)
    return _see(store_of, actor, at)


@transaction.atomic(savepoint=False)
def mark_all_seen(store_id: int, *, up_to: int | None = None, actor: Actor, at: datetime) -> int:
    """Say that somebody who works in a store has seen all alerts of it, or those up to an id; how many were unseen.

    Raises NoSuchStore, also for one the actor does not read, Denied; Busy.
    """
    if not actor.reads_store(store_id):
        raise NoSuchStore(f"There is no store {store_id}", store_id=store_id)
    actor.require_staff(places.store(store_id).pk)
    unseen = StockAlert.objects.filter(store_id=store_id, seen_at=None)
    if up_to is not None:
        unseen = unseen.filter(pk__lte=up_to)
    return _see(unseen.values_list("id", flat=True), actor, at)


def _see(alert_ids: Iterable[int], actor: Actor, at: datetime) -> int:
    unseen = _lock_unseen(list(alert_ids))
    store_of = dict(unseen.order_by("id").values_list("id", "store_id"))
    mine = list(store_of)
    if unseen.update(seen_by_id=actor.user_id, seen_at=at):
        subject = mine[0] if len(mine) == 1 else f"{len(mine)} alerts"
        audit.record(
            "inventory.alerts_seen",
            subject=("inventory.stockalert", subject),
            actor=actor,
            at=at,
            after={"alerts": mine},
            stores=audit.by_store((store_id, alert_id) for alert_id, store_id in store_of.items()),
        )
    return len(mine)


def _lock_unseen(alert_ids: Collection[int]) -> QuerySet[StockAlert]:
    """Lock these alerts until the commit, in the order of their ids as everybody does; those that nobody has seen."""
    found = StockAlert.objects.filter(db.Among("id", alert_ids))
    with db.politely():
        list(found.order_by("id").select_for_update(no_key=True).values_list("id", flat=True))
    return found.filter(seen_at=None)
