"""Reading stocktakes of the stores one reads, and what was counted."""

from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet

from tradepost.inventory.errors import NoSuchStocktake
from tradepost.inventory.models import Stocktake, StocktakeLine
from tradepost.inventory.queries._named import only_one
from tradepost.lib.actor import Actor
from tradepost.till.services import documents


class Tally(NamedTuple):
    """How many products were counted, and of how many there are fewer or more than the books said."""

    counted: int
    fewer: int
    more: int


class Difference(NamedTuple):
    """A product of which there is more or less than the books said, and what that costs; below zero is less."""

    line: StocktakeLine
    cost_minor: int


def stocktakes(actor: Actor, *, store: int | None = None, state: str = "") -> QuerySet[Stocktake]:
    """The stocktakes an actor may read, newest first, with the store and the people."""
    found = Stocktake.objects.select_related("store", "opened_by", "settled_by")
    if not actor.reads_all:
        found = found.filter(store_id__in=sorted(actor.stores()))
    if store is not None:
        found = found.filter(store_id=store)
    return (found.filter(state=state) if state else found).order_by("-id")


def stocktake(number_or_id: int | str, actor: Actor) -> Stocktake:
    """One stocktake. Raises NoSuchStocktake."""
    return only_stocktake(stocktakes(actor), number_or_id)


def only_stocktake(found: QuerySet[Stocktake], number_or_id: int | str) -> Stocktake:
    """The one of these with this id or number. Raises NoSuchStocktake."""
    return only_one(found, number_or_id, NoSuchStocktake, "stocktake")


def counted(stocktake: Stocktake, *, differing: bool | None = None) -> QuerySet[StocktakeLine]:
    """The lines of a stocktake with product and counter, last counted first; `differing` True or False narrows them."""
    lines = stocktake.lines.select_related("product", "counted_by").order_by("-counted_at", "-id")
    if differing is None:
        return lines
    same = Q(counted=F("expected"))
    return lines.filter(~same if differing else same)


def tally_of(stocktake: Stocktake) -> Tally:
    """What a stocktake comes to so far, by one query."""
    fewer, more = Q(counted__lt=F("expected")), Q(counted__gt=F("expected"))
    lines = stocktake.lines.order_by()
    found = lines.aggregate(n=Count("id"), n_fewer=Count("id", filter=fewer), n_more=Count("id", filter=more))
    return Tally(found["n"], found["n_fewer"], found["n_more"])


def differences(stocktake: Stocktake) -> list[Difference]:
    """What closing the stocktake at this moment would book: each difference at the average cost of now."""
    lines = list(counted(stocktake, differing=True))
    shelf = documents.look_up((), [line.product_id for line in lines])
    shelf.read_costs([(stocktake.store_id, line.product_id) for line in lines])
    found = []
    for line in lines:
        cost = shelf.cost_of(stocktake.store_id, shelf.goods[line.product_id], abs(line.difference))
        found.append(Difference(line, cost if line.difference > 0 else -cost))
    return found
