"""Inventory's place in the house, and the walls around its documents."""

from django.apps import AppConfig

from tradepost.lib.walls import Lid, Wall, raise_walls

ASKED = (
    "id", "number", "store_id", "product_id", "supplier_id", "movement_type", "quantity", "note", "reverses_id",
    "asked_by_id", "at", "job_id",
)  # fmt: skip
SENT = ("id", "number", "source_id", "destination_id", "note", "sent_by_id", "sent_at")
SENT_LINE = ("id", "transfer_id", "position", "product_id", "sent", "cost_minor")
COUNT = ("id", "number", "store_id", "note", "opened_by_id", "opened_at")
CROSSED = ("id", "movement_id", "store_id", "product_id", "kind", "quantity", "low_at", "at")
WALLS = (
    Wall(
        "inventory_stockmovement",
        frozen=ASKED,
        refers={
            "store_id": "places_store",
            "product_id": "catalog_product",
            "supplier_id": "catalog_supplier",
            "asked_by_id": "people_user",
            "reverses_id": "inventory_stockmovement",
            "posting_id": "books_posting",
        },
        unique=("number", "reverses_id", "posting_id"),
        settled="OLD.state <> 'queued'",
    ),
    Wall("inventory_stocktransfer", frozen=SENT, unique=("number",), settled="OLD.state <> 'open'"),
    Wall(
        "inventory_stocktransferline",
        frozen=SENT_LINE,
        unique=("transfer_id, position", "transfer_id, product_id"),
        settled="OLD.received + OLD.returned + OLD.lost = OLD.sent",
    ),
    Lid("inventory_stocktransferline", "transfer_id", "inventory_stocktransfer", settled="state <> 'open'"),
    Wall("inventory_stocktransferstep", unique=("posting_id",)),
    Lid("inventory_stocktransferstep", "transfer_id", "inventory_stocktransfer", settled="state <> 'open'"),
    Wall("inventory_stocktake", frozen=COUNT, unique=("number", "posting_id"), settled="OLD.state <> 'open'"),
    Lid("inventory_stocktakeline", "stocktake_id", "inventory_stocktake", settled="state <> 'open'"),
    Wall("inventory_stockalert", frozen=CROSSED, unique=("movement_id",), settled="OLD.seen_at IS NOT NULL"),
)


class InventoryConfig(AppConfig):
    """Stores and stock."""

    name = "tradepost.inventory"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
