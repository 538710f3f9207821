"""The proof: with the walls taken down, every row changed, added or removed is named; a busy shop raises no alarm."""

import threading

import pytest
from django.db import connection, connections
from django.db.models import Sum

from tests import make
from tests.books import story
from tests.books.story import Rows, execute
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart, queries
from tradepost.books import services as books
from tradepost.books.models import Account, Checkpoint, Level, Proof, Run, Transfer
from tradepost.books.services import Findings
from tradepost.lib import db
from tradepost.lib.errors import Denied
from tradepost.till import services as till

pytestmark = pytest.mark.django_db

closed_or_open = pytest.mark.parametrize("closed", [True, False], ids=["closed", "open"])
POSTING, TRANSFER, MOVEMENT, RUN = "books_posting", "books_transfer", "books_movement", "books_run"


def named(findings: Findings) -> set[tuple[str, int | None]]:
    """The rows that are named, each once; of a run, several things may be wrong."""
    rows = [(found["table"], found["id"]) for found in findings.differences]
    once = [row for row in rows if row[0] != RUN]
    assert len(once) == len(set(once)), rows
    return set(rows)


def booked(*, closed: bool) -> Rows:
    """Three postings of interest between others, the walls around all of them down."""
    wallet = make.funded_wallet(1000)
    rows = story.three_postings()
    books.post_one(make.payment(wallet, chart.BANK, 5))
    if closed:
        books.close_runs(postings_a_run=2)
    story.take_down(POSTING, TRANSFER, MOVEMENT, RUN)
    return rows


@closed_or_open
@pytest.mark.parametrize(
    "change", ["key = 'other'", "kind = 'other'", "memo = 'other'", "at = recorded_at", "actor_id = actor_id + 1"]
)
def test_a_changed_posting_is_named(*, closed: bool, change: str) -> None:
    rows = booked(closed=closed)
    make.customer()
    execute(f"UPDATE books_posting SET {change} WHERE id = %s", rows.postings[1])
    assert named(books.verify()) == {(POSTING, rows.postings[1])}


def test_a_posting_recorded_at_another_time_is_named_once_it_is_closed() -> None:
    rows = booked(closed=True)
    execute("UPDATE books_posting SET recorded_at = at WHERE id = %s", rows.postings[0])
    assert named(books.verify()) == {(POSTING, rows.postings[0])}


@closed_or_open
@pytest.mark.parametrize(
    "change", ["amount_minor = amount_minor + 1", "source_after_minor = 7", "destination_id = source_id + 40"]
)
def test_a_changed_transfer_is_named(*, closed: bool, change: str) -> None:
    rows = booked(closed=closed)
    execute(f"UPDATE books_transfer SET {change} WHERE id = %s", rows.transfers[1][1])
    assert named(books.verify()) == {(TRANSFER, rows.transfers[1][1])}


@closed_or_open
@pytest.mark.parametrize("change", ["quantity = quantity - 1", "destination_after = 99", "product_id = product_id + 1"])
def test_a_changed_movement_is_named(*, closed: bool, change: str) -> None:
    rows = booked(closed=closed)
    execute(f"UPDATE books_movement SET {change} WHERE id = %s", rows.movements[1][0])
    assert named(books.verify()) == {(MOVEMENT, rows.movements[1][0])}


def test_several_changed_rows_are_all_named() -> None:
    rows = booked(closed=True)
    execute("UPDATE books_transfer SET amount_minor = amount_minor + 1")
    execute("UPDATE books_movement SET quantity = quantity + 1 WHERE id = %s", rows.movements[2][0])
    transfers = {(TRANSFER, row_id) for ids in rows.transfers for row_id in ids}
    found = named(books.verify())
    assert transfers | {(MOVEMENT, rows.movements[2][0])} <= found
    assert (MOVEMENT, rows.movements[1][0]) not in found


def test_a_removed_row_is_named_with_the_posting_it_is_missing_from() -> None:
    rows = booked(closed=True)
    execute("DELETE FROM books_transfer WHERE id = %s", rows.transfers[1][0])
    execute("DELETE FROM books_movement WHERE id = %s", rows.movements[2][0])
    assert named(books.verify()) == {
        (TRANSFER, rows.transfers[1][0]), (POSTING, rows.postings[1]),
        (MOVEMENT, rows.movements[2][0]), (POSTING, rows.postings[2]),
    }  # fmt: skip


