"""`tradepost stock list` and `low`: what stands where."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Search, Session, command
from tradepost.cli.catalog import FromSupplier, InCategory
from tradepost.cli.output import Column, Listing
from tradepost.cli.read import InOnlyStore
from tradepost.cli.stock import app as stock

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tradepost.books.models import Level

__all__ = ["stock"]  # the group, with these commands in it

STATES = {0: "in stock", 1: "low", 2: "out"}
COLUMNS = [
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("quantity", "On hand", is_number=True),
    Column("reorder_level", "Reorder at", is_number=True),
    Column("status", "Status"),
    Column("store", "Store"),
]


class Order(StrEnum):
    """What the list goes by."""

    PRODUCT, SKU, STORE, QUANTITY, CHANGED = "product_name", "sku", "store_name", "quantity", "updated_at"


@command(stock, "list")
def list_levels(
    session: Session,
    search: Search = "",
    store: InOnlyStore = "",
    supplier: FromSupplier = "",
    category: InCategory = "",
    order: Annotated[Order, typer.Option("--order", help="What the list goes by.")] = Order.PRODUCT,
    limit: Limit = 100,
) -> Listing:
    """List what stands where; of all stores where none is named."""
    from tradepost.catalog import queries as catalog
    from tradepost.inventory import queries
    from tradepost.inventory.queries import StockFilters

    filters = StockFilters(
        store=read.store(store).pk if store else None,
        search=search,
        supplier=catalog.supplier_named(supplier).pk if supplier else None,
        category=catalog.category_named(category).pk if category else None,
        ordering=order.value,
    )
    empty = "Nothing stands on a shelf yet. `tradepost stock in` takes goods in."
    return _listing(queries.stock(session.actor, filters), limit, empty)


@command(stock, "low")
def list_low(session: Session, store: InOnlyStore = "", limit: Limit = 100) -> Listing:
    """List what runs low or is out, the emptiest first; of all stores where none is named."""
    from tradepost.books import queries as books
    from tradepost.inventory import queries
    from tradepost.inventory.queries import StockFilters

    filters = StockFilters(store=read.store(store).pk if store else None, ordering="quantity")
    low = queries.stock(session.actor, filters).filter(books.still_ordered(), state__gt=0)
    return _listing(low, limit, "Nothing runs low.")


def _listing(levels: "QuerySet[Level]", limit: int, empty: str) -> Listing:
    rows = [_row(level) for level in levels[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty=empty)


def _row(level: "Level") -> dict[str, Any]:
    from tradepost.lib import quantity

    product, place = level.product, level.location.store
    return {
        "sku": product.sku,
        "name": product.name,
        "quantity": quantity.plain(level.quantity, product.decimals),
        "reorder_level": quantity.plain(level.low_at, product.decimals),
        "status": "archived" if level.is_archived else STATES[level.state],
        "store": place.name if place else "",
        "store_id": place.pk if place else None,
    }
