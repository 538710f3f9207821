"""The loop: nothing that fails ends it, it connects anew, it stops when told to, and nights are proved once."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from tests import make
from tests.threads import together
from tests.worker.conftest import Done, Teach
from tradepost.books import queries
from tradepost.intake import services as intake
from tradepost.intake.models import IdempotencyKey, Job
from tradepost.inventory.models import StockAlert
from tradepost.lib import clock
from tradepost.till import services as till
from tradepost.worker import books, loop
from tradepost.worker.loop import Chore
from tradepost.worker.tasks import Task

pytestmark = pytest.mark.django_db


def sell() -> None:
    store, mug = make.store(), make.product()
    draft = till.EntryDraft(store.pk, [till.EntryItem(mug.pk, 5)])
    till.receive([draft], actor=make.console(), at=clock.now())


def test_one_turn_does_everything_that_is_due() -> None:
    sell()
    turn = loop.once()
    assert turn.found == {
        "runs closed": 1,
        "alerts raised": 0,
        "alerts over": 0,
        "events spread": 0,
        "managers mailed": 0,
        "webhooks asked for": 0,
        "proofs asked for": 1,
        "movements given up": 0,
        "keys forgotten": 0,
        "files forgotten": 0,
        "tokens forgotten": 0,
        "jobs done": 1,
        "jobs failed": 0,
    }
    assert turn.troubles == 0
    proof = queries.latest_proof()
    assert proof is not None
    assert proof.differences == 0
    assert Job.objects.get().result == {"proof": proof.pk, "differences": 0}
    assert not queries.is_anything_open()


def test_chores_wait_for_their_time() -> None:
    mine = loop.chores()
    assert "proofs asked for" in loop.once(mine).found
    assert "proofs asked for" not in loop.once(mine).found


def test_failing_chore_stops_neither_the_others_nor_the_loop(teach: Teach, done: Done) -> None:
    intake.enqueue(teach("count", done.work), actor=make.console(), at=clock.now(), number=1)

    def fail(at: datetime) -> int:
        raise RuntimeError("out of ink")

    turn = loop.once([Chore("printed", 1, fail)])
    assert (turn.troubles, turn.found["jobs done"]) == (1, 1)


def test_chores_wait_for_no_job_however_long_it_is(teach: Teach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_S", 0.05)
    store, goods = make.store(), make.product(reorder_level=5)
    make.delivery(store, (goods, 10, None))
    seen: list[str] = []

    def slow(task: Task) -> None:
        make.sale(store, (goods, 7))
        deadline = time.monotonic() + 30
        while not seen and time.monotonic() < deadline:
            time.sleep(0.05)
            seen.extend(StockAlert.objects.values_list("kind", flat=True))

    loop.once()
    intake.enqueue(teach("slow", slow), actor=make.console(), at=clock.now())
    turn = loop.once()
    assert seen == ["low"], "while the job was at work"
    assert (turn.found["alerts raised"], turn.found["jobs done"], turn.troubles) == (1, 1, 0)
    assert not [thread for thread in threading.enumerate() if thread.name == "chores"]


def test_chores_wait_for_no_queue_however_long_it_is(teach: Teach, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job asks for the next one, until chores were done three times over or it gets too long."""
    monkeypatch.setattr(loop, "POLL_S", 0.02)
    counts = {"swept": 0, "jobs": 0}

    def sweep(at: datetime) -> int:
        counts["swept"] += 1
        if counts["swept"] == 2:
            raise RuntimeError("out of bin bags")
        return 1

    def once_more(task: Task) -> None:
        counts["jobs"] += 1
        time.sleep(0.01)
        if counts["swept"] < 3 and counts["jobs"] < 1000:
            intake.enqueue(task_name, actor=task.actor, at=clock.now())

    task_name = teach("again", once_more)
    intake.enqueue(task_name, actor=make.console(), at=clock.now())
    turn = loop.once([Chore("swept", 0.05, sweep)])
    assert counts["swept"] >= 3
    assert counts["jobs"] < 1000
    assert (turn.found["swept"], turn.troubles) == (counts["swept"] - 1, 1)
    assert turn.found["jobs done"] == counts["jobs"]


def test_lost_connection_is_made_anew(teach: Teach, done: Done) -> None:
    intake.enqueue(teach("count", done.work), actor=make.console(), at=clock.now(), number=1)
    connection.ensure_connection()
    assert connection.connection is not None
    connection.connection.close()  # as after a restart of the server
    assert loop.once([]).troubles <= 1
    assert loop.once([]).troubles == 0
    assert done.times == {1: 1}


def test_loop_works_until_told_to_stop(teach: Teach) -> None:
    stop, worked = threading.Event(), threading.Event()
    intake.enqueue(teach("tell", lambda _: worked.set()), actor=make.console(), at=clock.now())
    thread = threading.Thread(target=loop.run, args=[stop], kwargs={"poll_s": 0.01})
    thread.start()
    assert worked.wait(20)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()


def test_old_keys_are_forgotten() -> None:
    intake.once("kept", "digest", make.console(), lambda: intake.Answer(200, {}))
    intake.once("old", "digest", make.console(), lambda: intake.Answer(200, {}))
    IdempotencyKey.objects.filter(key="old").update(created_at=clock.now() - timedelta(days=31))
    assert loop.once().found["keys forgotten"] == 1
    assert IdempotencyKey.objects.filter(key="kept").exists()


def test_a_night_is_proved_once_however_many_workers_ask() -> None:
    at = clock.now()
    asked = together([lambda: books.ask_for_nightly_proof(at)] * 4)
    assert sorted(map(str, asked)) == ["False", "False", "False", "True"]
    assert Job.objects.count() == 1


def test_the_next_night_is_proved_again() -> None:
    at = clock.now()
    assert books.ask_for_nightly_proof(at)
    loop.once()
    assert not books.ask_for_nightly_proof(clock.now())
    assert books.ask_for_nightly_proof(at + timedelta(days=1))
    assert not books.ask_for_nightly_proof(at + timedelta(days=1, minutes=1))


@pytest.mark.parametrize(
    ("at", "night"),
    [
        (datetime(2026, 3, 29, 1, 59, tzinfo=UTC), "2026-03-28"),
        (datetime(2026, 3, 29, 2, 0, tzinfo=UTC), "2026-03-29"),
        (datetime(2026, 11, 21, 2, 59, tzinfo=UTC), "2026-11-20"),
        (datetime(2026, 11, 21, 3, 0, tzinfo=UTC), "2026-11-21"),
    ],
)
def test_night_begins_at_three_where_the_house_is(settings: Settings, at: datetime, night: str) -> None:
    settings.TIME_ZONE = "Europe/London"
    assert books.ask_for_nightly_proof(at)
    assert IdempotencyKey.objects.filter(key=f"nightly-proof:{night}").exists()
