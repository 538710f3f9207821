"""The dashboard of stock: its tabs, each a page of its own. The menu holds the dashboard as one line and marks it."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from tradepost.lib.actor import Actor

if TYPE_CHECKING:
    from tradepost.web.page import PageRequest


def pages(actor: Actor, store_id: int | None) -> dict[str, tuple[str, str]]:
    """The tabs an actor may open, each with its label and address."""
    routes = {
        "overview": ("Overview", "stock_overview"),
        "levels": ("Levels", "stock"),
        "products": ("Products", "products"),
    }
    if store_id is not None and actor.is_staff(store_id):
        routes["manage"] = ("Manage stock", "move")
    routes["activity"] = ("Activity log", "stock_activity")
    if actor.is_admin:
        routes["settings"] = ("Settings", "stock_settings")
    return {name: (label, reverse(f"web:{route}")) for name, (label, route) in routes.items()}


def of(request: "PageRequest", name: str) -> dict[str, Any]:
    """The tabs a person may open, `name` the one that is shown."""
    found = pages(request.actor, request.shop.pk if request.shop else None)
    return {"tab": name, "tabs": {key: {"label": label, "url": url} for key, (label, url) in found.items()}}
