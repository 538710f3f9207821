"""The third wall: triggers that refuse, raw SQL included, to change what is booked or to book what refers to nothing.

References of the tables that grow by thousands of rows at a time are checked here a statement at a time, not by
foreign keys, which PostgreSQL checks row by row: that was nearly half of its time for a line. It is as strict,
because what they refer to can neither be deleted nor change its id: the same walls see to that. See the ADR on set-wise
references.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections, transaction
from django.db.models.signals import post_migrate

ALL = ("*",)


@dataclass(frozen=True, slots=True)
class Wall:
    """What a table refuses: DELETE, UPDATE of the frozen columns (all unless named), and rows that refer to nothing.

    `refers` maps a column to the table it refers to. `unique` names what no two rows share beside the id, as in
    `"sale_id, position"`: on SQLite `INSERT OR REPLACE` would remove the row that has it.
    """

    table: str
    frozen: Sequence[str] = ALL
    refers: Mapping[str, str] = field(default_factory=dict)
    unique: Sequence[str] = ()

    def statements(self, vendor: str) -> Iterator[tuple[str, str]]:
        """The name of each trigger, and the SQL that puts it there in place of an older one."""
        yield from self._postgres() if vendor == "postgresql" else self._sqlite()

    def _postgres(self) -> Iterator[tuple[str, str]]:
        columns = "" if self.frozen == ALL else f" OF {', '.join(self.frozen)}"
        for kind, event, each in (
            ("update", f"UPDATE{columns}", "ROW"),
            ("delete", "DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            name = f"{self.table}_refuses_{kind}"
            call = f"FOR EACH {each} EXECUTE FUNCTION tradepost_refuse_change()"
            yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} {call}"
        if self.refers:
            name = f"{self.table}_refuses_strangers"
            call = f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
            yield name, f"CREATE TRIGGER {name} AFTER INSERT ON {self.table} REFERENCING NEW TABLE AS added {call}"

    def _sqlite(self) -> Iterator[tuple[str, str]]:
        columns = "" if self.frozen == ALL else f" OF {', '.join(self.frozen)}"
        unchanged = f"SELECT RAISE(ABORT, '{self.table} is a journal: its rows are never changed or removed')"
        # INSERT OR REPLACE removes the old row without asking the DELETE trigger.
        twins = "; ".join(_refuse_twin(self.table, columns) for columns in ("id", *self.unique))
        for kind, event, body in (
            ("update", f"UPDATE{columns}", unchanged),
            ("delete", "DELETE", unchanged),
            ("replace", "INSERT", twins),
        ):
            name = f"{self.table}_refuses_{kind}"
            yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} BEGIN {body}; END"
        if self.refers:
            name = f"{self.table}_refuses_strangers"
            missing = " OR ".join(_is_stranger("NEW", *reference) for reference in self.refers.items())
            stranger = f"SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: a row of {self.table} refers to nothing')"
            yield name, f"CREATE TRIGGER {name} BEFORE INSERT ON {self.table} WHEN {missing} BEGIN {stranger}; END"

    def reference_check(self) -> str:
        """PostgreSQL's function behind the reference trigger: one anti-join a referred table and statement."""
        missing = " OR ".join(
            f"EXISTS (SELECT 1 FROM added WHERE {_is_stranger('added', *reference)})"
            for reference in self.refers.items()
        )
        return (
            f"CREATE OR REPLACE FUNCTION {self.table}_refuses_strangers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {missing} THEN RAISE EXCEPTION 'a row of {self.table} refers to nothing' "
            "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$"
        )


def _refuse_twin(table: str, columns: str) -> str:
    """SQLite: an error in the words of the constraint itself, whatever the statement wants done on a conflict."""
    names = columns.split(", ")
    new = ", ".join(f"NEW.{name}" for name in names)
    error = f"RAISE(ABORT, 'UNIQUE constraint failed: {', '.join(f'{table}.{name}' for name in names)}')"
    return f"SELECT {error} WHERE EXISTS (SELECT 1 FROM {table} WHERE ({columns}) = ({new}))"


def _is_stranger(row: str, column: str, table: str) -> str:
    return f"NOT EXISTS (SELECT 1 FROM {table} AS known WHERE known.id = {row}.{column})"


REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION tradepost_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% is a journal: its rows are never changed or removed', TG_TABLE_NAME "
    "USING ERRCODE = 'restrict_violation'; END $$"
)


def raise_walls(app: AppConfig, walls: Sequence[Wall]) -> None:
    """Keep these walls standing: they are put up after every migrate, and a system check misses one that is not there.

    SQLite drops triggers silently when a migration rebuilds their table.
    """

    def after_migrate(using: str, **_: Any) -> None:
        install(walls, using)

    def stand(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
        return _problems(walls) if "default" in (databases or ()) else []

    post_migrate.connect(after_migrate, sender=app, weak=False, dispatch_uid=f"{app.label}-walls")
    checks.register(stand, checks.Tags.database)


def install(walls: Sequence[Wall], using: str = "default") -> None:
    """Put up every trigger of these walls, in place of older ones."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(REFUSE_CHANGE)
        for wall in walls:
            on_table = f" ON {wall.table}" if connection.vendor == "postgresql" else ""
            if connection.vendor == "postgresql" and wall.refers:
                cursor.execute(wall.reference_check())
            for name, sql in wall.statements(connection.vendor):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
                cursor.execute(sql)


def missing(walls: Sequence[Wall], using: str = "default") -> list[str]:
    """The names of triggers that should stand and do not, or are switched off."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        standing = {row[0] for row in cursor.fetchall()}
    return [name for wall in walls for name, _ in wall.statements(connection.vendor) if name not in standing]


def _problems(walls: Sequence[Wall]) -> list[checks.CheckMessage]:
    existing = set(connections["default"].introspection.table_names())
    hint = "Run `tradepost migrate`, which puts it up again."
    return [
        checks.Error(f"The trigger {name} is missing.", hint=hint, id="tradepost.E001")
        for name in missing([wall for wall in walls if wall.table in existing])
    ]
