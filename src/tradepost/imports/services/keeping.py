"""An import's life: its file is kept in pieces, it is started and stopped, and left alone it loses its file."""

from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.imports import judging
from tradepost.imports.errors import (
    FileForgotten,
    ImportNotRunning,
    ImportOver,
    ImportRepeated,
    ImportRunning,
    NoSuchImport,
)
from tradepost.imports.models import DONE, PAUSED, RUNNING, FilePiece, Import
from tradepost.imports.queries import imports, received_before
from tradepost.imports.services.checking import Checked
from tradepost.imports.services.running import RUN
from tradepost.intake import services as intake
from tradepost.lib.actor import Actor
from tradepost.places.models import Store

PIECE = 2**20
KEEP = timedelta(days=30)


@transaction.atomic
def add_import(checked: Checked, file: BinaryIO, *, actor: Actor, at: datetime) -> Import:
    """Keep a file that was checked, to be run later. Raises Denied."""
    judging.require(checked.kind, checked.store.pk if checked.store else None, actor=actor)
    layout = checked.layout
    doc = Import.objects.create(
        kind=checked.kind,
        store=checked.store,
        file_name=checked.name,
        size=checked.size,
        digest=checked.digest,
        layout=layout._asdict(),
        columns=checked.fields,
        preview=checked.preview,
        total=layout.total,
        created_by_id=actor.user_id,
        created_at=at,
    )
    file.seek(0)
    position = 0
    while piece := file.read(PIECE):
        FilePiece.objects.create(import_doc=doc, position=position, content=piece)
        position += 1
    _record("imports.file_taken", doc, actor, at)
    return doc


@transaction.atomic
def run_import(import_id: int, *, is_again: bool = False, by_worker: bool = True, actor: Actor, at: datetime) -> Import:
    """Start an import, or go on with one that was stopped or failed, by a worker unless told otherwise.

    A file whose goods were received before is received once more only if `is_again` says so. Raises NoSuchImport,
    Denied, ImportOver, ImportRunning, ImportRepeated, FileForgotten.
    """
    doc = _locked(import_id, actor)
    if doc.state == DONE:
        raise ImportOver(import_id=doc.pk)
    if doc.standing == RUNNING and doc.job is not None:
        raise ImportRunning(import_id=doc.pk)
    if not doc.pieces.exists():
        raise FileForgotten(import_id=doc.pk)
    if doc.store_id and doc.started_at is None and not is_again:
        _require_new(doc, doc.store_id)
    doc.state, doc.error, doc.finished_at = RUNNING, "", None
    doc.started_at = doc.started_at or at
    doc.job = intake.enqueue(RUN, actor=actor, at=at, import_id=doc.pk) if by_worker else None
    doc.save(update_fields=["state", "error", "started_at", "finished_at", "job"])
    _record("imports.started", doc, actor, at)
    return doc


@transaction.atomic
def pause_import(import_id: int, *, actor: Actor, at: datetime) -> Import:
    """Stop an import after the rows in hand; it can be gone on with. Raises NoSuchImport, Denied, ImportNotRunning."""
    doc = _locked(import_id, actor)
    if doc.state != RUNNING:
        raise ImportNotRunning(import_id=doc.pk)
    doc.state = PAUSED
    doc.save(update_fields=["state"])
    _record("imports.paused", doc, actor, at)
    return doc


def forget_old_files(*, at: datetime, limit: int = 100) -> int:
    """Let go of up to `limit` pieces of files nobody has run for 30 days; what was refused and counted stays."""
    left = Import.objects.exclude(state__in=(RUNNING, DONE)).filter(created_at__lt=at - KEEP)
    old = list(FilePiece.objects.filter(import_doc__in=left).order_by("id").values_list("id", flat=True)[:limit])
    return FilePiece.objects.filter(id__in=old).delete()[0]


def _require_new(doc: Import, store_id: int) -> None:
    """Refuse a file of stock that was taken before. The store is held, so of two started at once one sees the other."""
    list(Store.objects.select_for_update(no_key=True).filter(pk=store_id).order_by().values_list("pk"))
    before = received_before(store_id, doc.digest, but=doc.pk)
    if before is not None:
        told = f"{ImportRepeated.title}, by import {before.pk}; if the same came once more, say so (again)"
        raise ImportRepeated(told, import_id=before.pk)


def _locked(import_id: int, actor: Actor) -> Import:
    doc = imports(actor).select_for_update(of=("self",), no_key=True).filter(pk=import_id).first()
    if doc is None:
        raise NoSuchImport(f"There is no import {import_id}")
    judging.require(doc.kind, doc.store_id, actor=actor)
    return doc


def _record(action: str, doc: Import, actor: Actor, at: datetime) -> None:
    after = {"kind": doc.kind, "file": doc.file_name, "digest": doc.digest, "position": doc.position}
    audit.record(action, subject=doc, actor=actor, at=at, after=after, store_id=doc.store_id)
