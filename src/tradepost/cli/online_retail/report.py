"""The report at the end: each figure of the file beside the same figure read back from the books."""

from typing import Any
from zoneinfo import ZoneInfo

from tradepost.books import services as books
from tradepost.cli.online_retail.figures import Largest, file_figures
from tradepost.cli.online_retail.runner import Outcome
from tradepost.lib import clock, money
from tradepost.lib.actor import Actor
from tradepost.till import queries as till
from tradepost.till import totals

# What only the file can say: the books keep neither folded spellings nor prices finer than a penny.
FILE_ONLY = ("stock_codes_folded", "lines_at_price_zero", "invoice_code_pairs_repeated")


def books_figures(store_id: int, actor: Actor) -> dict[str, Any]:
    """The same figures by the same names, from the store's documents and journal."""
    sales, returns = totals.sales(store_id), totals.returns(store_id)
    lost, adjusted = totals.write_offs(store_id), totals.adjustments(store_id)
    wares = totals.by_product(store_id)
    if adjusted.documents:  # their code, B, stands on no line of goods
        lines, net = wares.get("B", (0, 0))
        wares["B"] = lines + adjusted.lines, net + adjusted.amount_minor
    days = _days(store_id, actor)
    covered = totals.coverage(store_id)
    by_lines = sorted(((code, n) for code, (n, _) in wares.items()), key=lambda row: (-row[1], row[0]))[:5]
    by_net = sorted(((code, net) for code, (_, net) in wares.items()), key=lambda row: (-row[1], row[0]))[:5]
    return {
        "lines": sales.lines + returns.lines + lost.lines + adjusted.lines,
        "invoices": sales.documents + returns.documents + lost.documents + adjusted.documents,
        "invoices_plain": sales.documents + lost.documents,
        "invoices_cancelled": returns.documents,
        "invoices_adjusted": adjusted.documents,
        "trading_days": len(days),
        "customers": totals.customers(store_id),
        "lines_without_customer": totals.lines_without_customer(store_id),
        "stock_codes": len(wares),
        "sale_lines": sales.lines,
        "sale_amount": money.plain(sales.amount_minor),
        "return_lines": returns.lines,
        "return_amount": money.plain(-returns.amount_minor),
        "return_pieces": -returns.pieces,
        "adjustment_lines": adjusted.lines,
        "adjustment_amount": money.plain(adjusted.amount_minor),
        "write_off_lines": lost.lines,
        "write_off_pieces": -lost.pieces,
        "net_amount": money.plain(totals.revenue(store_id)),
        "net_quantity": sales.pieces - returns.pieces - lost.pieces + adjusted.pieces,
        "top_by_lines": [list(row) for row in by_lines],
        "top_by_net": [[code, money.plain(net)] for code, net in by_net],
        "largest_sale": _largest(totals.largest_sale(store_id)),
        "largest_return": _largest(totals.largest_return(store_id)),
        "returns_with_customer_fully_covered": covered.fully,
        "returns_with_customer_partly_covered": covered.partly,
        "returns_with_customer_not_covered": covered.none,
        "days": days,
    }


def _days(store_id: int, actor: Actor) -> dict[str, list[Any]]:
    """Lines, documents and net revenue of each day something was traded; the money summed from the journal."""
    counted = totals.by_day(store_id)
    if not counted:
        return {}
    net = till.revenue_by_day(store_id, min(counted), max(counted), actor)
    return {
        day.isoformat(): [lines, documents, money.plain(net.get(day, 0))]
        for day, (documents, lines) in sorted(counted.items())
    }


def _largest(found: totals.Largest | None) -> list[Any]:
    if found is None:
        return Largest().figure()
    naive = found.at.astimezone(ZoneInfo(found.time_zone)).replace(tzinfo=None)
    return Largest(found.amount_minor, found.pieces, found.number.rpartition(":")[2], naive.isoformat()).figure()


def report(outcome: Outcome, *, actor: Actor) -> dict[str, Any]:
    """Every figure twice, the differences between them, and what reconcile and verify found."""
    expected = file_figures(outcome.survey)
    found = books_figures(outcome.store_id, actor)
    rows = [
        {"figure": name, "file": value, "books": None if name in FILE_ONLY else found[name]}
        for name, value in expected.items()
    ]
    wrong = [row for row in rows if row["figure"] not in FILE_ONLY and row["file"] != row["books"]]
    started = clock.now()
    proof = books.prove(actor=actor, at=started)
    return {
        "store_id": outcome.store_id,
        "lines_booked_now": outcome.booked_lines,
        "lines_booked_before": outcome.standing_lines,
        "seconds": round(outcome.seconds, 1),
        "lines_a_second": round(outcome.lines_a_second),
        "cost_of_a_line_last_to_first_tenth": outcome.growth() and round(outcome.growth() or 0, 2),
        "figures": rows,
        "figures_that_differ": [row["figure"] for row in wrong],
        "proof_seconds": round((clock.now() - started).total_seconds(), 1),
        "differences": proof.differences,
        "proof": proof.findings,
    }
