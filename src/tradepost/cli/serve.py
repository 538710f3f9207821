"""`tradepost serve` and `tradepost worker`: the processes of an installation."""

import os
import signal
import threading
from typing import Annotated

import typer

from tradepost.cli import server, setup, static
from tradepost.cli.base import process
from tradepost.cli.output import Fact, Shown, show, tell
from tradepost.lib.errors import Invalid

app = typer.Typer()

MOST_WORKERS = 64


def default_port() -> int:
    """`PORT`, or 8000. Raises Invalid for what is no port."""
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Invalid(f"PORT={text!r} is no port")
    return int(text)


@process(app, "serve")
def serve(
    as_json: bool,
    database: str | None,
    host: Annotated[str, typer.Option("--host", help="Listen on this address; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", min=1, max=65535, help="PORT or 8000 if left out.")] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=MOST_WORKERS, help="Serving processes.")] = 1,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Run the worker's loop in the serving processes too.")
    ] = False,
) -> None:
    """Serve the pages and the API. On the embedded database it is the worker too; else start `tradepost worker`."""
    chosen = port or default_port()
    setup.prepare(database)
    from tradepost.lib import db

    embedded = not db.is_postgres()
    if embedded and workers > 1:
        raise Invalid("The embedded database is written by one process: more workers take PostgreSQL")
    server.check_address(host, chosen)
    static.gather()
    answer = Fact(f"Tradepost is at {server.address_of(host, chosen)}", {"url": server.address_of(host, chosen)})
    server.serve(
        host,
        chosen,
        processes=workers,
        with_worker=embedded or with_worker,
        started=lambda: show(answer, as_json=as_json),
    )
    tell("Stopped.")


@process(app, "worker")
def worker(
    as_json: bool,
    database: str | None,
    once: Annotated[bool, typer.Option("--once", help="One turn, then end.")] = False,
) -> Shown | None:
    """Work in the background: close runs, do jobs, prove the books at night. Any number may run at once."""
    setup.prepare(database)
    setup.pool_connections()
    if once:
        turn = server.worker_loop().once()
        text = ", ".join(f"{name}: {count}" for name, count in turn.found.items())
        return Fact(text, {**{name.replace(" ", "_"): count for name, count in turn.found.items()}})
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tell("Working; end it with Ctrl-C or SIGTERM.")
    server.worker_loop().run(stop)
    return Fact("Stopped.", {"stopped": True})
