"""Reading alerts. What presses, and so rings the bell, is what nobody has seen of shelves that are short right now.

Alerts know from the last look whether they are over. The shelves are asked too: what was filled since does not press.
"""

from datetime import datetime

from django.db.models import QuerySet

from tradepost.books import crossings
from tradepost.inventory.errors import NoSuchAlert
from tradepost.inventory.models import StockAlert
from tradepost.lib import db
from tradepost.lib.actor import Actor

MOST_COUNTED = 100
SHELF = {"store": "store_id", "product": "product_id"}


def alerts(
    actor: Actor,
    *,
    store: int | None = None,
    product: int | None = None,
    kind: str = "",
    unseen: bool | None = None,
    pressing: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[StockAlert]:
    """The alerts of the stores an actor reads, newest first, each with `stands`, in steps, and `is_short` of its shelf.

    `unseen` False leaves those that were seen; `pressing` those that want attention. `start` is inside the range, `end`
    not; those of a range are in the order of their moments.
    """
    found = _of_stores(actor, store).select_related("store", "product", "seen_by")
    wanted = {
        "product_id": product,
        "kind": kind or None,
        "seen_at__isnull": unseen,
        "at__gte": start,
        "at__lt": end,
    }
    found = found.filter(**{name: value for name, value in wanted.items() if value is not None})
    order = ["-id"] if start is None and end is None else ["-at", "-id"]
    found = found.annotate(stands=crossings.stands(**SHELF), is_short=crossings.is_short(**SHELF))
    return (_pressing(found) if pressing else found).order_by(*order)


def alert(alert_id: int, actor: Actor) -> StockAlert:
    """One alert. Raises NoSuchAlert, also for one of a store the actor does not read."""
    found = alerts(actor).filter(pk=alert_id).first() if 0 < alert_id <= db.MAX_BIGINT else None
    if found is None:
        raise NoSuchAlert(f"There is no alert {alert_id}")
    return found


def unseen_count(actor: Actor, *, store: int | None = None) -> int:
    """How many alerts want attention: what the bell shows. It counts to 100 and no further; one query, or none."""
    if not actor.works_somewhere:
        return 0
    return _pressing(_of_stores(actor, store)).order_by()[:MOST_COUNTED].count()


def _of_stores(actor: Actor, store: int | None) -> QuerySet[StockAlert]:
    found = StockAlert.objects.all()
    if not actor.reads_all:
        found = found.filter(store_id__in=sorted(actor.stores()))
    return found if store is None else found.filter(store_id=store)


def _pressing(found: QuerySet[StockAlert]) -> QuerySet[StockAlert]:
    return found.filter(crossings.is_short(**SHELF), seen_at=None, over_at=None)
