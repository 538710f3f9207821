"""`post`: each draft booked or refused on its own; a refusal changes nothing; a key is booked once for ever."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from tests import make, picture
from tests.statements import counted
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.books.errors import InsufficientFunds, InsufficientStock, InvalidDraft, KeyReused
from tradepost.books.models import Account, Movement, Posting, Transfer
from tradepost.books.services import Draft, Move, Pay, Receipt, Refusal
from tradepost.lib.errors import Missing

pytestmark = pytest.mark.django_db


def error_of(answer: Receipt | Refusal) -> Exception | None:
    return answer.error if isinstance(answer, Refusal) else None


def test_money_and_goods_move_together_and_the_values_after_are_kept() -> None:
    store, buyer = make.store(), make.funded_wallet(1000)
    goods = make.stocked_product(store, 5)
    draft = Draft(
        "test:1:bought",
        "test.bought",
        make.console(),
        make.AT,
        [Pay(buyer, "hold:1", 300), Pay("hold:1", chart.revenue(store.pk), 250)],
        [Move(goods.pk, chart.store(store.pk), chart.CUSTOMER_WORLD, 2)],
        "a memo",
    )
    receipt = books.post_one(draft)
    assert not receipt.replayed
    assert (receipt.transfers, receipt.movements) == ([(700, 300), (50, None)], [(3, None)])
    assert [queries.balance_of(code) for code in (buyer, "hold:1", chart.revenue(store.pk))] == [700, 50, 250]
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 3
    posting = queries.posting(receipt.posting_id, make.console())
    assert (posting.key, posting.kind, posting.at, posting.memo) == (draft.key, draft.kind, make.AT, "a memo")
    kept = Transfer.objects.filter(posting=posting).values_list("source_after_minor", "destination_after_minor")
    assert list(kept.order_by("id")) == [(700, 300), (50, None)]
    assert Movement.objects.filter(posting=posting).values_list("source_after", "destination_after").get() == (3, None)


def test_each_draft_is_judged_on_its_own_and_in_order() -> None:
    wallet, other = make.funded_wallet(100), "wallet:900001"
    answers = books.post(
        [
            make.payment(wallet, other, 60),
            make.payment(wallet, other, 60),
            make.payment(other, wallet, 10),
            make.payment(wallet, other, 50),
            make.payment(wallet, other, 0),
        ]
    )
    assert [type(error_of(answer)) for answer in answers] == [
        type(None), InsufficientFunds, type(None), type(None), InvalidDraft,
    ]  # fmt: skip
    assert (queries.balance_of(wallet), queries.balance_of(other)) == (0, 100)
    assert [answer.transfers for answer in answers if isinstance(answer, Receipt)] == [
        [(40, 60)], [(50, 50)], [(0, 100)],
    ]  # fmt: skip
    refusal = error_of(answers[1])
    assert isinstance(refusal, InsufficientFunds)
    assert refusal.details == {"account": wallet, "available_minor": 40, "required_minor": 60, "short_minor": 20}


def test_poor_buyer_changes_nothing() -> None:
    wallet = make.funded_wallet(100)
    before = picture.of_the_books()
    for _ in range(2):
        with pytest.raises(InsufficientFunds):
            books.post_one(make.payment(wallet, "wallet:900001", 101))
    assert picture.of_the_books() == before


def test_empty_shelf_changes_nothing() -> None:
    store = make.store()
    goods = make.stocked_product(store, 3)
    before = picture.of_the_books()
    with pytest.raises(InsufficientStock) as caught:
        books.post_one(make.movement(goods, chart.store(store.pk), chart.CUSTOMER_WORLD, 4))
    assert caught.value.details == {
        "product_id": goods.pk, "place": chart.store(store.pk), "available": 3, "required": 4, "short": 1,
    }  # fmt: skip
    assert picture.of_the_books() == before


def test_a_draft_that_fails_half_way_is_wholly_put_back() -> None:
    store, wallet = make.store(), make.funded_wallet(100)
    goods = make.stocked_product(store, 3)
    shelf, before = chart.store(store.pk), picture.of_the_books()
    halfway = Draft(
        "test:half:way",
        "test.half",
        make.console(),
        make.AT,
        [Pay(wallet, "hold:7", 80), Pay("hold:7", "wallet:900001", 30), Pay(chart.BANK, wallet, 5)],
        [Move(goods.pk, shelf, "stall:1", 2), Move(goods.pk, "stall:1", shelf, 1), Move(goods.pk, shelf, "stall:2", 3)],
    )
    short = halfway._replace(transfers=[*halfway.transfers, Pay("hold:7", wallet, 51)], movements=[])
    refused_goods, refused_money, through = books.post([halfway, short, make.payment(wallet, "hold:7", 100)])
    assert isinstance(error_of(refused_goods), InsufficientStock)
    assert isinstance(error_of(refused_money), InsufficientFunds)
    assert isinstance(through, Receipt)
    assert through.transfers == [(0, 100)]
    after = picture.of_the_books()
    assert after["levels"] == before["levels"]
    assert len(after["postings"]) == len(before["postings"]) + 1
    assert [queries.balance_of(code) for code in (wallet, "hold:7", "wallet:900001", chart.BANK)] == [0, 100, 0, -100]
    assert books.reconcile().ok


@pytest.mark.parametrize(
    "change",
    [
        {"transfers": []},
        {"transfers": [Pay("~bank", "wallet:1", 0)]},
        {"transfers": [Pay("~bank", "wallet:1", -1)]},
        {"transfers": [Pay("~bank", "wallet:1", True)]},
        {"transfers": [Pay("~bank", "wallet:1", 1.0)]},  # type: ignore[arg-type]
        {"transfers": [Pay("~bank", "wallet:1", 10**15 + 1)]},
        {"transfers": [Pay("~bank", "wallet:1", 2**63)]},
        {"transfers": [Pay("~bank", "~bank", 1)]},
        {"transfers": [Pay("wallet:1", "wallet:1", 1)]},
        {"transfers": [Pay("~bank", "wallet:1", 1), Pay("~bank", "wallet:1", 0)]},
        {"movements": [Move(1, "store:1", "stall:1", 0)]},
        {"movements": [Move(1, "store:1", "stall:1", -1)]},
        {"movements": [Move(1, "store:1", "stall:1", True)]},
        {"movements": [Move(1, "store:1", "stall:1", 10**15 + 1)]},
        {"movements": [Move(1, "store:1", "store:1", 1)]},
        {"key": ""},
        {"key": "k" * 101},
        {"kind": "k" * 41},
        {"memo": "m" * 201},
        {"transfers": [Pay("~bank", "purse:1", 1)]},
        {"transfers": [Pay("bank", "wallet:1", 1)]},
        {"transfers": [Pay("~bank", "", 1)]},
        {"transfers": [Pay("~bank", "store:1", 1)]},
        {"transfers": [Pay("~bank", "wallet:" + "9" * 60, 1)]},
        {"movements": [Move(1, "shop:1", "stall:1", 1)]},
        {"movements": [Move(1, "wallet:1", "stall:1", 1)]},
    ],
)
def test_nonsense_is_refused_and_the_drafts_beside_it_are_booked(change: dict[str, Any]) -> None:
    wallet = make.funded_wallet(10)
    good = make.payment(wallet, "wallet:900001", 1)
    nonsense = make.payment(wallet, "wallet:900001", 1)._replace(**change)
    refused, booked = books.post([nonsense, good])
    assert isinstance(error_of(refused), InvalidDraft | chart.UnknownCode)
    assert isinstance(booked, Receipt)
    assert queries.balance_of(wallet) == 9
    assert Posting.objects.count() == 2


def test_goods_that_do_not_exist_are_refused_and_the_drafts_beside_them_are_booked() -> None:
    wallet = make.funded_wallet(10)
    strangers = [
        make.payment(wallet, "hold:1", 1)._replace(movements=[Move(product_id, *ends, 1)])
        for product_id in (999_999, -1, 2**63, 10**30)
        for ends in (("world:supplier", "store:1"), ("store:1", "world:customer"), ("world:supplier", "world:loss"))
    ]
    *refused, booked = books.post([*strangers, make.payment(wallet, "hold:1", 2)])
    assert {type(error_of(answer)) for answer in refused} == {InvalidDraft, Missing}
    assert isinstance(booked, Receipt)
    assert (queries.balance_of(wallet), Posting.objects.count()) == (8, 2)


def test_a_batch_has_its_bounds() -> None:
    with pytest.raises(InvalidDraft):
        books.post([make.payment("~bank", "wallet:1", 1)] * 5001)
    assert books.post([]) == []


def test_nobody_holds_more_than_the_database_can() -> None:
    wallet = make.funded_wallet(1)
    most = Draft("test:most:1", "test.most", make.console(), make.AT, [Pay("~bank", wallet, 10**15)] * 9_300)
    with pytest.raises(InvalidDraft):
        books.post_one(most)
    assert (queries.balance_of(wallet), Posting.objects.count()) == (1, 1)


def twice_alone(first: Draft, second: Draft) -> list[Receipt | Refusal]:
    return [*books.post([first]), *books.post([second])]


def twice_in_one_list(first: Draft, second: Draft) -> list[Receipt | Refusal]:
    return books.post([first, second])


def twice_across_lists(first: Draft, second: Draft) -> list[Receipt | Refusal]:
    beside = [make.payment("~bank", "wallet:900002", 5) for _ in range(2)]
    return [books.post([beside[0], first])[1], books.post([second, beside[1]])[0]]


@pytest.mark.parametrize("twice", [twice_alone, twice_in_one_list, twice_across_lists])
def test_a_key_that_comes_again_gets_the_first_receipt(
    twice: Callable[[Draft, Draft], list[Receipt | Refusal]],
) -> None:
    store, wallet = make.store(), make.funded_wallet(100)
    goods = make.stocked_product(store, 3)
    moves = [Move(goods.pk, chart.store(store.pk), chart.CUSTOMER_WORLD, 2)]
    draft = make.payment(wallet, "hold:1", 60)._replace(movements=moves)
    first, again = twice(draft, draft)
    assert isinstance(first, Receipt)
    assert isinstance(again, Receipt)
    assert (first.replayed, again.replayed) == (False, True)
    assert again == first._replace(replayed=True)
    assert (first.transfers, first.movements) == ([(40, 60)], [(1, None)])
    assert Posting.objects.filter(key=draft.key).count() == 1
    assert (queries.balance_of(wallet), queries.balance_of("hold:1")) == (40, 60)


@pytest.mark.parametrize("twice", [twice_alone, twice_in_one_list, twice_across_lists])
@pytest.mark.parametrize(
    "change",
    [
        {"transfers": [Pay("~bank", "wallet:900001", 61)]},
        {"transfers": [Pay("~bank", "wallet:900003", 60)]},
        {"transfers": [Pay("~bank", "wallet:900001", 60)] * 2},
        {"kind": "test.other"},
        {"memo": "other"},
        {"at": make.AT.replace(microsecond=1)},
    ],
)
def test_a_key_with_another_content_is_refused(
    twice: Callable[[Draft, Draft], list[Receipt | Refusal]], change: dict[str, Any]
) -> None:
    draft = make.payment("~bank", "wallet:900001", 60)
    first, other = twice(draft, draft._replace(**change))
    assert isinstance(first, Receipt)
    assert isinstance(error_of(other), KeyReused)
    assert queries.balance_of("wallet:900001") == 60


def test_a_key_that_was_refused_is_judged_anew() -> None:
    wallet = make.funded_wallet(10)
    draft = make.payment(wallet, "hold:1", 30)
    refused, _, accepted = books.post([draft, make.payment("~bank", wallet, 20), draft])
    assert isinstance(refused, Refusal)
    assert isinstance(accepted, Receipt)
    assert not accepted.replayed
    assert queries.balance_of(wallet) == 0


def test_a_replay_is_no_matter_of_balances() -> None:
    wallet = make.funded_wallet(10)
    draft = make.payment(wallet, "hold:1", 10)
    first = books.post_one(draft)
    again = books.post_one(draft)
    assert again == first._replace(replayed=True)
    assert queries.balance_of(wallet) == 0


def test_an_account_may_fall_to_its_floor_and_no_further() -> None:
    console = make.console()
    books.set_floor("credit:1", -500, actor=console, at=make.AT)
    books.post_one(make.payment("credit:1", "~phone:1", 500))
    with pytest.raises(InsufficientFunds) as caught:
        books.post_one(make.payment("credit:1", "~phone:1", 1))
    assert (caught.value.details["available_minor"], caught.value.details["short_minor"]) == (0, 1)
    assert Account.objects.get(code="credit:1").balance_minor == -500


def test_statements_do_not_grow_with_the_batch() -> None:
    store = make.store()
    goods = [make.stocked_product(store, 5000) for _ in range(3)]
    wallets = [make.funded_wallet(10_000) for _ in range(3)]

    def draft(i: int) -> Draft:
        paid = make.payment(wallets[i % 3], wallets[(i + 1) % 3], 1)
        return paid._replace(movements=[Move(goods[i % 3].pk, chart.store(store.pk), chart.CUSTOMER_WORLD, 1)])

    console = make.console()
    books.post([draft(0)])  # opens the customer's world
    counts = []
    for size in (1, 10, 1000):
        drafts = [draft(i)._replace(actor=console) for i in range(size)]
        with counted() as statements:
            answers = books.post(drafts)
        assert all(isinstance(answer, Receipt) for answer in answers)
        counts.append(len(statements))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 13


def test_what_is_held_is_posted_once_it_is_complete_and_costs_one_statement_more() -> None:
    store, buyer = make.store(), make.funded_wallet(1000)
    goods = make.stocked_product(store, 20)
    move = Move(goods.pk, chart.store(store.pk), chart.CUSTOMER_WORLD, 2)
    outline = make.payment(buyer, chart.revenue(store.pk), 1)._replace(movements=[move])
    lost = Pay(chart.stock_value(store.pk), chart.loss(store.pk), 7)
    whole = outline._replace(transfers=[Pay(buyer, chart.revenue(store.pk), 300), lost])
    books.post_one(whole._replace(key="test:opens:paid"))
    with counted() as alone:
        books.post_one(whole._replace(key="test:alone:paid"))
    with counted() as in_two_parts, transaction.atomic():
        receipt = books.post_one(whole, books.hold([outline]))
    assert (receipt.transfers, receipt.movements) == ([(100, None), (None, None)], [(14, None)])
    assert len(in_two_parts) <= len(alone) + 1
    with transaction.atomic():
        assert books.post_one(whole, books.hold([outline])) == receipt._replace(replayed=True)


@pytest.mark.parametrize("steps", [3, 2])
def test_goods_that_were_not_held_are_locked_all_the_same(steps: int) -> None:
    store, other = make.store(), make.store()
    goods, more = make.stocked_product(store, 2), make.stocked_product(store, 2)
    outline = make.movement(goods, chart.store(store.pk), chart.store(other.pk), steps)
    draft = outline._replace(movements=[*outline.movements, Move(more.pk, *outline.movements[0][1:3], steps)])
    with transaction.atomic():
        (answer,) = books.post([draft], books.hold([outline]))
    assert isinstance(error_of(answer), InsufficientStock if steps == 3 else type(None))
    came = 0 if steps == 3 else 2
    assert [queries.level_of(one.pk, chart.store(other.pk)) for one in (goods, more)] == [came, came]


def test_an_account_that_was_not_held_is_not_locked_after_the_levels() -> None:
    store, wallet = make.store(), make.funded_wallet(1000)
    goods = make.stocked_product(store, 5)
    move = make.movement(goods, chart.store(store.pk), chart.CUSTOMER_WORLD, 1)
    before = picture.of_the_books()
    with transaction.atomic():
        held = books.hold([move])
        (answer,) = books.post([move._replace(transfers=[Pay(wallet, chart.BANK, 5)])], held)
    assert isinstance(error_of(answer), InvalidDraft)
    assert picture.of_the_books() == before
