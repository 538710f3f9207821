"""Goods go from store to store through transit: what was sent arrives, comes back or is lost, once and to the piece."""

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
from tradepost.inventory.errors import MoreThanSent, NoSuchTransfer, SameStore
from tradepost.inventory.models import StockTransfer
from tradepost.inventory.services import Refusal, TransferDraft, TransferItem
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.places import services as places
from tradepost.places.errors import StoreArchived
from tradepost.till import queries as till
from tradepost.till.errors import (
    AmountOutOfRange,
    EmptyBasket,
    NotANumber,
    NumberTaken,
    QuantityNotAboveZero,
    ReasonNeeded,
)
from tradepost.till.services.documents import COST_SCALE, MAX_STEPS

pytestmark = pytest.mark.django_db


class Way:
    """Two stores, and a transfer of 10 mugs at 1.00 and 3 cups at 2.00 between them; a third store has no part."""

    def __init__(self) -> None:
        self.source, self.destination, self.third = make.store("Mill"), make.store("Quay"), make.store("Hill")
        self.mug = make.stocked_product(self.source, 30, cost=3000)
        self.cup = make.stocked_product(self.source, 3, cost=600)
        self.sent = make.transfer(self.source, self.destination, (self.mug, 10), (self.cup, 3))
        self.transit = chart.transit(self.sent.pk)

    def levels(self, product: Any) -> tuple[int, int, int]:
        """How much stands in the source, in transit and in the destination."""
        at = (chart.store(self.source.pk), self.transit, chart.store(self.destination.pk))
        source, transit, destination = (books.level_of(product.pk, place) for place in at)
        return source, transit, destination

    def lines(self) -> list[tuple[int, ...]]:
        """What became of each line: sent, received, returned, lost."""
        return list(self.sent.lines.order_by("position").values_list("sent", "received", "returned", "lost"))


@pytest.fixture
def way(db: None) -> Way:
    return Way()


def receive(way: Way, *items: tuple[Any, int], by: Any = None) -> StockTransfer:
    taken = {goods.pk: steps for goods, steps in items} or None
    return inventory.receive(way.sent.pk, taken, actor=by or make.console(), at=make.AT)


def send_back(way: Way, *items: tuple[Any, int], by: Any = None) -> StockTransfer:
    taken = {goods.pk: steps for goods, steps in items} or None
    return inventory.send_back(way.sent.pk, taken, actor=by or make.console(), at=make.AT)


def lose(way: Way, *items: tuple[Any, int], reason: str = "Fell off the van", by: Any = None) -> StockTransfer:
    taken = {goods.pk: steps for goods, steps in items} or None
    return inventory.write_off_transit(way.sent.pk, taken, reason, actor=by or make.console(), at=make.AT)


def assert_proved() -> None:
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def test_what_is_sent_leaves_the_shelf_and_stands_in_neither_store(way: Way) -> None:
    assert way.levels(way.mug) == (20, 10, 0)
    assert way.levels(way.cup) == (0, 3, 0)
    found = queries.transfer(way.sent.pk, make.console())
    assert (found.number, found.state, found.closed_at) == (way.sent.number, "open", None)
    assert [(line.position, line.product, line.sent, line.cost_minor) for line in found.lines.all()] == [
        (1, way.mug, 10, 1000),
        (2, way.cup, 3, 600),
    ]
    (step,) = queries.steps_of(found)
    assert (step.kind, step.by.username, step.at) == ("sent", "console", make.AT)
    assert [(move.product, move.quantity) for move in step.posting.movements.all()] == [(way.mug, 10), (way.cup, 3)]
    event = AuditEvent.objects.get(action="inventory.transfer_sent")
    assert (event.subject_id, event.store_id) == (str(way.sent.pk), way.source.pk)
    assert event.after == {
        "numbers": [way.sent.number],
        "destinations": [way.destination.pk],
        "goods": {way.sent.number: {str(way.mug.pk): 10, str(way.cup.pk): 3}},
        "refused": 0,
    }
    assert_proved()


