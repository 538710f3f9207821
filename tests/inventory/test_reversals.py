"""Reversal instead of edit: goods, cost and money the other way, once, by a manager."""

from typing import Any

import pytest

from tests import make, picture
from tests.inventory.moves import draft, queued
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as books_services
from tradepost.books.errors import InsufficientStock
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import MovementNotApplied, NoSuchMovement
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import MovementReversal, Refusal
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.till.errors import AlreadyReversed, NothingLeftToReturn, NotReversible
from tradepost.till.models import Return, Sale, StockEntry

pytestmark = pytest.mark.django_db


def reverse(*movements: StockMovement, note: str = "A mistake", **fields: Any) -> list[StockMovement | Refusal]:
    drafts = [MovementReversal(movement.store_id, movement.number, note) for movement in movements]
    return inventory.reverse_movements(drafts, **{"actor": make.console(), "at": make.AT, **fields})


def refusal_of(movement: StockMovement, **fields: Any) -> Exception:
    """Why it is refused; nothing may have changed."""
    before = picture.of_documents_and_books()
    (answer,) = reverse(movement, **fields)
    assert isinstance(answer, Refusal)
    assert picture.of_documents_and_books() == before
    return answer.error


def test_what_came_in_goes_back_what_went_out_comes_back_and_what_was_removed_is_found() -> None:
    store, mug = make.store(), make.product()
    place, manager = chart.store(store.pk), make.manager(store)
    came = make.moved(store, mug, "IN", 20)
    sold = make.moved(store, mug, "OUT", 4)
    lost = make.moved(store, mug, "REM", 6)
    answers = reverse(sold, came, lost, actor=make.actor(manager))
    refused = answers[1]
    assert isinstance(refused, Refusal)
    assert isinstance(refused.error, InsufficientStock), "what was lost is found after it"
    back, found = (answer for answer in answers if isinstance(answer, StockMovement))
    assert (back.reverses, back.movement_type, back.quantity, back.note) == (sold, "OUT", 4, "A mistake")
    assert (found.reverses, found.movement_type, found.state, found.asked_by) == (lost, "REM", "applied", manager)
    assert Return.objects.get(number=back.number).total_minor == 1000 == Sale.objects.get().total_minor
    assert StockEntry.objects.get(number=found.number).kind == "found_again"
    assert (books.level_of(mug.pk, place), books.balance_of(chart.loss(store.pk))) == (20, 0)
    assert books.balance_of(chart.revenue(store.pk)) == 0
    sent = make.accepted(reverse(came))
    assert StockEntry.objects.get(number=sent.number).reverses == StockEntry.objects.get(number=came.number)
    assert books.level_of(mug.pk, place) == 0
    event = AuditEvent.objects.filter(action="inventory.reversed").earliest("id")
    assert event.after == {
        "fields": ["number", "product", "store", "type", "quantity", "before", "after"],
        "movements": [
            [back.number, mug.pk, store.pk, "OUT", 4, 10, 14],
            [found.number, mug.pk, store.pk, "REM", 6, 14, 20],
        ],
        "reverses": {back.number: sold.number, found.number: lost.number},
        "OUT": 1,
        "REM": 1,
        "refused": 1,
    }
    taken = AuditEvent.objects.filter(action="inventory.reversed").latest("id")
    assert (taken.after or {})["movements"] == [[sent.number, mug.pk, store.pk, "IN", 20, 20, 0]]
    for proof in (books_services.reconcile(), books_services.verify()):
        assert proof.ok, proof.differences


@pytest.mark.parametrize("movement_type", ["IN", "OUT", "REM"])
def test_a_movement_is_reversed_once(movement_type: str) -> None:
    store = make.store()
    movement = make.moved(store, make.stocked_product(store, 10), movement_type, 4)
    reversal = make.accepted(reverse(movement))
    error = refusal_of(movement)
    assert isinstance(error, AlreadyReversed)
    assert error.details["number"] == reversal.number
    assert isinstance(refusal_of(reversal), NotReversible)
    twice = make.moved(store, make.stocked_product(store, 10), movement_type, 4)
    first, second = reverse(twice, twice)
    assert isinstance(first, StockMovement)
    assert isinstance(second, Refusal)


@pytest.mark.parametrize("movement_type", ["IN", "OUT", "REM"])
def test_a_movement_is_reversed_once_however_many_try(movement_type: str) -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 100)
    movement = make.moved(store, goods, movement_type, 4)
    answers = together([lambda: reverse(movement, actor=console)[0]] * 12)
    done = [answer for answer in answers if isinstance(answer, StockMovement)]
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert (len(done), len(refused)) == (1, 11), answers
    assert {type(answer.error) for answer in refused} == {AlreadyReversed}
    assert books.level_of(goods.pk, chart.store(store.pk)) == 100


def test_reversals_of_both_kinds_in_crossing_lists_do_not_wait_for_each_other_for_ever() -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 1000)
    movements = [make.moved(store, goods, ("IN", "OUT", "REM")[i % 3], 1) for i in range(24)]
    lists = [movements[i % 2 :: 2][:: -1 if i > 1 else 1] for i in range(4)]
    answers = together([lambda mine=mine: reverse(*mine, actor=console) for mine in lists])  # type: ignore[misc]
    assert sum(isinstance(one, StockMovement) for answer in answers for one in answer) == 24  # type: ignore[union-attr]
    assert books.level_of(goods.pk, chart.store(store.pk)) == 1000


def test_what_was_given_back_at_the_counter_is_not_given_back_again() -> None:
    store = make.store()
    movement = make.moved(store, make.stocked_product(store, 10), "OUT", 4)
    make.given_back(Sale.objects.get(), 1)
    assert isinstance(refusal_of(movement), NothingLeftToReturn)


def test_a_delivery_that_was_sold_on_is_not_taken_back() -> None:
    store, mug = make.store(), make.product()
    movement = make.moved(store, mug, "IN", 4)
    make.moved(store, mug, "OUT", 1)
    assert isinstance(refusal_of(movement), InsufficientStock)


def test_only_what_was_applied_can_be_reversed() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    queued([draft(store, mug, "OUT", 4)])
    waiting = StockMovement.objects.get()
    assert isinstance(refusal_of(waiting), MovementNotApplied)
    for note in ("n" * 201, "a\nb", "\u202eevil"):
        assert isinstance(refusal_of(waiting, note=note), FieldErrors)
    waiting.number = "nothing"
    assert isinstance(refusal_of(waiting), NoSuchMovement)


def test_it_takes_a_manager_of_the_store() -> None:
    store, other = make.store(), make.store()
    movement = make.moved(store, make.stocked_product(store, 10), "OUT", 4)
    for person in (make.staff(store), make.manager(other), make.auditor(), make.customer()):
        assert isinstance(refusal_of(movement, actor=make.actor(person)), Denied)
    movement.store = other
    assert isinstance(refusal_of(movement, actor=make.actor(make.manager(other))), NoSuchMovement)
