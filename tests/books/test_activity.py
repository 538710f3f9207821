"""Movements by store and business day: the same whether their run is closed or not, each counted once."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from tests import make
from tests.statements import counted
from tests.threads import together
from tradepost.books import services as books
from tradepost.books.activity import Activity, activity
from tradepost.books.models import PlaceDay, Run

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


def test_what_is_recorded_late_counts_on_its_day_and_what_was_kept_of_the_others_stays() -> None:
    east, west = make.store(time_zone="Pacific/Auckland"), make.store(time_zone="America/Los_Angeles")
    goods, noon = make.product(), datetime(2026, 3, 2, 12, tzinfo=UTC)
    expected: Counter[date] = Counter()
    for days_ago in (0, 3, 0, 6, 1, 6):
        for store, ahead in ((east, 1), (west, 0)):  # noon in Greenwich is tomorrow in Auckland
            make.delivery(store, (goods, 1, None), at=noon - timedelta(days=days_ago))
            expected[DAY + timedelta(days=ahead - days_ago)] += 1
        books.close_runs()
        found = activity([east.pk, west.pk], DAY - timedelta(days=7), DAY + timedelta(days=1))
        assert {day: times.received for day, times in found.items()} == expected


def test_only_the_days_that_a_run_can_have_touched_are_counted_anew() -> None:
    store, goods = make.store(), make.product()
    for days_ago in (9, 0):
        make.delivery(store, (goods, 1, None), at=make.AT - timedelta(days=days_ago))
    books.close_runs()
    asked = [store.pk], DAY - timedelta(days=9), DAY
    assert [times.received for _, times in sorted(activity(*asked).items())] == [1, 1]
    PlaceDay.objects.update(received=5)
    make.delivery(store, (goods, 1, None), at=make.AT)
    books.close_runs()
    assert [times.received for _, times in sorted(activity(*asked).items())] == [1, 6]


def test_nothing_is_counted_on_that_was_kept_of_a_run_which_is_not_there() -> None:
    store = make.store()
    make.stocked_product(store, 10)
    books.close_runs()
    last = Run.objects.get()
    wrong = {(DAY, "received"): 7, (DAY - timedelta(days=5), "sold"): 7}
    for kept in ((b"another", last.last_posting_id, wrong), (bytes(last.digest) + b"x", 10**9, wrong)):
        with patch.object(cache, "get", return_value=kept):
            assert activity([store.pk], DAY - timedelta(days=9), DAY) == {DAY: Activity(received=1)}


def test_more_movements_take_the_same_statements() -> None:
    store = make.store()
    goods = make.stocked_product(store, 100)

    def statements() -> int:
        with counted() as seen:
            activity([store.pk], DAY, DAY)
        return len(seen)

    books.close_runs()
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
