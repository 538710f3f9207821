"""Products from a file: looked at without a change, then added and changed row by row."""

import io
from typing import Any

import pytest

from tests import make, picture
from tests.imports.files import PRODUCT_HEADER, brought, check, counts, csv_file, imported, reasons, started, xlsx_file
from tradepost.audit.models import AuditEvent
from tradepost.catalog.models import Category, Product, Supplier
from tradepost.imports import services as imports
from tradepost.imports.models import FilePiece, Import, RefusedRow
from tradepost.imports.services import running
from tradepost.lib.errors import Denied, Invalid

pytestmark = pytest.mark.django_db

MIXED = (
    PRODUCT_HEADER,
    "A,Tea,2.50,1.00,Drinks,111",
    "B,,2.50,,,",
    "OLD,Older,3.00,,,",
    "C,Coffee,cheap,free,,",
    "D,Milk,1.00,,Drinks,111",
    "A,Green tea,,,,",
)


def test_a_preview_shows_what_would_become_of_the_rows_and_changes_nothing() -> None:
    make.product("OLD", name="Old", price_minor=300)
    before = picture.of_everything()
    checked = check(csv_file(*MIXED))
    assert picture.of_everything() == before
    assert (Product.objects.count(), Category.objects.count(), Import.objects.count()) == (1, 0, 0)
    assert checked.fields == ["sku", "name", "price", "cost", "category", "barcode"]
    assert checked.layout.total == 6
    preview = checked.preview
    assert [preview[name] for name in ("checked", "added", "changed", "same", "refused")] == [6, 1, 1, 0, 4]
    assert preview["adds"] == {"categories": ["Drinks"]}
    assert (preview["again"], preview["again_rows"]) == (1, [7])
    assert preview["rows"][0] == {
        "row": 2, "outcome": "added", "values": {"sku": "A", "name": "Tea", "price": "2.50", "cost": "1.00",
                                                 "category": "Drinks", "barcode": "111"},
    }  # fmt: skip
    assert preview["refused_rows"] == [
        {"row": 3, "sku": "B", "name": "", "field": "name", "value": "", "detail": "A new product needs this."},
        {"row": 5, "sku": "C", "name": "Coffee", "field": "price", "value": "cheap",
         "detail": "This is not a number."},
        {"row": 5, "sku": "C", "name": "Coffee", "field": "cost", "value": "free", "detail": "This is not a number."},
        {"row": 6, "sku": "D", "name": "Milk", "field": "barcode", "value": "111",
         "detail": "Another product has the barcode '111'."},
        {"row": 7, "sku": "A", "name": "Green tea", "field": "sku", "value": "A",
         "detail": "Row 2 has this SKU already."},
    ]  # fmt: skip


def test_goods_that_were_moved_stay_goods_and_the_other_rows_go_on() -> None:
    store = make.store()
    make.stocked_product(store, 5, sku="MUG", name="Mug")
    make.product("CAP", name="Cap")
    make.product("BOW", name="Bow", stocked=False)
    lines = ("sku,name,stocked", "MUG,Service,no", "CAP,Service,no", "BOW,Goods,yes")
    preview = check(csv_file(*lines)).preview
    assert (preview["changed"], preview["refused"]) == (2, 1)
    assert preview["refused_rows"] == [
        {"row": 2, "sku": "MUG", "name": "Service", "field": "stocked", "value": "no",
         "detail": "MUG was kept on shelves, so it stays goods."},
    ]  # fmt: skip
    doc = imported(csv_file(*lines))
    assert counts(doc) == (0, 2, 0, 1)
    assert reasons(doc) == [(2, "stocked", "MUG was kept on shelves, so it stays goods.")]
    found = Product.objects.order_by("sku").values_list("sku", "name", "stocked")
    assert list(found) == [("BOW", "Goods", True), ("CAP", "Service", False), ("MUG", "Mug", True)]


def test_the_run_does_what_the_preview_said() -> None:
    old = make.product("OLD", name="Old", price_minor=300)
    doc = imported(csv_file(*MIXED))
    assert (doc.state, counts(doc), doc.total, doc.position, doc.progress) == ("done", (1, 1, 0, 4), 6, 7, 100)
    assert dict(Product.objects.values_list("sku", "name")) == {"A": "Tea", "OLD": "Older"}
    assert Product.objects.get(pk=old.pk).price_minor == 300
    assert reasons(doc) == [
        (3, "name", "A new product needs this."),
        (5, "cost", "This is not a number."),
        (5, "price", "This is not a number."),
        (6, "barcode", "Another product has the barcode '111'."),
        (7, "sku", "Row 2 has this SKU already."),
    ]
    refused = RefusedRow.objects.get(field="price")
    assert (refused.sku, refused.name, refused.value) == ("C", "Coffee", "cheap")
    assert FilePiece.objects.count() == 0


def test_the_same_file_again_changes_nothing() -> None:
    file = csv_file(*MIXED[:2])
    assert counts(imported(file)) == (1, 0, 0, 0)
    at = Product.objects.get().updated_at
    assert counts(imported(file)) == (0, 0, 1, 0)
    assert Product.objects.get().updated_at == at


