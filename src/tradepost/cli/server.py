"""The web server: granian around the WSGI application, with the worker's loop as a thread where one is wanted.

The process started is a parent that only watches; its children serve. On the embedded database there is one child, and
its thread is the worker, so that a single process writes to the file.
"""

import gc
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tradepost.cli import setup
from tradepost.lib.errors import Refused

THREADS = 16  # a process; the pool of PostgreSQL connections holds 20
STOP_WITHIN_S = 30
# After how many new objects the collector looks for cycles, and how much rarer among those that outlived a look: a page
# of a list makes thousands of objects and no cycle.
COLLECT = 50_000, 20, 20
ENDING = {signal.SIGTERM, signal.SIGINT}


class AddressTaken(Refused):
    """Somebody else listens there, or nobody may."""

    code = "address_taken"
    title = "This address cannot be listened on"


def check_address(host: str, port: int) -> None:
    """Raises AddressTaken unless the address can be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressTaken(f"{host}:{port} cannot be listened on: {error.strerror}") from None


def serve(host: str, port: int, *, processes: int, with_worker: bool, started: Callable[[], Any]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. `started` is called once the address is ours."""
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    connections.close_all()  # none is to be shared with the processes that serve
    _lose_no_signal()
    server = Granian(
        "tradepost.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS,
        backlog=2048,
        log_level=LogLevels.error,
        log_dictconfig=_logging(),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WITHIN_S,
    )
    server.on_startup(started)
    server.serve(target_loader=_site_with_worker if with_worker else _site, wrap_loader=False)


def address_of(host: str, port: int) -> str:
    """The address to type into a browser on this machine."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # everywhere is also here
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _site() -> Any:
    """What a serving process loads. It ends when its parent is gone, however that ended."""
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)  # until the server's own handlers stand, just end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    from django.urls import get_resolver

    from tradepost.wsgi import application

    setup.pool_connections()
    _ = get_resolver().url_patterns  # every page is imported now, so that a broken one fails the start
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    gc.collect()
    gc.freeze()  # what is loaded stays: a collection need not look through all of it again
    gc.set_threshold(*COLLECT)
    return application


def _site_with_worker() -> Any:
    """The same with the worker's loop beside it: when the server has finished, so does the loop."""
    application = _site()
    stop = threading.Event()

    def stop_after_server() -> None:
        threading.main_thread().join()
        stop.set()

    threading.Thread(target=stop_after_server, name="worker-stop", daemon=True).start()
    threading.Thread(target=worker_loop().run, args=[stop], name="worker").start()
    return application


def worker_loop() -> Any:
    """The worker's loop, asked for by name as a job's task is: faces do not import each other."""
    return import_module("tradepost.worker.loop")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _lose_no_signal() -> None:
    """A child is born with its parent's handlers, which do nothing in it: a signal waits until it has its own."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ENDING),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING),
    )


def _logging() -> dict[str, Any]:
    """The server's own warnings go where all others go; it configures logging once more, so everything is said."""
    from django.conf import settings

    given: dict[str, Any] = settings.LOGGING
    return {**given, "loggers": {**given["loggers"], "_granian": {"handlers": [], "propagate": True}}}
