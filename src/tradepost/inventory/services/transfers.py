"""Sending goods to another store. From here on they stand in transit, in neither store, until a step takes them out."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.errors import KeyReused
from tradepost.books.services import Refusal
from tradepost.inventory.errors import SameStore
from tradepost.inventory.models import StockTransfer, StockTransferStep
from tradepost.inventory.services import _items
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, TradepostError
from tradepost.lib.numbers import MAX_NUMBER, is_number, new_number
from tradepost.till.errors import NotANumber, NumberTaken
from tradepost.till.services import documents
from tradepost.till.services.documents import Shelf, Spot

TRANSFER = {
    "id": "bigint", "number": "text", "source_id": "bigint", "destination_id": "bigint", "note": "text",
    "sent_by_id": "bigint", "sent_at": "timestamptz", "state": "text",
}  # fmt: skip
LINE = {
    "transfer_id": "bigint", "position": "int", "product_id": "bigint", "sent": "bigint", "cost_minor": "bigint",
}  # fmt: skip
STEP = {
    "transfer_id": "bigint", "kind": "text", "by_id": "bigint", "at": "timestamptz", "reason": "text",
    "posting_id": "bigint",
}  # fmt: skip


class TransferItem(NamedTuple):
    """Goods to be sent, in steps of the product."""

    product_id: int
    quantity: int


class TransferDraft(NamedTuple):
    """Goods to go from one store to another.

    `number` names the transfer for ever and makes the request repeatable: asked again with the same stores, goods and
    note, the first transfer is the answer. Left empty, one is made up.
    """

    source_id: int
    destination_id: int
    items: Sequence[TransferItem]
    note: str = ""
    number: str = ""


class _Plan(NamedTuple):
    """A transfer ready to be booked: its row, its lines, and what to post."""

    number: str
    row: tuple[object, ...]
    spots: Sequence[Spot]
    lines: Sequence[tuple[int, ...]]
    posting: books.Draft


@transaction.atomic(savepoint=False)
def send(drafts: Sequence[TransferDraft], *, actor: Actor, at: datetime) -> list[StockTransfer | Refusal]:
    """Take goods off the shelves of one store and put them on their way to another; answer each in its place.

    Each line keeps what the goods cost in the source by now. Takes somebody who works in the source. Refusals:
    SameStore, EmptyBasket, QuantityNotAboveZero, AmountOutOfRange, Missing (a store, a product), FieldErrors (the
    note), NotANumber, NumberTaken, InsufficientStock. Raises Denied for the whole list, Busy.
    """
    for store_id in {draft.source_id for draft in drafts}:
        actor.require_staff(store_id)
    asked = [draft._replace(number=draft.number or new_number("T", at)) for draft in drafts]
    found: dict[str, StockTransfer | Refusal] = {}
    found.update(_standing([draft.number for draft in drafts]))
    fresh: dict[str, TransferDraft] = {}
    for draft in asked:
        if draft.number not in found:
            fresh.setdefault(draft.number, draft)
    if fresh:
        found.update(zip(fresh, _send(list(fresh.values()), actor, at), strict=True))
    return [_answer(draft, found[draft.number]) for draft in asked]


def _standing(numbers: Sequence[str]) -> dict[str, StockTransfer]:
    """The transfers that stand already under these numbers, with their lines."""
    wanted = [number for number in numbers if number and is_number(number)]
    found = StockTransfer.objects.filter(db.Among("number", wanted)).prefetch_related("lines") if wanted else ()
    return {transfer.number: transfer for transfer in found}


def _answer(draft: TransferDraft, found: StockTransfer | Refusal) -> StockTransfer | Refusal:
    """What stands under a draft's number, if it is what the draft asks for."""
    if isinstance(found, Refusal):
        return found
    try:
        same = _content(draft) == (found.source_id, found.destination_id, _sent(found), found.note)
    except TradepostError as error:
        return Refusal(draft.number, error)
    return found if same else Refusal(draft.number, NumberTaken("Another transfer has this number"))


def _content(draft: TransferDraft) -> tuple[int, int, dict[int, int], str]:
    return draft.source_id, draft.destination_id, _items.summed(draft.items), documents.line_of(draft.note, "note")


def _sent(transfer: StockTransfer) -> dict[int, int]:
    return {line.product_id: line.sent for line in transfer.lines.all()}


def _send(drafts: Sequence[TransferDraft], actor: Actor, at: datetime) -> list[StockTransfer | Refusal]:
    shelf = documents.look_up(
        {store_id for draft in drafts for store_id in (draft.source_id, draft.destination_id)},
        {item.product_id for draft in drafts for item in draft.items},
    )
    plans: list[_Plan | Refusal] = []
    for transfer_id, draft in zip(db.draw_ids("inventory_stocktransfer", len(drafts)), drafts, strict=True):
        try:
            plans.append(_plan(transfer_id, draft, shelf, actor, at))
        except TradepostError as error:
            plans.append(Refusal(draft.number[:MAX_NUMBER], error))
    outcomes = _book(plans, shelf)
    _enter([outcome for outcome in outcomes if not isinstance(outcome, Refusal)], actor, at)
    sent = _standing([outcome[0].number for outcome in outcomes if not isinstance(outcome, Refusal)])
    answers = [one if isinstance(one, Refusal) else sent[one[0].number] for one in outcomes]
    _note(answers, [one[0] for one in outcomes if not isinstance(one, Refusal)], actor, at)
    return answers


