"""A hundred at once for what is enough for thirty: thirty get it. Each race has its control, the guard taken away."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from tests import make
from tests.threads import together
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.books.errors import InsufficientFunds, InsufficientStock
from tradepost.books.models import Account, Level, Movement, Posting, Transfer
from tradepost.books.services import Receipt
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.till import queries as till_queries
from tradepost.till import services as till
from tradepost.till.errors import NothingLeftToReturn
from tradepost.till.models import AverageCost, Return, Sale, SaleLine

pytestmark = pytest.mark.django_db

ENOUGH_FOR, TRIES = 30, 100


def outcomes(results: list[object]) -> Counter[str]:
    """How often each kind of refusal came, or `done`; what is neither is raised."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(
            result, InsufficientFunds | InsufficientStock | NothingLeftToReturn
        ):
            raise result
    return Counter(type(result).__name__ if isinstance(result, Exception) else "done" for result in results)


def assert_proved() -> None:
    for found in (books.reconcile(), books.verify()):
        assert found.ok, found.differences


def test_a_hundred_threads_spend_what_is_there_and_no_more() -> None:
    wallet, console = make.funded_wallet(ENOUGH_FOR), make.console()
    drafts = [make.payment(wallet, "hold:1", 1, actor=console) for _ in range(TRIES)]
    results = together([lambda draft=draft: books.post_one(draft) for draft in drafts])  # type: ignore[misc]
    assert outcomes(list(results)) == {"done": ENOUGH_FOR, "InsufficientFunds": TRIES - ENOUGH_FOR}
    assert (queries.balance_of(wallet), queries.balance_of("hold:1")) == (0, ENOUGH_FOR)
    assert Transfer.objects.filter(destination__code="hold:1").count() == ENOUGH_FOR
    assert_proved()


def test_a_hundred_tills_sell_what_is_on_the_shelf_and_no_more() -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, ENOUGH_FOR)

    def sell() -> Answer:
        def call() -> Answer:
            sale = make.accepted(till.ring_up([make.basket(store, (goods, 1))], actor=console, at=make.AT))
            return Answer(201, sale.number)

        return intake.once(None, "digest", console, call)

    assert outcomes(list(together([sell] * TRIES))) == {"done": ENOUGH_FOR, "InsufficientStock": TRIES - ENOUGH_FOR}
    assert (Sale.objects.count(), SaleLine.objects.count()) == (ENOUGH_FOR, ENOUGH_FOR)
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 0
    assert queries.balance_of(chart.revenue(store.pk)) == ENOUGH_FOR * goods.price_minor
    assert_proved()


def test_control_money_without_the_guard_is_spent_again_and_again() -> None:
    """Read, decide, write back: how it must not be done. All read before anybody writes."""
    wallet = make.funded_wallet(ENOUGH_FOR)
    books.post_one(make.payment(chart.BANK, "hold:1", 1))
    source, destination = Account.objects.get(code=wallet), Account.objects.get(code="hold:1")
    posting = Posting.objects.latest("id").pk
    everybody_has_read = threading.Barrier(2 * ENOUGH_FOR)

    def spend() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance_minor FROM books_account WHERE id = %s", [source.pk])
            (balance,) = cursor.fetchone()
            everybody_has_read.wait(30)
            if balance >= 1:
                cursor.execute("UPDATE books_account SET balance_minor = %s WHERE id = %s", [balance - 1, source.pk])
                cursor.execute(
                    "INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor,"
                    " source_after_minor, destination_after_minor) VALUES (%s, %s, %s, 1, %s, 1)",
                    [posting, source.pk, destination.pk, balance - 1],
                )

    assert outcomes(list(together([spend] * (2 * ENOUGH_FOR)))) == {"done": 2 * ENOUGH_FOR}
    assert Transfer.objects.filter(source=source).count() == 2 * ENOUGH_FOR
    assert queries.balance_of(wallet) == ENOUGH_FOR - 1
    assert {found["table"] for found in books.reconcile().differences} == {"books_account"}
    assert not books.verify().ok


def test_control_goods_without_the_guard_are_sold_again_and_again() -> None:
    store = make.store()
    goods = make.stocked_product(store, ENOUGH_FOR)
    level, first = Level.objects.get(product=goods), Movement.objects.get(product=goods)
    everybody_has_read = threading.Barrier(2 * ENOUGH_FOR)

    def sell() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT quantity FROM books_level WHERE id = %s", [level.pk])
            (quantity,) = cursor.fetchone()
            everybody_has_read.wait(30)
            if quantity >= 1:
                cursor.execute("UPDATE books_level SET quantity = %s WHERE id = %s", [quantity - 1, level.pk])
                cursor.execute(
                    "INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity,"
                    " source_after) VALUES (%s, %s, %s, %s, 1, %s)",
                    [first.posting_id, goods.pk, first.destination_id, first.source_id, quantity - 1],
                )

    assert outcomes(list(together([sell] * (2 * ENOUGH_FOR)))) == {"done": 2 * ENOUGH_FOR}
    assert Movement.objects.filter(product=goods).count() - 1 == 2 * ENOUGH_FOR
    assert queries.level_of(goods.pk, chart.store(store.pk)) == ENOUGH_FOR - 1
    assert {found["table"] for found in books.reconcile().differences} == {"books_level"}


def test_crossing_transfers_neither_deadlock_nor_get_lost() -> None:
    console = make.console()
    there, back = make.funded_wallet(1000), make.funded_wallet(1000)

    def cross(source: str, destination: str) -> Callable[[], int]:
        drafts = [make.payment(source, destination, 1, actor=console) for _ in range(25)]
        return lambda: len([books.post_one(draft) for draft in drafts])

    results = together([cross(there, back) if i % 2 else cross(back, there) for i in range(16)])
    assert results == [25] * 16
    assert (queries.balance_of(there), queries.balance_of(back)) == (1000, 1000)
    assert Transfer.objects.filter(source__code__in=[there, back]).count() == 400
    assert_proved()


