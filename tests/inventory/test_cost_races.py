"""What goods cost is read under the lock of their level: whoever waited for a delivery goes by the average it left."""

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tests import make
from tests.inventory.moves import draft
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockTransferLine
from tradepost.lib import db
from tradepost.places.models import Store
from tradepost.till import queries as till_queries
from tradepost.till import services as till
from tradepost.till.models import SaleLine, StockEntry, StockEntryLine
from tradepost.till.services import EntryDraft, EntryItem
from tradepost.till.services.documents import COST_SCALE

pytestmark = pytest.mark.django_db

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"

Act = Callable[[Store, Product], object]


def average(store: Store, goods: Product) -> int | None:
    return till_queries.average_cost(store.pk, goods.pk)


def until_somebody_waits() -> None:
    """On PostgreSQL until a lock of ours is waited for; SQLite tells nobody who waits for its one lock."""
    deadline = time.monotonic() + 10
    while db.is_postgres() and time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    time.sleep(0.3)


def while_a_delivery_is_held(store: Store, goods: Product, act: Act, prepare: Act | None = None) -> object:
    """Do `act` while 10 for 30.00 are delivered, not committed; what it gave. `prepare` comes before the delivery."""
    delivered, prepared, given = threading.Event(), threading.Event(), []

    def deliver() -> None:
        assert prepared.wait(30)
        with transaction.atomic():
            make.delivery(store, (goods, 10, 3000))
            delivered.set()
            until_somebody_waits()

    def follow() -> None:
        ready = prepare(store, goods) if prepare else None
        prepared.set()
        assert delivered.wait(30)
        given.append(act(store, goods) if prepare is None else act(store, ready))  # type: ignore[arg-type]

    assert together([deliver, follow]) == [None, None]
    return given[0]


def bring(store: Store, goods: Product) -> int:
    make.moved(store, goods, "IN", 10)
    return StockEntryLine.objects.order_by("id").last().cost_minor  # type: ignore[union-attr]


def receive(store: Store, goods: Product) -> int:
    return make.delivery(store, (goods, 10, None)).total_cost_minor


def sell(store: Store, goods: Product) -> int:
    make.sale(store, (goods, 10))
    return SaleLine.objects.get().cost_minor


def take_out(store: Store, goods: Product) -> int:
    make.moved(store, goods, "OUT", 10)
    return SaleLine.objects.get().cost_minor


def remove(store: Store, goods: Product) -> int:
    make.moved(store, goods, "REM", 10)
    assert books.balance_of(chart.loss(store.pk)) == 2000
    return StockEntry.objects.get(kind="written_off").total_cost_minor


def send(store: Store, goods: Product) -> int:
    make.transfer(store, make.store(), (goods, 10))
    return StockTransferLine.objects.get().cost_minor


@pytest.mark.parametrize("act", [bring, receive, sell, take_out, remove, send])
def test_who_waited_for_a_delivery_goes_by_the_average_it_left(act: Act) -> None:
    store = make.store()
    goods = make.stocked_product(store, 10, cost=1000)
    assert while_a_delivery_is_held(store, goods, act) == 2000
    assert average(store, goods) == 200 * COST_SCALE


def test_a_count_that_waited_for_a_delivery_books_its_difference_at_the_average_it_left() -> None:
    store = make.store()
    goods = make.stocked_product(store, 10, cost=1000)
    stocktake = make.stocktake(store, (goods, 5))
    while_a_delivery_is_held(store, goods, lambda *_: make.applied(stocktake))
    assert books.balance_of(chart.loss(store.pk)) == 1000
    assert average(store, goods) == 200 * COST_SCALE


def test_control_an_average_read_before_the_lock_is_wrong() -> None:
    """Read, wait, book at what was read: how it must not be done."""
    store = make.store()
    goods = make.stocked_product(store, 10, cost=1000)

    def read(store: Store, goods: Product) -> EntryDraft:
        cost = 10 * (average(store, goods) or 0) // COST_SCALE
        return EntryDraft(store.pk, [EntryItem(goods.pk, 10, cost)])

    def book(store: Store, read_before: EntryDraft) -> object:
        return make.accepted(till.receive([read_before], actor=make.console(), at=make.AT))

    while_a_delivery_is_held(store, goods, book, read)  # type: ignore[arg-type]
    assert average(store, goods) == 1666667


def test_of_two_first_deliveries_the_second_comes_at_the_average_of_the_first() -> None:
    store, goods = make.store(), make.product(cost_minor=100)
    assert while_a_delivery_is_held(store, goods, bring) == 3000
    assert average(store, goods) == 300 * COST_SCALE
    assert books.level_of(goods.pk, chart.store(store.pk)) == 20


def test_lists_in_any_order_never_wait_for_each_other_in_a_ring() -> None:
    store, other, console = make.store(), make.store(), make.console()
    goods = [make.stocked_product(store, 500, cost=50_000) for _ in range(6)]

    def work(number: int) -> None:
        order = goods[:: 1 if number % 2 else -1]
        for _ in range(5):
            lots = [draft(store, one, kind) for one in order for kind in ("IN", "OUT", "REM")]
            assert not [
                one for one in inventory.record_movements(lots, actor=console, at=make.AT) if hasattr(one, "error")
            ]
            make.received(make.transfer(store, other, *((one, 1) for one in order)))
            make.delivery(store, *((one, 3, 450) for one in order))

    assert together([lambda number=number: work(number) for number in range(6)]) == [None] * 6  # type: ignore[misc]
    assert engine.reconcile().ok


def test_what_came_less_what_went_is_quantity_times_average_whoever_acts_at_once() -> None:
    store, other = make.store(), make.store()
    goods = make.stocked_product(store, 200, cost=20_000)

    def work(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(8):
            make.delivery(store, (goods, dice.randint(1, 40), dice.randint(0, 9000)))
            make.sale(store, (goods, dice.randint(1, 5)))
            make.loss(store, (goods, dice.randint(1, 5)))
            make.moved(store, goods, "IN", dice.randint(1, 40))
            make.received(make.transfer(store, other, (goods, dice.randint(1, 8))))

    assert together([lambda seed=seed: work(seed) for seed in range(6)]) == [None] * 6  # type: ignore[misc]
    sent = sum(StockTransferLine.objects.values_list("cost_minor", flat=True))
    entries = StockEntryLine.objects.values_list("entry__kind", "cost_minor")
    came = sum(cost for kind, cost in entries if kind == "received")
    went = sum(cost for kind, cost in entries if kind == "written_off")
    went += sum(SaleLine.objects.values_list("cost_minor", flat=True))
    for place, worth in ((store, came - went - sent), (other, sent)):
        level = books.level_of(goods.pk, chart.store(place.pk))
        # Each of at most 240 documents is rounded to a penny, the average each time to a ten-thousandth of one.
        assert abs(worth - level * (average(place, goods) or 0) / COST_SCALE) <= 240
