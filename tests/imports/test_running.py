"""An import is worked off in pieces, each wholly there or not at all; stopped, failed or met by another, it goes on."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests import make
from tests.imports.files import brought, counts, csv_file, imported, products, started, worked_off, xlsx_file
from tests.statements import PulledOut, pulled_after
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog.models import Product
from tradepost.imports import judging, queries, reading
from tradepost.imports import services as imports
from tradepost.imports.errors import (
    FileForgotten,
    FileUnreadable,
    ImportNotRunning,
    ImportOver,
    ImportRunning,
    NoSuchImport,
)
from tradepost.imports.models import FilePiece, Import, RefusedRow
from tradepost.imports.services import running
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib.errors import Busy
from tradepost.till.models import StockEntry
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows a transaction."""
    monkeypatch.setattr(running, "ROWS_A_CHUNK", 10)


def after_chunks(number: int, act: Callable[[Import], Any]) -> Callable[[Import], None]:
    """Something that happens once so many pieces are done."""
    left = iter(range(number - 1, -1, -1))

    def progress(doc: Import) -> None:
        if next(left, None) == 0:
            act(doc)

    return progress


def stop(doc: Import) -> None:
    raise PulledOut


def test_a_worker_does_it_and_the_job_tells_how_far_it_is(small_chunks: None) -> None:
    doc = brought(products(25))
    doc = imports.run_import(doc.pk, actor=make.console(), at=make.AT)
    seen: list[int] = []
    report = intake.report_progress

    def watched(job_id: int, percent: int) -> None:
        seen.append(percent)
        report(job_id, percent)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intake, "report_progress", watched)
        assert jobs.work_off(lambda: False).done == 1
    assert seen == [42, 80, 99]
    job = Job.objects.get()
    assert (job.progress, job.error) == (100, "")
    assert job.result == {"import": doc.pk, "state": "done", "added": 25, "changed": 0, "same": 0, "refused": 0}


def test_it_goes_on_behind_the_last_piece_done(small_chunks: None) -> None:
    doc = started(csv_file("sku,name,price", *[f"P{i},Name,{'x' if i % 5 == 0 else 1}" for i in range(35)]))
    with pytest.raises(PulledOut):
        imports.work_off(doc.pk, progress=after_chunks(2, stop), actor=make.console(), at=make.AT)
    doc.refresh_from_db()
    assert (doc.state, doc.position, counts(doc), doc.progress) == ("running", 21, (16, 0, 0, 4), 58)
    done = worked_off(doc)
    assert (done.state, counts(done), Product.objects.count()) == ("done", (28, 0, 0, 7), 28)
    assert RefusedRow.objects.count() == 7


def test_a_failure_after_any_statement_leaves_whole_pieces_only(small_chunks: None) -> None:
    store, tea = make.store(), make.product("TEA")
    died = 0
    for number in range(1, 200):
        doc = started(csv_file("sku,quantity", *["TEA,1"] * 14, f"TEA,x{number}"), store=store)
        before = books.level_of(tea.pk, chart.store(store.pk))
        try:
            with pulled_after(number):
                worked_off(doc)
        except PulledOut:
            died += 1
        doc.refresh_from_db()
        there = books.level_of(tea.pk, chart.store(store.pk)) - before
        assert (there, doc.refused) in {(0, 0), (10, 0), (14, 1)}
        assert (doc.added, doc.position) == (there, {0: 0, 10: 11, 14: 16}[there])
        assert doc.refused_rows.count() == doc.refused
        done = worked_off(doc)
        assert (done.state, counts(done)) == ("done", (14, 0, 0, 1))
        assert books.level_of(tea.pk, chart.store(store.pk)) - before == 14
        if died < number:
            break
    assert died > 30


def test_two_that_run_it_at_once_do_each_row_once(small_chunks: None) -> None:
    store = make.store()
    goods = [make.product() for _ in range(5)]
    doc = started(csv_file("sku,quantity", *[f"{goods[i % 5].sku},1" for i in range(200)]), store=store)
    answers = together([lambda: worked_off(doc)] * 3)
    assert all(isinstance(answer, Import) for answer in answers), answers
    doc.refresh_from_db()
    assert (doc.state, counts(doc)) == ("done", (200, 0, 0, 0))
    assert set(books.levels_at(chart.store(store.pk)).values()) == {40}
    assert sum(entry.lines.count() for entry in StockEntry.objects.all()) == 200


