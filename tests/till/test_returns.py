"""Returns: never more than was sold on the line, at the price paid; without a sale only under supervision."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import make, picture
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.services import reconcile
from tradepost.catalog import services as catalog
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.till import services as till
from tradepost.till.errors import (
    AmountOutOfRange,
    EmptyBasket,
    NotANumber,
    NothingLeftToReturn,
    QuantityNotAboveZero,
    ReasonNeeded,
)
from tradepost.till.models import Return, Sale, SaleLine
from tradepost.till.services import Refusal, ReturnDraft, ReturnItem
from tradepost.till.services.returns import Sold

pytestmark = pytest.mark.django_db


def errors_of(answers: list[Return | Refusal]) -> list[type[Exception] | None]:
    return [type(answer.error) if isinstance(answer, Refusal) else None for answer in answers]


def sold(quantity: int = 3, **fields: Any) -> Sale:
    """A sale of so many pieces of one product, in a store with some more of them."""
    store = make.store()
    return make.sale(store, (make.stocked_product(store, 100, **fields), quantity))


def test_a_return_brings_back_goods_and_pays_what_was_paid() -> None:
    sale = sold(3)
    catalog.change_product(SaleLine.objects.get().product_id, price_minor=9999, actor=make.console(), at=make.AT)
    back = make.given_back(sale, 2)
    line = back.lines.get()
    assert (back.total_minor, line.amount_minor, line.quantity) == (500, 500, 2)
    assert (back.supervisor, back.customer, back.store) == (None, None, sale.store)
    assert line.sale_line == SaleLine.objects.get(returned_quantity=2)
    assert books.level_of(line.product_id, chart.store(sale.store_id)) == 99
    assert books.balance_of(chart.revenue(sale.store_id)) == 250 == -books.balance_of(chart.cash(sale.store_id))
    event = AuditEvent.objects.get(action="till.given_back")
    assert (event.subject_id, event.store_id) == (back.number, sale.store_id)


def test_a_return_names_the_customer_who_bought() -> None:
    store, buyer, other = make.store(), make.customer(), make.customer()
    sale = make.sale(store, (make.stocked_product(store, 9), 3), customer_id=buyer.pk)
    assert make.given_back(sale, 1).customer == buyer
    assert make.given_back(sale, 1, customer_id=other.pk).customer == other


def test_more_than_was_sold_is_refused_and_changes_nothing() -> None:
    sale = sold(3)
    make.given_back(sale, 2)
    before = picture.of_everything()
    (answer,) = till.give_back([make.slip(sale, 2)], actor=make.console(), at=make.AT)
    assert isinstance(answer, Refusal)
    assert isinstance(answer.error, NothingLeftToReturn)
    assert {name: answer.error.details[name] for name in ("sold", "returned", "asked")} == {
        "sold": 3, "returned": 2, "asked": 2,
    }  # fmt: skip
    assert picture.of_everything()["till_returnline"] == before["till_returnline"]
    assert picture.of_everything()["books_posting"] == before["books_posting"]
    assert SaleLine.objects.get().returned_quantity == 2


def test_one_slip_does_not_return_a_line_twice() -> None:
    sale = sold(3)
    line = SaleLine.objects.get()
    item = ReturnItem(2, sale_line_id=line.pk)
    slip = ReturnDraft(sale.store_id, [item, item])
    assert errors_of(till.give_back([slip], actor=make.console(), at=make.AT)) == [NothingLeftToReturn]


def test_drafts_of_one_list_share_what_is_left() -> None:
    sale = sold(3)
    answers = till.give_back([make.slip(sale, n) for n in (2, 2, 1, 1)], actor=make.console(), at=make.AT)
    assert errors_of(answers) == [None, NothingLeftToReturn, None, NothingLeftToReturn]
    assert SaleLine.objects.get().returned_quantity == 3


def test_a_slip_refused_for_another_reason_leaves_the_line_to_the_next() -> None:
    sale = sold(3)
    line = SaleLine.objects.get()
    unknown_customer = make.slip(sale, 3, customer_id=999)
    unknown_product = make.slip(sale, 3, reason="Broken")
    unknown_product = unknown_product._replace(items=[*unknown_product.items, ReturnItem(1, product_id=999)])
    absurd = ReturnDraft(sale.store_id, [ReturnItem(2, line.pk), ReturnItem(1, line.pk, amount_minor=-1)], reason="x")
    drafts = [unknown_customer, unknown_product, absurd, make.slip(sale, 3)]
    answers = till.give_back(drafts, actor=make.console(), at=make.AT)
    assert errors_of(answers) == [Missing, Missing, AmountOutOfRange, None]
    assert SaleLine.objects.get().returned_quantity == 3
    assert books.balance_of(chart.revenue(sale.store_id)) == 0
    assert reconcile().ok


def test_partial_returns_sum_to_the_line_exactly() -> None:
    store = make.store()
    cheese = make.stocked_product(store, 9000, unit="kg", decimals=3, price_minor=999)
    sale = make.sale(store, (cheese, 1001))
    amounts = [make.given_back(sale, n).total_minor for n in (1, 1, 333, 333, 332, 1)]
    assert sum(amounts) == sale.total_minor == 1000
    assert books.balance_of(chart.revenue(store.pk)) == 0 == books.balance_of(chart.cash(store.pk))


@pytest.mark.once
@settings(derandomize=True, database=None, deadline=None, max_examples=200)
@given(quantity=st.integers(1, 10_000), amount=st.integers(0, 10**9), cuts=st.lists(st.integers(1, 10_000), max_size=8))
def test_shares_of_a_line_are_never_below_zero_and_sum_to_it(quantity: int, amount: int, cuts: list[int]) -> None:
    line = Sold(1, 1, None, quantity, amount, 0, None)
    shares = []
    for cut in [*cuts, quantity]:
        steps = min(cut, quantity - line.returned)
        shares.append(line.share(steps, 0))
        line.returned += steps
    assert sum(shares) == amount
    assert min(shares) >= 0


def test_without_a_sale_it_takes_a_manager_and_a_reason() -> None:
    store = make.store()
    mug = make.product()
    staff, manager = make.actor(make.staff(store)), make.actor(make.manager(store))
    slip = ReturnDraft(store.pk, [ReturnItem(2, product_id=mug.pk)], reason="  Bought last year ")
    with pytest.raises(Denied):
        till.give_back([slip], actor=staff, at=make.AT)
    for reason, error in (("", ReasonNeeded), ("   ", ReasonNeeded), ("r" * 201, FieldErrors), ("a\nb", FieldErrors)):
        answers = till.give_back([slip._replace(reason=reason)], actor=manager, at=make.AT)
        assert errors_of(answers) == [error]
    assert not Return.objects.exists()
    back = make.accepted(till.give_back([slip], actor=manager, at=make.AT))
    assert (back.supervisor_id, back.reason, back.total_minor) == (manager.user_id, "Bought last year", 500)
    assert back.lines.get().sale_line is None
    assert books.level_of(mug.pk, chart.store(store.pk)) == 2
    assert books.balance_of(chart.revenue(store.pk)) == -500


def test_another_amount_than_was_paid_takes_a_manager_too() -> None:
    sale = sold(3)
    line = SaleLine.objects.get()
    slip = ReturnDraft(sale.store_id, [ReturnItem(1, line.pk, amount_minor=200)], reason="Chipped")
    with pytest.raises(Denied):
        till.give_back([slip], actor=make.actor(make.staff(sale.store)), at=make.AT)
    back = make.accepted(till.give_back([slip], actor=make.actor(make.manager(sale.store)), at=make.AT))
    assert (back.total_minor, back.supervisor is not None) == (200, True)
    line.refresh_from_db()
    assert line.returned_quantity == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"items": []}, EmptyBasket),
        ({"items": [ReturnItem(0, sale_line_id=1)]}, QuantityNotAboveZero),
        ({"items": [ReturnItem(-1, sale_line_id=1)]}, QuantityNotAboveZero),
        ({"items": [ReturnItem(10**15 + 1, sale_line_id=1)]}, AmountOutOfRange),
        ({"items": [ReturnItem(1, sale_line_id=999)]}, Missing),
        ({"items": [ReturnItem(1, sale_line_id=2**63)]}, Missing),
        ({"items": [ReturnItem(1, product_id=999)]}, Missing),
        ({"items": [ReturnItem(1, product_id=2**63)]}, Missing),
        ({"items": [ReturnItem(1)]}, Missing),
        ({"items": [ReturnItem(1, product_id=1, amount_minor=2**63)]}, AmountOutOfRange),
        ({"store_id": 999}, Missing),
        ({"customer_id": 2**63}, Missing),
        ({"number": "\n"}, NotANumber),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(change: dict[str, Any], error: type[Exception]) -> None:
    sale = sold(3)
    before = picture.of_everything()
    slip = make.slip(sale, 1, reason="Broken")._replace(**change)
    if slip.items and slip.items[0].product_id == 1:
        slip = slip._replace(items=[slip.items[0]._replace(product_id=SaleLine.objects.get().product_id)])
    assert errors_of(till.give_back([slip], actor=make.console(), at=make.AT)) == [error]
    after = picture.of_everything()
    changed = [table for table in before if before[table] != after[table]]
    assert set(changed) <= {"books_account", "books_location"}


def test_a_line_of_another_store_cannot_be_returned_here() -> None:
    sale, other = sold(3), make.store()
    slip = make.slip(sale, 1)._replace(store_id=other.pk)
    answers = till.give_back([slip], actor=make.actor(make.staff(other)), at=make.AT)
    assert errors_of(answers) == [Missing]
    assert SaleLine.objects.get().returned_quantity == 0


def test_only_who_works_in_the_store_takes_goods_back() -> None:
    sale, other = sold(3), make.store()
    strangers = [make.customer(), make.staff(other), make.manager(other), make.auditor()]
    for actor in [make.visitor(), *map(make.actor, strangers)]:
        with pytest.raises(Denied):
            till.give_back([make.slip(sale, 1)], actor=actor, at=make.AT)
    assert not Return.objects.exists()


def test_an_archived_product_can_be_given_back() -> None:
    sale = sold(3)
    catalog.archive_product(SaleLine.objects.get().product_id, actor=make.console(), at=make.AT)
    assert make.given_back(sale, 3).total_minor == 750


def test_a_number_that_comes_again_is_the_same_return() -> None:
    sale = sold(10)
    slip = make.slip(sale, 2, number="R-1")
    first = make.accepted(till.give_back([slip], actor=make.console(), at=make.AT))
    again = make.accepted(till.give_back([slip], actor=make.console(), at=make.AT))
    assert first == again == Return.objects.get()
    assert SaleLine.objects.get().returned_quantity == 2
    assert AuditEvent.objects.filter(action="till.given_back").count() == 1


def test_a_number_that_stands_twice_in_one_list_is_counted_once() -> None:
    sale = sold(10)
    line = SaleLine.objects.get()
    slip = ReturnDraft(sale.store_id, [ReturnItem(2, line.pk, amount_minor=500)], number="R-1", reason="Chipped")
    first, twin = till.give_back([slip, slip], actor=make.console(), at=make.AT)
    assert first == twin == Return.objects.get()
    line.refresh_from_db()
    assert line.returned_quantity == 2
    assert books.balance_of(chart.revenue(sale.store_id)) == 2000


def test_a_service_is_given_back_without_a_shelf() -> None:
    store = make.store()
    repair = make.product(stocked=False, price_minor=4000)
    sale = make.sale(store, (repair, 1))
    assert make.given_back(sale, 1).total_minor == 4000
    assert books.levels_of(repair.pk) == {}
    assert books.balance_of(chart.revenue(store.pk)) == 0


def test_one_slip_brings_back_lines_of_several_sales_in_parts() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    first, second = make.sale(store, (mug, 1)), make.sale(store, (mug, 2))
    lines = [first.lines.get().pk, second.lines.get().pk]
    items = [ReturnItem(1, lines[0]), ReturnItem(1, lines[1], continues=True), ReturnItem(1, lines[1])]
    back = make.accepted(till.give_back([ReturnDraft(store.pk, items)], actor=make.console(), at=make.AT))
    places = back.lines.order_by("position", "part").values_list("position", "part", "sale_line_id")
    assert list(places) == [(1, 0, lines[0]), (1, 1, lines[1]), (2, 0, lines[1])]
    assert back.total_minor == 750
