from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate

from tradepost.lib import db

JOURNALS = ("audit_auditevent",)


class AuditConfig(AppConfig):
    """Raises the wall around the audit log after every migration and checks that it stands."""

    name = "tradepost.audit"

    def ready(self) -> None:
        """Install the triggers after each migrate: SQLite drops them silently when it rebuilds a table."""
        post_migrate.connect(_raise_walls, sender=self)
        checks.register(_walls_stand, checks.Tags.database)


def _raise_walls(using: str, **_: object) -> None:
    db.install_walls(JOURNALS, using)


def _walls_stand(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    return db.check_walls(JOURNALS, databases)
