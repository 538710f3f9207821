"""Products: added one by one or by the thousand, changed by an administrator, archived and never deleted."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.catalog import queries, services
from tradepost.catalog.errors import (
    BarcodeTaken,
    NoSuchCategory,
    NoSuchProduct,
    NoSuchSupplier,
    ProductArchived,
    SkuTaken,
    SupplierArchived,
    UnitFixed,
)
from tradepost.catalog.models import Product
from tradepost.lib.errors import Denied, FieldErrors

pytestmark = pytest.mark.django_db


def change(product: Product, **changes: Any) -> Product:
    return services.change_product(product.pk, **changes, actor=make.console(), at=make.AT)


def skus() -> list[str]:
    return sorted(Product.objects.values_list("sku", flat=True))


def test_a_product_needs_sku_name_and_price_only() -> None:
    draft = services.ProductDraft(sku=" 85123A ", name=" White lantern ", price_minor=255)
    made = services.add_product(draft, actor=make.console(), at=make.AT)
    product = queries.product(made.pk)
    assert (product.sku, product.name, product.price_minor, product.cost_minor) == ("85123A", "White lantern", 255, 0)
    assert (product.unit, product.decimals, product.reorder_level, product.stocked) == ("piece", 0, 20, True)
    assert (product.created_at, product.updated_at, product.archived_at) == (make.AT, make.AT, None)
    event = AuditEvent.objects.get(action="catalog.product_added")
    assert event.after == {"sku": "85123A", "name": "White lantern", "price_minor": 255}


@pytest.mark.parametrize("unit", ["kg", "l", "m"])
def test_weighed_goods_are_counted_in_thousandths(unit: str) -> None:
    product = make.product(unit=unit)
    assert (product.decimals, product.reorder_level) == (3, 20_000)
    assert make.product(unit=unit, decimals=1).reorder_level == 200


def test_upper_and_lower_case_are_two_skus() -> None:
    make.product("85123A")
    make.product("85123a")
    with pytest.raises(SkuTaken):
        make.product(" 85123A")
    assert skus() == ["85123A", "85123a"]
    assert queries.product_of("85123a").sku == "85123a"


def test_only_an_administrator_keeps_the_catalogue() -> None:
    store, product = make.store(), make.product("A")
    for user in (make.customer(), make.staff(store), make.manager(store), make.auditor()):
        actor = make.actor(user)
        with pytest.raises(Denied):
            services.add_product(make.draft(), actor=actor, at=make.AT)
        with pytest.raises(Denied):
            services.change_product(product.pk, price_minor=1, actor=actor, at=make.AT)
        for verb in (services.archive_product, services.restore_product):
            with pytest.raises(Denied):
                verb(product.pk, actor=actor, at=make.AT)
    assert list(Product.objects.values_list("sku", "price_minor", "archived_at")) == [("A", 250, None)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", " "),
        ("sku", "s" * 41),
        ("sku", "nul\0"),
        ("sku", "two\nlines"),
        ("name", ""),
        ("name", "n" * 201),
        ("name", "bell\x07"),
        ("barcode", "b" * 41),
        ("description", "d" * 5001),
        ("description", "nul\0"),
        ("price_minor", -1),
        ("price_minor", 10**16),
        ("cost_minor", -1),
        ("reorder_level", -1),
    ],
)
def test_nonsense_adds_and_changes_nothing(field: str, value: Any) -> None:
    product = make.product("A", name="Lamp")
    with pytest.raises(FieldErrors) as caught:
        make.product(**{"sku": "B", field: value})
    assert list(caught.value.details["fields"]) == [field]
    with pytest.raises(FieldErrors):
        change(product, **{field: value})
    assert list(Product.objects.values_list("sku", "name", "price_minor")) == [("A", "Lamp", 250)]
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("unit", "stone"), ("decimals", 4), ("decimals", -1)])
def test_an_unknown_unit_adds_nothing(field: str, value: Any) -> None:
    with pytest.raises(FieldErrors) as caught:
        make.product(**{field: value})
    assert list(caught.value.details["fields"]) == [field]
    assert skus() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"sku": "A"},
        {"sku": ""},
        {"name": ""},
        {"barcode": "4006"},
        {"price_minor": -1},
        {"price_minor": None},
        {"cost_minor": -1},
        {"reorder_level": -1},
        {"unit": "stone"},
        {"decimals": 4},
    ],
)
def test_the_database_refuses_what_no_service_would_write(fields: dict[str, Any]) -> None:
    make.product("A", barcode="4006")
    row = {"sku": "B", "name": "B", "price_minor": 1, "reorder_level": 0, "created_at": make.AT, "updated_at": make.AT}
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.create(**{**row, **fields})
    assert skus() == ["A"]


def test_a_bad_row_does_not_spoil_the_others() -> None:
    make.product("old", barcode="111")
    drafts = [
        make.draft("good"),
        make.draft("old"),
        make.draft("good"),
        make.draft("bar", barcode="111"),
        make.draft("low", price_minor=-1),
        make.draft("cat", category_id=999),
        make.draft("sup", supplier_id=999),
        make.draft("also-good", barcode="222"),
        make.draft("twin", barcode="222"),
    ]
    answers = services.add_products(drafts, actor=make.console(), at=make.AT)
    assert [type(answer) for answer in answers] == [
        Product,
        SkuTaken,
        SkuTaken,
        BarcodeTaken,
        FieldErrors,
        NoSuchCategory,
        NoSuchSupplier,
        Product,
        BarcodeTaken,
    ]
    assert skus() == ["also-good", "good", "old"]
    event = AuditEvent.objects.get(action="catalog.products_added")
    assert event.after == {"count": 2, "ids": [answers[0].pk, answers[7].pk]}  # type: ignore[union-attr]


def test_where_all_rows_are_refused_nothing_is_told() -> None:
    services.add_products([make.draft(price_minor=-1)], actor=make.console(), at=make.AT)
    assert services.add_products([], actor=make.console(), at=make.AT) == []
    assert not AuditEvent.objects.exists()


def test_a_thousand_products_take_few_statements() -> None:
    console = make.console()
    drafts = [make.draft(barcode=f"b{i}") for i in range(2000)]
    counts = []
    for batch in (drafts[:1000], drafts[1000:]):
        with CaptureQueriesContext(connection) as seen:
            services.add_products(batch, actor=console, at=make.AT)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 40
    assert Product.objects.count() == 2000


def test_of_many_imports_at_once_each_row_is_added_once() -> None:
    drafts = [make.draft(f"S{i}", barcode=f"B{i}") for i in range(30)]
    console = make.console()
    calls = [lambda rows=rows: services.add_products(rows, actor=console, at=make.AT) for rows in (drafts, drafts)]
    results = together(calls)
    assert all(isinstance(result, list) for result in results), results
    answers = [answer for result in results for answer in result]  # type: ignore[union-attr]
    added = [answer for answer in answers if isinstance(answer, Product)]
    assert sorted(product.pk for product in added) == sorted(Product.objects.values_list("pk", flat=True))
    assert len(added) == 30
    assert {type(answer) for answer in answers} == {Product, SkuTaken}


def test_a_change_tells_before_and_after() -> None:
    product, group = make.product("A"), services.add_category(name="Lamps", actor=make.console(), at=make.AT)
    change(product, price_minor=300, category_id=group.pk, name=product.name)
    product.refresh_from_db()
    assert (product.price_minor, product.category) == (300, group)
    event = AuditEvent.objects.get(action="catalog.product_changed")
    assert event.before == {"price_minor": 250, "category_id": None}
    assert event.after == {"price_minor": 300, "category_id": group.pk}
    change(product, category_id=None)
    product.refresh_from_db()
    assert product.category is None


def test_a_change_to_the_same_is_no_event() -> None:
    product = make.product("A")
    change(product, sku="A ", unit="piece", decimals=0, price_minor=250)
    assert not AuditEvent.objects.filter(action="catalog.product_changed").exists()


@pytest.mark.parametrize("changes", [{"unit": "kg"}, {"decimals": 2}])
def test_unit_and_decimals_never_change(changes: dict[str, Any]) -> None:
    product = make.product("A")
    with pytest.raises(UnitFixed):
        change(product, price_minor=1, **changes)
    product.refresh_from_db()
    assert (product.unit, product.decimals, product.price_minor) == ("piece", 0, 250)


def test_what_is_not_on_the_list_cannot_be_changed() -> None:
    product = make.product("A")
    for name in ("id", "created_at", "archived_at"):
        with pytest.raises(TypeError):
            change(product, **{name: None})
    assert skus() == ["A"]


def test_a_taken_sku_or_barcode_changes_nothing() -> None:
    make.product("A", barcode="4006")
    other = make.product("B")
    with pytest.raises(SkuTaken):
        change(other, sku="A", price_minor=1)
    with pytest.raises(BarcodeTaken):
        change(other, barcode="4006", price_minor=1)
    other.refresh_from_db()
    assert (other.sku, other.barcode, other.price_minor) == ("B", "", 250)


def test_what_is_not_there_cannot_be_named() -> None:
    product, console = make.product("A"), make.console()
    gone = services.add_supplier(name="Gone", actor=console, at=make.AT)
    services.archive_supplier(gone.pk, actor=console, at=make.AT)
    for refusal, changes in (
        (NoSuchCategory, {"category_id": 999}),
        (NoSuchSupplier, {"supplier_id": 999}),
        (SupplierArchived, {"supplier_id": gone.pk}),
    ):
        with pytest.raises(refusal):
            change(product, price_minor=1, **changes)
    with pytest.raises(NoSuchSupplier):
        make.product("B", supplier_id=gone.pk)
    product.refresh_from_db()
    assert (product.price_minor, product.supplier_id) == (250, None)
    with pytest.raises(NoSuchProduct):
        services.archive_product(999, actor=console, at=make.AT)


def test_an_archived_product_stays_readable_and_takes_no_changes() -> None:
    product = make.product("A", barcode="4006")
    for _ in range(2):
        services.archive_product(product.pk, actor=make.console(), at=make.AT)
    assert not queries.products().exists()
    assert list(queries.products(archived=True)) == [product]
    assert queries.product(product.pk).archived_at == make.AT
    with pytest.raises(ProductArchived):
        change(product, price_minor=1)
    with pytest.raises(NoSuchProduct):
        queries.product_scanned("4006")
    with pytest.raises(SkuTaken):
        make.product("A")
    assert AuditEvent.objects.filter(action="catalog.product_archived").count() == 1
    assert services.restore_product(product.pk, actor=make.console(), at=make.AT).is_sold


def test_a_scanner_finds_the_barcode_before_the_sku() -> None:
    one, two = make.product("4006", barcode="x"), make.product("two", barcode="4006")
    assert queries.product_scanned(" 4006 ") == two
    assert queries.product_scanned("x") == one
    for text in ("", "X", "nothing", "\0"):
        with pytest.raises(NoSuchProduct):
            queries.product_scanned(text)


def test_search_looks_into_sku_name_and_barcode_whatever_the_case() -> None:
    lamp, table = make.product("85123A", name="White Lamp"), make.product("T-1", name="table", barcode="LAMP-4006")
    make.product("other", name="chair")
    assert list(queries.products(search="lAMP")) == sorted([lamp, table], key=lambda one: one.name)
    assert list(queries.products(search="85123a")) == [lamp]
    assert not queries.products(search="100%").exists()
    assert queries.by_sku(["85123A", "T-1 ", "none"]) == {"85123A": lamp, "T-1 ": table}
    assert queries.by_id([lamp.pk, table.pk, 999]) == {lamp.pk: lamp, table.pk: table}


def test_a_filter_narrows_and_zero_is_a_filter() -> None:
    console = make.console()
    group = services.add_category(name="Lamps", actor=console, at=make.AT)
    maker = services.add_supplier(name="Maker", actor=console, at=make.AT)
    lamp = make.product(category_id=group.pk, supplier_id=maker.pk)
    postage = make.product(stocked=False)
    assert list(queries.products(category=group.pk, supplier=maker.pk)) == [lamp]
    assert list(queries.products(stocked=False)) == [postage]
    assert not queries.products(category=0).exists()


def test_twice_the_products_take_the_same_queries() -> None:
    console = make.console()
    group = services.add_category(name="Lamps", actor=console, at=make.AT)
    counts = []
    for _ in range(2):
        services.add_products([make.draft(category_id=group.pk) for _ in range(5)], actor=console, at=make.AT)
        with CaptureQueriesContext(connection) as seen:
            assert all(product.category.name and not product.supplier for product in queries.products())  # type: ignore[union-attr]
        counts.append(len(seen))
    assert counts == [1, 1]
