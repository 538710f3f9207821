"""The two databases behind one small surface: set-wise inserts, waiting and refusing.

SQLite serialises writers by `BEGIN IMMEDIATE`; PostgreSQL locks rows. Nothing above this module asks which one runs,
except the engine of the books, whose statements differ.
"""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import Any

import psycopg
from django.db import DatabaseError, IntegrityError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler

from tradepost.lib.errors import Busy, TradepostError

DEADLOCK, LOCK_TIMEOUT, READ_ONLY, SERIALISATION = "40P01", "55P03", "25006", "40001"
MAX_BIGINT = 2**63 - 1  # an id beyond it is nobody's
# The clock of SQLite in Django's spelling of a moment, which is compared as text: six decimals, or none.
SQLITE_NOW = "replace(strftime('%Y-%m-%d %H:%M:%f000', 'now'), '.000000', '')"
BUSY_STATES = {DEADLOCK, LOCK_TIMEOUT, READ_ONLY, SERIALISATION}
Races = Mapping[str, str]  # what the error of a lost race tells, as its constraint's name; and what to say of it


def is_postgres(using: str = "default") -> bool:
    """Whether the database behind the alias is PostgreSQL."""
    return connections[using].vendor == "postgresql"


class Among(Func):
    """`filter(Among("product_id", ids))`: IN for long lists, of integers or of texts.

    The list travels as one parameter, so the statement stays short and the same however long the list is.
    """

    output_field = BooleanField()

    def __init__(self, column: str, values: Iterable[int] | Iterable[str]) -> None:
        super().__init__(F(column))
        self.values = _storable_keys(values)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """The list as JSON."""
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"{column} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.values))

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """The list as an array; nothing is in an empty one, whose type nobody knows."""
        if not self.values:
            return "FALSE", ()
        column, params = compiler.compile(self.get_source_expressions()[0])
        kind = "text" if isinstance(self.values[0], str) else "bigint"
        return f"{column} = ANY(%s::{kind}[])", (*params, array(self.values))


class AmongPairs(Func):
    """`filter(AmongPairs(("location_id", "product_id"), pairs))`: the same for pairs of integers of two columns."""

    output_field = BooleanField()

    def __init__(self, columns: tuple[str, str], pairs: Iterable[Sequence[int]]) -> None:
        super().__init__(*map(F, columns))
        self.pairs = list({(left, right) for left, right in pairs})

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """The pairs as JSON."""
        given = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(%s)"
        return f"({self._columns(compiler)}) IN ({given})", (json.dumps(self.pairs),)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """The pairs as two arrays, of which the planner knows how long they are."""
        given = "SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
        sides = tuple(array([pair[side] for pair in self.pairs]) for side in (0, 1))
        return f"({self._columns(compiler)}) IN ({given})", sides

    def _columns(self, compiler: SQLCompiler) -> str:
        return ", ".join(compiler.compile(column)[0] for column in self.get_source_expressions())


class Clock(Now):
    """The database's clock, spelled as the moments it is compared with."""

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """See SQLITE_NOW."""
        return SQLITE_NOW.replace("%", "%%"), ()


@contextmanager
def politely() -> Iterator[None]:
    """Turn a deadlock, a lock timeout or a read-only database into `Busy`; let every other database error pass."""
    try:
        yield
    except OperationalError as error:
        if _sqlstate(error) in BUSY_STATES or "locked" in str(error):
            raise Busy from error
        raise
    except DatabaseError as error:
        if _sqlstate(error) in BUSY_STATES:
            raise Busy from error
        raise


@contextmanager
def unless_taken(constraint: str, refusal: TradepostError) -> Iterator[None]:
    """Save something in a savepoint of its own; where the unique constraint is broken, raise the polite refusal."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise refusal from None


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
    with _bound_by_server(connection) as cursor:
        return cursor.execute(sql, params, prepare=True).fetchall()


Statement = tuple[str, Sequence[Any]]


def fetch_each(statements: Sequence[Statement | None]) -> list[list[tuple[Any, ...]]]:
    """`fetch` for statements that do not wait for each other's rows: one after the other, in one trip to the server.

    Each sees what the ones before it did and what others have committed meanwhile. None is no statement and no rows.
    The first statements of a transaction do not wait for its BEGIN either.
    """
    with in_one_trip():  # rows asked for inside would be a trip of their own
        later = [ask(*statement) if statement else list for statement in statements]
    return [rows() for rows in later]


def ask(sql: str, params: Sequence[Any]) -> Callable[[], list[tuple[Any, ...]]]:
    """`fetch`, whose rows are taken later, once. On a trip the database looks for them meanwhile."""
    connection = connections["default"]
    if connection.vendor != "postgresql":
        rows = fetch(sql, params)
        return lambda: rows
    connection.ensure_connection()
    with connection.wrap_database_errors:
        cursor = psycopg.Cursor(connection.connection).execute(sql, params, prepare=True)

    def take() -> list[tuple[Any, ...]]:
        with connection.wrap_database_errors, cursor:
            return cursor.fetchall()

    return take


class _UnderWay(threading.local):
    """This thread's trip: what to say of its races, None where there is no trip; and who waits where it may end."""

    races: dict[str, str] | None = None
    end: ExitStack | None = None


