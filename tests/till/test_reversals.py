"""A delivery or a loss is reversed once, as a whole: goods, money and average cost go back the way they came."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import make, picture
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.errors import InsufficientStock
from tradepost.catalog import services as catalog
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.till import queries, totals
from tradepost.till import services as till
from tradepost.till.errors import AlreadyReversed, NotReversible
from tradepost.till.models import StockEntry
from tradepost.till.services import Refusal, ReversalDraft
from tradepost.till.services.documents import COST_SCALE

pytestmark = pytest.mark.django_db


def test_a_delivery_sent_back_leaves_shelf_and_average_as_they_were_before_it() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=1000)
    delivered = make.delivery(store, (mug, 30, 6000))
    assert queries.average_cost(store.pk, mug.pk) == 175 * COST_SCALE
    back = make.reversed_entry(delivered, reason=" Wrong colour ")
    assert (back.kind, back.reverses, back.reason, back.total_cost_minor) == (
        "sent_back", delivered, "Wrong colour", 6000,
    )  # fmt: skip
    assert list(back.lines.values_list("product", "quantity", "cost_minor")) == [(mug.pk, 30, 6000)]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 10
    assert queries.average_cost(store.pk, mug.pk) == 100 * COST_SCALE
    posting = books.posting(back.posting_id or 0, make.console())
    assert [move.destination.code for move in posting.movements.all()] == [chart.SUPPLIER_WORLD]
    assert posting.transfers.count() == 0
    assert AuditEvent.objects.get(action="till.reversed").subject_id == back.number


def test_goods_sent_back_that_were_cheaper_than_what_is_left_keep_the_average() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=1000)
    dear = make.delivery(store, (mug, 10, 3000))
    make.sale(store, (mug, 8))
    make.reversed_entry(dear)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 2
    assert queries.average_cost(store.pk, mug.pk) == 200 * COST_SCALE, "2 at 200 less 10 at 100 more would be below 0"
    rest = make.delivery(store, (mug, 1, 200))
    make.sale(store, (mug, 2))
    make.reversed_entry(rest)
    assert queries.average_cost(store.pk, mug.pk) == 200 * COST_SCALE, "nothing is left to average"


def test_lost_goods_found_again_take_the_money_of_the_loss_back() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=2000)
    lost = make.loss(store, (mug, 3))
    make.delivery(store, (mug, 3, 1200))
    assert queries.average_cost(store.pk, mug.pk) == 260 * COST_SCALE
    found = make.reversed_entry(lost)
    assert (found.kind, found.total_cost_minor, found.reason) == ("found_again", 600, "")
    assert books.balance_of(chart.loss(store.pk)) == 0 == books.balance_of(chart.stock_value(store.pk))
    assert books.level_of(mug.pk, chart.store(store.pk)) == 13
    assert queries.average_cost(store.pk, mug.pk) == 246_1538


def test_the_report_of_the_day_counts_losses_less_what_was_found_again() -> None:
    store, day = make.store(), make.AT.date()
    mug = make.stocked_product(store, 20)
    lost, _ = make.loss(store, (mug, 4)), make.loss(store, (mug, 2))
    make.reversed_entry(lost)
    make.reversed_entry(make.delivery(store, (mug, 5, None)))
    report = queries.day_report(store.pk, day, make.console())
    assert report.losses_minor == 200 == totals.losses(store.pk)
    assert (report.write_offs, report.found_again, report.deliveries, report.sent_back) == (2, 1, 2, 1)
    assert (totals.write_offs(store.pk).amount_minor, totals.found_again(store.pk)) == (600, (1, 1, 4, 400))


def test_reversals_are_read_like_other_entries() -> None:
    store = make.store()
    back = make.reversed_entry(make.delivery(store, (make.product(), 5, None)))
    staff = make.actor(make.staff(store))
    assert [one.kind for one in queries.entries(staff)] == ["sent_back", "received"]
    assert [one.number for one in queries.entries(staff, kind="sent_back")] == [back.number]
    assert queries.entry(back.number, staff).reverses == back.reverses
    assert queries.of_posting(back.posting_id or 0) == back


def answer_to(entry: StockEntry | str, store_id: int, **fields: Any) -> Exception | None:
    number = entry if isinstance(entry, str) else entry.number
    draft = ReversalDraft(store_id, number, **fields)
    (answer,) = till.reverse_entries([draft], actor=make.console(), at=make.AT)
    return answer.error if isinstance(answer, Refusal) else None


def test_what_cannot_be_reversed_changes_nothing() -> None:
    store, other = make.store(), make.store()
    mug = make.stocked_product(store, 10)
    sold_out = make.delivery(store, (mug, 5, None))
    make.sale(store, (mug, 11))
    reversal = make.reversed_entry(make.loss(store, (mug, 1)))
    before = picture.of_everything()
    outcomes = [
        answer_to("no such entry", store.pk),
        answer_to(sold_out, other.pk),
        answer_to(sold_out, store.pk),
        answer_to(reversal, store.pk),
        answer_to(reversal.reverses or "", store.pk),
        answer_to(sold_out, store.pk, reason="r" * 201),
    ]
    assert [type(error) for error in outcomes] == [
        Missing, Missing, InsufficientStock, NotReversible, AlreadyReversed, FieldErrors,
    ]  # fmt: skip
    assert picture.of_everything() | {"books_placeversion": []} == before | {"books_placeversion": []}
    assert isinstance(outcomes[4], AlreadyReversed)
    assert outcomes[4].details == {"number": reversal.number}


def test_one_entry_is_reversed_once_in_a_list_and_once_for_ever() -> None:
    store = make.store()
    mug = make.product()
    first, second = make.delivery(store, (mug, 5, None)), make.delivery(store, (mug, 7, None))
    drafts = [ReversalDraft(store.pk, one.number) for one in (first, first, second)]
    answers = till.reverse_entries(drafts, actor=make.console(), at=make.AT)
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 0
    again = till.reverse_entries(drafts, actor=make.console(), at=make.AT)
    assert [type(answer.error) for answer in again if isinstance(answer, Refusal)] == [AlreadyReversed] * 3


def test_a_reversal_of_the_same_number_is_the_same_reversal() -> None:
    store = make.store()
    entry = make.delivery(store, (make.product(), 5, None))
    first, again = (make.reversed_entry(entry, number="B-1") for _ in range(2))
    assert first == again
    assert StockEntry.objects.count() == 2


def test_sixteen_reversals_at_once_are_one() -> None:
    store, console = make.store(), make.console()
    mug = make.stocked_product(store, 100)
    lost = make.loss(store, (mug, 4))

    def reverse() -> StockEntry:
        return make.accepted(till.reverse_entries([ReversalDraft(store.pk, lost.number)], actor=console, at=make.AT))

    calls: list[Callable[[], StockEntry]] = [reverse] * 16
    results = together(calls)
    assert sum(isinstance(result, StockEntry) for result in results) == 1
    assert sum(isinstance(result, AlreadyReversed) for result in results) == 15
    assert books.level_of(mug.pk, chart.store(store.pk)) == 100
    assert engine.reconcile().ok


def test_reversing_takes_the_manager_of_the_store() -> None:
    store, other = make.store(), make.store()
    entry = make.delivery(store, (make.product(), 5, None))
    draft = ReversalDraft(store.pk, entry.number)
    for user in (make.customer(), make.staff(store), make.manager(other), make.auditor()):
        with pytest.raises(Denied):
            till.reverse_entries([draft], actor=make.actor(user), at=make.AT)
    assert not StockEntry.objects.filter(reverses=entry).exists()
    assert len(till.reverse_entries([draft], actor=make.actor(make.manager(store)), at=make.AT)) == 1


def test_archived_goods_can_be_sent_back() -> None:
    store = make.store()
    mug = make.product()
    entry = make.delivery(store, (mug, 5, None))
    catalog.archive_product(mug.pk, actor=make.console(), at=make.AT)
    assert make.reversed_entry(entry).kind == "sent_back"
