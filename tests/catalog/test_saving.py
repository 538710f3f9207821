"""Saving products by SKU: what a file says is added or changed, each row for itself, as if one by one."""

from typing import Any

import pytest

from tests import make, picture
from tests.statements import counted
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import queries as books
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Category, Product, Supplier
from tradepost.catalog.services import ProductRow, Saved
from tradepost.lib import db
from tradepost.lib.errors import Busy, Denied, TradepostError

pytestmark = pytest.mark.django_db


def row(sku: str, **fields: Any) -> ProductRow:
    """What a file says of a SKU."""
    return ProductRow(sku, fields)  # type: ignore[arg-type]


def new(sku: str, **fields: Any) -> ProductRow:
    """What a file says of a SKU nobody had before."""
    return row(sku, **{"name": f"Name of {sku}", "price_minor": 250, **fields})


def saved(*rows: ProductRow) -> list[str]:
    """What became of each row, or the code it was refused with."""
    answers = catalog.save_products(rows, ever_moved=books.ever_moved, actor=make.console(), at=make.AT)
    return [answer.outcome if isinstance(answer, Saved) else answer.code for answer in answers]


def of(sku: str) -> Product:
    """The product of this SKU."""
    return Product.objects.get(sku=sku)


def test_a_new_sku_adds_and_a_standing_one_changes() -> None:
    old = make.product("A", price_minor=100, description="Stays")
    answers = catalog.save_products(
        [row("A", price_minor=120), row("A", price_minor=120), new("B", unit="kg", reorder_level="0.5")],
        ever_moved=books.ever_moved,
        actor=make.console(),
        at=make.AT,
    )
    assert answers == [Saved(old.pk, "changed"), Saved(old.pk, "same"), Saved(of("B").pk, "created")]
    assert (of("A").price_minor, of("A").description) == (120, "Stays")
    assert (of("B").decimals, of("B").reorder_level, of("B").stocked) == (3, 500, True)


def test_rows_count_in_their_order() -> None:
    assert saved(new("A"), row("A", name="Later"), row(" A ", name="Last")) == ["created", "changed", "changed"]
    assert (of("A").name, Product.objects.count()) == ("Last", 1)


def test_a_sku_is_case_sensitive_and_stripped() -> None:
    assert saved(new("a"), new("A"), row(" a", name="Same")) == ["created", "created", "changed"]


def test_groups_are_found_whatever_the_case_and_added_once() -> None:
    toys = catalog.add_category(name="Toys", actor=make.console(), at=make.AT)
    assert saved(new("A", category="toys", supplier="Ann"), new("B", category="Tea", supplier="ANN")) == ["created"] * 2
    assert of("A").category == toys
    assert [category.name for category in Category.objects.all()] == ["Tea", "Toys"]
    assert [supplier.name for supplier in Supplier.objects.all()] == ["Ann"]
    assert saved(row("A", category="TEA")) == ["changed"]
    assert of("A").category == of("B").category


def test_each_row_is_refused_for_itself_and_changes_nothing() -> None:
    make.product("A", barcode="111")
    gone = make.product("GONE")
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    supplier = catalog.add_supplier(name="Closed", actor=make.console(), at=make.AT)
    catalog.archive_supplier(supplier.pk, actor=make.console(), at=make.AT)
    before = {product.sku: product for product in Product.objects.all()}
    rows = [
        row("NEW", name="No price"), new("NEW", name=""), new("", category="Lost"), new("NEW", price_minor=-1),
        new("NEW", unit="ton"), new("NEW", decimals=9, reorder_level="1"), new("NEW", reorder_level="1.5"),
        new("NEW", barcode="111"), new("NEW", category="x" * 101), new("NEW", supplier="closed"),
        row("A", unit="kg"), row("A", name="New name", price_minor=-1), row("GONE", name="Back"),
    ]  # fmt: skip
    assert saved(*rows, new("LAST")) == [
        *["invalid_fields"] * 7, "barcode_taken", "invalid_fields", "supplier_archived",
        "unit_fixed", "invalid_fields", "product_archived", "created",
    ]  # fmt: skip
    after = {product.sku: product for product in Product.objects.exclude(sku="LAST")}
    assert {sku: vars(one) | {"_state": 0} for sku, one in after.items()} == {
        sku: vars(one) | {"_state": 0} for sku, one in before.items()
    }
    assert (Category.objects.count(), Supplier.objects.count()) == (0, 1)


