"""Alerts as tests speak of them: what a look raises, and what was raised so far."""

from tests import make
from tradepost.books import services as books
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockAlert
from tradepost.lib import clock
from tradepost.places.models import Store

Told = tuple[str, int, int]


def look() -> int:
    """Close what is open and look at it; how many alerts that raised."""
    books.close_runs()
    return inventory.watch_levels(at=clock.now())


def raised() -> list[Told]:
    """All alerts so far, in their order: kind, what stood there, and the mark."""
    return [(alert.kind, alert.quantity, alert.low_at) for alert in StockAlert.objects.order_by("id")]


def shelf(steps: int, low_at: int = 5, *, store: Store | None = None) -> tuple[Store, Product]:
    """A product with this much on a shelf that runs low below `low_at`, looked at before."""
    where = store or make.store()
    goods = make.stocked_product(where, steps, reorder_level=low_at)
    look()
    return where, goods


def alert(steps: int = 10, *, store: Store | None = None) -> StockAlert:
    """An alert of a shelf that ran low, with 4 left below 5."""
    where, goods = shelf(steps, store=store)
    make.sale(where, (goods, steps - 4))
    look()
    return StockAlert.objects.latest("id")
