"""The counter: sales and returns, deliveries and losses, adjustments, and the report of the day."""

from tradepost.api.till import goods, reports, returns, sales

urlpatterns = [*sales.urlpatterns, *returns.urlpatterns, *goods.urlpatterns, *reports.urlpatterns]
