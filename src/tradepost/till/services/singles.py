"""Documents of one line, of every kind in one list: booked by one call of the engine, in the order given."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db import transaction

from tradepost.books.services import Receipt, Refusal
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid, Missing, TradepostError
from tradepost.till.errors import NumberTaken
from tradepost.till.services import documents, goods, sales
from tradepost.till.services.documents import Form, Plan, Shelf
from tradepost.till.services.drafts import (
    RECEIVED,
    SOLD,
    WRITTEN_OFF,
    EntryDraft,
    EntryItem,
    GoodsDraft,
    SaleDraft,
    SaleItem,
)

FORMS: Sequence[tuple[Form[Any], Collection[str]]] = ((sales.FORM, {SOLD}), (goods.FORM, {RECEIVED, WRITTEN_OFF}))
T = TypeVar("T")


@transaction.atomic(savepoint=False)
def book_goods(drafts: Sequence[GoodsDraft], *, actor: Actor, at: datetime) -> list[Receipt | Refusal]:
    """Receive, sell and write off, each judged by what those before it left; answer each with its receipt.

    The documents go by the numbers given. A receipt that is `replayed` is that of a document that stood already: then
    none was written. Takes somebody who works in the store. Refusals are those of `receive`, `ring_up` and `write_off`,
    NumberTaken, and Missing for a service, which has no shelf. Raises Denied for the whole list. The audit row is the
    caller's.
    """
    for store_id in {draft.store_id for draft in drafts}:
        actor.require_staff(store_id)
    shelf = _look_up(drafts)
    standing = _standing(drafts)
    plans = documents.judge(drafts, lambda draft: _plan(draft, shelf, actor, draft.at or at))
    plans = _refuse_taken(drafts, plans, standing())
    drawn = [documents.draw_ids(form, _of(kinds, drafts, plans)) for form, kinds in FORMS]
    booked = documents.book(plans, shelf)
    documents.write([(form, _of(kinds, drafts, booked), ids) for (form, kinds), ids in zip(FORMS, drawn, strict=True)])
    goods.move_averages(_of({RECEIVED}, drafts, booked), shelf)
    # There is always a receipt: goods always move.
    return [entry if isinstance(entry, Refusal) else cast(Receipt, entry[1]) for entry in booked]


def faults_of(drafts: Sequence[GoodsDraft], *, actor: Actor, at: datetime) -> list[TradepostError | None]:
    """What `book_goods` would refuse each for, whatever the shelf holds. Nothing is booked, no rights are asked for."""
    shelf = _look_up(drafts)
    sound = documents.judge(drafts, lambda draft: _plan(draft, shelf, actor, draft.at or at))
    plans = documents.at_cost(sound, shelf)
    return [plan.error if isinstance(plan, Refusal) else None for plan in plans]


def _of(kinds: Collection[str], drafts: Sequence[GoodsDraft], answers: Sequence[T]) -> list[T]:
    """The answers to the drafts of these kinds."""
    return [answer for draft, answer in zip(drafts, answers, strict=True) if draft.kind in kinds]


def _standing(drafts: Sequence[GoodsDraft]) -> Callable[[], dict[tuple[bool, str], str]]:
    """Asks what stands under the numbers of these; answers with its kind by (is a sale, number).

    A sale of nothing but free services has no posting, and here no kind.
    """
    sold = [draft.number for draft in drafts if draft.kind == SOLD]
    others = [draft.number for draft in drafts if draft.kind != SOLD]
    rung_up = db.ask(*db.rows_by("till_sale", ("number", "posting_id"), "number", sold))
    entered = db.ask(*db.rows_by("till_stockentry", ("number", "kind"), "number", others))
    return lambda: {
        **{(True, number): SOLD if posting_id else "" for number, posting_id in rung_up()},
        **{(False, number): kind for number, kind in entered()},
    }


def _refuse_taken(
    drafts: Sequence[GoodsDraft], plans: Sequence[Plan | Refusal], standing: Mapping[tuple[bool, str], str]
) -> list[Plan | Refusal]:
    """The plans, but for those whose number is that of a document of another kind in the same table.

    Of the same kind it may be the very same: that the key of the posting tells.
    """
    return [
        Refusal(draft.number, NumberTaken())
        if standing.get((draft.kind == SOLD, draft.number), draft.kind) != draft.kind
        else plan
        for draft, plan in zip(drafts, plans, strict=True)
    ]


def _look_up(drafts: Sequence[GoodsDraft]) -> Shelf:
    return documents.look_up(
        {draft.store_id for draft in drafts},
        {draft.product_id for draft in drafts},
        supplier_ids={draft.supplier_id for draft in drafts},
    )


def _plan(draft: GoodsDraft, shelf: Shelf, actor: Actor, at: datetime) -> Plan:
    shelf.supplier(draft.supplier_id)
    if draft.kind == SOLD:
        product = shelf.product(draft.product_id)
        if not product.stocked:
            raise Missing(f"{product.sku} is a service: it has no shelf")
        sale = SaleDraft(draft.store_id, [SaleItem(draft.product_id, draft.quantity)], draft.number)
        return sales.plan(sale, shelf, actor=actor, at=at)
    if draft.kind not in (RECEIVED, WRITTEN_OFF):
        raise Invalid(f"{draft.kind} is nothing that goods do")
    items = [EntryItem(draft.product_id, draft.quantity)]
    entry = EntryDraft(draft.store_id, items, draft.number, draft.supplier_id, draft.reason)
    return goods.plan(entry, draft.kind, shelf, actor=actor, at=at)
