"""The documents of stock in Django's admin, to look at."""

from django.contrib import admin

from tradepost.inventory.models import StockAlert, StockMovement, Stocktake, StockTransfer
from tradepost.lib.admin import ReadOnly


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly[StockMovement]):
    """Goods that came in, went out or were removed, and those still to be applied."""

    list_display = ["number", "store", "product", "movement_type", "quantity", "state", "refusal", "asked_by", "at"]
    list_select_related = ["store", "product", "asked_by"]
    list_filter = ["movement_type", "state"]
    search_fields = ["=number", "=product__sku", "store__name"]


@admin.register(StockTransfer)
class StockTransferAdmin(ReadOnly[StockTransfer]):
    """Transfers between stores."""

    list_display = ["number", "source", "destination", "state", "sent_by", "sent_at", "closed_at"]
    list_select_related = ["source", "destination", "sent_by"]
    list_filter = ["state"]
    search_fields = ["number"]


@admin.register(Stocktake)
class StocktakeAdmin(ReadOnly[Stocktake]):
    """Stocktakes."""

    list_display = ["number", "store", "state", "opened_by", "opened_at", "settled_by", "settled_at"]
    list_select_related = ["store", "opened_by", "settled_by"]
    list_filter = ["state"]
    search_fields = ["number"]


@admin.register(StockAlert)
class StockAlertAdmin(ReadOnly[StockAlert]):
    """Levels that fell below their marks or ran out."""

    list_display = ["id", "kind", "store", "product", "quantity", "low_at", "at", "over_at", "seen_by", "seen_at"]
    list_select_related = ["store", "product", "seen_by"]
    list_filter = ["kind"]
    search_fields = ["=product__sku", "store__name"]
