"""The bell in the bar: how many alerts of the store one looks at want attention."""

from typing import TYPE_CHECKING, Any

from tradepost.inventory import queries as inventory

if TYPE_CHECKING:
    from tradepost.web.page import PageRequest


def context(request: "PageRequest") -> dict[str, Any]:
    """The count, and what is shown of it; by one query, and none for who looks at no store."""
    count = inventory.unseen_count(request.actor, store=request.shop.pk) if request.shop else 0
    return {"alert_count": count, "alerts_shown": "99+" if count >= inventory.MOST_COUNTED else str(count)}
