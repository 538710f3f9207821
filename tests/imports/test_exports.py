"""What is exported can be imported as it is, into an empty house or the same one."""

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from tests import make
from tests.imports.files import counts, imported
from tests.statements import counted
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.catalog import services as catalog_services
from tradepost.catalog.models import Product
from tradepost.imports import exports
from tradepost.imports.exports import Table
from tradepost.lib import tables
from tradepost.lib.errors import Denied
from tradepost.places.errors import NoSuchStore

pytestmark = pytest.mark.django_db

TEXTS = ["=1+1", "'=1+1", "''@x", "-5% off", "+44", "@home", "'n Tea", 'Tea, "green"', "ordinary", "\tTab"]
SAVED = (
    "sku", "name", "price_minor", "cost_minor", "unit", "decimals", "barcode", "description", "category__name",
    "supplier__name", "stocked", "reorder_level",
)  # fmt: skip


def file_of(table: Table, kind: str) -> io.BytesIO:
    """The table as a file."""
    file = io.BytesIO()
    if kind == "xlsx":
        tables.write_xlsx(file, table.title, table.header, table.rows)
    else:
        file.writelines(tables.csv_pieces(table.header, table.rows))
    return file


def furnished() -> None:
    """Products with all that can be said of one."""
    tea = catalog_services.add_category(name="Tea", actor=make.console(), at=make.AT)
    ann = catalog_services.add_supplier(name="Ann & Co", actor=make.console(), at=make.AT)
    for i, text in enumerate(TEXTS):
        make.product(f"T{i}", name=text, description=f"{text}\nand more")
    make.product("W", unit="kg", decimals=2, reorder_level=125, barcode="0012", price_minor=10**15, stocked=False,
                 category_id=tea.pk, supplier_id=ann.pk)  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_products_come_back_as_they_went(kind: str) -> None:
    furnished()
    before = list(Product.objects.order_by("sku").values_list(*SAVED))
    file = file_of(exports.products(catalog.products(), actor=make.console()), kind)
    again = imported(file)
    assert counts(again) == (0, 0, len(before), 0), list(again.refused_rows.values_list("row", "field", "detail"))
    Product.objects.update(name="Lost", price_minor=0, description="", reorder_level=0)
    back = imported(file)
    assert counts(back)[1:] == (len(before), 0, 0)
    assert list(Product.objects.order_by("sku").values_list(*SAVED)) == before


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_stock_comes_into_another_house_as_it_went(kind: str) -> None:
    store = make.store("Camden")
    nuts = make.product("NUTS", unit="kg", cost_minor=100)
    make.delivery(store, (nuts, 1250, 250), (make.product("TEA"), 4, None))
    make.sale(store, (nuts, 250))
    out = make.stocked_product(store, 1, sku="OUT")
    make.sale(store, (out, 1))
    file = file_of(exports.stock(store.pk, actor=make.console()), kind)
    make.loss(store, (nuts, 1000), (Product.objects.get(sku="TEA"), 4))
    doc = imported(file, store=store)
    assert counts(doc) == (2, 0, 1, 0)
    assert books.level_of(nuts.pk, chart.store(store.pk)) == 1000


def test_a_workbook_runs_nothing() -> None:
    furnished()
    table = exports.products(catalog.products(), actor=make.console())
    sheet = load_workbook(file_of(table, "xlsx")).active
    assert sheet is not None
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_no_cell_of_a_csv_file_begins_like_a_formula() -> None:
    furnished()
    text = file_of(exports.products(catalog.products(), actor=make.console()), "csv").getvalue().decode("utf-8-sig")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell[:1] in {"=", "+", "@", "\t"} or cell.startswith("-5")] == []


def test_what_it_costs_is_for_those_who_work_somewhere() -> None:
    make.product("A")
    table = exports.products(catalog.products(), actor=make.actor(make.customer()))
    assert not {"cost", "supplier", "reorder_level"} & set(table.header)
    assert [len(row) for row in table.rows] == [len(table.header)]
    with pytest.raises(Denied):
        exports.products(catalog.products(), actor=make.visitor())
    with pytest.raises(NoSuchStore):
        exports.stock(make.store().pk, actor=make.actor(make.staff(make.store())))


def test_more_rows_take_no_more_statements() -> None:
    store = make.store()

    def statements() -> int:
        with counted() as seen:
            rows: list[Any] = [
                *exports.products(catalog.products(), actor=make.console()).rows,
                *exports.stock(store.pk, actor=make.console()).rows,
            ]
        assert rows
        return len(seen)

    for _ in range(3):
        make.stocked_product(store, 1)
    before = statements()
    for _ in range(3):
        make.stocked_product(store, 1)
    assert statements() == before
