"""What the services of stock movements share: drafts, what is wrong with them, rows, and what audit tells of them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tradepost.audit import services as audit
from tradepost.books.errors import KeyReused
from tradepost.books.services import Receipt, Refusal
from tradepost.inventory.errors import MovementAskedBefore, MovementRefused, UnknownMovementType
from tradepost.inventory.models import StockMovement
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.lib.numbers import MAX_NUMBER, is_number, new_number
from tradepost.till import services as till
from tradepost.till.errors import NotANumber, NumberTaken, ReasonNeeded
from tradepost.till.services import documents

IN, OUT, REM = StockMovement.IN, StockMovement.OUT, StockMovement.REM
KINDS = {IN: till.RECEIVED, OUT: till.SOLD, REM: till.WRITTEN_OFF}
COLUMNS = {
    "id": "bigint", "number": "text", "store_id": "bigint", "product_id": "bigint", "supplier_id": "bigint",
    "movement_type": "text", "quantity": "bigint", "note": "text", "reverses_id": "bigint", "asked_by_id": "bigint",
    "at": "timestamptz", "job_id": "bigint", "state": "text", "settled_at": "timestamptz", "refusal": "text",
    "detail": "text", "posting_id": "bigint",
}  # fmt: skip
TOLD = ("number", "product", "store", "type", "quantity", "before", "after")
Shift = tuple[int | None, int | None]  # what stood on a shelf before and after
STAYED: Shift = (None, None)
TABLE = StockMovement._meta.db_table
RACES = {"one_stock_move_a_number": "The same movement is being written at this moment; try again"}
COLUMN_NAMES = list(COLUMNS)  # all of them, in the order of the model's fields


class MovementDraft(NamedTuple):
    """Goods of one product to be moved IN, OUT or away (REM), in steps of the product.

    `number` names the movement for ever: asked again with all of this but the moment, what became of the first one is
    the answer. Left empty, one is made up. `at` is the business moment if it is not now.
    """

    store_id: int
    product_id: int
    movement_type: str
    quantity: int
    supplier_id: int | None = None
    note: str = ""
    number: str = ""
    at: datetime | None = None


def numbered(draft: MovementDraft, *, at: datetime) -> MovementDraft:
    """The draft with a number, a moment and a clean note."""
    return draft._replace(number=draft.number or new_number("M", at), at=draft.at or at, note=draft.note.strip())


def check(draft: MovementDraft, *, actor: Actor) -> None:
    """Raise what is wrong with a draft before anything is looked up; the till says what is besides."""
    actor.require_staff(draft.store_id)
    if not is_number(draft.number):
        raise NotANumber
    if draft.movement_type not in KINDS:
        raise UnknownMovementType(f"A movement is IN, OUT or REM, not {draft.movement_type[:20]!r}")
    documents.line_of(draft.note, "note")
    if draft.movement_type == REM and not draft.note:
        raise ReasonNeeded("A removal takes a note that says why")


def sort_out(
    drafts: Mapping[str, MovementDraft], answers: dict[str, StockMovement | Refusal], *, actor: Actor
) -> list[MovementDraft]:
    """The drafts that may be tried, in order; what is wrong with the others goes to the answers."""
    sound = []
    for number, draft in drafts.items():
        try:
            check(draft, actor=actor)
        except TradepostError as error:
            answers[number] = Refusal(number[:MAX_NUMBER], error)
        else:
            sound.append(draft)
    return sound


def goods_of(draft: MovementDraft) -> till.GoodsDraft:
    """The document of the counter that a movement is."""
    return till.GoodsDraft(
        KINDS[draft.movement_type],
        draft.store_id,
        draft.product_id,
        draft.quantity,
        draft.number,
        draft.supplier_id,
        draft.note,
        draft.at,
    )


def is_taken(receipt: Receipt | Refusal) -> bool:
    """Whether the counter has booked something under this number before, be it the very same."""
    return isinstance(receipt.error, KeyReused) if isinstance(receipt, Refusal) else receipt.replayed


def answer(draft: MovementDraft, found: StockMovement | Refusal) -> StockMovement | Refusal:
    """What stands under a draft's number, if it is what the draft asks for and was applied."""
    if isinstance(found, Refusal) or (found.state == StockMovement.APPLIED and asks_for(draft, found)):
        return found
    return Refusal(draft.number, why_not(draft, found))


