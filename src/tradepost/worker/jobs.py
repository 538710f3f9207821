"""Working off the queue: claim a job, do it, write down what came of it.

A job is done at least once. A worker that dies leaves its claim to expire, and another does the job then; while one
works it renews its claim, so a long job is not taken from it.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import structlog

from tradepost.intake import services as intake
from tradepost.lib import clock
from tradepost.lib.errors import Busy, TradepostError
from tradepost.people import queries as people
from tradepost.worker.beside import beside
from tradepost.worker.tasks import Task, task_named

if TYPE_CHECKING:
    from tradepost.intake.models import Job

RENEW_EVERY_S = 10.0

log = structlog.get_logger("tradepost.worker")


class Tally(NamedTuple):
    """How many jobs were done, and how many were not."""

    done: int = 0
    failed: int = 0


def work_off(stopping: Callable[[], bool], *, now: Callable[[], datetime] = clock.now) -> Tally:
    """Do due jobs, one after the other, until there is none or `stopping` says so."""
    done = failed = 0
    while not stopping():
        claimed = intake.claim_jobs(1, at=now())
        if not claimed:
            break
        if _do(claimed[0], now):
            done += 1
        else:
            failed += 1
    return Tally(done, failed)


def _do(job: "Job", now: Callable[[], datetime]) -> bool:
    """Do one job; whether it was done. Whatever a task raises is the job's failure, never the worker's."""
    started = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request_id=job.request_id, job=job.pk, task=job.task):
        try:
            if job.attempts > intake.MOST_ATTEMPTS:
                raise Busy("Every worker that took this job died over it")
            user = people.user(job.user_id)
            actor = people.acting_as(user.username, face="worker", request_id=job.request_id)
            with _claim_kept(job):
                result = task_named(job.task)(Task(job.pk, actor, now()), **job.payload)
        except Busy as busy:
            intake.fail_job(job, busy.message, at=now())
            log.warning("job put off", why=busy.message)
        except TradepostError as refusal:
            intake.fail_job(job, refusal.message, at=now(), final=True)
            log.warning("job refused", why=refusal.message)
        except Exception as error:
            log.exception("job failed")
            intake.fail_job(job, f"It failed ({type(error).__name__}); the log says more", at=now())
        else:
            mine = intake.finish_job(job, result, at=now())
            milliseconds = round((time.perf_counter() - started) * 1000)
            log.info("job done" if mine else "job done by another meanwhile", milliseconds=milliseconds)
            return True
    return False


def _claim_kept(job: "Job") -> AbstractContextManager[None]:
    """Renew the claim every ten seconds as long as the work takes."""

    def renew() -> None:
        try:
            intake.keep_claim(job, at=clock.now())
        except Exception:
            log.exception("claim not renewed")

    return beside(renew, every_s=RENEW_EVERY_S, name="claim")
