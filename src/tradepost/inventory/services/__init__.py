"""Stores and stock, by use case. List forms: each row is done or refused on its own, all in one transaction."""

from tradepost.books.services import Refusal
from tradepost.inventory.services._movements import MovementDraft
from tradepost.inventory.services.movements import record_movements
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
    "CountItem",
    "MovementDraft",
    "Refusal",
    "TransferDraft",
    "TransferItem",
    "apply_stocktake",
    "cancel_stocktake",
    "count",
    "open_stocktake",
    "receive",
    "record_movements",
    "send",
    "send_back",
    "uncount",
    "write_off_transit",
]
