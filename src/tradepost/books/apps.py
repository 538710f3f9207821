"""The books' place in the house, and the walls around the journals and what they refer to."""

from django.apps import AppConfig

from tradepost.books import goods, marks
from tradepost.lib.walls import Wall, raise_walls

WALLS = (
    Wall("books_account", frozen=("id", "code", "kind"), unique=("code",)),
    Wall("books_location", frozen=("id", "code", "kind", "bounded", "store_id"), unique=("code",)),
    Wall("books_level", frozen=("id", "product_id", "location_id"), unique=("location_id, product_id",)),
    Wall("books_posting", refers={"actor_id": "people_user"}, unique=("key",)),
    Wall(
        "books_transfer",
        refers={"posting_id": "books_posting", "source_id": "books_account", "destination_id": "books_account"},
    ),
    Wall(
        "books_movement",
        refers={
            "posting_id": "books_posting",
            "product_id": "catalog_product",
            "source_id": "books_location",
            "destination_id": "books_location",
        },
        only={"product_id": "stocked"},
    ),
    Wall("books_run", unique=("last_posting_id",)),
)


class BooksConfig(AppConfig):
    """The two journals."""

    name = "tradepost.books"

    def ready(self) -> None:
        """Keep the walls standing, what was moved goods, the marks behind the products', and what is counted right."""
        raise_walls(self, (*WALLS, goods.STAY, marks.FOLLOW, marks.CLOSE))