def test_the_balances_of_an_account_that_many_open_at_once_follow_its_ids() -> None:
    console = make.console()
    for number in range(1, 9):
        code = chart.wallet(number)
        drafts = [make.payment(chart.BANK, code, 1, actor=console) for _ in range(8)]
        receipts = together([lambda draft=draft: books.post_one(draft) for draft in drafts])  # type: ignore[misc]
        assert all(isinstance(receipt, Receipt) for receipt in receipts), receipts
        kept = Transfer.objects.filter(destination__code=code)
        for order in ("id", "posting_id"):
            assert list(kept.order_by(order).values_list("destination_after_minor", flat=True)) == [*range(1, 9)]
    assert_proved()


def test_batches_over_many_accounts_and_shelves_in_any_order_all_go_through() -> None:
    store, console = make.store(), make.console()
    wallets = [make.funded_wallet(1000) for _ in range(6)]
    goods = [make.stocked_product(store, 1000) for _ in range(6)]
    shelf = chart.store(store.pk)

    def shuffled(seed: int) -> Callable[[], int]:
        dice = random.Random(seed)
        batches = []
        for _ in range(10):
            drafts = [make.payment(*_two(dice, wallets), 1, actor=console) for _ in range(4)]
            drafts += [
                make.movement(one, shelf, f"stall:{dice.randrange(4)}", 1, actor=console)
                for one in dice.sample(goods, 4)
            ]
            dice.shuffle(drafts)
            batches.append(drafts)
        return lambda: sum(isinstance(answer, Receipt) for drafts in batches for answer in books.post(drafts))

    assert together([shuffled(seed) for seed in range(8)]) == [80] * 8
    assert sum(queries.balance_of(code) for code in wallets) == 6000
    assert_proved()


def _two(dice: random.Random, wallets: list[str]) -> tuple[str, str]:
    source, destination = dice.sample(wallets, 2)
    return source, destination


def test_the_same_key_at_once_is_one_sale_and_sixteen_equal_answers() -> None:
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 100)
    digest = intake.digest_of("sell", goods.pk)

    def sell() -> Answer:
        def call() -> Answer:
            sale = make.accepted(till.ring_up([make.basket(store, (goods, 2))], actor=console, at=make.AT))
            return Answer(201, {"number": sale.number, "total": sale.total_minor})

        return intake.once("the-same-key", digest, console, call)

    answers = [answer for answer in together([sell] * 16) if isinstance(answer, Answer)]
    assert len(answers) == 16
    assert [(answer.status, answer.body) for answer in answers] == [(201, answers[0].body)] * 16
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 15
    assert Sale.objects.get().number == answers[0].body["number"]
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 98


def test_the_same_posting_key_at_once_is_booked_once() -> None:
    wallet = make.funded_wallet(100)
    draft = make.payment(wallet, "hold:1", 10)
    receipts = [receipt for receipt in together([lambda: books.post_one(draft)] * 16) if isinstance(receipt, Receipt)]
    assert len(receipts) == 16
    assert sorted(receipt.replayed for receipt in receipts) == [False] + [True] * 15
    assert [receipt._replace(replayed=False) for receipt in receipts] == [receipts[0]._replace(replayed=False)] * 16
    assert queries.balance_of(wallet) == 90


def test_returns_of_one_line_at_once_never_exceed_what_was_sold() -> None:
    store, console = make.store(), make.console()
    sale = make.sale(store, (make.stocked_product(store, 10), 5))
    slip = make.slip(sale, 2)

    def give_back() -> Return:
        return make.accepted(till.give_back([slip], actor=console, at=make.AT))

    assert outcomes(list(together([give_back] * 8))) == {"done": 2, "NothingLeftToReturn": 6}
    line = SaleLine.objects.get()
    assert line.returned_quantity == 4 == sum(line.returns.values_list("quantity", flat=True))
    assert queries.balance_of(chart.revenue(store.pk)) == line.unit_price_minor
    assert_proved()


def test_one_return_sent_twice_at_once_is_counted_once() -> None:
    """Twins by number without an idempotency key: the second may be refused, but never counts a second time."""
    store, console = make.store(), make.console()
    sale = make.sale(store, (make.stocked_product(store, 10), 10))
    slip = make.slip(sale, 2, number="R-the-same")

    def give_back() -> Return:
        return make.accepted(till.give_back([slip], actor=console, at=make.AT))

    results = together([give_back] * 6)
    assert any(isinstance(result, Return) for result in results)
    line = SaleLine.objects.get()
    assert (Return.objects.count(), line.returned_quantity) == (1, 2)
    assert queries.level_of(line.product_id, chart.store(store.pk)) == 2
    assert_proved()


def test_deliveries_at_once_keep_the_average_cost() -> None:
    store, console = make.store(), make.console()
    goods = make.product(cost_minor=0)
    costs = [100, 300, 500, 700, 900, 1100, 1300, 1500]

    def receive(cost: int) -> Callable[[], int]:
        draft = till.EntryDraft(store.pk, [till.EntryItem(goods.pk, 10, cost)])
        return lambda: len(till.receive([draft], actor=console, at=make.AT))

    assert together([receive(cost) for cost in costs]) == [1] * 8
    average = till_queries.average_cost(store.pk, goods.pk)
    assert average is not None
    assert abs(average - sum(costs) * 10_000 // 80) <= len(costs)  # each delivery may round by one ten-thousandth
    assert AverageCost.objects.count() == 1
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 80
