"""What is to be generated. It is sent to processes that have not set Django up yet, so it does without."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tradepost.lib.actor import Actor


class Shop(NamedTuple):
    """A store and its place among those made, the busiest first."""

    store_id: int
    rank: int


class Item(NamedTuple):
    """A product as movements need it: `steps` of it are a whole unit."""

    product_id: int
    supplier_id: int | None
    steps: int


class Order(NamedTuple):
    """`total` movements of these products in these stores, over the `days` before `until`."""

    shops: Sequence[Shop]
    items: Sequence[Item]
    total: int
    days: int
    seed: int
    until: datetime
    actor: Actor
