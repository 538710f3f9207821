"""`once`: a key is answered once for ever; only what succeeded is kept, in the transaction of the change itself."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from tests import make
from tradepost.books import queries as books
from tradepost.books import services as books_services
from tradepost.books.errors import InsufficientFunds
from tradepost.intake import services as intake
from tradepost.intake.errors import KeyMismatch, KeyTooLong
from tradepost.intake.models import IdempotencyKey
from tradepost.intake.services import Answer
from tradepost.lib import clock
from tradepost.lib.actor import Actor

pytestmark = pytest.mark.django_db


def pay(key: str | None, amount: int, actor: Actor, wallet: str, digest: str = "digest") -> Answer:
    def call() -> Answer:
        receipt = books_services.post_one(make.payment(wallet, "hold:1", amount))
        return Answer(201, {"id": receipt.posting_id, "amount": Decimal("1.50")})

    return intake.once(key, digest, actor, call)


def test_the_first_answer_is_given_again() -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    first = pay("key", 10, console, wallet)
    again = pay("key", 10, console, wallet)
    assert (first.status, first.replayed, again.status, again.replayed) == (201, False, 201, True)
    assert again.body == {"id": first.body["id"], "amount": "1.50"}
    assert books.balance_of("hold:1") == 10


def test_another_request_under_the_key_is_refused_and_does_nothing() -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    pay("key", 10, console, wallet)
    with pytest.raises(KeyMismatch):
        pay("key", 20, console, wallet, digest="another")
    assert books.balance_of("hold:1") == 10
    assert pay("key", 10, console, wallet).replayed


def test_keys_are_everybodys_own() -> None:
    wallet = make.funded_wallet(100)
    actors = [make.console(), make.actor(make.customer()), make.actor(make.customer())]
    assert [pay("key", 10, actor, wallet).replayed for actor in actors] == [False, False, False]
    assert [pay("key", 10, actor, wallet).replayed for actor in actors] == [True, True, True]
    assert books.balance_of("hold:1") == 30


def test_a_refusal_is_not_kept_and_the_request_is_judged_anew() -> None:
    console, wallet = make.console(), make.funded_wallet(5)
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            pay("key", 10, console, wallet)
        assert not IdempotencyKey.objects.exists()
    books_services.post_one(make.payment("~bank", wallet, 5))
    assert not pay("key", 10, console, wallet).replayed
    assert pay("key", 10, console, wallet).replayed


def test_a_crash_in_the_middle_leaves_neither_key_nor_change() -> None:
    console, wallet = make.console(), make.funded_wallet(100)

    def crash() -> Answer:
        books_services.post_one(make.payment(wallet, "hold:1", 10))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        intake.once("key", "digest", console, crash)
    assert not IdempotencyKey.objects.exists()
    assert (books.balance_of(wallet), books.balance_of("hold:1")) == (100, 0)
    assert not pay("key", 10, console, wallet).replayed


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_everything_happens_every_time(key: str | None) -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    assert [pay(key, 10, console, wallet).replayed for _ in range(3)] == [False] * 3
    assert books.balance_of("hold:1") == 30


@pytest.mark.parametrize("key", ["k" * 201, "two\nlines", "nul\0", "\u2028"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(KeyTooLong):
        pay(key, 10, make.console(), "wallet:1")
    assert not IdempotencyKey.objects.exists()


def test_a_key_of_two_hundred_characters_will_do() -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    assert not pay("ключ" * 50, 10, console, wallet).replayed
    assert pay("ключ" * 50, 10, console, wallet).replayed


def test_it_is_the_outermost_transaction() -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        pay("key", 10, console, wallet)


def test_old_keys_are_forgotten_a_few_at_a_time() -> None:
    console, wallet = make.console(), make.funded_wallet(100)
    for i in range(5):
        pay(f"key-{i}", 10, console, wallet)
    now = clock.now()
    IdempotencyKey.objects.exclude(key="key-4").update(created_at=now - timedelta(days=30, seconds=1))
    assert intake.forget_old_keys(at=now, limit=3) == 3
    assert intake.forget_old_keys(at=now) == 1
    assert IdempotencyKey.objects.get().key == "key-4"
    assert not pay("key-0", 10, console, wallet).replayed


def test_equal_requests_have_equal_digests() -> None:
    first = intake.digest_of("POST", "/api/sales/", {"a": 1, "b": [Decimal("1.5"), make.AT]})
    assert first == intake.digest_of("POST", "/api/sales/", {"b": [Decimal("1.5"), make.AT], "a": 1})
    others = [("POST", "/api/sales/", {"a": 1}), ("PUT", "/api/sales/", {"a": 1, "b": [Decimal("1.5"), make.AT]})]
    assert first not in {intake.digest_of(*parts) for parts in others}
    assert len(first) == 64
