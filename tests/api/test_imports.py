"""Imports over the API: a file is sent once, shown as it would be read, run by a worker; and lists as files."""

import csv
import io
import random
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from tests import make
from tests.api.caller import Caller, Form, problem_of, stocked
from tests.imports.files import csv_file, imported, sent, xlsx_file
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog.models import Product
from tradepost.imports.models import Import
from tradepost.imports.services import MOST_BYTES
from tradepost.intake.models import IdempotencyKey
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db

LINES = ("sku,name,price,colour", "A,Tea,2.50,green", "B,Milk,cheap,white", "OLD,Older,3.00,")


def bring(caller: Caller, *lines: str, key: str = "", **form: Any) -> Any:
    """Send a file of these lines."""
    return caller.post("imports/", Form(**{"kind": "products", **form}, file=sent(*(lines or LINES))), key=key)


def table_of(response: Any) -> list[list[str]]:
    """The rows of a CSV answer."""
    assert response.status_code == 200, response.content
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def test_a_file_that_is_sent_is_shown_as_it_would_be_read() -> None:
    make.product("OLD", name="Old", price_minor=300)
    answer = bring(Caller(make.admin("ada")))
    assert answer.status_code == 201, answer.content
    doc = answer.json()
    assert doc["columns"] == [
        {"name": "sku", "field": "sku"}, {"name": "name", "field": "name"}, {"name": "price", "field": "price"},
        {"name": "colour", "field": ""},
    ]  # fmt: skip
    told = {name: doc[name] for name in ("kind", "store", "file", "state", "progress", "total", "job", "format")}
    assert told == {
        "kind": "products", "store": None, "file": "goods.csv", "state": "previewed", "progress": 0, "total": 3,
        "job": None, "format": "csv",
    }  # fmt: skip
    assert (doc["encoding"], doc["delimiter"], doc["created_by_name"]) == ("utf-8", ",", "ada")
    preview = doc["preview"]
    assert [row["outcome"] for row in preview["rows"]] == ["added", "refused", "changed"]
    assert preview["rows"][0]["values"] == {"sku": "A", "name": "Tea", "price": "2.50"}
    assert preview["refused_rows"] == [
        {"row": 3, "sku": "B", "name": "Milk", "field": "price", "value": "cheap", "detail": "This is not a number."}
    ]
    assert Product.objects.count() == 1


def test_it_is_run_by_a_worker_and_says_how_far_it_is() -> None:
    admin = Caller(make.admin())
    doc = bring(admin).json()
    run = admin.post(f"{doc['url'].removeprefix('/api/')}run/", key="run")
    assert run.status_code == 202
    assert (run.json()["state"], run.json()["progress"]) == ("waiting", 0)
    shown = admin.client.get(doc["url"]).json()
    assert (shown["state"], shown["job"]) == ("running", run.json()["url"])
    problem_of(admin.post(f"imports/{doc['id']}/run/"), 409, "import_running")
    jobs.work_off(lambda: False)
    job = admin.client.get(run.json()["url"]).json()
    assert (job["state"], job["progress"], job["result"]["refused"]) == ("done", 100, 1)
    shown = admin.client.get(doc["url"]).json()
    counts = {name: shown[name] for name in ("state", "progress", "done", "added", "changed", "same", "refused")}
    assert counts == {"state": "done", "progress": 100, "done": 2, "added": 2, "changed": 0, "same": 0, "refused": 1}
    errors = admin.get(f"imports/{doc['id']}/errors/").json()
    assert (errors["results"][0]["row"], errors["next"]) == (3, None)
    problem_of(admin.post(f"imports/{doc['id']}/run/"), 409, "import_over")
    assert admin.post(f"imports/{doc['id']}/run/", key="run").headers["Idempotent-Replayed"] == "true"


def test_a_stopped_one_is_paused_and_goes_on() -> None:
    admin = Caller(make.admin())
    number = bring(admin).json()["id"]
    admin.post(f"imports/{number}/run/")
    assert admin.post(f"imports/{number}/pause/").json()["state"] == "paused"
    jobs.work_off(lambda: False)
    assert Product.objects.count() == 0
    assert admin.post(f"imports/{number}/run/").status_code == 202
    jobs.work_off(lambda: False)
    assert Product.objects.count() == 2


