"""Reconcile, called again and again while sales run: it reads one snapshot, so load must raise no false alarm."""

import threading
from time import monotonic
from types import TracebackType
from typing import Self

from django.db import connections

from tradepost.books import services as books
from tradepost.people import queries as people
from tradepost.prepaid import queries

REST = 2  # times as long as it looked: it is to watch the sales, not to hold them up


class Watch:
    """A thread that reconciles for as long as the block lasts. `calls` and `alarms` say how often, and how it was."""

    def __init__(self) -> None:
        self.calls = 0
        self.alarms: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self._ended_well = False

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End. Raises RuntimeError where the thread broke."""
        self._stop.set()
        self._thread.join()
        if kind is None and not self._ended_well:
            raise RuntimeError("reconcile broke while sales ran")

    def _look(self) -> None:
        try:
            actor = people.console_actor()
            took_s = 0.0
            while not self._stop.wait(took_s * REST):
                began_s = monotonic()
                self.alarms += [
                    f"seller {found.seller_id} differs by {found.difference_minor}"
                    for found in queries.reconcile_all(actor)
                    if not found.is_reconciled
                ]
                self.alarms += [str(found) for found in books.reconcile().differences]
                self.calls += 1
                took_s = monotonic() - began_s
            self._ended_well = True
        finally:
            connections.close_all()
