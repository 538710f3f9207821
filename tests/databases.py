"""A fresh database a test, with real commits: a copy of a template that is migrated once."""

import fcntl
import hashlib
import itertools
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from devtools.servers import memory_folder

ROOT = Path(__file__).parent.parent
ALIASES = ("default", "snapshot")
SCHEMA_SOURCES = (
    "src/tradepost/settings.py",
    "src/tradepost/*/*.py",
    "src/tradepost/*/migrations/*.py",
    "requirements/*",
)
FACES = {"api", "web", "cli", "worker"}


def schema_fingerprint() -> str:
    """Changes whenever the template could."""
    paths = sorted(path for pattern in SCHEMA_SOURCES for path in ROOT.glob(pattern) if path.parent.name not in FACES)
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


class Databases(ABC):
    """Hands out fresh databases of one kind and points Django at them."""

    def __init__(self) -> None:
        self.fingerprint = schema_fingerprint()
        self._numbers = itertools.count()
        self._ready = False

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Point every connection of this process at a new database; yields its address for other processes."""
        if not self._ready:
            self._make_template()
            self._ready = True
        name = self._take()
        self._point_at(name)
        try:
            yield self._url(name)
        finally:
            connections.close_all()
            self._give_back(name)

    def close(self) -> None:
        """Give back what a run held."""
        connections.close_all()

    def _take(self) -> str:
        """The name of a database nobody used before."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._create(name)
        return name

    def _give_back(self, name: str) -> None:
        self._drop(name)

    def _make_template(self) -> None:
        """Migrate once; of several processes the first does, the others wait and use what it made."""
        with Path(tempfile.gettempdir(), f"tradepost-{os.getuid()}-template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._has_template():
                self._build_template()

    def _migrate(self, name: str) -> None:
        self._point_at(name)
        call_command("migrate", verbosity=0, interactive=False)
        connections.close_all()

    @abstractmethod
    def _has_template(self) -> bool: ...
    @abstractmethod
    def _build_template(self) -> None: ...
    @abstractmethod
    def _create(self, name: str) -> None: ...
    @abstractmethod
    def _drop(self, name: str) -> None: ...
    @abstractmethod
    def _point_at(self, name: str) -> None: ...
    @abstractmethod
    def _url(self, name: str) -> str: ...


class SqliteDatabases(Databases):
    """Files; in memory-backed storage where the machine has some, the template kept from run to run."""

    def __init__(self, cache: Path) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tradepost-tests-", dir=memory_folder()))
        self.template = cache / f"template-{self.fingerprint}.sqlite3"

    def close(self) -> None:
        super().close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _has_template(self) -> bool:
        return self.template.exists()

    def _build_template(self) -> None:
        for old in self.template.parent.glob("template-*.sqlite3"):
            old.unlink()
        self._migrate("template")
        draft = self.template.with_suffix(".draft")
        shutil.copyfile(self._file("template"), draft)
        draft.replace(self.template)

    def _create(self, name: str) -> None:
        shutil.copyfile(self.template, self._file(name))

    def _drop(self, name: str) -> None:
        for file in self.folder.glob(f"{name}.sqlite3*"):
            file.unlink(missing_ok=True)

    def _point_at(self, name: str) -> None:
        connections.close_all()
        connections.settings["default"]["NAME"] = str(self._file(name))
        connections.settings["snapshot"]["NAME"] = f"file:{quote(str(self._file(name)))}?mode=ro"

    def _url(self, name: str) -> str:
        return f"sqlite:///{self._file(name)}"

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"


class PostgresDatabases(Databases):
    """Databases of one server, reached without a pool, since a pool would outlive its database."""

    def __init__(self, server_url: str) -> None:
        super().__init__()
        self.server_url = server_url
        self.template = f"template_{self.fingerprint}"
        self._server = psycopg.connect(server_url, autocommit=True)
        self._background = ThreadPoolExecutor(1)
        self._next: Future[str] | None = None
        self._dropped: list[Future[None]] = []
        for alias in ALIASES:
            options: dict[str, Any] = connections.settings[alias]["OPTIONS"]
            options.pop("pool", None)

    def close(self) -> None:
        super().close()
        if self._next:
            self._give_back(self._next.result())
        self._background.shutdown()
        for dropped in self._dropped:
            dropped.result()
        self._server.close()

    def _take(self) -> str:
        """One copy is always made ahead, while the test before it runs."""
        ready = self._next or self._background.submit(super()._take)
        self._next = self._background.submit(super()._take)
        return ready.result()

    def _give_back(self, name: str) -> None:
        self._dropped.append(self._background.submit(self._drop, name))

    def _has_template(self) -> bool:
        found = self._server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.template]).fetchone()
        return found is not None

    def _build_template(self) -> None:
        draft = f"draft_{self.fingerprint}"
        self._drop(draft)
        self._server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(draft)))
        self._migrate(draft)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        self._server.execute(rename.format(sql.Identifier(draft), sql.Identifier(self.template)))

    def _create(self, name: str) -> None:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._server.execute(create.format(sql.Identifier(name), sql.Identifier(self.template)))

    def _drop(self, name: str) -> None:
        self._server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _point_at(self, name: str) -> None:
        connections.close_all()
        for alias in ALIASES:
            connections.settings[alias]["NAME"] = name

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{name}"))
