"""Taking goods out of transit: received by the other store, sent back, or lost on the way.

Who takes first locks the transfer, so of two at once the second sees what the first one left; beneath it the books
let no more out of transit than went in. The parts of a line cost together what the line cost, to the last penny.

Locks, the same for everybody: the transfer, then the levels, which the books lock.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.inventory import queries
from tradepost.inventory.errors import MoreThanSent
from tradepost.inventory.models import StockTransfer, StockTransferLine, StockTransferStep
from tradepost.inventory.services import _items
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.lib.rounding import divide_half_even
from tradepost.till.errors import ReasonNeeded
from tradepost.till.services import costs, documents
from tradepost.till.services.costs import CostChange

RECEIVED, RETURNED, LOST = StockTransferStep.RECEIVED, StockTransferStep.RETURNED, StockTransferStep.LOST
Taken = list[tuple[StockTransferLine, int, int]]  # a line, the steps taken out of it, and what they cost


@transaction.atomic(savepoint=False)
def receive(transfer_id: int, items: Mapping[int, int] | None, *, actor: Actor, at: datetime) -> StockTransfer:
    """Put goods on the shelves of the destination: steps by product; None is all that is on its way.

    They come at what they cost in the source, and the average cost of the destination follows. Takes somebody who works
    in the destination. Raises NoSuchTransfer, Denied, MoreThanSent, EmptyBasket, QuantityNotAboveZero, StoreArchived.
    """
    transfer = _lock(transfer_id, actor)
    actor.require_staff(transfer.destination_id)
    return _take_in(transfer, items, RECEIVED, transfer.destination_id, actor, at)


@transaction.atomic(savepoint=False)
def send_back(transfer_id: int, items: Mapping[int, int] | None, *, actor: Actor, at: datetime) -> StockTransfer:
    """Put goods that are on their way back on the shelves they came from, at what they cost: steps by product, or all.

    Takes somebody who works in the source or in the destination. Raises what `receive` does.
    """
    transfer = _lock(transfer_id, actor)
    if not actor.is_staff(transfer.source_id) and not actor.is_staff(transfer.destination_id):
        raise Denied("This takes somebody who works in one of the two stores")
    return _take_in(transfer, items, RETURNED, transfer.source_id, actor, at)


@transaction.atomic(savepoint=False)
def write_off_transit(
    transfer_id: int, items: Mapping[int, int] | None, reason: str, *, actor: Actor, at: datetime
) -> StockTransfer:
    """Book goods as lost on the way, at what they cost, as a loss of the source: steps by product, or all.

    Takes a manager of the source or of the destination. Raises NoSuchTransfer, Denied, ReasonNeeded, FieldErrors,
    MoreThanSent, EmptyBasket, QuantityNotAboveZero, StoreArchived (the source).
    """
    transfer = _lock(transfer_id, actor)
    if not actor.is_manager(transfer.source_id) and not actor.is_manager(transfer.destination_id):
        raise Denied("This takes a manager of one of the two stores")
    documents.look_up({transfer.source_id}, ()).zone(transfer.source_id)  # which is open
    why, taken = documents.reason_of(reason, ReasonNeeded.title), _taken(transfer, items)
    total = sum(cost for _, _, cost in taken)
    value = chart.stock_value(transfer.source_id), chart.loss(transfer.source_id)
    pays = [books.Pay(*value, total)] if total else []
    _book(transfer, taken, LOST, chart.LOSS_WORLD, pays, why, actor, at)
    return _note(transfer, taken, LOST, transfer.source_id, actor, at)


def _lock(transfer_id: int, actor: Actor) -> StockTransfer:
    """Lock a transfer the actor may know of, until the commit. Raises NoSuchTransfer."""
    return queries.only_transfer(
        queries.transfers(actor).select_related(None).select_for_update(no_key=True), transfer_id
    )


def _take_in(
    transfer: StockTransfer, items: Mapping[int, int] | None, kind: str, store_id: int, actor: Actor, at: datetime
) -> StockTransfer:
    """Goods onto the shelves of a store, whose average cost follows."""
    taken = _taken(transfer, items)
    shelf = documents.look_up({store_id}, [line.product_id for line, _, _ in taken])
    shelf.zone(store_id)  # which is open
    receipt = _book(transfer, taken, kind, chart.store(store_id), [], "", actor, at)
    changes = [
        CostChange(store_id, line.product_id, steps, cost, after.destination or 0)
        for (line, steps, cost), after in zip(taken, receipt.movements, strict=True)
    ]
    costs.move_averages(changes, shelf.goods)
    return _note(transfer, taken, kind, store_id, actor, at)


def _taken(transfer: StockTransfer, items: Mapping[int, int] | None) -> Taken:
    """What is to be taken out of each line, and its share of the cost. Raises MoreThanSent and what `summed` does."""
    lines = {line.product_id: line for line in transfer.lines.order_by("position")}
    if items is None:
        items = {product_id: line.on_its_way for product_id, line in lines.items() if line.on_its_way}
        if not items:
            raise MoreThanSent(f"Nothing of {transfer} is on its way any more")
    asked = _items.summed(items.items())
    for product_id, steps in asked.items():
        left = lines[product_id].on_its_way if product_id in lines else 0
        if steps > left:
            raise MoreThanSent(product_id=product_id, on_its_way=left, asked=steps)
    return [(lines[product_id], steps, _share(lines[product_id], steps)) for product_id, steps in asked.items()]


def _share(line: StockTransferLine, steps: int) -> int:
    """What the next `steps` of a line cost: the parts always sum to the line."""
    before = line.sent - line.on_its_way
    after = divide_half_even(line.cost_minor * (before + steps), line.sent)
    return after - divide_half_even(line.cost_minor * before, line.sent)


def _book(
    transfer: StockTransfer,
    taken: Taken,
    kind: str,
    place: str,
    pays: list[books.Pay],
    reason: str,
    actor: Actor,
    at: datetime,
) -> books.Receipt:
    """Post the step, write it down, count it on the lines, and close the transfer where nothing is on its way."""
    moves = [books.Move(line.product_id, chart.transit(transfer.pk), place, steps) for line, steps, _ in taken]
    key = f"inventory:{transfer}:{kind}-{transfer.steps.count()}"
    receipt = books.post_one(books.Draft(key, f"inventory.{kind}", actor, at, pays, moves))
    rows = [(line.pk, getattr(line, kind) + steps) for line, steps, _ in taken]
    db.update_rows("inventory_stocktransferline", {"id": "bigint"}, {kind: "bigint"}, rows)
    transfer.steps.create(kind=kind, by_id=actor.user_id, at=at, reason=reason, posting_id=receipt.posting_id)
    if not any(line.on_its_way for line in transfer.lines.all()):
        transfer.state, transfer.closed_at = StockTransfer.CLOSED, at
        transfer.save(update_fields=["state", "closed_at"])
    return receipt


def _note(transfer: StockTransfer, taken: Taken, kind: str, store_id: int, actor: Actor, at: datetime) -> StockTransfer:
    items = {line.product_id: steps for line, steps, _ in taken}
    audit.record(
        f"inventory.transfer_{kind}",
        subject=transfer,
        actor=actor,
        at=at,
        before={"state": StockTransfer.OPEN},
        after={"state": transfer.state, "goods": _items.told(items)},
        store_id=store_id,
        products=list(items),
        stores={transfer.source_id: None, transfer.destination_id: None},
    )
    return transfer