def test_a_product_named_twice_is_one_line() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    sent = make.transfer(source, destination, (mug, 2), (mug, 1))
    assert list(sent.lines.values_list("product", "sent")) == [(mug.pk, 3)]


def test_what_arrives_stands_on_the_shelf_and_the_transfer_is_closed(way: Way) -> None:
    closed = receive(way)
    assert (closed.state, closed.closed_at) == ("closed", make.AT)
    assert way.levels(way.mug) == (20, 0, 10)
    assert way.lines() == [(10, 10, 0, 0), (3, 3, 0, 0)]
    event = AuditEvent.objects.get(action="inventory.transfer_received")
    assert (event.subject_id, event.store_id) == (str(way.sent.pk), way.destination.pk)
    assert event.after == {"state": "closed", "goods": {str(way.mug.pk): 10, str(way.cup.pk): 3}}
    assert_proved()


def test_a_part_arrives_and_the_rest_stays_on_its_way(way: Way) -> None:
    assert receive(way, (way.mug, 4)).state == "open"
    assert way.levels(way.mug) == (20, 6, 4)
    assert receive(way, (way.mug, 6), (way.cup, 2)).state == "open"
    assert receive(way).state == "closed"
    assert way.levels(way.cup) == (0, 0, 3)
    kinds = [(step.kind, len(step.posting.movements.all())) for step in queries.steps_of(way.sent)]
    assert kinds == [("sent", 2), ("received", 1), ("received", 2), ("received", 1)]
    assert_proved()


def test_the_average_cost_of_the_destination_follows(way: Way) -> None:
    make.delivery(way.destination, (way.mug, 10, 2000))
    receive(way, (way.mug, 5))
    assert till.average_cost(way.destination.pk, way.mug.pk) == 1_666_667, "10 at 2.00 and 5 at 1.00"
    receive(way)
    assert till.average_cost(way.destination.pk, way.mug.pk) == 150 * COST_SCALE
    assert till.average_cost(way.destination.pk, way.cup.pk) == 200 * COST_SCALE
    assert till.average_cost(way.source.pk, way.mug.pk) == 100 * COST_SCALE


def test_the_parts_of_a_line_cost_together_what_the_line_cost() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 3, cost=100)
    sent = make.transfer(source, destination, (mug, 3))
    for _ in range(3):
        inventory.write_off_transit(sent.pk, {mug.pk: 1}, "Broken", actor=make.console(), at=make.AT)
    costs = [step.posting.transfers.get().amount_minor for step in queries.steps_of(sent)[1:]]
    assert costs == [33, 34, 33]
    assert books.balance_of(chart.loss(source.pk)) == 100


def test_what_is_sent_back_stands_where_it_came_from_at_its_cost(way: Way) -> None:
    make.delivery(way.source, (way.mug, 10, 4000))  # 30 at 2.00 now
    assert send_back(way, (way.mug, 10)).state == "open"
    assert way.levels(way.mug) == (40, 0, 0)
    assert till.average_cost(way.source.pk, way.mug.pk) == 175 * COST_SCALE
    assert way.lines() == [(10, 0, 10, 0), (3, 0, 0, 0)]
    event = AuditEvent.objects.get(action="inventory.transfer_returned")
    assert event.store_id == way.source.pk
    assert_proved()


def test_what_is_lost_on_the_way_is_a_loss_of_the_source_with_its_reason(way: Way) -> None:
    lose(way, (way.mug, 3), reason=" Fell off the van ")
    assert way.levels(way.mug) == (20, 7, 0)
    assert books.balance_of(chart.loss(way.source.pk)) == 300 == -books.balance_of(chart.stock_value(way.source.pk))
    assert books.balance_of(chart.loss(way.destination.pk)) == 0
    step = queries.steps_of(way.sent)[1]
    assert (step.kind, step.reason) == ("lost", "Fell off the van")
    assert till.day_report(way.source.pk, make.AT.date(), make.console()).losses_minor == 300
    assert_proved()


