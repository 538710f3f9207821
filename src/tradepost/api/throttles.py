"""How many requests somebody may make in a while: counted in the cache, so shared through Redis where there is one.

The rates stand in the settings (`DEFAULT_THROTTLE_RATES`: user, anon); a token may have its own, a minute. The doors,
where one logs in or signs up, have a lower one (`rate`) and a window of their own. Rate `off` lifts all of them.
"""

import math
import time
from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from tradepost.people.queries import Bearer

if TYPE_CHECKING:
    from rest_framework.views import APIView

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class CallerThrottle(BaseThrottle):
    """One window for each token or user, and for each address of those who have not logged in."""

    seconds_left = 1.0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; False where it is one too many for this window."""
        name, most, seconds = self._window(request, str(getattr(view, "rate", "")))
        if not most:
            return True
        now = time.time()
        self.seconds_left = seconds - now % seconds
        key = f"rate:{name}:{seconds}:{int(now // seconds)}"
        return _count(key, seconds) <= most

    def wait(self) -> float:
        """Seconds until the next window."""
        return math.ceil(self.seconds_left)

    def _window(self, request: Request, own: str) -> tuple[str, int, int]:
        """Whose window it is, how many requests fit into it (0: any number), and how long it is."""
        kind = "user" if request.user.is_authenticated else "anon"
        rate = api_settings.DEFAULT_THROTTLE_RATES[kind]
        if rate is None:
            return kind, 0, 1
        number, _, period = (own or str(rate)).partition("/")
        if kind == "anon":
            return f"{'door' if own else 'anon'}:{self.get_ident(request)}", int(number), SECONDS[period]
        token = request.auth.token if isinstance(request.auth, Bearer) else None
        if token is not None and token.rate:
            return f"token:{token.pk}", token.rate, SECONDS["minute"]
        return f"user:{request.user.pk}", int(number), SECONDS[period]


def _count(key: str, seconds: int) -> int:
    if cache.add(key, 1, seconds + 60):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # dropped by the cache since
        return 1
