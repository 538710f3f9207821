"""Levels know whether they run low, by the product's mark or their own; places know that something changed there."""

import importlib
import threading
from collections.abc import Callable, Sequence

import pytest
from django.apps import AppConfig, apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from tests import make, picture
from tests.books.story import execute
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart, marks, queries
from tradepost.books import services as books
from tradepost.books.errors import InsufficientStock, InvalidDraft
from tradepost.books.models import Level, Location
from tradepost.books.services import Mark, Receipt
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.lib import walls
from tradepost.lib.errors import Busy, Missing
from tradepost.lib.walls import Guard
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def level(store: Store, goods: Product) -> Level:
    return Level.objects.get(location__code=chart.store(store.pk), product=goods)


def mark(store: Store, goods: Product, low_at: int | None) -> Mark:
    return books.set_mark(goods.pk, chart.store(store.pk), low_at, actor=make.console(), at=make.AT)


def version(store: Store) -> int:
    return queries.versions_of([store.pk]).get(store.pk, 0)


def sell(store: Store, goods: Product, steps: int = 1) -> Receipt:
    return books.post_one(make.movement(goods, chart.store(store.pk), chart.CUSTOMER_WORLD, steps))


@pytest.mark.parametrize(
    ("left", "low_at", "state"),
    [(0, 5, Level.OUT), (1, 5, Level.LOW), (4, 5, Level.LOW), (5, 5, Level.IN), (6, 5, Level.IN), (0, 0, Level.OUT),
     (1, 0, Level.IN), (1, 1, Level.IN), (1, 2, Level.LOW)],
)  # fmt: skip
def test_the_state_is_made_of_quantity_and_mark(left: int, low_at: int, state: int) -> None:
    store = make.store()
    goods = make.stocked_product(store, 10, reorder_level=low_at)
    sell(store, goods, 10 - left)
    found = level(store, goods)
    assert (found.quantity, found.low_at, found.own_mark, found.state) == (left, low_at, False, state)


def test_a_mark_follows_its_product_unless_the_place_has_one_of_its_own() -> None:
    store, other = make.store(), make.store()
    goods = make.stocked_product(store, 10, reorder_level=5)
    make.delivery(other, (goods, 10, None))
    assert mark(other, goods, 12) == Mark(12, own=True)
    assert [(one.low_at, one.state) for one in (level(store, goods), level(other, goods))] == [(5, 0), (12, 1)]
    catalog.change_product(goods.pk, reorder_level=11, actor=make.console(), at=make.AT)
    assert [(one.low_at, one.state) for one in (level(store, goods), level(other, goods))] == [(11, 1), (12, 1)]
    assert mark(other, goods, None) == Mark(11, own=False)
    execute("UPDATE catalog_product SET reorder_level = 3 WHERE id = %s", goods.pk)
    assert [(one.low_at, one.state) for one in (level(store, goods), level(other, goods))] == [(3, 0), (3, 0)]


def test_a_list_of_products_moves_the_marks_of_each() -> None:
    store = make.store()
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(3)]
    for i, one in enumerate(goods):
        one.reorder_level = 20 + i
    Product.objects.bulk_update(goods, ["reorder_level"])
    assert [level(store, one).low_at for one in goods] == [20, 21, 22]


def test_a_product_that_never_was_there_may_be_marked_and_is_out() -> None:
    store, goods = make.store(), make.product()
    assert mark(store, goods, 7) == Mark(7, own=True)
    found = level(store, goods)
    assert (found.quantity, found.low_at, found.state) == (0, 7, Level.OUT)
    assert version(store) > 0


def test_a_mark_is_audited_with_its_store_and_only_when_it_changes() -> None:
    store = make.store()
    goods = make.stocked_product(store, 10, reorder_level=5)
    for _ in range(2):
        mark(store, goods, 9)
    event = AuditEvent.objects.get(action="books.mark_set")
    assert (event.store_id, event.before) == (store.pk, {"low_at": 5, "own": False})
    assert event.after == {"low_at": 9, "own": True, "product": goods.pk}


