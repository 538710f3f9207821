"""A job is done once, whoever works; what fails is put off, what is refused is closed, what is lost is taken over."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from tests import make
from tests.threads import together
from tests.worker.conftest import Done, Teach
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock
from tradepost.lib.errors import Busy, Refused
from tradepost.people import services as people
from tradepost.worker import jobs
from tradepost.worker.jobs import Tally
from tradepost.worker.tasks import Task

pytestmark = pytest.mark.django_db

LATER = intake.CLAIM_EXPIRES + timedelta(minutes=1)


def ask(task: str, **payload: Any) -> Job:
    return intake.enqueue(task, actor=make.console(), at=clock.now(), **payload)


def work(at: datetime | None = None) -> Tally:
    return jobs.work_off(lambda: False, now=lambda: at or clock.now())


def test_job_is_done_and_says_what_came_of_it(teach: Teach, done: Done) -> None:
    job = ask(teach("count", done.work), number=7)
    assert work() == Tally(done=1)
    job.refresh_from_db()
    assert (job.result, job.progress, job.error, job.attempts) == (7, 100, "", 1)
    assert job.done_at is not None
    assert work() == Tally()


def test_four_workers_at_once_do_each_job_once(teach: Teach, done: Done) -> None:
    task = teach("count", done.work)
    for number in range(40):
        ask(task, number=number)
    tallies = [tally for tally in together([work] * 4) if isinstance(tally, Tally)]
    assert sum(tally.done for tally in tallies) == 40
    assert done.times == dict.fromkeys(range(40), 1)
    assert not Job.objects.filter(done_at=None).exists()


def test_lost_job_is_taken_over_once_its_claim_expired(teach: Teach, done: Done) -> None:
    ask(teach("count", done.work), number=1)
    (lost,) = intake.claim_jobs(1, at=clock.now())
    assert work() == Tally(), "a claim still holds"
    assert work(clock.now() + LATER) == Tally(done=1)
    assert not intake.finish_job(lost, "too late", at=clock.now()), "the first worker comes back from the dead"
    assert Job.objects.get().result == 1


def test_long_job_keeps_its_claim(teach: Teach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "RENEW_EVERY_S", 0.02)
    claimed: list[Any] = []

    def slow(task: Task) -> None:
        first = Job.objects.get().claimed_at
        for _ in range(200):
            claimed.append(Job.objects.get().claimed_at)
            if claimed[-1] != first:
                return

    ask(teach("slow", slow))
    assert work() == Tally(done=1)
    assert claimed[-1] > claimed[0]


def test_failure_is_put_off_and_tells_nothing_of_the_database(teach: Teach) -> None:
    def broken(task: Task) -> None:
        raise IntegrityError("duplicate key of secret_table")

    job = ask(teach("broken", broken))
    assert work() == Tally(failed=1)
    job.refresh_from_db()
    assert "secret_table" not in job.error
    assert job.done_at is None
    assert job.due_at > clock.now()
    assert work() == Tally(), "not due yet"


def test_failing_for_ever_ends_after_eight_attempts(teach: Teach) -> None:
    def busy(task: Task) -> None:
        raise Busy

    job = ask(teach("busy", busy))
    at = clock.now()
    for _ in range(intake.MOST_ATTEMPTS):
        assert work(at) == Tally(failed=1)
        at += timedelta(hours=1)
    job.refresh_from_db()
    assert (job.attempts, job.error) == (intake.MOST_ATTEMPTS, Busy.title)
    assert job.done_at is not None
    assert work(at) == Tally()


def test_job_that_kills_its_workers_is_given_up(teach: Teach, done: Done) -> None:
    job = ask(teach("count", done.work), number=1)
    at = clock.now()
    for _ in range(intake.MOST_ATTEMPTS):
        assert intake.claim_jobs(1, at=at)
        at += LATER
    assert work(at) == Tally(failed=1)
    job.refresh_from_db()
    assert job.done_at is not None
    assert not done.times


def test_refusal_is_final(teach: Teach) -> None:
    def refuse(task: Task) -> None:
        raise Refused("There is nothing to do")

    job = ask(teach("refuse", refuse))
    assert work() == Tally(failed=1)
    job.refresh_from_db()
    assert (job.error, job.done_at is not None) == ("There is nothing to do", True)


@pytest.mark.parametrize(
    "name",
    ["os.system", "tradepost.worker.nothing.here", "tradepost.worker.loop.run", "tradepost.worker.books.close_runs"],
)
def test_only_tasks_are_run(name: str) -> None:
    job = ask(name)
    assert work() == Tally(failed=1)
    job.refresh_from_db()
    assert job.error == f"There is no task {name}"
    assert job.done_at is not None


def test_job_acts_with_the_rights_of_who_asked(teach: Teach) -> None:
    seen: list[Any] = []
    task = teach("look", lambda task: seen.append(task.actor))
    ben = make.staff(make.store(), "ben")
    gone = make.staff(make.store(), "gone")
    intake.enqueue(task, actor=make.actor(ben), at=clock.now())
    refused = intake.enqueue(task, actor=make.actor(gone), at=clock.now())
    people.deactivate_user(gone.pk, actor=make.console(), at=clock.now())
    assert work() == Tally(done=1, failed=1)
    assert [(actor.name, actor.face, actor.works_somewhere, actor.is_admin) for actor in seen] == [
        ("ben", "worker", True, False)
    ]
    refused.refresh_from_db()
    assert refused.error


def test_progress_is_seen_while_it_works(teach: Teach) -> None:
    seen: list[int] = []

    def half(task: Task) -> None:
        task.progress(50)
        seen.append(Job.objects.get().progress)

    ask(teach("half", half))
    assert work() == Tally(done=1)
    assert seen == [50]
