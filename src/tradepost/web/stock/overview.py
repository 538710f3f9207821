"""The first tab of the dashboard of stock: the figures, what moved by day, and what happened lately."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from tradepost.inventory import queries as inventory
from tradepost.web import tabs
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.stock import filters, recent

DAYS = 14


@page
def overview(request: PageRequest) -> HttpResponse:
    """What stands, what runs low, what moved: of one store or of all one reads."""
    require_worker(request)
    pick = filters.store(request)
    days = _days(request, pick.store_id)
    context = {
        **_figures(request, pick.store_id),
        **recent.latest(request, pick.store_id),
        **tabs.of(request, "overview"),
        "days": days,
        "has_days": any(row.received or row.sold or row.removed for row in days),
        "pick": pick,
    }
    return show(request, "stock/overview.html", context)


@page
def figures(request: PageRequest) -> HttpResponse:
    """The figures, drawn anew."""
    require_worker(request)
    context = _figures(request, filters.store(request).store_id)
    return show(request, "stock/_figures.html", context, part="stock/_figures.html")


def _figures(request: PageRequest, store_id: int | None) -> dict[str, Any]:
    return {"store_id": store_id, "overview": inventory.overview(request.actor, store=store_id)}


def _days(request: PageRequest, store_id: int | None) -> list[inventory.Day]:
    zone = timezone.get_current_timezone_name()
    return inventory.activity_by_day(request.actor, store=store_id, days=DAYS, time_zone=zone, at=request.at)