@pytest.mark.parametrize(
    ("place", "low_at", "error"),
    [("store:1", -1, InvalidDraft), ("store:1", 10**15 + 1, InvalidDraft), ("store:1", True, InvalidDraft),
     ("world:customer", 5, chart.UnknownCode), ("shop:1", 5, chart.UnknownCode), ("store:" + "1" * 60, 5,
     chart.UnknownCode)],
)  # fmt: skip
def test_nonsense_is_no_mark_and_changes_nothing(place: str, low_at: int, error: type[Exception]) -> None:
    goods = make.product()
    before = picture.of_everything()
    with pytest.raises(error):
        books.set_mark(goods.pk, place, low_at, actor=make.console(), at=make.AT)
    assert picture.of_everything() == before


@pytest.mark.parametrize("stranger", [999_999, 0, -1, 2**63, 2**70])
def test_what_is_no_product_has_no_mark(stranger: int) -> None:
    store = make.store()
    make.stocked_product(store, 1)
    before = picture.of_the_books()
    with pytest.raises(Missing):
        books.set_mark(stranger, chart.store(store.pk), 5, actor=make.console(), at=make.AT)
    assert picture.of_the_books() == before
    assert Level.objects.count() == 1


def test_the_database_keeps_marks_above_zero_and_makes_the_state_itself() -> None:
    store = make.store()
    make.stocked_product(store, 1)
    with pytest.raises(IntegrityError, match="mark_not_below_zero"), transaction.atomic():
        execute("UPDATE books_level SET low_at = -1")
    with pytest.raises(Exception, match=r"generated|state"), transaction.atomic():
        execute("UPDATE books_level SET state = 0")


def test_what_is_low_is_listed_the_emptiest_first() -> None:
    store = make.store()
    low, out, many, gone = (make.stocked_product(store, n, reorder_level=5) for n in (4, 1, 5, 1))
    sell(store, out)
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    assert [one.product for one in queries.low_levels(chart.store(store.pk))] == [out, low]
    assert {one.product for one in queries.store_levels()} == {out, low, many, gone}
    sell(store, gone)
    assert {one.product for one in queries.store_levels()} == {out, low, many}, "what is archived, once it is gone"


def test_the_shelves_of_a_store_name_it() -> None:
    store = make.store()
    goods = make.stocked_product(store, 1)
    books.post_one(make.movement(goods, chart.store(store.pk), "stall:1", 1))
    books.post_one(make.movement(goods, chart.SUPPLIER_WORLD, "store:" + "9" * 30, 1))
    stores = dict(Location.objects.filter(bounded=True).values_list("code", "store_id"))
    assert stores == {chart.store(store.pk): store.pk, "stall:1": None, "store:" + "9" * 30: None}


def test_a_version_grows_with_every_change_of_its_place_and_no_other() -> None:
    store, other = make.store(), make.store()
    goods = make.stocked_product(store, 10, reorder_level=5)
    make.delivery(other, (goods, 10, None))
    changes: list[Callable[[], object]] = [
        lambda: sell(store, goods),
        lambda: make.delivery(store, (make.product(), 1, None), (goods, 1, None)),
        lambda: mark(store, goods, 3),
        lambda: make.sale(store, (goods, 2)),
    ]
    untouched = version(other)
    for change in changes:
        before = version(store)
        change()
        assert version(store) > before
    assert version(other) == untouched
    before = version(store)
    for wanted, steps in ((goods, 99), (make.product(), 1)):
        with pytest.raises(InsufficientStock):
            sell(store, wanted, steps)
    books.post_one(make.payment(chart.BANK, "wallet:1", 1))
    assert (version(store), version(other)) == (before, untouched)
    assert queries.versions_of([]) == {} == queries.versions_of([2**70])


