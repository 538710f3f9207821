"""The till's place in the house, and the walls around its documents."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

SOLD = ("id", "sale_id", "position", "product_id", "quantity", "unit_price_minor", "amount_minor", "cost_minor")
DOCUMENT = ("number", "posting_id")
WALLS = (
    Wall("till_sale", unique=DOCUMENT),
    Wall(
        "till_saleline",
        frozen=SOLD,
        refers={"sale_id": "till_sale", "product_id": "catalog_product"},
        unique=("sale_id, position",),
    ),
    Wall("till_return", unique=DOCUMENT),
    Wall("till_returnline", unique=("return_doc_id, position, part",)),
    Wall("till_stockentry", unique=(*DOCUMENT, "reverses_id")),
    Wall("till_stockentryline", unique=("entry_id, position",)),
    Wall("till_adjustment", unique=DOCUMENT),
)


class TillConfig(AppConfig):
    """Trade at the counter."""

    name = "tradepost.till"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
