"""Opening stock from a file: received onto the shelves of one store, at the cost given or the list's."""

from functools import partial
from typing import BinaryIO

import pytest

from tests import make, picture
from tests.imports.files import brought, check, counts, csv_file, imported, products, reasons, started, worked_off
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as books_services
from tradepost.catalog import services as catalog
from tradepost.imports import queries
from tradepost.imports import services as imports
from tradepost.imports.errors import ImportRepeated
from tradepost.imports.models import Import
from tradepost.lib.errors import Denied
from tradepost.places import services as places
from tradepost.places.errors import NoSuchStore, StoreArchived
from tradepost.till import queries as till
from tradepost.till.models import StockEntry

pytestmark = pytest.mark.django_db


def test_rows_are_received_as_one_delivery_without_a_supplier() -> None:
    store = make.store()
    tea, nuts = make.product("TEA", cost_minor=100), make.product("NUTS", unit="kg", cost_minor=300)
    doc = imported(csv_file("sku,quantity,unit cost", "TEA,10,", "NUTS,1.5,4.00", "TEA,5,2.50"), store=store)
    assert (doc.state, counts(doc)) == ("done", (3, 0, 0, 0))
    assert (doc.preview["again"], doc.preview["again_rows"]) == (1, [4]), "which comes in two lots"
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 15, nuts.pk: 1500}
    entry = StockEntry.objects.get()
    assert (entry.number, entry.supplier, entry.kind) == (f"import:{doc.pk}:2-4", None, "received")
    assert list(entry.lines.values_list("quantity", "cost_minor")) == [(10, 1000), (1500, 600), (5, 1250)]
    assert till.average_cost(store.pk, tea.pk) == 1_500_000
    assert not books_services.reconcile().differences


def test_each_row_that_cannot_be_received_says_why() -> None:
    store, other = make.store("Camden"), make.store("York")
    tea = make.product("TEA")
    make.product("POST", stocked=False)
    gone = make.product("GONE")
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    lines = ["TEA,2,,camden", "NONE,1,,", "GONE,1,,", "POST,1,,", "TEA,1.5,,", "TEA,-1,-1,", "TEA,,,", ",1,,",
             "TEA,1,,York", "TEA,0,,", "TEA,many,free,", "TEA,1,,", "TEA,2000000000000,,"]  # fmt: skip
    doc = imported(csv_file("sku,qty,cost,store", *lines), store=store)
    assert counts(doc) == (2, 0, 1, 10)
    assert reasons(doc) == [
        (3, "sku", "There is no product of this SKU."),
        (4, "sku", "This product is archived."),
        (5, "sku", "This is a service: it has no stock."),
        (6, "quantity", "1.5 has more than the 0 decimals this product is counted in."),
        (7, "cost", "This is below zero."),
        (7, "quantity", "This is below zero."),
        (8, "quantity", "This is needed."),
        (9, "sku", "This is needed."),
        (10, "store", "This import is for Camden."),
        (12, "cost", "This is not a number."),
        (12, "quantity", "This is not a number."),
        (14, "quantity", "2000000000000 is more than the books can hold."),
    ]
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 3}
    assert books.levels_at(chart.store(other.pk)) == {}


def test_what_the_till_refuses_is_refused_row_by_row_and_the_others_stand() -> None:
    store, tea = make.store(), make.product("TEA", decimals=3, unit="kg")
    doc = imported(csv_file("sku,quantity,cost", "TEA,1,1.00", "TEA,0.001,999999999999.00", "TEA,2,1.00"), store=store)
    assert (counts(doc), reasons(doc)) == ((2, 0, 0, 1), [(3, "cost", "100000000000 is no cost of so little.")])
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 3000}
    assert sorted(StockEntry.objects.values_list("number", flat=True)) == [f"import:{doc.pk}:{row}" for row in (2, 4)]


