"""A store's own reorder level for a product: below it the goods run low there."""

from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Mark
from tradepost.catalog import queries as catalog
from tradepost.inventory.errors import NotOnShelves
from tradepost.lib.actor import Actor
from tradepost.places import queries as places
from tradepost.places.errors import StoreArchived


@transaction.atomic
def set_reorder_level(store_id: int, product_id: int, low_at: int | None, *, actor: Actor, at: datetime) -> Mark:
    """Let a product run low in a store below `low_at` steps, or with None follow its own reorder level again.

    A manager of the store may. Raises Denied, NoSuchStore, StoreArchived, NoSuchProduct, NotOnShelves; InvalidDraft for
    a level below zero.
    """
    actor.require_manager(store_id)
    store, product = places.store(store_id), catalog.product(product_id)
    if not store.is_open:
        raise StoreArchived(f"{store.name} is archived")
    if not (product.stocked and product.is_sold):
        raise NotOnShelves(f"{product.sku} is not kept on shelves")
    return books.set_mark(product.pk, chart.store(store.pk), low_at, actor=actor, at=at)
