"""The settings an administrator keeps for stock: a list of where each stands."""

from django.http import HttpResponse
from django.urls import reverse

from tradepost.web import tabs
from tradepost.web.page import PageRequest, page, show

SETTINGS = (
    ("stores", "Stores", "shop-window", "Where goods stand, and whose midnight ends the day."),
    ("products", "Products", "box-seam", "What is sold and kept, with the level at which it is ordered again."),
    ("suppliers", "Suppliers", "truck", "Who is named on deliveries and products."),
    ("categories", "Categories", "tags", "Groups of products, shown as buttons on the till."),
    ("users", "Users", "people", "Who works where, as what."),
)


@page
def settings(request: PageRequest) -> HttpResponse:
    """What an administrator keeps, each with its page."""
    request.actor.require_admin()
    rows = [
        {"label": label, "icon": icon, "text": text, "url": reverse(f"web:{name}")}
        for name, label, icon, text in SETTINGS
    ]
    return show(request, "stock/settings.html", {"rows": rows, **tabs.of(request, "settings")})
