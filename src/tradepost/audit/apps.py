"""The audit log's place in the house, and the walls around it."""

from django.apps import AppConfig

from tradepost.lib import walls

WALLS = (
    walls.Wall("audit_auditevent"),
    walls.Wall("audit_eventproduct", refers={"event_id": "audit_auditevent"}, key="product_id, event_id"),
    walls.Wall("audit_eventstore", refers={"event_id": "audit_auditevent"}, key="store_id, event_id"),
)


class AuditConfig(AppConfig):
    """Who did what."""

    name = "tradepost.audit"

    def ready(self) -> None:
        """Keep the walls standing."""
        walls.raise_walls(self, WALLS)
