"""The audit log's place in the house, and the wall around it."""

from django.apps import AppConfig

from tradepost.lib import walls

WALLS = (walls.Wall("audit_auditevent"),)


class AuditConfig(AppConfig):
    """Who did what."""

    name = "tradepost.audit"

    def ready(self) -> None:
        """Keep the wall standing."""
        walls.raise_walls(self, WALLS)
