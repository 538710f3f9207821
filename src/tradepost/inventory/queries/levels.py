"""What stands where: the levels of all stores, filtered and in any order, a million of them as quick as a thousand.

A filter that names few products is turned into their SKUs first, by a query of its own, so that the database knows how
few they are and begins with them; one that many pass is asked of each product in turn, and soon enough pass. Ranges of
days likewise, see `books.moved`. Each order follows an index.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from tradepost.books import queries as books
from tradepost.books.moved import moved
from tradepost.catalog.models import Product
from tradepost.inventory.errors import NoSuchLevel
from tradepost.inventory.queries import _unread
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid
from tradepost.places.models import Store

if TYPE_CHECKING:
    from tradepost.books.models import Level

STATUSES = {"in_stock": books.IN, "low_stock": books.LOW, "out_of_stock": books.OUT}
ORDERS = {
    "product_name": ("product__name", "product_id", "location__store__name", "location_id"),
    "sku": ("product__sku", "location__store__name", "location_id"),
    "store_name": ("location__store__name", "location_id", "product__name", "product_id"),
    "quantity": ("quantity", "id"),
    "updated_at": ("changed_at", "id"),
}
ORDERINGS = [*ORDERS, *(f"-{name}" for name in ORDERS)]
FEW_PRODUCTS = 1_000
UNREAD = _unread.unread(
    product=_unread.OF_PRODUCT,
    product__supplier=_unread.OF_SUPPLIER,
    product__category=_unread.OF_CATEGORY,
    location__store=_unread.OF_STORE,
)


@dataclass(frozen=True, slots=True)
class StockFilters:
    """What the list is narrowed by, and its order; what is left alone narrows nothing.

    `search` looks into name, SKU and barcode, `location` into where the store is. `start` to before `end`: goods came
    or went then.
    """

    store: int | None = None
    product: int | None = None
    sku: str = ""
    search: str = ""
    status: str = ""
    supplier: int | None = None
    category: int | None = None
    location: str = ""
    start: datetime | None = None
    end: datetime | None = None
    ordering: str = "product_name"


def stock(actor: Actor, filters: StockFilters | None = None) -> "QuerySet[Level]":
    """The levels an actor may read, of goods that are stocked, with product, supplier, category and store.

    What was archived, product or store, is listed where some is there; then it is neither low nor out, for nobody
    orders it any more.

    In an order that `lib.keyset` can page by. Raises Invalid for a status or an ordering that does not exist.
    """
    given = filters or StockFilters()
    if given.ordering not in ORDERINGS or given.status not in {"", *STATUSES}:
        raise Invalid(f"There is no ordering {given.ordering[:40]!r} or status {given.status[:40]!r}")
    named = books.store_levels().select_related("product__supplier", "product__category", "location__store")
    found = named.defer(*UNREAD)
    store_ids = _stores(actor, given)
    if store_ids is not None:
        found = found.filter(_in_stores(store_ids))
    found = _of_products(found, given)
    if given.status:
        # What the state says of the quantity is said once more for the index by quantity.
        left = Q(quantity=0) if given.status == "out_of_stock" else Q(quantity__gt=0)
        found = found.filter(left, _in_state(STATUSES[given.status]))
    if given.start or given.end:
        is_narrow = store_ids is not None and len(store_ids) <= 1
        found = moved(found, start=given.start, end=given.end, is_narrow=is_narrow)
    return found.order_by(*_order(given.ordering))


def _in_state(state: int) -> Q:
    if state == books.IN:
        return Q(state=state) | ~books.still_ordered()
    return Q(books.still_ordered(), state=state)


def level(level_id: int, actor: Actor) -> "Level":
    """One level. Raises NoSuchLevel, also for one of a store the actor does not read."""
    found = stock(actor).filter(pk=level_id).first() if level_id <= db.MAX_BIGINT else None
    if found is None:
        raise NoSuchLevel(f"There is no stock level {level_id}")
    return found


def _order(ordering: str) -> list[str]:
    """The fields of an ordering; with a minus all of them turned round."""
    fields = ORDERS[ordering.lstrip("-")]
    return [f"-{name}" for name in fields] if ordering.startswith("-") else list(fields)


def _stores(actor: Actor, filters: StockFilters) -> Collection[int] | None:
    """The stores whose levels are wanted and may be read; None for all there are."""
    wanted = None if actor.reads_all else set(actor.stores())
    if filters.store is not None:
        wanted = {filters.store} if wanted is None else wanted & {filters.store}
    if text := filters.location.replace("\0", "").strip():
        there = set(Store.objects.filter(location__icontains=text).order_by().values_list("id", flat=True))
        wanted = there if wanted is None else wanted & there
    return wanted if wanted is None else sorted(wanted)


def _in_stores(store_ids: Collection[int]) -> Q:
    if len(store_ids) == 1:
        return Q(location__store_id=next(iter(store_ids)))
    return Q(db.Among("location__store_id", store_ids))


def _of_products(found: "QuerySet[Level]", filters: StockFilters) -> "QuerySet[Level]":
    if _wanted(filters) == Q():
        return found
    skus = Product.objects.filter(_wanted(filters)).order_by().values_list("sku", flat=True)
    few = list(skus[: FEW_PRODUCTS + 1])
    if len(few) > FEW_PRODUCTS:
        return found.filter(_wanted(filters, "product__"))
    return found.filter(db.Among("product__sku", few))


def _wanted(filters: StockFilters, path: str = "") -> Q:
    """What products are asked for; `path` leads to them."""
    wanted = Q()
    if filters.product is not None:
        wanted &= Q(**{f"{path}id": filters.product})
    if sku := filters.sku.replace("\0", "").strip():
        wanted &= Q(**{f"{path}sku": sku})
    if filters.supplier is not None:
        wanted &= Q(**{f"{path}supplier_id": filters.supplier})
    if filters.category is not None:
        wanted &= Q(**{f"{path}category_id": filters.category})
    if text := filters.search.replace("\0", "").strip():
        wanted &= (
            Q(**{f"{path}name__icontains": text})
            | Q(**{f"{path}sku__icontains": text})
            | Q(**{f"{path}barcode__icontains": text})
        )
    return wanted
