"""The two databases behind one small surface: set-wise inserts, waiting and refusing, and the walls around journals.

SQLite serialises writers by `BEGIN IMMEDIATE`; PostgreSQL locks rows. Nothing above this module asks which one runs,
except the engine of the books, whose statements differ.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core import checks
from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tradepost.lib.errors import Busy, Refused

DEADLOCK, LOCK_TIMEOUT, READ_ONLY, SERIALISATION = "40P01", "55P03", "25006", "40001"
BUSY_STATES = {DEADLOCK, LOCK_TIMEOUT, READ_ONLY, SERIALISATION}


class Immutable(Refused):
    """A row of a journal was to be changed or removed; the database refused."""

    code = "immutable"
    title = "What is booked stays as it is; book a correction instead"


def is_postgres(using: str = "default") -> bool:
    """Whether the database behind the alias is PostgreSQL."""
    return connections[using].vendor == "postgresql"


@contextmanager
def politely() -> Iterator[None]:
    """Turn a deadlock, a lock timeout or a read-only database into `Busy`; let every other database error pass."""
    try:
        yield
    except OperationalError as error:
        if _sqlstate(error) in BUSY_STATES or "locked" in str(error):
            raise Busy() from error
        raise
    except DatabaseError as error:
        if _sqlstate(error) in BUSY_STATES:
            raise Busy() from error
        raise


def _sqlstate(error: Exception) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""


@contextmanager
def snapshot() -> Iterator[str]:
    """One unchanging view of the database for many reads; yields the alias to read it by.

    PostgreSQL: `REPEATABLE READ READ ONLY`. SQLite: a second connection, read-only, so that writers are not held up.
    """
    with transaction.atomic(using="snapshot"):
        if not is_postgres("snapshot"):
            with connections["snapshot"].cursor() as cursor:
                cursor.execute(
                    "SELECT 1 FROM django_migrations LIMIT 1"
                )  # a deferred transaction begins at its first read
        yield "snapshot"


def fetch(sql: str, params: Sequence[Any], using: str = "default") -> list[tuple[Any, ...]]:
    """Run one statement and take all its rows.

    On PostgreSQL its parameters are bound by the server and its plan is prepared: arrays of a thousand travel as one
    value each, which Django's client-side binding would spell out into the text of the statement.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(sql, params, prepare=True).fetchall()


def execute_many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement for each row of parameters."""
    if rows:
        with connections["default"].cursor() as cursor:
            cursor.executemany(sql, rows)


def insert_rows(table: str, columns: dict[str, str], rows: Sequence[Sequence[Any]], *, on_conflict: str = "") -> None:
    """Insert all rows by one statement. `columns` maps names to PostgreSQL types, in the order of each row's values."""
    if not rows:
        return
    connection = connections["default"]
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {on_conflict}"  # noqa: S608
            cursor.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        else:
            marks = ", ".join(["%s"] * len(columns))
            # SQLite needs WHERE or VALUES before ON CONFLICT; VALUES it is.
            cursor.executemany(
                f"INSERT INTO {table} ({names}) VALUES ({marks}) {on_conflict}", _storable(connection, columns, rows)
            )  # noqa: S608


def insert_one_unless_there(table: str, columns: dict[str, str], row: Sequence[Any], *, conflict: str) -> bool:
    """Insert a row unless the unique columns `conflict` are taken; whether it was inserted. Waits for a twin in flight."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({conflict}) DO NOTHING"  # noqa: S608
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute(sql, _storable(connection, columns, [row])[0])
        return bool(cursor.rowcount == 1)


def _storable(
    connection: BaseDatabaseWrapper, columns: dict[str, str], rows: Sequence[Sequence[Any]]
) -> Sequence[Sequence[Any]]:
    """The rows as the driver stores them: SQLite keeps a moment as text, in Django's spelling of it."""
    moments = [i for i, kind in enumerate(columns.values()) if kind == "timestamptz"]
    if connection.vendor == "postgresql" or not moments:
        return rows
    adapted = [list(row) for row in rows]
    for row in adapted:
        for i in moments:
            row[i] = connection.ops.adapt_datetimefield_value(row[i])
    return adapted


def draw_ids(table: str, count: int) -> list[int]:
    """Draw `count` fresh ids of a table, ascending. SQLite: the caller's IMMEDIATE transaction makes them its own."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count]
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")  # noqa: S608
        first = int(cursor.fetchone()[0]) + 1
        return list(range(first, first + count))


def install_walls(tables: Sequence[str], using: str = "default") -> None:
    """Install the triggers that refuse UPDATE, DELETE and TRUNCATE on these tables. Safe to repeat."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for statement in _wall_statements(connection, tables):
            cursor.execute(statement)


def missing_walls(tables: Sequence[str], using: str = "default") -> list[str]:
    """The names of triggers that should stand and do not."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        standing = {row[0] for row in cursor.fetchall()}
    return [name for table in tables for name in _wall_names(connection, table) if name not in standing]


def check_walls(tables: Sequence[str], databases: Sequence[str] | None) -> list[checks.CheckMessage]:
    """System check: an error for each missing trigger of an existing table."""
    problems: list[checks.CheckMessage] = []
    for alias in databases or []:
        if alias != "default":
            continue
        existing = set(connections[alias].introspection.table_names())
        for name in missing_walls([table for table in tables if table in existing], alias):
            hint = "Run `tradepost migrate`, which installs it again."
            problems.append(checks.Error(f"The trigger {name} is missing.", hint=hint, id="tradepost.E001"))
    return problems


def _wall_names(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    kinds = ("update", "delete", "truncate") if connection.vendor == "postgresql" else ("update", "delete", "replace")
    return [f"{table}_refuses_{kind}" for kind in kinds]


def _wall_statements(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> Iterator[str]:
    if connection.vendor == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION tradepost_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION '% is a journal: its rows are never changed or removed', TG_TABLE_NAME "
            "USING ERRCODE = 'restrict_violation'; END $$"
        )
        for table in tables:
            for kind, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
                name = f"{table}_refuses_{kind}"
                yield (
                    (
                        f"CREATE OR REPLACE TRIGGER {name} BEFORE {kind.upper()} ON {table} "
                        f"FOR EACH {each} EXECUTE FUNCTION tradepost_refuse_change()"
                    )
                    if each == "ROW"
                    else f"DROP TRIGGER IF EXISTS {name} ON {table}"
                )
                if each == "STATEMENT":
                    yield (
                        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} "
                        "FOR EACH STATEMENT EXECUTE FUNCTION tradepost_refuse_change()"
                    )
        return
    for table in tables:
        refusal = f"SELECT RAISE(ABORT, '{table} is a journal: its rows are never changed or removed')"
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_update BEFORE UPDATE ON {table} BEGIN {refusal}; END"
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_delete BEFORE DELETE ON {table} BEGIN {refusal}; END"
        # INSERT OR REPLACE removes the old row without asking the DELETE trigger.
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
        yield f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_replace BEFORE INSERT ON {table} WHEN {exists} BEGIN {refusal}; END"
