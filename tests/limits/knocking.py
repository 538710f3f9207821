"""A process that knocks at the API: `python -m tests.limits.knocking TOKEN TIMES` prints how often it was answered how.

An empty token knocks as a visitor.
"""

import json
import sys
from collections import Counter

import django


def knock(token: str, times: int) -> dict[str, int]:
    """How often which status was answered."""
    from django.test import Client

    client = Client(headers={"authorization": f"Token {token}"} if token else {})
    return Counter(str(client.get("/api/").status_code) for _ in range(times))


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(knock(sys.argv[1], int(sys.argv[2]))))
