"""Giving back: never more than was sold on the line, whoever asks at once; without a sale only under supervision."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import queries as shelves
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.lib import db, quantity
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing
from tradepost.lib.numbers import new_number
from tradepost.lib.rounding import divide_half_even
from tradepost.till.errors import NothingLeftToReturn
from tradepost.till.models import Return, SaleLine
from tradepost.till.services import documents
from tradepost.till.services.documents import Form, Plan, Shelf
from tradepost.till.services.drafts import ReturnDraft, ReturnItem

FORM = Form(
    Return,
    {"customer_id": "bigint", "supervisor_id": "bigint", "reason": "text", "total_minor": "bigint"},
    "till_returnline",
    {
        "return_doc_id": "bigint", "position": "int", "part": "int", "product_id": "bigint", "quantity": "bigint",
        "sale_line_id": "bigint", "amount_minor": "bigint",
    },
)  # fmt: skip


@dataclass(slots=True)
class Sold:
    """A sale line under our lock. It comes back as it was sold: with goods if goods `moved`, else for money alone."""

    product_id: int
    store_id: int
    customer_id: int | None
    quantity: int
    amount_minor: int
    returned: int
    posting_id: int | None
    moved: bool = False

    def share(self, steps: int, beside: int) -> int:
        """Minor units paid for the next `steps` after `beside`: parts of a line always sum to the line."""
        before = self.returned + beside
        after = divide_half_even(self.amount_minor * (before + steps), self.quantity)
        return after - divide_half_even(self.amount_minor * before, self.quantity)


@transaction.atomic(savepoint=False)
def give_back(drafts: Sequence[ReturnDraft], *, actor: Actor, at: datetime) -> list[Return | Refusal]:
    """Take goods back and pay for them, each return wholly or not at all; answer each in its place.

    Against a sale line the price paid is given back, by anybody who works in the store. Without a sale line, or at
    another amount, it takes a manager and a reason; both are kept. Refusals: NothingLeftToReturn, ReasonNeeded,
    FieldErrors, Missing, StoreArchived, EmptyBasket, QuantityNotAboveZero. Raises Denied for the whole list.
    """
    for draft in drafts:
        actor.require_staff(draft.store_id)
        if _is_supervised(draft):
            actor.require_manager(draft.store_id)

    def work(fresh: list[ReturnDraft]) -> list[Return | Refusal]:
        sold = _lock({item.sale_line_id for draft in fresh for item in draft.items if item.sale_line_id})
        stated = {item.product_id for draft in fresh for item in draft.items if item.product_id}
        shelf = documents.look_up(
            {draft.store_id for draft in fresh},
            {line.product_id for line in sold.values()} | stated,
            customer_ids={draft.customer_id for draft in fresh},
        )
        plans = documents.judge(fresh, lambda draft: _plan(draft, shelf, sold, actor, draft.at or at))
        booked = documents.book(plans, shelf)
        returns = documents.enter(FORM, booked)
        _keep_count(booked)
        return documents.note("till.given_back", FORM, booked, returns, actor=actor, at=at)

    return documents.pick_up(Return, drafts, work)


def _is_supervised(draft: ReturnDraft) -> bool:
    return any(item.sale_line_id is None or item.amount_minor is not None for item in draft.items)


def _lock(line_ids: set[int]) -> dict[int, Sold]:
    """Lock sale lines in the order of their ids: two returns of one line come one after the other."""
    if not line_ids:
        return {}
    lines = SaleLine.objects.filter(db.Among("id", line_ids)).order_by("id")
    list(lines.select_for_update(no_key=True).values_list("id"))
    columns = (
        "id", "product_id", "sale__store_id", "sale__customer_id", "quantity", "amount_minor", "returned_quantity",
        "sale__posting_id",
    )  # fmt: skip
    sold = {row[0]: Sold(*row[1:]) for row in lines.values_list(*columns)}
    moved = shelves.after_postings({line.posting_id for line in sold.values() if line.posting_id})
    for line in sold.values():
        line.moved = (line.posting_id, line.product_id) in moved
    return sold


def _plan(draft: ReturnDraft, shelf: Shelf, sold: dict[int, Sold], actor: Actor, at: datetime) -> Plan:
    documents.check_items(draft.items)
    store_id, supervised = draft.store_id, _is_supervised(draft)
    reason = documents.reason_of(draft.reason, "A return without a sale takes a reason" if supervised else "")
    moment, day = documents.moment(at, shelf.zone(store_id))
    number = draft.number or new_number("R", at)
    _check_left(draft, sold)
    lines, moves, total = [], [], 0
    customer_id = draft.customer_id
    counted: Counter[int | None] = Counter()
    position = part = 0
    for item in draft.items:
        position, part = (position, part + 1) if item.continues and position else (position + 1, 0)
        line = sold[item.sale_line_id] if item.sale_line_id else None
        goods = shelf.product(line.product_id if line else item.product_id, also_archived=True)
        amount = _amount(item, line, goods, counted[item.sale_line_id])
        total += documents.check_amount(amount)
        lines.append((position, part, goods.id, item.quantity, item.sale_line_id, amount))
        if line.moved if line else goods.stocked:
            moves.append(books.Move(goods.id, chart.CUSTOMER_WORLD, chart.store(store_id), item.quantity))
        if line:
            counted[item.sale_line_id] += item.quantity
            customer_id = customer_id or line.customer_id
    pays = [books.Pay(chart.revenue(store_id), chart.cash(store_id), total)] if total else []
    key = f"till:{number}:given-back"
    posting = books.Draft(key, "till.return", actor, moment, pays, moves) if pays or moves else None
    head = (number, store_id, actor.user_id, moment, day)
    supervisor_id = actor.user_id if supervised else None
    known_customer = customer_id if draft.customer_id is None else shelf.customer(draft.customer_id)
    for line_id, steps in counted.items():  # last of all, when nothing can refuse this draft any more
        sold[line_id or 0].returned += steps
    return Plan(number, head, (known_customer, supervisor_id, reason, total), lines, posting)


def _check_left(draft: ReturnDraft, sold: dict[int, Sold]) -> None:
    """Refuse before anything is counted: all lines are this store's and none gives back more than is left of it."""
    asked: Counter[int] = Counter()
    for item in draft.items:
        if item.sale_line_id is not None:
            asked[item.sale_line_id] += item.quantity
    for line_id, steps in asked.items():
        line = sold.get(line_id)
        if line is None or line.store_id != draft.store_id:
            raise Missing(f"There is no line {line_id} on a sale of this store")
        if line.returned + steps > line.quantity:
            raise NothingLeftToReturn(
                sale_line_id=line_id,
                product_id=line.product_id,
                sold=line.quantity,
                returned=line.returned,
                asked=steps,
            )


def _amount(item: ReturnItem, line: Sold | None, goods: documents.Goods, beside: int) -> int:
    if item.amount_minor is not None:
        return item.amount_minor
    if line is not None:
        return line.share(item.quantity, beside)
    return quantity.price_of(item.quantity, goods.price_minor, goods.decimals)


def _keep_count(booked: Sequence[tuple[Plan, books.Receipt | None] | Refusal]) -> None:
    """Write down how much of each sale line has come back; what a twin had booked before, the twin wrote down."""
    returned: Counter[int] = Counter()
    for plan, receipt in (entry for entry in booked if not isinstance(entry, Refusal)):
        if receipt and receipt.replayed:
            continue
        for _, _, _, steps, line_id, _ in plan.lines:
            if line_id:
                returned[line_id] += steps
    db.execute_many(
        "UPDATE till_saleline SET returned_quantity = returned_quantity + %s WHERE id = %s",
        [(steps, line_id) for line_id, steps in sorted(returned.items())],
    )