def _plan(transfer_id: int, draft: TransferDraft, shelf: Shelf, actor: Actor, at: datetime) -> _Plan:
    number = draft.number
    if not is_number(number):
        raise NotANumber
    if draft.source_id == draft.destination_id:
        raise SameStore
    for store_id in (draft.source_id, draft.destination_id):
        shelf.zone(store_id)  # which is there and open
    lines, moves = [], []
    ends = chart.store(draft.source_id), chart.transit(transfer_id)
    for position, (product_id, steps) in enumerate(_items.summed(draft.items).items(), start=1):
        _items.on_shelves(shelf, product_id)
        lines.append((transfer_id, position, product_id, steps))
        moves.append(books.Move(product_id, *ends, steps))
    note = documents.line_of(draft.note, "note")
    row = (
        transfer_id, number, draft.source_id, draft.destination_id, note, actor.user_id, at, StockTransfer.OPEN,
    )  # fmt: skip
    key = f"inventory:{number}:sent"
    posting = books.Draft(key, "inventory.sent", actor, at, movements=moves)
    return _Plan(number, row, [(draft.source_id, line[2]) for line in lines], lines, posting)


def _book(plans: Sequence[_Plan | Refusal], shelf: Shelf) -> list[tuple[_Plan, books.Receipt] | Refusal]:
    """Post what was planned, in one call, at the cost under the shelves' locks.

    Raises Busy where a twin took a number since we looked.
    """
    held = books.hold(_postings(plans))
    plans = _at_cost(plans, shelf)
    receipts = iter(books.post(_postings(plans), held))
    outcomes: list[tuple[_Plan, books.Receipt] | Refusal] = []
    for plan in plans:
        if isinstance(plan, Refusal):
            outcomes.append(plan)
            continue
        receipt = next(receipts)
        if isinstance(receipt, Refusal):
            if isinstance(receipt.error, KeyReused):
                raise Busy("The same transfer is being sent at this moment; try again")
            outcomes.append(Refusal(plan.number, receipt.error))
        else:
            outcomes.append((plan, receipt))
    return outcomes


def _postings(plans: Sequence[_Plan | Refusal]) -> list[books.Draft]:
    return [plan.posting for plan in plans if isinstance(plan, _Plan)]


def _at_cost(plans: Sequence[_Plan | Refusal], shelf: Shelf) -> list[_Plan | Refusal]:
    """The transfers with what each line cost in the source, by the averages of now."""
    shelf.read_costs({spot for plan in plans if isinstance(plan, _Plan) for spot in plan.spots})
    whole: list[_Plan | Refusal] = []
    for plan in plans:
        if isinstance(plan, Refusal):
            whole.append(plan)
            continue
        try:
            whole.append(_with_costs(plan, shelf))
        except TradepostError as error:
            whole.append(Refusal(plan.number, error))
    return whole


def _with_costs(plan: _Plan, shelf: Shelf) -> _Plan:
    lines = []
    for (store_id, product_id), line in zip(plan.spots, plan.lines, strict=True):
        cost = shelf.cost_of(store_id, shelf.goods[product_id], line[3])
        lines.append((*line, documents.check_amount(cost)))
    return plan._replace(lines=lines)


def _enter(sent: Sequence[tuple[_Plan, books.Receipt]], actor: Actor, at: datetime) -> None:
    """Write the transfers, their lines and their first steps, by a statement each."""
    db.insert_rows("inventory_stocktransfer", TRANSFER, [plan.row for plan, _ in sent])
    db.insert_rows("inventory_stocktransferline", LINE, [line for plan, _ in sent for line in plan.lines])
    steps = [(plan.row[0], StockTransferStep.SENT, actor.user_id, at, "", receipt.posting_id) for plan, receipt in sent]
    db.insert_rows("inventory_stocktransferstep", STEP, steps)


def _note(answers: Sequence[StockTransfer | Refusal], plans: Sequence[_Plan], actor: Actor, at: datetime) -> None:
    """One audit row for all that was sent; none if nothing was."""
    sent = [answer for answer in answers if not isinstance(answer, Refusal)]
    if not sent:
        return
    stores = {transfer.source_id for transfer in sent}
    audit.record(
        "inventory.transfer_sent",
        subject=sent[0] if len(sent) == 1 else ("inventory.stocktransfer", f"{len(sent)} transfers"),
        actor=actor,
        at=at,
        after={
            "numbers": [transfer.number for transfer in sent],
            "destinations": sorted({transfer.destination_id for transfer in sent}),
            "goods": {plan.number: _items.told({line[2]: line[3] for line in plan.lines}) for plan in plans},
            "refused": len(answers) - len(sent),
        },
        store_id=stores.pop() if len(stores) == 1 else None,
        products={line[2] for plan in plans for line in plan.lines},
        stores=audit.by_store((end, one.number) for one in sent for end in (one.source_id, one.destination_id)),
    )
