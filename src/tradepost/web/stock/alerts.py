"""What ran low or out, as it happened: the bell in the bar, and the list behind it, where alerts are marked as seen."""

from typing import Any

from django.http import HttpResponse

from tradepost.inventory import queries as inventory
from tradepost.inventory import services
from tradepost.lib.errors import Invalid
from tradepost.web import bell, params
from tradepost.web.forms import PageForm, go, run_once
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import portion
from tradepost.web.stock import filters
from tradepost.web.stock.low import suggested

PAGE, ROWS = "stock/alerts.html", "stock/_alerts.html"
KINDS = {"low": "Low", "out": "Out"}
SHOWN = {"": "Open alerts", "all": "All alerts"}
ACTS = ("all", "shown")


@page
def listed(request: PageRequest) -> HttpResponse:
    """The alerts that want attention, or all of them; on POST one, those shown or all of a store are marked as seen."""
    require_worker(request)
    if request.method != "POST":
        return _shown(request)
    answer = run_once(request, request.POST.get("key", ""), lambda: _mark(request))
    if not request.htmx or request.htmx.boosted:
        return go(request, answer)
    response = _shown(request)
    response["HX-Trigger"] = "tp:posted"
    return response


@page
def count(request: PageRequest) -> HttpResponse:
    """The bell, drawn anew."""
    require_worker(request)
    drawn = bell.context(request) if request.htmx else {}  # of a whole page the shell says it
    return show(request, "web/_bell_drawn.html", drawn, part="web/_bell_drawn.html")


def _mark(request: PageRequest) -> dict[str, Any]:
    seen = _see(request, params.choice(request.POST, "do", ACTS))
    said = "Marked as seen." if seen == 1 else f"{seen} alerts marked as seen." if seen else "They were seen before."
    return {"to": request.get_full_path(), "said": said}


def _see(request: PageRequest, act: str) -> int:
    """Mark all of a store up to the newest that was shown, or those that are named; how many were unseen."""
    if act == "all":
        store_id, up_to = params.number(request.POST, "store") or 0, params.number(request.POST, "up_to")
        return services.mark_all_seen(store_id, up_to=up_to, actor=request.actor, at=request.at)
    chosen = params.numbers(request.POST, "shown" if act else "alert")
    if not chosen:
        raise Invalid("Say which alerts were seen")
    return services.mark_seen(chosen, actor=request.actor, at=request.at)


def _shown(request: PageRequest) -> HttpResponse:
    pick, kind = filters.store(request), params.choice(request.GET, "kind", KINDS)
    shown = params.choice(request.GET, "show", SHOWN)
    found = inventory.alerts(request.actor, store=pick.store_id, kind=kind, pressing=not shown)
    seen = portion(found, request.GET)
    rows = [_row(request, one) for one in seen.rows]
    context = {
        "rows": rows,
        "portion": seen,
        "unseen": [row["one"] for row in rows if row["marks"]],
        "store_id": pick.store_id,
        "pick": pick,
        "kind": kind,
        "kinds": KINDS,
        "shown": shown,
        "choices": SHOWN,
        "form": PageForm(),
    }
    return show(request, PAGE, context, part=ROWS)


def _row(request: PageRequest, one: Any) -> dict[str, Any]:
    """An alert and what can be done about it; what is suggested to be received fills the shelf as it stands by now."""
    works_here = request.actor.is_staff(one.store_id)
    return {
        "one": one,
        "marks": works_here and one.seen_at is None,
        "receives": works_here and one.is_short,
        "amount": suggested(one.stands, one.low_at, one.product.decimals),
    }
