"""The log of a product: what changed, moved, counted or sold it, however long the list that did."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from tests import make, picture
from tests.books.story import execute
from tests.inventory import moves
from tradepost.audit import queries, services
from tradepost.audit.models import AuditEvent, EventProduct
from tradepost.books import queries as books
from tradepost.books.services import Refusal
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.catalog.services import ProductRow
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementReversal
from tradepost.places.models import Store
from tradepost.till import services as till

pytestmark = pytest.mark.django_db

Act = Callable[[Store, Product, dict[str, Any]], object]


def log_of(product: Product) -> list[str]:
    """What was done with a product, the oldest first."""
    return [event.action for event in queries.events(make.console(), product=product.pk)][::-1]


def queue_and_apply(store: Store, mug: Product, who: dict[str, Any]) -> None:
    moves.applied(moves.queued([moves.draft(store, mug)]))


def move_and_take_back(store: Store, mug: Product, who: dict[str, Any]) -> None:
    number = make.moved(store, mug, "OUT", 1).number
    make.accepted(inventory.reverse_movements([MovementReversal(store.pk, number)], **who))


def send_back(store: Store, mug: Product, who: dict[str, Any]) -> None:
    sent = make.transfer(store, make.store(), (mug, 3))
    inventory.send_back(sent.pk, {mug.pk: 2}, **who)
    inventory.write_off_transit(sent.pk, None, "Fell off", **who)


def count_and_apply(store: Store, mug: Product, who: dict[str, Any]) -> None:
    stocktake = make.stocktake(store, (mug, 9))
    inventory.uncount(stocktake.pk, mug.pk, **who)
    make.moved(store, mug, "IN", 1)
    inventory.count(stocktake.pk, [inventory.CountItem(mug.pk, 8)], **who)
    make.applied(stocktake)


def save_rows(store: Store, mug: Product, who: dict[str, Any]) -> None:
    catalog.save_products([ProductRow(mug.sku, {"name": "Cup"})], ever_moved=books.ever_moved, **who)


def archive_and_restore(store: Store, mug: Product, who: dict[str, Any]) -> None:
    catalog.archive_product(mug.pk, **who)
    catalog.restore_product(mug.pk, **who)


def moved(store: Store, mug: Product, who: dict[str, Any]) -> None:
    make.moved(store, mug, "IN", 1)


def received(store: Store, mug: Product, who: dict[str, Any]) -> None:
    make.received(make.transfer(store, make.store(), (mug, 1)))


def sold_and_given_back(store: Store, mug: Product, who: dict[str, Any]) -> None:
    make.given_back(make.sale(store, (mug, 2)), 1)


def lost_and_found(store: Store, mug: Product, who: dict[str, Any]) -> None:
    make.reversed_entry(make.loss(store, (mug, 1)))


def marked(store: Store, mug: Product, who: dict[str, Any]) -> None:
    inventory.set_reorder_level(store.pk, mug.pk, 7, **who)


def changed(store: Store, mug: Product, who: dict[str, Any]) -> None:
    catalog.change_product(mug.pk, price_minor=300, **who)


COUNTED = ("stocktake_counted", "stocktake_uncounted", "moved", "stocktake_counted", "stocktake_applied")
ACTS: list[tuple[Act, list[str]]] = [
    (moved, ["inventory.moved"]),
    (queue_and_apply, ["inventory.queued", "inventory.applied"]),
    (move_and_take_back, ["inventory.moved", "till.given_back", "inventory.reversed"]),
    (received, ["inventory.transfer_sent", "inventory.transfer_received"]),
    (send_back, ["inventory.transfer_sent", "inventory.transfer_returned", "inventory.transfer_lost"]),
    (count_and_apply, [f"inventory.{what}" for what in COUNTED]),
    (sold_and_given_back, ["till.sold", "till.given_back"]),
    (lost_and_found, ["till.written_off", "till.reversed"]),
    (marked, ["books.mark_set"]),
    (changed, ["catalog.product_changed"]),
    (save_rows, ["catalog.products_saved"]),
    (archive_and_restore, ["catalog.product_archived", "catalog.product_restored"]),
]


@pytest.mark.parametrize(("act", "told"), ACTS)
def test_the_log_of_a_product_tells_what_was_done_with_it_and_nothing_of_another(act: Act, told: list[str]) -> None:
    store = make.store()
    mug, cup = make.stocked_product(store, 10), make.stocked_product(store, 10)
    act(store, mug, {"actor": make.console(), "at": make.AT})
    assert log_of(mug) == ["catalog.product_added", "till.received", *told]
    assert log_of(cup) == ["catalog.product_added", "till.received"]


def test_a_list_is_one_event_found_by_each_product_that_moved_and_by_none_that_was_refused() -> None:
    store = make.store()
    mug, cup, none = make.product(), make.product(), make.product()
    drafts = [
        moves.draft(store, mug),
        moves.draft(store, cup),
        moves.draft(store, none, "OUT"),
        moves.draft(store, mug),
    ]
    before = AuditEvent.objects.count()
    answers = inventory.record_movements(drafts, actor=make.console(), at=make.AT)
    assert [isinstance(answer, Refusal) for answer in answers] == [False, False, True, False]
    assert AuditEvent.objects.count() == before + 1
    assert [log_of(product)[1:] for product in (mug, cup, none)] == [["inventory.moved"], ["inventory.moved"], []]
    baskets = [make.basket(store, (mug, 1), (cup, 1)), make.basket(store, (none, 1), (cup, 1))]
    till.ring_up(baskets, actor=make.console(), at=make.AT)
    assert [log_of(product)[2:] for product in (mug, cup)] == [["till.sold"], ["till.sold"]]
    assert log_of(none) == ["catalog.product_added"]


def test_products_added_together_each_know_it() -> None:
    added = catalog.add_products([make.draft(), make.draft()], actor=make.console(), at=make.AT)
    assert [log_of(product) for product in added if isinstance(product, Product)] == [["catalog.products_added"]] * 2


def test_a_manager_finds_what_moved_a_product_in_their_own_store_alone() -> None:
    store, other = make.store(), make.store()
    mug = make.stocked_product(store, 5)
    make.delivery(other, (mug, 5, None))
    found = queries.events(make.actor(make.manager(store)), product=mug.pk)
    assert [(event.action, event.store_id) for event in found] == [("till.received", store.pk)]


def test_events_and_their_products_stand_together_or_not_at_all() -> None:
    before = picture.of_everything()
    with transaction.atomic():
        services.record("test.done", subject=("test.thing", 1), actor=make.console(), at=make.AT, products=[3, 2, 3])
        event = AuditEvent.objects.latest("id")
        assert sorted(EventProduct.objects.filter(event=event).values_list("product_id", flat=True)) == [2, 3]
        transaction.set_rollback(True)
    assert picture.of_everything() == before


def test_the_log_of_a_product_is_read_along_one_index() -> None:
    goods = [make.product().pk for _ in range(20)]
    console = make.console()
    for turn in range(100):
        services.record("test.done", subject=("test.thing", turn), actor=console, at=make.AT, products=goods)
    found = queries.events(console, product=goods[0])
    if connection.vendor == "postgresql":
        execute("ANALYZE audit_auditevent")
        execute("ANALYZE audit_eventproduct")
        plan = found[:20].explain()
        assert "Index Only Scan Backward using audit_eventproduct_pkey" in plan, plan
        assert "Sort" not in plan, plan
    else:
        assert "SEARCH audit_eventproduct USING COVERING INDEX" in found[:20].explain()
    assert [event.subject_id for event in found[:3]] == ["99", "98", "97"]
