"""Movements applied at once: each is the till's document of its number, booked in the order of the list."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tradepost.books.services import Refusal
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import _movements as shared
from tradepost.inventory.services._movements import MovementDraft
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.lib.numbers import MAX_NUMBER
from tradepost.till import services as till
from tradepost.till.errors import NumberTaken


@transaction.atomic(savepoint=False)
def record_movements(drafts: Sequence[MovementDraft], *, actor: Actor, at: datetime) -> list[StockMovement | Refusal]:
    """Move goods in, out or away, each by what those before it left; answer each in its place.

    IN is a delivery at the average cost, OUT a cash sale at the catalogue's price, REM a loss at cost with the note as
    its reason. A `number` asked for again gives the first movement. Takes somebody who works in the store: nobody else
    hears of what stands. Refusals: Denied, UnknownMovementType, FieldErrors (the note), NotANumber, NumberTaken,
    QuantityNotAboveZero, AmountOutOfRange, ReasonNeeded, Missing (store, product, supplier, a service), StoreArchived,
    NotForSale, InsufficientStock, each with nothing changed for that one. Raises Busy.
    """
    denied = [_denial(draft, actor) for draft in drafts]
    allowed = [draft for draft, denial in zip(drafts, denied, strict=True) if denial is None]
    known: dict[str, StockMovement | Refusal] = {}
    known.update(shared.standing([draft.number for draft in allowed if draft.number]))
    asked = [shared.numbered(draft, at=at) for draft in allowed]
    fresh: dict[str, MovementDraft] = {}
    for draft in asked:
        if draft.number not in known:
            fresh.setdefault(draft.number, draft)
    with db.in_one_trip(shared.RACES, last=True):
        known.update(_carry_out(fresh, actor, at))
    answers = iter([shared.answer(draft, known[draft.number]) for draft in asked])
    return [denial or next(answers) for denial in denied]


def _denial(draft: MovementDraft, actor: Actor) -> Refusal | None:
    try:
        actor.require_staff(draft.store_id)
    except Denied as error:
        return Refusal(draft.number[:MAX_NUMBER], error)
    return None


def _carry_out(fresh: dict[str, MovementDraft], actor: Actor, at: datetime) -> dict[str, StockMovement | Refusal]:
    answers: dict[str, StockMovement | Refusal] = {}
    sound = shared.sort_out(fresh, answers, actor=actor)
    ids = shared.draw_ids(len(sound))
    receipts = till.book_goods([shared.goods_of(draft) for draft in sound], actor=actor, at=at) if sound else []
    rows, taken, levels = [], [], {}
    for draft, receipt in zip(sound, receipts, strict=True):
        if shared.is_taken(receipt):
            taken.append(draft.number)
        elif isinstance(receipt, Refusal):
            answers[draft.number] = Refusal(draft.number, receipt.error)
        else:
            rows.append(shared.row_of(draft, actor=actor, at=at, posting_id=receipt.posting_id))
            levels[draft.number] = shared.shift_of(receipt.movements[0], draft.quantity)
    made = shared.insert(rows, ids)
    answers.update({movement.number: movement for movement in made})
    # A twin wrote these while we waited for the shelf; or the counter has a document of this number.
    twins = shared.standing(taken)
    answers.update({number: twins.get(number) or Refusal(number, NumberTaken()) for number in taken})
    if made:
        note = {**shared.summary(made, levels), "refused": len(fresh) - len(made)}
        shared.note("inventory.moved", made, note, actor=actor, at=at)
    return answers