@pytest.mark.parametrize("name", ["reorder_level", "archived_at", "stocked", "name"])
def test_what_makes_a_product_count_otherwise_lets_versions_grow(name: str) -> None:
    store, other = make.store(), make.store()
    goods = make.product(reorder_level=5)
    books.lock_levels([], opening=[(chart.store(store.pk), goods.pk)])  # what was moved could not become a service
    make.stocked_product(other, 10)
    before, untouched = version(store), version(other)
    changed = {"reorder_level": 6, "archived_at": make.AT, "stocked": False, "name": "Another"}[name]
    Product.objects.filter(pk=goods.pk).update(**{name: changed})
    assert version(store) == before + (name != "name")
    assert version(other) == untouched


def test_what_opens_and_closes_a_store_lets_its_version_grow_whoever_does_it() -> None:
    store, other, empty = make.store(), make.store(), make.store()
    for one in (store, other):
        make.stocked_product(one, 1)
    before, untouched = version(store), version(other)
    for archived_at, growth in ((make.AT, 1), (make.AT, 1), (None, 2)):
        Store.objects.filter(pk__in=[store.pk, empty.pk]).update(archived_at=archived_at)
        assert version(store) == before + growth
    Store.objects.filter(pk=store.pk).update(name="Another")
    assert (version(store), version(other), version(empty)) == (before + 2, untouched, 0)


def test_a_sale_of_what_never_was_there_opens_no_level() -> None:
    store, goods = make.store(), make.product()
    make.stocked_product(store, 1)
    with pytest.raises(InsufficientStock) as caught:
        sell(store, goods)
    assert caught.value.details["available"] == 0
    assert not Level.objects.filter(product=goods).exists()
    shelf = chart.store(store.pk)
    brought = make.movement(goods, chart.SUPPLIER_WORLD, shelf, 3)
    sold = make.movement(goods, shelf, chart.CUSTOMER_WORLD, 2)
    answers = books.post([sold, brought, sold._replace(key="test:again")])
    assert [isinstance(answer, Receipt) for answer in answers] == [False, True, True]
    assert level(store, goods).quantity == 1


def test_marks_changed_while_levels_are_opened_reach_them_all() -> None:
    stores = [make.store() for _ in range(8)]
    goods, console = make.product(reorder_level=5), make.console()

    def open_level(store: Store) -> Callable[[], object]:
        draft = make.movement(goods, chart.SUPPLIER_WORLD, chart.store(store.pk), 1, actor=console)
        return lambda: books.post_one(draft)

    def change(low_at: int) -> Callable[[], object]:
        return lambda: catalog.change_product(goods.pk, reorder_level=low_at, actor=console, at=make.AT)

    calls = [call for i, store in enumerate(stores) for call in (open_level(store), change(10 + i))]
    assert [result for result in together(calls) if isinstance(result, Exception)] == []
    goods.refresh_from_db()
    assert set(Level.objects.values_list("low_at", "quantity")) == {(goods.reorder_level, 1)}
    assert Level.objects.count() == 8


def test_marks_of_many_products_and_sales_of_many_stores_do_not_cross() -> None:
    stores, console = [make.store() for _ in range(3)], make.console()
    goods = [make.product() for _ in range(6)]
    for store in stores:
        make.delivery(store, *((one, 100, None) for one in goods))
    spots = [(one, chart.store(store.pk)) for one in goods for store in stores]

    def trade() -> int:
        drafts = [make.movement(one, place, chart.CUSTOMER_WORLD, 1, actor=console) for one, place in spots]
        return sum(isinstance(answer, Receipt) for _ in range(3) for answer in books.post(drafts[:: 1 - 2 * (_ % 2)]))

    def remark(seed: int) -> Callable[[], int]:
        def call() -> int:
            for i in range(5):
                Product.objects.filter(id__in=[one.pk for one in goods]).update(reorder_level=seed * 10 + i)
            return 0

        return call

    results = together([trade, remark(1), trade, remark(2), trade, remark(3)])
    assert [result for result in results if isinstance(result, Exception)] == []
    marks = dict(Product.objects.values_list("id", "reorder_level"))
    assert all(one.low_at == marks[one.product_id] for one in Level.objects.all())