def test_a_row_removed_before_its_run_is_closed_names_the_posting_it_is_missing_from() -> None:
    rows = booked(closed=False)
    execute("DELETE FROM books_transfer WHERE id = %s", rows.transfers[1][0])
    execute("DELETE FROM books_movement WHERE id = %s", rows.movements[2][0])
    assert named(books.verify()) == {(POSTING, rows.postings[1]), (POSTING, rows.postings[2])}


def test_a_removed_posting_is_named_with_the_rows_it_left_behind() -> None:
    rows = booked(closed=True)
    execute("DELETE FROM books_posting WHERE id = %s", rows.postings[1])
    left = {(TRANSFER, i) for i in rows.transfers[1]} | {(MOVEMENT, i) for i in rows.movements[1]}
    assert named(books.verify()) == {(POSTING, rows.postings[1])} | left


def test_a_posting_removed_before_its_run_is_closed_names_the_rows_it_left_behind() -> None:
    rows = booked(closed=False)
    execute("DELETE FROM books_posting WHERE id = %s", rows.postings[1])
    assert named(books.verify()) == {(TRANSFER, i) for i in rows.transfers[1]} | {
        (MOVEMENT, i) for i in rows.movements[1]
    }


@closed_or_open
def test_an_added_row_is_named_or_the_posting_it_was_added_to(*, closed: bool) -> None:
    rows = booked(closed=closed)
    columns = "posting_id, source_id, destination_id, amount_minor, source_after_minor, destination_after_minor"
    execute(
        f"INSERT INTO books_transfer ({columns}) SELECT {columns} FROM books_transfer WHERE id = %s",
        rows.transfers[0][0],
    )
    added = max(row[0] for row in fetch("SELECT MAX(id) FROM books_transfer"))
    expected = {(POSTING, rows.postings[0])}
    assert named(books.verify()) == (expected | {(TRANSFER, added)} if closed else expected)


def test_an_added_posting_is_named() -> None:
    booked(closed=True)
    columns = "digest, kind, actor_id, at, recorded_at, memo"
    first = "FROM books_posting ORDER BY id LIMIT 1"
    execute(f"INSERT INTO books_posting (key, {columns}) SELECT 'forged', {columns} {first}")
    forged = fetch("SELECT id FROM books_posting WHERE key = 'forged'")[0][0]
    assert named(books.verify()) == {(POSTING, forged)}


def fetch(sql: str) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    "change",
    ["postings = postings + 1", "amount_minor = 0", "first_posting_id = 2", "last_posting_id = last_posting_id + 900"],
)
def test_a_changed_run_is_named(change: str) -> None:
    booked(closed=True)
    run = Run.objects.earliest("id") if "first" in change else Run.objects.latest("id")
    execute(f"UPDATE books_run SET {change} WHERE id = %s", run.pk)
    assert (RUN, run.pk) in named(books.verify())


def test_a_changed_digest_or_seal_is_named() -> None:
    booked(closed=True)
    first, second, *_ = Run.objects.order_by("id")
    Run.objects.filter(id=second.pk).update(digest=bytes(32))
    assert (RUN, second.pk) in named(books.verify())
    Run.objects.filter(id=second.pk).update(digest=second.digest)
    Run.objects.filter(id=first.pk).update(seals=bytes(len(first.seals)))
    assert (RUN, first.pk) in named(books.verify())


def test_a_removed_run_is_noticed_at_the_one_after_it() -> None:
    booked(closed=True)
    _, second, third = Run.objects.order_by("id")
    execute("DELETE FROM books_run WHERE id = %s", second.pk)
    assert named(books.verify()) == {(RUN, third.pk)}


def test_a_removed_newest_run_is_noticed() -> None:
    booked(closed=True)
    execute("DELETE FROM books_run WHERE id = %s", Run.objects.latest("id").pk)
    assert named(books.verify()) == {(RUN, None)}
    assert books.reconcile().ok
    assert queries.balance_of(chart.BANK) == -1795


def test_a_row_forged_with_matching_checks_still_breaks_its_seal() -> None:
    """Whoever also recomputes the posting's digest is found by the run; a digest of the run, by the chain."""
    rows = booked(closed=True)
    execute(
        "UPDATE books_posting SET digest = (SELECT digest FROM books_posting ORDER BY id LIMIT 1) WHERE id = %s",
        rows.postings[0],
    )
    assert (POSTING, rows.postings[0]) in named(books.verify())


