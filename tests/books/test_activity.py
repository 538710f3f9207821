"""Movements by store and business day: the same whether their run is closed or not, each counted once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import make
from tests.statements import counted
from tests.threads import together
from tradepost.books import services as books
from tradepost.books.activity import Activity, activity
from tradepost.books.models import Run

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def test_a_day_counts_what_came_was_sold_and_was_lost_open_or_closed() -> None:
    store, other = make.store(), make.store()
    goods = make.stocked_product(store, 10)
    make.sale(store, (goods, 1), (make.stocked_product(store, 5), 2))
    make.loss(store, (goods, 1))
    make.received(make.transfer(store, other, (goods, 2)))
    expected = {DAY: Activity(received=2, sold=2, removed=1)}
    for _ in range(2):
        assert activity([store.pk], DAY, DAY) == expected
        assert activity([other.pk], DAY, DAY) == {}
        assert activity([store.pk, other.pk], DAY - timedelta(days=9), DAY) == expected
        assert activity([store.pk], DAY + timedelta(days=1), DAY + timedelta(days=9)) == {}
        books.close_runs()
    make.sale(store, (goods, 1))
    assert activity([store.pk], DAY, DAY)[DAY].sold == 3
    books.close_runs()
    assert activity([store.pk], DAY, DAY)[DAY].sold == 3


def test_a_movement_counts_on_its_stores_own_day() -> None:
    east, west = make.store(time_zone="Pacific/Auckland"), make.store(time_zone="America/Los_Angeles")
    for store in (east, west):
        make.delivery(store, (make.product(), 1, None), at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    for _ in range(2):
        assert activity([east.pk, west.pk], DAY, DAY) == {DAY: Activity(received=1)}
        assert activity([east.pk], DAY, DAY + timedelta(days=1)) == {date(2026, 3, 3): Activity(received=1)}
        books.close_runs()


def test_nothing_counts_twice_or_not_at_all_while_runs_are_closed() -> None:
    store = make.store()
    goods = make.stocked_product(store, 1_000)
    make.console()

    def trade() -> list[int]:
        for _ in range(8):
            make.sale(store, (goods, 1))
        return []

    def close() -> list[int]:
        for _ in range(6):
            books.close_runs()
        return []

    def look() -> list[int]:
        return [activity([store.pk], DAY, DAY)[DAY].sold if _ else 0 for _ in range(25)]

    *_, seen = together([trade, trade, close, look])
    assert isinstance(seen, list)
    assert seen == sorted(seen), "what was counted once stays counted"
    books.close_runs()
    assert activity([store.pk], DAY, DAY)[DAY] == Activity(received=1, sold=16)
    assert Run.objects.exists()


def test_more_movements_take_the_same_statements() -> None:
    store = make.store()
    goods = make.stocked_product(store, 100)

    def statements() -> int:
        with counted() as seen:
            activity([store.pk], DAY, DAY)
        return len(seen)

    before = statements()
    for _ in range(5):
        make.sale(store, (goods, 1))
        books.close_runs()
    assert statements() == before


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Australia/Eucla", "UTC"])
def test_a_day_begins_to_the_minute_in_every_time_zone_open_or_closed(zone: str) -> None:
    store = make.store(time_zone=zone)
    midnight = datetime.combine(DAY, datetime.min.time(), tzinfo=ZoneInfo(zone))
    for at in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(days=1, seconds=-1)):
        make.delivery(store, (make.product(), 1, None), at=at)
    for _ in range(2):
        found = activity([store.pk], DAY - timedelta(days=1), DAY)
        assert found == {DAY - timedelta(days=1): Activity(received=1), DAY: Activity(received=2)}
        books.close_runs()