def test_it_waits_for_others_at_the_same_products_and_then_goes_on(
    small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "PAUSE_S", 0)
    doc, left = started(products(15)), [2, 9]
    carry_out = judging.judge

    def busy(*args: Any, **options: Any) -> Any:
        left[0] -= 1
        if left[0] >= 0:
            raise Busy
        return carry_out(*args, **options)

    monkeypatch.setattr(judging, "judge", busy)
    assert counts(worked_off(doc)) == (15, 0, 0, 0)
    again = started(products(15))
    left[0] = 99
    with pytest.raises(Busy):
        worked_off(again)
    again.refresh_from_db()
    assert (again.state, again.position) == ("running", 0)


def test_a_stopped_import_ends_after_the_piece_in_hand_and_can_go_on(small_chunks: None) -> None:
    doc = started(products(35))
    pause = after_chunks(1, lambda doc: imports.pause_import(doc.pk, actor=make.console(), at=make.AT))
    stopped = imports.work_off(doc.pk, progress=pause, actor=make.console(), at=make.AT)
    assert (stopped.state, stopped.position, Product.objects.count()) == ("paused", 11, 10)
    assert worked_off(stopped).position == 11
    imports.run_import(doc.pk, by_worker=False, actor=make.console(), at=make.AT)
    assert counts(worked_off(doc)) == (35, 0, 0, 0)


def test_each_state_allows_what_it_allows() -> None:
    console: dict[str, Any] = {"actor": make.console(), "at": make.AT}
    doc = brought(products(3))
    with pytest.raises(ImportNotRunning):
        imports.pause_import(doc.pk, **console)
    imports.run_import(doc.pk, **console)
    with pytest.raises(ImportRunning):
        imports.run_import(doc.pk, **console)
    jobs.work_off(lambda: False)
    for call in (imports.run_import, imports.pause_import):
        with pytest.raises(ImportOver if call is imports.run_import else ImportNotRunning):
            call(doc.pk, **console)
    assert Import.objects.get().state == "done"
    with pytest.raises(NoSuchImport):
        imports.run_import(10**6, **console)


def test_a_broken_file_fails_where_it_breaks_and_keeps_what_was_done(small_chunks: None) -> None:
    file = xlsx_file(["sku", "name", "price"], *[[f"P{i}", "Tea", 1] for i in range(15)])
    doc = started(file)
    rows = reading.rows

    def breaking(*args: Any) -> Any:
        for row in rows(*args):
            if row.number == 14:
                raise FileUnreadable("This XLSX file is broken: row 14")
            yield row

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "rows", breaking)
        with pytest.raises(FileUnreadable):
            worked_off(doc)
    doc.refresh_from_db()
    assert (doc.state, doc.why, doc.position) == ("failed", "This XLSX file is broken: row 14", 11)
    assert doc.finished_at is not None
    event = AuditEvent.objects.get(action="imports.failed")
    counted = {"added": 10, "changed": 0, "same": 0, "refused": 0}
    assert (event.subject_id, event.after) == (str(doc.pk), {"why": FileUnreadable.code, "position": 11, **counted})
    imports.run_import(doc.pk, by_worker=False, actor=make.console(), at=make.AT)
    assert counts(worked_off(doc)) == (15, 0, 0, 0)


def test_an_import_whose_job_was_given_up_has_failed_and_can_be_run_again() -> None:
    doc = brought(products(3))
    doc = imports.run_import(doc.pk, actor=make.console(), at=make.AT)
    assert doc.job is not None
    intake.fail_job(doc.job, "Every worker that took this job died over it", at=make.AT, final=True)
    shown = queries.import_(doc.pk, make.console())
    assert (shown.state, shown.standing, shown.why) == (
        "running", "failed", "Every worker that took this job died over it",
    )  # fmt: skip
    assert list(queries.imports(make.console(), state="failed")) == [doc]
    assert list(queries.imports(make.console(), state="running")) == []
    imports.run_import(doc.pk, actor=make.console(), at=make.AT)
    assert jobs.work_off(lambda: False).done == 1
    assert counts(queries.import_(doc.pk, make.console())) == (3, 0, 0, 0)


