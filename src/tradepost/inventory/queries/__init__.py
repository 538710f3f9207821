"""Reading stores and stock, by subject."""

from tradepost.inventory.queries.alerts import MOST_COUNTED, alert, alerts, unseen_count
from tradepost.inventory.queries.alerts_feed import alerts_after, last_alerts, latest_alert, stores_alerted
from tradepost.inventory.queries.levels import ORDERINGS, STATUSES, StockFilters, level, stock
from tradepost.inventory.queries.movements import moved_lately, movement, movements, product_journal
from tradepost.inventory.queries.overview import Day, Overview, activity_by_day, overview
from tradepost.inventory.queries.stocktakes import (
    Difference,
    Tally,
    Worth,
    counted,
    only_stocktake,
    priced,
    stocktake,
    stocktakes,
    tally_of,
    worth_of,
)
from tradepost.inventory.queries.transfers import on_its_way, only_transfer, steps_of, transfer, transfers

__all__ = [
    "MOST_COUNTED",
    "ORDERINGS",
    "STATUSES",
    "Day",
    "Difference",
    "Overview",
    "StockFilters",
    "Tally",
    "Worth",
    "activity_by_day",
    "alert",
    "alerts",
    "alerts_after",
    "counted",
    "last_alerts",
    "latest_alert",
    "level",
    "moved_lately",
    "movement",
    "movements",
    "on_its_way",
    "only_stocktake",
    "only_transfer",
    "overview",
    "priced",
    "product_journal",
    "steps_of",
    "stock",
    "stocktake",
    "stocktakes",
    "stores_alerted",
    "tally_of",
    "transfer",
    "transfers",
    "unseen_count",
    "worth_of",
]
