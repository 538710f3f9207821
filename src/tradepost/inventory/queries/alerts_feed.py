"""Alerts as those who pass them on read them: in the order they were made, behind a cursor."""

from collections.abc import Collection

from django.db.models import Max, QuerySet

from tradepost.inventory.models import StockAlert


def alerts_after(alert_id: int, limit: int) -> list[StockAlert]:
    """At most so many alerts that came after this one, in their order, with product and store."""
    found = StockAlert.objects.filter(id__gt=alert_id).select_related("product", "store")
    return list(found.order_by("id")[:limit])


def latest_alert() -> int:
    """The number of the latest alert, 0 while there is none."""
    return StockAlert.objects.order_by("-id").values_list("id", flat=True).first() or 0


def stores_alerted(after: int, upto: int) -> list[int]:
    """The stores in which something ran low or out, of the alerts after one up to and with another."""
    found = StockAlert.objects.filter(id__gt=after, id__lte=upto).order_by()
    return sorted(found.values_list("store_id", flat=True).distinct())


def last_alerts(after: int, upto: int, stores: Collection[int]) -> QuerySet[StockAlert]:
    """The last alert of each product in each of these stores, newest first, of those after one up to another.

    What is over by now, because the shelf was filled, is left out.
    """
    found = StockAlert.objects.filter(id__gt=after, id__lte=upto, store_id__in=stores).order_by()
    newest = found.values("store_id", "product_id").annotate(newest=Max("id")).values("newest")
    return StockAlert.objects.filter(id__in=newest, over_at=None).select_related("product", "store").order_by("-id")
