"""Closed runs: every posting lies in exactly one, each is chained to the one before, balances survive the closing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import connection, connections, transaction

from tests import make
from tests.threads import together
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.books.errors import FloorAboveBalance, InsufficientFunds, InvalidDraft
from tradepost.books.models import Account, Checkpoint, Posting, Run
from tradepost.books.services import runs as runs_module
from tradepost.books.services import seals, stretch
from tradepost.lib.errors import Busy, Denied

pytestmark = pytest.mark.django_db


def pay_in(amount_minor: int, times: int = 1) -> None:
    console = make.console()
    books.post([make.payment(chart.BANK, "wallet:5", amount_minor, actor=console) for _ in range(times)])


def held() -> list[int]:
    """The ids of all postings, run by run."""
    found: list[int] = []
    for run in Run.objects.order_by("id"):
        inside = Posting.objects.filter(id__gte=run.first_posting_id, id__lte=run.last_posting_id)
        found += inside.order_by("id").values_list("id", flat=True)
        assert run.postings == inside.count()
    return found


def shown(code: str) -> int:
    """The balance as a list of accounts shows it, by the list's own query."""
    return int(vars(queries.with_balance(Account.objects.filter(code=code)).get())["balance"])


def all_ids() -> list[int]:
    return list(Posting.objects.order_by("id").values_list("id", flat=True))


def test_an_unbounded_balance_is_the_checkpoint_and_the_tail() -> None:
    pay_in(100)
    assert queries.balance_of(chart.BANK) == -100
    assert len(books.close_runs()) == 1
    point = Checkpoint.objects.get(account__code=chart.BANK)
    assert (point.balance_minor, queries.balance_of(chart.BANK)) == (-100, -100)
    pay_in(30)
    books.post_one(make.payment("wallet:5", chart.BANK, 50))
    assert queries.balance_of(chart.BANK) == -80
    assert shown(chart.BANK) == -80
    point.refresh_from_db()
    assert point.balance_minor == -100
    books.close_runs()
    point.refresh_from_db()
    assert (point.balance_minor, queries.balance_of(chart.BANK)) == (-80, -80)
    assert shown(chart.BANK) == -80
    assert books.reconcile().ok


def test_bounded_accounts_have_no_checkpoint() -> None:
    pay_in(100)
    books.close_runs()
    assert list(Checkpoint.objects.values_list("account__code", flat=True)) == [chart.BANK]


def test_every_posting_lies_in_exactly_one_run() -> None:
    pay_in(1, times=23)
    assert len(books.close_runs(postings_a_run=5)) == 5
    pay_in(1, times=2)
    assert len(books.close_runs(postings_a_run=5)) == 1
    assert books.close_runs() == []
    assert held() == all_ids()
    assert not queries.is_anything_open()
    bounds = list(Run.objects.order_by("id").values_list("first_posting_id", "last_posting_id"))
    assert bounds[0][0] == 1
    assert all(before[1] + 1 == after[0] for before, after in pairwise(bounds))


def test_a_run_says_what_it_holds_and_is_chained_to_the_one_before() -> None:
    store = make.store()
    goods = make.product()
    pay_in(7, times=3)
    books.post_one(make.movement(goods, chart.SUPPLIER_WORLD, chart.store(store.pk), 12))
    books.close_runs(postings_a_run=2)
    first, second = Run.objects.order_by("id")
    assert (first.postings, first.transfers, first.movements, first.amount_minor, first.quantity) == (2, 2, 0, 14, 0)
    assert (second.postings, second.transfers, second.movements, second.amount_minor, second.quantity) == (
        2, 1, 1, 7, 12,
    )  # fmt: skip
    previous = b""
    for run in (first, second):
        head = (
            run.first_posting_id, run.last_posting_id, run.postings, run.transfers, run.movements, run.amount_minor,
            run.quantity,
        )  # fmt: skip
        assert bytes(run.digest) == seals.chain(previous, head, bytes(run.seals))
        previous = bytes(run.digest)
    assert len({bytes(run.digest) for run in (first, second)}) == 2


def test_ids_that_a_rollback_used_up_leave_no_gap_between_runs() -> None:
    pay_in(1)
    books.close_runs()
    with transaction.atomic():
        pay_in(1, times=3)
        transaction.set_rollback(True)
    pay_in(1)
    books.close_runs()
    first, second = Run.objects.order_by("id")
    assert second.first_posting_id == first.last_posting_id + 1
    assert books.verify().ok


