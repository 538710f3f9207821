"""The first page: today's figures for who works in a store, purchases for customers, the proof first for auditors."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from tradepost.audit import queries as audit
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.lib import clock
from tradepost.lib.errors import Missing
from tradepost.till import queries as till
from tradepost.web import params, shops
from tradepost.web.books import events
from tradepost.web.page import PageRequest, page, public, show
from tradepost.web.till.words import ENTRIES

if TYPE_CHECKING:
    from tradepost.places.models import Store

LOW_SHOWN, NEWS_SHOWN, EVENTS_SHOWN, STORES_SHOWN = 6, 6, 10, 8
OPEN, CLOSE = 9, 17


@public
def home(request: PageRequest) -> HttpResponse:
    """The home of whoever asks; visitors get to know the house."""
    actor, shop = request.actor, request.shop
    if not actor.user_id:
        return show(request, "web/landing.html")
    if not actor.works_somewhere:
        bought = till.sales(actor, customer=actor.user_id)
        return show(request, "web/home_customer.html", {"sales": list(bought[:10])})
    if shop is None:
        return show(request, "web/home_no_store.html")
    if not actor.is_staff(shop.pk):
        return show(request, "web/home_auditor.html", _audited(request))
    context = {**figures(request, shop), **_hours(request, shop), **_low(shop), **_news(request, shop), **_books()}
    return show(request, "web/home.html", context)


@page
def today(request: PageRequest) -> HttpResponse:
    """The figures of the day, drawn anew."""
    return show(request, "web/_today.html", figures(request, _own(request)), part="web/_today.html")


@page
def recent(request: PageRequest) -> HttpResponse:
    """What happened just now, drawn anew."""
    return show(request, "web/_recent.html", _news(request, _own(request)), part="web/_recent.html")


@page
def choose_store(request: PageRequest) -> HttpResponse:
    """Look at another store (POST), or find one by name (GET)."""
    if request.method != "POST":
        found = shops.shops_of(request.actor, search=params.text(request.GET, "q"))[:STORES_SHOWN]
        context = {"found": list(found), "next": request.GET.get("next", "")}
        return show(request, "web/_stores.html", context, part="web/_stores.html")
    wanted = params.number(request.POST, "store")
    found_one = shops.shops_of(request.actor).filter(pk=wanted or 0).first()
    if found_one is None:
        raise Missing("There is no such store of yours")
    request.session[shops.SESSION] = found_one.pk
    target = request.POST.get("next", "")
    fits = url_has_allowed_host_and_scheme(target, {request.get_host()}) and not target.startswith("/till/")
    return HttpResponseRedirect(target if fits else reverse("web:home"))


def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon that no page names."""
    return HttpResponseRedirect(static("tradepost/logo.svg"))


def figures(request: PageRequest, shop: "Store") -> dict[str, Any]:
    """Takings from the journal and counts from the documents: today, and the same weekday last week by now."""
    day = clock.business_date(request.at, shop.time_zone)
    then, moment = day - timedelta(days=7), request.at - timedelta(days=7)
    (start, end), (then_start, _) = clock.day_bounds(day, shop.time_zone), clock.day_bounds(then, shop.time_zone)
    code = chart.revenue(shop.pk)
    return {
        "day": day,
        "then": then,
        "account": code,
        "takings": books.sum_of(code, start=start, end=end),
        "takings_then": books.sum_of(code, start=then_start, end=moment),
        "counted": till.counted(shop.pk, day, until=request.at),
        "counted_then": till.counted(shop.pk, then, until=moment),
    }


def _own(request: PageRequest) -> "Store":
    if request.shop is None:
        raise Missing("There is no store of yours")
    request.actor.require_staff(request.shop.pk)
    return request.shop


def _hours(request: PageRequest, shop: "Store") -> dict[str, Any]:
    """A row an hour, from the first to the last with a sale on either day, nine to five at least."""
    day, now = clock.business_date(request.at, shop.time_zone), request.at
    then = day - timedelta(days=7)
    sold = till.sold_by_hour(shop.pk, [day, then], shop.time_zone)
    this_hour = now.astimezone(ZoneInfo(shop.time_zone)).hour
    traded = [hour for _, hour in sold]
    rows = [
        {
            "label": f"{hour:02d}:00",
            "now": sold.get((day, hour), 0) if hour <= this_hour else None,
            "then": sold.get((then, hour), 0),
            "is_partial": hour == this_hour,
        }
        for hour in range(min([OPEN, *traded]), max([CLOSE, *traded]) + 1)
    ]
    return {"hours": rows, "has_hours": bool(sold)}


def _low(shop: "Store") -> dict[str, Any]:
    low = books.low_levels(chart.store(shop.pk))
    return {"low": list(low[:LOW_SHOWN]), "low_count": low.count()}


def _news(request: PageRequest, shop: "Store") -> dict[str, Any]:
    documents = till.latest(shop.pk, request.actor, limit=NEWS_SHOWN)
    news = [{"kind": type(document).__name__, "document": document} for document in documents]
    return {"news": news, "words": ENTRIES}


def _books() -> dict[str, Any]:
    return {"run": books.sealed_up_to()}


def _audited(request: PageRequest) -> dict[str, Any]:
    latest = events.rows(list(audit.events(request.actor).brief()[:EVENTS_SHOWN]), request.actor)
    return {"proofs": list(books.proofs()[:5]), "events": latest, "log_url": reverse("web:audit"), **_books()}
