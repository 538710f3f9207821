"""Looking at a file: how it is read, which column is which, what would become of its first rows. Nothing changes."""

import hashlib
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from tradepost.imports import columns, judging, reading
from tradepost.imports.errors import FileTooLarge, FileUnreadable
from tradepost.imports.judging import Judged, Plan
from tradepost.imports.models import KINDS, MAX_FILE_NAME, STOCK
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid
from tradepost.places.errors import StoreArchived
from tradepost.places.models import Store
from tradepost.places.queries import store as store_of

MOST_BYTES = 50 * 10**6
PREVIEWED_ROWS = 1000
SHOWN_ROWS = 20
SHOWN_FAULTS = 100
MOST_SHOWN = 200  # characters of a cell
PIECE = 2**20


class Checked(NamedTuple):
    """A file that can be imported: what it is, how it is read, and what would become of its first rows."""

    kind: str
    store: Store | None
    name: str
    size: int
    digest: str
    layout: reading.Layout
    fields: list[str]
    preview: dict[str, Any]


def check_file(
    name: str, file: BinaryIO, *, kind: str, store_id: int | None = None, actor: Actor, at: datetime
) -> Checked:
    """Read the first thousand rows as an import would, and count the others.

    Products take an administrator, stock a manager of the store. Raises Denied, Invalid, NoSuchStore, StoreArchived,
    FileUnreadable, FileTooLarge, ColumnsUnclear.
    """
    if kind not in KINDS or (kind == STOCK) != (store_id is not None):
        raise Invalid("An import is of products, or of the stock of one store")
    judging.require(kind, store_id, actor=actor)
    store = None if store_id is None else store_of(store_id)
    if store is not None and not store.is_open:
        raise StoreArchived(f"{store.name} is archived", store_id=store_id)
    size, digest = _measured(file)
    layout = reading.survey(file, lambda header: columns.known(kind, header))
    fields = columns.mapped(kind, layout.header)
    rows = list(islice(columns.told_apart(fields, reading.rows(file, layout)), PREVIEWED_ROWS))
    if not rows:
        raise FileUnreadable("There are no rows under the first one")
    judged = judging.judge(Plan(kind, fields, store), rows, dry=True, actor=actor, at=at)
    again = [row.number for row in rows if row.twin]
    preview = {
        **_preview(judged),
        "adds": dict(judging.new_groups(judged)),
        "again": len(again),
        "again_rows": again[:SHOWN_ROWS],
    }
    clean = "".join(sign for sign in name if sign.isprintable())[-MAX_FILE_NAME:] or "file"
    return Checked(kind, store, clean, size, digest, layout, fields, preview)


def _measured(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(PIECE):
        digest.update(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise FileTooLarge(f"A file has at most {MOST_BYTES // 10**6} MB")
    return size, digest.hexdigest()


def _preview(judged: list[Judged]) -> dict[str, Any]:
    """What is kept to be shown: the first rows as they are read, the first faults, and counts of all that was read."""
    rows = [{"row": one.row, "outcome": one.outcome, "values": _short(one.texts)} for one in judged[:SHOWN_ROWS]]
    faults = [
        {
            "row": one.row,
            **_short({"sku": one.texts.get("sku", ""), "name": one.texts.get("name", ""), **fault._asdict()}),
        }
        for one in judged
        for fault in one.faults
    ]
    counts = {outcome: sum(1 for one in judged if one.outcome == outcome) for outcome in judging.ALL_OUTCOMES}
    return {"checked": len(judged), **counts, "rows": rows, "refused_rows": faults[:SHOWN_FAULTS]}


def _short(texts: dict[str, str]) -> dict[str, str]:
    return {name: text[:MOST_SHOWN] for name, text in texts.items()}
