"""Real workers raise alerts after real sales, and are killed over it: every movement is told of once."""

from collections import Counter

import pytest

from tests import make
from tests.api.caller import Caller
from tests.faults.programs import TRADEPOST, eventually, kill, running
from tests.inventory.alerts import look, shelf
from tradepost.catalog.models import Product
from tradepost.inventory.models import StockAlert
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def sell(store: Store, goods: Product, caller: Caller) -> None:
    """Sell six of ten, as a till does."""
    body = {"store": store.pk, "lines": [{"product": goods.pk, "quantity": 6}], "received": "100.00"}
    assert caller.post("sales/", body).status_code == 201


def test_a_worker_raises_an_alert_after_a_sale(database_url: str) -> None:
    store, goods = shelf(10)
    with running([*TRADEPOST, "worker"], database_url) as process:
        sell(store, goods, Caller(make.staff(store)))
        assert eventually(StockAlert.objects.exists)
        process.terminate()
        assert process.wait(20) == 0
    one = StockAlert.objects.get()
    assert (one.store, one.product, one.kind, one.quantity) == (store, goods, "low", 4)


def test_workers_killed_while_they_look_leave_nothing_out_and_tell_nothing_twice(database_url: str) -> None:
    store = make.store()
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(24)]
    look()
    caller = Caller(make.staff(store))
    for round_number in range(3):
        with running([*TRADEPOST, "worker"], database_url) as first, running([*TRADEPOST, "worker"], database_url):
            for one in goods[round_number * 8 : round_number * 8 + 8]:
                sell(store, one, caller)
            assert eventually(lambda: StockAlert.objects.count() > round_number * 8)  # noqa: B023  # read while it stands
            kill(first)
    look()
    assert Counter(StockAlert.objects.values_list("product_id", flat=True)) == {one.pk: 1 for one in goods}
