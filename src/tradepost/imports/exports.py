"""Products and stock as tables, in the columns an import reads: what was exported can be imported as it is."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import QuerySet

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog.models import Product
from tradepost.imports import queries
from tradepost.lib import db, money, quantity
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.lib.rounding import divide_half_even
from tradepost.lib.tables import Cell
from tradepost.places import queries as places
from tradepost.places.errors import NoSuchStore
from tradepost.places.models import Store
from tradepost.till.models import AverageCost

COST_SCALE = 10_000
ROWS_AT_A_TIME = 2_000
PRODUCT = (
    "sku", "name", "price_minor", "cost_minor", "unit", "decimals", "barcode", "description", "category__name",
    "supplier__name", "stocked", "reorder_level",
)  # fmt: skip


class Table(NamedTuple):
    """A title, the names of the columns, and rows that are read as they are written."""

    title: str
    header: Sequence[str]
    rows: Iterator[Sequence[Cell]]


def products(found: QuerySet[Product], *, actor: Actor) -> Table:
    """Products by SKU; cost, supplier and reorder level for those who work somewhere. Raises Denied to visitors."""
    if not actor.user_id:
        raise Denied("Log in to see the products")
    header = ["sku", "name", "price", "cost", "unit", "decimals", "barcode", "description", "category", "supplier",
              "stocked", "reorder_level"]  # fmt: skip
    hidden = set() if actor.works_somewhere else {header.index(name) for name in ("cost", "supplier", "reorder_level")}

    def rows() -> Iterator[Sequence[Cell]]:
        read = found.order_by("sku").values_list(*PRODUCT).iterator(chunk_size=ROWS_AT_A_TIME)
        for sku, name, price, cost, unit, decimals, barcode, text, category, supplier, stocked, level in read:
            row = (
                sku, name, _amount(price), _amount(cost), unit, decimals, barcode, text, category, supplier,
                "yes" if stocked else "no", Decimal(quantity.plain(level, decimals)),
            )  # fmt: skip
            yield [cell for i, cell in enumerate(row) if i not in hidden]

    return Table("Products", [name for i, name in enumerate(header) if i not in hidden], rows())


def stock(store_id: int | None = None, *, actor: Actor) -> Table:
    """What stands on the shelves of a store, or of all one may read, and its average cost. Raises NoSuchStore.

    Products that were never there are left out; those that are out are there with 0.
    """
    if store_id is None:
        stores = [store for store in places.stores_for(actor) if actor.reads_store(store.pk)]
    else:
        stores = [places.store(store_id)]
        if not actor.reads_store(store_id):
            raise NoSuchStore(f"There is no store {store_id} of yours", store_id=store_id)
    return Table("Stock", ["store", "sku", "name", "unit", "quantity", "cost"], _stock(stores))


def _stock(stores: Sequence[Store]) -> Iterator[Sequence[Cell]]:
    for store in stores:
        levels = books.levels_at(chart.store(store.pk))
        costs = dict(AverageCost.objects.filter(store=store).values_list("product_id", "average_e4"))
        found = Product.objects.filter(db.Among("id", levels)).order_by("sku")
        columns = ("id", "sku", "name", "unit", "decimals", "cost_minor")
        for pk, sku, name, unit, decimals, cost in found.values_list(*columns).iterator(chunk_size=ROWS_AT_A_TIME):
            average = divide_half_even(costs.get(pk, cost * COST_SCALE), COST_SCALE)
            yield store.name, sku, name, unit, Decimal(quantity.plain(levels[pk], decimals)), _amount(average)


def refused_rows(import_id: int, *, actor: Actor) -> Table:
    """The rows of an import that were refused, with the reason. Raises NoSuchImport."""
    queries.import_(import_id, actor)
    header = ["row", "sku", "name", "field", "value", "why"]
    return Table("Refused rows", header, queries.refused_table(import_id, actor))


def _amount(minor: int) -> Decimal:
    return Decimal(money.plain(minor))
