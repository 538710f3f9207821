"""Which kind of file it is decides its first bytes, not its name."""

from collections.abc import Generator
from typing import BinaryIO

from tradepost.imports.errors import FileUnreadable
from tradepost.imports.reading import csv_files, xlsx_files
from tradepost.imports.reading.shapes import XLSX, Layout, Row, Score

NO_NUL = "\ufffd"  # no database stores the character NUL
PACKED, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def survey(file: BinaryIO, score: Score) -> Layout:
    """How to read a file, its header being the first row that holds something. Raises FileUnreadable, FileTooLarge.

    `score` says how many names of columns in a row are known: of the ways to cut a line the one that makes sense wins.
    """
    file.seek(0)
    start = file.read(4)
    if start == OLD_EXCEL:
        raise FileUnreadable("This is a file of Excel 2003 or older, or a locked one: save it as XLSX or CSV")
    return xlsx_files.survey(file, score) if start == PACKED else csv_files.survey(file, score)


def rows(file: BinaryIO, layout: Layout) -> Generator[Row]:
    """The rows under the header that hold something, without NUL. Raises FileUnreadable, FileTooLarge."""
    read = xlsx_files.rows if layout.kind == XLSX else csv_files.rows
    for row in read(file, layout):
        has_nul = any("\0" in cell for cell in row.cells)
        yield Row(row.number, [cell.replace("\0", NO_NUL) for cell in row.cells]) if has_nul else row
