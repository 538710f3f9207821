"""How many requests somebody may make in a while: one count for the API and the pages, shared through Redis.

A user has `TRADEPOST_RATE`; a token may have a rate of its own, a minute, and then counts by itself. Visitors are
counted by address, and more strictly where one logs in or signs up. The rate `off` lifts all of it.
"""

import math
import time

from django.conf import settings
from django.http import HttpRequest

from tradepost import caching
from tradepost.lib.errors import TradepostError
from tradepost.middleware import neighbourhood_of

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class TooManyRequests(TradepostError):
    """More requests than the rate allows: HTTP 429. `retry_after_s` seconds later there is room again."""

    code = "throttled"
    title = "Too many requests; try again later"

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


def admit_user(user_id: int) -> None:
    """Count a request of somebody logged in. Raises TooManyRequests."""
    _admit(f"user:{user_id}", settings.TRADEPOST_RATE)


def admit_token(digest: str, rate: int) -> None:
    """Count a request of a token with a rate of its own, a minute. Raises TooManyRequests."""
    _admit(f"token:{digest}", f"{rate}/minute")


def admit_visitor(request: HttpRequest) -> None:
    """Count a request of an address nobody has logged in from. Raises TooManyRequests."""
    _admit(f"visitor:{neighbourhood_of(request)}", settings.TRADEPOST_VISITOR_RATE)


def admit_to_door(request: HttpRequest) -> None:
    """Count a try to log in, to sign up or to get a new password. Raises TooManyRequests."""
    _admit(f"door:{neighbourhood_of(request)}", settings.TRADEPOST_DOOR_RATE)


def _admit(name: str, rate: str | None) -> None:
    if rate is None or settings.TRADEPOST_RATE is None:
        return
    most, _, period = rate.partition("/")
    seconds, now = SECONDS[period], time.time()
    if caching.count(f"rate:{name}:{seconds}:{int(now // seconds)}", seconds + 60) > int(most):
        raise TooManyRequests(math.ceil(seconds - now % seconds))
