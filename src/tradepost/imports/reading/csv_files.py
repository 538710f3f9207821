"""CSV: UTF-8, UTF-16 or Windows-1252; commas, semicolons, tabs or bars; with or without Excel's `sep=` line."""

import codecs
import csv
import io
from collections.abc import Generator, Iterator
from itertools import islice
from typing import BinaryIO

from tradepost.imports.errors import FileTooLarge, FileUnreadable
from tradepost.imports.reading.shapes import CSV, MOST_COLUMNS, MOST_ROWS, Layout, Row, Score
from tradepost.lib import tables

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
GUESSES = ("utf-8", "cp1252")
DELIMITERS = ",;\t|"
PIECE = 2**20
HEADER_WITHIN = 20  # rows


def survey(file: BinaryIO, score: Score) -> Layout:
    """How to read the file, by reading all of it once. Raises FileUnreadable, FileTooLarge."""
    encoding = _encoding(file)
    layouts = [found for mark in DELIMITERS if (found := _header(file, encoding, mark))]
    if not layouts:
        raise FileUnreadable("There is nothing in this file")
    best = max(layouts, key=lambda layout: (score(layout.header), len(layout.header)))
    total = 0
    for row in _filled(file, best):
        total += 1
        if row.number > MOST_ROWS + best.header_row:
            raise FileTooLarge(f"A file has at most {MOST_ROWS:,} rows")
    return best._replace(total=total)


def rows(file: BinaryIO, layout: Layout) -> Generator[Row]:
    """The rows under the header that hold something. Raises FileUnreadable."""
    for row in _filled(file, layout):
        yield Row(row.number, [tables.unguarded(cell.strip()) for cell in row.cells])


def _filled(file: BinaryIO, layout: Layout) -> Iterator[Row]:
    """The rows under the header that hold something, as they stand."""
    rows = _rows(file, layout.encoding, layout.delimiter)
    return (row for row in rows if row.number > layout.header_row and any(row.cells))


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    start = file.read(4)
    for bom, encoding in BOMS.items():
        if start.startswith(bom):
            return encoding
    found = next((encoding for encoding in GUESSES if _decodes(file, encoding)), None)
    if found is None:
        raise FileUnreadable("This is neither UTF-8 nor Windows-1252: save it as CSV UTF-8")
    return found


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while piece := file.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _header(file: BinaryIO, encoding: str, delimiter: str) -> Layout | None:
    """The first row that holds something, as it reads with this delimiter; Excel's own line before it is skipped."""
    for row in islice(_rows(file, encoding, delimiter), HEADER_WITHIN):
        cells = [cell.strip() for cell in row.cells]
        is_hint = row.number == 1 and "".join(cells).lower() == "sep="
        if any(cells) and not is_hint:
            if len(cells) > MOST_COLUMNS:
                raise FileTooLarge(f"A file has at most {MOST_COLUMNS} columns")
            return Layout(CSV, encoding, delimiter, row.number, cells, 0)
    return None


def _rows(file: BinaryIO, encoding: str, delimiter: str) -> Generator[Row]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=delimiter), 1):
            yield Row(number, cells)
    except (csv.Error, UnicodeError) as error:
        raise FileUnreadable(f"Row {number + 1:,} cannot be read: {error}") from None
    finally:
        text.detach()  # else the file would be closed with it
