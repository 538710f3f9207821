"""Sales: goods to the customer, cash to the drawer, at prices frozen on the line; each basket wholly or not at all."""

from typing import Any

import pytest

from tests import make, picture
from tests.statements import counted
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.errors import InsufficientStock
from tradepost.catalog import services as catalog
from tradepost.lib.errors import Denied, Missing
from tradepost.places import services as places
from tradepost.places.errors import StoreArchived
from tradepost.till import queries
from tradepost.till import services as till
from tradepost.till.errors import (
    AmountOutOfRange,
    EmptyBasket,
    NotANumber,
    NotForSale,
    NumberTaken,
    QuantityNotAboveZero,
    TooLittleCash,
)
from tradepost.till.models import Sale, SaleLine
from tradepost.till.services import Refusal, SaleDraft, SaleItem

pytestmark = pytest.mark.django_db

MUG = 0  # stands for the product that the test makes


def refusal_of(draft: SaleDraft) -> Exception:
    """Why the till refuses it; nothing may have changed."""
    before = picture.of_the_books() | {"sales": list(Sale.objects.values_list())}
    (answer,) = till.ring_up([draft], actor=make.console(), at=make.AT)
    assert isinstance(answer, Refusal)
    assert picture.of_the_books() | {"sales": list(Sale.objects.values_list())} == before
    return answer.error


def test_a_sale_moves_goods_and_money_and_keeps_the_prices() -> None:
    store, customer = make.store(time_zone="Asia/Tehran"), make.customer()
    seller = make.staff(store)
    mug, cap = make.stocked_product(store, 10), make.stocked_product(store, 4, price_minor=1000, cost_minor=600)
    draft = make.basket(store, (mug, 3), (cap, 1), customer_id=customer.pk, received_minor=2000)
    sale = make.accepted(till.ring_up([draft], actor=make.actor(seller), at=make.AT))
    assert (sale.total_minor, sale.received_minor, sale.change_minor, sale.tender) == (1750, 2000, 250, "cash")
    assert (sale.store, sale.operator, sale.customer, sale.at) == (store, seller, customer, make.AT)
    assert sale.business_date.isoformat() == "2026-03-02"
    lines = sale.lines.values_list("position", "product", "quantity", "unit_price_minor", "amount_minor", "cost_minor")
    assert list(lines) == [(1, mug.pk, 3, 250, 750, 300), (2, cap.pk, 1, 1000, 1000, 600)]
    assert books.levels_at(chart.store(store.pk)) == {mug.pk: 7, cap.pk: 3}
    assert books.balance_of(chart.revenue(store.pk)) == 1750 == -books.balance_of(chart.cash(store.pk))
    event = AuditEvent.objects.get(action="till.sold")
    assert (event.subject_id, event.store_id, event.actor_id) == (sale.number, store.pk, seller.pk)
    assert event.after == {"numbers": [sale.number], "refused": 0}


def test_a_price_that_changes_later_changes_no_sale() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    sale = make.sale(store, (mug, 2))
    catalog.change_product(mug.pk, price_minor=999, cost_minor=1, actor=make.console(), at=make.AT)
    line = SaleLine.objects.get()
    assert (line.unit_price_minor, line.amount_minor, line.cost_minor) == (250, 500, 200)
    report = queries.day_report(store.pk, sale.business_date, make.console())
    assert report.revenue_minor == 500
    assert make.given_back(sale, 1).total_minor == 250
    assert make.sale(store, (mug, 1)).total_minor == 999


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"items": []}, EmptyBasket),
        ({"items": [SaleItem(MUG, 1)] * 5001}, EmptyBasket),
        ({"items": [SaleItem(MUG, 0)]}, QuantityNotAboveZero),
        ({"items": [SaleItem(MUG, 1), SaleItem(MUG, -1)]}, QuantityNotAboveZero),
        ({"items": [SaleItem(MUG, 10**15 + 1)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 10**15)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 1, -1)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 1, 1, -1)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 1, 10**15 + 1)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 1, 0, 2**63)]}, AmountOutOfRange),
        ({"items": [SaleItem(MUG, 11)]}, InsufficientStock),
        ({"items": [SaleItem(MUG, 6), SaleItem(MUG, 5)]}, InsufficientStock),
        ({"items": [SaleItem(MUG, 1), SaleItem(999_999, 1)]}, Missing),
        ({"items": [SaleItem(2**63, 1)]}, Missing),
        ({"items": [SaleItem(-(10**30), 1)]}, Missing),
        ({"store_id": 999}, Missing),
        ({"store_id": 2**63}, Missing),
        ({"customer_id": 999}, Missing),
        ({"customer_id": 2**63}, Missing),
        ({"received_minor": 249}, TooLittleCash),
        ({"received_minor": -1}, AmountOutOfRange),
        ({"received_minor": 2**63}, AmountOutOfRange),
        ({"number": "n" * 61}, NotANumber),
        ({"number": "nul\0"}, NotANumber),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(change: dict[str, Any], error: type[Exception]) -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    draft = make.basket(store, (mug, 1))._replace(**change)
    items = [item._replace(product_id=mug.pk) if item.product_id == MUG else item for item in draft.items]
    assert type(refusal_of(draft._replace(items=items))) is error


