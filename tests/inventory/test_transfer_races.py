"""What is on its way arrives once, whoever takes it at the same moment; the control is how it must not be done."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count

import pytest
from django.db import connection

from tests import make
from tests.concurrency.processes import race
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Level, Movement
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import MoreThanSent
from tradepost.inventory.models import StockTransfer
from tradepost.lib.errors import Busy
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

ENOUGH_FOR, TRIES = 10, 24


def on_its_way(steps: int = ENOUGH_FOR) -> tuple[StockTransfer, Product]:
    """A transfer of so many pieces of one product, and the product."""
    source, destination = make.store(), make.store()
    goods = make.stocked_product(source, steps)
    return make.transfer(source, destination, (goods, steps)), goods


def outcomes(results: Sequence[object]) -> Counter[str]:
    """How often it was `done` and how often refused; what is neither is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, MoreThanSent):
            raise result
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


def assert_arrived(transfer: StockTransfer, goods: Product, steps: int) -> None:
    """So many pieces stand in the destination, none is on its way, and everything is proved."""
    assert books.level_of(goods.pk, chart.transit(transfer.pk)) == 0
    assert books.level_of(goods.pk, chart.store(transfer.destination_id)) == steps
    transfer.refresh_from_db()
    assert transfer.state == "closed"
    line = transfer.lines.get()
    assert (line.received, line.on_its_way) == (steps, 0)
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def test_of_two_receivers_at_once_one_receives() -> None:
    transfer, goods = on_its_way()
    console = make.console()
    results = together([lambda: inventory.receive(transfer.pk, None, actor=console, at=make.AT)] * 2)
    assert outcomes(results) == {"done": 1, "MoreThanSent": 1}
    assert_arrived(transfer, goods, ENOUGH_FOR)


def test_many_receivers_of_single_pieces_receive_what_was_sent_and_no_more() -> None:
    transfer, goods = on_its_way()
    console = make.console()
    results = together([lambda: inventory.receive(transfer.pk, {goods.pk: 1}, actor=console, at=make.AT)] * TRIES)
    assert outcomes(results) == {"done": ENOUGH_FOR, "MoreThanSent": TRIES - ENOUGH_FOR}
    assert transfer.steps.count() == 1 + ENOUGH_FOR
    assert_arrived(transfer, goods, ENOUGH_FOR)


def test_processes_receive_what_was_sent_and_no_more(database_url: str) -> None:
    transfer, goods = on_its_way(30)
    assert sum(race(database_url, "take_in", transfer.pk, goods.pk, 12)) == 30
    assert_arrived(transfer, goods, 30)


def test_receiving_sending_back_and_losing_at_once_settles_each_piece_once() -> None:
    transfer, goods = on_its_way()
    console, one = make.console(), {goods.pk: 1}
    acts: list[Callable[[], StockTransfer]] = [
        lambda: inventory.receive(transfer.pk, one, actor=console, at=make.AT),
        lambda: inventory.send_back(transfer.pk, one, actor=console, at=make.AT),
        lambda: inventory.write_off_transit(transfer.pk, one, "Broken", actor=console, at=make.AT),
    ]
    assert outcomes(together(acts * 6)) == {"done": ENOUGH_FOR, "MoreThanSent": 18 - ENOUGH_FOR}
    line = transfer.lines.get()
    assert line.received + line.returned + line.lost == ENOUGH_FOR
    assert books.level_of(goods.pk, chart.store(transfer.destination_id)) == line.received
    assert books.level_of(goods.pk, chart.store(transfer.source_id)) == line.returned
    assert books.balance_of(chart.loss(transfer.source_id)) == line.lost * goods.cost_minor
    assert engine.reconcile().ok


def test_control_without_the_guard_goods_arrive_again_and_again() -> None:
    """Read, decide, write back: how it must not be done. All read before anybody writes."""
    transfer, goods = on_its_way()
    make.delivery(Store.objects.get(pk=transfer.destination_id), (goods, 1, None))
    line, receivers = transfer.lines.get(), 8
    transit = Level.objects.get(location__code=chart.transit(transfer.pk))
    shelf = Level.objects.get(location__code=chart.store(transfer.destination_id))
    posting = Movement.objects.earliest("id").posting_id
    everybody_has_read = threading.Barrier(receivers)

    def receive() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sent - received FROM inventory_stocktransferline WHERE id = %s", [line.pk])
            (left,) = cursor.fetchone()
            everybody_has_read.wait(30)
            if left >= ENOUGH_FOR:
                cursor.execute(
                    "UPDATE inventory_stocktransferline SET received = %s WHERE id = %s AND received < %s",
                    [ENOUGH_FOR, line.pk, ENOUGH_FOR],
                )
                cursor.execute("UPDATE books_level SET quantity = 0 WHERE id = %s", [transit.pk])
                cursor.execute("UPDATE books_level SET quantity = quantity + %s WHERE id = %s", [ENOUGH_FOR, shelf.pk])
                cursor.execute(
                    "INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity,"
                    " source_after, destination_after) VALUES (%s, %s, %s, %s, %s, 0, 0)",
                    [posting, goods.pk, transit.location_id, shelf.location_id, ENOUGH_FOR],
                )

    assert outcomes(together([receive] * receivers)) == {"done": receivers}
    line.refresh_from_db()
    assert line.received == ENOUGH_FOR, "the document believes that they came once"
    assert books.level_of(goods.pk, chart.store(transfer.destination_id)) == 1 + receivers * ENOUGH_FOR
    assert not engine.reconcile().ok


def test_one_transfer_sent_twice_at_once_is_sent_once() -> None:
    """Twins by number without an idempotency key: the second may have to try again, but never sends a second time."""
    source, destination, console = make.store(), make.store(), make.console()
    goods = make.stocked_product(source, 10)
    draft = make.transfer_draft(source, destination, (goods, 2), number="T-the-same")
    results = together([lambda: make.accepted(inventory.send([draft], actor=console, at=make.AT))] * 6)
    for result in results:
        assert isinstance(result, StockTransfer | Busy), result
    assert make.transfer(source, destination, (goods, 2), number="T-the-same") == StockTransfer.objects.get()
    assert books.level_of(goods.pk, chart.store(source.pk)) == 8
    assert engine.reconcile().ok


def test_transfers_that_cross_neither_deadlock_nor_lose_a_piece() -> None:
    stores, console, numbers = [make.store() for _ in range(3)], make.console(), count()
    goods = [make.product() for _ in range(4)]
    for store in stores:
        make.delivery(store, *((product, 1000, None) for product in goods))

    def cross() -> int:
        dice = random.Random(next(numbers))
        for _ in range(6):
            source, destination = dice.sample(stores, 2)
            items = [(product, dice.randrange(1, 4)) for product in dice.sample(goods, 3)]
            draft = make.transfer_draft(source, destination, *items)
            sent = make.accepted(inventory.send([draft], actor=console, at=make.AT))
            act = dice.choice([inventory.receive, inventory.send_back])
            act(sent.pk, None, actor=console, at=make.AT)
        return 6

    assert together([cross] * 8) == [6] * 8
    for product in goods:
        assert sum(books.level_of(product.pk, chart.store(store.pk)) for store in stores) == 3000
    assert not StockTransfer.objects.filter(state="open").exists()
    assert engine.reconcile().ok
