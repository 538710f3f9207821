"""Workers and brokers killed over queued movements, again and again: nothing is lost, nothing moves twice."""

import os
import signal
from contextlib import ExitStack
from datetime import timedelta

import pytest
from django.db.models import Count
from redis import Redis, RedisError

from devtools import servers
from tests import make
from tests.faults.programs import PYTHON, TRADEPOST, await_line, eventually, kill, running
from tests.inventory.moves import draft, queued
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.models import Posting
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import queue
from tradepost.lib import clock
from tradepost.places.models import Store
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db

CELERY = [*PYTHON, "-m", "celery", "-A", "tradepost", "worker", "--pool", "solo", "--loglevel", "ERROR"]
# Asks for movements as a face does, in one durable transaction after the other, which wake the workers.
ASKS = """
import sys; import django; django.setup()
from tests import make
from tests.inventory.moves import draft, queued
from tradepost.catalog.models import Product
from tradepost.intake import services as intake
from tradepost.places.models import Store
store, goods, console = Store.objects.get(), list(Product.objects.order_by("id")), make.console()
for number in range(int(sys.argv[1])):
    def ask():
        drafts = [draft(store, goods[i % len(goods)], ("IN", "IN", "OUT")[i % 3]) for i in range(120)]
        return intake.Answer(202, queued(drafts).pk)
    intake.once(f"ask-{number}", "digest", console, ask)
    print("asked", number, flush=True)
"""


def settled() -> int:
    return StockMovement.objects.exclude(state="queued").count()


def assert_each_once(store: Store, movements: int, left: int) -> None:
    """All are applied, each by a posting of its own, and the shelves hold what they should."""
    states = dict(StockMovement.objects.order_by().values_list("state").annotate(n=Count("id")))
    assert states == {"applied": movements}
    assert Posting.objects.filter(key__startswith="till:M").count() == movements
    assert sum(books.levels_at(chart.store(store.pk)).values()) == left
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences


def expire_claims() -> None:
    """The claim of a dead worker is lost after a minute; these have passed."""
    lost = clock.now() - intake.CLAIM_EXPIRES - timedelta(seconds=1)
    Job.objects.filter(done_at=None, claimed_at__isnull=False).update(claimed_at=lost)


def test_a_worker_killed_in_the_middle_leaves_no_movement_out_and_none_twice(database_url: str) -> None:
    store, goods = make.store(), [make.product() for _ in range(20)]
    job = queued([draft(store, goods[i % 20]) for i in range(5_000)])
    seen = []
    for _ in range(3):
        before = settled()
        with running([*TRADEPOST, "worker"], database_url) as process:
            assert eventually(lambda: settled() > before)  # noqa: B023  # read while it stands
            kill(process)
        seen.append(settled())
        assert seen[-1] == sum(books.levels_at(chart.store(store.pk)).values()), "half a piece is none"
        expire_claims()
    assert seen[-1] < 5_000, "the worker was faster than the test"
    assert {number % queue.MOVEMENTS_A_CHUNK for number in seen} == {0}
    jobs.work_off(lambda: False)
    job.refresh_from_db()
    assert job.result is not None
    assert (job.attempts, job.result["applied"], job.error) == (4, 5_000, "")
    assert_each_once(store, 5_000, 5_000)


def test_a_broker_killed_in_the_middle_loses_nothing_whoever_works(database_url: str) -> None:
    """Celery applies what it is woken for; broker and Celery die; `tradepost worker`, which needs neither, goes on."""
    store, rounds = make.store(), 12
    for _ in range(10):
        make.stocked_product(store, 1_000)
    with ExitStack() as stack:
        broker = stack.enter_context(servers.valkey())
        celery = [stack.enter_context(running(CELERY, database_url, REDIS_URL=broker)) for _ in range(2)]
        asking = stack.enter_context(running([*PYTHON, "-c", ASKS, str(rounds)], database_url, REDIS_URL=broker))
        await_line(asking, "asked 3")
        assert eventually(lambda: settled() > 0, within_s=60), "Celery is woken"
        kill_server(broker)
        await_line(asking, f"asked {rounds - 1}")  # asked for all the same, while nobody can be woken
        assert asking.wait(60) == 0
        for process in celery:
            kill(process)
        assert StockMovement.objects.count() == rounds * 120
        expire_claims()
        with running([*TRADEPOST, "worker"], database_url, REDIS_URL=broker):
            assert eventually(lambda: settled() == rounds * 120, within_s=90)
    assert_each_once(store, rounds * 120, 10 * 1_000 + rounds * 40)


def test_what_a_broker_forgot_is_done_with_the_next_message(database_url: str) -> None:
    store = make.store()
    make.stocked_product(store, 1_000)
    with servers.valkey() as broker:
        ask(database_url, broker, 2)
        kill_server(broker)
    assert settled() == 0
    with servers.valkey() as fresh, running(CELERY, database_url, REDIS_URL=fresh):
        queued([draft(store, make.product())])
        ask(database_url, fresh, 3)  # the first two of these were asked for before
        assert eventually(lambda: settled() == 361, within_s=60)
    assert_each_once(store, 361, 1_000 + 121)


def ask(database_url: str, broker: str, rounds: int) -> None:
    """Ask for movements in so many rounds, by a process that wakes the workers."""
    with running([*PYTHON, "-c", ASKS, str(rounds)], database_url, REDIS_URL=broker) as process:
        await_line(process, f"asked {rounds - 1}")
        assert process.wait(30) == 0


def kill_server(broker: str) -> None:
    """End it as the power cut does."""
    with Redis.from_url(broker) as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    assert eventually(lambda: not is_listening(broker))


def is_listening(broker: str) -> bool:
    with Redis.from_url(broker) as client:
        try:
            return bool(client.ping())
        except RedisError:
            return False
