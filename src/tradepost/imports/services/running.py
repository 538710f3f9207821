"""Working an import off: a few thousand rows a transaction, which also moves the position, so each row counts once.

Whoever is killed leaves the position where its last transaction put it, and the next goes on from there. Two that run
the same import at once take turns: each looks at the position under the lock, and leaves out what the other has done.
"""

import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.imports import columns, judging, reading
from tradepost.imports.errors import NoSuchImport
from tradepost.imports.judging import Judged, Plan
from tradepost.imports.models import (
    DONE,
    FAILED,
    MAX_DETAIL,
    MAX_NAME,
    MAX_SKU,
    MAX_VALUE,
    RUNNING,
    FilePiece,
    Import,
)
from tradepost.imports.reading import Layout, Row
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, TradepostError

RUN = "tradepost.worker.imports.run"
ROWS_A_CHUNK = 2_000
TRIES = 5
PAUSE_S = 0.2
REFUSED_ROW = {
    "import_doc_id": "bigint", "row": "integer", "field": "text", "sku": "text", "name": "text", "value": "text",
    "detail": "text",
}  # fmt: skip

Progress = Callable[[Import], None]


def work_off(import_id: int, *, progress: Progress | None = None, actor: Actor, at: datetime) -> Import:
    """Work off the rows that are left of a running import, and say after every few thousand how far it is.

    Stops where somebody stopped it. Raises NoSuchImport, Denied, FileUnreadable, FileTooLarge, and then the import has
    failed, what was done so far stays, and it may be run again; Busy, and then it goes on when called again.
    """
    doc = Import.objects.select_related("store", "job").filter(pk=import_id).first()
    if doc is None:
        raise NoSuchImport(f"There is no import {import_id}")
    try:
        with closing(_chunks(doc)) as chunks:
            for chunk in chunks:
                doc = _patiently(lambda rows: _work_off(import_id, rows, actor, at), chunk)
                if progress:
                    progress(doc)
                if doc.state != RUNNING:
                    break
        return _finish(import_id, actor)
    except Busy:
        raise
    except TradepostError as refusal:
        if _fail(import_id, refusal, actor):
            raise
        return Import.objects.get(pk=import_id)  # another worker was done with it, and its file is gone


def _chunks(doc: Import) -> Generator[list[Row]]:
    """The rows left, in pieces. To be closed, and then the file is."""
    if doc.state != RUNNING:
        return
    with _file(doc) as file, closing(reading.rows(file, Layout(**doc.layout))) as rows:
        left = (row for row in columns.told_apart(doc.columns, rows) if row.number > doc.position)
        while chunk := list(islice(left, ROWS_A_CHUNK)):
            yield chunk


@contextmanager
def _file(doc: Import) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        for content in doc.pieces.order_by("position").values_list("content", flat=True).iterator(chunk_size=4):
            file.write(content)
        yield file


def _patiently(work: Callable[[Sequence[Row]], Import], rows: Sequence[Row]) -> Import:
    """The outcome of a transaction that may meet others at the same products. Raises Busy when it meets too many."""
    for tried in range(1, TRIES):
        try:
            return work(rows)
        except Busy:
            time.sleep(PAUSE_S * tried)
    return work(rows)


def _work_off(import_id: int, rows: Sequence[Row], actor: Actor, at: datetime) -> Import:
    """Carry out those of the rows that nobody has carried out, and move the position behind them."""
    with db.politely(), transaction.atomic(durable=True):
        doc = _locked(import_id)
        fresh = [row for row in rows if row.number > doc.position] if doc.state == RUNNING else []
        if not fresh:
            return doc
        plan = Plan(doc.kind, doc.columns, doc.store, f"import:{doc.pk}")
        judged = judging.judge(plan, fresh, dry=False, actor=actor, at=at)
        db.insert_rows("imports_refusedrow", REFUSED_ROW, [row for one in judged for row in _refused(doc, one)])
        for one in judged:
            setattr(doc, one.outcome, getattr(doc, one.outcome) + 1)
        doc.position = fresh[-1].number
        doc.save(update_fields=[*judging.ALL_OUTCOMES, "position"])
        return doc


def _refused(doc: Import, judged: Judged) -> Iterator[tuple[Any, ...]]:
    sku, name = judged.texts.get("sku", "")[:MAX_SKU], judged.texts.get("name", "")[:MAX_NAME]
    for fault in judged.faults:
        yield doc.pk, judged.row, fault.field, sku, name, fault.value[:MAX_VALUE], fault.detail[:MAX_DETAIL]


def _locked(import_id: int) -> Import:
    return Import.objects.select_related("store").select_for_update(of=("self",), no_key=True).get(pk=import_id)


def _finish(import_id: int, actor: Actor) -> Import:
    """Mark an import whose rows are all worked off as done, unless it was stopped, and let go of its file."""
    with db.politely(), transaction.atomic(durable=True):
        doc = _locked(import_id)
        if doc.state != RUNNING:
            return doc
        now = clock.now()
        doc.state, doc.finished_at, doc.total = DONE, now, doc.done + doc.refused
        FilePiece.objects.filter(import_doc=doc).delete()
        doc.save(update_fields=["state", "finished_at", "total"])
        after = _outcomes(doc)
        audit.record("imports.finished", subject=doc, actor=actor, at=now, after=after, store_id=doc.store_id)
        return doc


def _outcomes(doc: Import) -> dict[str, int]:
    return {outcome: getattr(doc, outcome) for outcome in judging.ALL_OUTCOMES}


def _fail(import_id: int, why: TradepostError, actor: Actor) -> bool:
    """Mark an import as failed for good, unless it runs no more; whether it did."""
    with db.politely(), transaction.atomic(durable=True):
        doc = _locked(import_id)
        if doc.state != RUNNING:
            return False
        now = clock.now()
        doc.state, doc.error, doc.finished_at = FAILED, why.message[:500], now
        doc.save(update_fields=["state", "error", "finished_at"])
        after = {"why": why.code, "position": doc.position, **_outcomes(doc)}
        audit.record("imports.failed", subject=doc, actor=actor, at=now, after=after, store_id=doc.store_id)
        return True
