"""Counting what stands in a store. The shop stays open: each line keeps what the books said when it was counted.

What is booked in the end is the difference of the two, so goods sold or delivered after a product was counted are no
difference. A product that lies in several spots is counted spot by spot (`is_more`), without trading it in between.

Locks, the same for everybody: the stocktake, then the levels.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.inventory import queries
from tradepost.inventory.errors import CountBelowZero, NotCounted, NothingCounted, StocktakeClosed, StocktakeGoesOn
from tradepost.inventory.models import Stocktake, StocktakeLine
from tradepost.inventory.services import _items
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import new_number
from tradepost.places import queries as places
from tradepost.till.errors import EmptyBasket
from tradepost.till.services import documents
from tradepost.till.services.documents import MOST_LINES, Shelf

LINE = {
    "stocktake_id": "bigint", "product_id": "bigint", "counted": "bigint", "expected": "bigint",
    "counted_by_id": "bigint", "counted_at": "timestamptz",
}  # fmt: skip
NEWER = ", ".join(f"{name} = excluded.{name}" for name in ("counted", "expected", "counted_by_id", "counted_at"))


class CountItem(NamedTuple):
    """How much of a product was counted, in its steps; `is_more` adds to what was counted before, as a scan does."""

    product_id: int
    quantity: int
    is_more: bool = False


@transaction.atomic
def open_stocktake(store_id: int, *, note: str, actor: Actor, at: datetime) -> Stocktake:
    """Begin to count in a store. Takes somebody who works there.

    Raises NoSuchStore, StoreArchived, StocktakeGoesOn, FieldErrors (the note).
    """
    actor.require_staff(store_id)
    store = places.store(store_id)
    _require_open_store(store_id)
    stocktake = Stocktake(
        number=new_number("C", at),
        store=store,
        note=documents.line_of(note, "note"),
        opened_by_id=actor.user_id,
        opened_at=at,
    )
    _refuse_second(store_id)
    with db.unless_taken("store", StocktakeGoesOn()):  # somebody else opened one meanwhile
        stocktake.save()
    opened = {"number": stocktake.number, "state": stocktake.state}
    audit.record("inventory.stocktake_opened", subject=stocktake, actor=actor, at=at, after=opened, store_id=store_id)
    return stocktake


def _refuse_second(store_id: int) -> None:
    goes_on = Stocktake.objects.filter(store_id=store_id, state=Stocktake.OPEN).first()
    if goes_on:
        raise StocktakeGoesOn(f"{goes_on} is open in this store", number=goes_on.number)


@transaction.atomic(savepoint=False)
def count(stocktake_id: int, items: Sequence[CountItem], *, actor: Actor, at: datetime) -> list[StocktakeLine]:
    """Write down what was counted, against what the books say at this moment; the lines, in the order first named.

    Items go one after the other: a count takes the place of the one before, a scan adds to it. Takes somebody who
    works in the store. Raises NoSuchStocktake, StocktakeClosed, EmptyBasket, CountBelowZero, QuantityNotAboveZero (a
    scan), AmountOutOfRange, Missing (a product), each with nothing written.
    """
    stocktake = _lock(stocktake_id, actor)
    actor.require_staff(stocktake.store_id)
    _require_open(stocktake)
    products = list(dict.fromkeys(item.product_id for item in items))
    if not 1 <= len(products) <= MOST_LINES:
        raise EmptyBasket(f"Count 1 to {MOST_LINES} products at a time, not {len(products)}")
    shelf = documents.look_up((), products)
    for product_id in products:
        _items.on_shelves(shelf, product_id)
    lines = StocktakeLine.objects.filter(db.Among("product_id", products), stocktake=stocktake)
    before = dict(lines.values_list("product_id", "counted"))
    after = _counted(items, before)
    place = chart.store(stocktake.store_id)
    levels = books.lock_levels([(place, product_id) for product_id in products])
    rows = [
        (stocktake.pk, product_id, after[product_id], levels[place, product_id], actor.user_id, at)
        for product_id in products
    ]
    on_conflict = f"ON CONFLICT (stocktake_id, product_id) DO UPDATE SET {NEWER}"
    db.insert_rows("inventory_stocktakeline", LINE, rows, on_conflict=on_conflict)
    _note("counted", stocktake, actor, at, before=_items.told(before), after=_items.told(after), products=products)
    written = {line.product_id: line for line in lines.select_related("product", "counted_by")}
    return [written[product_id] for product_id in products]


def _counted(items: Sequence[CountItem], before: Mapping[int, int]) -> dict[int, int]:
    """What stands counted after all items, by product."""
    after = {item.product_id: before.get(item.product_id, 0) for item in items}
    for product_id, steps, is_more in items:
        if is_more:
            after[product_id] += _items.above_zero(steps)
        elif steps < 0:
            raise CountBelowZero(f"{steps} is no count")
        else:
            after[product_id] = steps
        _items.fits(after[product_id])
    return after


@transaction.atomic(savepoint=False)
def uncount(stocktake_id: int, product_id: int, *, actor: Actor, at: datetime) -> Stocktake:
    """Take a product out of a stocktake, as if it had not been counted. Takes somebody who works in the store.

    Raises NoSuchStocktake, StocktakeClosed, NotCounted.
    """
    stocktake = _lock(stocktake_id, actor)
    actor.require_staff(stocktake.store_id)
    _require_open(stocktake)
    line = stocktake.lines.filter(product_id=product_id).first() if 0 < product_id <= db.MAX_BIGINT else None
    if line is None:
        raise NotCounted(f"Product {product_id} was not counted")
    line.delete()
    before = _items.told({product_id: line.counted})
    _note("uncounted", stocktake, actor, at, before=before, after={}, products=[product_id])
    return stocktake


@transaction.atomic(savepoint=False)
def apply_stocktake(stocktake_id: int, *, actor: Actor, at: datetime) -> Stocktake:
    """Close a stocktake and book its differences, all or none: what is missing as lost, what is more as found.

    Both at the average cost of now, which stays. Products that were not counted stay as they are. Takes a manager of
    the store. Raises NoSuchStocktake, Denied, StocktakeClosed, NothingCounted; Missing for a product that became a
    service since; InsufficientStock where more is missing than still stands there: count that product anew.
    """
    stocktake = _lock(stocktake_id, actor)
    actor.require_manager(stocktake.store_id)
    _require_open(stocktake)
    lines = list(stocktake.lines.order_by("product_id"))
    if not lines:
        raise NothingCounted(f"Nothing was counted in {stocktake}: cancel it instead")
    differences = {line.product_id: line.difference for line in lines if line.difference}
    receipt = _post(stocktake, differences, actor, at) if differences else None
    _settle(stocktake, Stocktake.APPLIED, receipt, actor, at)
    after = {"state": stocktake.state, "counted": len(lines), "differences": _items.told(differences)}
    products = [line.product_id for line in lines]
    _note("applied", stocktake, actor, at, before={"state": Stocktake.OPEN}, after=after, products=products)
    return stocktake


@transaction.atomic(savepoint=False)
def cancel_stocktake(stocktake_id: int, *, actor: Actor, at: datetime) -> Stocktake:
    """Call a stocktake off: nothing is booked, and what was counted can still be read.

    Takes somebody who works in the store. Raises NoSuchStocktake, StocktakeClosed.
    """
    stocktake = _lock(stocktake_id, actor)
    actor.require_staff(stocktake.store_id)
    _require_unsettled(stocktake)
    _settle(stocktake, Stocktake.CANCELLED, None, actor, at)
    _note("cancelled", stocktake, actor, at, before={"state": Stocktake.OPEN}, after={"state": stocktake.state})
    return stocktake


def _lock(stocktake_id: int, actor: Actor) -> Stocktake:
    """Lock a stocktake the actor may know of, until the commit. Raises NoSuchStocktake."""
    found = queries.stocktakes(actor).select_related(None).select_for_update(no_key=True)
    return queries.only_stocktake(found, stocktake_id)


def _require_open(stocktake: Stocktake) -> None:
    _require_unsettled(stocktake)
    _require_open_store(stocktake.store_id)


def _require_open_store(store_id: int) -> None:
    documents.look_up({store_id}, ()).zone(store_id)


def _require_unsettled(stocktake: Stocktake) -> None:
    if stocktake.state != Stocktake.OPEN:
        raise StocktakeClosed(
            f"{stocktake} was {stocktake.state} before", number=stocktake.number, state=stocktake.state
        )


def _post(stocktake: Stocktake, differences: Mapping[int, int], actor: Actor, at: datetime) -> books.Receipt:
    """Book all differences as one posting, with the cost of what is missing and of what is more.

    The averages are read once the levels are locked: nobody moves them between.
    """
    store_id = stocktake.store_id
    place, lost, worth = chart.store(store_id), chart.loss(store_id), chart.stock_value(store_id)
    missing = {product_id: -steps for product_id, steps in differences.items() if steps < 0}
    more = {product_id: steps for product_id, steps in differences.items() if steps > 0}
    moves = [books.Move(product_id, place, chart.LOSS_WORLD, steps) for product_id, steps in missing.items()]
    moves += [books.Move(product_id, chart.LOSS_WORLD, place, steps) for product_id, steps in more.items()]
    draft = books.Draft(f"inventory:{stocktake}:applied", "inventory.stocktake", actor, at, movements=moves)
    shelf = documents.look_up({store_id}, differences)
    for product_id in differences:
        _items.on_shelves(shelf, product_id)
    held = books.hold([draft])
    shelf.read_costs([(store_id, product_id) for product_id in differences])
    costs = _cost(shelf, store_id, missing), _cost(shelf, store_id, more)
    pays = [books.Pay(worth, lost, costs[0]), books.Pay(lost, worth, costs[1])]
    return books.post_one(draft._replace(transfers=[pay for pay in pays if pay.amount_minor]), held)


def _cost(shelf: Shelf, store_id: int, quantities: Mapping[int, int]) -> int:
    costs = [shelf.cost_of(store_id, shelf.goods[product_id], steps) for product_id, steps in quantities.items()]
    return documents.check_amount(sum(costs))


def _settle(stocktake: Stocktake, state: str, receipt: books.Receipt | None, actor: Actor, at: datetime) -> None:
    stocktake.state, stocktake.settled_by_id, stocktake.settled_at = state, actor.user_id, at
    stocktake.posting_id = receipt.posting_id if receipt else None
    stocktake.save(update_fields=["state", "settled_by", "settled_at", "posting"])


def _note(
    what: str,
    stocktake: Stocktake,
    actor: Actor,
    at: datetime,
    *,
    before: dict[str, Any],
    after: dict[str, Any],
    products: Collection[int] = (),
) -> None:
    audit.record(
        f"inventory.stocktake_{what}",
        subject=stocktake,
        actor=actor,
        at=at,
        before=before,
        after=after,
        store_id=stocktake.store_id,
        products=products,
    )
