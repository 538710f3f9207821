"""Stores and stock."""

from tradepost.api.stock import movements

urlpatterns = [*movements.urlpatterns]
