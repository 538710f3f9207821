"""What is asked of the books and what they answer. Tuples, since a batch of a thousand is a thousand of these."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError

MAX_AMOUNT = 10**15  # of one row, in minor units or steps
MAX_HELD = 10**18  # on one account or shelf: far below 2**63, so that nothing overflows


class Pay(NamedTuple):
    """Money from one account code to another, in minor units above zero."""

    source: str
    destination: str
    amount_minor: int


class Move(NamedTuple):
    """Goods from one place code to another, in steps of the product above zero."""

    product_id: int
    source: str
    destination: str
    quantity: int


class Draft(NamedTuple):
    """Transfers and movements to be booked together, or not at all.

    `key` is `app:number:verb`, at most 100 characters, once for ever. `memo` holds no personal data.
    """

    key: str
    kind: str
    actor: Actor
    at: datetime
    transfers: Sequence[Pay] = ()
    movements: Sequence[Move] = ()
    memo: str = ""


class After(NamedTuple):
    """What stood on both sides after a row; None on an unbounded side."""

    source: int | None
    destination: int | None


class Receipt(NamedTuple):
    """A booked draft. `replayed` says that it had been booked before, by this same key and content.

    `transaction_id` is the id of its first transfer, by which statements list it; 0 where only goods moved.
    """

    key: str
    posting_id: int
    transaction_id: int
    transfers: Sequence[After]
    movements: Sequence[After]
    replayed: bool = False


class Refusal(NamedTuple):
    """A draft that was not booked, and why. Nothing of it stands in the journals."""

    key: str
    error: TradepostError
