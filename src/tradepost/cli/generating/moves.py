"""What moves in each store on each day. What stands on the shelves is counted along, so that no movement is refused.

Each store draws by itself from the seed and its name, so its history does not depend on who else is made, or by how
many processes.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tradepost.cli.generating.goods import at_once, chunks
from tradepost.cli.generating.order import Item, Order, Shop
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementDraft

MOVEMENTS_A_CHUNK = 1_000
IN, OUT, REM = "IN", "OUT", "REM"
DAY = timedelta(days=1)
HOT = 3  # how much some products are preferred: a hundredth of them has a fifth of the movements, a tenth half
BUSY = 0.3  # how much some stores are
WEEK = (0.8, 0.85, 0.9, 0.95, 1.1, 1.45, 0.95)
LOW = 20  # from here on somebody may think of ordering
ORDERED, ORDERED_AFTER_ALL, LOST = 0.2, 0.4, 0.02  # how probably a low shelf, or an empty one, is filled; and a loss
REASONS = ("Broken", "Past its date", "Crushed in the store room", "Stolen")


class Trade:
    """The history of one store, day by day."""

    def __init__(self, shop: Shop, items: Sequence[Item], seed: int) -> None:
        self.shop = shop
        self.items = items
        self.random = random.Random(f"{seed} store {shop.rank}")  # noqa: S311  # a story, not a secret
        self.levels: dict[int, int] = {}
        self.made = 0

    def day(self, start: datetime, count: int) -> Iterator[MovementDraft]:
        """So many movements from this moment on, within a day."""
        for i in range(count):
            self.made += 1
            which, kind, units = self._next()
            item = self.items[which]
            yield MovementDraft(
                self.shop.store_id,
                item.product_id,
                kind,
                units * item.steps,
                item.supplier_id if kind == IN else None,
                self.random.choice(REASONS) if kind == REM else "",
                f"GEN-{self.shop.store_id}-{self.made}",
                start + DAY * i / count,
            )

    def _next(self) -> tuple[int, str, int]:
        """A product by its place, what happens to it, and how many whole units."""
        draw = self.random.random
        while True:
            which = int(len(self.items) * draw() ** HOT)
            level = self.levels.get(which)
            if level is None or (level < LOW and draw() < (ORDERED if level else ORDERED_AFTER_ALL)):
                units = 5 + int(draw() * 115)
                self.levels[which] = (level or 0) + units
                return which, IN, units
            if level:
                units = min(level, 1 + int(draw() * 4))
                self.levels[which] = level - units
                return which, REM if draw() < LOST else OUT, units


def counts(shops: Sequence[Shop], total: int, days: int) -> Iterator[list[int]]:
    """How many movements each store has, day after day: `total` in all, more in some stores and late in the week."""
    pulls = [(shop.rank + 1) ** -BUSY for shop in shops]
    whole = sum(pulls) * sum(WEEK[day % len(WEEK)] for day in range(days))
    done, share = 0, 0.0
    for day in range(days):
        row = []
        for pull in pulls:
            share += pull * WEEK[day % len(WEEK)] / whole
            row.append(round(total * share) - done)
            done += row[-1]
        yield row


def drafts(order: Order, part: slice) -> Iterator[MovementDraft]:
    """The movements of a part of the stores, day by day."""
    trades = [Trade(shop, order.items, order.seed) for shop in order.shops[part]]
    for day, row in enumerate(counts(order.shops, order.total, order.days)):
        start = order.until - DAY * (order.days - day)
        for trade, count in zip(trades, row[part], strict=True):
            yield from trade.day(start, count)


def record(order: Order, part: slice) -> Iterator[Counter[str]]:
    """Record the movements of a part of the stores, a list in a transaction; how many of each type a list had.

    Raises the first refusal: somebody else moves these goods.
    """

    def recorded(rows: Sequence[MovementDraft]) -> None:
        for answer in inventory.record_movements(rows, actor=order.actor, at=order.until):
            if isinstance(answer, inventory.Refusal):
                raise answer.error

    for chunk in chunks(drafts(order, part), MOVEMENTS_A_CHUNK):
        at_once(recorded, chunk, order.actor)
        yield Counter(draft.movement_type for draft in chunk)
