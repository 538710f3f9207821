"""What stands where: every filter and every order, whoever asks; the ways to look a range of days up."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tradepost.books import chart, moved
from tradepost.books import queries as books
from tradepost.books.models import Level
from tradepost.books.services import close_runs
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory import queries, services
from tradepost.inventory.errors import NoSuchLevel
from tradepost.inventory.queries import ORDERINGS, StockFilters
from tradepost.inventory.queries import levels as reading
from tradepost.lib import keyset
from tradepost.lib.errors import Invalid
from tradepost.lib.keyset import NotACursor
from tradepost.people.models import User
from tradepost.places import services as places
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def found(user: User | None = None, **filters: Any) -> list[tuple[str, str]]:
    """Store and product of each level, in the order of the list."""
    actor = make.actor(user) if user else make.console()
    rows = queries.stock(actor, StockFilters(**filters))
    return [(level.location.store.name, level.product.name) for level in rows if level.location.store]


def goods(store: Store, steps: int, **fields: Any) -> Product:
    return make.stocked_product(store, steps, **fields)


def test_a_list_without_filters_goes_by_product_and_store() -> None:
    north, south = make.store("North"), make.store("South")
    tea = goods(south, 30, name="Tea")
    make.delivery(north, (tea, 30, None))
    goods(north, 5, name="Cup")
    assert found() == [("North", "Cup"), ("North", "Tea"), ("South", "Tea")]


def test_each_filter_finds_what_it_says_and_nothing_else() -> None:
    north = make.store("North", location="Quay 1, York")
    south = make.store("South", location="Hill 2, Bath")
    supplier = catalog.add_supplier(name="Leaf", actor=make.console(), at=make.AT)
    category = catalog.add_category(name="Drinks", actor=make.console(), at=make.AT)
    goods(north, 30, sku="TEA-1", name="Green tea", barcode="5012345", supplier_id=supplier.pk, category_id=category.pk)
    cup = goods(south, 3, sku="CUP-1", name="Cup")
    make.moved(south, cup, "OUT", 1)
    gone = goods(south, 1, sku="JAR-1", name="Jar")
    make.moved(south, gone, "OUT", 1)
    green, low, out = [("North", "Green tea")], [("South", "Cup")], [("South", "Jar")]
    expected: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        ({"store": north.pk}, green),
        ({"store": 10**12}, []),
        ({"product": cup.pk}, low),
        ({"sku": "CUP-1"}, low),
        ({"sku": "cup-1"}, []),
        ({"search": "GREEN"}, green),
        ({"search": "tea-"}, green),
        ({"search": "01234"}, green),
        ({"search": "\0"}, [*low, *green, *out]),
        ({"status": "in_stock"}, green),
        ({"status": "low_stock"}, low),
        ({"status": "out_of_stock"}, out),
        ({"supplier": supplier.pk}, green),
        ({"category": category.pk}, green),
        ({"location": "york"}, green),
        ({"location": "nowhere"}, []),
        ({"location": "bath", "search": "u"}, low),
        ({"store": north.pk, "location": "bath"}, []),
        ({"store": south.pk, "status": "out_of_stock", "search": "jar"}, out),
    ]
    for filters, rows in expected:
        assert found(**filters) == rows, filters


def test_many_products_of_a_filter_are_found_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    store = make.store()
    for name in ("Cup", "Tea cup", "Tea"):
        goods(store, 1, name=name)
    few = found(search="tea")
    monkeypatch.setattr(reading, "FEW_PRODUCTS", 1)
    assert found(search="tea") == few == [(store.name, "Tea"), (store.name, "Tea cup")]


def test_archived_goods_and_money_alone_are_not_on_the_list() -> None:
    store = make.store()
    old = goods(store, 1)
    make.sale(store, (old, 1))
    catalog.archive_product(old.pk, actor=make.console(), at=make.AT)
    assert found() == []


def test_archived_goods_that_came_back_are_on_the_list_and_neither_low_nor_out() -> None:
    store = make.store()
    old = goods(store, 1, name="Old", reorder_level=20)
    sold = make.sale(store, (old, 1))
    services.retire_product(old.pk, actor=make.console(), at=make.AT)
    assert found() == []
    make.given_back(sold, 1)
    assert found() == found(status="in_stock") == [(store.name, "Old")]
    assert found(status="low_stock") == found(status="out_of_stock") == []
    assert queries.overview(make.console()) == (1, 0, 0)


def test_a_closed_store_is_on_no_list_until_it_opens_again() -> None:
    store, other = make.store("Shut"), make.store("Open")
    out = goods(store, 1, name="Tea")
    goods(other, 1, name="Tea", reorder_level=5)
    make.sale(store, (out, 1))
    before, manager = [found(ordering=name) for name in ORDERINGS], make.manager(store)
    services.close_store(store.pk, actor=make.console(), at=make.AT)
    assert [found(ordering=name) for name in ORDERINGS] == [[("Open", "Tea")]] * len(ORDERINGS)
    assert found(store=store.pk) == found(status="out_of_stock") == found(product=out.pk) == []
    assert found(manager) == []
    assert not books.low_levels(chart.store(store.pk)).exists()
    with pytest.raises(NoSuchLevel):
        queries.level(Level.objects.get(product=out).pk, make.console())
    places.reopen_store(store.pk, actor=make.console(), at=make.AT)
    assert [found(ordering=name) for name in ORDERINGS] == before
    assert found(status="out_of_stock") == [("Shut", "Tea")]
    assert [level.product for level in books.low_levels(chart.store(store.pk))] == [out]


def test_what_stands_in_an_archived_store_is_listed_and_neither_low_nor_out() -> None:
    """Such stores are from before anybody looked whether they were empty."""
    store = make.store("Shut")
    goods(store, 3, name="Tea", reorder_level=5)
    assert found(status="low_stock") == [("Shut", "Tea")]
    places.archive_store(store.pk, actor=make.console(), at=make.AT)
    assert found() == found(status="in_stock") == [("Shut", "Tea")]
    assert found(status="low_stock") == found(status="out_of_stock") == []
    assert queries.overview(make.console()) == (1, 0, 0)
    assert not books.low_levels(chart.store(store.pk)).exists()


def test_everybody_sees_the_levels_of_the_own_stores_and_auditors_all() -> None:
    own, other = make.store("Own"), make.store("Other")
    goods(own, 1, name="Tea")
    theirs = goods(other, 1, name="Tea")
    assert found(make.staff(own)) == found(make.manager(own)) == [("Own", "Tea")]
    assert found(make.staff(own), store=other.pk) == []
    assert found(make.customer()) == []
    assert len(found(make.auditor())) == len(found(make.admin())) == 2
    level = Level.objects.get(product=theirs)
    assert queries.level(level.pk, make.actor(make.auditor())) == level
    for stranger in (make.staff(own), make.customer()):
        with pytest.raises(NoSuchLevel):
            queries.level(level.pk, make.actor(stranger))
    with pytest.raises(NoSuchLevel):
        queries.level(2**70, make.console())


@pytest.mark.parametrize("ordering", ["quantity", "-quantity", "updated_at", "-updated_at"])
@pytest.mark.parametrize("status", ["", "low_stock", "out_of_stock"])
def test_what_every_movement_changes_is_in_order_without_sorting(ordering: str, status: str) -> None:
    """At a million levels a sort takes seconds."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite would rather sort what is low; it does not hold a million levels")
    goods(make.store(), 5)
    closed = make.store()
    make.sale(closed, (goods(closed, 1), 1))
    services.close_store(closed.pk, actor=make.console(), at=make.AT)
    rows = queries.stock(make.console(), StockFilters(ordering=ordering, status=status))[:10]
    with connection.cursor() as cursor:  # so few rows it would rather sort
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off; SET enable_bitmapscan = off")
    assert "Sort" not in rows.explain()


