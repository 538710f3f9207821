"""Putting revenue right without goods: bad debts, and bad debts paid after all."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import new_number
from tradepost.till.errors import AmountOutOfRange
from tradepost.till.models import Adjustment
from tradepost.till.services import documents
from tradepost.till.services.documents import Form, Plan, Shelf
from tradepost.till.services.drafts import AdjustmentDraft

FORM = Form(Adjustment, {"amount_minor": "bigint", "reason": "text"})


@transaction.atomic(savepoint=False)
def adjust(drafts: Sequence[AdjustmentDraft], *, actor: Actor, at: datetime) -> list[Adjustment | Refusal]:
    """Take bad debts out of revenue (below zero) or put them back (above zero); answer each in its place.

    Takes a manager of the store. Refusals: ReasonNeeded, FieldErrors, AmountOutOfRange, Missing.
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_manager(store_id)

    def work(fresh: list[AdjustmentDraft]) -> list[Adjustment | Refusal]:
        shelf = documents.look_up({draft.store_id for draft in fresh}, ())
        plans = documents.judge(fresh, lambda draft: _plan(draft, shelf, actor, draft.at or at))
        booked = documents.book(plans, shelf)
        adjustments = documents.enter(FORM, booked)
        return documents.note("till.adjusted", FORM, booked, adjustments, actor=actor, at=at)

    return documents.pick_up(Adjustment, drafts, work)


def _plan(draft: AdjustmentDraft, shelf: Shelf, actor: Actor, at: datetime) -> Plan:
    amount = draft.amount_minor
    if not amount:
        raise AmountOutOfRange("An adjustment of nothing adjusts nothing")
    reason = documents.reason_of(draft.reason, "An adjustment takes a reason")
    documents.check_amount(abs(amount))
    moment, day = documents.moment(at, shelf.zone(draft.store_id))
    number = draft.number or new_number("A", at)
    revenue = chart.revenue(draft.store_id)
    ends = (chart.BAD_DEBT, revenue) if amount > 0 else (revenue, chart.BAD_DEBT)
    pay = books.Pay(*ends, abs(amount))
    posting = books.Draft(f"till:{number}:adjusted", "till.adjustment", actor, moment, [pay])
    return Plan(number, (number, draft.store_id, actor.user_id, moment, day), (amount, reason), (), posting)