def test_an_archived_supplier_may_stay_where_it_is() -> None:
    supplier = catalog.add_supplier(name="Closed", actor=make.console(), at=make.AT)
    make.product("A", supplier_id=supplier.pk)
    catalog.archive_supplier(supplier.pk, actor=make.console(), at=make.AT)
    assert saved(row("A", supplier="Closed"), row("A", supplier="closed", price_minor=1)) == ["same", "changed"]


def test_a_barcode_given_up_may_be_taken_by_a_later_row() -> None:
    make.product("A", barcode="1")
    make.product("B", barcode="2")
    assert saved(row("B", barcode="1")) == ["barcode_taken"]
    swapped = [row("A", barcode="3"), row("B", barcode="1"), new("C", barcode="2"), new("D", barcode="3")]
    assert saved(*swapped) == ["changed", "changed", "created", "barcode_taken"]
    assert dict(Product.objects.values_list("sku", "barcode")) == {"A": "3", "B": "1", "C": "2"}


def test_trying_tells_the_same_and_writes_nothing() -> None:
    make.product("A", barcode="1")
    rows = [row("A", price_minor=1), new("B", category="Tea"), new("C", barcode="1"), row("D"), row("A", price_minor=1)]
    before = picture.of_everything()
    tried = catalog.try_products(rows, ever_moved=books.ever_moved, actor=make.console(), at=make.AT)
    assert picture.of_everything() == before
    assert (Product.objects.count(), Category.objects.count()) == (1, 0)
    told = [answer.code if isinstance(answer, TradepostError) else answer.outcome for answer in tried]
    assert told == saved(*rows) == ["changed", "created", "barcode_taken", "invalid_fields", "same"]


def test_one_audit_row_tells_before_and_after() -> None:
    old = make.product("A", price_minor=100)
    saved(row("A", price_minor=120, name=old.name), new("B"))
    event = AuditEvent.objects.get(action="catalog.products_saved")
    assert event.before == {"changed": {str(old.pk): {"price_minor": 100}}}
    assert event.after == {"created": [of("B").pk], "changed": {str(old.pk): {"price_minor": 120}}}
    saved(row("A", price_minor=120))
    assert AuditEvent.objects.filter(action="catalog.products_saved").count() == 1


def test_twice_the_rows_take_the_same_statements() -> None:
    def statements(count: int) -> int:
        rows = [new(f"N{count}-{i}", barcode=f"{count}-{i}", category="Tea") for i in range(count)]
        changes = [row(f"N10-{i}", price_minor=count) for i in range(10)]
        with counted() as seen:
            assert set(saved(*rows, *changes)) == {"created", "changed"}
        return len([sql for sql in seen if not sql.startswith(("SAVEPOINT", "RELEASE"))])

    saved(*[new(f"N10-{i}") for i in range(10)], new("T", category="Tea"))
    assert statements(20) == statements(200)


def test_saving_takes_an_administrator() -> None:
    store = make.store()
    for actor in (make.actor(make.customer()), make.actor(make.manager(store)), make.visitor()):
        for call in (catalog.save_products, catalog.try_products):
            with pytest.raises(Denied):
                call([new("A")], ever_moved=books.ever_moved, actor=actor, at=make.AT)
    assert Product.objects.count() == 0


def test_two_lists_that_meet_save_each_product_once() -> None:
    skus = [f"S{number:03}" for number in range(100)]

    def save(order: int) -> list[str] | Busy:
        try:
            with db.politely():
                return saved(*[new(sku, barcode=f"b{sku}", category="Tea") for sku in skus[::order]])
        except Busy as busy:
            return busy

    answers = together([lambda: save(1), lambda: save(-1)])
    assert all(isinstance(answer, list | Busy) for answer in answers), answers
    assert [set(answer) for answer in answers if isinstance(answer, list)] in ([{"created"}], [{"created"}, {"same"}],
                                                                              [{"same"}, {"created"}])  # fmt: skip
    assert (Product.objects.count(), Category.objects.count()) == (100, 1)
