"""Stores and stock: what stands where, movements, transfers between stores, and stocktakes."""

from tradepost.api.stock import levels, movements, stocktakes, transfers

urlpatterns = [*levels.urlpatterns, *movements.urlpatterns, *transfers.urlpatterns, *stocktakes.urlpatterns]
