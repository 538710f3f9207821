"""Stores and stock, by use case. List forms: each row is done or refused on its own, all in one transaction."""

from tradepost.books.services import Refusal
from tradepost.inventory.services._movements import MovementDraft
from tradepost.inventory.services.movements import record_movements

__all__ = [
    "MovementDraft",
    "Refusal",
    "record_movements",
]
