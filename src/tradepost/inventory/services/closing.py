"""Stores and products that leave the house: not while goods are left of them, for nobody would look after those.

Stores and the catalogue lie below and know nothing of shelves. So it is here that a store is closed and a product taken
out of the catalogue; faces ask here.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tradepost.books import chart
from tradepost.books import queries as shelves
from tradepost.books import services as books
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory.errors import ProductOnShelves, StoreInUse
from tradepost.inventory.models import Stocktake, StockTransfer
from tradepost.lib import quantity
from tradepost.lib.actor import Actor
from tradepost.places import queries as stores
from tradepost.places import services as places
from tradepost.places.models import Store

MOST_NAMED = 5


@transaction.atomic
def close_store(store_id: int, *, actor: Actor, at: datetime) -> Store:
    """Archive a store that is empty: no goods, no open count, no transfer under way from or to it.

    Whoever books there at this moment is waited for. An administrator may. Raises Denied, NoSuchStore, StoreInUse.
    """
    actor.require_admin()
    places.keep_out(store_id)
    store = stores.store(store_id)
    if store.is_open:
        _require_empty(store)
    return places.archive_store(store_id, actor=actor, at=at)


def _require_empty(store: Store) -> None:
    stand = sum(1 for steps in shelves.levels_at(chart.store(store.pk)).values() if steps)
    count = Stocktake.objects.filter(store=store, state=Stocktake.OPEN).first()
    either = Q(source=store) | Q(destination=store)
    under_way = StockTransfer.objects.filter(either, state=StockTransfer.OPEN).count()
    told = [
        f"{stand} products stand on its shelves" if stand else "",
        f"the count {count} is open" if count else "",
        f"{under_way} transfers are under way" if under_way else "",
    ]
    if any(told):
        why = f"{store.name} is in use: {', '.join(filter(None, told))}"
        raise StoreInUse(why, products=stand, stocktake=count.number if count else None, transfers=under_way)


@transaction.atomic
def retire_product(product_id: int, *, actor: Actor, at: datetime) -> Product:
    """Take a product out of the catalogue of which nothing stands anywhere, neither on a shelf nor on its way.

    Whoever moves it at this moment is waited for. An administrator may. Raises Denied, NoSuchProduct, ProductOnShelves.
    """
    actor.require_admin()
    product = catalog.locked_product(product_id)  # nobody opens a level of it from here on
    if product.is_sold:
        _require_none_left(product)
    return catalog.archive_product(product_id, actor=actor, at=at)


def _require_none_left(product: Product) -> None:
    locked = books.lock_levels([(place, product.pk) for place in shelves.levels_of(product.pk)])
    left = {place: steps for (place, _), steps in sorted(locked.items()) if steps}
    if not left:
        return
    names = dict(Store.objects.filter(pk__in=list(map(chart.store_of, left))).values_list("pk", "name"))
    steps = {names.get(chart.store_of(place) or 0, "on its way"): 0 for place in left}
    for place, quantity_left in left.items():
        steps[names.get(chart.store_of(place) or 0, "on its way")] += quantity_left
    told = [f"{quantity.plain(number, product.decimals)} {where}" for where, number in steps.items()]
    more = f" and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    raise ProductOnShelves(
        f"There is still {product.sku}: {', '.join(told[:MOST_NAMED])}{more}",
        product_id=product.pk,
        available=sum(left.values()),
        stores=sorted(names),
    )