def test_an_unknown_status_or_order_is_no_filter() -> None:
    for wrong in (StockFilters(status="plenty"), StockFilters(ordering="price"), StockFilters(ordering="--sku")):
        with pytest.raises(Invalid):
            queries.stock(make.console(), wrong)


def several() -> None:
    """Levels with much in common: equal names, equal quantities."""
    for name in ("A", "B"):
        store = make.store(f"Store {name}")
        for number in range(3):
            goods(store, 7 + number // 2, name=f"Tea {number // 2}", sku=f"S{number}{name}")


def pages(rows: Any, size: int, *, back: bool = False) -> Iterator[list[Any]]:
    """The pages of a list, or from its end backwards."""
    part = keyset.portion(rows, "", size)
    while True:
        yield part.rows
        cursor = part.previous if back else part.next
        if not cursor:
            return
        part = keyset.portion(rows, cursor, size)


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("size", [1, 2, 4, 6, 7])
def test_pages_of_any_order_hold_every_row_once(ordering: str, size: int) -> None:
    several()
    rows = queries.stock(make.console(), StockFilters(ordering=ordering))
    whole = list(rows)
    assert len(whole) == 6
    assert [row for page in pages(rows, size) for row in page] == whole
    turned = list(queries.stock(make.console(), StockFilters(ordering=f"-{ordering}".removeprefix("--"))))
    assert [row for page in pages(rows, size) for row in page] == turned[::-1]


def test_pages_lead_back_the_way_they_came() -> None:
    several()
    rows = queries.stock(make.console())
    whole, first = list(rows), keyset.portion(rows, "", 2)
    second = keyset.portion(rows, first.next, 2)
    third = keyset.portion(rows, second.next, 2)
    assert (first.previous, third.next) == ("", "")
    assert third.rows == whole[4:]
    assert keyset.portion(rows, third.previous, 2).rows == second.rows == whole[2:4]
    assert keyset.portion(rows, second.previous, 2) == first


def test_a_row_added_meanwhile_shifts_no_page() -> None:
    several()
    rows = queries.stock(make.console())
    first, whole = keyset.portion(rows, "", 3), list(rows)
    goods(make.store("Store 0"), 1, name="Aardvark")
    assert keyset.portion(rows, first.next, 3).rows == whole[3:]


@pytest.mark.parametrize("cursor", ["x", "a:b:c", "7", "é", "\0", "x" * 10_000])
def test_a_text_that_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(NotACursor):
        keyset.portion(queries.stock(make.console()), cursor, 3)


def test_a_cursor_of_another_order_is_refused() -> None:
    several()
    by_name = keyset.portion(queries.stock(make.console()), "", 3)
    with pytest.raises(NotACursor):
        keyset.portion(queries.stock(make.console(), StockFilters(ordering="sku")), by_name.next, 3)


WAYS = {  # up to how many postings and shelves are few, and how many postings are not many
    "looked up": (10**6, 10**6, 10**6),
    "too many shelves of few postings": (10**6, 0, 10**6),
    "noted": (0, 0, 10**6),
    "asked": (0, 0, 0),
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each way a range of days may be looked up."""
    for name, bound in zip(("FEW_POSTINGS", "FEW_SHELVES", "MANY_POSTINGS"), WAYS[request.param], strict=True):
        monkeypatch.setattr(moved, name, bound)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("a_run", [0, 1, 2, 100], ids="{} a run".format)
def test_a_range_holds_what_came_or_went_in_it_to_its_very_ends(a_run: int) -> None:
    def close() -> None:
        if a_run:
            close_runs(postings_a_run=a_run)

    store, other = make.store("Own"), make.store("Other")
    tea, cup = (goods(store, 50, name=name) for name in ("Tea", "Cup"))
    make.delivery(other, (tea, 5, None))
    close()
    start, end = make.AT + DAY, make.AT + 2 * DAY
    second = timedelta(microseconds=1)
    within: dict[str, Any] = {"start": start, "end": end}
    assert found(**within) == []
    make.moved(store, cup, "OUT", 1, at=end)
    make.moved(store, cup, "OUT", 1, at=start - second)
    close()
    assert found(**within) == []
    make.moved(store, tea, "OUT", 1, at=start)
    close()
    assert found(**within) == found(store=store.pk, **within) == [("Own", "Tea")]
    make.moved(other, tea, "IN", 1, at=end - second)
    close()
    assert found(**within) == [("Other", "Tea"), ("Own", "Tea")]
    assert found(ordering="store_name", **within) == [("Other", "Tea"), ("Own", "Tea")]
    assert found(search="cup", **within) == found(status="low_stock", store=store.pk, **within) == []
    assert found(start=end) == [("Own", "Cup")]
    assert found(end=start - second) == [("Own", "Cup"), ("Other", "Tea"), ("Own", "Tea")]
    assert found(start=end + DAY) == found(make.customer(), **within) == []


@pytest.mark.usefixtures("way")
def test_pages_of_a_range_hold_every_row_once() -> None:
    several()
    rows = queries.stock(make.console(), StockFilters(start=make.AT, ordering="-sku"))
    assert [row for page in pages(rows, 2) for row in page] == list(
        queries.stock(make.console(), StockFilters(ordering="-sku"))
    )


@pytest.mark.parametrize(
    "filters",
    [{}, {"search": "t"}, {"location": "h"}, {"start": make.AT}, {"status": "low_stock", "ordering": "-quantity"}],
)
def test_twice_the_rows_take_the_same_queries(filters: dict[str, Any]) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            for level in keyset.portion(queries.stock(make.console(), StockFilters(**filters)), "", 100).rows:
                assert level.location.store
                assert level.product.supplier is None
                assert level.product.category is None
        return len(captured)

    several()
    before = asked()
    for number in range(6):
        goods(make.store(f"More {number}"), 1)
    assert asked() == before


def test_rows_are_levels_with_all_that_is_shown_of_them(django_assert_num_queries: Any) -> None:
    store = make.store()
    category = catalog.add_category(name="Drinks", actor=make.console(), at=make.AT)
    tea = goods(store, 3, category_id=category.pk)
    rows: Sequence[Level] = list(queries.stock(make.console()))
    services.set_reorder_level(store.pk, tea.pk, 2, actor=make.console(), at=make.AT)
    level = queries.level(rows[0].pk, make.console())
    assert (level.quantity, level.low_at, level.own_mark, level.state) == (3, 2, True, Level.IN)
