"""The engine of the books: `post` writes the journals, `close_runs` seals them, `reconcile` and `verify` prove them."""

from tradepost.books.services.accounts import set_floor
from tradepost.books.services.drafts import Draft, Move, Pay, Receipt, Refusal
from tradepost.books.services.levels import Mark, lock_levels, set_mark
from tradepost.books.services.posting import Held, hold, post, post_one
from tradepost.books.services.proof import Findings, prove, reconcile, request_proof, verify
from tradepost.books.services.runs import close_runs

__all__ = [
    "Draft",
    "Findings",
    "Held",
    "Mark",
    "Move",
    "Pay",
    "Receipt",
    "Refusal",
    "close_runs",
    "hold",
    "lock_levels",
    "post",
    "post_one",
    "prove",
    "reconcile",
    "request_proof",
    "set_floor",
    "set_mark",
    "verify",
]
