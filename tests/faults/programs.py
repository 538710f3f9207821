"""Programs of their own process, told what to do by arguments and killed without a warning."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from devtools.servers import free_port

PYTHON, TRADEPOST = [sys.executable], [sys.executable, "-m", "tradepost.cli"]
READY = "ready"

Process = subprocess.Popen[str]


@contextmanager
def running(command: list[str], database_url: str, **env: str) -> Iterator[Process]:
    """A process over a test's database, which does not outlive the block."""
    with subprocess.Popen(
        command,
        env={**os.environ, "DATABASE_URL": database_url, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()


def await_line(process: Process, wanted: str) -> str:
    """The first line the process prints that contains this."""
    out: IO[str] | None = process.stdout
    assert out is not None
    for line in out:
        if wanted in line:
            return line
    _, errors = process.communicate()
    raise AssertionError(f"the process ended with {process.returncode} before it said {wanted!r}:\n{errors}")


def kill(process: Process) -> None:
    """End it as the power cut does."""
    process.send_signal(signal.SIGKILL)
    process.wait(20)


class Reply(NamedTuple):
    """What a server answered."""

    status: int
    body: Any


def ask(url: str, body: Any = None, **headers: str) -> Reply:
    """One request, a POST where there is a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **named})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return Reply(answer.status, _parsed(answer.read()))
    except urllib.error.HTTPError as error:
        return Reply(error.code, _parsed(error.read()))


def is_answering(url: str) -> bool:
    """Whether a server listens there at all."""
    try:
        ask(url)
    except OSError:
        return False
    return True


def eventually(condition: Any, *, within_s: float = 20) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def serving(database_url: str, *more: str, **env: str) -> Iterator[tuple[Process, str]]:
    """A server over a test's database, once it answers, and where."""
    port = free_port()
    command = [*TRADEPOST, "serve", "--port", str(port), "--json", *more]
    with running(command, database_url, TRADEPOST_LOG_LEVEL="ERROR", **env) as process:
        url = f"http://127.0.0.1:{port}"
        assert url in await_line(process, '"url"')
        assert eventually(lambda: is_answering(f"{url}/healthz"), within_s=40)
        yield process, url


def _parsed(content: bytes) -> Any:
    return json.loads(content) if content[:1] in {b"{", b"["} else content.decode(errors="replace")
