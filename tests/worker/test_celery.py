"""Celery carries the loop: a message does the work that stands in the database, and a lost broker loses nothing."""

import os
import subprocess
import sys
import time

import pytest
from redis import Redis

from tests import make
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock
from tradepost.worker import loop
from tradepost.worker.books import PROVE
from tradepost.worker.wake import wake

pytestmark = pytest.mark.django_db

WAKE = "import django; django.setup(); from tradepost.celery import wake_workers; print(wake_workers())"


def wakes(redis_url: str) -> str:
    env = {**os.environ, "REDIS_URL": redis_url}
    done = subprocess.run([sys.executable, "-c", WAKE], env=env, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def ask_for_proof() -> Job:
    return intake.enqueue(PROVE, actor=make.console(), at=clock.now())


def test_waking_is_one_turn_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradepost.worker.wake.mine", loop.chores())
    ask_for_proof()
    found = wake()
    assert found["jobs done"] == 2, "the one asked for, and the night's"
    assert "keys forgotten" in found
    assert "keys forgotten" not in wake(), "that is due once an hour, however many messages come"


def test_message_is_sent_where_there_is_a_broker(redis_url: str) -> None:
    assert wakes("") == "False"
    assert wakes("redis://127.0.0.1:1/0") == "False"
    assert wakes(redis_url) == "True"
    with Redis.from_url(redis_url) as broker:
        assert broker.llen("celery") == 1


def test_celery_worker_does_the_job(database_url: str, redis_url: str) -> None:
    job = ask_for_proof()
    assert wakes(redis_url) == "True"
    command = [sys.executable, "-m", "celery", "-A", "tradepost", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    env = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as worker:
        try:
            deadline = time.monotonic() + 40
            while job.done_at is None and time.monotonic() < deadline:
                time.sleep(0.1)
                job.refresh_from_db()
        finally:
            worker.terminate()
    assert job.result is not None
    assert job.result["differences"] == 0
