"""Movements applied later: the document is the queue. A worker applies a few hundred a transaction, each once.

Rows are locked in the order they were queued in. Whoever comes second waits, and then finds them settled; whoever is
killed leaves the last few hundred queued, as if it had never been.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet

from tradepost.books.services import Receipt, Refusal
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.inventory.errors import NeverApplied
from tradepost.inventory.models import DETAIL, StockMovement
from tradepost.inventory.queries.movements import of_job
from tradepost.inventory.services import _movements as shared
from tradepost.inventory.services._movements import MovementDraft
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid, TradepostError
from tradepost.till import services as till
from tradepost.till.errors import NumberTaken

APPLY = "tradepost.worker.inventory.apply_movements"
MOST_QUEUED = 5_000
MOVEMENTS_A_CHUNK = 250
SETTLED = {
    "state": "text", "settled_at": "timestamptz", "refusal": "text", "detail": "text", "posting_id": "bigint",
}  # fmt: skip

Outcome = Receipt | TradepostError


class Counts(NamedTuple):
    """What became of the movements of a job."""

    applied: int
    refused: int


@transaction.atomic(savepoint=False)
def queue_movements(drafts: Sequence[MovementDraft], *, actor: Actor, at: datetime) -> tuple[Job, int]:
    """Queue movements under a job that a worker does; the job, and how many they are.

    What is wrong with one whatever the shelf holds is refused at once, and all of them with it: what `record_movements`
    refuses but InsufficientStock, with `row`, its place in the list from 0. Where all of them stand already under one
    job, that one is the answer; of others a number that stands is MovementAskedBefore, MovementRefused or, with another
    content, NumberTaken. Raises Invalid for none at all or more than 5000; Busy.
    """
    if not 1 <= len(drafts) <= MOST_QUEUED:
        raise Invalid(f"1 to {MOST_QUEUED} movements at a time, not {len(drafts)}")
    asked = [shared.numbered(draft, at=at) for draft in drafts]
    _check_each(asked, actor)
    standing = shared.standing([draft.number for draft in drafts if draft.number])
    first = _job_of(asked, standing)
    if first is not None:
        return first, len(asked)
    _check_all(asked, standing, actor, at)
    job = intake.enqueue(APPLY, actor=actor, at=at)
    queued = shared.insert([shared.row_of(draft, actor=actor, at=at, job_id=job.pk) for draft in asked])
    job.payload = {"first": queued[0].pk, "last": queued[-1].pk}
    job.save(update_fields=["payload"])
    note = {**shared.summary(queued), "job": job.pk}
    shared.note("inventory.queued", queued, note, actor=actor, at=at)
    return job, len(queued)


def _check_each(asked: Sequence[MovementDraft], actor: Actor) -> None:
    """Raise the first fault that shows without looking anything up."""
    for row, draft in enumerate(asked):
        try:
            shared.check(draft, actor=actor)
        except TradepostError as error:
            raise _of_row(row, error, asked) from None


def _job_of(asked: Sequence[MovementDraft], standing: Mapping[str, StockMovement]) -> Job | None:
    """The job under which all of these very movements were queued before, if there is one."""
    pairs = [(draft, standing.get(draft.number)) for draft in asked]
    first, *others = {found.job_id if found and shared.asks_for(draft, found) else None for draft, found in pairs}
    return None if first is None or others else Job.objects.get(pk=first)


def _check_all(
    asked: Sequence[MovementDraft], standing: Mapping[str, StockMovement], actor: Actor, at: datetime
) -> None:
    """Raise the first fault there is."""
    for row, fault in enumerate(till.faults_of([shared.goods_of(draft) for draft in asked], actor=actor, at=at)):
        if fault is not None:
            raise _of_row(row, fault, asked)
    seen = set()
    for row, draft in enumerate(asked):
        if draft.number in standing:
            raise _of_row(row, shared.why_not(draft, standing[draft.number]), asked)
        if draft.number in seen:
            raise _of_row(row, NumberTaken(number=draft.number), asked)
        seen.add(draft.number)


def _of_row(row: int, error: TradepostError, asked: Sequence[MovementDraft]) -> TradepostError:
    if len(asked) == 1:
        return error
    return type(error)(f"Row {row}: {error.message}", **{**error.details, "row": row})


def apply_queued(job_id: int, *, progress: Callable[[int], None] | None = None, actor: Actor, at: datetime) -> Counts:
    """Apply what is still queued under a job, each once, or write down why not; how many of the job's were which.

    `actor` is whoever asked for them; rights are judged anew. `progress` hears the percentage every few hundred.
    However many run it, at once or again, each movement is applied once. Raises Busy: called again it goes on.
    """
    job = of_job(job_id)
    total = job.count()
    while left := job.filter(state=StockMovement.QUEUED).count():
        if progress:
            progress((total - left) * 100 // total)
        _apply_some(job, actor, at)
    states = job.order_by().values_list("state").annotate(number=Count("id"))
    counted: dict[str, int] = dict(states)
    return Counts(counted.get(StockMovement.APPLIED, 0), counted.get(StockMovement.REFUSED, 0))


def _apply_some(job: QuerySet[StockMovement], actor: Actor, at: datetime) -> None:
    with db.politely(), transaction.atomic(durable=True):
        rows = _lock(job.filter(state=StockMovement.QUEUED))
        asked = {row.number: _draft_of(row) for row in rows}
        refusals: dict[str, StockMovement | Refusal] = {}
        sound = shared.sort_out(asked, refusals, actor=actor)
        outcomes: dict[str, Outcome] = {
            number: refusal.error for number, refusal in refusals.items() if isinstance(refusal, Refusal)
        }
        receipts = till.book_goods([shared.goods_of(draft) for draft in sound], actor=actor, at=at) if sound else []
        for draft, receipt in zip(sound, receipts, strict=True):
            outcomes[draft.number] = _outcome(receipt)
        _settle(rows, outcomes, actor, at)


def _lock(queued: QuerySet[StockMovement]) -> list[StockMovement]:
    """The next few hundred. What another worker settled while we waited for it is left out."""
    return list(queued.order_by("id").select_for_update(no_key=True)[:MOVEMENTS_A_CHUNK])


def _draft_of(row: StockMovement) -> MovementDraft:
    goods = (row.store_id, row.product_id, row.movement_type, row.quantity)
    return MovementDraft(*goods, row.supplier_id, row.note, row.number, row.at)


def _outcome(receipt: Receipt | Refusal) -> Outcome:
    if shared.is_taken(receipt):
        return NumberTaken("The counter has a document of this number")
    return receipt.error if isinstance(receipt, Refusal) else receipt


def _settle(rows: Sequence[StockMovement], outcomes: Mapping[str, Outcome], actor: Actor, at: datetime) -> None:
    """Write down what became of the rows, for ever."""
    values: list[tuple[Any, ...]] = []
    for row in rows:
        outcome = outcomes[row.number]
        if isinstance(outcome, Receipt):
            values.append((row.pk, StockMovement.APPLIED, at, "", "", outcome.posting_id))
        else:
            values.append((row.pk, StockMovement.REFUSED, at, outcome.code, outcome.message[:DETAIL], None))
    db.update_rows(shared.TABLE, {"id": "bigint"}, SETTLED, values)
    if rows:
        levels = {
            row.number: shared.shift_of(outcome.movements[0], row.quantity)
            for row in rows
            if isinstance(outcome := outcomes[row.number], Receipt)
        }
        applied = [row for row in rows if row.number in levels]
        refused = {row.number: outcome.code for row in rows if isinstance(outcome := outcomes[row.number], Exception)}
        note = {**shared.summary(applied, levels), "refused": refused}
        shared.note("inventory.applied", rows, note, actor=actor, at=at)


@transaction.atomic
def refuse_abandoned(*, actor: Actor, at: datetime, limit: int = 5_000) -> int:
    """Refuse queued movements whose job came to its end without them, so that none waits for ever; how many they were.

    A job fails for good when who asked has left, or after it failed eight times.
    """
    left = StockMovement.objects.filter(state=StockMovement.QUEUED, job__done_at__isnull=False)
    rows = list(left.select_related("job").order_by("id").select_for_update(of=("self",), no_key=True)[:limit])
    why = {row.number: NeverApplied(row.job.error if row.job else "") for row in rows}
    _settle(rows, why, actor, at)
    return len(rows)
