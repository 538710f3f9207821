"""Reading stocktakes of the stores one reads, and what was counted."""

from collections.abc import Mapping, Sequence
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


class Worth(NamedTuple):
    """What is missing in a stocktake, and what is more than the books said, at cost in minor units."""

    missing_minor: int
    more_minor: int


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


def worth_of(stocktake: Stocktake) -> Worth:
    """What closing the stocktake at this moment would book altogether, at the average costs of now."""
    steps = {number: n - m for number, n, m in _differing(stocktake).values_list("product_id", "counted", "expected")}
    costs = _costs(stocktake.store_id, steps)
    return Worth(-sum(cost for cost in costs.values() if cost < 0), sum(cost for cost in costs.values() if cost > 0))


def priced(stocktake: Stocktake, lines: Sequence[StocktakeLine]) -> list[Difference]:
    """Lines of the stocktake with what their differences cost by now, in their order."""
    costs = _costs(stocktake.store_id, {line.product_id: line.difference for line in lines})
    return [Difference(line, costs[line.product_id]) for line in lines]


def _differing(stocktake: Stocktake) -> QuerySet[StocktakeLine]:
    return stocktake.lines.exclude(counted=F("expected")).order_by()


def _costs(store_id: int, steps: Mapping[int, int]) -> dict[int, int]:
    """Minor units by product, below zero of what is missing."""
    shelf = documents.look_up((), steps)
    shelf.read_costs([(store_id, number) for number in steps])
    cost = {number: shelf.cost_of(store_id, shelf.goods[number], abs(n)) for number, n in steps.items()}
    return {number: cost[number] if n > 0 else -cost[number] for number, n in steps.items()}
