"""The catalogue's place in the house, and the walls around what the books refer to."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

# A product with history is archived, never deleted; another unit would change the meaning of what is booked.
WALLS = (
    Wall("catalog_product", frozen=("id", "unit", "decimals")),
    Wall("catalog_supplier", frozen=("id",)),
)


class CatalogConfig(AppConfig):
    """Products, categories and suppliers; the label is `catalog`."""

    name = "tradepost.catalog"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
