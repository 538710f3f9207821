"""Tasks made for a test, known to the worker as long as the test lasts."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tradepost.worker.tasks import Task

PREFIX = "tradepost.worker.testing."

Teach = Callable[[str, Callable[..., Any]], str]


class Done:
    """How often each number was worked on, counted by all workers together."""

    def __init__(self) -> None:
        self.times: Counter[int] = Counter()
        self._lock = threading.Lock()

    def work(self, task: "Task", number: int) -> int:
        with self._lock:
            self.times[number] += 1
        return number


@pytest.fixture
def teach() -> Iterator[Teach]:
    """Make a function a task; its dotted name."""
    from tradepost.worker import tasks  # a conftest is read before Django is set up

    before = dict(tasks._known)

    def add(name: str, function: Callable[..., Any]) -> str:
        tasks._known[PREFIX + name] = function
        return PREFIX + name

    yield add
    tasks._known.clear()
    tasks._known.update(before)


@pytest.fixture
def done() -> Done:
    return Done()