def test_a_look_at_stock_changes_nothing() -> None:
    store = make.store()
    make.product("TEA")
    before = picture.of_everything()
    checked = check(csv_file("sku,quantity", "TEA,5", "NONE,1"), store=store)
    assert (checked.preview["added"], checked.preview["refused"]) == (1, 1)
    assert picture.of_everything() == before


def test_stock_takes_a_manager_of_that_store() -> None:
    store, other = make.store(), make.store()
    make.product("TEA")
    file = csv_file("sku,quantity", "TEA,5")
    for user in (make.customer(), make.staff(store), make.manager(other), make.auditor()):
        with pytest.raises(Denied):
            check(file, store=store, actor=make.actor(user))
    manager = make.actor(make.manager(store))
    doc = started(file, store=store, actor=manager)
    with pytest.raises(Denied):
        imports.work_off(doc.pk, actor=make.actor(make.staff(store)), at=make.AT)
    assert books.levels_at(chart.store(store.pk)) == {}
    imports.run_import(doc.pk, by_worker=False, actor=make.actor(make.manager(store)), at=make.AT)
    assert counts(imports.work_off(doc.pk, actor=manager, at=make.AT)) == (1, 0, 0, 0)


def test_a_store_must_be_there_and_open() -> None:
    store = make.store()
    places.archive_store(store.pk, actor=make.console(), at=make.AT)
    file = csv_file("sku,quantity", "TEA,5")
    with pytest.raises(StoreArchived):
        check(file, store=store)
    with pytest.raises(NoSuchStore):
        imports.check_file("a.csv", file, kind="stock", store_id=10**6, actor=make.console(), at=make.AT)


def test_a_file_that_was_received_is_received_once_more_only_by_a_word() -> None:
    store, other, tea = make.store(), make.store("York"), make.product("TEA")
    first = imported(tea_file(), store=store)
    again = brought(tea_file(), store=store, actor=make.actor(make.admin("ada")))
    found = queries.received_before(store.pk, again.digest, but=again.pk)
    assert found == first
    with pytest.raises(ImportRepeated) as refusal:
        imports.run_import(again.pk, actor=make.console(), at=make.AT)
    assert refusal.value.details == {"import_id": first.pk}
    again.refresh_from_db()
    assert (again.state, again.started_at, books.levels_at(chart.store(store.pk))) == ("previewed", None, {tea.pk: 10})
    assert counts(imported(tea_file(), store=other)) == (1, 0, 0, 0), "what goes elsewhere is another delivery"
    imports.run_import(again.pk, is_again=True, by_worker=False, actor=make.console(), at=make.AT)
    assert counts(worked_off(again)) == (1, 0, 0, 0)
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 20}


def test_a_file_of_which_nothing_was_taken_is_no_repeat() -> None:
    store = make.store()
    assert counts(imported(tea_file(), store=store)) == (0, 0, 0, 1)
    make.product("TEA")
    assert counts(imported(tea_file(), store=store)) == (1, 0, 0, 0)


def test_products_from_the_same_file_are_simply_the_same() -> None:
    assert counts(imported(products(3))) == (3, 0, 0, 0)
    assert counts(imported(products(3))) == (0, 0, 3, 0)


def test_of_two_who_start_the_same_file_at_once_one_is_refused() -> None:
    store, tea = make.store(), make.product("TEA")
    docs = [brought(tea_file(), store=store) for _ in range(4)]

    def start(doc: Import) -> str:
        try:
            imports.run_import(doc.pk, by_worker=False, actor=make.console(), at=make.AT)
        except ImportRepeated:
            return "refused"
        return imports.work_off(doc.pk, actor=make.console(), at=make.AT).state

    answers = together([partial(start, doc) for doc in docs])
    assert sorted(map(str, answers)) == ["done", "refused", "refused", "refused"]
    assert books.levels_at(chart.store(store.pk)) == {tea.pk: 10}


def tea_file() -> BinaryIO:
    return csv_file("sku,quantity", "TEA,10")
