"""Jobs: rows beside the change that asked for them, worked by one worker at a time, never lost."""

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from tests import make
from tests.threads import together
from tradepost.intake import queries, services
from tradepost.intake.models import Job
from tradepost.lib.errors import Missing

pytestmark = pytest.mark.django_db

AT = make.AT


def queued(count: int = 1) -> list[Job]:
    return [services.enqueue("test.task", actor=make.console(), at=AT, number=i) for i in range(count)]


def test_a_job_is_there_if_and_only_if_its_change_is() -> None:
    with transaction.atomic():
        queued()
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    (job,) = queued()
    assert (job.task, job.payload, job.user_id) == ("test.task", {"number": 0}, make.console().user_id)
    assert queries.waiting() == 1


def test_a_claimed_job_is_nobody_elses() -> None:
    queued(3)
    first = services.claim_jobs(2, at=AT)
    second = services.claim_jobs(5, at=AT)
    assert [job.payload["number"] for job in first + second] == [0, 1, 2]
    assert services.claim_jobs(5, at=AT) == []
    assert {(job.attempts, job.claimed_at) for job in first} == {(1, AT)}


def test_a_job_is_not_claimed_before_it_is_due() -> None:
    services.enqueue("test.task", actor=make.console(), at=AT + timedelta(seconds=1))
    assert services.claim_jobs(1, at=AT) == []
    assert len(services.claim_jobs(1, at=AT + timedelta(seconds=1))) == 1


def test_workers_at_once_share_the_jobs() -> None:
    queued(40)
    claims = together([lambda: [job.pk for job in services.claim_jobs(10, at=AT)]] * 8)
    taken = [job_id for claim in claims if isinstance(claim, list) for job_id in claim]
    assert len(taken) == len(set(taken))
    while more := services.claim_jobs(10, at=AT):
        taken += [job.pk for job in more]
    assert sorted(taken) == sorted(Job.objects.values_list("id", flat=True))
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


def test_a_worker_that_claims_does_not_hold_up_another() -> None:
    """The first is still in its transaction: the second takes what is left, or on SQLite waits its turn."""
    queued(2)
    claimed, done = threading.Event(), threading.Event()

    def slow() -> list[int]:
        with transaction.atomic():
            jobs = services.claim_jobs(1, at=AT)
            claimed.set()
            done.wait(0.3)
        return [job.pk for job in jobs]

    def quick() -> list[int]:
        assert claimed.wait(10)
        jobs = services.claim_jobs(5, at=AT)
        done.set()
        return [job.pk for job in jobs]

    first, second = together([slow, quick])
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert sorted(first + second) == sorted(Job.objects.values_list("id", flat=True))


def test_a_lost_claim_expires_and_the_late_worker_changes_nothing() -> None:
    queued()
    (lost,) = services.claim_jobs(1, at=AT)
    assert services.claim_jobs(1, at=AT + services.CLAIM_EXPIRES) == []
    later = AT + services.CLAIM_EXPIRES + timedelta(seconds=1)
    (taken,) = services.claim_jobs(1, at=later)
    assert taken.attempts == 2
    assert not services.keep_claim(lost, at=later)
    assert not services.finish_job(lost, "late", at=later)
    services.fail_job(lost, "late", at=later)
    assert services.finish_job(taken, {"proof": 1}, at=later)
    job = Job.objects.get()
    assert (job.result, job.error, job.done_at, job.progress) == ({"proof": 1}, "", later, 100)
    assert not services.finish_job(taken, "again", at=later)
    assert queries.waiting() == 0


def test_a_claim_that_is_renewed_does_not_expire() -> None:
    queued()
    (job,) = services.claim_jobs(1, at=AT)
    assert services.keep_claim(job, at=AT + services.CLAIM_EXPIRES)
    assert services.claim_jobs(1, at=AT + 2 * services.CLAIM_EXPIRES) == []


def test_a_failed_job_comes_back_later_and_later_until_it_is_given_up() -> None:
    queued()
    at, delays = AT, []
    for attempt in range(1, services.MOST_ATTEMPTS + 1):
        (job,) = services.claim_jobs(1, at=at)
        assert job.attempts == attempt
        services.fail_job(job, "e" * 600, at=at)
        job.refresh_from_db()
        if job.done_at is None:
            assert services.claim_jobs(1, at=job.due_at - timedelta(microseconds=1)) == []
            delays.append((job.due_at - at).seconds)
            at = job.due_at
    assert delays == [2, 4, 8, 16, 32, 64, 128]
    job = Job.objects.get()
    assert (job.done_at, len(job.error), job.result) == (at, 500, None)
    assert services.claim_jobs(1, at=at + timedelta(days=1)) == []


def test_a_failure_can_be_final() -> None:
    queued()
    (job,) = services.claim_jobs(1, at=AT)
    services.fail_job(job, "no such product", at=AT, final=True)
    job.refresh_from_db()
    assert (job.done_at, job.error) == (AT, "no such product")


def test_progress_is_a_percentage() -> None:
    (job,) = queued()
    for percent, kept in ((-5, 0), (40, 40), (250, 100)):
        services.report_progress(job.pk, percent)
        job.refresh_from_db()
        assert job.progress == kept


def test_a_job_is_seen_by_who_asked_for_it_and_by_those_who_read_everything() -> None:
    asker, other = make.actor(make.customer()), make.actor(make.customer())
    job = services.enqueue("test.task", actor=asker, at=AT)
    for reader in (asker, make.actor(make.auditor()), make.console()):
        assert queries.job(job.pk, reader) == job
    with pytest.raises(Missing):
        queries.job(job.pk, other)
    assert not queries.jobs(other).exists()