def test_stock_from_the_same_file_is_received_once_more_only_if_asked_for() -> None:
    store, tea = make.store(), make.product("TEA")
    boss = Caller(make.manager(store))
    first, second = [bring(boss, "sku,quantity", "TEA,5", kind="stock", store=store.pk).json() for _ in range(2)]
    assert (first["received_before"], second["received_before"]) == (None, None)
    boss.post(f"imports/{first['id']}/run/")
    jobs.work_off(lambda: False)
    assert boss.get(f"imports/{second['id']}/").json()["received_before"] == first["id"]
    assert problem_of(boss.post(f"imports/{second['id']}/run/"), 409, "import_repeated")["import_id"] == first["id"]
    jobs.work_off(lambda: False)
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 5}
    assert boss.post(f"imports/{second['id']}/run/", {"again": True}).status_code == 202
    jobs.work_off(lambda: False)
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 10}


def test_the_same_key_keeps_one_file_and_another_file_is_refused() -> None:
    admin = Caller(make.admin())
    first, again = bring(admin, key="one"), bring(admin, key="one")
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    problem_of(bring(admin, *LINES[:2], key="one"), 422, "idempotency_key_reused")
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "invalid_fields"),
        ({"kind": "products"}, "invalid_fields"),
        ({"kind": "people", "file": SimpleUploadedFile("a.csv", b"sku\nA")}, "invalid_fields"),
        ({"kind": "products", "file": "text"}, "invalid_fields"),
        ({"kind": "products", "file": SimpleUploadedFile("a.csv", b"")}, "invalid_fields"),
        ({"kind": "stock", "file": SimpleUploadedFile("a.csv", b"sku,qty\nA,1")}, "invalid"),
        ({"kind": "products", "store": "1", "file": SimpleUploadedFile("a.csv", b"sku\nA")}, "invalid"),
        ({"kind": "products", "store": "x", "file": SimpleUploadedFile("a.csv", b"sku\nA")}, "invalid_fields"),
        ({"kind": "products", "file": SimpleUploadedFile("a.csv", b"price\n1")}, "columns_unclear"),
        ({"kind": "products", "file": SimpleUploadedFile("a.csv", b"sku,name\n")}, "file_unreadable"),
        ({"kind": "products", "file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04")}, "file_unreadable"),
    ],
)
def test_what_cannot_be_imported_is_refused_and_not_kept(form: dict[str, Any], code: str) -> None:
    answer = Caller(make.admin()).post("imports/", Form(form))
    problem_of(answer, 400, code)
    assert (Import.objects.count(), IdempotencyKey.objects.count()) == (0, 0)


def test_a_file_too_large_is_turned_away_by_its_size_alone() -> None:
    admin = Caller(make.admin())
    answer = admin.client.post("/api/imports/", Form(kind="products"), CONTENT_LENGTH=str(MOST_BYTES + 10**6))
    problem_of(answer, 400, "file_too_large")


def test_json_is_no_way_to_send_a_file() -> None:
    problem_of(Caller(make.admin()).post("imports/", {"kind": "products"}), 415, "unsupported_media_type")


def test_a_workbook_of_megabytes_is_taken_from_its_place_on_disk() -> None:
    noise = random.Random(1)
    rows = [[f"S{i}", noise.randbytes(90).hex(), i / 100, noise.randbytes(150).hex()] for i in range(12_000)]
    content = xlsx_file(["sku", "name", "price", "description"], *rows).read()
    assert len(content) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    upload = SimpleUploadedFile("big.xlsx", content)
    answer = Caller(make.admin()).post("imports/", Form(kind="products", file=upload))
    assert answer.status_code == 201, answer.content
    assert (answer.json()["total"], answer.json()["size"]) == (12_000, len(content))


