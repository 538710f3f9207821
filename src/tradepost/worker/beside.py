"""Something small that is done again and again while long work goes on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def beside(act: Callable[[], None], *, every_s: float, name: str) -> Iterator[None]:
    """Do it from a thread of its own, over connections of its own, until the work inside has ended."""
    finished = threading.Event()

    def keep() -> None:
        while not finished.wait(every_s):
            act()
        connections.close_all()

    thread = threading.Thread(target=keep, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
