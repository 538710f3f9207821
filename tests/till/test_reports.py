"""The report of a store's day: money from the journal, counts from the documents, days by the store's own clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import make
from tests.statements import counted
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.lib import clock
from tradepost.lib.errors import Denied, Invalid, Missing
from tradepost.places.models import Store
from tradepost.till import queries, totals
from tradepost.till import services as till
from tradepost.till.models import Sale
from tradepost.till.services import AdjustmentDraft, EntryDraft, EntryItem

pytestmark = pytest.mark.django_db


def journal_of(store: Store, day: date) -> tuple[int, int]:
    """Revenue and losses of a day, straight from the journal."""
    start, end = clock.day_bounds(day, store.time_zone)
    codes = (chart.revenue(store.pk), chart.loss(store.pk))
    revenue, losses = (books.sum_of(code, start=start, end=end) for code in codes)
    return revenue, losses


def test_the_report_of_a_day_equals_the_journal_and_the_documents() -> None:
    store, day = make.store(), make.AT.date()
    mug = make.stocked_product(store, 50)
    sale = make.sale(store, (mug, 3))
    make.sale(store, (mug, 1))
    make.given_back(sale, 2)
    loss = EntryDraft(store.pk, [EntryItem(mug.pk, 4)], reason="Broken")
    till.write_off([loss], actor=make.console(), at=make.AT)
    till.adjust([AdjustmentDraft(store.pk, -30, "x")], actor=make.console(), at=make.AT)
    make.sale(store, (mug, 1), at=make.AT + timedelta(days=1))
    report = queries.day_report(store.pk, day, make.console())
    assert (report.revenue_minor, report.losses_minor) == (470, 400) == journal_of(store, day)
    assert (report.sales, report.returns, report.write_offs, report.deliveries, report.adjustments) == (2, 1, 1, 1, 1)
    assert (report.given_back_minor, report.average_sale_minor) == (500, 500)
    assert totals.revenue(store.pk) == 470 + 250
    assert totals.sales(store.pk) == (3, 3, 5, 1250)
    assert totals.returns(store.pk) == (1, 1, 2, 500)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("Asia/Tehran", "2026-03-02T20:29:59", "2026-03-02"),
        ("Asia/Tehran", "2026-03-02T20:30:00", "2026-03-03"),
        ("America/Los_Angeles", "2026-03-02T07:59:59", "2026-03-01"),
        ("America/Los_Angeles", "2026-03-02T08:00:00", "2026-03-02"),
        ("Pacific/Kiritimati", "2026-03-01T10:00:00", "2026-03-02"),
        ("UTC", "2026-03-02T23:59:59", "2026-03-02"),
    ],
)
def test_a_sale_belongs_to_the_day_of_the_stores_clock(zone: str, moment: str, day: str) -> None:
    store, at = make.store(time_zone=zone), datetime.fromisoformat(moment).replace(tzinfo=UTC)
    sale = make.sale(store, (make.stocked_product(store, 5), 1), at=at)
    wanted = date.fromisoformat(day)
    assert sale.business_date == wanted
    nearby = queries.day_reports(store.pk, wanted - timedelta(days=1), wanted + timedelta(days=1), make.console())
    assert [(one.date, one.revenue_minor, one.sales) for one in nearby] == [
        (wanted + timedelta(days=1), 0, 0), (wanted, 250, 1), (wanted - timedelta(days=1), 0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_days_when_the_clock_changes_lose_and_double_nothing(day: str, hours: int) -> None:
    zone = ZoneInfo("Europe/London")
    store, wanted = make.store(time_zone="Europe/London"), date.fromisoformat(day)
    mug = make.stocked_product(store, 100)
    start = datetime.combine(wanted, datetime.min.time(), tzinfo=zone).astimezone(UTC)
    moments = [start + timedelta(minutes=30, hours=i) for i in range(-1, hours + 1)]
    till.ring_up([make.basket(store, (mug, 1), at=at) for at in moments], actor=make.console(), at=make.AT)
    report = queries.day_report(store.pk, wanted, make.console())
    assert (report.sales, report.revenue_minor) == (hours, hours * 250)
    assert journal_of(store, wanted)[0] == hours * 250
    around = queries.revenue_by_day(store.pk, wanted - timedelta(days=1), wanted + timedelta(days=1), make.console())
    one = timedelta(days=1)
    assert around == {wanted - one: 250, wanted: hours * 250, wanted + one: 250}
    assert sum(queries.sold_by_hour(store.pk, [wanted], "Europe/London").values()) == hours * 250


def test_a_day_without_trade_is_zeros() -> None:
    store = make.store()
    report = queries.day_report(store.pk, date(2026, 1, 1), make.console())
    assert (report.revenue_minor, report.losses_minor, report.sales, report.average_sale_minor) == (0, 0, 0, 0)


def test_two_stores_do_not_mix() -> None:
    north, south = make.store(), make.store()
    make.sale(north, (make.stocked_product(north, 5), 2))
    make.sale(south, (make.stocked_product(south, 5), 1))
    reports = [queries.day_report(store.pk, make.AT.date(), make.console()) for store in (north, south)]
    assert [report.revenue_minor for report in reports] == [500, 250]


def test_the_report_is_for_those_who_work_there() -> None:
    store, other, day = make.store(), make.store(), make.AT.date()
    for user in (make.staff(store), make.manager(store), make.auditor(), make.admin()):
        assert queries.day_report(store.pk, day, make.actor(user)).sales == 0
    for user in (make.customer(), make.staff(other), make.manager(other)):
        with pytest.raises(Denied):
            queries.day_report(store.pk, day, make.actor(user))
    with pytest.raises(Missing):
        queries.day_report(999, day, make.console())


@pytest.mark.parametrize("days", [-1, 100])
def test_a_range_of_nonsense_is_refused(days: int) -> None:
    store, first = make.store(), date(2026, 1, 1)
    with pytest.raises(Invalid):
        queries.day_reports(store.pk, first, first + timedelta(days=days), make.console())


def test_queries_do_not_grow_with_the_rows() -> None:
    store, console = make.store(), make.console()
    mug = make.stocked_product(store, 5000)

    def statements() -> list[int]:
        counts = []
        for read in (
            lambda: queries.day_reports(store.pk, date(2026, 2, 1), date(2026, 4, 1), console),
            lambda: [(sale.store.name, sale.operator.username) for sale in queries.sales(console)],
            lambda: queries.sale(Sale.objects.latest("id").number, console).lines.all()[0].product.name,
            lambda: totals.by_day(store.pk),
            lambda: totals.by_product(store.pk),
        ):
            with counted() as seen:
                read()
            counts.append(len(seen))
        return counts

    def sell(count: int) -> None:
        baskets = [make.basket(store, (mug, 1), at=make.AT + timedelta(hours=i % 48)) for i in range(count)]
        till.ring_up(baskets, actor=console, at=make.AT)

    sell(10)
    few = statements()
    sell(90)
    assert statements() == few
