"""What stands where, over the API: the shape of a row, filters that are strict, pages that lead on, marks."""

from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller, problem_of, stocked
from tradepost.api.base import Output
from tradepost.api.stock.levels import LevelOutput
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory import queries
from tradepost.places import services as places
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def level_of(caller: Caller, store: Store, product: Product) -> dict[str, Any]:
    """The one row of a product in a store."""
    (row,) = caller.get(f"stock/?store={store.pk}&product={product.pk}").json()["results"]
    return dict(row)


def test_a_row_says_what_stands_where_and_from_when_on_it_runs_low() -> None:
    store = make.store("North", location="Quay 1")
    supplier = catalog.add_supplier(name="Leaf", actor=make.console(), at=make.AT)
    category = catalog.add_category(name="Drinks", actor=make.console(), at=make.AT)
    tea = make.product("TEA-1", name="Tea", unit="kg", supplier_id=supplier.pk, category_id=category.pk)
    stocked(store, tea, 4500)
    row = level_of(Caller(make.staff(store)), store, tea)
    assert row.pop("id") > 0
    assert row.pop("updated_at").endswith("Z")
    assert row == {
        "store": store.pk, "store_name": "North", "location": "Quay 1", "product": tea.pk, "product_name": "Tea",
        "sku": "TEA-1", "barcode": "", "unit": "kg", "price": "2.50", "category": category.pk,
        "category_name": "Drinks", "supplier": supplier.pk, "supplier_name": "Leaf", "quantity": "4.500",
        "reorder_level": "20.000", "own_reorder_level": False, "status": "low_stock",
        "archived_at": None,
    }  # fmt: skip


def test_a_row_written_by_hand_is_what_its_fields_would_have_said() -> None:
    north, south = make.store("North"), make.store("South")
    supplier = catalog.add_supplier(name="Leaf", actor=make.console(), at=make.AT)
    category = catalog.add_category(name="Drinks", actor=make.console(), at=make.AT)
    stocked(north, make.product("TEA-1", unit="kg", supplier_id=supplier.pk, category_id=category.pk), 4500)
    gone = make.product("CUP-1")
    stocked(south, gone, 3)
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    rows = list(queries.stock(make.console()))
    assert {row.product.archived_at is None for row in rows} == {True, False}
    for row in rows:
        shape = LevelOutput()
        assert list(shape.to_representation(row).items()) == list(super(Output, shape).to_representation(row).items())


def test_both_addresses_answer_the_same() -> None:
    store = make.store()
    stocked(store, make.product())
    admin = Caller(make.admin())
    assert admin.get("stock/").json() == admin.get("stocks/").json()
    row = admin.get("stock/").json()["results"][0]
    assert admin.get(f"stocks/{row['id']}/").json() == admin.get(f"stock/{row['id']}/").json() == row