def crossing(*, locked: bool) -> list[object]:
    """Two that post in two calls, on two shelves in crossing order, the second call after both did the first."""
    here, there = make.store(), make.store()
    goods, console = make.stocked_product(here, 10), make.console()
    make.delivery(there, (goods, 10, None))
    shelves = [(chart.store(store.pk), goods.pk) for store in (here, there)]
    sell(here, goods)  # opens the customer's world
    both_began = threading.Barrier(2)

    def work(order: list[tuple[str, int]]) -> Callable[[], object]:
        drafts = [make.movement(goods, place, chart.CUSTOMER_WORLD, 1, actor=console) for place, _ in order]

        def call() -> object:
            with transaction.atomic():
                if locked:
                    assert books.lock_levels(order).keys() == set(shelves)
                books.post_one(drafts[0])
                if not locked:
                    both_began.wait(30)
                return books.post_one(drafts[1])

        return call

    return list(together([work(shelves), work(shelves[::-1])]))


def test_levels_locked_first_let_several_calls_post_in_one_transaction() -> None:
    assert all(isinstance(result, Receipt) for result in crossing(locked=True))


def test_control_several_calls_in_one_transaction_may_wait_for_each_other() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    kinds = sorted(type(result).__name__ for result in crossing(locked=False))
    assert kinds == [Busy.__name__, Receipt.__name__]


def test_levels_are_opened_where_goods_are_to_come_and_nowhere_else() -> None:
    store, goods, other = make.store(), make.product(), make.product()
    shelf = chart.store(store.pk)
    found = books.lock_levels([(shelf, other.pk), (shelf, 999_999)], opening=[(shelf, goods.pk)])
    assert found == {(shelf, goods.pk): 0, (shelf, other.pk): 0, (shelf, 999_999): 0}
    assert Level.objects.get().product == goods
    assert books.lock_levels([]) == {}
    with pytest.raises(chart.UnknownCode):
        books.lock_levels([(chart.LOSS_WORLD, goods.pk)])


def walls_of(app: AppConfig) -> Sequence[Guard]:
    """What an app puts up after every migrate."""
    name = f"{app.name}.apps"
    return getattr(importlib.import_module(name), "WALLS", ()) if app.name.startswith("tradepost") else ()


def test_a_database_of_the_version_before_gets_marks_states_and_stores() -> None:
    """With rows, walls and all: SQLite rebuilds the table, and the walls stand again afterwards."""
    store = make.store()
    goods = make.stocked_product(store, 4, reorder_level=5)
    make.sale(store, (make.stocked_product(store, 1), 1))
    before = picture.of_the_books()
    standing = [wall for app in apps.get_app_configs() for wall in walls_of(app)]
    walls.take_down([*standing, marks.FOLLOW, marks.CLOSE])
    MigrationExecutor(connection).migrate([("books", "0001_initial")])
    call_command("migrate", verbosity=0, interactive=False)
    assert picture.of_the_books() == before
    assert (level(store, goods).low_at, level(store, goods).state) == (5, Level.LOW)
    assert Location.objects.get(code=chart.store(store.pk)).store_id == store.pk
    assert walls.missing([*standing, marks.FOLLOW, marks.CLOSE]) == []
    catalog.change_product(goods.pk, reorder_level=2, actor=make.console(), at=make.AT)
    assert (level(store, goods).low_at, level(store, goods).state) == (2, Level.IN)
    assert books.reconcile().ok


def test_the_moment_of_a_change_is_found_by_its_value_whoever_changed_it() -> None:
    store = make.store()
    goods = make.stocked_product(store, 10)
    changes: list[Callable[[], object]] = [
        lambda: sell(store, goods),
        lambda: mark(store, goods, 5),
        lambda: mark(store, goods, None),
        lambda: catalog.change_product(goods.pk, reorder_level=7, actor=make.console(), at=make.AT),
        lambda: mark(store, make.product(), 3),
    ]
    for change in changes:
        change()
        for found in Level.objects.all():
            assert Level.objects.filter(pk=found.pk, changed_at=found.changed_at).exists()
