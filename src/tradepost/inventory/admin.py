"""Stock movements in Django's admin, to look at."""

from django.contrib import admin

from tradepost.inventory.models import StockMovement
from tradepost.lib.admin import ReadOnly


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly[StockMovement]):
    """Goods that came in, went out or were removed, and those still to be applied."""

    list_display = ["number", "store", "product", "movement_type", "quantity", "state", "refusal", "asked_by", "at"]
    list_select_related = ["store", "product", "asked_by"]
    list_filter = ["movement_type", "state"]
    search_fields = ["=number", "=product__sku", "store__name"]
