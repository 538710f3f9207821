"""Funding's place in the house, and the wall around its requests."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

ASKED = (
    "id", "kind", "account", "requested_by_id", "amount_minor", "note", "requested_at", "hold_posting_id",
)  # fmt: skip
WALLS = (
    Wall(
        "funding_fundsrequest",
        frozen=ASKED,
        unique=("hold_posting_id", "posting_id"),
        settled="OLD.state <> 'pending'",
    ),
)


class FundingConfig(AppConfig):
    """Money in and out."""

    name = "tradepost.funding"

    def ready(self) -> None:
        """Keep the wall standing."""
        raise_walls(self, WALLS)
