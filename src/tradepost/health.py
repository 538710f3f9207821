"""What a load balancer asks: whether the process answers, and whether work may be sent to it. No figure, no name.

Not ready is only what has no database of this version; workers and broker are said, but serving goes on without them.
"""

from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from tradepost.books import queries as books
from tradepost.intake import queries as intake
from tradepost.lib import clock

BEHIND = timedelta(minutes=1)


@never_cache
def alive(request: HttpRequest) -> JsonResponse:
    """The process answers; whether its database does is another question."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """Work may be sent here: the database answers and is of this version. Says too how workers and broker are."""
    try:
        migrated = _last_migrations() <= set(MigrationRecorder(connection).applied_migrations())
        states = {"database": "ok", "migrations": "ok" if migrated else "waiting"}
        if migrated:
            states["workers"] = "behind" if _workers_are_behind() else "ok"
    except DatabaseError:
        return JsonResponse({"status": "not ready", "database": "no answer"}, status=503)
    states["broker"] = _broker()
    status = "ok" if migrated else "not ready"
    return JsonResponse({"status": status, **states}, status=200 if migrated else 503)


@cache
def _last_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _workers_are_behind() -> bool:
    """Whether something waits for a worker longer than a worker that is there lets it wait."""
    limit = clock.now() - BEHIND
    oldest = books.open_since()
    return (oldest is not None and oldest < limit) or intake.is_waiting_since(limit)


def _broker() -> str:
    if not settings.REDIS_URL:
        return "none"
    try:
        once = Retry(NoBackoff(), 0)
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=once) as client:
            client.ping()
    except RedisError:
        return "no answer"
    return "ok"
