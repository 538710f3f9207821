"""Django set up and a database to work with. The embedded one migrates itself; PostgreSQL is migrated on purpose."""

import fcntl
import os
from pathlib import Path

from tradepost.cli.output import tell


def configure(database: str | None = None) -> None:
    """Set Django up; `database` stands for `DATABASE_URL`."""
    import django
    from django.apps import apps

    if database:
        os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
    if not apps.ready:
        django.setup()


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


def migrate() -> list[str]:
    """Bring the database to this version; the names of the migrations applied. One process does it, others wait."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from tradepost.lib import db

    if db.is_postgres():
        waiting = pending_migrations()
        call_command("migrate", verbosity=0, interactive=False)
        return waiting
    file = Path(settings.DATABASES["default"]["NAME"])
    file.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if waiting := pending_migrations():
            tell(f"Preparing the database {file}")
            call_command("migrate", verbosity=0, interactive=False)
    connections.close_all()
    return waiting


def pending_migrations() -> list[str]:
    """The names of the migrations this version has and the database has not."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