def test_a_discrepancy_is_settled_to_the_last_piece(way: Way) -> None:
    receive(way, (way.mug, 7), (way.cup, 1))
    lose(way, (way.mug, 2))
    send_back(way, (way.mug, 1))
    assert lose(way, (way.cup, 2)).state == "closed"
    assert way.lines() == [(10, 7, 1, 2), (3, 1, 0, 2)]
    assert way.levels(way.mug) == (21, 0, 7)
    assert books.balance_of(chart.loss(way.source.pk)) == 200 + 400
    assert_proved()


def test_goods_without_cost_are_lost_without_money() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 3, cost=0)
    sent = make.transfer(source, destination, (mug, 3))
    inventory.write_off_transit(sent.pk, None, "Broken", actor=make.console(), at=make.AT)
    assert queries.steps_of(sent)[1].posting.transfers.count() == 0
    assert_proved()


MORE: dict[str, Callable[[Way], Any]] = {
    "received": lambda way: receive(way, (way.mug, 11)),
    "received after a part": lambda way: receive(way, (way.cup, 3)),
    "sent back": lambda way: send_back(way, (way.mug, 11)),
    "lost": lambda way: lose(way, (way.cup, 4)),
    "never sent": lambda way: receive(way, (make.product(), 1)),
    "one line of two": lambda way: receive(way, (way.mug, 1), (way.cup, 4)),
}


@pytest.mark.parametrize("act", MORE.values(), ids=MORE.keys())
def test_more_than_is_on_its_way_is_refused_and_nothing_changes(way: Way, act: Callable[[Way], Any]) -> None:
    receive(way, (way.cup, 1))
    before = picture.of_the_books(), way.lines()
    with pytest.raises(MoreThanSent) as refused:
        act(way)
    assert refused.value.details["on_its_way"] < refused.value.details["asked"]
    assert (picture.of_the_books(), way.lines()) == before
    assert_proved()


def test_a_line_applied_twice_is_refused_the_second_time(way: Way) -> None:
    receive(way, (way.mug, 10))
    before = picture.of_everything()
    for again in (receive, send_back, lose):
        with pytest.raises(MoreThanSent):
            again(way, (way.mug, 10))
    assert picture.of_everything() == before


def test_nothing_more_is_done_to_a_closed_transfer(way: Way) -> None:
    receive(way)
    before = picture.of_everything()
    for again in (receive, send_back, lose):
        with pytest.raises(MoreThanSent, match="Nothing of"):
            again(way)
    assert picture.of_everything() == before


def test_items_that_make_no_sense_are_refused_and_nothing_changes(way: Way) -> None:
    before = picture.of_everything()
    for act in (receive, send_back, lose):
        for steps in (0, -1):
            with pytest.raises(QuantityNotAboveZero):
                act(way, (way.mug, steps))
    with pytest.raises(EmptyBasket):
        inventory.receive(way.sent.pk, {}, actor=make.console(), at=make.AT)
    for reason in ("", "  "):
        with pytest.raises(ReasonNeeded):
            lose(way, (way.mug, 1), reason=reason)
    for reason in ("x" * 201, "line\nbreak"):
        with pytest.raises(FieldErrors):
            lose(way, (way.mug, 1), reason=reason)
    assert picture.of_everything() == before


