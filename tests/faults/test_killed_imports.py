"""A worker killed in the middle of an import, again and again: another goes on, and each row counts once."""

from datetime import timedelta

import pytest

from tests import make
from tests.faults.programs import TRADEPOST, eventually, kill, running
from tests.imports.files import brought, counts, csv_file
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as books_services
from tradepost.imports import services as imports
from tradepost.imports.models import Import, RefusedRow
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock
from tradepost.till.models import StockEntryLine
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db

ROWS, KILLS = 14_000, 2


def test_a_killed_worker_leaves_no_row_out_and_none_twice(database_url: str) -> None:
    store = make.store()
    goods = [make.product() for _ in range(50)]
    lines = [f"{goods[i % 50].sku},{'x' if i % 1000 == 0 else 1}" for i in range(ROWS)]
    doc = brought(csv_file("sku,quantity", *lines), store=store)
    doc = imports.run_import(doc.pk, actor=make.console(), at=clock.now())
    killed_at = []
    for _ in range(KILLS):
        before = Import.objects.get().position
        with running([*TRADEPOST, "worker"], database_url) as process:
            assert eventually(lambda: Import.objects.get().position > before)  # noqa: B023  # read while it stands
            kill(process)
        killed_at.append(Import.objects.get().position)
        # The claim of a dead worker expires in a minute; it has passed.
        Job.objects.update(claimed_at=clock.now() - intake.CLAIM_EXPIRES - timedelta(seconds=1))
    assert killed_at == sorted(set(killed_at))
    assert killed_at[-1] < ROWS, "the worker was faster than the test"
    jobs.work_off(lambda: False)
    assert doc.job is not None
    doc.job.refresh_from_db()
    assert doc.job.attempts == KILLS + 1
    doc.refresh_from_db()
    assert (doc.state, counts(doc)) == ("done", (ROWS - 14, 0, 0, 14))
    assert sum(books.levels_at(chart.store(store.pk)).values()) == ROWS - 14 == StockEntryLine.objects.count()
    assert RefusedRow.objects.count() == 14
    assert not books_services.reconcile().differences
