"""Selling at the counter: goods to the customer, cash to the drawer, in one posting, at prices frozen on the line."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.lib import quantity
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import new_number
from tradepost.till.errors import TooLittleCash
from tradepost.till.models import Sale
from tradepost.till.services import documents
from tradepost.till.services.documents import Form, Plan, Shelf
from tradepost.till.services.drafts import SaleDraft, SaleItem

FORM = Form(
    Sale,
    {"customer_id": "bigint", "total_minor": "bigint", "tender": "text", "received_minor": "bigint"},
    "till_saleline",
    {
        "sale_id": "bigint", "position": "int", "product_id": "bigint", "quantity": "bigint",
        "unit_price_minor": "bigint", "amount_minor": "bigint", "cost_minor": "bigint",
    },
)  # fmt: skip


@transaction.atomic(savepoint=False)
def ring_up(drafts: Sequence[SaleDraft], *, actor: Actor, at: datetime) -> list[Sale | Refusal]:
    """Sell baskets, each wholly or not at all; answer each in its place.

    Takes somebody who works in the store, a manager where a price is stated. Refusals: EmptyBasket,
    QuantityNotAboveZero, Missing, NotForSale, TooLittleCash, InsufficientStock, each with nothing changed for that
    basket. Raises Denied for the whole list.
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_staff(store_id)
    for store_id in {draft.store_id for draft in drafts if any(map(_states_a_price, draft.items))}:
        actor.require_manager(store_id)

    def work(fresh: list[SaleDraft]) -> list[Sale | Refusal]:
        shelf = documents.look_up(
            {draft.store_id for draft in fresh},
            {item.product_id for draft in fresh for item in draft.items},
            customer_ids={draft.customer_id for draft in fresh},
        )
        plans = documents.judge(fresh, lambda draft: plan(draft, shelf, actor=actor, at=draft.at or at))
        booked = documents.book(plans, shelf)
        sales = documents.enter(FORM, booked)
        return documents.note("till.sold", FORM, booked, sales, actor=actor, at=at)

    return documents.pick_up(Sale, drafts, work)


def _states_a_price(item: SaleItem) -> bool:
    return item.unit_price_minor is not None or item.amount_minor is not None


def plan(draft: SaleDraft, shelf: Shelf, *, actor: Actor, at: datetime) -> Plan:
    """The sale ready to be booked. Raises what `ring_up` refuses, but for rights and goods that are not there."""
    documents.check_items(draft.items)
    store_id = draft.store_id
    moment, day = documents.moment(at, shelf.zone(store_id))
    number = draft.number or new_number("S", at)
    place = chart.store(store_id)
    lines, moves, total = [], [], 0
    for position, (product_id, steps, stated_price, stated_amount) in enumerate(draft.items, start=1):
        goods = shelf.product(product_id)
        price = documents.check_amount(goods.price_minor if stated_price is None else stated_price)
        amount = quantity.price_of(steps, price, goods.decimals) if stated_amount is None else stated_amount
        total += documents.check_amount(amount)
        lines.append((position, goods.id, steps, price, amount))
        if goods.stocked:
            moves.append(books.Move(goods.id, place, chart.CUSTOMER_WORLD, steps))
    received = total if draft.received_minor is None else documents.check_amount(draft.received_minor)
    if received < total:
        raise TooLittleCash(due_minor=total, received_minor=received, short_minor=total - received)
    pays = [books.Pay(chart.cash(store_id), chart.revenue(store_id), total)] if total else []
    posting = books.Draft(f"till:{number}:sold", "till.sale", actor, moment, pays, moves) if pays or moves else None
    head = (number, store_id, actor.user_id, moment, day)
    return Plan(number, head, (shelf.customer(draft.customer_id), total, "cash", received), lines, posting, _at_cost)


def _at_cost(sale: Plan, shelf: Shelf) -> Plan:
    """The sale with what each line cost."""
    store_id, goods = sale.head[1], shelf.goods
    costs = [documents.check_amount(shelf.cost_of(store_id, goods[line[1]], line[2])) for line in sale.lines]
    return sale._replace(lines=[(*line, cost) for line, cost in zip(sale.lines, costs, strict=True)])
