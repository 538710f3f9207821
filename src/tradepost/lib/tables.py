"""Tables as files that people open in a spreadsheet: CSV and XLSX, written as a stream.

A text that a spreadsheet would take for a formula is kept from running. In CSV an apostrophe goes before it, which
`unguarded` takes away again, so that what was exported can be imported; in XLSX a cell says that it is text.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

BOM = "\ufeff"  # without it spreadsheets take UTF-8 for something older
ROWS_A_PIECE = 1000
PIECE = 1 << 16
RUNNING = re.compile(r"'*[=+\-@\t\r]")
GUARDED = re.compile(r"'+[=+\-@\t\r]")

Cell = str | int | Decimal | None
Rows = Iterable[Sequence[Cell]]


def guarded(text: str) -> str:
    """The text as CSV may hold it: no spreadsheet takes it for a formula."""
    return f"'{text}" if RUNNING.match(text) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given; any other stays as it is."""
    return text[1:] if text.startswith("'") and GUARDED.match(text) else text


def csv_pieces(header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """A CSV file in pieces: UTF-8, commas, lines that end as the standard wants. Numbers are written as they are."""
    yield (BOM + _lines([header])).encode()
    left = iter(rows)
    while piece := list(islice(left, ROWS_A_PIECE)):
        yield _lines(piece).encode()


def _lines(rows: Rows) -> str:
    text = io.StringIO()
    plain = ([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    csv.writer(text).writerows(plain)
    return text.getvalue()


def write_xlsx(file: IO[bytes], title: str, header: Sequence[str], rows: Rows) -> None:
    """Write an XLSX file of one sheet, row by row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)

    def text(value: str) -> Any:
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell

    sheet.freeze_panes = "A2"
    for row in chain([header], rows):
        sheet.append([text(cell) if isinstance(cell, str) and cell.startswith("=") else cell for cell in row])
    book.save(file)


def xlsx_pieces(title: str, header: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """An XLSX file in pieces; it is written whole first, since its parts refer to each other."""
    with tempfile.TemporaryFile() as file:
        write_xlsx(file, title, header, rows)
        file.seek(0)
        yield from iter(partial(file.read, PIECE), b"")
