"""Queued movements: applied once each, whoever applies them how often, and refused for good where they do not fit."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests import make, picture
from tests.inventory.moves import applied, draft, queued
from tests.statements import PulledOut, counted, pulled_after
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as books_services
from tradepost.books.models import Posting
from tradepost.catalog import services as catalog
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import MovementAskedBefore, MovementRefused, UnknownMovementType
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import Counts, MovementDraft, Refusal, queue
from tradepost.lib import clock
from tradepost.lib.errors import Denied, Invalid, Missing, TradepostError
from tradepost.people import services as people
from tradepost.till.errors import NumberTaken, QuantityNotAboveZero, ReasonNeeded
from tradepost.worker import jobs, loop

pytestmark = pytest.mark.django_db

DELIVERIES = 35


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten movements a transaction."""
    monkeypatch.setattr(queue, "MOVEMENTS_A_CHUNK", 10)


def assert_proved() -> None:
    for found in (books_services.reconcile(), books_services.verify()):
        assert found.ok, found.differences


def test_queued_movements_move_nothing_until_a_worker_applies_them() -> None:
    store = make.store()
    mug, clerk = make.stocked_product(store, 3), make.staff(store)
    goods = [draft(store, mug, "OUT", 2, note="Two"), draft(store, mug, "OUT", 2), draft(store, mug, "IN", 5)]
    job = queued(goods, actor=make.actor(clerk))
    rows = list(StockMovement.objects.order_by("id"))
    assert [(row.state, row.posting_id, row.job, row.asked_by) for row in rows] == [("queued", None, job, clerk)] * 3
    assert books.level_of(mug.pk, chart.store(store.pk)) == 3
    assert jobs.work_off(lambda: False).done == 1
    job.refresh_from_db()
    first, last = rows[0].pk, rows[-1].pk
    assert (job.progress, job.result) == (100, {"applied": 2, "refused": 1, "first": first, "last": last})
    rows = list(queries.movements(make.console(), job=job.pk).order_by("id"))
    assert [row.state for row in rows] == ["applied", "refused", "applied"]
    assert (rows[1].refusal, rows[1].posting) == ("insufficient_stock", None)
    assert rows[1].detail
    assert books.level_of(mug.pk, chart.store(store.pk)) == 6
    assert {event.action: event.actor_id for event in AuditEvent.objects.filter(action__startswith="inventory.")} == {
        "inventory.queued": clerk.pk, "inventory.applied": clerk.pk,
    }  # fmt: skip
    after = AuditEvent.objects.get(action="inventory.applied").after or {}
    assert [row[3:] for row in after["movements"]] == [["OUT", 2, 3, 1], ["IN", 5, 1, 6]]
    assert after["refused"] == {rows[1].number: "insufficient_stock"}


def test_what_is_wrong_whatever_the_shelf_holds_is_refused_at_once_with_its_row() -> None:
    store, other, mug = make.store(), make.store(), make.product()
    good, clerk = draft(store, mug), make.actor(make.staff(store))
    make.moved(store, mug, "IN", 2, number="taken")
    cases: list[tuple[Any, type[TradepostError]]] = [
        (draft(store, mug, steps=0), QuantityNotAboveZero),
        (draft(store, mug, "REM", note=""), ReasonNeeded),
        (draft(store, mug, "MOVE"), UnknownMovementType),
        (draft(other, mug), Denied),
        (good._replace(product_id=10**6), Missing),
        (good._replace(supplier_id=10**6), Missing),
        (good._replace(number="taken"), NumberTaken),
    ]
    before = picture.of_everything()
    for wrong, error in cases:
        with pytest.raises(error) as refused:
            queued([good, wrong], actor=clerk)
        assert refused.value.details["row"] == 1, wrong
    with pytest.raises(NumberTaken):
        queued([good._replace(number="x"), good._replace(number="x")])
    for number in (0, 5001):
        with pytest.raises(Invalid):
            queued([good] * number)
    assert picture.of_everything() == before


def record(*drafts: MovementDraft) -> list[StockMovement | Refusal]:
    return inventory.record_movements(list(drafts), actor=make.console(), at=make.AT)


def refusal_of(wanted: MovementDraft) -> TradepostError:
    """Why it is not done at once; nothing may have changed."""
    before = picture.of_everything()
    (answer,) = record(wanted)
    assert isinstance(answer, Refusal)
    assert picture.of_everything() == before
    return answer.error


def test_a_number_that_the_counter_gave_meanwhile_is_refused_and_the_rest_of_the_list_applied() -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug, steps=5), draft(store, mug, "REM", number="till-1"), draft(store, mug, "OUT")])
    make.delivery(store, (mug, 1, None), number="till-1")
    assert applied(job) == (2, 1)
    rows = queries.movements(make.console(), job=job.pk).order_by("id")
    assert [row.refusal for row in rows] == ["", "number_taken", ""]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 5