def test_every_field_is_read_from_a_workbook() -> None:
    header = ["sku", "name", "price", "cost", "unit", "decimals", "barcode", "description", "category", "supplier"]
    rows: list[list[Any]] = [[*header, "stocked", "reorder_level"],
            [85123, "Tea", 2.5, 1, "kg", 2, 5012345678900, "Green\nand dry", "Drinks", "Ann", "yes", 1.25],
            ["P", "Postage", "3", None, None, None, None, None, None, None, False, None]]  # fmt: skip
    assert counts(imported(xlsx_file(*rows))) == (2, 0, 0, 0)
    tea = Product.objects.select_related("category", "supplier").get(sku="85123")
    assert (tea.price_minor, tea.cost_minor, tea.unit, tea.decimals, tea.barcode) == (
        250,
        100,
        "kg",
        2,
        "5012345678900",
    )
    assert (tea.description, str(tea.category), str(tea.supplier)) == ("Green\nand dry", "Drinks", "Ann")
    assert (tea.reorder_level, tea.stocked, Product.objects.get(sku="P").stocked) == (125, True, False)
    assert Supplier.objects.count() == 1


def test_each_import_is_told_in_the_audit_log() -> None:
    doc = imported(csv_file(*MIXED[:2]))
    events = list(AuditEvent.objects.order_by("id").filter(subject_type="imports.import", subject_id=str(doc.pk)))
    assert [event.action for event in events] == ["imports.file_taken", "imports.started", "imports.finished"]
    assert events[-1].after == {"added": 1, "changed": 0, "same": 0, "refused": 0}


def test_products_take_an_administrator_from_the_first_look_on() -> None:
    store = make.store()
    file = csv_file(*MIXED)
    for user in (make.customer(), make.manager(store), make.auditor()):
        with pytest.raises(Denied):
            check(file, actor=make.actor(user))
    checked = check(file)
    with pytest.raises(Denied):
        imports.add_import(checked, file, actor=make.actor(make.manager(store)), at=make.AT)
    assert (Product.objects.count(), Import.objects.count()) == (0, 0)


def test_an_import_whose_starter_lost_the_right_fails_and_changes_nothing() -> None:
    admin = make.admin()
    doc = started(csv_file(*MIXED), actor=make.actor(admin))
    with pytest.raises(Denied):
        imports.work_off(doc.pk, actor=make.actor(make.customer()), at=make.AT)
    doc.refresh_from_db()
    assert (doc.state, doc.error, doc.position) == ("failed", "This takes an administrator", 0)
    assert Product.objects.count() == 0
    again = imports.run_import(doc.pk, by_worker=False, actor=make.actor(admin), at=make.AT)
    assert (again.state, again.error) == ("running", "")
    done = imports.work_off(doc.pk, actor=make.actor(admin), at=make.AT)
    assert (done.state, counts(done)) == ("done", (2, 0, 0, 4))


def test_a_kind_needs_its_store_and_no_other() -> None:
    file, store = csv_file(*MIXED), make.store()
    for kind, store_id in (("stock", None), ("products", store.pk), ("people", None)):
        with pytest.raises(Invalid):
            imports.check_file("a.csv", file, kind=kind, store_id=store_id, actor=make.console(), at=make.AT)


def test_a_file_of_a_header_alone_is_refused() -> None:
    with pytest.raises(Invalid, match="no rows"):
        check(csv_file(PRODUCT_HEADER))


def test_a_file_is_kept_in_pieces_and_comes_together_again() -> None:
    lines = [f"P{i:05},{'x' * 150},1.00,,," for i in range(12_000)]
    doc = brought(csv_file(PRODUCT_HEADER, *lines))
    assert doc.pieces.count() == 2
    imports.run_import(doc.pk, by_worker=False, actor=make.console(), at=make.AT)
    assert counts(imports.work_off(doc.pk, actor=make.console(), at=make.AT)) == (12_000, 0, 0, 0)


def test_a_name_of_a_file_is_kept_as_it_can_be_shown() -> None:
    file = csv_file(*MIXED)
    checked = imports.check_file("a\0\n" + "b" * 300 + ".csv", file, kind="products", actor=make.console(), at=make.AT)
    assert checked.name == "b" * 196 + ".csv"


def test_a_file_over_fifty_megabytes_is_refused() -> None:
    with pytest.raises(Invalid, match="50 MB"):
        check(io.BytesIO(b"sku\n" + b"x" * imports.MOST_BYTES))


def test_a_sku_that_comes_again_in_a_later_piece_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ROWS_A_CHUNK", 2)
    lines = [f"P{i},Product {i},1.00,,," for i in range(5)]
    doc = imported(csv_file(PRODUCT_HEADER, *lines, " P1 ,Another,9.00,,,"))
    assert (doc.state, counts(doc), reasons(doc)) == ("done", (5, 0, 0, 1), [(7, "sku", "Row 3 has this SKU already.")])
    assert Product.objects.get(sku="P1").name == "Product 1"
