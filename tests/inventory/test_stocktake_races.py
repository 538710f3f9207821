"""Many count one store at the same time: no scan is lost, and the differences are booked once."""

import threading
from collections import Counter
from collections.abc import Sequence

import pytest
from django.db import connection

from tests import make
from tests.concurrency.processes import PROCESSES, race
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Posting
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import StocktakeClosed, StocktakeGoesOn
from tradepost.inventory.models import Stocktake, StocktakeLine
from tradepost.inventory.services import CountItem
from tradepost.till import services as till

pytestmark = pytest.mark.django_db

SCANNERS, SCANS = 8, 5


def outcomes(results: Sequence[object]) -> Counter[str]:
    """How often it was `done` and how often refused; what is neither is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, StocktakeClosed | StocktakeGoesOn):
            raise result
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


def assert_proved() -> None:
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def test_a_count_closed_by_two_at_once_is_closed_once() -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 10)
    stocktake = make.stocktake(store, (goods, 7))
    acts = [lambda: inventory.apply_stocktake(stocktake.pk, actor=console, at=make.AT)] * 6
    acts += [lambda: inventory.cancel_stocktake(stocktake.pk, actor=console, at=make.AT)] * 2
    assert outcomes(together(acts)) == {"done": 1, "StocktakeClosed": 7}
    stocktake.refresh_from_db()
    booked = stocktake.state == "applied"
    assert books.level_of(goods.pk, chart.store(store.pk)) == (7 if booked else 10)
    assert Posting.objects.filter(kind="inventory.stocktake").count() == booked
    assert_proved()


def test_scans_of_many_people_all_count() -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 50)
    stocktake = make.stocktake(store)

    def scan() -> int:
        item = CountItem(goods.pk, 1, is_more=True)
        return len([inventory.count(stocktake.pk, [item], actor=console, at=make.AT) for _ in range(SCANS)])

    assert together([scan] * SCANNERS) == [SCANS] * SCANNERS
    assert stocktake.lines.get().counted == SCANNERS * SCANS
    make.applied(stocktake)
    assert books.level_of(goods.pk, chart.store(store.pk)) == SCANNERS * SCANS
    assert_proved()


def test_scans_of_many_processes_all_count(database_url: str) -> None:
    store = make.store()
    goods = make.stocked_product(store, 50)
    stocktake = make.stocktake(store)
    assert sum(race(database_url, "scan", stocktake.pk, goods.pk, SCANS)) == PROCESSES * SCANS
    assert stocktake.lines.get().counted == PROCESSES * SCANS
    assert_proved()


def test_control_without_the_guard_scans_are_lost() -> None:
    """Read, add, write back: how it must not be done. All read before anybody writes."""
    store = make.store()
    goods = make.stocked_product(store, 50)
    line = make.stocktake(store, (goods, 1)).lines.get()
    everybody_has_read = threading.Barrier(SCANNERS)

    def scan() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT counted FROM inventory_stocktakeline WHERE id = %s", [line.pk])
            (counted,) = cursor.fetchone()
            everybody_has_read.wait(30)
            cursor.execute("UPDATE inventory_stocktakeline SET counted = %s WHERE id = %s", [counted + 1, line.pk])

    assert outcomes(together([scan] * SCANNERS)) == {"done": SCANNERS}
    line.refresh_from_db()
    assert line.counted == 2


def test_goods_sold_while_they_are_counted_are_no_difference() -> None:
    """Whichever comes first, the sale or the count: on the shelf is what was there less what was sold."""
    store, console = make.store(), make.console()
    goods = [make.stocked_product(store, 100) for _ in range(3)]
    stocktake = make.stocktake(store)

    def sell() -> None:
        for one in goods * 4:
            make.accepted(till.ring_up([make.basket(store, (one, 1))], actor=console, at=make.AT))

    def count() -> None:
        """Count what really is there, while nobody else is at the shelf: the levels are locked as one looks."""
        for one in goods * 4:
            inventory.count(stocktake.pk, [CountItem(one.pk, 0)], actor=console, at=make.AT)
            line = StocktakeLine.objects.get(stocktake=stocktake, product=one)
            StocktakeLine.objects.filter(pk=line.pk).update(counted=line.expected)

    assert together([sell, sell, count]) == [None] * 3
    make.applied(stocktake)
    for one in goods:
        assert books.level_of(one.pk, chart.store(store.pk)) == 100 - 8
    assert_proved()


def test_of_two_counts_begun_at_once_in_a_store_one_begins() -> None:
    store, console = make.store(), make.console()
    results = together([lambda: inventory.open_stocktake(store.pk, note="", actor=console, at=make.AT)] * 6)
    assert outcomes(results) == {"done": 1, "StocktakeGoesOn": 5}
    assert Stocktake.objects.count() == 1
