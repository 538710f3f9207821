"""The dashboard of stock: its tabs, each a page of its own."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse

if TYPE_CHECKING:
    from tradepost.web.page import PageRequest


def of(request: "PageRequest", name: str) -> dict[str, Any]:
    """The tabs a person may open, `name` the one that is shown."""
    shop, actor = request.shop, request.actor
    pages = {
        "overview": ("Overview", "stock_overview"),
        "levels": ("Levels", "stock"),
        "products": ("Products", "products"),
    }
    if shop is not None and actor.is_staff(shop.pk):
        pages["manage"] = ("Manage stock", "move")
    pages["activity"] = ("Activity log", "stock_activity")
    if actor.is_admin:
        pages["settings"] = ("Settings", "stock_settings")
    tabs = {key: {"label": label, "url": reverse(f"web:{route}")} for key, (label, route) in pages.items()}
    return {"tab": name, "tabs": tabs}
