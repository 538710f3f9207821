"""Prepaid's place in the house, and the walls around its documents."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

WALLS = (
    Wall(
        "prepaid_chargesale",
        refers={
            "id": "books_transfer",
            "posting_id": "books_posting",
            "seller_id": "prepaid_seller",
            "phone_number_id": "prepaid_phonenumber",
        },
        unique=("posting_id",),
    ),
    Wall("prepaid_phonenumber", unique=("number",)),
)


class PrepaidConfig(AppConfig):
    """Charge sales on credit."""

    name = "tradepost.prepaid"

    def ready(self) -> None:
        """Keep the walls standing."""
        raise_walls(self, WALLS)
