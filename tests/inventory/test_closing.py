"""A store with goods in it stays open and a product of which some is left stays sold, whoever moves goods meanwhile."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tests import make, picture
from tests.inventory.test_cost_races import until_somebody_waits
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import ProductOnShelves, StoreInUse
from tradepost.lib.errors import Denied, TradepostError
from tradepost.places import services as places
from tradepost.places.errors import NoSuchStore, StoreArchived
from tradepost.places.models import Store
from tradepost.till.errors import NotForSale

pytestmark = pytest.mark.django_db


def close(store: Store) -> Store:
    return inventory.close_store(store.pk, actor=make.console(), at=make.AT)


def retire(product: Product) -> Product:
    return inventory.retire_product(product.pk, actor=make.console(), at=make.AT)


def stand_goods(store: Store) -> dict[str, object]:
    make.stocked_product(store, 3)
    make.stocked_product(store, 1)
    return {"products": 2, "stocktake": None, "transfers": 0}


def count_goes_on(store: Store) -> dict[str, object]:
    return {"products": 0, "stocktake": make.stocktake(store).number, "transfers": 0}


def goods_are_coming(store: Store) -> dict[str, object]:
    source = make.store()
    make.transfer(source, store, (make.stocked_product(source, 1), 1))
    return {"products": 0, "stocktake": None, "transfers": 1}


def goods_have_left(store: Store) -> dict[str, object]:
    make.transfer(store, make.store(), (make.stocked_product(store, 1), 1))
    return {"products": 0, "stocktake": None, "transfers": 1}


@pytest.mark.parametrize("happens", [stand_goods, count_goes_on, goods_are_coming, goods_have_left])
def test_a_store_in_use_stays_open_and_says_why(happens: Callable[[Store], dict[str, object]]) -> None:
    store = make.store()
    figures = happens(store)
    before = picture.of_everything()
    with pytest.raises(StoreInUse) as caught:
        close(store)
    assert caught.value.details == figures
    store.refresh_from_db()
    assert store.is_open
    assert picture.of_everything() == before


def test_a_store_that_sold_everything_closes_and_opens_again() -> None:
    store = make.store()
    goods = make.stocked_product(store, 2)
    make.sale(store, (goods, 2))
    make.applied(make.stocktake(store, (goods, 0)))
    assert not close(store).is_open
    assert not close(store).is_open
    assert places.reopen_store(store.pk, actor=make.console(), at=make.AT).is_open
    make.delivery(store, (goods, 1, None))


def test_an_administrator_closes_stores_and_retires_products() -> None:
    store, goods = make.store(), make.product()
    for user in (make.manager(store), make.staff(store), make.auditor(), make.customer()):
        with pytest.raises(Denied):
            inventory.close_store(store.pk, actor=make.actor(user), at=make.AT)
        with pytest.raises(Denied):
            inventory.retire_product(goods.pk, actor=make.actor(user), at=make.AT)
    with pytest.raises(NoSuchStore):
        inventory.close_store(10**6, actor=make.console(), at=make.AT)


def test_nothing_is_booked_in_an_archived_store_and_what_is_open_there_can_be_called_off() -> None:
    """Such stores are from before anybody looked: what stands in them waits for the store to be opened again."""
    store, other = make.store(), make.store()
    goods = make.stocked_product(store, 20)
    sold, lost, moved = make.sale(store, (goods, 2)), make.loss(store, (goods, 1)), make.moved(store, goods, "IN", 1)
    sent, coming = make.transfer(store, other, (goods, 1)), make.stocked_product(other, 5)
    counted = make.stocktake(store, (goods, 3))
    places.archive_store(store.pk, actor=make.console(), at=make.AT)
    console = make.console()
    before = picture.of_everything()
    acts: list[Callable[[], object]] = [
        lambda: make.sale(store, (goods, 1)),
        lambda: make.given_back(sold, 1),
        lambda: make.delivery(store, (goods, 1, None)),
        lambda: make.loss(store, (goods, 1)),
        lambda: make.reversed_entry(lost),
        lambda: make.moved(store, goods, "IN", 1),
        lambda: make.accepted(
            inventory.reverse_movements([inventory.MovementReversal(store.pk, moved.number)], actor=console, at=make.AT)
        ),
        lambda: make.transfer(store, other, (goods, 1)),
        lambda: make.transfer(other, store, (coming, 1)),
        lambda: inventory.send_back(sent.pk, None, actor=console, at=make.AT),
        lambda: inventory.write_off_transit(sent.pk, None, "Lost", actor=console, at=make.AT),
        lambda: make.stocktake(store),
        lambda: inventory.count(counted.pk, [inventory.CountItem(goods.pk, 1)], actor=console, at=make.AT),
        lambda: make.applied(counted),
    ]
    for act in acts:
        with pytest.raises(StoreArchived):
            act()
    assert picture.of_everything() == before
    assert inventory.cancel_stocktake(counted.pk, actor=console, at=make.AT).state == "cancelled"
    assert make.received(sent).state == "closed"


def test_a_product_of_which_some_is_left_stays_sold_and_says_where() -> None:
    mill, quay = make.store("Mill"), make.store("Quay")
    tea = make.stocked_product(mill, 2500, sku="TEA", unit="kg")
    make.transfer(mill, quay, (tea, 500))
    before = picture.of_everything()
    with pytest.raises(ProductOnShelves) as caught:
        retire(tea)
    assert caught.value.message == "There is still TEA: 2.000 Mill, 0.500 on its way"
    assert caught.value.details == {"product_id": tea.pk, "available": 2500, "stores": [mill.pk]}
    tea.refresh_from_db()
    assert tea.is_sold
    assert picture.of_everything() == before


def test_a_product_of_which_nothing_is_left_is_retired_once() -> None:
    store = make.store()
    goods = make.stocked_product(store, 2)
    make.sale(store, (goods, 2))
    assert not retire(goods).is_sold
    assert not retire(goods).is_sold


def outcome(act: Callable[[], object]) -> str:
    """How it ended: done, or the code it was refused with."""
    try:
        act()
    except TradepostError as error:
        return error.code
    return "done"


def one_after_the_other(first: Callable[[], object], second: Callable[[], object]) -> list[str]:
    """Both at once; the second begins when the first has done its part and not committed yet."""
    did = threading.Event()

    def begin() -> str:
        with transaction.atomic():
            done = outcome(first)
            did.set()
            until_somebody_waits()
        return done

    def follow() -> str:
        assert did.wait(30)
        return outcome(second)

    ends = together([begin, follow])
    assert all(isinstance(end, str) for end in ends), ends
    return [str(end) for end in ends]


@pytest.mark.parametrize("is_new", [True, False], ids=["first delivery", "later delivery"])
def test_of_a_delivery_and_the_closing_of_its_store_one_is_refused(is_new: bool) -> None:
    store, other = make.store(), make.store()
    goods = make.product() if is_new else make.stocked_product(store, 1)
    if not is_new:
        make.sale(store, (goods, 1))
    make.stocked_product(other, 1)
    deliver, shut = lambda: make.delivery(store, (goods, 5, None)), lambda: close(store)
    assert one_after_the_other(shut, deliver) == ["done", StoreArchived.code]
    assert books.level_of(goods.pk, chart.store(store.pk)) == 0
    places.reopen_store(store.pk, actor=make.console(), at=make.AT)
    assert one_after_the_other(deliver, shut) == ["done", StoreInUse.code]
    store.refresh_from_db()
    assert (store.is_open, books.level_of(goods.pk, chart.store(store.pk))) == (True, 5)


@pytest.mark.parametrize("is_new", [True, False], ids=["first delivery", "later delivery"])
def test_of_a_delivery_and_the_retirement_of_its_product_one_is_refused(is_new: bool) -> None:
    store = make.store()
    goods = make.product() if is_new else make.stocked_product(store, 1)
    if not is_new:
        make.sale(store, (goods, 1))
    deliver = lambda: make.delivery(store, (goods, 5, None))  # noqa: E731
    assert one_after_the_other(lambda: retire(goods), deliver) == ["done", NotForSale.code]
    assert books.level_of(goods.pk, chart.store(store.pk)) == 0
    goods.archived_at = None
    goods.save(update_fields=["archived_at"])
    assert one_after_the_other(deliver, lambda: retire(goods)) == ["done", ProductOnShelves.code]
    goods.refresh_from_db()
    assert (goods.is_sold, books.level_of(goods.pk, chart.store(store.pk))) == (True, 5)


def test_control_without_the_lock_goods_are_left_in_a_closed_store() -> None:
    """Look whether it is empty, then close it, as `places` alone would: a delivery comes between."""
    store, goods = make.store(), make.product()
    looked, delivered = threading.Event(), threading.Event()

    def shut() -> None:
        assert not books.levels_at(chart.store(store.pk))
        looked.set()
        assert delivered.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE places_store SET archived_at = created_at WHERE id = %s", [store.pk])

    def deliver() -> None:
        assert looked.wait(30)
        make.delivery(store, (goods, 5, None))
        delivered.set()

    assert together([shut, deliver]) == [None, None]
    store.refresh_from_db()
    assert (store.is_open, books.level_of(goods.pk, chart.store(store.pk))) == (False, 5)
