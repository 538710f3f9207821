"""A real server on a free port of this machine: `tradepost serve`, as a child that ends with the block."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import IO, NamedTuple

HOST = "127.0.0.1"
START_WITHIN_S, STOP_WITHIN_S = 120, 40


class Served(NamedTuple):
    """Where a server listens, and its process, whose children serve."""

    port: int
    process_id: int


@contextmanager
def serving(workers: int, environment: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Serve what the environment says, by so many processes. It does not hear the terminal's Ctrl-C: the block ends it.

    Raises RuntimeError with its last words where it does not start.
    """
    port = _free_port()
    command = [sys.executable, "-m", "tradepost.cli", "serve", "--host", HOST, "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [*command, "--workers", str(workers)],
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
        try:
            _await_answer(process, port, log)
            yield Served(port, process.pid)
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_answer(process: "subprocess.Popen[bytes]", port: int, log: IO[bytes]) -> None:
    give_up = time.monotonic() + START_WITHIN_S
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > give_up:
            log.seek(0)
            raise RuntimeError(f"the server did not start:\n{log.read().decode(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    line = HTTPConnection(HOST, port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
