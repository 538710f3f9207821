"""What transfers and stocktakes share: items named by products."""

from collections.abc import Iterable, Mapping

from tradepost.lib.errors import Missing
from tradepost.till.errors import AmountOutOfRange, EmptyBasket, QuantityNotAboveZero
from tradepost.till.services.documents import MAX_STEPS, MOST_LINES, Goods, Shelf


def summed(items: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Steps by product, in the order first named; a product named twice counts together.

    Raises EmptyBasket (nothing, or more than 5000 products), QuantityNotAboveZero, AmountOutOfRange.
    """
    total: dict[int, int] = {}
    for product_id, steps in items:
        total[product_id] = total.get(product_id, 0) + above_zero(steps)
        fits(total[product_id])
    if not 1 <= len(total) <= MOST_LINES:
        raise EmptyBasket(f"A document names 1 to {MOST_LINES} products, not {len(total)}")
    return total


def above_zero(steps: int) -> int:
    """The quantity, if it is one. Raises QuantityNotAboveZero."""
    if steps <= 0:
        raise QuantityNotAboveZero(f"A quantity is above zero, not {steps}")
    return steps


def fits(steps: int) -> int:
    """The quantity, if the books can hold it. Raises AmountOutOfRange."""
    if steps > MAX_STEPS:
        raise AmountOutOfRange(f"{steps} is more than the books can hold")
    return steps


def on_shelves(shelf: Shelf, product_id: int) -> Goods:
    """A product that has shelves, archived or not. Raises Missing."""
    goods = shelf.product(product_id, also_archived=True)
    if not goods.stocked:
        raise Missing(f"{goods.sku} is a service: it has no shelf")
    return goods


def told(items: Mapping[int, int]) -> dict[str, int]:
    """Steps by product as the audit log keeps them."""
    return {str(product_id): steps for product_id, steps in items.items()}
