"""A process that knocks at the API: `python -m tests.limits.knocking TOKEN TIMES` prints how often it was answered how.

An empty token knocks as a visitor. The slowest answer, in milliseconds, stands beside them.
"""

import json
import sys
import time
from collections import Counter

import django


def knock(token: str, times: int) -> dict[str, int]:
    """How often which status was answered, and how long the longest took."""
    from django.test import Client

    client = Client(headers={"authorization": f"Token {token}"} if token else {})
    statuses: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(times):
        began = time.monotonic()
        statuses[str(client.get("/api/").status_code)] += 1
        slowest = max(slowest, time.monotonic() - began)
    return {**statuses, "slowest_ms": int(slowest * 1000)}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(knock(sys.argv[1], int(sys.argv[2]))))
