"""Goods coming in from suppliers, and goods lost. A delivery moves the average cost; a loss is booked at it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing
from tradepost.lib.numbers import new_number
from tradepost.till.models import StockEntry
from tradepost.till.services import costs, documents
from tradepost.till.services.costs import CostChange
from tradepost.till.services.documents import Form, Plan, Shelf
from tradepost.till.services.drafts import EntryDraft

FORM = Form(
    StockEntry,
    {
        "kind": "text", "supplier_id": "bigint", "reason": "text", "total_cost_minor": "bigint",
        "reverses_id": "bigint",
    },
    "till_stockentryline",
    {"entry_id": "bigint", "position": "int", "product_id": "bigint", "quantity": "bigint", "cost_minor": "bigint"},
)  # fmt: skip


@transaction.atomic(savepoint=False)
def receive(drafts: Sequence[EntryDraft], *, actor: Actor, at: datetime) -> list[StockEntry | Refusal]:
    """Take deliveries onto the shelves and move the average costs; answer each in its place.

    Takes somebody who works in the store. Refusals: EmptyBasket, QuantityNotAboveZero, AmountOutOfRange, Missing,
    StoreArchived, NotForSale, FieldErrors (the reason).
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_staff(store_id)

    def work(fresh: list[EntryDraft]) -> list[StockEntry | Refusal]:
        shelf, kind = _look_up(fresh), StockEntry.RECEIVED
        plans = documents.judge(fresh, lambda draft: plan(draft, kind, shelf, actor=actor, at=draft.at or at))
        booked = documents.book(plans, shelf)
        entries = documents.enter(FORM, booked)
        move_averages(booked, shelf)
        return documents.note("till.received", FORM, booked, entries, actor=actor, at=at)

    return documents.pick_up(StockEntry, drafts, work)


@transaction.atomic(savepoint=False)
def write_off(drafts: Sequence[EntryDraft], *, actor: Actor, at: datetime) -> list[StockEntry | Refusal]:
    """Book goods as lost, at cost, with the reason; answer each in its place.

    Takes somebody who works in the store. Refusals: ReasonNeeded, FieldErrors (the reason), InsufficientStock,
    EmptyBasket, QuantityNotAboveZero, Missing, StoreArchived.
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_staff(store_id)

    def work(fresh: list[EntryDraft]) -> list[StockEntry | Refusal]:
        shelf, kind = _look_up(fresh), StockEntry.WRITTEN_OFF
        plans = documents.judge(fresh, lambda draft: plan(draft, kind, shelf, actor=actor, at=draft.at or at))
        booked = documents.book(plans, shelf)
        entries = documents.enter(FORM, booked)
        return documents.note("till.written_off", FORM, booked, entries, actor=actor, at=at)

    return documents.pick_up(StockEntry, drafts, work)


def _look_up(drafts: Sequence[EntryDraft]) -> Shelf:
    return documents.look_up(
        {draft.store_id for draft in drafts},
        {item.product_id for draft in drafts for item in draft.items},
        supplier_ids={draft.supplier_id for draft in drafts},
    )


def plan(draft: EntryDraft, kind: str, shelf: Shelf, *, actor: Actor, at: datetime) -> Plan:
    """The delivery or loss ready to be booked. Raises what they refuse, but for rights and goods that are not there."""
    documents.check_items(draft.items)
    store_id, received = draft.store_id, kind == StockEntry.RECEIVED
    reason = documents.reason_of(draft.reason, "" if received else "A loss takes a reason")
    supplier_id = shelf.supplier(draft.supplier_id)
    moment, day = documents.moment(at, shelf.zone(store_id))
    number = draft.number or new_number("D" if received else "L", at)
    place = chart.store(store_id)
    ends = (chart.SUPPLIER_WORLD, place) if received else (place, chart.LOSS_WORLD)
    lines, moves = [], []
    for position, (product_id, steps, stated_cost) in enumerate(draft.items, start=1):
        goods = shelf.product(product_id, also_archived=not received)
        if not goods.stocked:
            raise Missing(f"{goods.sku} is a service: it has no shelf")
        stated = stated_cost if received else None
        if stated is not None:
            documents.check_cost(stated, steps, goods.decimals)
        lines.append((position, goods.id, steps, stated))
        moves.append(books.Move(goods.id, *ends, steps))
    verb = "received" if received else "written-off"
    posting = books.Draft(f"till:{number}:{verb}", f"till.{kind}", actor, moment, movements=moves)
    head = (number, store_id, actor.user_id, moment, day)
    return Plan(number, head, (kind, supplier_id, reason, 0, None), lines, posting, _at_cost)


def _at_cost(entry: Plan, shelf: Shelf) -> Plan:
    """The delivery or loss with what each line cost where nobody stated it; a loss is money lost too."""
    (kind, supplier_id, reason, *_), store_id, posting = entry.values, entry.head[1], entry.posting
    lines, total = [], 0
    for position, product_id, steps, stated in entry.lines:
        goods = shelf.product(product_id, also_archived=kind != StockEntry.RECEIVED)
        known = shelf.cost_of(store_id, goods, steps) if stated is None else stated
        cost = documents.check_cost(known, steps, goods.decimals)
        total += cost
        lines.append((position, product_id, steps, cost))
    if posting and total and kind == StockEntry.WRITTEN_OFF:
        pay = books.Pay(chart.stock_value(store_id), chart.loss(store_id), total)
        posting = posting._replace(transfers=[pay])
    return entry._replace(values=(kind, supplier_id, reason, total, None), lines=lines, posting=posting)


def move_averages(booked: Sequence[tuple[Plan, books.Receipt | None] | Refusal], shelf: Shelf) -> None:
    """Let the averages follow what was delivered now; a twin's delivery moved them before."""
    changes = [
        CostChange(plan.head[1], product_id, steps, cost, after.destination or steps)
        for plan, receipt in (entry for entry in booked if not isinstance(entry, Refusal))
        if receipt and not receipt.replayed
        for (_, product_id, steps, cost), after in zip(plan.lines, receipt.movements, strict=True)
    ]
    costs.move_averages(changes, shelf.goods, shelf.costs)