def test_a_movement_that_waits_for_a_worker_is_not_said_to_be_done() -> None:
    store, mug = make.store(), make.product()
    wanted = draft(store, mug, steps=5, number="X-1")
    job = queued([wanted])
    error = refusal_of(wanted)
    assert isinstance(error, MovementAskedBefore)
    assert error.details == {"number": "X-1", "state": "queued", "job": job.pk}
    assert isinstance(refusal_of(wanted._replace(quantity=6)), NumberTaken)
    assert books.levels_of(mug.pk) == {}
    first, other = record(wanted, draft(store, mug, number="X-2"))
    assert isinstance(first, Refusal)
    assert isinstance(other, StockMovement)
    applied(job)
    assert make.accepted(record(wanted)).state == "applied"
    assert books.level_of(mug.pk, chart.store(store.pk)) == 6


def test_a_movement_that_was_refused_is_refused_again_in_the_same_words() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    wanted = draft(store, mug, "OUT", 25, number="X-1")
    assert applied(queued([wanted])) == Counts(0, 1)
    make.delivery(store, (mug, 90, None))
    movement = StockMovement.objects.get()
    error = refusal_of(wanted)
    assert isinstance(error, MovementRefused)
    assert (error.code, error.message) == ("insufficient_stock", movement.detail)
    assert error.details == {"number": "X-1", "refusal": "insufficient_stock"}
    assert isinstance(refusal_of(wanted._replace(quantity=6)), NumberTaken)
    assert MovementRefused.code == "movement_refused"
    with pytest.raises(MovementRefused) as caught:
        queued([draft(store, mug), wanted])
    assert (caught.value.code, caught.value.details["row"]) == ("insufficient_stock", 1)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 100


def test_a_list_queued_again_is_answered_with_its_job_whatever_became_of_it() -> None:
    store, mug = make.store(), make.product()
    rows = [draft(store, mug, number="X-1"), draft(store, mug, "OUT", 9, number="X-2")]
    job = queued(rows)
    before = picture.of_everything()
    assert queued(rows) == job == queued(rows[:1])
    assert picture.of_everything() == before
    assert applied(job) == Counts(1, 1)
    catalog.archive_product(mug.pk, actor=make.console(), at=make.AT)
    stranger = make.actor(make.staff(make.store()))
    before = picture.of_everything()
    assert queued(rows) == job
    with pytest.raises(Denied):
        queued(rows, actor=stranger)
    assert picture.of_everything() == before


def test_what_stands_is_not_queued_anew_beside_something_else() -> None:
    store, mug = make.store(), make.product()
    make.moved(store, mug, "IN", 1, number="done")
    one, two = draft(store, mug, number="X-1"), draft(store, mug, number="X-2")
    jobs_of = [queued([one]), queued([two])]
    before = picture.of_everything()
    cases: list[tuple[list[MovementDraft], type[TradepostError], dict[str, Any]]] = [
        ([one, two], MovementAskedBefore, {"number": "X-1", "state": "queued", "job": jobs_of[0].pk, "row": 0}),
        ([draft(store, mug), two], MovementAskedBefore, {"number": "X-2", "job": jobs_of[1].pk, "row": 1}),
        ([draft(store, mug, number="done")], MovementAskedBefore, {"state": "applied", "job": None}),
        ([one._replace(quantity=2)], NumberTaken, {"number": "X-1"}),
    ]
    for rows, error, details in cases:
        with pytest.raises(error) as caught:
            queued(rows)
        assert {name: caught.value.details[name] for name in details} == details
    assert picture.of_everything() == before


def test_one_task_delivered_35_times_one_after_the_other_moves_goods_once() -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug) for _ in range(60)])
    assert {applied(job) for _ in range(DELIVERIES)} == {Counts(60, 0)}
    assert books.level_of(mug.pk, chart.store(store.pk)) == 60 == Posting.objects.count()
    assert_proved()


def test_one_task_delivered_35_times_at_once_moves_goods_once(small_chunks: None) -> None:
    store, mug = make.store(), make.product()
    job, console = queued([draft(store, mug) for _ in range(60)]), make.console()
    answers = together([lambda: applied(job, actor=console)] * DELIVERIES)
    assert answers == [Counts(60, 0)] * DELIVERIES
    assert books.level_of(mug.pk, chart.store(store.pk)) == 60 == Posting.objects.count()
    assert_proved()


def test_control_a_task_that_looks_before_it_leaps_moves_goods_as_often_as_it_is_delivered() -> None:
    """Read what is queued, then book it, without the locks and the numbers: everybody has read before anybody books."""
    store, mug = make.store(), make.product()
    job, console = queued([draft(store, mug) for _ in range(3)]), make.console()
    everybody_has_read = threading.Barrier(5)

    def apply() -> int:
        waiting = list(StockMovement.objects.filter(job=job, state="queued"))
        everybody_has_read.wait(30)
        drafts = [draft(store, mug, row.movement_type, row.quantity) for row in waiting]
        return len(inventory.record_movements(drafts, actor=console, at=make.AT))

    assert together([apply] * 5) == [3] * 5
    assert books.level_of(mug.pk, chart.store(store.pk)) == 15


