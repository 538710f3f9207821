"""`once_each`: what `once` promises to one request it promises to each of those that met."""

from collections.abc import Callable, Sequence

import pytest
from django.db import OperationalError

from tests import make, picture
from tests.threads import together
from tradepost.books import queries as books_queries
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.intake import services as intake
from tradepost.intake.errors import KeyMismatch
from tradepost.intake.models import IdempotencyKey
from tradepost.intake.services import Answer, Asked, Outcome
from tradepost.lib.errors import Refused

pytestmark = pytest.mark.django_db

USER = 7


def asked(*keys: str, digest: str = "digest", user_id: int = USER) -> list[Asked]:
    return [Asked(key, digest, user_id) for key in keys]


def paying(wallet: str, amounts: Sequence[int]) -> Callable[[list[int]], list[Outcome]]:
    """What is asked for: one payment each, from one wallet."""

    def call(places: list[int]) -> list[Outcome]:
        receipts = books.post([make.payment(wallet, "hold:1", amounts[i]) for i in places])
        return [
            receipt.error if isinstance(receipt, Refusal) else Answer(201, {"posting": receipt.posting_id})
            for receipt in receipts
        ]

    return call


def test_each_gets_its_answer_and_keeps_it() -> None:
    wallet = make.funded_wallet(100)
    first = intake.once_each(asked("a", "b"), paying(wallet, [10, 20]))
    again = intake.once_each(asked("b", "a"), paying(wallet, [1, 1]))
    assert [outcome.status for outcome in first if isinstance(outcome, Answer)] == [201, 201]
    assert [outcome for outcome in again if isinstance(outcome, Answer) and outcome.replayed] == again
    assert [outcome.body for outcome in again if isinstance(outcome, Answer)] == [
        outcome.body for outcome in reversed(first) if isinstance(outcome, Answer)
    ]
    assert books_queries.balance_of("hold:1") == 30


def test_twins_in_one_round_are_done_once_and_answered_alike() -> None:
    wallet = make.funded_wallet(100)
    answers = intake.once_each(asked(*["same"] * 5), paying(wallet, [10] * 5))
    assert [outcome.replayed for outcome in answers if isinstance(outcome, Answer)] == [False, *[True] * 4]
    assert len({str(outcome.body) for outcome in answers if isinstance(outcome, Answer)}) == 1
    assert (books_queries.balance_of("hold:1"), IdempotencyKey.objects.count()) == (10, 1)


def test_a_key_with_another_content_is_refused_beside_its_twin_and_against_the_store() -> None:
    wallet = make.funded_wallet(100)
    both = [*asked("key"), *asked("key", digest="another")]
    first, other = intake.once_each(both, paying(wallet, [10, 10]))
    assert isinstance(first, Answer)
    assert isinstance(other, KeyMismatch)
    late, new = intake.once_each([*asked("key", digest="another"), *asked("new")], paying(wallet, [10, 10]))
    assert isinstance(late, KeyMismatch)
    assert isinstance(new, Answer)
    assert books_queries.balance_of("hold:1") == 20


def test_keys_of_two_people_are_two_keys() -> None:
    wallet = make.funded_wallet(100)
    answers = intake.once_each([*asked("key"), *asked("key", user_id=8)], paying(wallet, [10, 10]))
    assert [isinstance(outcome, Answer) and outcome.replayed for outcome in answers] == [False, False]
    assert books_queries.balance_of("hold:1") == 20


def test_a_refused_one_keeps_no_key_and_is_judged_anew() -> None:
    wallet = make.funded_wallet(15)
    done, refused = intake.once_each(asked("a", "b"), paying(wallet, [10, 10]))
    assert isinstance(done, Answer)
    assert isinstance(refused, Refused)
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["a"]
    books.post_one(make.payment("~bank", wallet, 100))
    (anew,) = intake.once_each(asked("b"), paying(wallet, [10]))
    assert isinstance(anew, Answer)
    assert not anew.replayed


def test_where_everything_is_refused_nothing_is_left() -> None:
    wallet = make.funded_wallet(5)
    before = picture.of_everything()
    outcomes = intake.once_each(asked("a", "b"), paying(wallet, [10, 20]))
    assert all(isinstance(outcome, Refused) for outcome in outcomes)
    assert picture.of_everything() == before


def test_a_failure_leaves_nothing_of_anybody() -> None:
    wallet = make.funded_wallet(100)
    before = picture.of_everything()
    pay = paying(wallet, [10, 10])

    def call(places: list[int]) -> list[Outcome]:
        pay(places)
        raise OperationalError("the line was cut")

    with pytest.raises(OperationalError, match="cut"):
        intake.once_each(asked("a", "b"), call)
    assert picture.of_everything() == before


def test_rounds_with_crossing_keys_wait_for_each_other_and_do_each_once() -> None:
    wallet = make.funded_wallet(1000)
    keys = [f"key-{n}" for n in range(10)]
    calls = [
        lambda order=order: intake.once_each(asked(*order), paying(wallet, [1] * 10))
        for order in (keys, keys[::-1], keys[5:] + keys[:5], keys[::2] + keys[1::2])
    ]
    results = together(calls)
    assert all(isinstance(result, list) for result in results), results
    fresh = [
        outcome
        for result in results
        if isinstance(result, list)
        for outcome in result
        if isinstance(outcome, Answer) and not outcome.replayed
    ]
    assert len(fresh) == 10
    assert books_queries.balance_of("hold:1") == 10
