"""A count goes on while the shop is open: only what was miscounted by the books is booked, once, with its money."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import make, picture
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.errors import InsufficientStock
from tradepost.catalog import services as catalog
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import (
    CountBelowZero,
    NoSuchStocktake,
    NotCounted,
    NothingCounted,
    StocktakeClosed,
    StocktakeGoesOn,
)
from tradepost.inventory.models import Stocktake, StocktakeLine
from tradepost.inventory.services import CountItem
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.places import services as places
from tradepost.places.errors import NoSuchStore, StoreArchived
from tradepost.till import queries as till
from tradepost.till.errors import AmountOutOfRange, EmptyBasket, QuantityNotAboveZero
from tradepost.till.services.documents import COST_SCALE, MAX_STEPS

pytestmark = pytest.mark.django_db


class Shop:
    """A store with 10 mugs at 1.00 and 5 cups at 2.00 on its shelves, that is being counted."""

    def __init__(self) -> None:
        self.store = make.store("Mill")
        self.mug = make.stocked_product(self.store, 10, cost=1000)
        self.cup = make.stocked_product(self.store, 5, cost=1000)
        self.place = chart.store(self.store.pk)
        self.stocktake = make.stocktake(self.store)

    def level(self, product: Any) -> int:
        return books.level_of(product.pk, self.place)

    def losses(self) -> int:
        return books.balance_of(chart.loss(self.store.pk))


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def count(shop: Shop, *items: tuple[Any, int], is_more: bool = False, by: Any = None) -> list[StocktakeLine]:
    named = [CountItem(goods.pk, steps, is_more) for goods, steps in items]
    return inventory.count(shop.stocktake.pk, named, actor=by or make.console(), at=make.AT)


def uncount(shop: Shop, product: Any, by: Any = None) -> Stocktake:
    return inventory.uncount(shop.stocktake.pk, product.pk, actor=by or make.console(), at=make.AT)


def apply(shop: Shop, by: Any = None) -> Stocktake:
    return inventory.apply_stocktake(shop.stocktake.pk, actor=by or make.console(), at=make.AT)


def cancel(shop: Shop, by: Any = None) -> Stocktake:
    return inventory.cancel_stocktake(shop.stocktake.pk, actor=by or make.console(), at=make.AT)


def open_again(shop: Shop, by: Any = None) -> Stocktake:
    return inventory.open_stocktake(shop.store.pk, note="", actor=by or make.console(), at=make.AT)


def assert_proved() -> None:
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def test_a_count_is_written_down_against_what_the_books_say(shop: Shop) -> None:
    (mugs, cups) = count(shop, (shop.mug, 8), (shop.cup, 5))
    assert (mugs.product, mugs.counted, mugs.expected, mugs.difference) == (shop.mug, 8, 10, -2)
    assert (cups.counted, cups.expected, cups.counted_by.username, cups.counted_at) == (5, 5, "console", make.AT)
    assert shop.level(shop.mug) == 10, "nothing is booked yet"
    assert queries.tally_of(shop.stocktake) == (2, 1, 0)
    assert list(queries.counted(shop.stocktake, differing=True)) == [mugs]
    assert list(queries.counted(shop.stocktake, differing=False)) == [cups]
    event = AuditEvent.objects.get(action="inventory.stocktake_counted")
    assert (event.before, event.after) == ({}, {str(shop.mug.pk): 8, str(shop.cup.pk): 5})
    assert event.store_id == shop.store.pk


def test_a_scan_adds_and_a_count_takes_the_place_of_the_one_before(shop: Shop) -> None:
    for _ in range(3):
        count(shop, (shop.mug, 1), is_more=True)
    assert count(shop, (shop.mug, 4), (shop.mug, 2), is_more=True)[0].counted == 9
    assert count(shop, (shop.mug, 7))[0].counted == 7
    mixed = [CountItem(shop.mug.pk, 1), CountItem(shop.mug.pk, 2, is_more=True)]
    (line,) = inventory.count(shop.stocktake.pk, mixed, actor=make.console(), at=make.AT)
    assert line.counted == 3
    assert queries.counted(shop.stocktake).count() == 1


def test_what_is_missing_is_lost_and_what_is_more_is_found_in_one_posting(shop: Shop) -> None:
    count(shop, (shop.mug, 7), (shop.cup, 6))
    closed = apply(shop)
    assert (closed.state, closed.settled_at) == ("applied", make.AT)
    assert (shop.level(shop.mug), shop.level(shop.cup)) == (7, 6)
    posting = books.posting(closed.posting_id or 0, make.console())
    moved = [(move.product, move.source.code, move.destination.code, move.quantity) for move in posting.movements.all()]
    assert moved == [
        (shop.mug, shop.place, chart.LOSS_WORLD, 3),
        (shop.cup, chart.LOSS_WORLD, shop.place, 1),
    ]
    assert [pay.amount_minor for pay in posting.transfers.all()] == [300, 200]
    assert shop.losses() == 100 == -books.balance_of(chart.stock_value(shop.store.pk))
    assert till.day_report(shop.store.pk, make.AT.date(), make.console()).losses_minor == 100
    event = AuditEvent.objects.get(action="inventory.stocktake_applied")
    assert event.after == {
        "state": "applied",
        "counted": 2,
        "differences": {str(shop.mug.pk): -3, str(shop.cup.pk): 1},
    }
    assert_proved()


def test_the_average_cost_stays_as_it_was(shop: Shop) -> None:
    count(shop, (shop.mug, 7), (shop.cup, 6))
    apply(shop)
    assert till.average_cost(shop.store.pk, shop.mug.pk) == 100 * COST_SCALE
    assert till.average_cost(shop.store.pk, shop.cup.pk) == 200 * COST_SCALE


def test_goods_sold_between_counting_and_closing_are_no_difference(shop: Shop) -> None:
    count(shop, (shop.mug, 10), (shop.cup, 4))
    make.sale(shop.store, (shop.mug, 3), (shop.cup, 1))
    make.delivery(shop.store, (shop.mug, 5, None))
    apply(shop)
    assert (shop.level(shop.mug), shop.level(shop.cup)) == (12, 3)
    assert shop.losses() == 200, "the one cup that was missing when it was counted"
    assert_proved()


def test_counted_anew_a_product_is_compared_with_the_books_of_now(shop: Shop) -> None:
    count(shop, (shop.mug, 9))
    make.sale(shop.store, (shop.mug, 3))
    (line,) = count(shop, (shop.mug, 7))
    assert (line.counted, line.expected) == (7, 7)


def test_a_count_without_differences_books_nothing(shop: Shop) -> None:
    count(shop, (shop.mug, 10))
    before = picture.of_the_books()
    closed = apply(shop)
    assert (closed.state, closed.posting_id) == ("applied", None)
    assert picture.of_the_books() == before


def test_what_was_not_counted_stays_as_it_is(shop: Shop) -> None:
    count(shop, (shop.mug, 0))
    apply(shop)
    assert (shop.level(shop.mug), shop.level(shop.cup)) == (0, 5)


def test_goods_the_books_never_heard_of_are_found_at_their_list_cost(shop: Shop) -> None:
    bowl = make.product(cost_minor=150)
    count(shop, (bowl, 2))
    apply(shop)
    assert shop.level(bowl) == 2
    assert shop.losses() == -300
    assert_proved()


def test_an_archived_product_can_still_be_counted(shop: Shop) -> None:
    catalog.archive_product(shop.mug.pk, actor=make.console(), at=make.AT)
    count(shop, (shop.mug, 9))
    apply(shop)
    assert shop.level(shop.mug) == 9


def test_goods_without_cost_are_missing_without_money(shop: Shop) -> None:
    gift = make.stocked_product(shop.store, 4, cost=0)
    count(shop, (gift, 1))
    closed = apply(shop)
    assert books.posting(closed.posting_id or 0, make.console()).transfers.count() == 0
    assert shop.level(gift) == 1


def test_a_product_can_be_taken_out_of_a_count(shop: Shop) -> None:
    count(shop, (shop.mug, 1), (shop.cup, 5))
    uncount(shop, shop.mug)
    assert [line.product for line in queries.counted(shop.stocktake)] == [shop.cup]
    apply(shop)
    assert shop.level(shop.mug) == 10
    event = AuditEvent.objects.get(action="inventory.stocktake_uncounted")
    assert (event.before, event.after) == ({str(shop.mug.pk): 1}, {})


def test_a_count_called_off_books_nothing_and_can_still_be_read(shop: Shop) -> None:
    count(shop, (shop.mug, 1))
    before = picture.of_the_books()
    closed = cancel(shop)
    assert (closed.state, closed.settled_by_id, closed.posting_id) == ("cancelled", make.console().user_id, None)
    assert picture.of_the_books() == before
    assert queries.counted(closed).count() == 1
    assert open_again(shop).state == "open", "now another one may begin"


CLOSING: list[Callable[[Shop], Any]] = [apply, cancel]


@pytest.mark.parametrize("close", CLOSING)
def test_a_closed_count_takes_nothing_more(shop: Shop, close: Callable[[Shop], Any]) -> None:
    count(shop, (shop.mug, 7))
    state = close(shop).state
    before = picture.of_everything()
    acts: list[Callable[[], Any]] = [
        lambda: count(shop, (shop.mug, 1)),
        lambda: uncount(shop, shop.mug),
        lambda: apply(shop),
        lambda: cancel(shop),
    ]
    for act in acts:
        with pytest.raises(StocktakeClosed) as refused:
            act()
        assert refused.value.details == {"number": shop.stocktake.number, "state": state}
    assert picture.of_everything() == before


def test_goods_counted_as_missing_that_are_gone_meanwhile_are_refused(shop: Shop) -> None:
    count(shop, (shop.mug, 4), (shop.cup, 4))
    make.sale(shop.store, (shop.mug, 7))
    before = picture.of_everything()
    with pytest.raises(InsufficientStock) as refused:
        apply(shop)
    assert refused.value.details["product_id"] == shop.mug.pk
    assert picture.of_everything() == before
    count(shop, (shop.mug, 3))
    apply(shop)
    assert (shop.level(shop.mug), shop.level(shop.cup)) == (3, 4)
    assert_proved()


def test_a_store_is_counted_once_at_a_time(shop: Shop) -> None:
    before = picture.of_everything()
    with pytest.raises(StocktakeGoesOn) as refused:
        open_again(shop)
    assert refused.value.details == {"number": shop.stocktake.number}
    assert picture.of_everything() == before
    assert make.stocktake(make.store()).state == "open", "another store has nothing to do with it"


def test_counts_that_make_no_sense_are_refused_and_nothing_is_written(shop: Shop) -> None:
    postage = make.product(stocked=False)
    count(shop, (shop.mug, 5))
    before = picture.of_everything()
    wrong: list[tuple[type[Exception], int, int, bool]] = [
        (CountBelowZero, shop.mug.pk, -1, False),
        (QuantityNotAboveZero, shop.mug.pk, 0, True),
        (QuantityNotAboveZero, shop.mug.pk, -1, True),
        (AmountOutOfRange, shop.mug.pk, MAX_STEPS + 1, False),
        (AmountOutOfRange, shop.mug.pk, MAX_STEPS, True),
        (Missing, 9**9, 1, False),
        (Missing, 2**70, 1, False),
        (Missing, postage.pk, 1, False),
    ]
    for kind, product_id, steps, is_more in wrong:
        items = [CountItem(shop.cup.pk, 1), CountItem(product_id, steps, is_more)]
        with pytest.raises(kind):
            inventory.count(shop.stocktake.pk, items, actor=make.console(), at=make.AT)
    with pytest.raises(EmptyBasket):
        count(shop)
    for stranger in (shop.cup, postage):
        with pytest.raises(NotCounted):
            uncount(shop, stranger)
    assert picture.of_everything() == before


def test_nothing_counted_is_nothing_to_apply(shop: Shop) -> None:
    before = picture.of_everything()
    with pytest.raises(NothingCounted):
        apply(shop)
    assert picture.of_everything() == before


def test_a_count_begins_in_an_open_store_with_a_plain_note() -> None:
    closed = places.archive_store(make.store().pk, actor=make.console(), at=make.AT)
    store = make.store()
    before = picture.of_everything()
    for kind, store_id, note in (
        (StoreArchived, closed.pk, ""),
        (NoSuchStore, 9**9, ""),
        (FieldErrors, store.pk, "x" * 201),
        (FieldErrors, store.pk, "a\nb"),
    ):
        with pytest.raises(kind):
            inventory.open_stocktake(store_id, note=note, actor=make.console(), at=make.AT)
    assert picture.of_everything() == before
    assert make.stocktake(store, note=" Spring ").note == "Spring"


def test_who_may_do_what_and_everybody_else_changes_nothing(shop: Shop) -> None:
    here, boss = make.actor(make.staff(shop.store)), make.actor(make.manager(shop.store))
    other, auditor = make.store(), make.actor(make.auditor())
    strangers = [make.actor(make.manager(other)), make.actor(make.customer()), make.visitor()]
    count(shop, (shop.mug, 9), by=here)
    before = picture.of_everything()
    for actor in (auditor, *strangers):
        with pytest.raises(Denied):
            open_again(shop, by=actor)
    refusal = dict.fromkeys(strangers, NoSuchStocktake) | {auditor: Denied}
    for actor, kind in refusal.items():
        acts: list[Callable[..., Any]] = [
            lambda by: count(shop, (shop.mug, 1), by=by),
            lambda by: uncount(shop, shop.mug, by=by),
            lambda by: apply(shop, by=by),
            lambda by: cancel(shop, by=by),
        ]
        for act in acts:
            with pytest.raises(kind):
                act(actor)
    with pytest.raises(Denied):
        apply(shop, by=here)
    for actor in strangers:
        assert not queries.stocktakes(actor).exists()
        with pytest.raises(NoSuchStocktake):
            queries.stocktake(shop.stocktake.pk, actor)
    assert picture.of_everything() == before
    assert apply(shop, by=boss).state == "applied"
    assert cancel_new(shop, by=here).state == "cancelled"


def cancel_new(shop: Shop, by: Any) -> Stocktake:
    shop.stocktake = open_again(shop, by=by)
    return cancel(shop, by=by)


def test_those_of_a_store_find_its_counts(shop: Shop) -> None:
    here, console = make.actor(make.staff(shop.store)), make.console()
    other = make.stocktake(make.store())
    apply_later = shop.stocktake
    count(shop, (shop.mug, 9))
    assert list(queries.stocktakes(here)) == [apply_later]
    assert list(queries.stocktakes(console)) == [other, apply_later]
    assert list(queries.stocktakes(console, store=other.store_id)) == [other]
    apply(shop)
    assert list(queries.stocktakes(console, state="open")) == [other]
    assert queries.stocktake(apply_later.pk, here).state == "applied"
