"""Starting racers: eight processes over a test's database, let go at once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

Racers = subprocess.Popen[str]
PROCESSES, PATIENCE_S = 8, 120


@contextmanager
def racing(database_url: str, *arguments: object) -> Iterator[Racers]:
    """The racers at work, who do not outlive the block."""
    command = [sys.executable, "-m", "tests.concurrency.racers", *map(str, arguments)]
    environment = {**os.environ, "DATABASE_URL": database_url, "ALLOWED_HOSTS": "testserver"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as racers:
        try:
            yield racers
        finally:
            if racers.poll() is None:
                os.killpg(racers.pid, 9)


def counts_of(racers: Racers) -> list[int]:
    """What each of the eight counted, once all are done."""
    out, err = racers.communicate(timeout=PATIENCE_S)
    assert racers.returncode == 0, err
    counts: list[int] = json.loads(out)
    assert len(counts) == PROCESSES
    return counts


def race(database_url: str, *arguments: object) -> list[int]:
    """Let them race to the end; what each of the eight counted."""
    with racing(database_url, *arguments) as racers:
        return counts_of(racers)
