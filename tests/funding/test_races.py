"""Sixteen at once about one request: one of them decides it. Withdrawals at once take what is there and no more."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from django.db import connection

from tests import make
from tests.funding.asks import assert_proved, balance_of, held_by
from tests.threads import together
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.errors import InsufficientFunds
from tradepost.books.models import Transfer
from tradepost.books.services import post_one
from tradepost.funding import queries
from tradepost.funding import services as funding
from tradepost.funding.errors import AlreadyDecided
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import Decision
from tradepost.intake import services as intake
from tradepost.intake.services import Answer

pytestmark = pytest.mark.django_db

DECIDERS = 16


def outcomes(results: Sequence[object]) -> Counter[str]:
    """How often each refusal of ours came, or `done`; anything else is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, AlreadyDecided | InsufficientFunds):
            raise result
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


def decider(request: FundsRequest, *, approve: bool) -> Callable[[], Answer]:
    """An administrator of their own, who decides in a request of their own."""
    actor = make.actor(make.admin())

    def call() -> Answer:
        (answer,) = funding.decide([Decision(request.pk, approve)], actor=actor, at=make.AT)
        if isinstance(answer, funding.Refusal):
            raise answer.error
        return Answer(200, answer.state)

    return lambda: intake.once(None, "digest", actor, call)


@pytest.mark.parametrize("kind", ["deposit", "withdrawal"])
def test_sixteen_deciders_at_once_decide_once_and_money_moves_once(kind: str) -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    for _ in range(4):
        request = (make.deposit_request if kind == "deposit" else make.withdrawal_request)(ann, 100)
        before = balance_of(request)
        results = together([decider(request, approve=i % 2 == 0) for i in range(DECIDERS)])
        assert outcomes(results) == {"done": 1, "AlreadyDecided": DECIDERS - 1}
        (won,) = [result.body for result in results if isinstance(result, Answer)]
        request.refresh_from_db()
        assert request.state == won
        gained = {("deposit", "approved"): 100, ("withdrawal", "rejected"): 100}.get((kind, won), 0)
        assert balance_of(request) == before + gained
        assert held_by(request) == 0
        booked = Transfer.objects.filter(posting__key__startswith=f"funding:{request.pk}:").exclude(
            posting__key__endswith=":asked"
        )
        assert booked.count() == (0 if (kind, won) == ("deposit", "rejected") else 1)
    assert_proved()


def test_control_without_the_lock_a_request_is_decided_again_and_again() -> None:
    """Read, decide, write back: how it must not be done. All read before anybody writes."""
    request = make.deposit_request(amount_minor=100)
    everybody_has_read = threading.Barrier(DECIDERS)
    drafts = [make.payment(chart.BANK, request.account, 100) for _ in range(DECIDERS)]

    def decide(number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT state FROM funding_fundsrequest WHERE id = %s", [request.pk])
            (state,) = cursor.fetchone()
        everybody_has_read.wait(30)
        if state == "pending":
            post_one(drafts[number])

    together([lambda number=number: decide(number) for number in range(DECIDERS)])  # type: ignore[misc]
    assert balance_of(request) == 100 * DECIDERS


def test_lists_that_cross_decide_each_request_once() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 10_000)
    asked = [ask(ann, 100) for _ in range(10) for ask in (make.deposit_request, make.withdrawal_request)]
    numbers = [request.pk for request in asked]

    def decide(shift: int) -> Callable[[], int]:
        actor = make.actor(make.admin())
        turned = numbers[shift:] + numbers[:shift]
        decisions = [Decision(number, approve=shift % 2 == 0) for number in (turned if shift % 3 else turned[::-1])]
        return lambda: sum(
            isinstance(answer, FundsRequest) for answer in funding.decide(decisions, actor=actor, at=make.AT)
        )

    counts = together([decide(shift) for shift in range(8)])
    assert sum(count for count in counts if isinstance(count, int)) == len(numbers)
    assert not FundsRequest.objects.filter(state="pending").exists()
    assert books.balance_of(chart.wallet(ann.pk)) + sum(map(held_by, asked)) == -books.balance_of(chart.BANK)
    assert_proved()


def test_withdrawals_that_together_exceed_the_wallet_take_what_is_there() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    actor = make.actor(ann)

    def ask() -> Answer:
        def call() -> Answer:
            return Answer(201, funding.request_withdrawal(150, actor=actor, at=make.AT).pk)

        return intake.once(None, "digest", actor, call)

    assert outcomes(together([ask] * 20)) == {"done": 6, "InsufficientFunds": 14}
    assert queries.wallet_of(actor) == (100, 900)
    assert FundsRequest.objects.filter(kind="withdrawal").count() == 6
    assert_proved()


def test_the_same_key_at_once_is_one_request_and_sixteen_equal_answers() -> None:
    actor = make.actor(make.customer())

    def ask() -> Answer:
        def call() -> Answer:
            return Answer(201, funding.request_deposit(150, actor=actor, at=make.AT).pk)

        return intake.once("the-same-key", "digest", actor, call)

    answers = [answer for answer in together([ask] * DECIDERS) if isinstance(answer, Answer)]
    assert [(answer.status, answer.body) for answer in answers] == [(201, FundsRequest.objects.get().pk)] * DECIDERS
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * (DECIDERS - 1)
