"""Where events come from: rows that are written once, in rising order, read behind a cursor.

A source is asked for what came after a row; its name is that of its cursor, so it never changes.
"""

from collections.abc import Callable
from typing import NamedTuple

from tradepost.inventory import queries as inventory
from tradepost.inventory.models import StockAlert
from tradepost.lib import quantity
from tradepost.notify.events import STOCK_LOW, STOCK_OUT, Event

NAMES = {StockAlert.LOW: STOCK_LOW, StockAlert.OUT: STOCK_OUT}
Placed = tuple[int, Event]  # the row an event was made of, and the event


class Source(NamedTuple):
    """`after(row, limit)` makes events of at most so many rows after this one, in order; `latest()` is the last row."""

    after: Callable[[int, int], list[Placed]]
    latest: Callable[[], int]


def _alerts_after(row: int, limit: int) -> list[Placed]:
    return [(alert.pk, _of_alert(alert)) for alert in inventory.alerts_after(row, limit)]


def _of_alert(alert: StockAlert) -> Event:
    goods, where = alert.product, alert.store
    data = {
        "store": {"id": where.pk, "name": where.name},
        "product": {"id": goods.pk, "sku": goods.sku, "name": goods.name, "unit": goods.unit},
        "quantity": quantity.plain(alert.quantity, goods.decimals),
        "reorder_level": quantity.plain(alert.low_at, goods.decimals),
    }
    return Event(f"alert:{alert.pk}", NAMES[alert.kind], alert.at, where.pk, data)


SOURCES = {"alerts": Source(_alerts_after, inventory.latest_alert)}
