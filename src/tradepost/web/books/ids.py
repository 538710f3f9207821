"""The names behind ids, gathered from anywhere and looked up together, by a query for each kind of thing at most."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import QuerySet

from tradepost.catalog import queries as catalog
from tradepost.inventory import queries as inventory
from tradepost.lib.actor import Actor
from tradepost.people import queries as people
from tradepost.places import queries as places

Ids = Iterable[tuple[str, int]]
PRODUCT, STORE, PERSON = "catalog.product", "places.store", "people.user"
SUPPLIER, CATEGORY = "catalog.supplier", "catalog.category"
TRANSFER, COUNT = "inventory.stocktransfer", "inventory.stocktake"


class Names:
    """The things of these (kind, id), those the actor may know of: products with their units, of others the name."""

    def __init__(self, wanted: Ids, actor: Actor) -> None:
        ids: dict[str, set[int]] = defaultdict(set)
        for kind, number in wanted:
            ids[kind].add(number)
        self.products = catalog.by_id(sorted(ids[PRODUCT])) if ids[PRODUCT] else {}
        self._names = {PRODUCT: {number: product.name for number, product in self.products.items()}}
        if ids[PERSON]:
            self._names[PERSON] = people.usernames_of(ids[PERSON])
        for kind, listed in _lists(actor).items():
            if ids[kind]:
                found = listed().filter(pk__in=ids[kind]).order_by()
                self._names[kind] = {one.pk: str(one) for one in found}

    def of(self, kind: str, number: int) -> str:
        """The name of a thing; empty where there is none any more, or none the actor may know of."""
        return self._names.get(kind, {}).get(number, "")


def _lists(actor: Actor) -> dict[str, Callable[[], QuerySet[Any]]]:
    return {
        STORE: lambda: places.stores_for(actor, archived=None),
        SUPPLIER: lambda: catalog.suppliers(archived=None),
        CATEGORY: catalog.categories,
        TRANSFER: lambda: inventory.transfers(actor),
        COUNT: lambda: inventory.stocktakes(actor),
    }