def test_too_little_cash_says_how_much_is_missing() -> None:
    store = make.store()
    error = refusal_of(make.basket(store, (make.stocked_product(store, 1), 1), received_minor=100))
    assert isinstance(error, TooLittleCash)
    assert error.details == {"due_minor": 250, "received_minor": 100, "short_minor": 150}


def test_what_was_archived_is_not_sold() -> None:
    store = make.store()
    mug = make.stocked_product(store, 5)
    catalog.archive_product(mug.pk, actor=make.console(), at=make.AT)
    assert isinstance(refusal_of(make.basket(store, (mug, 1))), NotForSale)


def test_a_store_that_closed_for_good_sells_nothing() -> None:
    store = make.store()
    mug = make.stocked_product(store, 5)
    places.archive_store(store.pk, actor=make.console(), at=make.AT)
    assert isinstance(refusal_of(make.basket(store, (mug, 1))), StoreArchived)


@pytest.mark.parametrize(
    ("steps", "price", "amount"),
    [
        (1250, 399, 499),
        (500, 333, 166),
        (500, 335, 168),
        (1500, 1, 2),
        (2500, 1, 2),
        (1, 499, 0),
        (2, 250, 0),
        (6, 250, 2),
    ],
)
def test_weighed_goods_are_rounded_half_even(steps: int, price: int, amount: int) -> None:
    store = make.store()
    cheese = make.stocked_product(store, 9000, unit="kg", decimals=3, price_minor=price, cost_minor=100)
    sale = make.sale(store, (cheese, steps))
    line = SaleLine.objects.get()
    assert (line.amount_minor, sale.total_minor, line.quantity) == (amount, amount, steps)
    assert line.cost_minor == round(steps / 10)
    assert books.balance_of(chart.revenue(store.pk)) == amount


def test_a_service_is_sold_without_a_shelf() -> None:
    store = make.store()
    repair = make.product(stocked=False, price_minor=4000, cost_minor=0)
    sale = make.sale(store, (repair, 2))
    assert sale.total_minor == 8000 == books.balance_of(chart.revenue(store.pk))
    assert books.levels_of(repair.pk) == {}


def test_a_service_given_away_is_a_sale_without_a_posting() -> None:
    store = make.store()
    advice = make.product(stocked=False, price_minor=0, cost_minor=0)
    first, second = make.sale(store, (advice, 1)), make.sale(store, (advice, 1))
    assert (first.posting_id, second.posting_id, first.total_minor) == (None, None, 0)
    assert first.number != second.number
    too_many = make.basket(store, (advice, 10**30))
    assert isinstance(refusal_of(too_many), AmountOutOfRange)


def test_goods_given_away_leave_the_shelf() -> None:
    store = make.store()
    sample = make.stocked_product(store, 3, price_minor=0)
    assert make.sale(store, (sample, 2)).posting_id
    assert books.level_of(sample.pk, chart.store(store.pk)) == 1


