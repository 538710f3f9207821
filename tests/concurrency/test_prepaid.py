"""Credit is exact however many sell at once, by threads and by processes; the control is how it must not be done."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from django.db import connection

from tests import make
from tests.api.caller import Caller, token_of
from tests.concurrency.processes import counts_of, race, racing
from tests.concurrency.racers import PHONES, phone
from tests.prepaid.charges import assert_proved, balance_of, item, outcomes, sell
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Account, Transfer
from tradepost.funding.models import FundsRequest
from tradepost.intake.models import IdempotencyKey
from tradepost.people import queries as people
from tradepost.prepaid import queries
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller

pytestmark = pytest.mark.django_db

THREADS = 16
SALES, CREDITS = 1000, 5
PRICE, CREDIT = 500_000, 100_000_000  # 5000.00, and five times 1,000,000.00
LEFT = 250_000_000  # 2,500,000.00
ENOUGH_FOR = 30


def two_sellers() -> list[Seller]:
    """Each was given five credits, 5,000,000.00 together, by an administrator who is not the seller."""
    sellers = [make.seller(), make.seller()]
    boss = make.actor(make.admin())
    for seller in sellers:
        for _ in range(CREDITS):
            make.decided(make.credit_request(seller, CREDIT), by=boss)
    return sellers


def token(seller: Seller) -> str:
    return token_of(make.login_of(seller))


def assert_scenario_is_exact(sellers: Sequence[Seller]) -> None:
    """Both at 2,500,000.00, each phone charged ten times, everything reconciled, everything documented once."""
    assert [balance_of(seller) for seller in sellers] == [LEFT, LEFT]
    found = queries.reconcile_all(make.console())
    assert [(one.is_reconciled, one.total_transactions) for one in found] == [(True, CREDITS + SALES // 2)] * 2
    numbers = {one.pk: one.number for one in queries.phone_numbers(make.console())}
    totals = {numbers[pk]: total for pk, total in queries.charged_of(numbers, make.console()).items()}
    assert totals == {phone(number): SALES // PHONES * PRICE for number in range(PHONES)}
    assert {books.balance_of(chart.phone(one.pk)) for one in PhoneNumber.objects.all()} == {10 * PRICE}
    assert FundsRequest.objects.filter(state="approved").count() == 2 * CREDITS
    assert_sold(SALES)


def assert_sold(sales: int) -> None:
    """As many documents, transfers and kept answers as were sold, and books that are proved."""
    assert ChargeSale.objects.count() == Transfer.objects.filter(posting__kind=queries.CHARGE).count() == sales
    assert IdempotencyKey.objects.filter(status=201).count() == IdempotencyKey.objects.count() == sales
    assert_proved()


def by_threads(sellers: Sequence[Seller], tries: int) -> Counter[int]:
    """So many charges sent by sixteen threads to the API in this process; how often each status was answered."""
    numbers, tokens = count(), [token(seller) for seller in sellers]

    def send() -> list[int]:
        callers, statuses = [Caller(token=one) for one in tokens], []
        while (i := next(numbers)) < tries:
            place = i % len(sellers)
            body = {"seller_id": sellers[place].pk, "phone_number": phone(i // len(sellers)), "amount": "5000.00"}
            statuses.append(callers[place].post("charge-sales/", body, key=f"charge-{i}").status_code)
        return statuses

    answers: list[Any] = together([send] * THREADS)
    return Counter(status for statuses in answers for status in statuses)


def test_two_sellers_sell_a_thousand_charges_by_threads_and_both_end_exactly() -> None:
    sellers = two_sellers()
    assert by_threads(sellers, SALES) == {201: SALES}
    assert_scenario_is_exact(sellers)


def test_two_sellers_sell_a_thousand_by_processes_while_reconcile_never_cries_wolf(database_url: str) -> None:
    """Two hundred times and as long as they sell: kept and counted agree, and no credit is below its floor."""
    sellers, auditor = two_sellers(), make.actor(make.auditor())
    seats = [f"{seller.pk}:{token(seller)}" for seller in sellers]
    seen = set()
    with racing(database_url, "charge", "5000.00", SALES // 8, *seats) as racers:
        calls = 0
        while racers.poll() is None or calls < 200:
            for found in queries.reconcile_all(auditor):
                assert found.is_reconciled, found
                seen.add(found.current_balance_minor)
            calls += 1
        assert sum(counts_of(racers)) == SALES
    assert len(seen) > 10, "nobody sold meanwhile, so nothing was shown"
    assert_scenario_is_exact(sellers)


def test_a_thousand_tries_by_threads_sell_the_thirty_that_there_are() -> None:
    seller = make.seller(credit_minor=ENOUGH_FOR * PRICE)
    assert by_threads([seller], 1000) == {201: ENOUGH_FOR, 409: 1000 - ENOUGH_FOR}
    assert balance_of(seller) == 0
    assert_sold(ENOUGH_FOR)


def test_a_thousand_tries_by_processes_sell_the_thirty_that_there_are(database_url: str) -> None:
    seller = make.seller(credit_minor=ENOUGH_FOR * PRICE)
    assert sum(race(database_url, "charge", "5000.00", 125, f"{seller.pk}:{token(seller)}")) == ENOUGH_FOR
    assert balance_of(seller) == 0
    assert_sold(ENOUGH_FOR)


def test_control_credit_without_the_guard_is_sold_again_and_again() -> None:
    """Read, decide, write back: how it must not be done. All read before anybody writes."""
    seller = make.seller(credit_minor=ENOUGH_FOR)
    (first,) = sell(item(seller, 1))
    account = Account.objects.get(code=chart.credit(seller.pk))
    sold = Transfer.objects.get(source=account)
    everybody_has_read = threading.Barrier(2 * ENOUGH_FOR)

    def sell_unguarded() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance_minor FROM books_account WHERE id = %s", [account.pk])
            (balance,) = cursor.fetchone()
            everybody_has_read.wait(30)
            if balance >= 1:
                cursor.execute("UPDATE books_account SET balance_minor = %s WHERE id = %s", [balance - 1, account.pk])
                cursor.execute(
                    "INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor,"
                    " source_after_minor) VALUES (%s, %s, %s, 1, %s)",
                    [sold.posting_id, account.pk, sold.destination_id, balance - 1],
                )

    assert together([sell_unguarded] * (2 * ENOUGH_FOR)) == [None] * (2 * ENOUGH_FOR)
    assert outcomes([first]) == ["sold"]
    found = queries.reconcile(seller.pk, make.console())
    assert (found.is_reconciled, found.current_balance_minor) == (False, ENOUGH_FOR - 2)
    assert found.total_transactions == 2 * ENOUGH_FOR + 2, "twice as many were sold as there were"
    assert not engine.reconcile().ok


def test_crossing_batches_of_many_sellers_and_new_numbers_all_go_through(database_url: str) -> None:
    """Seven processes sell in orders of their own, to numbers nobody charged before; one changes the limits."""
    sellers, batches = [make.seller(credit_minor=10_000) for _ in range(12)], 12
    counts = race(database_url, "cross", batches, *(seller.pk for seller in sellers))
    assert sorted(counts) == [0] + [batches * 3 * len(sellers)] * 7
    assert {balance_of(seller) for seller in sellers} == {10_000 - 7 * batches * 3}
    assert PhoneNumber.objects.count() == Account.objects.filter(code__startswith="~phone:").count() <= PHONES
    totals = queries.charged_of(PhoneNumber.objects.values_list("pk", flat=True), make.console())
    assert totals == {number: books.balance_of(chart.phone(number)) for number in totals}
    assert_proved()


def work_until(done: threading.Event, call: Callable[[], str]) -> list[str]:
    answers = []
    while not done.is_set():
        answers.append(call())
    return answers


def test_nothing_is_sold_after_a_seller_was_made_inactive() -> None:
    """Every sale stands before the change in the order of the database, whatever its caller had read."""
    seller = make.seller(credit_minor=10**6)
    actor, done = people.actor_for(make.login_of(seller), face="test"), threading.Event()

    def shut() -> list[str]:
        while ChargeSale.objects.count() < THREADS:
            threading.Event().wait(0.01)
        prepaid.change_seller(seller.pk, {"active": False}, actor=make.console(), at=make.AT)
        last = str(ChargeSale.objects.count())
        threading.Event().wait(0.3)
        done.set()
        return [last]

    def keep_selling() -> list[str]:
        return work_until(done, lambda: outcomes(sell(item(seller, 1), by=actor))[0])

    results: list[Any] = together([shut, *[keep_selling] * 7])
    (last,), answers = results[0], results[1:]
    told = Counter(outcome for answer in answers for outcome in answer)
    assert set(told) == {"sold", "SellerInactive"}
    assert ChargeSale.objects.count() == int(last) == told["sold"]
    assert balance_of(seller) == 10**6 - told["sold"]


def test_control_a_seller_looked_at_without_the_lock_sells_on() -> None:
    """Read that it is active, wait, sell: in between it was made inactive, and the sale stands all the same."""
    seller = make.seller(credit_minor=1000)
    number = make.charge(seller).phone_number_id
    has_read, is_shut = threading.Event(), threading.Event()

    def sell_unguarded() -> bool:
        active = Seller.objects.get(pk=seller.pk).active
        has_read.set()
        is_shut.wait(30)
        if active:
            engine.post_one(make.payment(chart.credit(seller.pk), chart.phone(number), 100))
        return active

    def shut() -> bool:
        has_read.wait(30)
        prepaid.change_seller(seller.pk, {"active": False}, actor=make.console(), at=make.AT)
        is_shut.set()
        return True

    assert together([sell_unguarded, shut]) == [True, True]
    assert balance_of(seller) == 800
