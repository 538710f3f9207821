"""The stores' place in the house, and the wall around what the books refer to."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

# A store with history is archived, never deleted.
WALLS = (Wall("places_store", frozen=("id",)),)


class PlacesConfig(AppConfig):
    """Stores; the label is `places`."""

    name = "tradepost.places"

    def ready(self) -> None:
        """Keep the wall standing."""
        raise_walls(self, WALLS)
