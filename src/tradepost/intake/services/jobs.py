"""The queue: `enqueue` puts a job beside the change that asked for it; workers claim, keep, finish and fail them."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from tradepost.intake.models import Job
from tradepost.lib import db
from tradepost.lib.actor import Actor

CLAIM_EXPIRES = timedelta(minutes=1)
MOST_ATTEMPTS = 8


def enqueue(task: str, *, actor: Actor, at: datetime, **payload: Any) -> Job:
    """Put a job into the queue, in the caller's transaction: it is there if and only if the change it follows is.

    Once that is committed the workers are woken, where there is a broker; without one they find it within a second.
    """
    job = Job.objects.create(
        task=task, payload=payload, user_id=actor.user_id, request_id=actor.request_id, created_at=at, due_at=at
    )
    transaction.on_commit(_wake_workers, robust=True)
    return job


def _wake_workers() -> None:
    if settings.REDIS_URL:
        from tradepost.celery import wake_workers  # takes a while to import, and who has no broker need not wait

        wake_workers()


@transaction.atomic
def claim_jobs(limit: int, *, at: datetime) -> list[Job]:
    """Take up to `limit` due jobs that nobody works on; a claim older than a minute counts as lost."""
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
