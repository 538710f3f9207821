"""What a year of trade comes to: one set of figures, counted twice, in the file and in the books."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tradepost.cli.online_retail.reader import Invoice, Line, is_goods
from tradepost.lib import money


@dataclass(slots=True)
class Day:
    """A day's lines, invoices and net amount in pence."""

    lines: int = 0
    invoices: int = 0
    net_minor: int = 0


@dataclass(slots=True)
class Wares:
    """What the catalogue learns of a code: its first description and its first price above zero."""

    name: str = ""
    price_minor: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Largest:
    """An invoice of note: its amount and pieces as positive numbers, its number and its naive moment."""

    amount_minor: int = 0
    pieces: int = 0
    number: str = ""
    at: str = ""

    def figure(self) -> list[Any]:
        """As the report shows it."""
        return [self.number, self.pieces, money.plain(self.amount_minor), self.at]


@dataclass(slots=True)
class Survey:
    """The file read once: its figures, catalogue and customers, and what each month takes off the shelf."""

    lines: int = 0
    zero_priced: int = 0
    repeated_codes: int = 0
    without_customer: int = 0
    invoices: Counter[str] = field(default_factory=Counter)
    kind_lines: Counter[str] = field(default_factory=Counter)
    kind_minor: Counter[str] = field(default_factory=Counter)
    kind_pieces: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    code_lines: Counter[str] = field(default_factory=Counter)
    code_minor: Counter[str] = field(default_factory=Counter)
    days: dict[date, Day] = field(default_factory=dict)
    wares: dict[str, Wares] = field(default_factory=dict)
    customers: dict[str, str] = field(default_factory=dict)
    demand: dict[str, Counter[str]] = field(default_factory=dict)
    bought: Counter[tuple[str, str]] = field(default_factory=Counter)
    largest: dict[str, Largest] = field(default_factory=dict)


def survey(invoices: Iterable[Invoice]) -> Survey:
    """Count everything the books must come out to, straight from the file."""
    found = Survey()
    for invoice in invoices:
        _count(invoice, found)
    found.bought.clear()
    return found


def kind_of(invoice: Invoice) -> str:
    """What an invoice becomes: a sale, a return, a write-off or an adjustment."""
    if invoice.is_return:
        return "return"
    if invoice.is_adjustment:
        return "adjustment"
    return "write-off" if invoice.is_write_off else "sale"


def month_of(invoice: Invoice) -> str:
    """The month goods are ordered for, as `2011-06`."""
    return f"{invoice.at:%Y-%m}"


def _count(invoice: Invoice, found: Survey) -> None:
    kind = kind_of(invoice)
    day = found.days.setdefault(invoice.at.date(), Day())
    day.invoices += 1
    day.lines += len(invoice.lines)
    found.invoices[kind] += 1
    found.lines += len(invoice.lines)
    found.kind_lines[kind] += len(invoice.lines)
    if invoice.customer:
        found.customers.setdefault(invoice.customer, invoice.country)
    else:
        found.without_customer += len(invoice.lines)
    found.repeated_codes += sum(n > 1 for n in Counter(line.code for line in invoice.lines).values())
    size = Largest(
        abs(sum(line.amount_minor for line in invoice.lines)),
        abs(sum(line.quantity for line in invoice.lines)),
        invoice.number,
        invoice.at.isoformat(),
    )
    found.largest[kind] = max(found.largest.get(kind, Largest()), size)
    demand = found.demand.setdefault(month_of(invoice), Counter())
    for line in invoice.lines:
        amount = line.amount_minor
        day.net_minor += amount
        found.kind_minor[kind] += amount
        found.kind_pieces[kind] += line.quantity
        found.zero_priced += line.price_e3 == 0
        found.code_lines[line.code] += 1
        found.code_minor[line.code] += amount
        _learn(line, found)
        if kind in {"sale", "write-off"} and is_goods(line.code):
            demand[line.code] += abs(line.quantity)
        if invoice.customer:
            _cover(invoice, line, found)


def _learn(line: Line, found: Survey) -> None:
    wares = found.wares.get(line.code)
    if wares is None:
        wares = found.wares[line.code] = Wares()
    if not wares.name:
        wares.name = line.description.strip()
    if not wares.price_minor and line.price_e3 > 0:
        wares.price_minor = line.unit_price_minor


def _cover(invoice: Invoice, line: Line, found: Survey) -> None:
    """How far a customer's returns reach into the earlier purchases of the same code."""
    spot = invoice.customer, line.code
    if not invoice.is_return:
        found.bought[spot] += max(line.quantity, 0)
        return
    matched = min(found.bought[spot], -line.quantity)
    found.bought[spot] -= matched
    found.covered["fully" if matched == -line.quantity else "partly" if matched else "not"] += 1


def file_figures(found: Survey) -> dict[str, Any]:
    """The figures of the file by name. Amounts are decimal strings, days by ISO date."""
    days = {day.isoformat(): [d.lines, d.invoices, money.plain(d.net_minor)] for day, d in sorted(found.days.items())}
    by_net = sorted(found.code_minor.items(), key=lambda item: (-item[1], item[0]))[:5]
    by_lines = sorted(found.code_lines.items(), key=lambda item: (-item[1], item[0]))[:5]
    return {
        "lines": found.lines,
        "invoices": sum(found.invoices.values()),
        "invoices_plain": found.invoices["sale"] + found.invoices["write-off"],
        "invoices_cancelled": found.invoices["return"],
        "invoices_adjusted": found.invoices["adjustment"],
        "trading_days": len(found.days),
        "customers": len(found.customers),
        "lines_without_customer": found.without_customer,
        "stock_codes": len(found.wares),
        "stock_codes_folded": len({code.strip().upper() for code in found.wares}),
        "sale_lines": found.kind_lines["sale"],
        "sale_amount": money.plain(found.kind_minor["sale"]),
        "return_lines": found.kind_lines["return"],
        "return_amount": money.plain(found.kind_minor["return"]),
        "return_pieces": found.kind_pieces["return"],
        "adjustment_lines": found.kind_lines["adjustment"],
        "adjustment_amount": money.plain(found.kind_minor["adjustment"]),
        "write_off_lines": found.kind_lines["write-off"],
        "write_off_pieces": found.kind_pieces["write-off"],
        "net_amount": money.plain(sum(found.kind_minor.values())),
        "net_quantity": sum(found.kind_pieces.values()),
        "top_by_lines": [list(row) for row in by_lines],
        "top_by_net": [[code, money.plain(minor)] for code, minor in by_net],
        "largest_sale": found.largest.get("sale", Largest()).figure(),
        "largest_return": found.largest.get("return", Largest()).figure(),
        "returns_with_customer_fully_covered": found.covered["fully"],
        "returns_with_customer_partly_covered": found.covered["partly"],
        "returns_with_customer_not_covered": found.covered["not"],
        "days": days,
        "lines_at_price_zero": found.zero_priced,
        "invoice_code_pairs_repeated": found.repeated_codes,
    }
