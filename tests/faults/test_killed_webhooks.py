"""A worker killed while it tells others: what was due is told by another, under the same number, none forgotten."""

import threading
from datetime import timedelta

import pytest
from pytest_django import Settings

from devtools.servers import free_port
from tests import make
from tests.faults.programs import TRADEPOST, eventually, kill, running
from tests.notify.receiver import OK, Answer, Heard, receiving
from tests.notify.work import only, states, work
from tradepost.intake import services as intake
from tradepost.lib import clock
from tradepost.notify.models import Delivery

pytestmark = pytest.mark.django_db
WORKER, INSIDE = [*TRADEPOST, "worker"], {"TRADEPOST_WEBHOOKS_INSIDE": "on"}


@pytest.fixture(autouse=True)
def inside(settings: Settings) -> None:
    """Receivers are on this machine."""
    settings.TRADEPOST_WEBHOOKS_INSIDE = True


def test_a_worker_tells_of_what_happens_while_it_works(database_url: str) -> None:
    with receiving() as receiver, running(WORKER, database_url, **INSIDE) as process:
        hook = make.webhook(receiver.url)
        alerts = [make.alert(make.store(), make.product()) for _ in range(5)]
        assert eventually(lambda: Delivery.objects.filter(webhook=hook, state="delivered").count() == len(alerts))
        process.terminate()
        assert process.wait(20) == 0
    assert len({heard.number for heard in receiver.heard}) == len(receiver.heard) == len(alerts)


def test_killed_after_sending_it_is_sent_again_under_the_same_number(database_url: str) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def answer(_: Heard) -> Answer:
        asked.set()
        go_on.wait(60)
        return OK

    with receiving() as receiver:
        receiver.answer = answer
        hook = make.webhook(receiver.url)
        make.alert(make.store(), make.product())
        with running(WORKER, database_url, **INSIDE) as process:
            assert asked.wait(20)
            kill(process)
        go_on.set()
        assert (only(hook).state, only(hook).attempts) == ("pending", 0), "nobody wrote down that it was heard"
        work(clock.now())
        assert len(receiver.heard) == 1, "the job is the dead worker's for a minute"
        work(clock.now() + intake.CLAIM_EXPIRES + timedelta(seconds=1))
        assert only(hook).state == "delivered"
        first, second = receiver.heard
    assert (first.number, first.body) == (second.number, second.body)


def test_workers_killed_again_and_again_lose_nothing_and_double_nothing(database_url: str) -> None:
    with receiving() as receiver:
        store, hooks = make.store(), []
        for _ in range(3):
            hooks.append(make.webhook(receiver.url))  # those of before are the dead workers' for a minute
            for _ in range(5):
                make.alert(store, make.product())
            heard = len(receiver.heard)
            with running(WORKER, database_url, **INSIDE) as process:
                assert eventually(lambda before=heard: len(receiver.heard) > before)
                kill(process)
        for minutes in (60, 61, 62):
            work(clock.now() + timedelta(minutes=minutes))
    assert [states(hook) for hook in hooks] == [["delivered"] * count for count in (15, 10, 5)]
    assert {heard.number for heard in receiver.heard} == {str(one.number) for one in Delivery.objects.all()}


def test_a_receiver_that_comes_back_hears_what_it_missed(database_url: str) -> None:
    port = free_port()
    with running(WORKER, database_url, **INSIDE):
        hook = make.webhook(f"http://127.0.0.1:{port}/")
        make.alert(make.store(), make.product())
        assert eventually(lambda: Delivery.objects.filter(webhook=hook, state="failed").exists())
        with receiving(port) as receiver:
            assert eventually(lambda: len(receiver.heard) == 1, within_s=40)
            assert eventually(lambda: only(hook).state == "delivered")
