"""The documents of the counter in Django's admin, to look at."""

from django.contrib import admin

from tradepost.lib.admin import ReadOnly
from tradepost.till.models import Adjustment, Return, Sale, StockEntry


@admin.register(Sale)
class SaleAdmin(ReadOnly[Sale]):
    """Sales."""

    list_display = ["number", "store", "operator", "at", "total_minor"]
    list_select_related = ["store", "operator"]
    search_fields = ["number"]


@admin.register(Return)
class ReturnAdmin(ReadOnly[Return]):
    """Returns."""

    list_display = ["number", "store", "operator", "supervisor", "at", "total_minor"]
    list_select_related = ["store", "operator", "supervisor"]
    search_fields = ["number"]


@admin.register(StockEntry)
class StockEntryAdmin(ReadOnly[StockEntry]):
    """Deliveries and losses, and what reverses them."""

    list_display = ["number", "kind", "store", "operator", "at", "total_cost_minor"]
    list_select_related = ["store", "operator"]
    search_fields = ["number"]


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnly[Adjustment]):
    """Revenue put right."""

    list_display = ["number", "store", "operator", "at", "amount_minor"]
    list_select_related = ["store", "operator"]
    search_fields = ["number"]
