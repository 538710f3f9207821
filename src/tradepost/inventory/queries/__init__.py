"""Reading stores and stock, by subject."""

from tradepost.inventory.queries.levels import ORDERINGS, STATUSES, StockFilters, level, stock
from tradepost.inventory.queries.movements import movement, movements, product_journal
from tradepost.inventory.queries.overview import Day, Overview, activity_by_day, overview
from tradepost.inventory.queries.stocktakes import (
    Difference,
    Tally,
    counted,
    differences,
    only_stocktake,
    stocktake,
    stocktakes,
    tally_of,
)
from tradepost.inventory.queries.transfers import only_transfer, steps_of, transfer, transfers

__all__ = [
    "ORDERINGS",
    "STATUSES",
    "Day",
    "Difference",
    "Overview",
    "StockFilters",
    "Tally",
    "activity_by_day",
    "counted",
    "differences",
    "level",
    "movement",
    "movements",
    "only_stocktake",
    "only_transfer",
    "overview",
    "product_journal",
    "steps_of",
    "stock",
    "stocktake",
    "stocktakes",
    "tally_of",
    "transfer",
    "transfers",
]
