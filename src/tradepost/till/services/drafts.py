"""What a face asks the till for. Quantities in steps of the product, amounts in minor units.

`number` names the document for ever and makes the request repeatable: asked again, the first document is the answer.
Left empty, one is made up. `at` is the business moment if it is not now: a sale of this morning, a line of an old till.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

RECEIVED, WRITTEN_OFF, SOLD = "received", "written_off", "sold"


class SaleItem(NamedTuple):
    """A product to sell. Without a price the catalogue's holds; `amount_minor` stands for quantity x price if given."""

    product_id: int
    quantity: int
    unit_price_minor: int | None = None
    amount_minor: int | None = None


class SaleDraft(NamedTuple):
    """A basket to be paid in cash; `received_minor` is what was handed over, the exact sum if left out."""

    store_id: int
    items: Sequence[SaleItem]
    number: str = ""
    customer_id: int | None = None
    received_minor: int | None = None
    at: datetime | None = None


class ReturnItem(NamedTuple):
    """Goods coming back: from a sale line at the price paid, or (supervised) of a product at a stated amount.

    `continues`: this is a further part of the line before, sold on another line.
    """

    quantity: int
    sale_line_id: int | None = None
    product_id: int | None = None
    amount_minor: int | None = None
    continues: bool = False


class ReturnDraft(NamedTuple):
    """Goods coming back. A supervised one has a reason; who supervises is who acts."""

    store_id: int
    items: Sequence[ReturnItem]
    number: str = ""
    customer_id: int | None = None
    reason: str = ""
    at: datetime | None = None


class EntryItem(NamedTuple):
    """Goods coming in or lost. `cost_minor` is what this quantity cost; unused for losses.

    Left out, it is the average from before the call, or by the list where nothing came yet.
    """

    product_id: int
    quantity: int
    cost_minor: int | None = None


class EntryDraft(NamedTuple):
    """A delivery (with its supplier) or a loss (with its reason)."""

    store_id: int
    items: Sequence[EntryItem]
    number: str = ""
    supplier_id: int | None = None
    reason: str = ""
    at: datetime | None = None


class GoodsDraft(NamedTuple):
    """Goods of one product, received, written off or `SOLD` at the catalogue's price: a document of one line.

    `kind` is `RECEIVED`, `WRITTEN_OFF` or `SOLD`.
    """

    kind: str
    store_id: int
    product_id: int
    quantity: int
    number: str
    supplier_id: int | None = None
    reason: str = ""
    at: datetime | None = None


class ReversalDraft(NamedTuple):
    """A delivery or a loss to be taken back as a whole, named by its number."""

    store_id: int
    entry: str
    number: str = ""
    reason: str = ""
    at: datetime | None = None


class AdjustmentDraft(NamedTuple):
    """Revenue put right: below zero a bad debt, above zero one that was paid after all."""

    store_id: int
    amount_minor: int
    reason: str
    number: str = ""
    at: datetime | None = None