def test_reconcile_names_a_changed_balance_level_and_checkpoint() -> None:
    story.a_day_of_trade()
    assert books.reconcile().ok
    wallet, level, point = Account.objects.get(code="wallet:800001"), Level.objects.get(), Checkpoint.objects.first()
    assert point
    execute("UPDATE books_account SET balance_minor = balance_minor + 7 WHERE id = %s", wallet.pk)
    execute("UPDATE books_level SET quantity = quantity - 1 WHERE id = %s", level.pk)
    execute("UPDATE books_checkpoint SET balance_minor = balance_minor + 5 WHERE id = %s", point.pk)
    findings = books.reconcile()
    assert findings.differences == [
        {"table": "books_account", "id": wallet.pk, "code": wallet.code, "difference_minor": 7},
        {
            "table": "books_level",
            "id": level.pk,
            "location_id": level.location_id,
            "product_id": level.product_id,
            "difference": -1,
        },
        {"table": "books_checkpoint", "id": point.pk, "difference_minor": 5},
    ]


def test_reconcile_names_a_removed_level() -> None:
    story.a_day_of_trade()
    story.take_down("books_level")
    level = Level.objects.get()
    execute("DELETE FROM books_level WHERE id = %s", level.pk)
    (found,) = books.reconcile().differences
    assert (found["table"], found["product_id"], found["difference"]) == (
        "books_level",
        level.product_id,
        -level.quantity,
    )


def test_what_was_booked_and_nothing_else_is_proved() -> None:
    auditor = make.actor(make.auditor())
    story.a_day_of_trade()
    proof = books.prove(actor=auditor, at=make.AT)
    assert proof == Proof.objects.get() == queries.latest_proof()
    assert (proof.differences, proof.started_at) == (0, make.AT)
    assert proof.findings["reconcile"]["checked"]["levels"] == 1
    assert proof.findings["verify"]["checked"]["postings"] == 6
    assert AuditEvent.objects.get(action="books.proved").after == {"differences": 0}
    execute("UPDATE books_account SET balance_minor = 3 WHERE code = 'wallet:800001'")
    assert books.prove(actor=auditor, at=make.AT).differences == 1


def test_only_who_may_read_everything_asks_for_a_proof() -> None:
    store = make.store()
    for user in (make.customer(), make.staff(store), make.manager(store)):
        with pytest.raises(Denied):
            books.prove(actor=make.actor(user), at=make.AT)
        with pytest.raises(Denied):
            books.request_proof(actor=make.actor(user), at=make.AT)
    assert not Proof.objects.exists()


def test_an_empty_house_is_in_order() -> None:
    assert books.reconcile().ok
    assert books.verify().ok
    assert not Run.objects.exists()


def test_a_busy_shop_raises_no_false_alarm() -> None:
    """One snapshot: a posting under way is wholly inside it or wholly outside."""
    store, console = make.store(), make.console()
    goods = make.stocked_product(store, 100_000)
    there = make.funded_wallet(10_000), make.funded_wallet(10_000)
    stop = threading.Event()

    def sell() -> int:
        sold = 0
        while not stop.is_set():
            basket = make.basket(store, (goods, 1))
            sold += len(till.ring_up([basket, basket], actor=console, at=make.AT))
            books.post([make.payment(*ends, 1, actor=console) for ends in (there, there[::-1])])
        return sold

    def watch() -> int:
        try:
            alarms = sum(not books.reconcile().ok for _ in range(200))
            return alarms + sum(not books.verify().ok for _ in range(10))
        finally:
            stop.set()
            connections.close_all()

    alarms, *sold = together([watch, sell, sell])
    assert alarms == 0
    assert all(isinstance(each, int) and each > 0 for each in sold), sold
    assert books.reconcile().ok
    assert queries.level_of(goods.pk, chart.store(store.pk)) == 100_000 - sum(int(str(each)) for each in sold)


def test_control_balances_and_journal_read_at_two_moments_cry_wolf() -> None:
    """What reconcile avoids: between the two reads somebody posts. Over one snapshot both tell of the same moment."""
    wallet, console = make.funded_wallet(1000), make.console()

    def post() -> None:
        books.post_one(make.payment(wallet, "hold:1", 10, actor=console))

    def read_apart(using: str) -> tuple[int | None, int]:
        balance = Account.objects.using(using).get(code=wallet).balance_minor
        assert together([post]) == [None]
        moved = Transfer.objects.using(using).filter(source__code=wallet).aggregate(total=Sum("amount_minor"))
        return balance, 1000 - (moved["total"] or 0)

    assert read_apart("default") == (1000, 990)
    with db.snapshot() as using:
        assert read_apart(using) == (990, 990)
    assert queries.balance_of(wallet) == 980