def test_imports_are_listed_newest_first_and_filtered() -> None:
    store = make.store()
    admin = Caller(make.admin())
    make.product("TEA")
    first = bring(admin).json()["id"]
    form = Form(kind="stock", store=store.pk, file=sent("sku,qty", "TEA,1"))
    second = admin.post("imports/", form).json()["id"]
    assert [doc["id"] for doc in admin.get("imports/").json()["results"]] == [second, first]
    for query, expected in (("kind=stock", [second]), ("state=done", []), (f"store={store.pk}", [second])):
        assert [doc["id"] for doc in admin.get(f"imports/?{query}").json()["results"]] == expected
    for query in ("kind=x", "state=x", "store=99999", "colour=red"):
        problem_of(admin.get(f"imports/?{query}"), 400, "invalid_fields")
    assert Caller(make.customer()).get("imports/").json()["results"] == []


def test_products_are_read_as_csv_with_filters() -> None:
    make.product("B", name="=1+1", unit="kg", reorder_level=1500, stocked=True)
    make.product("A", name="Tea, green", barcode="5012")
    make.product("C", name="Hidden", unit="l")
    staff = Caller(make.staff(make.store()))
    header, *rows = table_of(staff.get("products/export/?unit=kg"))
    assert rows == [["B", "'=1+1", "2.50", "1.00", "kg", "3", "", "", "", "", "yes", "1.500"]]
    assert header[:4] == ["sku", "name", "price", "cost"]
    answer = staff.get("products/export/")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert [row[0] for row in table_of(answer)[1:]] == ["A", "B", "C"]
    customers = table_of(Caller(make.customer()).get("products/export/?format=csv"))
    assert not {"cost", "supplier", "reorder_level"} & {*customers[0]}
    assert len(customers[1]) == len(customers[0]) == 9


def test_products_are_read_as_a_workbook() -> None:
    make.product("A", name="=1+1", price_minor=250)
    answer = Caller(make.admin()).get("products/export/?format=xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="products.xlsx"'
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][:4] == ["A", "=1+1", 2.5, 1]
    assert sheet["B2"].data_type == "s"


def test_an_export_is_refused_in_json() -> None:
    admin = Caller(make.admin())
    for query in ("colour=red", "category=999", "format=csv&archived=perhaps", "format=xlsx&unit=barrel"):
        problem_of(admin.get(f"products/export/?{query}"), 400, "invalid_fields")
    assert admin.get("products/export/?format=pdf").status_code == 404
    problem_of(Caller().get("products/export/"), 401, "not_authenticated")
    problem_of(Caller(make.customer()).get(f"stock/export/?store={make.store().pk}"), 404, "no_such_store")


def test_stock_is_read_of_the_stores_one_works_in() -> None:
    store, other = make.store("Camden"), make.store("York")
    tea = make.product("TEA", cost_minor=125)
    for place in (store, other):
        stocked(place, tea, 7)
    mine = table_of(Caller(make.staff(store)).get("stock/export/"))
    assert mine == [["store", "sku", "name", "unit", "quantity", "cost"],
                    ["Camden", "TEA", tea.name, "piece", "7", "1.25"]]  # fmt: skip
    assert [row[0] for row in table_of(Caller(make.admin()).get("stock/export/"))[1:]] == ["Camden", "York"]
    assert table_of(Caller(make.customer()).get("stock/export/"))[1:] == []


def test_refused_rows_are_read_as_a_file() -> None:
    doc = imported(csv_file(*LINES))
    rows = table_of(Caller(make.admin()).get(f"imports/{doc.pk}/errors/export/"))
    assert rows == [["row", "sku", "name", "field", "value", "why"],
                    ["3", "B", "Milk", "price", "cheap", "This is not a number."]]  # fmt: skip


def test_the_errors_of_an_import_are_walked_by_a_cursor() -> None:
    doc = imported(csv_file("SKU,Name,Price", *(f"X{number:03},Tile,cheap" for number in range(12))))
    admin = Caller(make.admin())
    address, seen = f"/api/imports/{doc.pk}/errors/?page_size=5", []
    while address:
        page = admin.client.get(address).json()
        seen += [row["sku"] for row in page["results"]]
        address = page["next"]
    assert seen == [f"X{number:03}" for number in range(12)]
    problem_of(admin.get(f"imports/{doc.pk}/errors/?cursor=made-up"), 400, "not_a_cursor")
