"""The people's place in the house, and the wall around what the books refer to."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

# Who leaves is anonymised, never deleted: the books go on naming them by number.
WALLS = (Wall("people_user", frozen=("id",)),)


class PeopleConfig(AppConfig):
    """Users, profiles, role grants and tokens; the label is `people`."""

    name = "tradepost.people"

    def ready(self) -> None:
        """Keep the wall standing."""
        raise_walls(self, WALLS)
