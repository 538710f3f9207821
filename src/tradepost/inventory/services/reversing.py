"""Movements taken back: a reversal is a movement of its own, and the counter's document that takes back the first one.

Order, the same for everybody: movements by id, entries and sale lines of the counter by id, then the engine.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.books import chart
from tradepost.books import queries as shelves
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.inventory.errors import MovementNotApplied, NoSuchMovement
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import _movements as shared
from tradepost.inventory.services._movements import OUT, MovementDraft
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.lib.numbers import new_number
from tradepost.till import services as till
from tradepost.till.errors import AlreadyReversed, NotReversible
from tradepost.till.models import Return, SaleLine, StockEntry
from tradepost.till.services import documents


class MovementReversal(NamedTuple):
    """A movement of a store to be taken back, named by its number, and why."""

    store_id: int
    number: str
    note: str = ""


class _Plan(NamedTuple):
    """A reversal that may be tried: what it takes back, and the row it will be."""

    original: StockMovement
    draft: MovementDraft


@transaction.atomic(savepoint=False)
def reverse_movements(
    drafts: Sequence[MovementReversal], *, actor: Actor, at: datetime
) -> list[StockMovement | Refusal]:
    """Take movements back as a whole, each once; answer each in its place with the movement that does.

    What came in goes back to the supplier, what was removed is found again, what went out comes back and is paid back:
    goods, cost and money the other way. Takes a manager of the store. Refusals: Denied, NoSuchMovement, NotReversible
    (a reversal), MovementNotApplied, AlreadyReversed (also the second time in one list), NothingLeftToReturn (given
    back at the counter meanwhile), InsufficientStock, FieldErrors (the note). Raises Busy.
    """
    originals = _lock([draft.number for draft in drafts])
    reversals = {found.reverses_id: found.number for found in _reversals_of(originals)}
    planned: list[_Plan | Refusal] = []
    for draft in drafts:
        try:
            plan = _plan(draft, originals.get(draft.number), reversals, actor, at)
        except TradepostError as error:
            planned.append(Refusal(draft.number, error))
        else:
            planned.append(plan)
            reversals[plan.original.pk] = plan.draft.number  # so that its twin in the list is refused
    return _carry_out(planned, actor, at)


def _lock(numbers: Sequence[str]) -> dict[str, StockMovement]:
    found = StockMovement.objects.filter(db.Among("number", numbers)).order_by("id")
    return {movement.number: movement for movement in found.select_for_update(no_key=True)}


def _reversals_of(originals: dict[str, StockMovement]) -> list[StockMovement]:
    ids = [movement.pk for movement in originals.values()]
    return list(StockMovement.objects.filter(db.Among("reverses_id", ids)).order_by())


def _plan(
    draft: MovementReversal,
    original: StockMovement | None,
    reversals: dict[int | None, str],
    actor: Actor,
    at: datetime,
) -> _Plan:
    actor.require_manager(draft.store_id)
    note = documents.line_of(draft.note, "note")
    if original is None or original.store_id != draft.store_id:
        raise NoSuchMovement(f"There is no stock movement {draft.number[:60]} of this store")
    if original.reverses_id is not None:
        raise NotReversible(f"{original} is a reversal itself")
    if original.state != StockMovement.APPLIED:
        raise MovementNotApplied(f"{original} is {original.state}", state=original.state)
    if original.pk in reversals:
        raise AlreadyReversed(f"{original} was reversed before", number=reversals[original.pk])
    same = (original.store_id, original.product_id, original.movement_type, original.quantity, original.supplier_id)
    return _Plan(original, MovementDraft(*same, note, new_number("V", at), at))


def _carry_out(planned: Sequence[_Plan | Refusal], actor: Actor, at: datetime) -> list[StockMovement | Refusal]:
    """Book what was planned and write the reversals down; answer each in its place."""
    outcomes = _book([plan for plan in planned if isinstance(plan, _Plan)], actor, at)
    answers: dict[str, StockMovement | Refusal] = {}
    rows = []
    for plan in planned:
        if isinstance(plan, Refusal):
            continue
        outcome = outcomes[plan.draft.number]
        if isinstance(outcome, TradepostError):
            answers[plan.draft.number] = Refusal(plan.original.number, outcome)
        else:
            ids = {"posting_id": outcome, "reverses_id": plan.original.pk}
            rows.append(shared.row_of(plan.draft, actor=actor, at=at, **ids))
    made = shared.insert(rows)
    answers.update({movement.number: movement for movement in made})
    if made:
        originals = {plan.draft.number: plan.original.number for plan in planned if isinstance(plan, _Plan)}
        note = {
            **shared.summary(made, _levels_of(made)),
            "reverses": {movement.number: originals[movement.number] for movement in made},
            "refused": len(planned) - len(made),
        }
        shared.note("inventory.reversed", made, note, actor=actor, at=at)
    return [plan if isinstance(plan, Refusal) else answers[plan.draft.number] for plan in planned]


def _levels_of(made: Sequence[StockMovement]) -> dict[str, shared.Shift]:
    after = shelves.after_postings([movement.posting_id for movement in made if movement.posting_id])
    found = {one: after.get((one.posting_id or 0, one.product_id)) for one in made}
    return {one.number: shared.shift_of(left, one.quantity) for one, left in found.items() if left}


def _book(plans: Sequence[_Plan], actor: Actor, at: datetime) -> dict[str, int | TradepostError | None]:
    """By the number of each reversal: its posting, or why there is none."""
    sales = [plan for plan in plans if plan.draft.movement_type == OUT]
    entries = [plan for plan in plans if plan.draft.movement_type != OUT]
    line_ids = _lock_documents(sales, entries)
    if sales and entries:  # the engine is asked twice
        books.lock_levels({(chart.store(plan.draft.store_id), plan.draft.product_id) for plan in plans})
    slips = [_slip(plan, line_ids[plan.original.number]) for plan in sales]
    mirrors = [
        till.ReversalDraft(plan.draft.store_id, plan.original.number, plan.draft.number, plan.draft.note)
        for plan in entries
    ]
    booked: list[Return | StockEntry | Refusal] = []
    booked += till.give_back(slips, actor=actor, at=at)
    booked += till.reverse_entries(mirrors, actor=actor, at=at)
    return {
        plan.draft.number: answer.error if isinstance(answer, Refusal) else answer.posting_id
        for plan, answer in zip([*sales, *entries], booked, strict=True)
    }


def _lock_documents(sales: Sequence[_Plan], entries: Sequence[_Plan]) -> dict[str, int]:
    """Lock what the counter will take back; the line of each sale by the sale's number."""
    entered = StockEntry.objects.filter(db.Among("number", [plan.original.number for plan in entries]))
    list(entered.order_by("id").select_for_update(no_key=True).values_list("id"))
    lines = SaleLine.objects.filter(db.Among("sale__number", [plan.original.number for plan in sales]))
    locked = lines.order_by("id").select_for_update(of=("self",), no_key=True)
    return dict(locked.values_list("sale__number", "id"))


def _slip(plan: _Plan, line_id: int) -> till.ReturnDraft:
    """The whole line given back at the price paid."""
    items = [till.ReturnItem(plan.draft.quantity, sale_line_id=line_id)]
    return till.ReturnDraft(plan.draft.store_id, items, plan.draft.number, reason=plan.draft.note)