def test_only_a_manager_states_a_price() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    seller, manager = make.actor(make.staff(store)), make.actor(make.manager(store))
    for item in (SaleItem(mug.pk, 1, 200), SaleItem(mug.pk, 2, None, 333)):
        draft = SaleDraft(store.pk, [item])
        with pytest.raises(Denied):
            till.ring_up([make.basket(store, (mug, 1)), draft], actor=seller, at=make.AT)
        assert make.accepted(till.ring_up([draft], actor=manager, at=make.AT)).operator_id == manager.user_id
    assert list(SaleLine.objects.order_by("id").values_list("unit_price_minor", "amount_minor")) == [
        (200, 200),
        (250, 333),
    ]


def test_only_who_works_in_the_store_sells_there() -> None:
    store, other = make.store(), make.store()
    mug = make.stocked_product(store, 10)
    strangers = [make.customer(), make.staff(other), make.manager(other), make.auditor()]
    for actor in [make.visitor(), *map(make.actor, strangers)]:
        with pytest.raises(Denied):
            till.ring_up([make.basket(store, (mug, 1))], actor=actor, at=make.AT)
    assert not Sale.objects.exists()


def test_a_row_that_fails_leaves_the_others() -> None:
    store, foreign = make.store(), make.store()
    mug = make.stocked_product(store, 5)
    drafts = [
        make.basket(store, (mug, 2)),
        make.basket(store, (mug, 4)),
        make.basket(foreign, (mug, 1)),
        make.basket(store),
        make.basket(store, (mug, 3)),
    ]
    first, short, elsewhere, empty, last = till.ring_up(drafts, actor=make.console(), at=make.AT)
    assert isinstance(first, Sale)
    assert isinstance(last, Sale)
    errors = [type(answer.error) for answer in (short, elsewhere, empty) if isinstance(answer, Refusal)]
    assert errors == [InsufficientStock, InsufficientStock, EmptyBasket]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 0
    event = AuditEvent.objects.get(action="till.sold")
    assert event.after == {"numbers": [first.number, last.number], "refused": 3}


def test_a_number_that_comes_again_is_the_same_sale() -> None:
    store = make.store()
    mug = make.stocked_product(store, 5)
    draft = make.basket(store, (mug, 2), number="S-1")
    first, twin = till.ring_up([draft, draft], actor=make.console(), at=make.AT)
    catalog.change_product(mug.pk, price_minor=999, actor=make.console(), at=make.AT)
    (again,) = till.ring_up([draft], actor=make.console(), at=make.AT)
    assert first == twin == again == Sale.objects.get()
    assert books.level_of(mug.pk, chart.store(store.pk)) == 3
    assert AuditEvent.objects.filter(action="till.sold").count() == 1


def test_a_number_of_another_store_is_taken_and_tells_nothing() -> None:
    store, other = make.store(), make.store()
    make.sale(store, (make.stocked_product(store, 5), 2), number="S-1")
    mug = make.stocked_product(other, 5)
    assert isinstance(refusal_of(make.basket(other, (mug, 2), number="S-1")), NumberTaken)


def test_statements_do_not_grow_with_the_list() -> None:
    store, console = make.store(), make.console()
    goods = [make.stocked_product(store, 1000) for _ in range(5)]
    make.sale(store, (goods[0], 1))
    counts = []
    for size in (10, 100):
        drafts = [make.basket(store, (goods[i % 5], 1), (goods[(i + 1) % 5], 2)) for i in range(size)]
        with counted() as statements:
            answers = till.ring_up(drafts, actor=console, at=make.AT)
        assert all(isinstance(answer, Sale) for answer in answers)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 25, counts


def test_a_sale_is_read_by_those_of_the_store_and_its_customer() -> None:
    store, customer = make.store(), make.customer()
    sale = make.sale(store, (make.stocked_product(store, 5), 2), customer_id=customer.pk)
    readers: list[Any] = [customer, make.staff(store), make.manager(store), make.auditor(), make.admin()]
    for reader in readers:
        assert queries.sale(sale.number, make.actor(reader)) == sale
        assert queries.sales(make.actor(reader)).count() == 1
    for stranger in (make.customer(), make.staff(make.store())):
        assert not queries.sales(make.actor(stranger)).exists()
        with pytest.raises(Missing):
            queries.sale(sale.number, make.actor(stranger))
