"""Stores and stock: movements, transfers between stores, and stocktakes."""

from tradepost.api.stock import movements, stocktakes, transfers

urlpatterns = [*movements.urlpatterns, *transfers.urlpatterns, *stocktakes.urlpatterns]
