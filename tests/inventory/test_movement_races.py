"""Movements at the same time: none is lost, none is counted twice. The control is how it must not be done."""

import threading
from typing import Any

import pytest
from django.db import connection

from tests import make
from tests.api.caller import Caller, token_of
from tests.concurrency.processes import PROCESSES, race
from tests.inventory.moves import draft, queued
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Level, Movement, Posting
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockMovement
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

PATH = "stock-movements/"
MOVEMENTS, TOGETHER = 200, 40
KINDS = ("IN", "OUT", "REM")


def level(store: Store, goods: Product) -> int:
    return books.level_of(goods.pk, chart.store(store.pk))


def assert_proved() -> None:
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def test_two_hundred_at_once_that_bring_one_each_make_two_hundred() -> None:
    store, goods, console = make.store(), make.product(), make.console()

    def bring() -> list[object]:
        return list(inventory.record_movements([draft(store, goods)], actor=console, at=make.AT))

    answers = together([bring] * MOVEMENTS)
    assert all(isinstance(answer, list) and isinstance(answer[0], StockMovement) for answer in answers), answers
    assert level(store, goods) == MOVEMENTS == StockMovement.objects.filter(state="applied").count()
    assert_proved()


def test_two_hundred_posted_by_processes_make_two_hundred(database_url: str) -> None:
    store, goods = make.store(), make.product()
    token = token_of(make.staff(store))
    each = MOVEMENTS // PROCESSES
    assert race(database_url, "move", token, store.pk, goods.pk, "IN", each) == [each] * PROCESSES
    assert level(store, goods) == MOVEMENTS == StockMovement.objects.count()
    assert_proved()


def test_control_without_the_guard_movements_overwrite_each_other() -> None:
    """Read the level, add one, write it back: all read before anybody writes, and one of forty is left."""
    store = make.store()
    goods = make.stocked_product(store, 1)
    shelf, first = Level.objects.get(product=goods), Movement.objects.get(product=goods)
    everybody_has_read = threading.Barrier(TOGETHER)

    def bring() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT quantity FROM books_level WHERE id = %s", [shelf.pk])
            (quantity,) = cursor.fetchone()
            everybody_has_read.wait(30)
            cursor.execute("UPDATE books_level SET quantity = %s WHERE id = %s", [quantity + 1, shelf.pk])
            cursor.execute(
                "INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity,"
                " destination_after) VALUES (%s, %s, %s, %s, 1, %s)",
                [first.posting_id, goods.pk, first.source_id, first.destination_id, quantity + 1],
            )

    assert together([bring] * TOGETHER) == [None] * TOGETHER
    assert Movement.objects.filter(product=goods).count() == 1 + TOGETHER
    assert level(store, goods) == 2
    assert {found["table"] for found in engine.reconcile().differences} == {"books_level"}


def test_processes_sell_what_is_there_and_no_more(database_url: str) -> None:
    store = make.store()
    goods = make.stocked_product(store, 30)
    token = token_of(make.staff(store))
    assert sum(race(database_url, "move", token, store.pk, goods.pk, "OUT", 6)) == 30
    assert (level(store, goods), StockMovement.objects.count()) == (0, 30)
    assert books.balance_of(chart.revenue(store.pk)) == 30 * goods.price_minor
    assert_proved()


def test_goods_that_come_go_and_break_at_once_in_lists_of_any_order_add_up() -> None:
    store, console = make.store(), make.console()
    goods = [make.stocked_product(store, 100) for _ in range(5)]

    def work(number: int) -> None:
        for i in range(6):
            lots = [draft(store, one, kind) for one in goods[:: 1 if (number + i) % 2 else -1] for kind in KINDS]
            answers = inventory.record_movements(lots, actor=console, at=make.AT)
            assert all(isinstance(answer, StockMovement) for answer in answers)

    assert together([lambda number=number: work(number) for number in range(8)]) == [None] * 8  # type: ignore[misc]
    assert [level(store, one) for one in goods] == [100 - 8 * 6] * 5
    assert_proved()


def test_the_same_key_at_once_is_one_movement_and_equal_answers() -> None:
    store, goods = make.store(), make.product()
    token = token_of(make.staff(store))
    lot = {"store_id": store.pk, "product_id": goods.pk, "movement_type": "IN", "quantity": 5}

    def post() -> tuple[int, Any, str]:
        answer = Caller(token=token).post(PATH, [lot, lot], key="lorry-17")
        return answer.status_code, answer.json(), answer.headers.get("Idempotent-Replayed", "")

    answers = together([post] * 16)
    told = [answer for answer in answers if isinstance(answer, tuple)]
    assert len(told) == 16, answers
    assert [answer[:2] for answer in told] == [(200, told[0][1])] * 16
    assert sorted(answer[2] for answer in told) == [""] + ["true"] * 15
    assert (level(store, goods), StockMovement.objects.count()) == (10, 2)


def test_the_same_number_at_once_is_one_movement_whatever_the_keys() -> None:
    store, goods = make.store(), make.product()
    token = token_of(make.staff(store))
    lot = {"store_id": store.pk, "product_id": goods.pk, "movement_type": "IN", "quantity": 5, "number": "lorry-17"}
    answers = together([lambda: Caller(token=token).post(PATH, lot)] * 16)
    assert {answer.status_code for answer in answers} == {201}, answers  # type: ignore[union-attr]
    assert len({answer.json()["id"] for answer in answers}) == 1  # type: ignore[union-attr]
    assert (level(store, goods), Posting.objects.count()) == (5, 1)


def test_one_task_given_to_eight_processes_five_times_each_moves_goods_once(database_url: str) -> None:
    store, goods = make.store(), make.product()
    job = queued([draft(store, goods) for _ in range(1000)])
    assert race(database_url, "apply", job.pk, 5) == [5] * PROCESSES
    assert level(store, goods) == 1000 == Posting.objects.count()
    assert_proved()
