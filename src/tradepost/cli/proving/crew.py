"""Many at once: the same tries by threads of this process or by processes of their own, all let go at one moment.

A process starts anew and sets Django up by itself, so it shares nothing with the others but the database. What this
module imports must therefore do without Django.
"""

import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from tradepost.cli.proving.tries import Charge, Part, Tries

SPAWN = multiprocessing.get_context("spawn")
READY_WITHIN_S, DONE_WITHIN_S = 120, 600
THREADS, PROCESSES = "threads", "processes"


class Entry(NamedTuple):
    """Which way a worker goes in: through the services, or through the API that is served on `port`."""

    port: int = 0

    def open(self) -> Any:
        """A door for one worker alone."""
        if self.port:
            from tradepost.cli.proving.api import Api

            return Api(self.port)
        from tradepost.cli import setup

        setup.configure()
        from tradepost.cli.proving.counter import Counter

        return Counter()


class Crew(NamedTuple):
    """So many threads, or so many processes of one thread each."""

    kind: str
    size: int

    def attempt(self, charges: Sequence[Charge], entry: Entry) -> Tries:
        """Try all charges, dealt out like cards, and begin together. Raises RuntimeError where a worker broke."""
        kit: Any = threading if self.kind == THREADS else SPAWN
        done: Any = queue.Queue() if self.kind == THREADS else SPAWN.Queue()
        gate, stop = kit.Barrier(self.size), kit.Event()
        make = threading.Thread if self.kind == THREADS else SPAWN.Process
        hands = [charges[number :: self.size] for number in range(self.size)]
        workers = [make(target=work, args=(hand, entry, gate, stop, done), daemon=True) for hand in hands]
        try:
            with _deaf_to_interrupts():
                for worker in workers:
                    worker.start()
            return Tries.of([_next_of(done) for _ in workers])
        finally:
            stop.set()
            gate.abort()
            for worker in workers:
                worker.join(DONE_WITHIN_S)


def work(hand: Sequence[Charge], entry: Entry, gate: Any, stop: Any, done: Any) -> None:
    """One worker's part, put into `done`; None where it broke, and the reason on stderr."""
    part = None
    try:
        door = entry.open()
        try:
            gate.wait(READY_WITHIN_S)
            part = _sell_all(hand, door, stop)
        except threading.BrokenBarrierError:
            return  # all were told to stop, or one broke and said so
        finally:
            door.close()
    finally:
        done.put(part)


def _sell_all(hand: Sequence[Charge], door: Any, stop: Any) -> Part:
    outcomes, milliseconds = [], []
    began = before = time.monotonic()
    for charge in hand:
        if stop.is_set():
            break
        outcomes.append(door.sell(charge))
        after = time.monotonic()
        milliseconds.append((after - before) * 1000)
        before = after
    return Part(began, before, outcomes, milliseconds)


def _next_of(done: Any) -> Part:
    try:
        part: Part | None = done.get(timeout=DONE_WITHIN_S)
    except queue.Empty:
        part = None
    if part is None:
        raise RuntimeError("a worker of the proof broke")
    return part


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes born now leave Ctrl-C to their parent, which tells them to stop."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
