"""Deliveries sent back and losses found again: the exact mirror of an entry, goods, cost and money, once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing
from tradepost.lib.numbers import new_number
from tradepost.till.errors import AlreadyReversed, NotReversible
from tradepost.till.models import StockEntry, StockEntryLine
from tradepost.till.services import costs, documents
from tradepost.till.services.costs import CostChange
from tradepost.till.services.documents import Plan, Shelf
from tradepost.till.services.drafts import ReversalDraft
from tradepost.till.services.goods import FORM


@dataclass(slots=True)
class _Original:
    """An entry under our lock, its lines, and the number of its reversal, if it has one."""

    entry: StockEntry
    reversal: str = ""
    lines: list[tuple[int, int, int, int]] = field(default_factory=list)  # position, product, steps, cost


@transaction.atomic(savepoint=False)
def reverse_entries(drafts: Sequence[ReversalDraft], *, actor: Actor, at: datetime) -> list[StockEntry | Refusal]:
    """Take deliveries back to their suppliers and losses back onto the shelf, as a whole; answer each in its place.

    Goods, cost and the money of a loss go the other way, at the cost frozen on the entry; the average cost follows.
    Takes a manager of the store. Refusals: Missing, AlreadyReversed (also the second time in one list), NotReversible,
    InsufficientStock, FieldErrors (the reason). Raises Denied for the whole list.
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_manager(store_id)

    def work(fresh: list[ReversalDraft]) -> list[StockEntry | Refusal]:
        originals = _lock({draft.entry for draft in fresh})
        products = {line[1] for original in originals.values() for line in original.lines}
        shelf = documents.look_up({draft.store_id for draft in fresh}, products)
        plans = documents.judge(fresh, lambda draft: _plan(draft, shelf, originals, actor, draft.at or at))
        booked = documents.book(plans, shelf)
        reversals = documents.enter(FORM, booked)
        _move_averages(booked, shelf)
        return documents.note("till.reversed", FORM, booked, reversals, actor=actor, at=at)

    return documents.pick_up(StockEntry, drafts, work)


def _lock(numbers: Iterable[str]) -> dict[str, _Original]:
    """Lock the entries in the order of their ids: of two reversals of one entry the second sees the first."""
    entries = StockEntry.objects.filter(db.Among("number", numbers)).order_by("id").select_for_update(no_key=True)
    found = {entry.pk: _Original(entry) for entry in entries}
    reversals = StockEntry.objects.filter(db.Among("reverses_id", found)).order_by()
    for entry_id, number in reversals.values_list("reverses_id", "number"):
        found[entry_id or 0].reversal = number
    lines = StockEntryLine.objects.filter(db.Among("entry_id", found)).order_by("entry_id", "position")
    for entry_id, *line in lines.values_list("entry_id", "position", "product_id", "quantity", "cost_minor"):
        found[entry_id].lines.append((line[0], line[1], line[2], line[3]))
    return {original.entry.number: original for original in found.values()}


def _plan(draft: ReversalDraft, shelf: Shelf, originals: dict[str, _Original], actor: Actor, at: datetime) -> Plan:
    original = originals.get(draft.entry)
    if original is None or original.entry.store_id != draft.store_id:
        raise Missing(f"There is no delivery or write-off {draft.entry} of this store")
    entry, reason, store_id = original.entry, documents.reason_of(draft.reason), draft.store_id
    kind = StockEntry.REVERSED_BY.get(entry.kind)
    if kind is None:
        raise NotReversible(f"{entry.number} is a reversal itself")
    if original.reversal:
        raise AlreadyReversed(f"{entry.number} was reversed before", number=original.reversal)
    moment, day = documents.moment(at, shelf.zone(store_id))
    number = draft.number or new_number("B" if kind == StockEntry.SENT_BACK else "F", at)
    place, found = chart.store(store_id), kind == StockEntry.FOUND_AGAIN
    ends = (chart.LOSS_WORLD, place) if found else (place, chart.SUPPLIER_WORLD)
    moves = [books.Move(product_id, *ends, steps) for _, product_id, steps, _ in original.lines]
    total = entry.total_cost_minor
    pays = [books.Pay(chart.loss(store_id), chart.stock_value(store_id), total)] if found and total else []
    verb = "found-again" if found else "sent-back"
    posting = books.Draft(f"till:{number}:{verb}", f"till.{kind}", actor, moment, pays, moves)
    original.reversal = number  # last of all, when nothing can refuse this draft any more but the shelf
    head = (number, store_id, actor.user_id, moment, day)
    return Plan(number, head, (kind, entry.supplier_id, reason, total, entry.pk), original.lines, posting)


def _move_averages(booked: Sequence[tuple[Plan, books.Receipt | None] | Refusal], shelf: Shelf) -> None:
    """Goods found again come in at their cost, those sent back take theirs out."""
    changes = []
    for plan, receipt in (entry for entry in booked if not isinstance(entry, Refusal)):
        if receipt and not receipt.replayed:
            for (_, product_id, steps, cost), after in zip(plan.lines, receipt.movements, strict=True):
                sign, level = (-1, after.source) if after.destination is None else (1, after.destination)
                changes.append(CostChange(plan.head[1], product_id, sign * steps, sign * cost, level or 0))
    costs.move_averages(changes, shelf.goods)
