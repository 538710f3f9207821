"""The audit log: who changed what, when, through which face."""

from typing import Any

from django.http import HttpResponse

from tradepost.audit import queries as audit
from tradepost.catalog import queries as catalog
from tradepost.web import params, picking, tabs
from tradepost.web.books import acts, events
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion


@page
def listed(request: PageRequest, tab: str = "") -> HttpResponse:
    """The events the person may read, newest first; also a tab of the dashboard of stock."""
    query, pick = request.GET, picking.store(request)
    start_day, end_day = params.day(query, "start"), params.day(query, "end")
    start, end = bounds(start_day, end_day)
    action, user = params.text(query, "action"), params.number(query, "user")
    sku = params.text(query, "sku")
    product = catalog.by_sku([sku]).get(sku) if sku else None
    found = audit.events(
        request.actor,
        action=action or None,
        user=user,
        store=pick.store_id,
        product=product.pk if product else None,
        subject_type=params.text(query, "subject_type") or None,
        subject_id=params.text(query, "subject_id") or None,
        start=start,
        end=end,
    )
    part = portion(found.none() if sku and product is None else found, query)
    context: dict[str, Any] = {
        "events": events.rows(part.rows),
        "portion": part,
        "action": action,
        "acts": acts.choices(action),
        "user_id": user,
        "sku": sku,
        "product": product,
        "start": start_day,
        "end": end_day,
        "pick": pick,
        **(tabs.of(request, tab) if tab else {}),
    }
    return show(request, "books/audit.html", context, part="books/_audit_rows.html")
