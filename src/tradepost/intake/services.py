"""`once` opens the one durable transaction a face starts; `enqueue` puts a job beside the change that asked for it."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Q
from django.utils.crypto import salted_hmac

from tradepost.intake.errors import KeyMismatch, KeyTooLong
from tradepost.intake.models import IdempotencyKey, Job
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor

KEEP = timedelta(days=30)
CLAIM_EXPIRES = timedelta(minutes=10)
MOST_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Answer:
    """What a face answers: an HTTP-like status and plain JSON. `replayed` marks a first answer given again."""

    status: int
    body: Any
    replayed: bool = False


def digest_of(*parts: Any) -> str:
    """A digest of what was asked for; equal for equal requests, however their keys were ordered.

    Keyed with the installation's secret: a request may hold a password, which nobody who reads the table may guess at.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return salted_hmac("tradepost.intake.digest", text, algorithm="sha256").hexdigest()


def once(key: str | None, digest: str, actor: Actor, call: Callable[[], Answer]) -> Answer:
    """Do `call` in one durable transaction, at most once for this actor and key, and give every twin the same answer.

    A twin in flight waits for the first and gets its answer, or Busy after the lock timeout. Only successes are kept: a
    refusal rolls everything back, the key with it, so the request is judged anew. Raises KeyMismatch when the key came
    with another digest before. Without a key one is made up: the call runs once, and nobody can ask for its answer.
    """
    key = _checked(key)
    with db.politely(), transaction.atomic(durable=True):
        if not _claim(key, digest, actor):
            return _first_answer(key, digest, actor)
        answer = call()
        kept = IdempotencyKey.objects.filter(user_id=actor.user_id, key=key)
        kept.update(status=answer.status, body=json.loads(json.dumps(answer.body, cls=DjangoJSONEncoder)))
        return answer


def _checked(key: str | None) -> str:
    if not key:
        return f"made-up:{uuid.uuid4()}"
    if len(key) > 200 or not key.isprintable():
        raise KeyTooLong
    return key


def _claim(key: str, digest: str, actor: Actor) -> bool:
    """Whether the key is now ours. On PostgreSQL a twin's uncommitted row makes the insert wait for the twin's end."""
    columns = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}
    return db.insert_one_unless_there(
        "intake_idempotencykey", columns, (actor.user_id, key, digest, 0, clock.now()), conflict="user_id, key"
    )


def _first_answer(key: str, digest: str, actor: Actor) -> Answer:
    first = IdempotencyKey.objects.get(user_id=actor.user_id, key=key)
    if first.digest != digest:
        raise KeyMismatch
    return replace(Answer(first.status, first.body), replayed=True)


def forget_old_keys(*, at: datetime, limit: int = 5000) -> int:
    """Remove keys older than 30 days, at most `limit` of them; the worker calls it now and then."""
    old = list(IdempotencyKey.objects.filter(created_at__lt=at - KEEP).values_list("id", flat=True)[:limit])
    return IdempotencyKey.objects.filter(id__in=old).delete()[0]


def enqueue(task: str, *, actor: Actor, at: datetime, **payload: Any) -> Job:
    """Put a job into the queue, in the caller's transaction: it is there if and only if the change it follows is."""
    return Job.objects.create(
        task=task, payload=payload, user_id=actor.user_id, request_id=actor.request_id, created_at=at, due_at=at
    )


@transaction.atomic
def claim_jobs(limit: int, *, at: datetime) -> list[Job]:
    """Take up to `limit` due jobs that nobody works on; a claim older than ten minutes counts as lost."""
    free = Q(claimed_at__isnull=True) | Q(claimed_at__lt=at - CLAIM_EXPIRES)
    due = Job.objects.select_for_update(skip_locked=db.is_postgres()).filter(free, done_at__isnull=True, due_at__lte=at)
    jobs = list(due.order_by("due_at", "id")[:limit])
    Job.objects.filter(id__in=[job.id for job in jobs]).update(claimed_at=at, attempts=F("attempts") + 1)
    for job in jobs:
        job.attempts += 1
        job.claimed_at = at
    return jobs


def report_progress(job_id: int, percent: int) -> None:
    """Say how far a job is, 0 to 100."""
    Job.objects.filter(id=job_id, done_at__isnull=True).update(progress=max(0, min(100, percent)))


def keep_claim(job: Job, *, at: datetime) -> bool:
    """Renew the claim of a job still at work; False when another worker took it over meanwhile."""
    mine = Job.objects.filter(id=job.id, attempts=job.attempts, done_at__isnull=True)
    return mine.update(claimed_at=at) == 1


def finish_job(job: Job, result: Any, *, at: datetime) -> bool:
    """Mark a claimed job as done; False when another worker took it over meanwhile."""
    mine = Job.objects.filter(id=job.id, attempts=job.attempts, done_at__isnull=True)
    return mine.update(done_at=at, progress=100, result=result, error="") == 1


def fail_job(job: Job, error: str, *, at: datetime, final: bool = False) -> None:
    """Put a failed job back with a growing delay (2, 4, 8 … seconds); close it with its error after eight attempts."""
    mine = Job.objects.filter(id=job.id, attempts=job.attempts, done_at__isnull=True)
    if final or job.attempts >= MOST_ATTEMPTS:
        mine.update(done_at=at, error=error[:500])
    else:
        mine.update(claimed_at=None, due_at=at + timedelta(seconds=2**job.attempts), error=error[:500])
