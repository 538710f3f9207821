"""Requests that meet are done together: one transaction for as many as came while the one before was at work.

Nobody waits for company. Who finds nothing at work begins at once, alone; who comes meanwhile joins the next round. So
a quiet hour costs no delay, and on a busy account a round grows with the crowd instead of each waiting for the lock.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import DatabaseError

from tradepost.lib.errors import TradepostError

A = TypeVar("A")
R = TypeVar("R")


class _Ticket(Generic[A, R]):
    """One caller's place: what was asked, and the outcome once there is one."""

    __slots__ = ("asked", "leads", "outcome", "turn")

    def __init__(self, asked: A) -> None:
        self.asked = asked
        self.turn = threading.Event()
        self.leads = False
        self.outcome: R | TradepostError | None = None


class Meeting(Generic[A, R]):
    """Callers of one kind of work in this process. `work` answers each in its place, with a result or a refusal.

    What fails as a whole (a deadlock, a lost connection) was rolled back as a whole: everybody then tries alone, so
    that nobody fails for what another asked.
    """

    def __init__(self, work: Callable[[Sequence[A]], Sequence[R | TradepostError]], *, most: int = 100) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[A, R]] = deque()
        self._busy = False

    def join(self, asked: A) -> R:
        """Have this done, with whoever else is there. Raises the refusal, or what the work raised."""
        ticket: _Ticket[A, R] = _Ticket(asked)
        with self._lock:
            ticket.leads, self._busy = not self._busy, True
            if not ticket.leads:
                self._waiting.append(ticket)
        if not ticket.leads:
            ticket.turn.wait()
        if ticket.leads:
            self._lead(ticket)
        outcome = ticket.outcome
        if outcome is None:
            (outcome,) = self._work([asked])
        if isinstance(outcome, TradepostError):
            raise outcome
        return outcome

    def _lead(self, own: _Ticket[A, R]) -> None:
        """Do one round for everybody who waits, then hand the lead to whoever came since."""
        with self._lock:
            round_ = [own, *(self._waiting.popleft() for _ in range(min(len(self._waiting), self._most - 1)))]
        outcomes: Sequence[R | TradepostError | None] = [None] * len(round_)
        try:
            outcomes = self._work([ticket.asked for ticket in round_])
        except (DatabaseError, TradepostError):
            if len(round_) == 1:
                raise
        finally:
            for ticket, outcome in zip(round_, outcomes, strict=True):
                ticket.outcome = outcome
                ticket.turn.set()
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            if not self._waiting:
                self._busy = False
                return
            following = self._waiting.popleft()
            following.leads = True
        following.turn.set()
