"""Ranges of moments are found by the numbers of the runs that meet them, whatever was recorded late."""

from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import make
from tests.books import story
from tests.books.test_levels import walls_of
from tradepost.books import chart, marks, queries, spans
from tradepost.books import services as books
from tradepost.books.models import PlaceDay, Posting, Run
from tradepost.lib import db, walls
from tradepost.lib.db import MAX_BIGINT

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
FIRST = 1  # the number that the first run begins with, whichever its first posting has


def book(*days: int, close: bool = True) -> list[int]:
    """A posting on each of these days, one run for all; their numbers."""
    drafts = [make.payment(chart.BANK, "wallet:5", 1, at=make.AT + day * DAY) for day in days]
    ids = [receipt.posting_id for receipt in books.post(drafts) if not isinstance(receipt, books.Refusal)]
    if close:
        books.close_runs()
    return ids


def found(start: datetime | None, end: datetime | None) -> list[int]:
    rows = Posting.objects.filter(spans.span_of(start, end).holds(), spans.within(start, end)).order_by("id")
    return list(rows.values_list("id", flat=True))


def test_the_span_of_a_day_begins_and_ends_with_the_runs_that_meet_it() -> None:
    first, second, third = book(0, 0), book(1, 1), book(2)
    span = spans.span_of(make.AT + DAY, make.AT + 2 * DAY)
    assert (span.first, span.last, span.postings) == (second[0], second[1], 2)
    assert spans.span_of(None, None)[:2] == (FIRST, third[0])
    assert spans.span_of(make.AT + 9 * DAY, None).postings == 0
    assert found(make.AT, make.AT + DAY) == first


def test_what_is_recorded_late_is_found_and_only_makes_the_span_wider() -> None:
    first, late = book(0), book(5, 0, 6)
    assert found(make.AT, make.AT + DAY) == [first[0], late[1]]
    assert spans.span_of(make.AT + 3 * DAY, make.AT + 4 * DAY).postings == 3
    assert found(make.AT + 3 * DAY, make.AT + 4 * DAY) == []


def test_what_no_run_holds_yet_is_found_too() -> None:
    closed, open_ = book(0), book(0, 1, close=False)
    assert found(make.AT, make.AT + DAY) == [closed[0], open_[0]]
    assert spans.span_of(make.AT, None)[:3] == (FIRST, MAX_BIGINT, 3)
    assert spans.span_of(make.AT + DAY, None, most_open=1).first == closed[-1] + 1


@pytest.mark.parametrize("looked_through", [1, 2, 3, 9])
def test_of_a_long_end_that_no_run_holds_those_of_the_range_are_counted(
    looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spans, "LONG_TAIL", looked_through)
    closed, open_ = book(0), book(0, 5, 1, close=False)
    assert found(make.AT + DAY, make.AT + 2 * DAY) == [open_[2]]
    assert spans.span_of(make.AT + DAY, make.AT + 2 * DAY).postings == 1
    assert spans.span_of(make.AT + 2 * DAY, make.AT + 3 * DAY).postings == 0
    assert spans.span_of(make.AT, make.AT + DAY, most_open=9).postings == len(closed) + 1
    assert spans.span_of(make.AT, None, most_open=2).postings == len(closed) + (3 if looked_through > 3 else 2)


def test_a_run_closed_between_the_two_looks_at_a_long_end_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "LONG_TAIL", 1)
    fetch, looks = db.fetch, []

    def fetch_and_close(sql: str, params: list[object]) -> list[tuple[object, ...]]:
        looks.append(sql)
        rows = fetch(sql, params)
        if sql == spans.SPAN:
            books.close_runs()
        return rows

    closed, open_ = book(0), book(1, 1, close=False)
    monkeypatch.setattr(db, "fetch", fetch_and_close)
    assert found(make.AT + DAY, make.AT + 2 * DAY) == open_
    assert looks.count(spans.OPEN) == 1
    assert closed


