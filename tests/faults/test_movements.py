"""Movements that fail right after any of their statements, or whose process dies there, leave nothing behind."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller
from tests.faults import counters
from tests.statements import PulledOut, pulled_after
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.inventory.models import StockMovement

pytestmark = pytest.mark.django_db

KEY, MOST_STATEMENTS = "the-only-key", 80
WAYS = {
    "one": 201,
    "a list": 200,
    "by a worker": 202,
    "taken back": 201,
}


def assert_proved() -> None:
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


@pytest.mark.parametrize("way", WAYS)
def test_what_fails_after_any_statement_leaves_nothing_and_goes_through_when_sent_again(way: str) -> None:
    store = make.store()
    goods = make.stocked_product(store, 10)
    sold, caller = make.moved(store, goods, "OUT", 1), Caller(make.manager(store))
    lot = {"store_id": store.pk, "product_id": goods.pk, "quantity": 2, "note": "Broken"}
    lots = [{**lot, "movement_type": kind} for kind in ("OUT", "IN", "REM")]
    path, body = "stock-movements/", lots if way == "a list" else lots[0]
    if way == "taken back":
        path, body = f"{path}{sold.pk}/reverse/", {"note": "Wrong"}

    def post() -> Any:
        return caller.post(path, body, key=KEY, **({"Prefer": "respond-async"} if way == "by a worker" else {}))

    before = picture.of_everything()
    for number in range(1, MOST_STATEMENTS):
        try:
            with pulled_after(number):
                response = post()
        except PulledOut:
            assert picture.of_everything() == before, number
        else:
            break
    else:
        pytest.fail(f"more than {MOST_STATEMENTS} statements")
    assert number > 8
    assert response.status_code == WAYS[way], response.content
    again = post()
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", response.json())
    assert StockMovement.objects.count() == (4 if way == "a list" else 2)
    left = {"one": 7, "a list": 7, "by a worker": 9, "taken back": 10}[way]
    assert books.level_of(goods.pk, chart.store(store.pk)) == left
    assert_proved()


def test_a_process_killed_after_any_statement_of_a_movement_leaves_nothing_behind(database_url: str) -> None:
    store = make.store()
    goods = make.stocked_product(store, 10)
    command = [sys.executable, "-m", "tests.faults.dying", "move", str(goods.pk), str(MOST_STATEMENTS)]
    environment = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["deaths"] > 8
    assert told["left behind"] == []
    assert StockMovement.objects.get().number == "out-2"
    assert books.level_of(goods.pk, chart.store(store.pk)) == 8
    assert counters.move(goods.pk).replayed
    assert_proved()
