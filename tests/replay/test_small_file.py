"""A hand-made file with everything the real one has: each figure known beforehand, each line booked exactly once."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests import make, picture
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.models import Posting
from tradepost.catalog.models import Product
from tradepost.cli.online_retail.reader import read
from tradepost.cli.online_retail.report import report
from tradepost.cli.online_retail.runner import Outcome, Progress, replay
from tradepost.lib.errors import Invalid, Missing
from tradepost.places.models import Store
from tradepost.till.models import Return, ReturnLine, Sale, SaleLine, StockEntry

pytestmark = pytest.mark.django_db

SMALL = Path(__file__).parent / "small.csv"

FIGURES = {
    "lines": 15,
    "invoices": 12,
    "invoices_plain": 7,
    "invoices_cancelled": 4,
    "invoices_adjusted": 1,
    "trading_days": 2,
    "customers": 3,
    "lines_without_customer": 5,
    "stock_codes": 6,
    "sale_lines": 9,
    "sale_amount": "62.15",
    "return_lines": 4,
    "return_amount": "-65.50",
    "return_pieces": -25,
    "adjustment_lines": 1,
    "adjustment_amount": "-20.00",
    "write_off_lines": 1,
    "write_off_pieces": -2,
    "net_amount": "-23.35",
    "net_quantity": 3,
    "returns_with_customer_fully_covered": 1,
    "returns_with_customer_partly_covered": 1,
    "returns_with_customer_not_covered": 1,
    "days": {"2010-11-30": [13, 10, "-23.35"], "2010-12-01": [2, 2, "0.00"]},
    "lines_at_price_zero": 2,
    "invoice_code_pairs_repeated": 1,
}


def quietly(done: int, total: int) -> None:
    """Whoever looks on and says nothing."""
    assert done <= total


def run(path: Path = SMALL, limit: int | None = None, progress: Progress = quietly) -> Outcome:
    return replay(path, limit=limit, actor=make.console(), progress=progress)


def figures(found: dict[str, Any], column: str) -> dict[str, Any]:
    return {row["figure"]: row[column] for row in found["figures"] if row["figure"] in FIGURES}


def test_every_figure_of_the_file_comes_out_of_the_books() -> None:
    outcome = run()
    found = report(outcome, actor=make.console())
    assert figures(found, "file") == FIGURES
    assert found["figures_that_differ"] == []
    assert found["differences"] == 0
    assert (outcome.booked_lines, outcome.standing_lines) == (15, 0)
    store = Store.objects.get()
    assert books.balance_of(chart.revenue(store.pk)) == -2335
    assert books.balance_of(chart.BAD_DEBT) == 2000
    assert store.time_zone == "Europe/London"


def test_lines_keep_the_prices_of_the_file_to_the_penny() -> None:
    run()
    lines = SaleLine.objects.order_by("id").values_list("quantity", "unit_price_minor", "amount_minor")
    assert sorted(lines) == [
        (1, 0, 0), (1, 100, 100), (1, 300, 300), (1, 1800, 1800), (2, 255, 510), (3, 0, 0), (4, 250, 1000),
        (6, 250, 1500), (10, 100, 1005),
    ]  # fmt: skip
    sale = Sale.objects.get(number__endswith="500001")
    assert sale.at.isoformat() == "2010-11-30T08:00:00+00:00"
    assert list(sale.lines.values_list("position", "product__sku")) == [(1, "CUP"), (2, "CUP"), (3, "POST")]
    assert not Product.objects.get(sku="POST").stocked


def test_an_interrupted_invoice_is_one_sale() -> None:
    run()
    assert Sale.objects.get(number__endswith="500005").lines.count() == 2


def test_returns_reach_as_far_as_the_customers_own_purchases() -> None:
    run()
    lines = ReturnLine.objects.order_by("return_doc__number", "position", "part")
    found = lines.values_list("return_doc__number", "part", "quantity", "sale_line__quantity", "amount_minor")
    assert [(number.rpartition(":")[2], *rest) for number, *rest in found] == [
        ("C500007", 0, 3, 6, 750),
        ("C500008", 0, 2, 2, 500),
        ("C500008", 1, 18, None, 4500),
        ("C500009", 0, 1, None, 500),
        ("C500012", 0, 1, None, 300),
    ]
    supervised = Return.objects.filter(supervisor__isnull=False).values_list("number", flat=True)
    assert sorted(number.rpartition(":")[2] for number in supervised) == ["C500008", "C500009", "C500012"]
    assert Return.objects.get(number__endswith="C500007").supervisor is None


def test_goods_written_off_leave_the_shelf_with_a_reason() -> None:
    run()
    entry = StockEntry.objects.get(kind="written_off")
    assert (entry.reason, entry.lines.get().quantity, entry.total_cost_minor) == ("wet", 2, 0)


def test_a_second_run_adds_nothing() -> None:
    run()
    before = picture.of_everything()
    again = run()
    assert (again.booked_lines, again.standing_lines) == (0, 15)
    assert picture.of_everything() == before
    assert report(again, actor=make.console())["figures_that_differ"] == []


class Interrupted(Exception):
    """Somebody pressed a key."""


def test_stopped_half_way_it_goes_on_where_it_was() -> None:
    def stop(done: int, total: int) -> None:
        assert (done, total) == (13, 15)  # the goods of November are ordered apart from December's
        raise Interrupted

    with pytest.raises(Interrupted):
        run(progress=stop)
    assert Sale.objects.count() == 5
    outcome = run()
    assert (outcome.booked_lines, outcome.standing_lines) == (2, 13)
    found = report(outcome, actor=make.console())
    assert (
        figures(found, "books")
        | {name: FIGURES[name] for name in ("lines_at_price_zero", "invoice_code_pairs_repeated")}
        == FIGURES
    )
    assert (found["figures_that_differ"], found["differences"]) == ([], 0)


@pytest.mark.parametrize("limit", [1, 2, 7, 9, 13, 14])
def test_a_limited_run_ends_with_a_whole_invoice_and_the_next_one_goes_on(limit: int) -> None:
    first = report(run(limit=limit), actor=make.console())
    assert first["figures_that_differ"] == []
    assert first["lines_booked_now"] >= limit
    whole = report(run(), actor=make.console())
    assert (whole["figures_that_differ"], whole["differences"]) == ([], 0)
    assert whole["lines_booked_before"] == first["lines_booked_now"]


def broken(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "broken.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (",-1,2010-12-01 09:00:00,3.00", ",minus one,2010-12-01 09:00:00,3.00", 16),
        ("2010-12-01 09:00:00,3.00", "2010-12-01 09:00:00,3.0001", 16),
        ("2010-12-01 08:00:00", "yesterday", 15),
        ("A500010,B,Adjust bad debt,1,2010-11-30 13:00:00,-20.00,,United Kingdom", "A500010,B", 14),
        ("-20.00", "twenty", 14),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_booked(tmp_path: Path, old: str, new: str, line: int) -> None:
    text = SMALL.read_text(encoding="utf-8")
    assert text.count(old) == 1
    with pytest.raises(Invalid, match=rf"broken\.csv, line {line}:"):
        run(broken(tmp_path, text.replace(old, new)))
    assert not Posting.objects.exists()
    assert not Store.objects.exists()


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is not the Online Retail file"):
        run(broken(tmp_path, "name,price\nx,1\n"))
    with pytest.raises(Invalid):
        run(broken(tmp_path, ""))
    with pytest.raises(Missing):
        run(tmp_path / "nowhere.csv")
    cut_off = tmp_path / "cut-off.csv.xz"
    cut_off.write_bytes(b"\xfd7zXZ\x00")
    with pytest.raises(Invalid):
        run(cut_off)


def test_a_file_in_pounds_is_not_booked_in_another_currency(settings: Settings) -> None:
    settings.TRADEPOST_CURRENCY = "EUR"
    with pytest.raises(Invalid, match="TRADEPOST_CURRENCY"):
        run()
    assert not Store.objects.exists()


def test_a_second_store_books_the_same_file_for_itself() -> None:
    run()
    outcome = replay(SMALL, store="Branch", limit=None, actor=make.console(), progress=quietly)
    found = report(outcome, actor=make.console())
    assert (outcome.booked_lines, found["figures_that_differ"], found["differences"]) == (15, [], 0)


@pytest.mark.once
def test_the_reader_gives_invoices_in_the_order_of_their_first_lines() -> None:
    invoices = list(read(SMALL))
    assert [invoice.number for invoice in invoices][4:6] == ["500005", "500006"]
    assert [line.code for line in invoices[4].lines] == ["CUP", "LID"]
    assert invoices[4].lines[1].description == 'Lid, with "knob"'
    assert [line.amount_minor for line in invoices[1].lines + invoices[2].lines] == [0, 1005]
