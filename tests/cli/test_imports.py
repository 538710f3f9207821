"""`tradepost product|stock import|export`: a file is looked at or worked off, and goes on where it was stopped."""

from pathlib import Path
from typing import Any

import pytest

from tests import make
from tests.cli.conftest import Tradepost
from tests.imports.files import csv_file
from tradepost.catalog.models import Product
from tradepost.imports.models import Import
from tradepost.imports.services import running
from tradepost.lib import db
from tradepost.till.models import StockEntryLine

LINES = ("SKU;Name;Price;Colour", "A;Tea;2,50;green", "B;;1;", "C;Milk;1.00;")


@pytest.fixture
def goods(tmp_path: Path) -> Path:
    """A file of two products and a row that is wrong."""
    file = tmp_path / "goods.csv"
    file.write_bytes(csv_file(*LINES).read())
    return file


def test_a_preview_shows_the_rows_and_changes_nothing(tradepost: Tradepost, goods: Path) -> None:
    run = tradepost("product", "import", str(goods), "--preview")
    assert run.code == 0
    assert "SKU as sku, Name as name, Price as price" in run.out
    assert "A new product needs this." in run.out
    told = tradepost("product", "import", str(goods), "--preview", "--json").data
    assert (told["total"], told["added"], told["refused"]) == (3, 2, 1)
    assert (Product.objects.count(), Import.objects.count()) == (0, 0)


def test_products_are_imported_and_what_is_refused_is_told(tradepost: Tradepost, goods: Path) -> None:
    run = tradepost("product", "import", str(goods), "--json")
    assert run.code == 1
    assert run.data == {
        "import": Import.objects.get().pk, "state": "done", "added": 2, "changed": 0, "same": 0, "refused": 1,
        "refused_rows": [{"row": 3, "sku": "B", "field": "name", "value": "", "detail": "A new product needs this."}],
    }  # fmt: skip
    assert Product.objects.get(sku="A").price_minor == 250
    goods.write_text("sku,price\nA,3\n")
    assert tradepost("product", "import", str(goods)).code == 0
    assert Product.objects.get(sku="A").price_minor == 300


def test_stock_is_imported_into_a_store(tradepost: Tradepost, tmp_path: Path) -> None:
    make.store("Camden")
    make.product("TEA")
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\nTEA,5\n")
    assert tradepost("stock", "import", str(file), "--store", "Camden").code == 0
    assert tradepost("stock", "import", str(file), "--store", "Nowhere").code == 3
    export = tmp_path / "out.csv"
    told = tradepost("stock", "export", str(export), "--store", "Camden", "--json").data
    assert told == {"file": str(export), "rows": 1}
    assert export.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[1:2] == ["TEA"]


def test_the_same_command_goes_on_where_it_was_stopped(
    tradepost: Tradepost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "ROWS_A_CHUNK", 10)
    make.store("Camden")
    make.product("TEA")
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\n" + "TEA,1\n" * 25)
    finish = db.insert_rows
    left = [2]

    def interrupted(table: str, *args: Any, **options: Any) -> None:
        left[0] -= table == "imports_refusedrow"
        if left[0] == 0:
            raise KeyboardInterrupt
        finish(table, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(db, "insert_rows", interrupted)
        assert tradepost("stock", "import", str(file), "--store", "Camden").code == 130
    assert Import.objects.get().position == 11
    run = tradepost("stock", "import", str(file), "--store", "Camden", "--json")
    assert (run.code, run.data["added"]) == (0, 25)
    assert "Going on behind row 11 of import" in run.err
    assert (Import.objects.count(), StockEntryLine.objects.count()) == (1, 25)
    assert Import.objects.count() == 1


def test_a_file_of_stock_is_not_received_twice_by_a_slip(tradepost: Tradepost, tmp_path: Path) -> None:
    make.store("Camden")
    make.product("TEA")
    file = tmp_path / "stock.csv"
    file.write_text("sku,quantity\nTEA,5\n")
    order = ("stock", "import", str(file), "--store", "Camden")
    number = tradepost(*order, "--json").data["import"]
    assert tradepost(*order, "--preview", "--json").data["received_before"] == number
    assert f"by import {number}; once more takes --again" in tradepost(*order, "--preview").out
    refused = tradepost(*order)
    assert (refused.code, "say so (again)" in refused.err) == (4, True)
    assert (Import.objects.count(), StockEntryLine.objects.count()) == (1, 1), "and the file is not kept"
    assert tradepost(*order, "--again").code == 0
    assert StockEntryLine.objects.count() == 2


@pytest.mark.parametrize("name", ["out.csv", "OUT.XLSX"])
def test_an_export_comes_whole_or_not_at_all(tradepost: Tradepost, tmp_path: Path, name: str) -> None:
    make.product("TEA")
    assert tradepost("product", "export", str(tmp_path / name)).code == 0
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert tradepost("product", "import", str(tmp_path / name), "--json").data["same"] == 1


def test_what_cannot_be_done_is_told(tradepost: Tradepost, tmp_path: Path, goods: Path) -> None:
    store = make.store("Camden")
    make.staff(store, "tom")
    assert tradepost("product", "import", str(tmp_path / "none.csv")).code == 3
    assert tradepost("product", "import", str(goods), "--as", "tom").code == 4
    assert tradepost("stock", "import", str(goods), "--store", "Camden").code == 2
    assert tradepost("product", "export", str(tmp_path / "out.pdf")).code == 2
    assert tradepost("product", "export", str(tmp_path / "none" / "out.csv")).code == 2
    assert tradepost("stock", "export", str(tmp_path / "out.csv"), "--store", "Camden", "--as", "tom").code == 0
    assert Product.objects.count() == 0
