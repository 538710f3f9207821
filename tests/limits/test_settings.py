"""What is set for limits and other sites is understood, or stops the start with a sentence."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.once
SHOW = (
    "from tradepost import settings as s;"
    "print(s.TRADEPOST_RATE, s.TRADEPOST_PROXIES, s.CORS_ALLOWED_ORIGINS, s.CACHES['default']['BACKEND'])"
)


def start(**env: str) -> subprocess.CompletedProcess[str]:
    """What the settings come to."""
    return subprocess.run(
        [sys.executable, "-c", SHOW], env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=60
    )


def test_what_is_set_is_understood() -> None:
    assert start().stdout.split() == ["6000/minute", "0", "[]", "tradepost.caching.LocalCache"]
    told = start(
        TRADEPOST_RATE="off",
        TRADEPOST_PROXIES="2",
        TRADEPOST_CORS_ORIGINS="https://a.example, http://localhost:5173/",
        REDIS_URL="redis://127.0.0.1:1/0",
    )
    assert told.stdout.strip() == (
        "None 2 ['https://a.example', 'http://localhost:5173'] tradepost.caching.SharedCache"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRADEPOST_RATE", "fast"),
        ("TRADEPOST_RATE", "0/minute"),
        ("TRADEPOST_PROXIES", "-1"),
        ("TRADEPOST_PROXIES", "10"),
        ("TRADEPOST_PROXIES", "one"),
        ("TRADEPOST_CORS_ORIGINS", "*"),
        ("TRADEPOST_CORS_ORIGINS", "https://a.example,shop.example.com"),
        ("TRADEPOST_CORS_ORIGINS", "https://a.example/path"),
        ("TRADEPOST_WEBHOOKS_INSIDE", "perhaps"),
        ("TRADEPOST_ALERT_MAIL_MINUTES", "often"),
        ("TRADEPOST_ALERT_MAIL_MINUTES", "10081"),
    ],
)
def test_nonsense_stops_the_start_with_a_sentence(name: str, value: str) -> None:
    stopped = start(**{name: value})
    assert stopped.returncode != 0
    assert f"{name}=" in stopped.stderr.splitlines()[-1]
