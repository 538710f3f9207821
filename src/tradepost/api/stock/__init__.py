"""Stores and stock: what stands where, alerts, movements, transfers between stores, and stocktakes."""

from tradepost.api.stock import alerts, levels, movements, overview, stocktakes, transfers

urlpatterns = [
    *levels.urlpatterns,
    *overview.urlpatterns,
    *alerts.urlpatterns,
    *movements.urlpatterns,
    *transfers.urlpatterns,
    *stocktakes.urlpatterns,
]
