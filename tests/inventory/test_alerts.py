"""Which movements raise an alert: those that take a shelf below its mark or empty it, and leave it so."""

from datetime import timedelta

import pytest

from tests import make
from tests.inventory.alerts import look, raised, shelf
from tests.statements import counted
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Movement, Run
from tradepost.catalog import services as catalog
from tradepost.inventory import queries, services
from tradepost.inventory.models import AlertCursor, StockAlert
from tradepost.inventory.services.alerts import RUNS_AT_ONCE
from tradepost.lib import clock
from tradepost.places import services as places

pytestmark = pytest.mark.django_db


def test_a_shelf_that_falls_below_its_mark_raises_an_alert_once() -> None:
    store, goods = shelf(10)
    sold = make.sale(store, (goods, 6))
    assert look() == 1
    (alert,) = StockAlert.objects.all()
    movement = Movement.objects.get(posting=sold.posting)
    assert (alert.movement_id, alert.store, alert.product) == (movement.pk, store, goods)
    assert (alert.kind, alert.quantity, alert.low_at, alert.at) == ("low", 4, 5, movement.posting.at)
    assert (alert.over_at, alert.seen_at, alert.seen_by) == (None, None, None)
    assert look() == 0
    make.sale(store, (goods, 1))
    assert look() == 0
    assert raised() == [("low", 4, 5)]


def test_exactly_at_its_mark_a_shelf_is_not_low() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 5))
    assert look() == 0
    make.sale(store, (goods, 1))
    assert look() == 1
    assert raised() == [("low", 4, 5)]


def test_a_shelf_that_was_low_and_runs_out_raises_another_which_takes_the_place_of_the_first() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 6))
    look()
    make.sale(store, (goods, 4))
    assert look() == 1
    assert raised() == [("low", 4, 5), ("out", 0, 5)]
    low, out = StockAlert.objects.order_by("id")
    assert low.over_at is not None
    assert out.over_at is None
    assert queries.unseen_count(make.console()) == 1


def test_from_above_the_mark_to_nothing_is_one_alert() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 10))
    assert look() == 1
    assert raised() == [("out", 0, 5)]


def test_of_several_crossings_in_a_run_the_newest_is_told() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 6))
    make.sale(store, (goods, 4))
    assert look() == 1
    assert raised() == [("out", 0, 5)]


def test_a_mark_of_nothing_lets_a_shelf_run_out_but_never_low() -> None:
    store, goods = shelf(3, low_at=0)
    make.sale(store, (goods, 2))
    assert look() == 0
    make.sale(store, (goods, 1))
    assert look() == 1
    assert raised() == [("out", 0, 0)]


def test_a_shelf_goes_by_its_own_mark() -> None:
    store, goods = shelf(10)
    other = make.store()
    make.delivery(other, (goods, 10, None))
    services.set_reorder_level(other.pk, goods.pk, 8, actor=make.console(), at=make.AT)
    for where in (store, other):
        make.sale(where, (goods, 3))
    assert look() == 1
    (alert,) = StockAlert.objects.all()
    assert (alert.store, alert.quantity, alert.low_at) == (other, 7, 8)


def test_a_mark_that_is_moved_raises_nothing_by_itself_and_counts_from_then_on() -> None:
    store, goods = shelf(10)
    catalog.change_product(goods.pk, reorder_level=20, actor=make.console(), at=make.AT)
    assert look() == 0
    make.sale(store, (goods, 1))
    assert look() == 0
    catalog.change_product(goods.pk, reorder_level=9, actor=make.console(), at=make.AT)
    make.sale(store, (goods, 1))
    assert look() == 1
    assert raised() == [("low", 8, 9)]


def test_a_mark_lowered_before_anybody_looked_is_the_one_that_counts() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 6))
    catalog.change_product(goods.pk, reorder_level=4, actor=make.console(), at=make.AT)
    assert look() == 0
    assert raised() == []


def test_a_shelf_filled_again_before_anybody_looked_is_no_news() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 10))
    make.delivery(store, (goods, 5, None))
    assert look() == 0
    make.sale(store, (goods, 2))
    assert look() == 1
    assert raised() == [("low", 3, 5)]


def test_a_shelf_that_was_out_and_got_too_little_runs_low() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 10))
    make.delivery(store, (goods, 1, None))
    assert look() == 1
    assert raised() == [("low", 1, 5)]


def test_a_shelf_that_was_low_from_the_start_is_told_of_once_it_was_out() -> None:
    store, goods = shelf(3)
    make.sale(store, (goods, 3))
    make.delivery(store, (goods, 2, None))
    assert look() == 1
    assert raised() == [("low", 2, 5)]


