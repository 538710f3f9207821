"""The audit log: who changed what, when, through which face."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from tradepost.audit import acts
from tradepost.audit import queries as audit
from tradepost.catalog import queries as catalog
from tradepost.web import params, picking, tabs
from tradepost.web.books import events
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion

if TYPE_CHECKING:
    from tradepost.catalog.models import Product


@page
def listed(request: PageRequest, tab: str = "") -> HttpResponse:
    """The events the person may read, newest first; also a tab of the dashboard of stock."""
    query, pick, who = request.GET, picking.store(request), picking.person(request.GET)
    start_day, end_day = params.day(query, "start"), params.day(query, "end")
    start, end = bounds(start_day, end_day)
    action, sku = params.text(query, "action"), params.text(query, "sku")
    product = _product(sku) if sku else None
    found = audit.events(
        request.actor,
        action=action or None,
        user=who.pk if who else None,
        store=pick.store_id,
        product=product.pk if product else None,
        subject_type=params.text(query, "subject_type") or None,
        subject_id=params.text(query, "subject_id") or None,
        start=start,
        end=end,
    )
    part = portion(found.brief(), query)
    context: dict[str, Any] = {
        "events": events.rows(part.rows, request.actor),
        "log_url": request.path,
        "portion": part,
        "action": action,
        "acts": acts.choices(action),
        "who": who,
        "product": product,
        "start": start_day,
        "end": end_day,
        "pick": pick,
        "picked": sum(map(bool, (action, who, pick.chosen, start_day, end_day))),
        "is_filtered": any((action, who, product, pick.chosen, start_day, end_day)),
        **(tabs.of(request, tab) if tab else {}),
    }
    return show(request, "books/audit.html", context, part="books/_audit_rows.html")


@page
def one(request: PageRequest, number: int) -> HttpResponse:
    """One event with everything it says, however much that is."""
    event = audit.event(number, request.actor)
    (row,) = events.rows([event], request.actor, events.WHOLE)
    return show(request, "books/event.html", {"event": event, "row": row})


def _product(text: str) -> "Product":
    """The product of this SKU, sold or not, else the one that is meant by a barcode or a name. Raises NoSuchProduct."""
    return catalog.by_sku([text]).get(text) or picking.product(text)
