"""Reading the file: invoices in the order of their first lines, prices exact in thousandths of a pound."""

import csv
import lzma
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from tradepost.lib.errors import Invalid, Missing
from tradepost.lib.rounding import divide_half_even

COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
# An invoice may be interrupted by a few others (one is); it counts as complete when that many have begun after it.
INTERLEAVED = 4
# Codes that are no goods: carriage, discount, manual, samples, bad debt, fees, charity, vouchers.
NOT_GOODS = {"POST", "DOT", "C2", "D", "M", "S", "B", "CRUK", "PADS", "AMAZONFEE", "BANK CHARGES"}
VOUCHER = "GIFT_"


class Line(NamedTuple):
    """A line as the file has it; the price in thousandths of a pound."""

    code: str
    description: str
    quantity: int
    price_e3: int

    @property
    def amount_minor(self) -> int:
        """Pence, rounded half-even, below zero where the quantity or the price is."""
        return divide_half_even(self.quantity * self.price_e3, 10)

    @property
    def unit_price_minor(self) -> int:
        """Pence for a piece, rounded half-even."""
        return divide_half_even(self.price_e3, 10)


class Invoice(NamedTuple):
    """An invoice with its lines; `at` is naive, by the shop's clock."""

    number: str
    at: datetime
    customer: str
    country: str
    lines: list[Line]

    @property
    def is_return(self) -> bool:
        """Whether it cancels: `C…`."""
        return self.number.startswith("C")

    @property
    def is_adjustment(self) -> bool:
        """Whether it adjusts bad debt: `A…`."""
        return self.number.startswith("A")

    @property
    def is_write_off(self) -> bool:
        """Whether goods only went: a negative quantity without a `C`."""
        return not self.is_return and not self.is_adjustment and self.lines[0].quantity < 0


def is_goods(code: str) -> bool:
    """Whether a stock code stands for goods; the others are money only."""
    upper = code.strip().upper()
    return upper not in NOT_GOODS and not upper.startswith(VOUCHER)


@contextmanager
def _text(path: Path) -> Iterator[TextIO]:
    if not path.is_file():
        raise Missing(f"There is no file {path}")
    if path.suffix == ".xz":
        with lzma.open(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    else:
        with path.open(encoding="utf-8-sig", newline="") as text:
            yield text


def read(path: Path, limit: int | None = None) -> Iterator[Invoice]:
    """The invoices of the first `limit` lines, the last one to its end. Raises Missing, Invalid naming the wrong line.

    An invoice cut in two would stand for ever with half its lines.
    """
    prices: dict[str, int] = {}
    words: dict[str, str] = {}  # the same few thousand codes and descriptions half a million times
    opened: dict[str, Invoice] = {}
    order: deque[str] = deque()
    beyond: set[str] = set()  # invoices that began after the limit
    with _text(path) as text:
        rows = csv.reader(text)
        try:
            if next(rows, None) != COLUMNS:
                raise Invalid(f"{path.name} is not the Online Retail file: its first line is not {','.join(COLUMNS)}")
            for row in rows:
                if limit is not None and rows.line_num > limit + 1 and row[0] not in opened:
                    beyond.add(row[0])
                    if len(beyond) > INTERLEAVED:
                        break
                    continue
                number, line = row[0], _line(row, prices, words)
                if number not in opened:
                    opened[number] = _opened(row)
                    order.append(number)
                    if len(order) > INTERLEAVED:
                        yield opened.pop(order.popleft())
                opened[number].lines.append(line)
        except (ValueError, IndexError, csv.Error, lzma.LZMAError, EOFError, UnicodeDecodeError) as error:
            raise Invalid(f"{path.name}, line {rows.line_num}: {error}") from error
    for number in order:
        yield opened[number]


def _opened(row: Sequence[str]) -> Invoice:
    return Invoice(row[0], datetime.fromisoformat(row[4]), row[6], row[7], [])


def _line(row: Sequence[str], prices: dict[str, int], words: dict[str, str]) -> Line:
    price = prices.get(row[5])
    if price is None:
        price = prices[row[5]] = _thousandths(row[5])
    code, description = row[1], row[2]
    return Line(words.setdefault(code, code), words.setdefault(description, description), int(row[3]), price)


def _thousandths(text: str) -> int:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = digits.partition(".")
    if len(fraction) > 3:
        raise ValueError(f"{text} is finer than a thousandth of a pound")
    return sign * (int(whole) * 1000 + int(fraction.ljust(3, "0")))