def test_a_shelf_that_is_out_by_now_was_low_when_a_run_ended() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 6))
    engine.close_runs()
    make.sale(store, (goods, 4))
    assert services.watch_levels(at=clock.now()) == 1
    assert look() == 1
    assert raised() == [("low", 4, 5), ("out", 0, 5)]


def test_whatever_takes_goods_from_a_shelf_counts() -> None:
    store, other = make.store(), make.store()
    goods = {name: shelf(10, store=store)[1] for name in ("sale", "loss", "transfer", "count", "reversal", "movement")}
    delivered = make.delivery(store, (goods["reversal"], 10, None))
    make.sale(store, (goods["reversal"], 8))
    look()
    make.sale(store, (goods["sale"], 6))
    make.loss(store, (goods["loss"], 6))
    make.transfer(store, other, (goods["transfer"], 6))
    make.applied(make.stocktake(store, (goods["count"], 4)))
    make.reversed_entry(delivered)
    make.moved(store, goods["movement"], "REM", 6)
    assert look() == 6
    assert {alert.product for alert in StockAlert.objects.all()} == set(goods.values())
    assert look() == 0


def test_goods_that_come_raise_nothing_and_neither_do_those_in_transit() -> None:
    source, destination = make.store(), make.store()
    _, goods = shelf(10, store=source)
    sent = make.transfer(source, destination, (goods, 2))
    look()
    make.received(sent, (goods, 1))
    make.received(sent)
    assert look() == 0
    assert books.level_of(goods.pk, chart.transit(sent.pk)) == 0


def test_of_what_is_not_sold_any_more_and_of_closed_stores_nobody_hears() -> None:
    store, archived = shelf(10)
    closed, goods = shelf(10)
    make.sale(store, (archived, 10))
    make.sale(closed, (goods, 10))
    catalog.archive_product(archived.pk, actor=make.console(), at=make.AT)
    places.archive_store(closed.pk, actor=make.console(), at=make.AT)
    assert look() == 0


def test_an_open_tail_is_not_looked_at() -> None:
    store, goods = shelf(10)
    make.sale(store, (goods, 10))
    assert services.watch_levels(at=clock.now()) == 0
    assert look() == 1


def test_who_looks_for_the_first_time_begins_with_the_last_day() -> None:
    store = make.store()
    old, new = (make.stocked_product(store, 10, reorder_level=5) for _ in range(2))
    make.sale(store, (old, 10))
    engine.close_runs()
    make.sale(store, (new, 10))
    engine.close_runs()
    older, _ = Run.objects.order_by("id")
    assert services.watch_levels(at=older.closed_at + timedelta(days=1, milliseconds=1)) == 1
    assert StockAlert.objects.get().product == new
    assert AlertCursor.objects.get().run_id == Run.objects.latest("id").pk


def test_a_backlog_of_many_runs_is_looked_at_by_a_constant_number_of_statements_a_stretch() -> None:
    store, first = shelf(10)
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(RUNS_AT_ONCE * 2)]
    look()
    make.sale(store, (first, 10))
    engine.close_runs()
    with counted() as one:
        assert services.watch_levels(at=clock.now()) == 1
    for product in goods:
        make.sale(store, (product, 10))
    assert len(engine.close_runs(postings_a_run=1)) == RUNS_AT_ONCE * 2
    with counted() as many:
        assert services.watch_levels(at=clock.now()) == len(goods)
    assert len(many) <= 2 * len(one)
    assert [alert.product for alert in StockAlert.objects.order_by("id")] == [first, *goods]
    with counted() as none:
        assert services.watch_levels(at=clock.now()) == 0
    assert len(none) == 2


def test_an_alert_is_over_when_its_shelf_is_filled_its_mark_lowered_or_its_product_gone() -> None:
    store = make.store()
    filled, lowered, gone, left = (shelf(10, store=store)[1] for _ in range(4))
    make.sale(store, *((one, 6) for one in (filled, lowered, gone, left)))
    assert look() == 4
    make.delivery(store, (filled, 1, None))
    services.set_reorder_level(store.pk, lowered.pk, 4, actor=make.console(), at=make.AT)
    catalog.archive_product(gone.pk, actor=make.console(), at=make.AT)
    assert queries.unseen_count(make.console()) == 1
    assert services.end_alerts(at=clock.now()) == 3
    assert services.end_alerts(at=clock.now()) == 0
    assert StockAlert.objects.get(over_at=None).product == left
    make.sale(store, (filled, 1))
    assert look() == 1