def test_a_file_left_alone_is_forgotten_and_one_at_work_is_not() -> None:
    left, running_, fresh = brought(products(1)), started(products(2)), brought(products(3))
    Import.objects.filter(pk=fresh.pk).update(state="previewed")
    later = make.AT + imports.KEEP + timedelta(seconds=1)
    assert imports.forget_old_files(at=make.AT) == 0
    assert imports.forget_old_files(at=later, limit=1) == 1
    assert imports.forget_old_files(at=later) == 1
    assert set(FilePiece.objects.values_list("import_doc_id", flat=True)) == {running_.pk}
    with pytest.raises(FileForgotten):
        imports.run_import(left.pk, actor=make.console(), at=make.AT)


def test_one_sees_ones_own_and_those_of_the_stores_one_manages() -> None:
    store, other = make.store(), make.store()
    make.product("TEA")
    admin, manager = make.admin(), make.manager(store)
    stock = csv_file("sku,quantity", "TEA,1")
    ours = [brought(products(1), actor=make.actor(admin)), brought(stock, store=store, actor=make.actor(admin))]
    brought(stock, store=other)
    assert queries.imports(make.actor(make.auditor())).count() == 3
    assert list(queries.imports(make.actor(manager))) == [ours[1]]
    assert list(queries.imports(make.actor(make.staff(store)))) == []
    assert [doc.pk for doc in queries.imports(make.actor(admin), kind="stock", store=store.pk)] == [ours[1].pk]
    for doc in ours:
        with pytest.raises(NoSuchImport):
            queries.import_(doc.pk, make.actor(make.manager(other)))
        with pytest.raises(NoSuchImport):
            imports.run_import(doc.pk, actor=make.actor(make.manager(other)), at=make.AT)


def test_what_was_begun_and_not_done_is_found_by_its_file(small_chunks: None) -> None:
    actor = make.console()
    doc = brought(products(15))
    asked: dict[str, Any] = {"kind": "products", "store": None, "digest": doc.digest}
    assert queries.unfinished(actor, **asked) is None
    imports.run_import(doc.pk, by_worker=False, actor=actor, at=make.AT)
    assert queries.unfinished(actor, **asked) == doc
    worked_off(doc)
    assert queries.unfinished(actor, **asked) is None


COLUMNS = "import_doc_id, row, field, sku, name, value, detail"
CHANGES = [
    "UPDATE imports_import SET digest = 'x'",
    "UPDATE imports_import SET state = 'running' WHERE state = 'done'",
    "UPDATE imports_import SET added = added + 1 WHERE state = 'done'",
    "UPDATE imports_import SET added = 99 WHERE state = 'running'",
    "DELETE FROM imports_import",
    "UPDATE imports_refusedrow SET detail = 'x'",
    "DELETE FROM imports_refusedrow",
    f"INSERT INTO imports_refusedrow ({COLUMNS}) VALUES (999999, 1, '', '', '', '', 'x')",
    f"INSERT INTO imports_refusedrow ({COLUMNS}) SELECT {COLUMNS} FROM imports_refusedrow",
]


@pytest.mark.parametrize("sql", CHANGES)
def test_what_came_of_an_import_cannot_be_changed(sql: str) -> None:
    imported(csv_file("sku,name,price", "A,Tea,1", "B,,"))
    started(products(1))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_lock_makes_a_second_runner_wait_for_the_piece_in_hand(small_chunks: None) -> None:
    doc = started(products(10))
    inside, release = threading.Event(), threading.Event()
    judge = judging.judge

    def slow(*args: Any, **options: Any) -> Any:
        inside.set()
        release.wait(10)
        return judge(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "judge", slow)

        def second() -> Import:
            inside.wait(10)
            threading.Timer(0.3, release.set).start()
            return worked_off(doc)

        together([lambda: worked_off(doc), second])
    doc.refresh_from_db()
    assert (doc.state, counts(doc), Product.objects.count()) == ("done", (10, 0, 0, 0), 10)
