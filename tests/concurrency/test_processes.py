"""The same races between processes, which share nothing but the database."""

import pytest

from tests import make
from tests.concurrency.processes import race
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.till.models import Sale

pytestmark = pytest.mark.django_db

ENOUGH_FOR, TRIES = 30, 12


def test_eight_processes_spend_what_is_there_and_no_more(database_url: str) -> None:
    wallet = make.funded_wallet(ENOUGH_FOR)
    assert sum(race(database_url, "pay", wallet, TRIES)) == ENOUGH_FOR
    assert (queries.balance_of(wallet), queries.balance_of("hold:1")) == (0, ENOUGH_FOR)
    assert books.reconcile().ok
    assert books.verify().ok


def test_eight_processes_sell_what_is_on_the_shelf_and_no_more(database_url: str) -> None:
    store = make.store()
    goods = make.stocked_product(store, ENOUGH_FOR)
    assert sum(race(database_url, "sell", store.pk, goods.pk, TRIES)) == ENOUGH_FOR
    assert Sale.objects.count() == ENOUGH_FOR
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 0
    assert books.reconcile().ok
    assert books.verify().ok
