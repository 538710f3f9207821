"""The third wall: triggers that refuse, raw SQL included, to change what is booked or to book what refers to nothing.

References of the tables that grow by thousands of rows at a time are checked here a statement at a time, not by
foreign keys, which PostgreSQL checks row by row: that was nearly half of its time for a line. It is as strict,
because what they refer to can neither be deleted nor change its id: the same walls see to that. See the ADR on set-wise
references.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.apps import AppConfig
from django.core import checks
from django.db import connections, transaction
from django.db.models.signals import post_migrate, pre_migrate

ALL = ("*",)
ROWS = ("NEW", "OLD")


class Guard(Protocol):
    """What stands at a table by triggers of our own."""

    @property
    def table(self) -> str:
        """The table it stands at."""

    def functions(self, vendor: str) -> Iterator[str]:
        """The SQL of the functions that its triggers call."""

    def statements(self, vendor: str) -> Iterator[tuple[str, str]]:
        """The name of each trigger, and the SQL that puts it there in place of an older one."""


@dataclass(frozen=True, slots=True)
class Wall:
    """What a table refuses: DELETE, UPDATE of the frozen columns (all unless named), and rows that refer to nothing.

    `refers` maps a column to the table it refers to, where it is not null; `only` to what must be true of that row when
    this one is written. `unique` names what no two rows share beside
    the id, as in `"sale_id, position"`: on SQLite `INSERT OR REPLACE` would remove the row that has it, and so would
    `UPDATE OR REPLACE`. `settled` is a condition on `OLD`: a row for which it holds does not change at all any more.
    `key` is what stands in place of the id in a table that has none.
    """

    table: str
    frozen: Sequence[str] = ALL
    refers: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    unique: Sequence[str] = ()
    settled: str = ""
    key: str = "id"

    def functions(self, vendor: str) -> Iterator[str]:
        """See Guard."""
        if vendor == "postgresql":
            yield REFUSE_CHANGE
            if self.refers:
                yield self.reference_check()

    def statements(self, vendor: str) -> Iterator[tuple[str, str]]:
        """See Guard."""
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
        if self.settled:
            name = f"{self.table}_refuses_reopening"
            call = f"FOR EACH ROW WHEN ({self.settled}) EXECUTE FUNCTION tradepost_refuse_change()"
            yield name, f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} {call}"
        if self.refers:
            check = f"{self.table}_refuses_strangers"
            call = f"REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {check}()"
            yield check, f"CREATE TRIGGER {check} AFTER INSERT ON {self.table} {call}"
            if self._refers_later():
                name = f"{check}_later"
                yield name, f"CREATE TRIGGER {name} AFTER UPDATE ON {self.table} {call}"

    def _sqlite(self) -> Iterator[tuple[str, str]]:
        columns = "" if self.frozen == ALL else f" OF {', '.join(self.frozen)}"
        unchanged = f"SELECT RAISE(ABORT, '{self.table} is a journal: its rows are never changed or removed')"
        # OR REPLACE removes the old row without asking the DELETE trigger.
        twins = "; ".join(_refuse_twin(self.table, columns) for columns in (self.key, *self.unique))
        for kind, event, body in (
            ("update", f"UPDATE{columns}", unchanged),
            ("delete", "DELETE", unchanged),
            ("replace", "INSERT", twins),
        ):
            name = f"{self.table}_refuses_{kind}"
            yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} BEGIN {body}; END"
        if self.settled:
            name = f"{self.table}_refuses_reopening"
            yield (
                name,
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} WHEN {self.settled} BEGIN {unchanged}; END",
            )
            name = f"{self.table}_refuses_usurping"
            usurpers = "; ".join(_refuse_twin(self.table, columns, "id <> OLD.id") for columns in self.unique)
            yield name, f"CREATE TRIGGER {name} BEFORE UPDATE ON {self.table} BEGIN {usurpers}; END"
        if self.refers:
            check = f"{self.table}_refuses_strangers"
            yield check, self._sqlite_check(check, "INSERT", list(self.refers))
            if later := self._refers_later():
                name = f"{check}_later"
                yield name, self._sqlite_check(name, f"UPDATE OF {', '.join(later)}", later)

    def _sqlite_check(self, name: str, event: str, columns: Sequence[str]) -> str:
        missing = " OR ".join(self._is_stranger("NEW", column) for column in columns)
        stranger = f"SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: a row of {self.table} refers to nothing')"
        return f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} WHEN {missing} BEGIN {stranger}; END"

    def _refers_later(self) -> list[str]:
        """The columns that may begin to refer to something after the row was written."""
        return [] if self.frozen == ALL else [column for column in self.refers if column not in self.frozen]

    def reference_check(self) -> str:
        """PostgreSQL's function behind the reference trigger: one anti-join a referred table and statement."""
        missing = " OR ".join(
            f"EXISTS (SELECT 1 FROM added WHERE {self._is_stranger('added', column)})" for column in self.refers
        )
        return (
            f"CREATE OR REPLACE FUNCTION {self.table}_refuses_strangers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {missing} THEN RAISE EXCEPTION 'a row of {self.table} refers to nothing' "
            "USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$"
        )

    def _is_stranger(self, row: str, column: str) -> str:
        also = f" AND known.{self.only[column]}" if column in self.only else ""
        there = f"EXISTS (SELECT 1 FROM {self.refers[column]} AS known WHERE known.id = {row}.{column}{also})"
        return f"({row}.{column} IS NOT NULL AND NOT {there})"


