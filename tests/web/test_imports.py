"""Imports on pages: looked at before anything changes, run and stopped, refused in place, and lists as files."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import make, picture
from tests.imports.files import brought, csv_file, imported, sent
from tests.web.shop import House
from tests.web.walk import once_and_back
from tradepost.catalog.models import Product
from tradepost.imports.models import FilePiece, Import
from tradepost.imports.services import MOST_BYTES
from tradepost.till.models import StockEntry
from tradepost.worker import jobs

HX = {"hx-request": "true"}
LINES = ("sku,name,price,colour", "A,Green tea,2.50,green", "B,<b>Milk</b>,cheap,white", "MUG,Blue mug,3.00,")


def bring(client: Client, *lines: str, what: str = "products", **form: str) -> Any:
    """Send a file of these lines by the form."""
    return client.post("/stock/import/", {"what": what, "file": sent(*(lines or LINES)), **form})


def start(client: Client, doc: Import, do: str = "run") -> Any:
    return client.post(f"/stock/import/{doc.pk}/do/", {"do": do})


def table_of(response: Any) -> list[list[str]]:
    """The rows of a CSV answer."""
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_a_file_is_shown_as_it_would_be_read_and_nothing_changes(shop: House) -> None:
    before = Product.objects.count()
    response = bring(shop.client("admin"))
    doc = Import.objects.get()
    assert response.headers["Location"] == f"/stock/import/{doc.pk}/"
    page = shop.client("admin").get(response.headers["Location"]).content.decode()
    assert "Import 3 rows" in page
    assert "colour is not read" in page
    assert "This is not a number." in page
    assert "&lt;b&gt;Milk" in page
    assert Product.objects.count() == before


def test_it_is_run_by_a_worker_and_the_page_says_how_far_it_is(shop: House) -> None:
    admin = shop.client("admin")
    bring(admin)
    doc = Import.objects.get()
    assert start(admin, doc).status_code == 302
    running = admin.get(f"/stock/import/{doc.pk}/progress/", headers=HX)
    assert "Waiting for a worker" in running.content.decode()
    assert "HX-Redirect" not in running.headers
    jobs.work_off(lambda: False)
    assert admin.get(f"/stock/import/{doc.pk}/progress/", headers=HX).headers["HX-Redirect"].endswith(f"/{doc.pk}/")
    page = admin.get(f"/stock/import/{doc.pk}/").content.decode()
    assert "Imported" in page
    assert f"/stock/import/{doc.pk}/refused.csv" in page
    assert Product.objects.filter(sku="A", name="Green tea").exists()
    rows = table_of(admin.get(f"/stock/import/{doc.pk}/refused.csv"))
    assert rows[1:] == [["3", "B", "<b>Milk</b>", "price", "cheap", "This is not a number."]]


def test_how_long_it_takes_is_told_by_how_fast_it_went_since_the_page_was_opened(shop: House) -> None:
    admin = shop.client("admin")
    bring(admin)
    doc = Import.objects.get()
    start(admin, doc)
    Import.objects.update(total=1000, position=100, added=100)
    page = admin.get(f"/stock/import/{doc.pk}/progress/?since=1&row=51", headers=HX).content.decode()
    assert "min left" in page
    assert "since=1&amp;row=51" in page
    assert " left</span>" not in admin.get(f"/stock/import/{doc.pk}/").content.decode()


def test_a_stopped_one_goes_on(shop: House) -> None:
    admin = shop.client("admin")
    bring(admin)
    doc = Import.objects.get()
    start(admin, doc)
    assert start(admin, doc, "pause").status_code == 302
    assert "Stopped at 0%" in admin.get(f"/stock/import/{doc.pk}/").content.decode()
    again = start(admin, doc, "pause")
    assert again.status_code == 409
    assert "not under way" in again.content.decode()
    jobs.work_off(lambda: False)
    assert not Product.objects.filter(sku="A").exists()
    start(admin, doc)
    jobs.work_off(lambda: False)
    assert Product.objects.filter(sku="A").count() == 1
    assert start(admin, doc).status_code == 409


def test_a_file_that_was_begun_before_is_gone_on_with(shop: House) -> None:
    admin = shop.client("admin")
    bring(admin)
    doc = Import.objects.get()
    start(admin, doc)
    start(admin, doc, "pause")
    assert bring(admin, key="later").headers["Location"] == f"/stock/import/{doc.pk}/"
    assert Import.objects.count() == 1


def test_stock_that_was_received_from_this_file_before_is_warned_of(shop: House) -> None:
    manager, what = shop.client("manager"), f"stock:{shop.store.pk}"
    bring(manager, "sku,quantity", "MUG,3", what=what)
    start(manager, Import.objects.get())
    jobs.work_off(lambda: False)
    bring(manager, "sku,quantity", "MUG,3", what=what)
    again = Import.objects.latest("id")
    page = manager.get(f"/stock/import/{again.pk}/").content.decode()
    assert "The goods of this very file were received before" in page
    assert "Receive all of it once more" in page
    assert (start(manager, again).status_code, StockEntry.objects.filter(number__startswith="import:").count()) == (
        409,
        1,
    )
    assert manager.post(f"/stock/import/{again.pk}/do/", {"do": "run", "again": "yes"}).status_code == 302
    jobs.work_off(lambda: False)
    assert StockEntry.objects.filter(number__startswith="import:").count() == 2


def test_the_same_form_with_another_file_is_no_repetition(shop: House) -> None:
    admin = shop.client("admin")
    assert bring(admin, key="one").status_code == 302
    assert bring(admin, key="one").headers["Location"] == f"/stock/import/{Import.objects.get().pk}/"
    assert bring(admin, "sku,name,price", "C,Cup,1", key="one").status_code == 422
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "Choose a file."),
        (SimpleUploadedFile("a.csv", b""), "This file is empty."),
        (SimpleUploadedFile("a.csv", b"PK\x03\x04 no workbook"), "This file cannot be read"),
        (sent("colour,taste", "red,sweet"), "The first row of a file names its columns"),
        (sent("sku,name"), "There are no rows"),
    ],
)
def test_what_is_no_table_is_refused_in_place_and_nothing_is_kept(shop: House, file: Any, said: str) -> None:
    before = picture.of_everything()
    form = {"what": "products", **({"file": file} if file else {})}
    if file:
        file.seek(0)
    response = shop.client("admin").post("/stock/import/", form)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert picture.of_everything() == before
    assert not FilePiece.objects.exists()


def test_what_is_too_large_is_turned_away_unread(shop: House) -> None:
    response = shop.client("admin").post("/stock/import/", {}, CONTENT_LENGTH=str(MOST_BYTES * 2))
    assert response.status_code == 400
    assert "at most 50 MB" in response.content.decode()


def test_a_file_from_elsewhere_is_refused(shop: House) -> None:
    response = bring(shop.client("admin", enforce_csrf_checks=True))
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()
    assert not Import.objects.exists()


def test_a_manager_brings_the_stock_of_the_own_store_alone(shop: House) -> None:
    manager = shop.client("manager")
    assert bring(manager, "sku,quantity", "MUG,3", what=f"stock:{shop.store.pk}").status_code == 302
    assert bring(manager, "sku,quantity", "MUG,3", what=f"stock:{shop.other.pk}").status_code == 422
    assert bring(manager).status_code == 422
    assert shop.client("auditor").post("/stock/import/", {"what": "products"}).status_code == 403
    assert Import.objects.get().store_id == shop.store.pk


def test_one_who_reads_an_import_but_may_not_run_it_sees_no_button(shop: House) -> None:
    doc = brought(csv_file(*LINES))
    assert "Import 3 rows" in shop.client("admin").get(f"/stock/import/{doc.pk}/").content.decode()
    assert "Import 3 rows" not in shop.client("auditor").get(f"/stock/import/{doc.pk}/").content.decode()


def test_lists_are_written_in_the_columns_an_import_reads(shop: House) -> None:
    make.product("SUM", name="=1+1")
    products = table_of(shop.client("staff").get("/stock/products.csv"))
    assert products[0][:3] == ["sku", "name", "price"]
    assert ["SUM", "'=1+1"] in [row[:2] for row in products]
    stock = table_of(shop.client("staff").get(f"/stock/stock.csv?store={shop.store.pk}"))
    assert {row[0] for row in stock[1:]} == {"Camden Passage"}
    assert shop.client("staff").get("/stock/products.xlsx").getvalue()[:2] == b"PK"


def test_what_was_refused_of_a_long_file_is_walked_row_by_row(shop: House) -> None:
    doc = imported(csv_file("SKU,Name,Price", *(f"X{number:03},Tile,cheap" for number in range(120))))
    row = r'<th scope="row" class="text-break">(X\d+)</th>'
    seen = once_and_back(shop.client("admin"), f"/stock/import/{doc.pk}/", row)
    assert seen == [f"X{number:03}" for number in range(120)]
