"""Stores and stock, by use case. List forms: each row is done or refused on its own, all in one transaction."""

from tradepost.books.services import Refusal
from tradepost.inventory.services._movements import MovementDraft
from tradepost.inventory.services.alerts import MOST_AT_ONCE, end_alerts, mark_all_seen, mark_seen, watch_levels
from tradepost.inventory.services.closing import close_store, retire_product
from tradepost.inventory.services.marks import set_reorder_level
from tradepost.inventory.services.movements import record_movements
from tradepost.inventory.services.queue import APPLY, Counts, apply_queued, queue_movements, refuse_abandoned
from tradepost.inventory.services.reversing import MovementReversal, reverse_movements
from tradepost.inventory.services.stocktakes import (
    CountItem,
    apply_stocktake,
    cancel_stocktake,
    count,
    open_stocktake,
    uncount,
)
from tradepost.inventory.services.transfers import TransferDraft, TransferItem, send
from tradepost.inventory.services.transit import receive, send_back, write_off_transit

__all__ = [
    "APPLY",
    "MOST_AT_ONCE",
    "CountItem",
    "Counts",
    "MovementDraft",
    "MovementReversal",
    "Refusal",
    "TransferDraft",
    "TransferItem",
    "apply_queued",
    "apply_stocktake",
    "cancel_stocktake",
    "close_store",
    "count",
    "end_alerts",
    "mark_all_seen",
    "mark_seen",
    "open_stocktake",
    "queue_movements",
    "receive",
    "record_movements",
    "refuse_abandoned",
    "retire_product",
    "reverse_movements",
    "send",
    "send_back",
    "set_reorder_level",
    "uncount",
    "watch_levels",
    "write_off_transit",
]
