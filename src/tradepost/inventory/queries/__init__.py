"""Reading stores and stock, by subject."""

from tradepost.inventory.queries.movements import movement, movements

__all__ = [
    "movement",
    "movements",
]