@pytest.mark.parametrize(
    "query",
    [
        "store=9999", "store=x", "product=9999", "supplier=9999", "category=9999", "status=plenty", "status=",
        "ordering=price", "ordering=", "start_date=yesterday", "end_date=2026-02-30", "cursor=x",
        "cursor=older-3", "page_size=0", "colour=red", "sku=a&sku=b", "sku=NOPE", "sku=", "store=1_0", "search=%00",
        "product=99999999999999999999",
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused(query: str) -> None:
    answer = Caller(make.admin()).get(f"stock/?{query}")
    assert answer.status_code == 400, answer.content


def test_a_sku_narrows_to_its_product_though_nothing_of_it_is_anywhere_or_it_is_not_sold_any_more() -> None:
    store, admin = make.store(), Caller(make.admin())
    make.stocked_product(store, 3, sku="MUG")
    make.stocked_product(store, 3, sku="CUP")
    make.product("NEW")
    gone = make.product("OLD")
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    assert [row["sku"] for row in admin.get("stock/?sku=MUG").json()["results"]] == ["MUG"]
    for sku in ("NEW", "OLD"):
        assert admin.get(f"stock/?sku={sku}").json()["results"] == []
    for unknown in ("mug", "NOPE"):
        fields = problem_of(admin.get(f"stock/?sku={unknown}"), 400, "invalid_fields")["fields"]
        assert fields == {"sku": [f"There is no product '{unknown}'"]}


def test_a_range_of_days_has_its_last_day_whole_in_the_time_of_the_store() -> None:
    tokyo = make.store("Tokyo", time_zone="Asia/Tokyo")
    tea = make.product()
    stocked(tokyo, tea)  # at 09:30 UTC on 2 March, in Tokyo at 18:30
    admin = Caller(make.admin())

    def rows(query: str) -> int:
        return len(admin.get(f"stock/?{query}").json()["results"])

    assert rows("start_date=2026-03-02&end_date=2026-03-02") == 1
    assert rows("end_date=2026-03-01") == rows("start_date=2026-03-03") == 0
    make.moved(tokyo, tea, "OUT", 1, at=make.AT.replace(hour=23))
    assert rows(f"store={tokyo.pk}&start_date=2026-03-03") == 1
    assert rows("start_date=2026-03-03") == 0


def test_pages_keep_their_filters_and_lead_on_and_back() -> None:
    store = make.store()
    for number in range(5):
        stocked(store, make.product(name=f"Tea {number}"))
    caller = Caller(make.staff(store))
    seen, path, pages = [], "stock/?search=tea&page_size=2&ordering=-product_name", []
    while path:
        page = caller.get(path).json()
        seen += [row["product_name"] for row in page["results"]]
        pages.append(page)
        path = (page["next"] or "").partition("/api/")[2]
    assert seen == [f"Tea {number}" for number in (4, 3, 2, 1, 0)]
    assert [bool(page["previous"]) for page in pages] == [False, True, True]
    assert "search=tea" in pages[1]["previous"]
    assert caller.get(pages[2]["previous"].partition("/api/")[2]).json()["results"] == pages[1]["results"]


def test_a_manager_sets_the_mark_of_the_store_and_takes_it_away_again() -> None:
    store, other, tea = make.store(), make.store(), make.product()
    stocked(store, tea, 30)
    stocked(other, tea, 30)
    manager, admin = Caller(make.manager(store)), Caller(make.admin())
    path = f"stock/{level_of(manager, store, tea)['id']}/"
    row = manager.patch(path, {"reorder_level": "40"}).json()
    assert (row["reorder_level"], row["own_reorder_level"], row["status"]) == ("40", True, "low_stock")
    catalog.change_product(tea.pk, reorder_level=31, actor=make.console(), at=make.AT)
    assert level_of(manager, store, tea)["reorder_level"] == "40"
    assert level_of(admin, other, tea)["status"] == "low_stock"
    row = manager.patch(path, {"reorder_level": None}).json()
    assert (row["reorder_level"], row["own_reorder_level"], row["status"]) == ("31", False, "low_stock")
    logged = admin.get(f"logs/?store={store.pk}&action=books.mark_set").json()["results"]
    assert [one["after"]["low_at"] for one in logged] == [31, 40]


@pytest.mark.parametrize("wrong", [{}, {"reorder_level": "-1"}, {"reorder_level": "0.5"}, {"reorder_level": "many"}])
def test_a_mark_that_is_none_is_refused_and_changes_nothing(wrong: dict[str, str]) -> None:
    store, tea = make.store(), make.product()
    stocked(store, tea)
    manager = Caller(make.manager(store))
    path = f"stock/{level_of(manager, store, tea)['id']}/"
    before = picture.of_everything()
    assert manager.patch(path, wrong).status_code == 400
    assert picture.of_everything() == before


def test_marks_are_set_by_managers_of_the_store_where_there_is_one() -> None:
    store, tea = make.store(), make.product()
    stocked(store, tea)
    admin = Caller(make.admin())
    path = f"stock/{level_of(admin, store, tea)['id']}/"
    staff, foreign = Caller(make.staff(store)), Caller(make.manager(make.store()))
    before = picture.of_everything()
    problem_of(staff.patch(path, {"reorder_level": "1"}), 403, "denied")
    problem_of(foreign.patch(path, {"reorder_level": "1"}), 404, "no_such_level")
    assert picture.of_everything() == before
    places.archive_store(store.pk, actor=make.console(), at=make.AT)
    before = picture.of_everything()
    problem_of(admin.patch(path, {"reorder_level": "1"}), 409, "store_archived")
    assert picture.of_everything() == before
