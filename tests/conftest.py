"""One server a run, one fresh database a test.

`TRADEPOST_TEST_DATABASE` says which kind: sqlite (the default) or postgres. A test that takes `db` gets a database of
its own with real commits, under both aliases; `database_url` tells other processes where it is.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker, Settings

from devtools import servers

if TYPE_CHECKING:
    from tests.notify.receiver import Receiver

RUN = ExitStack()
KIND = os.environ.setdefault("TRADEPOST_TEST_DATABASE", "sqlite")
BROWSER = "/usr/bin/chromium"


def pytest_configure(config: pytest.Config) -> None:
    """Prepare the environment before Django reads it; the processes of xdist inherit what the first one started."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell leaves it to what runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)  # programs that tests stop inherit what holds here
    if not hasattr(config, "workerinput"):
        _prepare_environment()
    # Pages find their static files without collectstatic. Here, before a module collected asks for the first of them.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    django.setup()  # pytest-django does it only where the settings were loaded by now


def _prepare_environment() -> None:
    home = RUN.enter_context(tempfile.TemporaryDirectory(prefix="tradepost-home-"))
    Path(home, "static").mkdir()
    os.environ.update(
        DJANGO_SETTINGS_MODULE="tradepost.settings",
        TRADEPOST_HOME=home,
        SECRET_KEY="only-for-tests-" + "x" * 50,
        TRADEPOST_LOG_LEVEL="WARNING",
        DJANGO_ALLOW_ASYNC_UNSAFE="1",  # Playwright keeps an event loop in the thread of its test
    )
    given = os.environ.get("DATABASE_URL", "")
    if KIND == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{home}/unused.sqlite3"
    elif KIND != "postgres":
        raise pytest.UsageError(f"TRADEPOST_TEST_DATABASE={KIND!r} is neither sqlite nor postgres")
    elif not given.startswith("postgres"):
        os.environ["DATABASE_URL"] = RUN.enter_context(servers.postgres())
    redis = os.environ.pop("REDIS_URL", "")
    os.environ["TRADEPOST_TEST_REDIS_URL"] = redis or RUN.enter_context(servers.valkey())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started."""
    RUN.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What needs no second database, or no database at all, runs once: with SQLite."""
    if KIND == "sqlite":
        return
    once = [item for item in items if item.get_closest_marker("once")]
    config.hook.pytest_deselected(items=once)
    items[:] = [item for item in items if item not in once]


@pytest.fixture(scope="session")
def _databases(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Any]:
    from tests.databases import PostgresDatabases, SqliteDatabases

    assert request.config.cache is not None
    with django_db_blocker.unblock():
        databases = (
            SqliteDatabases(Path(request.config.cache.mkdir("tradepost")))
            if KIND == "sqlite"
            else PostgresDatabases(os.environ["DATABASE_URL"])
        )
    yield databases
    with django_db_blocker.unblock():
        databases.close()


@pytest.fixture
def _django_db_helper(_databases: Any, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """What pytest-django's `db`, `transactional_db`, `live_server` and marker stand on: a fresh database."""
    from django.core.cache import cache

    with django_db_blocker.unblock():
        cache.clear()
        with _databases.fresh() as url:
            yield url


@pytest.fixture
def database_url(db: None, _django_db_helper: str) -> str:
    """The `DATABASE_URL` of this test's database, for a process of its own."""
    return _django_db_helper


@pytest.fixture
def redis_url() -> Iterator[str]:
    """An emptied Redis database of this process alone, on the server of the run."""
    from redis import Redis

    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{os.environ['TRADEPOST_TEST_REDIS_URL'].rpartition('/')[0]}/{worker + 1}"
    with Redis.from_url(url) as client:
        client.flushdb()
        yield url
        client.flushdb()


@pytest.fixture
def receiver(settings: Settings) -> Iterator["Receiver"]:
    """A program on this machine that hears webhooks, to which this house may send."""
    from tests.notify.receiver import receiving

    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    with receiving() as at_work:
        yield at_work


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium, which talks to nobody but the server under test."""
    quiet = "quic background-networking component-update sync".split()
    return {
        "executable_path": shutil.which("chromium") or BROWSER,
        "args": ["--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
    }