def test_closers_at_once_close_each_posting_once() -> None:
    pay_in(1, times=40)
    closed = together([lambda: books.close_runs(postings_a_run=3)] * 4)
    assert not [answer for answer in closed if isinstance(answer, Exception)]
    books.close_runs(postings_a_run=3)
    assert held() == all_ids()
    assert Checkpoint.objects.get(account__code=chart.BANK).balance_minor == -40
    assert books.verify().ok
    assert books.reconcile().ok


def test_closers_among_posters_leave_no_posting_out() -> None:
    console = make.console()
    stop = threading.Event()

    def post() -> None:
        for _ in range(12):
            with transaction.atomic():
                books.post([make.payment(chart.BANK, "wallet:5", 1, actor=console) for _ in range(2)])

    def close() -> None:
        while not stop.is_set():
            books.close_runs(postings_a_run=4)
            stop.wait(0.005)
        connections.close_all()

    with ThreadPoolExecutor(2) as closers:
        closing = [closers.submit(close) for _ in range(2)]
        posted = together([post] * 4)
        stop.set()
        for each in closing:
            each.result()
    assert posted == [None] * 4
    books.close_runs()
    assert held() == all_ids()
    assert Posting.objects.count() == 96
    assert queries.balance_of(chart.BANK) == -96
    assert books.verify().ok
    assert books.reconcile().ok


def test_a_posting_under_way_is_never_skipped() -> None:
    """It draws its id before others do and commits after them: a closer that did not wait would pass it by."""
    pay_in(1)
    posted, closing = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            receipt = books.post_one(make.payment(chart.BANK, "wallet:6", 1))
            posted.set()
            assert closing.wait(10)
            threading.Event().wait(0.3)
        return receipt.posting_id

    def close() -> list[int]:
        assert posted.wait(10)
        closing.set()
        return books.close_runs()

    slow_id, closed = together([slow, close])
    assert isinstance(closed, list)
    assert slow_id in all_ids()
    assert held() == all_ids()
    assert books.close_runs() == []


def test_a_closer_that_waits_too_long_closes_nothing_and_the_next_one_does() -> None:
    pay_in(1)
    posted, refused = threading.Event(), threading.Event()

    def slow() -> int:
        with transaction.atomic():
            books.post_one(make.payment(chart.BANK, "wallet:6", 1))
            posted.set()
            assert refused.wait(20)
        return 1

    def close() -> int:
        assert posted.wait(10)
        try:
            connection.ensure_connection()
            if connection.vendor == "sqlite":
                connection.cursor().execute("PRAGMA busy_timeout = 500")
            with pytest.raises(Busy):
                books.close_runs()
            return Run.objects.count()
        finally:
            refused.set()

    assert together([slow, close]) == [1, 0]
    assert len(books.close_runs()) == 1
    assert held() == all_ids()


def test_a_run_that_somebody_else_closed_meanwhile_is_not_closed_again() -> None:
    pay_in(1, times=3)
    stale = stretch.read(1, all_ids()[1])
    books.close_runs()
    assert runs_module._close(stale, None) is None
    assert Run.objects.count() == 1
    assert Checkpoint.objects.get(account__code=chart.BANK).balance_minor == -3


def test_a_limit_is_set_drawn_tighter_and_kept_above_the_debt() -> None:
    console = make.console()
    assert books.set_floor("credit:9", -500, actor=console, at=make.AT).floor_minor == -500
    books.post_one(make.payment("credit:9", "~phone:1", 200))
    assert books.set_floor("credit:9", -200, actor=console, at=make.AT).floor_minor == -200
    with pytest.raises(FloorAboveBalance):
        books.set_floor("credit:9", -199, actor=console, at=make.AT)
    assert Account.objects.get(code="credit:9").floor_minor == -200
    with pytest.raises(InsufficientFunds):
        books.post_one(make.payment("credit:9", "~phone:1", 1))
    later = make.AT + timedelta(days=1)
    books.set_floor("credit:9", -201, actor=console, at=later)
    books.post_one(make.payment("credit:9", "~phone:1", 1))


@pytest.mark.parametrize(
    ("code", "floor"), [("wallet:1", 1), ("~bank", -1), ("purse:1", 0), ("wallet:1", -(10**15) - 1)]
)
def test_a_limit_that_makes_no_sense_is_refused(code: str, floor: int) -> None:
    with pytest.raises((InvalidDraft, chart.UnknownCode)):
        books.set_floor(code, floor, actor=make.console(), at=make.AT)
    assert not Account.objects.exists()


def test_only_an_administrator_sets_limits() -> None:
    store = make.store()
    for user in (make.customer(), make.staff(store), make.manager(store), make.auditor()):
        with pytest.raises(Denied):
            books.set_floor("credit:9", -500, actor=make.actor(user), at=make.AT)
    assert not Account.objects.exists()