def test_sure_are_the_most_runs_in_a_row_that_lie_wholly_inside() -> None:
    day = make.AT, make.AT + DAY
    book(0, 1)
    assert [island.sure for island in spans.span_of(*day).islands] == [None]
    first, second, late = book(0), book(0), book(0, 7)
    assert [island.sure for island in spans.span_of(*day).islands] == [(first[0], second[0])]
    third, fourth, fifth = book(0), book(0), book(0, 0)
    assert [island.sure for island in spans.span_of(*day).islands] == [(third[0], fifth[1])]
    assert spans.span_of(None, None).islands[0].sure == spans.span_of(None, None)[:2]
    assert found(*day)[1:] == [*first, *second, late[0], *third, *fourth, *fifth]


def test_what_was_recorded_late_lies_on_an_island_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    day = make.AT, make.AT + DAY
    first, _, late, _, _, second = book(0, 0), book(3), book(0, 4), book(5), book(5), book(0)
    open_ = book(6, 0, close=False)
    span = spans.span_of(*day)
    assert [island[:2] for island in span.islands] == [(FIRST, first[1]), tuple(late), (second[0], MAX_BIGINT)]
    assert [island.sure for island in span.islands] == [(FIRST, first[1]), None, (second[0], second[0])]
    assert (span.first, span.last, span.postings) == (FIRST, MAX_BIGINT, 6)
    assert found(*day) == [*first, late[0], second[0], open_[1]]
    monkeypatch.setattr(spans, "MOST_ISLANDS", 2)
    assert [island[:2] for island in spans.span_of(*day).islands] == [(FIRST, late[1]), (second[0], MAX_BIGINT)]
    monkeypatch.setattr(spans, "MOST_ISLANDS", 1)
    assert [island[:2] for island in spans.span_of(*day).islands] == [(FIRST, MAX_BIGINT)]


@pytest.mark.parametrize("offset", [timedelta(0), timedelta(microseconds=1)])
def test_the_start_is_inside_the_range_and_the_end_is_not(offset: timedelta) -> None:
    (number,) = book(0)
    assert found(make.AT + offset, None) == ([number] if not offset else [])
    assert found(None, make.AT + offset) == ([] if not offset else [number])


def test_sums_and_lists_of_a_range_are_those_of_all_its_postings() -> None:
    book(0, 1), book(1, 4), book(1, close=False)
    start, end = make.AT + DAY, make.AT + 2 * DAY
    assert queries.sum_of("wallet:5", start=start, end=end) == 3
    assert queries.sums_by_day("wallet:5", start=start, end=end, time_zone="UTC") == {start.date(): 3}
    assert queries.postings(make.console(), start=start, end=end).count() == 3
    assert queries.transfers(make.console(), start=start, end=end).count() == 3


def test_a_run_that_says_other_moments_is_named() -> None:
    book(0, 1)
    story.take_down("books_run")
    assert books.verify().ok
    Run.objects.update(first_at=make.AT + DAY)
    (difference,) = books.verify().differences
    assert (difference["table"], difference["id"]) == ("books_run", Run.objects.get().pk)


def test_a_database_of_the_version_before_gets_the_moments_and_days_of_its_runs() -> None:
    story.a_day_of_trade()
    book(3, 4)
    said = list(Run.objects.order_by("id").values_list("first_at", "last_at"))
    days = list(PlaceDay.objects.values_list("location", "day", "received", "sold", "removed"))
    assert days
    assert said[-1] == (make.AT + 3 * DAY, make.AT + 4 * DAY)
    standing = [wall for app in apps.get_app_configs() for wall in walls_of(app)]
    walls.take_down([*standing, marks.FOLLOW, marks.CLOSE])
    MigrationExecutor(connection).migrate([("books", "0004_set_wise_references")])
    call_command("migrate", verbosity=0, interactive=False)
    assert list(Run.objects.order_by("id").values_list("first_at", "last_at")) == said
    assert list(PlaceDay.objects.values_list("location", "day", "received", "sold", "removed")) == days
    assert walls.missing([*standing, marks.FOLLOW, marks.CLOSE]) == []
    assert books.verify().ok
