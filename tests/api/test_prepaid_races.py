"""Sellers at work at the same time: reconcile never cries wolf, nobody sells once made inactive, credit is exact."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections, transaction

from tests import make
from tests.api.caller import Caller, problem_of
from tests.threads import together
from tradepost.books import services as books
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import ChargeSale, Seller

pytestmark = pytest.mark.django_db

SELLING, CALLS = 4, 200


def sale_of(seller: Seller, amount: str = "0.01", number: str = "09121234567") -> dict[str, Any]:
    """The body of a charge."""
    return {"seller_id": seller.pk, "phone_number": number, "amount": amount}


@contextmanager
def at_work(works: list[Callable[[], Any]]) -> Iterator[list[Any]]:
    """Threads that do their work again and again until the block ends; what they answered."""
    done, answers = threading.Event(), []

    def work(call: Callable[[], Any]) -> None:
        try:
            while not done.is_set():
                answers.append(call())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(call,), daemon=True) for call in works]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        done.set()
        for thread in threads:
            thread.join(60)


def selling(seller: Seller, *, rows: int = 0) -> Callable[[], Any]:
    """A call that sells for this seller, one charge or a list of them."""
    caller = Caller(make.login_of(seller))
    return lambda: caller.post("charge-sales/", [sale_of(seller)] * rows or sale_of(seller))


def test_two_hundred_reconciles_while_four_sell_raise_no_false_alarm() -> None:
    sellers = [make.seller(credit_minor=10**8) for _ in range(2)]
    auditor, own = Caller(make.auditor()), Caller(make.login_of(sellers[0]))
    works = [selling(sellers[i % 2], rows=5 * (i // 2)) for i in range(SELLING)]
    with at_work(works) as sold:
        for i in range(CALLS // 2):
            found = own.get(f"sellers/{sellers[0].pk}/reconcile/").json()
            assert found["is_reconciled"], found
            assert found["current_balance"] == found["calculated_from_transactions"]
            for found in auditor.get("sellers/reconcile/").json()["results"]:
                assert (found["is_reconciled"], found["difference"]) == (True, "0.00"), (i, found)
    assert len(sold) > SELLING, "nobody sold meanwhile, so nothing was shown"
    assert {answer.status_code for answer in sold} == {200, 201}


def test_a_balance_and_a_sum_read_one_after_the_other_would_cry_wolf() -> None:
    """The control of the test above: what a reconcile without a snapshot sees when a sale comes in between."""
    seller = make.seller(credit_minor=1000)
    caller = Caller(make.login_of(seller))
    before = caller.get(f"sellers/{seller.pk}/balance/").json()["credit_balance"]
    make.charge(seller, 100)
    after = caller.get(f"sellers/{seller.pk}/reconcile/").json()
    assert (before, after["calculated_from_transactions"], after["is_reconciled"]) == ("10.00", "9.00", True)


def test_a_sale_that_waits_for_the_seller_to_be_made_inactive_is_refused() -> None:
    """Being active is checked under the lock: a sale asked for before the commit does not slip through after it."""
    seller = make.seller(credit_minor=1000)
    caller, changed = Caller(make.login_of(seller)), threading.Event()

    def shut() -> None:
        with transaction.atomic():
            prepaid.change_seller(seller.pk, {"active": False}, actor=make.console(), at=make.AT)
            changed.set()
            threading.Event().wait(0.5)  # the sale comes now

    def sell() -> Any:
        changed.wait(30)
        return caller.post("charge-sales/", sale_of(seller))

    _, answer = together([shut, sell])
    problem_of(answer, 409, "seller_inactive")
    assert not ChargeSale.objects.exists()


def test_nobody_sells_any_more_once_the_change_was_answered() -> None:
    seller, boss = make.seller(credit_minor=10**8), Caller(make.admin())
    with at_work([selling(seller) for _ in range(SELLING)]) as answers:
        while len(answers) < 2 * SELLING:
            threading.Event().wait(0.01)
        assert boss.patch(f"sellers/{seller.pk}/", {"active": False}).status_code == 200
        sold = ChargeSale.objects.count()
    assert ChargeSale.objects.count() == sold
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(answer.status_code == 201 for answer in answers) == sold


def test_a_limit_lowered_while_four_sell_is_never_passed() -> None:
    seller, boss = make.seller(limit_minor=10**6), Caller(make.admin())
    path = f"sellers/{seller.pk}/"
    with at_work([selling(seller, rows=3 * (i % 2)) for i in range(SELLING)]) as answers:
        while len(answers) < 2 * SELLING:
            threading.Event().wait(0.01)
        debt = -float(boss.get(f"{path}balance/").json()["credit_balance"])
        tight, exact = boss.patch(path, {"limit": f"{debt - 0.01:.2f}"}), boss.patch(path, {"limit": f"{debt + 1:.2f}"})
        problem_of(tight, 409, "limit_below_debt")
        assert exact.status_code in {200, 409}, exact.content
    shown = boss.get(path).json()
    assert float(shown["credit_balance"]) >= -float(shown["limit"])
    for proof in (books.reconcile(), books.verify()):
        assert proof.ok, proof.differences


def test_credit_approved_by_sixteen_at_once_is_credited_once_while_it_is_sold() -> None:
    seller = make.seller(credit_minor=1000)
    asked = make.credit_request(seller, 500)
    bosses = [Caller(make.admin()) for _ in range(16)]
    body = {"action": "approve"}
    calls = [lambda boss=boss: boss.post(f"credit-requests/{asked.pk}/process/", body) for boss in bosses]
    with at_work([selling(seller)]) as sold:
        answers: list[Any] = together(calls)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    found = bosses[0].get(f"sellers/{seller.pk}/reconcile/").json()
    spent = sum(answer.status_code == 201 for answer in sold)
    assert (found["current_balance"], found["is_reconciled"]) == (f"{(1500 - spent) / 100:.2f}", True)
    assert found["total_transactions"] == spent + 2
