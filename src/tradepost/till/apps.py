"""The till's place in the house, and the walls around its documents."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

SOLD = ("id", "sale_id", "position", "product_id", "quantity", "unit_price_minor", "amount_minor", "cost_minor")
WALLS = (
    Wall("till_sale"),
    Wall("till_saleline", frozen=SOLD, refers={"sale_id": "till_sale", "product_id": "catalog_product"}),
    Wall("till_return"),
    Wall("till_returnline"),
    Wall("till_stockentry"),
    Wall("till_stockentryline"),
    Wall("till_adjustment"),
)


class TillConfig(AppConfig):
    """Trade at the counter."""

    name = "tradepost.till"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
