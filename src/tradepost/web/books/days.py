"""The report of a store's day: revenue, losses and counts, each of which opens what it is made of."""

from datetime import timedelta

from django.http import Http404, HttpResponse

from tradepost.books import chart
from tradepost.lib import clock
from tradepost.lib.errors import Missing
from tradepost.places import queries as places
from tradepost.till import queries as till
from tradepost.web import params, picking
from tradepost.web.page import PageRequest, page, show

DAYS = 14


@page
def listed(request: PageRequest) -> HttpResponse:
    """The days of a store, newest first, two weeks at a time."""
    pick = picking.store(request, usual=request.shop, every="")
    if pick.chosen is None:
        raise Missing("There is no store of yours")
    store = pick.chosen
    last = params.day(request.GET, "until") or clock.business_date(request.at, store.time_zone)
    reports = till.day_reports(store.pk, last - timedelta(days=DAYS - 1), last, request.actor)
    context = {
        "store": store,
        "reports": reports,
        "older": last - timedelta(days=DAYS),
        "until": last,
        "pick": pick,
    }
    return show(request, "books/days.html", context, part="books/_days.html")


@page
def one(request: PageRequest, store_id: int, day: str) -> HttpResponse:
    """One day of one store."""
    date = params.day_written(day)
    if date is None:
        raise Http404
    report = till.day_report(store_id, date, request.actor)
    context = {
        "report": report,
        "revenue_account": chart.revenue(store_id),
        "loss_account": chart.loss(store_id),
        "before": date - timedelta(days=1),
        "after": date + timedelta(days=1),
        "is_today": date >= clock.business_date(request.at, places.store(store_id).time_zone),
    }
    return show(request, "books/day.html", context)