def asks_for(draft: MovementDraft, found: StockMovement) -> bool:
    """Whether a draft asks for the very movement that stands under its number."""
    stands = (found.store_id, found.product_id, found.movement_type, found.quantity, found.supplier_id, found.note)
    return stands == draft[:6] and found.reverses_id is None


def why_not(draft: MovementDraft, found: StockMovement) -> TradepostError:
    """Why a draft is not carried out whose number stands."""
    if not asks_for(draft, found):
        return NumberTaken(number=draft.number)
    if found.state == StockMovement.REFUSED:
        return MovementRefused(found.detail, refusal=found.refusal, number=found.number)
    state = "waits for a worker" if found.state == StockMovement.QUEUED else "was applied"
    details = {"number": found.number, "state": found.state, "job": found.job_id}
    return MovementAskedBefore(f"{found} was asked for before and {state}", **details)


def standing(numbers: Collection[str]) -> dict[str, StockMovement]:
    """The movements that stand already under these numbers."""
    wanted = [number for number in numbers if is_number(number)]
    if not wanted:
        return {}
    return {found.number: found for found in StockMovement.objects.filter(db.Among("number", wanted))}


def row_of(
    draft: MovementDraft,
    *,
    actor: Actor,
    at: datetime,
    posting_id: int | None = None,
    job_id: int | None = None,
    reverses_id: int | None = None,
) -> tuple[Any, ...]:
    """The values of a movement's row after its id: applied by a posting, or queued under a job."""
    applied = posting_id is not None
    state, settled_at = (StockMovement.APPLIED, at) if applied else (StockMovement.QUEUED, None)
    return (
        draft.number, draft.store_id, draft.product_id, draft.supplier_id, draft.movement_type, draft.quantity,
        draft.note, reverses_id, actor.user_id, draft.at or at, job_id, state, settled_at, "", "", posting_id,
    )  # fmt: skip


def draw_ids(count: int) -> list[int]:
    """Ids for so many movements. To draw them is to wait for all that was sent before: do it first."""
    return db.draw_ids(TABLE, count) if count else []


def insert(rows: Sequence[tuple[Any, ...]], ids: Sequence[int] | None = None) -> list[StockMovement]:
    """Write the movements down by one statement, under the first of these ids or fresh ones. Raises Busy for a twin."""
    drawn = draw_ids(len(rows)) if ids is None else ids[: len(rows)]
    whole = [(number, *row) for number, row in zip(drawn, rows, strict=True)]
    with db.in_one_trip(RACES):
        db.insert_rows(TABLE, COLUMNS, whole)
    return [StockMovement.from_db("default", COLUMN_NAMES, row) for row in whole]


def summary(movements: Sequence[StockMovement], levels: Mapping[str, Shift] | None = None) -> dict[str, Any]:
    """What audit tells of movements: each as a row of `TOLD`, and how many of each type.

    The level before and after is that of the shelf, by the number of the movement; left out of what moved nothing yet.
    """
    types = [movement.movement_type for movement in movements]
    counts = {kind: types.count(kind) for kind in (IN, OUT, REM) if kind in types}
    rows = [
        [
            one.number,
            one.product_id,
            one.store_id,
            one.movement_type,
            one.quantity,
            *(levels.get(one.number, STAYED) if levels else ()),
        ]
        for one in movements
    ]
    return {"fields": list(TOLD if levels else TOLD[:-2]), "movements": rows, **counts}


def shift_of(after: tuple[int | None, int | None], quantity: int) -> Shift:
    """The level of the shelf before and after so many steps left it or came to it; `after` is what the books keep."""
    left, got = after
    return (left + quantity, left) if left is not None else ((got or 0) - quantity, got or 0)


def note(action: str, movements: Sequence[StockMovement], after: dict[str, Any], *, actor: Actor, at: datetime) -> None:
    """One audit row for movements that were asked for, applied or taken back together; products and stores find it.

    It tells of the movement, or how many they are; each store is told of its own.
    """
    audit.record(
        action,
        subject=(
            "inventory.stockmovement",
            movements[0].number if len(movements) == 1 else f"{len(movements)} movements",
        ),
        actor=actor,
        at=at,
        after=after,
        products={movement.product_id for movement in movements},
        stores=audit.by_store((movement.store_id, movement.number) for movement in movements),
    )