_under_way = _UnderWay()


@contextmanager
def in_one_trip(races: Races = MappingProxyType({}), *, last: bool = False) -> Iterator[None]:
    """Send the statements inside together, those that answer nothing without waiting. SQLite has nowhere to travel to.

    The database writes while the caller reckons what comes next. What is wrong with a statement may be raised by any
    after it, or only where the block ends. A block inside another is a part of its trip, and its `races` are that
    trip's: lost ones are raised as Busy where it ends, and so is a deadlock. Where the caller's caller lets the `last`
    trip of a call end later (`ending_the_last_trip`), it goes on after the block.
    """
    if _under_way.races is not None:
        _under_way.races.update(races)
        yield
    elif last and _under_way.end:
        _under_way.end.enter_context(_trip(races))
        yield
    else:
        with _trip(races):
            yield


def is_on_a_trip() -> bool:
    """Whether what is sent now goes along with something else."""
    return _under_way.races is not None


@contextmanager
def ending_the_last_trip() -> Iterator[None]:
    """Let a trip inside that says it is the last of its call go on to the end of this block."""
    with ExitStack() as end:
        _under_way.end = end
        try:
            yield
        finally:
            _under_way.end = None


@contextmanager
def _trip(races: Races) -> Iterator[None]:
    _under_way.races = dict(races)
    try:
        with politely(), _travelling(connections["default"]):
            yield
    except IntegrityError as error:
        lost = next((said for told, said in _under_way.races.items() if told in str(error)), None)
        if lost is None:
            raise
        raise Busy(lost) from error
    finally:
        _under_way.races = None


@contextmanager
def _travelling(connection: BaseDatabaseWrapper) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def send(sql: str, params: Sequence[Any]) -> None:
    """Run one statement that answers nothing. On a trip it is not waited for."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with _bound_by_server(connection) as cursor:
            cursor.execute(sql, params, prepare=True)
    else:
        fetch(sql, params)


def rows_by(
    table: str, columns: Sequence[str], key: str, values: Collection[int] | Collection[str], *, lock: bool = False
) -> Statement:
    """The statement for rows of a table by one column, in its order, however many values; `lock`ed until the commit."""
    select = f"SELECT {', '.join(columns)} FROM {table} WHERE"
    wanted = _storable_keys(values)
    if not wanted:
        return f"{select} FALSE", []
    if not is_postgres():
        return f"{select} {key} IN (SELECT value FROM json_each(%s)) ORDER BY {key}", [json.dumps(wanted)]
    kind = "text" if isinstance(wanted[0], str) else "bigint"
    end = " FOR NO KEY UPDATE" if lock else ""
    return f"{select} {key} = ANY(%s::{kind}[]) ORDER BY {key}{end}", [array(wanted)]


def rows_by_pairs(
    table: str, columns: Sequence[str], key: tuple[str, str], pairs: Collection[tuple[int, int]]
) -> Statement:
    """The statement for rows of a table by two columns of numbers, which come first; however many pairs, in any order.

    Two lists, one for each column, would find every value of one with every value of the other.
    """
    names, (left, right) = ", ".join(f"kept.{name}" for name in (*key, *columns)), key
    wanted = [pair for pair in pairs if all(abs(value) <= MAX_BIGINT for value in pair)]
    select = f"SELECT {names} FROM"
    if not is_postgres():
        found = f"kept.{left} = json_extract(pair.value, '$[0]') AND kept.{right} = json_extract(pair.value, '$[1]')"
        return f"{select} json_each(%s) AS pair JOIN {table} AS kept ON {found}", [json.dumps(wanted)]
    given = f"unnest(%s::bigint[], %s::bigint[]) AS pair ({left}, {right})"
    lists = [array([pair[side] for pair in wanted]) for side in (0, 1)]
    return f"{select} {given} JOIN {table} AS kept ON kept.{left} = pair.{left} AND kept.{right} = pair.{right}", lists


def keep_rows(table: str, ids: Iterable[int]) -> set[int]:
    """Which of these rows are there; none of them is removed before the commit. Raises Busy.

    Many keep a row at once, and change it too; who removes it waits for them, and they for who does. Foreign keys ask
    for no less, but only at the commit, where nothing polite can be said any more.
    """
    statement, params = rows_by(table, ("id",), "id", sorted(set(ids)))
    with politely():
        return {number for (number,) in fetch(statement + (" FOR KEY SHARE" if is_postgres() else ""), params)}


def _storable_keys(values: Iterable[int] | Iterable[str]) -> list[int | str]:
    """Without the numbers that are too big for any row to have."""
    return [value for value in values if isinstance(value, str) or abs(value) <= MAX_BIGINT]


def moment(value: datetime, using: str = "default") -> Any:
    """A moment as a parameter of `fetch`: SQLite keeps it as text, in Django's spelling of it."""
    return connections[using].ops.adapt_datetimefield_value(value)


