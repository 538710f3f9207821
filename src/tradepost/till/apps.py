"""The till's place in the house, and the walls around its documents."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

SOLD = ("id", "sale_id", "position", "product_id", "quantity", "unit_price_minor", "amount_minor", "cost_minor")
DOCUMENT = ("number", "posting_id")
NAMED = {"store_id": "places_store", "operator_id": "people_user", "posting_id": "books_posting"}
PRODUCT = {"product_id": "catalog_product"}
WALLS = (
    Wall("till_sale", refers={**NAMED, "customer_id": "people_user"}, unique=DOCUMENT),
    Wall(
        "till_saleline",
        frozen=SOLD,
        refers={"sale_id": "till_sale", **PRODUCT},
        unique=("sale_id, position",),
    ),
    Wall(
        "till_return", refers={**NAMED, "customer_id": "people_user", "supervisor_id": "people_user"}, unique=DOCUMENT
    ),
    Wall(
        "till_returnline",
        refers={"return_doc_id": "till_return", "sale_line_id": "till_saleline", **PRODUCT},
        unique=("return_doc_id, position, part",),
    ),
    Wall(
        "till_stockentry",
        refers={**NAMED, "supplier_id": "catalog_supplier", "reverses_id": "till_stockentry"},
        unique=(*DOCUMENT, "reverses_id"),
    ),
    Wall("till_stockentryline", refers={"entry_id": "till_stockentry", **PRODUCT}, unique=("entry_id, position",)),
    Wall("till_adjustment", refers=NAMED, unique=DOCUMENT),
)


class TillConfig(AppConfig):
    """Trade at the counter."""

    name = "tradepost.till"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