def test_it_goes_on_where_it_was_cut_off_and_says_how_far_it_is(small_chunks: None) -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug) for _ in range(35)])
    told: list[int] = []

    def cut_off(percent: int) -> None:
        told.append(percent)
        if len(told) == 3:
            raise PulledOut

    with pytest.raises(PulledOut):
        applied(job, progress=cut_off)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 20
    assert applied(job, progress=told.append) == Counts(35, 0)
    assert told == [0, 28, 57, 57, 85]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 35


def test_a_failure_after_any_statement_leaves_whole_pieces_only(small_chunks: None) -> None:
    store, mug, cap = make.store(), make.product(), make.product()
    place, died = chart.store(store.pk), 0
    for number in range(1, 200):
        before = books.level_of(mug.pk, place)
        job = queued([*[draft(store, mug) for _ in range(14)], draft(store, cap, "OUT")])
        try:
            with pulled_after(number):
                applied(job)
        except PulledOut:
            died += 1
        there = books.level_of(mug.pk, place) - before
        states = [row.state for row in queries.movements(make.console(), job=job.pk)]
        assert (there, states.count("applied"), states.count("refused")) in {(0, 0, 0), (10, 10, 0), (14, 14, 1)}
        assert applied(job) == Counts(14, 1)
        assert books.level_of(mug.pk, place) - before == 14
        if died < number:
            break
    assert died > 20
    assert_proved()


def test_rights_are_judged_again_when_a_movement_is_applied() -> None:
    store, mug = make.store(), make.product()
    clerk = make.staff(store)
    job = queued([draft(store, mug)], actor=make.actor(clerk))
    people.revoke_role(clerk.pk, "staff", store.pk, actor=make.console(), at=make.AT)
    jobs.work_off(lambda: False)
    movement = queries.movements(make.console(), job=job.pk).get()
    assert (movement.state, movement.refusal) == ("refused", "denied")
    assert books.levels_of(mug.pk) == {}


def test_movements_of_somebody_who_left_are_refused_and_wait_for_nobody() -> None:
    store, mug = make.store(), make.product()
    clerk = make.staff(store)
    job = queued([draft(store, mug)], actor=make.actor(clerk))
    people.deactivate_user(clerk.pk, actor=make.console(), at=make.AT)
    assert jobs.work_off(lambda: False).failed == 1
    assert loop.once().found["movements given up"] == 1
    movement = queries.movements(make.console(), job=job.pk).get()
    assert (movement.state, movement.refusal) == ("refused", "never_applied")
    assert "not active" in movement.detail
    assert loop.once().found["movements given up"] == 0
    assert applied(job) == Counts(0, 1)


def test_movements_of_a_job_that_may_still_be_done_are_left_alone() -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug)])
    (claimed,) = intake.claim_jobs(1, at=clock.now())
    intake.fail_job(claimed, "Busy", at=clock.now())
    assert inventory.refuse_abandoned(actor=make.console(), at=make.AT) == 0
    assert applied(job) == Counts(1, 0)


@pytest.mark.parametrize("at", [make.AT, make.AT + timedelta(hours=1)])
def test_a_number_the_counter_used_meanwhile_is_refused_and_not_taken_for_the_movement(at: datetime) -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug, steps=5, number="lorry-17")])
    make.delivery(store, (mug, 5, None), number="lorry-17", at=at)
    assert applied(job) == Counts(0, 1)
    movement = StockMovement.objects.get()
    assert (movement.refusal, movement.posting) == ("number_taken", None)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 5


def test_what_was_asked_for_stands_while_it_waits_and_what_was_refused_for_ever() -> None:
    store, mug = make.store(), make.product()
    job = queued([draft(store, mug, "OUT")])
    table = "inventory_stockmovement"
    for sql in (f"UPDATE {table} SET quantity = 2", f"UPDATE {table} SET note = 'x'", f"DELETE FROM {table}"):
        _refused(sql)
    applied(job)
    for sql in (f"UPDATE {table} SET state = 'queued', refusal = '', settled_at = NULL", f"DELETE FROM {table}"):
        _refused(sql)
    assert StockMovement.objects.get().refusal == "insufficient_stock"


def _refused(sql: str) -> None:
    before = picture.of_everything()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert picture.of_everything() == before


def test_a_thousand_queued_take_as_many_statements_as_ten() -> None:
    store = make.store()
    goods = [make.stocked_product(store, 1000) for _ in range(10)]

    def drafts(count: int) -> list[Any]:
        return [draft(store, goods[i % 10], ("IN", "OUT", "REM")[i % 3]) for i in range(count)]

    def statements(call: Callable[[], object]) -> int:
        with counted() as seen:
            call()
        return len(seen)

    applied(queued(drafts(10)))  # opens accounts and places
    few = statements(lambda: queued(drafts(10)))
    assert statements(lambda: queued(drafts(1000))) == few
    piece = queue.MOVEMENTS_A_CHUNK
    one, four = (Job.objects.get(pk=queued(drafts(piece * n)).pk) for n in (1, 4))
    apart = statements(lambda: applied(four)) - statements(lambda: applied(one))
    assert apart % 3 == 0, "each piece takes the same"
