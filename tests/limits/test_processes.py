"""Processes that share a limit through Redis, and go on without it."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import make
from tests.api.caller import token_of

pytestmark = pytest.mark.django_db
NOBODY = "redis://127.0.0.1:1/0"


def knocking(database_url: str, redis_url: str, token: str, times: int, **env: str) -> dict[str, int]:
    """How a process that knocks so often is answered; its log stands on its standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.limits.knocking", token, str(times)],
        env={**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "ALLOWED_HOSTS": "testserver", **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answers: dict[str, int] = json.loads(done.stdout)
    return {**answers, "warnings": done.stderr.count("redis does not answer")}


def test_two_processes_share_the_limit_of_a_user(database_url: str, redis_url: str) -> None:
    token = token_of(make.customer())
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: knocking(database_url, redis_url, token, 40, TRADEPOST_RATE="50/day"), range(2)))
    assert sum(one.get("200", 0) for one in both) == 50
    assert sum(one.get("429", 0) for one in both) == 30
    assert token_of(make.customer()) != token
    fresh = knocking(database_url, redis_url, token_of(make.customer()), 5, TRADEPOST_RATE="50/day")
    assert fresh["200"] == 5


def test_without_an_answer_of_redis_requests_go_on_and_are_counted_alone(database_url: str) -> None:
    token = token_of(make.customer())
    answers = knocking(database_url, NOBODY, token, 20, TRADEPOST_RATE="15/day")
    assert (answers["200"], answers["429"], answers["warnings"]) == (15, 5, 1)
    again = knocking(database_url, NOBODY, token, 20, TRADEPOST_RATE="15/day")
    assert again["200"] == 15
