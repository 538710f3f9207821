"""What is tried and what came of it, as plain data that travels between processes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SOLD = "sold"
TOO_LITTLE_CREDIT = "insufficient_credit"


class Seat(NamedTuple):
    """Somebody who acts: a login with a token, and the seller it acts for (0: none)."""

    user_id: int
    token: str
    seller_id: int = 0


class Charge(NamedTuple):
    """One charge to be sold, under a key of its own; the amount as a person writes it."""

    seat: Seat
    phone_number: str
    amount: str
    key: str


class Part(NamedTuple):
    """What one worker did: when it began and ended by the machine's clock, what came of each try, how long it took."""

    began_s: float
    ended_s: float
    outcomes: list[str]
    milliseconds: list[float]


@dataclass(slots=True)
class Tries:
    """What came of all tries of all workers."""

    seconds: float
    outcomes: Counter[str]
    milliseconds: list[float] = field(repr=False)

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "Tries":
        """The parts as one."""
        seconds = max(part.ended_s for part in parts) - min(part.began_s for part in parts)
        outcomes = Counter(outcome for part in parts for outcome in part.outcomes)
        return cls(seconds, outcomes, sorted(took for part in parts for took in part.milliseconds))

    @property
    def a_second(self) -> float:
        """Tries a second."""
        return len(self.milliseconds) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """The milliseconds that so many percent of the tries did not exceed."""
        last = len(self.milliseconds) - 1
        return self.milliseconds[min(last, round(last * percent / 100))] if self.milliseconds else 0.0