def test_a_draft_that_makes_no_sense_is_refused_in_its_place_and_the_others_go_on() -> None:
    source, destination = make.store(), make.store()
    mug, postage = make.stocked_product(source, 5), make.product(stocked=False)
    closed = places.archive_store(make.store().pk, actor=make.console(), at=make.AT)

    def draft(to: int = 0, item: tuple[int, int] = (0, 1), **fields: Any) -> TransferDraft:
        product, steps = item
        items = [TransferItem(product or mug.pk, steps)]
        return TransferDraft(source.pk, to or destination.pk, fields.pop("items", items), **fields)

    wrong = {
        SameStore: [draft(to=source.pk)],
        EmptyBasket: [draft(items=[])],
        QuantityNotAboveZero: [draft(item=(0, 0)), draft(item=(0, -1))],
        AmountOutOfRange: [draft(item=(0, MAX_STEPS + 1))],
        StoreArchived: [draft(to=closed.pk)],
        Missing: [draft(to=9**9), draft(item=(9**9, 1)), draft(item=(postage.pk, 1))],
        FieldErrors: [draft(note="x" * 201)],
        NotANumber: [draft(number="x" * 61), draft(number="a\nb")],
        InsufficientStock: [draft(item=(0, 6))],
    }
    before = picture.of_everything()
    drafts = [draft for group in wrong.values() for draft in group]
    answers = inventory.send(drafts, actor=make.console(), at=make.AT)
    expected = [kind for kind, group in wrong.items() for _ in group]
    assert [type(answer.error) for answer in answers if isinstance(answer, Refusal)] == expected
    assert _without_opened(picture.of_everything()) == _without_opened(before)
    *refused, sent = inventory.send([*drafts, draft()], actor=make.console(), at=make.AT)
    assert all(isinstance(answer, Refusal) for answer in refused)
    assert isinstance(sent, StockTransfer)
    assert_proved()


def _without_opened(seen: picture.Picture) -> picture.Picture:
    """Places and levels that were merely opened, at zero, do not count."""
    opened = ("books_location", "books_level", "books_placeversion", "books_account")
    return {table: rows for table, rows in seen.items() if table not in opened}


def test_a_list_sends_no_more_than_the_shelf_holds() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    drafts = [make.transfer_draft(source, destination, (mug, 2)) for _ in range(3)]
    answers = inventory.send(drafts, actor=make.console(), at=make.AT)
    assert [isinstance(answer, StockTransfer) for answer in answers] == [True, True, False]
    event = AuditEvent.objects.get(action="inventory.transfer_sent")
    assert (event.after or {})["refused"] == 1
    assert books.level_of(mug.pk, chart.store(source.pk)) == 1
    assert_proved()


def test_a_number_sends_once_for_ever() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    cup = make.stocked_product(source, 5)
    first = make.transfer(source, destination, (mug, 2), (cup, 1), number="T-7", note="Monday's van")
    make.received(first)
    before = picture.of_everything()
    same = make.transfer(source, destination, (cup, 1), (mug, 1), (mug, 1), number="T-7", note=" Monday's van ")
    assert same == first
    assert picture.of_everything() == before


OTHERWISE: list[Callable[[TransferDraft], TransferDraft]] = [
    lambda draft: draft._replace(source_id=draft.destination_id, destination_id=draft.source_id),
    lambda draft: draft._replace(items=[draft.items[0]._replace(quantity=1)]),
    lambda draft: draft._replace(items=[*draft.items, TransferItem(draft.items[0].product_id + 1, 1)]),
    lambda draft: draft._replace(note="Tuesday's van"),
]


@pytest.mark.parametrize("otherwise", OTHERWISE)
def test_a_number_that_stands_for_other_goods_is_taken_and_sends_nothing(
    otherwise: Callable[[TransferDraft], TransferDraft],
) -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    make.stocked_product(source, 5)
    draft = make.transfer_draft(source, destination, (mug, 2), number="T-7", note="Monday's van")
    make.accepted(inventory.send([draft], actor=make.console(), at=make.AT))
    before = picture.of_everything()
    (refused,) = inventory.send([otherwise(draft)], actor=make.console(), at=make.AT)
    assert isinstance(refused, Refusal)
    assert isinstance(refused.error, NumberTaken)
    assert picture.of_everything() == before


