"""Goods in and lost: a delivery moves the average cost, a loss is booked at it; revenue put right without goods."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import make, picture
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.errors import InsufficientStock
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.places.models import Store
from tradepost.till import queries
from tradepost.till import services as till
from tradepost.till.errors import AmountOutOfRange, EmptyBasket, NotForSale, QuantityNotAboveZero, ReasonNeeded
from tradepost.till.models import Adjustment, AverageCost, SaleLine, StockEntry
from tradepost.till.services import AdjustmentDraft, EntryDraft, EntryItem, Refusal
from tradepost.till.services.documents import COST_SCALE

pytestmark = pytest.mark.django_db


def lose(store: Store, *items: tuple[Product, int], reason: str = "Broken") -> StockEntry:
    draft = EntryDraft(store.pk, [EntryItem(goods.pk, steps) for goods, steps in items], reason=reason)
    return make.accepted(till.write_off([draft], actor=make.console(), at=make.AT))


def average(store: Store, goods: Product) -> int | None:
    return queries.average_cost(store.pk, goods.pk)


def test_a_delivery_fills_the_shelf_and_moves_no_money() -> None:
    store = make.store()
    supplier = catalog.add_supplier(name="Potters", actor=make.console(), at=make.AT)
    mug, cap = make.product(), make.product(cost_minor=600)
    entry = make.delivery(store, (mug, 10, 1500), (cap, 2, None), supplier_id=supplier.pk)
    assert (entry.kind, entry.supplier, entry.total_cost_minor) == ("received", supplier, 2700)
    assert list(entry.lines.values_list("product", "quantity", "cost_minor")) == [(mug.pk, 10, 1500), (cap.pk, 2, 1200)]
    assert books.levels_at(chart.store(store.pk)) == {mug.pk: 10, cap.pk: 2}
    assert (average(store, mug), average(store, cap)) == (150 * COST_SCALE, 600 * COST_SCALE)
    assert AuditEvent.objects.get(action="till.received").subject_id == entry.number


def test_the_average_weighs_old_stock_and_new() -> None:
    store, other = make.store(), make.store()
    mug = make.product()
    make.delivery(store, (mug, 10, 1000))
    make.delivery(store, (mug, 30, 6000))
    assert average(store, mug) == 175 * COST_SCALE
    make.sale(store, (mug, 36))
    make.delivery(store, (mug, 4, 2000), (mug, 2, 0))
    assert average(store, mug) == 270 * COST_SCALE
    assert average(other, mug) is None


def test_a_sale_keeps_the_average_cost_of_its_moment() -> None:
    store = make.store()
    mug = make.stocked_product(store, 3, cost=1000)
    make.sale(store, (mug, 2))
    make.delivery(store, (mug, 100, 100))
    assert SaleLine.objects.get().cost_minor == 667


def test_a_delivery_of_weighed_goods_costs_by_the_whole_unit() -> None:
    store = make.store()
    cheese = make.product(unit="kg", decimals=3, cost_minor=800)
    entry = make.delivery(store, (cheese, 2500, None))
    assert entry.total_cost_minor == 2000
    make.delivery(store, (cheese, 500, 250))
    assert average(store, cheese) == 750 * COST_SCALE


@pytest.mark.once
@settings(derandomize=True, database=None, deadline=None, max_examples=15)
@given(deliveries=st.lists(st.tuples(st.integers(1, 500), st.integers(0, 100_000)), min_size=1, max_size=4))
def test_the_average_follows_the_exact_fraction(deliveries: list[tuple[int, int]]) -> None:
    store, mug = make.store(), make.product()
    make.delivery(store, *((mug, steps, cost) for steps, cost in deliveries))
    exact = Fraction(sum(cost for _, cost in deliveries), sum(steps for steps, _ in deliveries)) * COST_SCALE
    found = average(store, mug)
    assert found is not None
    assert abs(found - exact) <= len(deliveries)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"items": []}, EmptyBasket),
        ({"items": [EntryItem(0, 0)]}, QuantityNotAboveZero),
        ({"items": [EntryItem(0, 10**15 + 1, 1)]}, AmountOutOfRange),
        ({"items": [EntryItem(0, 1, -1)]}, AmountOutOfRange),
        ({"items": [EntryItem(0, 1, 10**15)]}, AmountOutOfRange),
        ({"items": [EntryItem(0, 10**14, 10**15 + 1)]}, AmountOutOfRange),
        ({"items": [EntryItem(999, 1)]}, Missing),
        ({"items": [EntryItem(2**63, 1)]}, Missing),
        ({"supplier_id": 999}, Missing),
        ({"supplier_id": 2**63}, Missing),
        ({"store_id": 2**63}, Missing),
    ],
)
def test_a_delivery_of_nonsense_is_refused_and_changes_nothing(change: dict[str, Any], error: type[Exception]) -> None:
    store, mug = make.store(), make.product()
    before = picture.of_the_books()
    draft = EntryDraft(store.pk, [EntryItem(mug.pk, 1)])._replace(**change)
    items = [item._replace(product_id=item.product_id or mug.pk) for item in draft.items]
    (answer,) = till.receive([draft._replace(items=items)], actor=make.console(), at=make.AT)
    assert isinstance(answer, Refusal)
    assert type(answer.error) is error
    assert picture.of_the_books() == before
    assert not StockEntry.objects.exists()
    assert not AverageCost.objects.exists()


def test_services_and_archived_products_are_not_delivered() -> None:
    store = make.store()
    repair, old = make.product(stocked=False), make.product()
    catalog.archive_product(old.pk, actor=make.console(), at=make.AT)
    drafts = [EntryDraft(store.pk, [EntryItem(goods.pk, 1)]) for goods in (repair, old)]
    answers = till.receive(drafts, actor=make.console(), at=make.AT)
    assert [type(answer.error) for answer in answers if isinstance(answer, Refusal)] == [Missing, NotForSale]


def test_a_row_that_fails_leaves_the_others_and_the_average() -> None:
    store, mug = make.store(), make.product()
    drafts = [
        EntryDraft(store.pk, [EntryItem(mug.pk, 10, 1000)]),
        EntryDraft(store.pk, [EntryItem(mug.pk, 10, 9000), EntryItem(999, 1)]),
        EntryDraft(store.pk, [EntryItem(mug.pk, 10, 3000)]),
    ]
    answers = till.receive(drafts, actor=make.console(), at=make.AT)
    assert [isinstance(answer, Refusal) for answer in answers] == [False, True, False]
    assert average(store, mug) == 200 * COST_SCALE


def test_a_loss_is_booked_at_average_cost() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=1000)
    make.delivery(store, (mug, 10, 3000))
    entry = lose(store, (mug, 3), reason="  Fell down ")
    assert (entry.kind, entry.reason, entry.total_cost_minor) == ("written_off", "Fell down", 600)
    assert books.balance_of(chart.loss(store.pk)) == 600 == -books.balance_of(chart.stock_value(store.pk))
    assert books.level_of(mug.pk, chart.store(store.pk)) == 17
    assert average(store, mug) == 200 * COST_SCALE
    assert queries.day_report(store.pk, entry.business_date, make.console()).losses_minor == 600


def test_a_loss_of_goods_that_cost_nothing_moves_goods_only() -> None:
    store = make.store()
    entry = lose(store, (make.stocked_product(store, 3, cost_minor=0), 3))
    assert (entry.total_cost_minor, entry.posting_id is not None) == (0, True)
    assert books.balance_of(chart.loss(store.pk)) == 0


def test_archived_goods_can_still_be_lost() -> None:
    store = make.store()
    mug = make.stocked_product(store, 3)
    catalog.archive_product(mug.pk, actor=make.console(), at=make.AT)
    assert lose(store, (mug, 3)).total_cost_minor == 300


@pytest.mark.parametrize(
    ("steps", "reason", "error"),
    [
        (1, "", ReasonNeeded),
        (1, "  ", ReasonNeeded),
        (1, "r" * 201, FieldErrors),
        (1, "Fell\ndown", FieldErrors),
        (1, "\u202enwod llef", FieldErrors),
        (4, "Broken", InsufficientStock),
        (0, "Broken", QuantityNotAboveZero),
    ],
)
def test_a_loss_that_cannot_be_changes_nothing(steps: int, reason: str, error: type[Exception]) -> None:
    store = make.store()
    mug = make.stocked_product(store, 3)
    before = picture.of_the_books()
    with pytest.raises(error):
        lose(store, (mug, steps), reason=reason)
    assert picture.of_the_books() == before
    assert StockEntry.objects.filter(kind="written_off").count() == 0


def test_a_bad_debt_leaves_revenue_and_comes_back_when_it_is_paid() -> None:
    store = make.store()
    manager = make.actor(make.manager(store))
    drafts = [AdjustmentDraft(store.pk, -500, " Never paid "), AdjustmentDraft(store.pk, 200, "Paid in part")]
    lost, paid = till.adjust(drafts, actor=manager, at=make.AT)
    assert isinstance(lost, Adjustment)
    assert isinstance(paid, Adjustment)
    assert (lost.amount_minor, lost.reason, paid.amount_minor) == (-500, "Never paid", 200)
    assert books.balance_of(chart.revenue(store.pk)) == -300 == -books.balance_of(chart.BAD_DEBT)
    report = queries.day_report(store.pk, lost.business_date, manager)
    assert (report.adjustments, report.revenue_minor) == (2, -300)
    assert AuditEvent.objects.filter(action="till.adjusted").count() == 1


@pytest.mark.parametrize(
    ("amount", "reason", "error"),
    [
        (0, "x", AmountOutOfRange),
        (10**15 + 1, "x", AmountOutOfRange),
        (-(2**63), "x", AmountOutOfRange),
        (5, " ", ReasonNeeded),
        (5, "r" * 201, FieldErrors),
        (5, "a\nb", FieldErrors),
    ],
)
def test_an_adjustment_that_makes_no_sense_is_refused(amount: int, reason: str, error: type[Exception]) -> None:
    store = make.store()
    (answer,) = till.adjust([AdjustmentDraft(store.pk, amount, reason)], actor=make.console(), at=make.AT)
    assert isinstance(answer, Refusal)
    assert type(answer.error) is error
    assert not Adjustment.objects.exists()


def test_goods_take_somebody_of_the_store_and_adjustments_its_manager() -> None:
    store, other = make.store(), make.store()
    mug = make.stocked_product(store, 10)
    entry = EntryDraft(store.pk, [EntryItem(mug.pk, 1)], reason="Broken")
    debt = AdjustmentDraft(store.pk, -1, "x")
    strangers = [make.customer(), make.staff(other), make.manager(other), make.auditor()]
    for actor in [make.visitor(), *map(make.actor, strangers)]:
        for refused in (till.receive, till.write_off):
            with pytest.raises(Denied):
                refused([entry], actor=actor, at=make.AT)
        with pytest.raises(Denied):
            till.adjust([debt], actor=actor, at=make.AT)
    staff = make.actor(make.staff(store))
    assert len(till.receive([entry], actor=staff, at=make.AT) + till.write_off([entry], actor=staff, at=make.AT)) == 2
    with pytest.raises(Denied):
        till.adjust([debt], actor=staff, at=make.AT)


def test_numbers_that_come_again_change_nothing() -> None:
    store = make.store()
    mug = make.product()
    entry = EntryDraft(store.pk, [EntryItem(mug.pk, 10, 1000)], number="D-1")
    loss = EntryDraft(store.pk, [EntryItem(mug.pk, 1)], number="L-1", reason="Broken")
    debt = AdjustmentDraft(store.pk, -100, "x", number="A-1")
    for _ in range(2):
        till.receive([entry, entry], actor=make.console(), at=make.AT)
        till.write_off([loss, loss], actor=make.console(), at=make.AT)
        till.adjust([debt, debt], actor=make.console(), at=make.AT)
    assert (StockEntry.objects.count(), Adjustment.objects.count()) == (2, 1)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 9
    assert average(store, mug) == 100 * COST_SCALE
    assert books.balance_of(chart.revenue(store.pk)) == -100
