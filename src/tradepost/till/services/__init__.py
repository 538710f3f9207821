"""What happens at the counter. List forms: each document is booked or refused on its own, all in one transaction."""

from tradepost.books.services import Refusal
from tradepost.till.services.adjustments import adjust
from tradepost.till.services.drafts import (
    RECEIVED,
    SOLD,
    WRITTEN_OFF,
    AdjustmentDraft,
    EntryDraft,
    EntryItem,
    GoodsDraft,
    ReturnDraft,
    ReturnItem,
    ReversalDraft,
    SaleDraft,
    SaleItem,
)
from tradepost.till.services.goods import receive, write_off
from tradepost.till.services.returns import give_back
from tradepost.till.services.reversals import reverse_entries
from tradepost.till.services.sales import ring_up
from tradepost.till.services.singles import book_goods, faults_of

__all__ = [
    "RECEIVED",
    "SOLD",
    "WRITTEN_OFF",
    "AdjustmentDraft",
    "EntryDraft",
    "EntryItem",
    "GoodsDraft",
    "Refusal",
    "ReturnDraft",
    "ReturnItem",
    "ReversalDraft",
    "SaleDraft",
    "SaleItem",
    "adjust",
    "book_goods",
    "faults_of",
    "give_back",
    "receive",
    "reverse_entries",
    "ring_up",
    "write_off",
]
