"""The cache: in Redis, shared by all processes, where there is one; else in the memory of this process.

Nobody fails because Redis is down. Then each process goes on with a memory of its own, says so once in its log, and
looks every few seconds whether Redis is back. So what is cached must be right however old it is, and what is counted is
counted by each process alone for that while.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import structlog
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

PATIENCE_S = 0.5  # for an answer of Redis, which takes a thousandth of that
PAUSE_S = 3.0  # before it is asked again
MOST_LOCAL = 50_000  # entries, a few megabytes of counts

log = structlog.get_logger("tradepost.cache")


def count(key: str, seconds: int) -> int:
    """One more under this key, which is forgotten when it has not grown for so many seconds; how many there are now."""
    return cast("LocalCache | SharedCache", cache).count(key, seconds)


class LocalCache(LocMemCache):
    """The memory of this process."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        super().__init__(name, {"MAX_ENTRIES": MOST_LOCAL, **params})

    def count(self, key: str, seconds: int) -> int:
        """See `count`."""
        if self.add(key, 1, seconds):
            return 1
        try:
            return self.incr(key)
        except ValueError:  # forgotten in between
            return 1


class SharedCache(RedisCache):
    """Redis, and the memory of this process while it does not answer."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        patience = {"socket_timeout": PATIENCE_S, "socket_connect_timeout": PATIENCE_S, "retry": Retry(NoBackoff(), 1)}
        super().__init__(server, {**params, "OPTIONS": {**patience, **params.get("OPTIONS", {})}})
        self._class: Any = _Client

    def count(self, key: str, seconds: int) -> int:
        """See `count`."""
        client: Any = self._cache
        return int(client.count(self.make_and_validate_key(key), seconds))


class _Redis(RedisCacheClient):
    """Django's client, which counts in one trip."""

    def count(self, key: str, seconds: int) -> int:
        trip = self.get_client(key, write=True).pipeline()
        trip.incr(key)
        trip.expire(key, seconds)
        return int(trip.execute()[0])


class _Outage:
    """Whether Redis is down, as far as this process knows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ask_again_at: float | None = None

    def rests(self) -> bool:
        """Whether not to ask now. Of those who come when the pause is over, one asks."""
        with self._lock:
            if self._ask_again_at is None:
                return False
            if time.monotonic() < self._ask_again_at:
                return True
            self._ask_again_at = time.monotonic() + PAUSE_S
            return False

    def begins(self, error: RedisError) -> bool:
        """No answer; whether that is news."""
        with self._lock:
            is_news = self._ask_again_at is None
            self._ask_again_at = time.monotonic() + PAUSE_S
        if is_news:
            log.warning("redis does not answer: this process goes on by itself", error=str(error))
        return is_news

    def ends(self) -> None:
        """An answer."""
        if self._ask_again_at is None:
            return
        with self._lock:
            self._ask_again_at = None
        log.warning("redis answers again")


_outage = _Outage()


class _Client:
    """Whatever the cache asks for, asked of Redis or, while there is no answer, of this process."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        self._redis = _Redis(servers, **options)
        self._local = LocalCache("while redis is down", {})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*args: Any) -> Any:
            if not _outage.rests():
                try:
                    answer = getattr(self._redis, name)(*args)
                except RedisError as error:
                    if _outage.begins(error):
                        self._local.clear()  # what an earlier outage left
                else:
                    _outage.ends()
                    return answer
            return getattr(self._local, name)(*args)

        return ask