@contextmanager
def _bound_by_server(connection: BaseDatabaseWrapper) -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor


def array(values: Sequence[Any]) -> str:
    """A column of values as PostgreSQL's array literal, to be cast: `%s::bigint[]`.

    The driver's own dumper asks every element for its type; in a batch of a thousand rows that is most of the client's
    time. Integers, texts, bytes, moments, days, booleans and None.
    """
    first = next((value for value in values if value is not None), None)
    if isinstance(first, int):
        texts = ["NULL" if value is None else str(value) for value in values]
    elif isinstance(first, str):
        if None not in values and not _has_awkward("".join(values)):  # as most are: nothing to look for in each
            return '{"' + '","'.join(values) + '"}'
        texts = ["NULL" if value is None else _quoted(value) for value in values]
    elif isinstance(first, bytes):
        texts = ["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]
    else:
        spelled = {value: "NULL" if value is None else f'"{value.isoformat()}"' for value in set(values)}
        texts = [spelled[value] for value in values]  # as a rule one moment for all
    return "{" + ",".join(texts) + "}"


def _has_awkward(text: str) -> bool:
    return '"' in text or "\\" in text


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


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
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {on_conflict}"
        send(sql, [array(column) for column in zip(*rows, strict=True)])
    else:
        marks = ", ".join(["%s"] * len(columns))
        # SQLite needs WHERE or VALUES before ON CONFLICT; VALUES it is.
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) {on_conflict}"
        with connection.cursor() as cursor:
            cursor.executemany(sql, _storable(connection, columns, rows))


Parts = tuple[str, dict[str, str], Sequence[Sequence[Any]]]  # a table, columns with their types, rows of these


def insert_row_and_parts(
    table: str, columns: dict[str, str], row: Sequence[Any], key: str, parts: Sequence[Parts]
) -> None:
    """Insert a row and, in the tables of its parts, theirs, whose column `key` is its id; PostgreSQL: one statement."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    connection = connections["default"]
    if connection.vendor != "postgresql":
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id"
        ((row_id,),) = fetch(sql, _storable(connection, columns, [row])[0])
        for part_table, part_columns, rows in parts:
            insert_rows(part_table, {key: "bigint", **part_columns}, [(row_id, *part) for part in rows])
        return
    values = ", ".join(f"%s::{kind}" for kind in columns.values())
    steps = [f"WITH whole AS (INSERT INTO {table} ({names}) VALUES ({values}) RETURNING id)"]
    params = list(row)
    for part_table, part_columns, rows in parts:
        arrays = ", ".join(f"%s::{kind}[]" for kind in part_columns.values())
        into = f"INSERT INTO {part_table} ({key}, {', '.join(part_columns)})"
        steps.append(f"of_{part_table} AS ({into} SELECT whole.id, given.* FROM whole, unnest({arrays}) AS given)")
        params += [array(column) for column in zip(*rows, strict=True)]
    send(f"{', '.join(steps)} SELECT FROM whole", params)


def insert_unless_there(
    table: str, columns: dict[str, str], rows: Sequence[Sequence[Any]], *, conflict: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Insert the rows whose unique columns `conflict` are free; those columns of the rows inserted, in any order.

    Waits for a twin in flight: give the rows in one order, or two lists may wait for each other.
    """
    if not rows:
        return []
    connection = connections["default"]
    names, key = ", ".join(columns), ", ".join(conflict)
    end = f"ON CONFLICT ({key}) DO NOTHING RETURNING {key}"
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        sql = f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) {end}"
        return fetch_each([(sql, [array(column) for column in zip(*rows, strict=True)])])[0]
    sql = f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))}) {end}"
    return [won for row in _storable(connection, columns, rows) for won in fetch(sql, row)]


def update_rows(table: str, key: dict[str, str], values: dict[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Set `values` of the rows that `key` finds, by one statement; each row holds its key, then its values."""
    if not rows:
        return
    connection = connections["default"]
    if connection.vendor == "postgresql":
        columns = key | values
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        settings = ", ".join(f"{name} = given.{name}" for name in values)
        found = " AND ".join(f"kept.{name} = given.{name}" for name in key)
        sql = (
            f"UPDATE {table} AS kept SET {settings} FROM unnest({arrays}) AS given ({', '.join(columns)}) WHERE {found}"
        )
        send(sql, [array(column) for column in zip(*rows, strict=True)])
        return
    settings, found = ", ".join(f"{name} = %s" for name in values), " AND ".join(f"{name} = %s" for name in key)
    sql = f"UPDATE {table} SET {settings} WHERE {found}"
    turned = [(*row[len(key) :], *row[: len(key)]) for row in _storable(connection, key | values, rows)]
    execute_many(sql, turned)


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
                # The sequence is looked up once, not for every row.
                "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)",
                [table, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}")
        first = int(cursor.fetchone()[0]) + 1
        return list(range(first, first + count))
