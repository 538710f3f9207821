"""What an administrator keeps for stock: how much there is of it, where it is changed, and how this house is set."""

from typing import Any

from django.conf import settings as house
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse

from tradepost.catalog import queries as catalog
from tradepost.notify import queries as notify
from tradepost.people import queries as people
from tradepost.places import queries as places
from tradepost.web import tabs
from tradepost.web.page import PageRequest, page, show

MOST_COUNTED = 10_000
SETTINGS = (
    ("stores", "new_store", "Stores", "shop-window", "Where goods stand, and whose midnight ends the day."),
    ("products", "new_product", "Products", "box-seam", "What is kept, and the level at which it is ordered again."),
    ("suppliers", "new_supplier", "Suppliers", "truck", "Who is named on deliveries and products."),
    ("categories", "", "Categories", "tags", "Groups of products, shown as buttons on the till."),
    ("users", "new_user", "Users", "people", "Who works where, as what."),
    ("webhooks", "new_webhook", "Webhooks", "broadcast", "Who else hears of what runs low and what moves."),
)


@page
def settings(request: PageRequest) -> HttpResponse:
    """What an administrator keeps, each with how many there are, and what the machine was told."""
    request.actor.require_admin()
    kept: dict[str, QuerySet[Any]] = {
        "stores": places.stores_for(request.actor),
        "products": catalog.products(),
        "suppliers": catalog.suppliers(),
        "categories": catalog.categories(),
        "users": people.users(request.actor, active=True),
        "webhooks": notify.webhooks(request.actor),
    }
    rows = [
        {
            "label": label,
            "icon": icon,
            "text": text,
            "count": kept[name].order_by()[: MOST_COUNTED + 1].count(),
            "url": reverse(f"web:{name}"),
            "add_url": reverse(f"web:{add}") if add else "",
        }
        for name, add, label, icon, text in SETTINGS
    ]
    told = {
        "Currency": house.TRADEPOST_CURRENCY,
        "Time zone": house.TIME_ZONE,
        "Mails about alerts": f"every {house.TRADEPOST_ALERT_MAIL_MINUTES} minutes at most",
        "Requests of a person": house.TRADEPOST_RATE or "no limit",
    }
    context = {"rows": rows, "most": MOST_COUNTED, "told": told, **tabs.of(request, "settings")}
    return show(request, "stock/settings.html", context)