@dataclass(frozen=True, slots=True)
class Lid:
    """What stands on the rows of a document: once it is settled none of them is added, changed or removed any more.

    `column` of `table` is the id of its document, a row of `parent`; `settled` is a condition on the columns of that
    row. PostgreSQL asks it once a statement, SQLite for each row. Nothing is truncated, settled or not.
    """

    table: str
    column: str
    parent: str
    settled: str

    def functions(self, vendor: str) -> Iterator[str]:
        """See Guard. The documents are locked, so that none is settled by another between the question and the commit.

        The question is an aggregate over them: a mere filter would pass over those that are being settled right now.
        """
        if vendor == "postgresql":
            yield REFUSE_CHANGE
            rows = f"SELECT {self.settled} AS settled FROM {self.parent} WHERE id = ANY(parents) ORDER BY id FOR SHARE"
            yield (
                f"CREATE OR REPLACE FUNCTION {self.table}_refuses_late() RETURNS trigger LANGUAGE plpgsql AS $$ "
                "DECLARE parents bigint[] := '{}'; BEGIN "
                f"IF TG_OP <> 'DELETE' THEN parents := ARRAY(SELECT DISTINCT {self.column} FROM after); END IF; "
                f"IF TG_OP <> 'INSERT' THEN parents := parents || ARRAY(SELECT DISTINCT {self.column} FROM before); "
                f"END IF; IF (SELECT bool_or(settled) FROM ({rows}) AS documents) THEN "
                f"RAISE EXCEPTION '{self._refusal}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NULL; END $$"
            )

    def statements(self, vendor: str) -> Iterator[tuple[str, str]]:
        """See Guard."""
        yield from self._postgres() if vendor == "postgresql" else self._sqlite()

    @property
    def _refusal(self) -> str:
        return f"a row of {self.table} belongs to what is settled"

    def _postgres(self) -> Iterator[tuple[str, str]]:
        for event, rows in (
            ("insert", "NEW TABLE AS after"),
            ("update", "OLD TABLE AS before NEW TABLE AS after"),
            ("delete", "OLD TABLE AS before"),
        ):
            name = f"{self.table}_refuses_late_{event}"
            call = f"FOR EACH STATEMENT EXECUTE FUNCTION {self.table}_refuses_late()"
            yield name, f"CREATE TRIGGER {name} AFTER {event} ON {self.table} REFERENCING {rows} {call}"
        name = f"{self.table}_refuses_late_truncate"
        call = "FOR EACH STATEMENT EXECUTE FUNCTION tradepost_refuse_change()"
        yield name, f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {self.table} {call}"

    def _sqlite(self) -> Iterator[tuple[str, str]]:
        new, old = (f"SELECT 1 FROM {self.parent} WHERE id = {row}.{self.column} AND ({self.settled})" for row in ROWS)
        # OR REPLACE removes the old row without asking the DELETE trigger.
        twin = f"SELECT {self.column} FROM {self.table} WHERE id = NEW.id"
        replaced = f"SELECT 1 FROM {self.parent} WHERE id = ({twin}) AND ({self.settled})"
        for event, closed in (("insert", (new, replaced)), ("update", (new, old, replaced)), ("delete", (old,))):
            name = f"{self.table}_refuses_late_{event}"
            late = " OR ".join(f"EXISTS ({one})" for one in closed)
            body = f"SELECT RAISE(ABORT, '{self._refusal}')"
            yield name, f"CREATE TRIGGER {name} BEFORE {event} ON {self.table} WHEN {late} BEGIN {body}; END"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What follows in other tables when one of `columns` changes in this one, whoever changes it, raw SQL included.

    On PostgreSQL it runs once a statement, `changed` being the ids of the rows that are different now; on SQLite for
    each row, as NEW.
    """

    table: str
    name: str
    columns: Sequence[str]
    postgres: str
    sqlite: str

    def functions(self, vendor: str) -> Iterator[str]:
        """See Guard."""
        if vendor == "postgresql":
            sides = (", ".join(f"{side}.{column}" for column in self.columns) for side in ("before", "after"))
            differ = f"({') IS DISTINCT FROM ('.join(sides)})"
            yield (
                f"CREATE OR REPLACE FUNCTION {self.table}_{self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
                f"DECLARE changed bigint[] := ARRAY(SELECT id FROM after JOIN before USING (id) WHERE {differ}); "
                f"BEGIN IF cardinality(changed) > 0 THEN {self.postgres}; END IF; RETURN NULL; END $$"
            )

    def statements(self, vendor: str) -> Iterator[tuple[str, str]]:
        """See Guard."""
        name = f"{self.table}_{self.name}"
        if vendor == "postgresql":
            rows = "REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT"
            yield name, f"CREATE TRIGGER {name} AFTER UPDATE ON {self.table} {rows} EXECUTE FUNCTION {name}()"
            return
        changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in self.columns)
        event = f"AFTER UPDATE OF {', '.join(self.columns)} ON {self.table}"
        yield name, f"CREATE TRIGGER {name} {event} WHEN {changed} BEGIN {self.sqlite}; END"


def _refuse_twin(table: str, columns: str, besides: str = "1") -> str:
    """SQLite: an error in the words of the constraint itself, whatever the statement wants done on a conflict."""
    names = columns.split(", ")
    new = ", ".join(f"NEW.{name}" for name in names)
    error = f"RAISE(ABORT, 'UNIQUE constraint failed: {', '.join(f'{table}.{name}' for name in names)}')"
    return f"SELECT {error} WHERE EXISTS (SELECT 1 FROM {table} WHERE ({columns}) = ({new}) AND {besides})"


REFUSE_CHANGE = (
    "CREATE OR REPLACE FUNCTION tradepost_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '% is a journal: its rows are never changed or removed', TG_TABLE_NAME "
    "USING ERRCODE = 'restrict_violation'; END $$"
)


def raise_walls(app: AppConfig, walls: Sequence[Guard]) -> None:
    """Keep these walls standing: they are put up after every migrate, and a system check misses one that is not there.

    SQLite drops triggers silently when a migration rebuilds their table, and rebuilds none that a trigger of another
    table speaks of: so there they come down before a migrate that has something to do.
    """

    def before_migrate(using: str, plan: Sequence[Any] = (), **_: Any) -> None:
        if plan and connections[using].vendor == "sqlite":
            take_down(walls, using)

    def after_migrate(using: str, **_: Any) -> None:
        install(walls, using)

    def stand(*, databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
        return _problems(walls) if "default" in (databases or ()) else []

    pre_migrate.connect(before_migrate, sender=app, weak=False, dispatch_uid=f"{app.label}-walls")
    post_migrate.connect(after_migrate, sender=app, weak=False, dispatch_uid=f"{app.label}-walls")
    checks.register(stand, checks.Tags.database)


def install(walls: Sequence[Guard], using: str = "default") -> None:
    """Put up every trigger of these walls, in place of older ones."""
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for wall in walls:
            on_table = f" ON {wall.table}" if connection.vendor == "postgresql" else ""
            for sql in wall.functions(connection.vendor):
                cursor.execute(sql)
            for name, sql in wall.statements(connection.vendor):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
                cursor.execute(sql)


def take_down(walls: Sequence[Guard], using: str = "default") -> None:
    """Remove the triggers of these walls, until they are installed again."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for wall in walls:
            on_table = f" ON {wall.table}" if connection.vendor == "postgresql" else ""
            for name, _ in wall.statements(connection.vendor):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")


def missing(walls: Sequence[Guard], using: str = "default") -> list[str]:
    """The names of triggers that should stand and do not, or are switched off."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        standing = {row[0] for row in cursor.fetchall()}
    return [name for wall in walls for name, _ in wall.statements(connection.vendor) if name not in standing]


def _problems(walls: Sequence[Guard]) -> list[checks.CheckMessage]:
    existing = set(connections["default"].introspection.table_names())
    hint = "Run `tradepost migrate`, which puts it up again."
    return [
        checks.Error(f"The trigger {name} is missing.", hint=hint, id="tradepost.E001")
        for name in missing([wall for wall in walls if wall.table in existing])
    ]
