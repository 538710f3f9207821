"""Where a proof works: an installation of its own beside the one configured, gone when the proof ends.

The environment is set before Django reads it, so nothing of the proof can reach real books, or a broker, or be bent by
an address that people use.
"""

import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from tradepost.lib.errors import Refused

OWN = {
    "REDIS_URL": "",
    "TRADEPOST_URL": "",
    "ALLOWED_HOSTS": "",
    "TRADEPOST_RATE": "off",
    "TRADEPOST_METRICS": "0",
    "TRADEPOST_DEBUG": "0",
    "TRADEPOST_LOG_LEVEL": "ERROR",
}


class CannotCreateDatabase(Refused):
    """The proof needs a place of its own, and may not make one."""

    code = "cannot_create_database"
    title = "A proof makes a database of its own, and here it may not"


@contextmanager
def own_installation(database: str | None) -> Iterator[None]:
    """Set Django up over a fresh database beside `database` or DATABASE_URL; all of it is removed afterwards.

    Raises CannotCreateDatabase where the login or the folder does not allow it.
    """
    configured = (database or os.environ.get("DATABASE_URL", "")).strip()
    is_server = urlsplit(configured).scheme in {"postgres", "postgresql"}
    with ExitStack() as stack:
        folder = None if is_server else _folder_of(configured)
        home = stack.enter_context(_own_home(folder))
        os.environ.update(OWN, TRADEPOST_HOME=str(home), DATABASE_URL="")
        url = stack.enter_context(_own_server_database(configured)) if is_server else None
        _set_up(url, home)
        try:
            yield
        finally:
            _hang_up()


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM ends it as Ctrl-C does: what was made is removed first."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _folder_of(configured: str) -> Path:
    """The folder of the embedded database: the same disk, so that its speed is the real one's."""
    parts = urlsplit(configured)
    if parts.scheme not in {"", "sqlite"}:
        from django.core.exceptions import ImproperlyConfigured

        raise ImproperlyConfigured(f"A proof cannot be made beside a database with scheme {parts.scheme}")
    named = Path(unquote(parts.path)[1:]).absolute().parent if configured else None
    return named or Path(os.environ.get("TRADEPOST_HOME", "").strip() or "tradepost-data").expanduser()


@contextmanager
def _own_home(folder: Path | None) -> Iterator[Path]:
    beside = folder if folder and folder.is_dir() else None
    try:
        made = tempfile.TemporaryDirectory(prefix="tradepost-prove-", dir=beside, ignore_cleanup_errors=True)
    except OSError as error:
        raise CannotCreateDatabase(
            f"A proof makes a folder of its own in {beside or tempfile.gettempdir()}, and there it may not "
            f"({error.strerror}); name another database with --database sqlite:////folder/file.sqlite3"
        ) from None
    with made as name:
        yield Path(name).absolute()


@contextmanager
def _own_server_database(configured: str) -> Iterator[str]:
    import psycopg
    from django.db import OperationalError
    from psycopg import sql

    name = f"tradepost_prove_{secrets.token_hex(6)}"
    try:
        server = psycopg.connect(configured, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise OperationalError(str(error)) from error
    with server:
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise CannotCreateDatabase(_how_to_allow(server.info.user)) from None
        try:
            yield urlunsplit(urlsplit(configured)._replace(path=f"/{name}"))
        finally:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _how_to_allow(user: str) -> str:
    return (
        f"A proof makes a database of its own, and {user} may not create one: let an administrator of the server run "
        f"ALTER ROLE {user} CREATEDB, or name another server with --database"
    )


def _set_up(url: str | None, home: Path) -> None:
    from tradepost.cli import setup

    setup.configure(url)
    from django.conf import settings

    if home != settings.TRADEPOST_HOME:
        raise RuntimeError("Django was set up before the proof had a place of its own")
    setup.migrate()


def _hang_up() -> None:
    from django.db import connections

    connections.close_all()
