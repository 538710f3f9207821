"""Files as people bring them, and what an import makes of them."""

import io
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from tests import make
from tradepost.imports import services as imports
from tradepost.imports.models import Import
from tradepost.imports.services import Checked
from tradepost.lib.actor import Actor
from tradepost.places.models import Store

PRODUCT_HEADER = "SKU,Name,Price,Cost,Category,Barcode"


def csv_file(*lines: str, encoding: str = "utf-8", end: str = "\r\n") -> BinaryIO:
    """A CSV file of these lines."""
    return io.BytesIO(end.join([*lines, ""]).encode(encoding))


def xlsx_file(*rows: Sequence[Any], change: Callable[[Workbook], None] | None = None) -> BinaryIO:
    """A workbook whose first sheet has these rows."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    if change:
        change(book)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    return file


def sent(*lines: str, name: str = "goods.csv") -> SimpleUploadedFile:
    """A CSV file as a form sends it."""
    return SimpleUploadedFile(name, csv_file(*lines).read(), "text/csv")


def products(count: int, *, first: int = 0, price: str = "2.50") -> BinaryIO:
    """A file of so many sound products."""
    lines = [f"P{i:06},Product {i},{price},1.00,Category {i % 7},b{i}" for i in range(first, first + count)]
    return csv_file(PRODUCT_HEADER, *lines)


def check(file: BinaryIO, *, store: Store | None = None, actor: Actor | None = None) -> Checked:
    """What would become of a file: of stock where a store is named, of products where not."""
    kind = "stock" if store else "products"
    store_id = store.pk if store else None
    return imports.check_file(
        "goods.csv", file, kind=kind, store_id=store_id, actor=actor or make.console(), at=make.AT
    )


def brought(file: BinaryIO, *, store: Store | None = None, actor: Actor | None = None) -> Import:
    """An import nobody has run."""
    checked = check(file, store=store, actor=actor)
    return imports.add_import(checked, file, actor=actor or make.console(), at=make.AT)


def started(file: BinaryIO, *, store: Store | None = None, actor: Actor | None = None) -> Import:
    """An import that was started, without a worker to work at it."""
    doc = brought(file, store=store, actor=actor)
    return imports.run_import(doc.pk, by_worker=False, actor=actor or make.console(), at=make.AT)


def worked_off(doc: Import, actor: Actor | None = None) -> Import:
    """The import after somebody worked at it."""
    return imports.work_off(doc.pk, actor=actor or make.console(), at=make.AT)


def imported(file: BinaryIO, *, store: Store | None = None, actor: Actor | None = None) -> Import:
    """An import that was run to its end."""
    return worked_off(started(file, store=store, actor=actor), actor)


def counts(doc: Import) -> tuple[int, int, int, int]:
    """Rows added, changed, the same, refused."""
    return doc.added, doc.changed, doc.same, doc.refused


def reasons(doc: Import) -> list[tuple[int, str, str]]:
    """Row, field and sentence of what was refused."""
    return list(doc.refused_rows.order_by("row", "field").values_list("row", "field", "detail"))
