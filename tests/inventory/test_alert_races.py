"""Many watchers, many readers: each movement is told of once, and who reads by rising id misses nothing."""

import threading
from collections import Counter

import pytest
from django.db import IntegrityError

from tests import make, picture
from tests.concurrency.processes import PROCESSES, race
from tests.inventory.alerts import alert, look, shelf
from tests.statements import PulledOut, pulled_after
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import crossings as journal
from tradepost.books import services as engine
from tradepost.catalog.models import Product
from tradepost.inventory import services
from tradepost.inventory.models import AlertCursor, StockAlert
from tradepost.lib import clock
from tradepost.lib.errors import Busy
from tradepost.places.models import Store
from tradepost.till import services as till

pytestmark = pytest.mark.django_db

SHELVES, WATCHERS, MOST_STATEMENTS = 12, 6, 40


def fallen(number: int = SHELVES) -> Store:
    """A store with so many shelves that fell low, each in a run of its own, nobody having looked yet."""
    store = make.store()
    look()
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(number)]
    for one in goods:
        make.sale(store, (one, 6))
    assert len(engine.close_runs(postings_a_run=1)) >= number
    return store


def assert_each_once(number: int = SHELVES) -> None:
    """Every shelf has its one alert."""
    shelves = Counter(StockAlert.objects.values_list("store_id", "product_id"))
    assert (len(shelves), set(shelves.values())) == (number, {1})


def test_of_watchers_at_once_each_movement_is_told_of_once() -> None:
    fallen()
    raised = together([lambda: services.watch_levels(at=clock.now())] * WATCHERS)
    assert all(isinstance(number, int) for number in raised), raised
    services.watch_levels(at=clock.now())
    assert_each_once()


def test_processes_that_watch_at_once_tell_of_each_movement_once(database_url: str) -> None:
    fallen()
    assert sum(race(database_url, "watch", 5)) == SHELVES
    assert PROCESSES == 8
    assert_each_once()


def test_control_without_the_lock_two_find_the_same() -> None:
    """How it must not be done: both read the cursor and the journal before anybody writes. A wall stops the second."""
    fallen(1)
    everybody_has_read = threading.Barrier(2)

    def watch() -> int:
        runs = journal.runs_after(AlertCursor.objects.get().run_id, most=100)
        assert runs is not None
        (found,) = journal.crossings(runs)
        everybody_has_read.wait(30)
        told = {"store_id": found.store_id, "product_id": found.product_id, "at": found.at}
        StockAlert.objects.create(
            movement_id=found.movement_id, kind="low", quantity=found.left, low_at=found.low_at, **told
        )
        return 1

    outcomes = Counter(type(outcome) for outcome in together([watch] * 2))
    assert outcomes == {int: 1, IntegrityError: 1}


def test_who_reads_by_rising_id_while_many_watch_misses_none() -> None:
    store = make.store()
    look()
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(SHELVES)]
    done = threading.Event()

    def sell() -> None:
        try:
            for one in goods:
                make.accepted(till.ring_up([make.basket(store, (one, 6))], actor=make.console(), at=make.AT))
                engine.close_runs()
        finally:
            done.set()

    def watch() -> None:
        while not done.is_set():
            services.watch_levels(at=clock.now())

    def read() -> list[int]:
        read: list[int] = []
        last_look = False
        while not last_look:
            last_look = done.is_set()
            if last_look:
                services.watch_levels(at=clock.now())
            last = read[-1] if read else 0
            read += StockAlert.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)
        return read

    *_, found = together([sell, *[watch] * 3, read])
    services.watch_levels(at=clock.now())
    assert isinstance(found, list), found
    newest = found[-1]
    assert found == list(StockAlert.objects.filter(id__lte=newest).order_by("id").values_list("id", flat=True))
    assert_each_once()


def test_of_many_who_mark_it_at_once_one_does() -> None:
    one = alert()
    console = make.console()
    acts = [lambda: services.mark_seen([one.pk], actor=console, at=make.AT)] * 4
    acts += [lambda: services.mark_all_seen(one.store_id, actor=console, at=make.AT)] * 4
    assert Counter(together(acts)) == {1: 1, 0: 7}
    assert AuditEvent.objects.filter(action="inventory.alerts_seen").count() == 1


def test_marking_ending_and_overtaking_at_once_do_not_stand_in_each_others_way() -> None:
    store = fallen()
    services.watch_levels(at=clock.now())
    alerts = list(StockAlert.objects.order_by("-id"))
    ids, console = [one.pk for one in alerts], make.console()
    goods = list(Product.objects.filter(pk__in=[one.product_id for one in alerts]).order_by("-id"))
    make.delivery(store, *((one, 10, None) for one in goods[: SHELVES // 2]))
    make.sale(store, *((one, 4) for one in goods[SHELVES // 2 :]))
    engine.close_runs()

    def patiently(change: object) -> object:
        assert callable(change)
        for _ in range(5):
            try:
                return change()
            except Busy:
                continue
        raise AssertionError("busy for ever")

    outcomes = together(
        [
            lambda: patiently(lambda: services.mark_seen(ids, actor=console, at=make.AT)),
            lambda: patiently(lambda: services.end_alerts(at=clock.now())),
            lambda: patiently(lambda: services.watch_levels(at=clock.now())),
            lambda: patiently(lambda: services.mark_seen(ids[::-1], actor=console, at=make.AT)),
        ]
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
    services.watch_levels(at=clock.now())
    assert StockAlert.objects.filter(pk__in=ids, seen_at=None).count() == 0
    assert StockAlert.objects.filter(kind="out").count() == SHELVES // 2


def test_after_any_statement_of_a_look_alerts_and_cursor_have_moved_together_or_not_at_all() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 6))
    look()
    make.sale(store, (goods, 4))
    engine.close_runs()
    before = picture.of_everything()
    for number in range(1, MOST_STATEMENTS):
        try:
            with pulled_after(number):
                services.watch_levels(at=clock.now())
        except PulledOut:
            after = picture.of_everything()
            changed = {table for table in before if after[table] != before[table]}
            assert changed in (set(), {"inventory_stockalert", "inventory_alertcursor"}), number
        else:
            break
    else:
        pytest.fail(f"more than {MOST_STATEMENTS} statements")
    assert number > 8
    assert list(StockAlert.objects.order_by("id").values_list("kind", flat=True)) == ["low", "out"]
    assert look() == 0
