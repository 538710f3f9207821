"""The statements that reach the database, whichever way they take: counted, or let through up to one of them.

The engine's own statements go to psycopg's cursor directly, so it is the drivers' cursors that are watched.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from tradepost.lib import db


def _cursor() -> type[Any]:
    return psycopg.Cursor if db.is_postgres() else SQLiteCursorWrapper


@contextmanager
def watched(after: Callable[[str], None]) -> Iterator[None]:
    """Call `after` with the text of every statement that has just run.

    But for those that make the next test its database meanwhile, in a thread of their own.
    """
    cursor = _cursor()

    def told(sql: Any) -> None:
        if "DATABASE " not in (text := str(sql)):
            after(text)

    execute, executemany = cursor.execute, cursor.executemany

    def one(self: Any, sql: Any, *args: Any, **options: Any) -> Any:
        answer = execute(self, sql, *args, **options)
        told(sql)
        return answer

    def many(self: Any, sql: Any, *args: Any, **options: Any) -> Any:
        answer = executemany(self, sql, *args, **options)
        told(sql)
        return answer

    with patch.object(cursor, "execute", one), patch.object(cursor, "executemany", many):
        yield


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that ran inside, in order."""
    seen: list[str] = []
    with watched(seen.append):
        yield seen


class PulledOut(Exception):
    """The plug was pulled."""


@contextmanager
def pulled_after(number: int, pull: Callable[[], None] | None = None) -> Iterator[None]:
    """Fail right after the statement of this number, by raising PulledOut or else by `pull`.

    SQLite's BEGIN does not count: Django does not expect it to fail once it has run.
    """
    left = number

    def after(sql: str) -> None:
        nonlocal left
        left -= not sql.startswith(("BEGIN", "PRAGMA"))
        if left == 0:
            if pull:
                pull()
            raise PulledOut

    with watched(after):
        yield
