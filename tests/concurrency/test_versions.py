"""Versions of places are counted on in one order, also where a level was opened on the way there."""

import threading
import time

import pytest
from django.db import connection, transaction

from tests import make
from tests.threads import together
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.books.errors import InsufficientStock
from tradepost.books.models import Level, Movement
from tradepost.books.services import Draft, Move, Receipt, Refusal
from tradepost.catalog.models import Product
from tradepost.lib import db
from tradepost.lib.errors import Busy
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

SHARDS = 8
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def version(store: Store) -> int:
    return queries.versions_of([store.pk]).get(store.pk, 0)


def bring(here: tuple[Store, Product], there: tuple[Store, Product]) -> Draft:
    moves = [Move(goods.pk, chart.SUPPLIER_WORLD, chart.store(store.pk), 1) for store, goods in (here, there)]
    key = f"test:{here[1].pk}:{there[1].pk}"
    return Draft(key, "test.movement", make.console(), make.AT, movements=moves)


def shard() -> int:
    return int(db.fetch("SELECT pg_backend_pid()", [])[0][0]) % SHARDS


def crossing(*, counted_at_once: bool) -> list[object]:
    """Two that bring goods to the same two stores over connections of one shard; one opens a level in the later store.

    The other one counts both stores on while the first holds its levels. `counted_at_once` is how it must not be done:
    the level opened is counted on before the other version is held.
    """
    here, there = make.store(), make.store()
    known, other = make.product(), make.product()
    for store in (here, there):
        make.delivery(store, (known, 1, None), (other, 1, None))
    opening = bring((here, known), (there, make.product()))
    crossed = bring((here, other), (there, other))
    held, shards, is_over = threading.Event(), list[int](), threading.Event()

    def until_the_other_waits_or_is_done() -> None:
        deadline = time.monotonic() + 20
        while not is_over.wait(0.01) and not db.fetch(WAITING, [])[0][0]:
            assert time.monotonic() < deadline

    def first() -> object:
        shards.append(shard())
        with transaction.atomic():
            locked = books.hold([opening])
            if counted_at_once:
                locked.journal.count_change(locked.journal.opened_at)
            held.set()
            until_the_other_waits_or_is_done()
            return books.post_one(opening, locked)

    def second() -> object:
        assert held.wait(20)
        while shard() != shards[0]:
            connection.close()
        try:
            return books.post_one(crossed)
        finally:
            is_over.set()

    return list(together([first, second]))


def need_two_writers() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


def test_who_opens_a_level_and_who_changes_both_stores_do_not_wait_in_a_ring() -> None:
    need_two_writers()
    results = crossing(counted_at_once=False)
    assert [type(result) for result in results] == [Receipt, Receipt], results


def test_control_a_level_counted_on_as_it_is_opened_ends_in_a_ring() -> None:
    need_two_writers()
    results = crossing(counted_at_once=True)
    assert sorted(type(result).__name__ for result in results) == [Busy.__name__, Receipt.__name__], results


def test_a_level_opened_for_what_is_refused_is_counted_on_all_the_same() -> None:
    here, there, goods = make.store(), make.store(), make.product()
    make.stocked_product(here, 1)
    make.stocked_product(there, 1)
    before, moved = (version(here), version(there)), Movement.objects.count()
    answer = books.post([make.movement(goods, chart.store(here.pk), chart.store(there.pk), 5)])[0]
    assert isinstance(answer, Refusal)
    assert isinstance(answer.error, InsufficientStock)
    assert Movement.objects.count() == moved
    assert [level.location.store_id for level in Level.objects.filter(product=goods)] == [there.pk]
    assert (version(here), version(there)) == (before[0], before[1] + 1)


def test_a_level_held_open_is_counted_on_once_whatever_is_posted() -> None:
    store = make.store()
    make.stocked_product(store, 1)
    for drafts_left in (1, 0):
        goods, before = make.product(), version(store)
        drafts = [make.movement(goods, chart.SUPPLIER_WORLD, chart.store(store.pk), 5)]
        with transaction.atomic():
            held = books.hold(drafts)
            assert version(store) == before
            assert len(books.post(drafts[:drafts_left], held)) == drafts_left
        assert version(store) == before + 1
        assert queries.level_of(goods.pk, chart.store(store.pk)) == 5 * drafts_left