def test_twins_of_one_list_are_sent_once_and_what_differs_is_refused() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    draft = make.transfer_draft(source, destination, (mug, 2), number="T-8")
    more = make.transfer_draft(source, destination, (mug, 3), number="T-8")
    sent, twin, other = inventory.send([draft, draft, more], actor=make.console(), at=make.AT)
    assert isinstance(sent, StockTransfer)
    assert twin == sent
    assert isinstance(other, Refusal)
    assert isinstance(other.error, NumberTaken)
    assert books.level_of(mug.pk, chart.store(source.pk)) == 3
    assert StockTransfer.objects.count() == 1


def test_an_archived_product_may_leave_for_another_store() -> None:
    source, destination = make.store(), make.store()
    mug = make.stocked_product(source, 5)
    catalog.archive_product(mug.pk, actor=make.console(), at=make.AT)
    assert make.received(make.transfer(source, destination, (mug, 5))).state == "closed"


def test_goods_on_their_way_to_an_archived_store_can_only_come_back_or_be_lost(way: Way) -> None:
    places.archive_store(way.destination.pk, actor=make.console(), at=make.AT)
    before = picture.of_everything()
    with pytest.raises(StoreArchived):
        receive(way)
    assert picture.of_everything() == before
    assert send_back(way, (way.mug, 10)).state == "open"
    assert lose(way).state == "closed"


def test_who_may_do_what_and_everybody_else_changes_nothing(way: Way) -> None:
    here, there, elsewhere = (make.actor(make.staff(store)) for store in (way.source, way.destination, way.third))
    boss_here, boss_there = (make.actor(make.manager(store)) for store in (way.source, way.destination))
    strangers = [elsewhere, make.actor(make.manager(way.third)), make.actor(make.customer()), make.visitor()]
    auditor = make.actor(make.auditor())
    draft = make.transfer_draft(way.source, way.destination, (way.mug, 1))
    before = picture.of_everything()
    for actor in (there, boss_there, auditor, *strangers):
        with pytest.raises(Denied):
            inventory.send([draft], actor=actor, at=make.AT)
    for actor in (here, boss_here, auditor):
        with pytest.raises(Denied):
            receive(way, by=actor)
    with pytest.raises(Denied):
        send_back(way, by=auditor)
    for actor in (here, there, auditor):
        with pytest.raises(Denied):
            lose(way, by=actor)
    for actor in strangers:
        for act in (receive, send_back, lose):
            with pytest.raises(NoSuchTransfer):
                act(way, by=actor)
        with pytest.raises(NoSuchTransfer):
            queries.transfer(way.sent.pk, actor)
        assert not queries.transfers(actor).exists()
    assert picture.of_everything() == before
    assert len(inventory.send([draft], actor=here, at=make.AT)) == 1
    receive(way, (way.mug, 1), by=there)
    for actor in (here, there):
        send_back(way, (way.mug, 1), by=actor)
    for actor in (boss_here, boss_there):
        lose(way, (way.mug, 1), by=actor)


def test_both_stores_see_a_transfer_and_can_look_for_it(way: Way) -> None:
    back = make.transfer(way.source, way.third, (way.mug, 1))
    receive(way)
    here, there = (make.actor(make.staff(store)) for store in (way.source, way.destination))
    assert list(queries.transfers(here)) == [back, way.sent]
    assert list(queries.transfers(there)) == [way.sent]
    console = make.console()
    assert list(queries.transfers(console, store=way.third.pk)) == [back]
    assert list(queries.transfers(console, source=way.source.pk, state="open")) == [back]
    assert list(queries.transfers(console, destination=way.destination.pk)) == [way.sent]
    assert list(queries.transfers(console, start=make.AT, end=make.AT)) == []
    assert len(queries.transfers(console, start=make.AT)) == 2
    with pytest.raises(NoSuchTransfer):
        queries.transfer(2**70, console)
