"""The way in: answers kept under idempotency keys, requests that meet, and the queue of jobs."""

from tradepost.intake.services.jobs import (
    CLAIM_EXPIRES,
    MOST_ATTEMPTS,
    claim_jobs,
    enqueue,
    fail_job,
    finish_job,
    keep_claim,
    report_progress,
)
from tradepost.intake.services.meeting import Meeting
from tradepost.intake.services.once import (
    KEEP,
    Answer,
    Asked,
    Outcome,
    content_of,
    digest_of,
    forget_old_keys,
    key_of,
    once,
    once_each,
)

__all__ = [
    "CLAIM_EXPIRES",
    "KEEP",
    "MOST_ATTEMPTS",
    "Answer",
    "Asked",
    "Meeting",
    "Outcome",
    "claim_jobs",
    "content_of",
    "digest_of",
    "enqueue",
    "fail_job",
    "finish_job",
    "forget_old_keys",
    "keep_claim",
    "key_of",
    "once",
    "once_each",
    "report_progress",
]
