"""What both kinds of files are read as, and how much of it there may be."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

CSV, XLSX = "csv", "xlsx"
MOST_ROWS = 1_000_000
MOST_COLUMNS = 100

Score = Callable[[Sequence[str]], int]  # how many names of columns in a row are known


class Row(NamedTuple):
    """A row under the number a spreadsheet shows beside it; its cells as text.

    `twin` is the number of the first row before it that is about the same thing, 0 where there is none.
    """

    number: int
    cells: Sequence[str]
    twin: int = 0


class Layout(NamedTuple):
    """How to read a file: its kind, the row that names its columns, and about how many rows follow it."""

    kind: str
    encoding: str
    delimiter: str
    header_row: int
    header: Sequence[str]
    total: int
