"""Things that happen at the same time."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def together(calls: Sequence[Callable[[], T]], *, timeout: float = 60) -> list[T | Exception]:
    """Run each call in a thread of its own, all let go at once; their results, or what they raised, in order.

    Each thread closes the connections it opened. A call that does not end fails the test.
    """
    results: list[T | Exception] = [TimeoutError("the call did not end")] * len(calls)
    gate = threading.Barrier(len(calls))

    def run(index: int) -> None:
        try:
            gate.wait(timeout)
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
    assert not any(thread.is_alive() for thread in threads), f"a call took longer than {timeout} seconds"
    return results
