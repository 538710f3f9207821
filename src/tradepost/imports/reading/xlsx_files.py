"""XLSX: the first sheet, row by row, formulas as the values they had when the file was saved.

Such a file is packed, and a small one may hide a huge one: what it says it unpacks to is limited, and no more than that
is ever unpacked.
"""

import re
import warnings
import zipfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError
from zlib import error as ZlibError  # noqa: N812

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tradepost.imports.errors import FileTooLarge, FileUnreadable
from tradepost.imports.reading.shapes import MOST_COLUMNS, MOST_ROWS, XLSX, Layout, Row, Score

MOST_UNPACKED = 1024 * 2**20
MOST_BESIDES_SHEETS = 200 * 2**20  # shared texts are held in memory
HEADER_WITHIN = 20  # rows
EXACT_DIGITS = 15  # what a spreadsheet shows of a number; the rest is noise of its arithmetic
ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
PIECE = 2**20
BROKEN = (
    zipfile.BadZipFile, InvalidFileException, ParseError, ZlibError, KeyError, ValueError, TypeError, IndexError,
    AttributeError, OverflowError, EOFError, RuntimeError,
)  # fmt: skip
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")  # of decoration it does not know


def survey(file: BinaryIO, score: Score) -> Layout:
    """How to read the file; how many rows there are is what the file says. Raises FileUnreadable, FileTooLarge."""
    with _sheet(file) as sheet:
        told = sheet.max_row or _count(file, sheet)
        if told > MOST_ROWS + HEADER_WITHIN:
            raise FileTooLarge(f"A file has at most {MOST_ROWS:,} rows")
        for number, values in enumerate(_values(sheet, MOST_COLUMNS, HEADER_WITHIN), 1):
            cells = [_text(value) for value in values]
            if any(cells):
                header = cells[: max(i for i, cell in enumerate(cells, 1) if cell)]
                return Layout(XLSX, "", "", number, header, max(told - number, 0))
    raise FileUnreadable("There is nothing on the first sheet of this file")


def rows(file: BinaryIO, layout: Layout) -> Generator[Row]:
    """The rows under the header that hold something. Raises FileUnreadable, FileTooLarge."""
    with _sheet(file) as sheet:
        values = _values(sheet, len(layout.header), MOST_ROWS + layout.header_row + 1)
        for number, row in enumerate(values, 1):
            if number <= layout.header_row:
                continue
            cells = [_text(value) for value in row]
            if any(cells):
                if number > MOST_ROWS + layout.header_row:
                    raise FileTooLarge(f"A file has at most {MOST_ROWS:,} rows")
                yield Row(number, cells)


def _count(file: BinaryIO, sheet: Any) -> int:
    """How many rows a sheet has that does not say so."""
    path = sheet._worksheet_path  # noqa: SLF001  # told to nobody else
    count, tail = 0, b""
    try:
        with zipfile.ZipFile(file) as packed, packed.open(path) as part:
            while piece := part.read(PIECE):
                tail += piece
                cut = tail.rfind(b"<")
                count += len(ROW.findall(tail, 0, cut))
                tail = tail[cut:]
    except BROKEN as error:
        raise FileUnreadable(f"This XLSX file is broken: {error}"[:200]) from None
    return count


@contextmanager
def _sheet(file: BinaryIO) -> Iterator[Any]:
    file.seek(0)
    _check_size(file)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except BROKEN as error:
        raise FileUnreadable(f"This XLSX file is broken: {error}"[:200]) from None
    try:
        if not book.worksheets:
            raise FileUnreadable("There is no sheet in this file")
        yield book.worksheets[0]
    finally:
        book.close()


def _check_size(file: BinaryIO) -> None:
    """What is unpacked is never more than the file says: who says too little is stopped there."""
    try:
        with zipfile.ZipFile(file) as packed:
            sizes = {part.filename: part.file_size for part in packed.infolist()}
    except BROKEN as error:
        raise FileUnreadable(f"This XLSX file is broken: {error}"[:200]) from None
    besides = sum(size for name, size in sizes.items() if not name.startswith("xl/worksheets/"))
    if sum(sizes.values()) > MOST_UNPACKED or besides > MOST_BESIDES_SHEETS:
        raise FileTooLarge("This file unpacks to more than one import takes; save it as CSV")


def _values(sheet: Any, most_columns: int, most_rows: int) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # some programs write wrong ones
    left = sheet.iter_rows(min_row=1, max_row=most_rows, max_col=most_columns, values_only=True)
    try:
        yield from islice(left, most_rows)
    except BROKEN as error:
        raise FileUnreadable(f"This XLSX file is broken: {error}"[:200]) from None


def _text(value: Any) -> str:
    """A cell as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**EXACT_DIGITS else f"{value:.{EXACT_DIGITS}g}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
