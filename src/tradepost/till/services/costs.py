"""The moving average cost: what comes in moves it, and so does what goes back; it is frozen on what it is used for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tradepost.lib import db
from tradepost.lib.rounding import divide_half_even
from tradepost.till.services import documents
from tradepost.till.services.documents import COST_SCALE, Goods, Spot


class CostChange(NamedTuple):
    """Goods that came to a store's shelf at a cost (or, below zero both, left it); `level` stands there afterwards."""

    store_id: int
    product_id: int
    steps: int
    cost_minor: int
    level: int


def move_averages(
    changes: Sequence[CostChange], goods: Mapping[int, Goods], stood: Mapping[Spot, int | None] | None = None
) -> None:
    """Average anew, one change after the other: (value before + cost) / quantity after.

    Where nothing is left, or less than nothing would be its value, the average stays as it was; what stays is not
    written. Call it after the posting: the engine holds the levels' locks until the commit, so what is read here nobody
    else changes meanwhile. `stood` are the averages before, if they were read under those locks.
    """
    spots = [(change.store_id, change.product_id) for change in changes]
    before = documents.averages(set(spots)) if stood is None else stood
    now: dict[Spot, int] = {}
    for spot, (_, product_id, steps, cost, level) in zip(spots, changes, strict=True):
        one = goods[product_id]
        old = now.get(spot, before.get(spot))
        if old is None:
            old = one.cost_minor * COST_SCALE
        value = old * (level - steps) + cost * COST_SCALE * 10**one.decimals
        now[spot] = divide_half_even(value, level) if level > 0 and value >= 0 else old
    db.insert_rows(
        "till_averagecost",
        {"store_id": "bigint", "product_id": "bigint", "average_e4": "bigint"},
        [(*spot, average) for spot, average in sorted(now.items()) if average != before.get(spot)],
        on_conflict="ON CONFLICT (store_id, product_id) DO UPDATE SET average_e4 = excluded.average_e4",
    )
