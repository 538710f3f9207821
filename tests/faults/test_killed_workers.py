"""A worker killed over a job: another does it once the claim has expired."""

from datetime import timedelta

import pytest

from tests import make
from tests.faults.programs import PYTHON, TRADEPOST, await_line, eventually, kill, running
from tradepost.books import queries as books
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock
from tradepost.worker import jobs
from tradepost.worker.books import PROVE

pytestmark = pytest.mark.django_db

CLAIMS = """
import django, time; django.setup()
from tradepost.intake import services
from tradepost.lib import clock
print("ready", services.claim_jobs(1, at=clock.now()), flush=True)
time.sleep(60)
"""


def test_another_worker_does_the_job_of_a_killed_one(database_url: str) -> None:
    job = intake.enqueue(PROVE, actor=make.console(), at=clock.now())
    with running([*PYTHON, "-c", CLAIMS], database_url) as process:
        await_line(process, "ready [<Job")
        kill(process)
    assert jobs.work_off(lambda: False).done == 0
    later = clock.now() + intake.CLAIM_EXPIRES + timedelta(seconds=1)
    assert jobs.work_off(lambda: False, now=lambda: later).done == 1
    job.refresh_from_db()
    assert (job.attempts, job.error) == (2, "")


def test_worker_works_and_stops_when_told_to(database_url: str) -> None:
    job = intake.enqueue(PROVE, actor=make.console(), at=clock.now())
    with running([*TRADEPOST, "worker"], database_url) as process:
        assert eventually(lambda: Job.objects.get(pk=job.pk).done_at is not None)
        process.terminate()
        assert process.wait(20) == 0
    assert books.latest_proof() is not None
