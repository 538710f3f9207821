"""What was ever moved stays goods, whoever asks and by whatever way; and what was sold comes back as it was sold."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import make, picture
from tests.books.story import execute
from tests.inventory.test_closing import one_after_the_other
from tests.threads import together
from tradepost.books import chart, goods
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.catalog import services as catalog
from tradepost.catalog.errors import StaysGoods
from tradepost.catalog.models import Product
from tradepost.catalog.services import ProductRow, Saved
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementReversal
from tradepost.lib import db, walls
from tradepost.lib.errors import Busy, Missing
from tradepost.places.models import Store
from tradepost.till import services as till
from tradepost.till.services import ReturnDraft, ReturnItem

pytestmark = pytest.mark.django_db


def kept(product: Product, *, stocked: bool) -> Product:
    """The product, made goods or a service."""
    return catalog.change_product(product.pk, stocked=stocked, actor=make.console(), at=make.AT)


def level(store: Store, product: Product) -> int:
    return books.level_of(product.pk, chart.store(store.pk))


def stands(store: Store) -> Product:
    return make.stocked_product(store, 25)


def is_sold_out(store: Store) -> Product:
    mug = make.stocked_product(store, 2)
    make.sale(store, (mug, 2))
    return mug


def is_on_its_way(store: Store) -> Product:
    mug = make.stocked_product(store, 2)
    make.transfer(store, make.store(), (mug, 2))
    return mug


def came_back_without_a_sale(store: Store) -> Product:
    mug = make.product()
    slip = ReturnDraft(store.pk, [ReturnItem(1, product_id=mug.pk)], reason="No receipt")
    make.accepted(till.give_back([slip], actor=make.console(), at=make.AT))
    return mug


def was_counted(store: Store) -> Product:
    mug = make.product()
    make.applied(make.stocktake(store, (mug, 3)))
    return mug


@pytest.mark.parametrize("moved", [stands, is_sold_out, is_on_its_way, came_back_without_a_sale, was_counted])
def test_what_was_ever_moved_stays_goods_by_whatever_way(moved: Callable[[Store], Product]) -> None:
    mug = moved(make.store())
    before = picture.of_everything()
    with pytest.raises(StaysGoods) as caught:
        kept(mug, stocked=False)
    assert caught.value.details == {"product_id": mug.pk}
    row = [ProductRow(mug.sku, {"stocked": False, "name": "Service"})]
    for save in (catalog.save_products, catalog.try_products):
        (answer,) = save(row, ever_moved=books.ever_moved, actor=make.console(), at=make.AT)
        assert isinstance(answer, StaysGoods)
    changes: list[Callable[[], Any]] = [
        lambda: execute("UPDATE catalog_product SET stocked = false WHERE id = %s", mug.pk),
        lambda: Product.objects.update(stocked=False),
    ]
    for change in changes:
        with pytest.raises(DatabaseError, match=goods.RULE), transaction.atomic():
            change()
    assert picture.of_everything() == before
    mug.refresh_from_db()
    assert mug.stocked


def test_a_refused_row_of_a_list_lets_the_others_through() -> None:
    mug, cap = make.stocked_product(make.store(), 5), make.product()
    rows: list[ProductRow] = [
        ProductRow(mug.sku, {"stocked": False}),
        ProductRow(cap.sku, {"stocked": False}),
        ProductRow("NEW", {"name": "Postage", "price_minor": 1, "stocked": False}),
        ProductRow(mug.sku, {"stocked": True, "name": "Mug"}),
    ]
    answers = catalog.save_products(rows, ever_moved=books.ever_moved, actor=make.console(), at=make.AT)
    outcomes = [answer.outcome if isinstance(answer, Saved) else answer.code for answer in answers]
    assert outcomes == ["stays_goods", "changed", "created", "changed"]
    states = dict(Product.objects.values_list("sku", "stocked"))
    assert states == {mug.sku: True, cap.sku: False, "NEW": False}


def test_what_never_moved_becomes_a_service_and_a_service_becomes_goods() -> None:
    store, mug = make.store(), make.product()
    inventory.set_reorder_level(store.pk, mug.pk, 5, actor=make.console(), at=make.AT)
    assert not kept(mug, stocked=False).stocked
    with pytest.raises(Missing):
        make.delivery(store, (mug, 1, None))
    make.sale(store, (mug, 1))
    assert kept(mug, stocked=True).stocked
    make.delivery(store, (mug, 1, None))
    assert level(store, mug) == 1


def test_what_was_sold_as_a_service_comes_back_without_goods() -> None:
    """Five of a service are sold, then it becomes goods: those five never were on a shelf."""
    store, gift = make.store(), make.product(stocked=False)
    sale = make.sale(store, (gift, 5))
    kept(gift, stocked=True)
    make.delivery(store, (gift, 10, None))
    later = make.sale(store, (gift, 4))
    assert make.given_back(sale, 5).total_minor == 1250
    assert level(store, gift) == 6
    make.given_back(later, 3)
    assert level(store, gift) == 9
    assert books.balance_of(chart.revenue(store.pk)) == 250
    assert engine.reconcile().ok


def test_a_movement_taken_back_brings_its_goods_whatever_was_asked_of_the_product_meanwhile() -> None:
    store = make.store()
    mug = make.stocked_product(store, 25)
    movement = make.moved(store, mug, "OUT", 4)
    with pytest.raises(StaysGoods):
        kept(mug, stocked=False)
    reversal = MovementReversal(store.pk, movement.number)
    make.accepted(inventory.reverse_movements([reversal], actor=make.console(), at=make.AT))
    assert (level(store, mug), books.balance_of(chart.revenue(store.pk))) == (25, 0)


def test_the_books_move_nothing_of_a_service() -> None:
    store, postage = make.store(), make.product(stocked=False)
    mug = make.stocked_product(store, 1)
    before = picture.of_everything()
    moves = [engine.Move(postage.pk, chart.SUPPLIER_WORLD, chart.store(store.pk), 1)]
    draft = engine.Draft("test:service", "test", make.console(), make.AT, movements=moves)
    with pytest.raises(Missing), transaction.atomic():
        engine.post_one(draft)
    with pytest.raises(IntegrityError, match="refers to nothing"), transaction.atomic():
        execute(
            "INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity,"
            " source_after, destination_after) SELECT posting_id, %s, source_id, destination_id, 1, NULL, 1"
            " FROM books_movement WHERE product_id = %s",
            postage.pk,
            mug.pk,
        )
    assert picture.of_everything() == before


def test_a_product_that_became_a_service_is_taken_out_of_a_count_before_it_is_applied() -> None:
    store, mug = make.store(), make.product()
    inventory.set_reorder_level(store.pk, mug.pk, 5, actor=make.console(), at=make.AT)
    counted = make.stocktake(store, (mug, 3))
    kept(mug, stocked=False)
    before = picture.of_everything()
    with pytest.raises(Missing):
        make.applied(counted)
    assert picture.of_everything() == before
    inventory.uncount(counted.pk, mug.pk, actor=make.console(), at=make.AT)
    assert inventory.cancel_stocktake(counted.pk, actor=make.console(), at=make.AT).state == "cancelled"


@pytest.mark.parametrize("is_marked", [False, True], ids=["no level", "a level without goods"])
def test_of_a_delivery_and_the_making_of_a_service_one_is_refused(is_marked: bool) -> None:
    store, mug = make.store(), make.product()
    if is_marked:
        inventory.set_reorder_level(store.pk, mug.pk, 5, actor=make.console(), at=make.AT)
    deliver: Callable[[], Any] = lambda: make.delivery(store, (mug, 5, None))  # noqa: E731
    switch: Callable[[], Any] = lambda: kept(mug, stocked=False)  # noqa: E731
    # On SQLite the delivery begins when the other is done; on PostgreSQL it has read the product before.
    assert one_after_the_other(switch, deliver) == ["done", Busy.code if db.is_postgres() else Missing.code]
    assert level(store, mug) == 0
    with pytest.raises(Missing):
        deliver()
    kept(mug, stocked=True)
    assert one_after_the_other(deliver, switch) == ["done", StaysGoods.code]
    mug.refresh_from_db()
    assert (mug.stocked, level(store, mug)) == (True, 5)


def test_a_list_that_makes_a_service_of_what_is_delivered_meanwhile_is_to_be_sent_again() -> None:
    store, mug = make.store(), make.product()
    inventory.set_reorder_level(store.pk, mug.pk, 5, actor=make.console(), at=make.AT)
    console, row = make.console(), [ProductRow(mug.sku, {"stocked": False})]

    def save() -> str:
        answers = catalog.save_products(row, ever_moved=books.ever_moved, actor=console, at=make.AT)
        return str(getattr(answers[0], "code", "saved"))

    ends: list[str] = []

    def save_and_tell() -> None:
        ends.append(save())

    done = one_after_the_other(lambda: make.delivery(store, (mug, 5, None)), save_and_tell)
    assert (done, ends) in [(["done", Busy.code], []), (["done", "done"], [StaysGoods.code])]
    assert save() == StaysGoods.code
    mug.refresh_from_db()
    assert (mug.stocked, level(store, mug)) == (True, 5)


def test_control_without_the_rule_of_the_database_goods_stand_on_the_shelf_of_a_service() -> None:
    """Look whether anything was moved, then change it, as a service alone would: a delivery comes between."""
    store, mug = make.store(), make.product()
    walls.take_down([goods.STAY])
    looked, delivered = threading.Event(), threading.Event()

    def switch() -> None:
        assert not books.ever_moved([mug.pk])
        looked.set()
        assert delivered.wait(30)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE catalog_product SET stocked = false WHERE id = %s", [mug.pk])

    def deliver() -> None:
        assert looked.wait(30)
        make.delivery(store, (mug, 5, None))
        delivered.set()

    assert together([switch, deliver]) == [None, None]
    mug.refresh_from_db()
    assert (mug.stocked, level(store, mug)) == (False, 5)
