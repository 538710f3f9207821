"""Django set up and a database to work with. The embedded one migrates itself; PostgreSQL is migrated on purpose."""

import fcntl
import os
from pathlib import Path
from typing import Any

from tradepost.cli.output import tell

_pools: dict[str, Any] = {}


def configure(database: str | None = None) -> None:
    """Set Django up; `database` stands for `DATABASE_URL`."""
    import django
    from django.apps import apps

    if database:
        os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
    if not apps.ready:
        django.setup()
        _lift_pools()


def prepare(database: str | None = None) -> None:
    """Set Django up over a database of this version. Raises Refused where PostgreSQL waits for `tradepost migrate`."""
    configure(database)
    from tradepost.lib import db
    from tradepost.lib.errors import Refused

    if not pending_migrations():
        return
    if db.is_postgres():
        raise Refused("The database is not of this version yet; run `tradepost migrate`")
    migrate()


def migrate(*, also_when_current: bool = False) -> list[str]:
    """Bring the database to this version; the names of the migrations applied. One process does it, others wait.

    `also_when_current` runs what follows a migration even where none is pending: the triggers are put up again.
    """
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from tradepost.lib import db

    if db.is_postgres():
        waiting = pending_migrations()
        call_command("migrate", verbosity=0, interactive=False)
        return waiting
    file = Path(settings.DATABASES["default"]["NAME"])
    with Path(f"{file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = pending_migrations()
        if waiting:
            tell(f"Preparing the database {file}")
        if waiting or also_when_current:
            call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()
    return waiting


def pending_migrations() -> list[str]:
    """The names of the migrations this version has and the database has not."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    if connection.vendor == "sqlite":
        Path(connection.settings_dict["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def pool_connections() -> None:
    """Share connections among the threads of this process from now on, as the settings say."""
    from django.db import connections

    connections.close_all()
    for alias, pool in _pools.items():
        connections.settings[alias]["OPTIONS"]["pool"] = pool


def _lift_pools() -> None:
    """A command needs one connection, at once or not at all; and a pool would not survive the fork of `serve`."""
    from django.db import connections

    for alias in connections:
        options = connections.settings[alias].get("OPTIONS", {})
        if "pool" in options:
            _pools[alias] = options.pop("pool")
