"""Notify's place in the house, and the wall around what was told."""

from django.apps import AppConfig

from tradepost.lib.walls import Wall, raise_walls

TOLD = ("id", "webhook_id", "number", "event_id", "event", "payload", "again_of_id", "created_at")
WALLS = (Wall("notify_delivery", frozen=TOLD, unique=("number",), settled="OLD.settled_at IS NOT NULL"),)


class NotifyConfig(AppConfig):
    """Webhooks and mails."""

    name = "tradepost.notify"

    def ready(self) -> None:
        """Keep the wall standing."""
        raise_walls(self, WALLS)
