"""The cache without Redis, with it, and with one that dies and comes back."""

import socket
from contextlib import suppress
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from devtools import servers
from tradepost import caching
from tradepost.caching import LocalCache, SharedCache

pytestmark = pytest.mark.once
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process knows of Redis begins anew, and its log is heard."""
    monkeypatch.setattr(caching, "_outage", caching._Outage())
    monkeypatch.setattr(caching, "log", structlog.get_logger("tradepost.cache"))
    LocalCache("while redis is down", {}).clear()


def use(cache: Any) -> list[Any]:
    """Everything one does with a cache."""
    cache.set("a", {"b": 1}, 60)
    cache.set_many({"c": 3, "d": [4]}, 60)
    return [
        cache.get("a"),
        cache.get("none", "else"),
        cache.get_many(["c", "d", "e"]),
        cache.add("a", 2, 60),
        cache.has_key("a"),
        cache.incr("c", 2),
        cache.touch("c", 60),
        [cache.count("n", 60) for _ in range(3)],
        cache.get_or_set("f", lambda: 6, 60),
        cache.delete("d"),
        cache.delete_many(["a", "c"]),
        cache.get("a"),
    ]


def test_it_is_one_cache_wherever_it_is(redis_url: str) -> None:
    answers = [use(SharedCache(redis_url, {})), use(LocalCache("one", {})), use(SharedCache(NOBODY, {}))]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][7] == [1, 2, 3]


def test_two_who_share_redis_count_together_and_one_is_forgotten(redis_url: str) -> None:
    from redis import Redis

    one, other = SharedCache(redis_url, {"KEY_PREFIX": "t"}), SharedCache(redis_url, {"KEY_PREFIX": "t"})
    assert [one.count("n", 60), other.count("n", 60), one.count("n", 60)] == [1, 2, 3]
    with Redis.from_url(redis_url) as client:
        [key] = client.keys()
        assert 0 < client.ttl(key) <= 60


def test_without_an_answer_each_goes_on_by_itself_and_says_so_once() -> None:
    cache = SharedCache(NOBODY, {})
    with capture_logs() as logs:
        assert [cache.count("n", 60) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert [entry["log_level"] for entry in logs] == ["warning"]
    assert "does not answer" in logs[0]["event"]


def test_a_redis_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "PAUSE_S", 600.0)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        cache = SharedCache(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", {})
        assert [cache.count("n", 60) for _ in range(100)][-1] == 100
        assert 1 <= _callers(deaf) <= 2, "and once more at once, as for every call"


def _callers(deaf: socket.socket) -> int:
    """How many have come to a door that nobody opens."""
    deaf.setblocking(False)
    count = 0
    with suppress(BlockingIOError):
        while True:
            deaf.accept()[0].close()
            count += 1
    return count


def test_redis_may_die_and_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "PAUSE_S", 0.0)
    port = servers.free_port()
    cache = SharedCache(f"redis://127.0.0.1:{port}/0", {})
    with capture_logs() as logs:
        with servers.valkey(port):
            assert [cache.count("n", 60) for _ in range(3)] == [1, 2, 3]
        assert [cache.count("n", 60) for _ in range(2)] == [1, 2]
        with servers.valkey(port):
            assert [cache.count("n", 60) for _ in range(3)] == [1, 2, 3]
        assert [cache.count("n", 60) for _ in range(2)] == [1, 2], "what an earlier outage left is forgotten"
    assert [entry["event"].split(":")[0] for entry in logs] == [
        "redis does not answer",
        "redis answers again",
        "redis does not answer",
    ]
