"""How many requests somebody may make in a while."""

from typing import Any

import pytest
from django.test import override_settings

from tests import make
from tests.api.caller import Caller, problem_of, token_of

pytestmark = pytest.mark.django_db


def rates(**given: Any) -> Any:
    """Other rates than those of the installation: `user`, `visitor`, `door`."""
    names = {"user": "TRADEPOST_RATE", "visitor": "TRADEPOST_VISITOR_RATE", "door": "TRADEPOST_DOOR_RATE"}
    return override_settings(**{names[who]: rate for who, rate in given.items()})


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands at ten seconds into a minute unless it is moved."""
    now = [1_700_000_000.0 // 60 * 60 + 10]
    monkeypatch.setattr("tradepost.rates.time.time", lambda: now[0])
    return now


def test_one_request_too_many_is_429_and_says_when_to_come_again(clock: list[float]) -> None:
    user = make.customer()
    with rates(user="3/minute"):
        assert [Caller(user).get("me/").status_code for _ in range(3)] == [200] * 3
        answer = Caller(user).get("me/")
        problem_of(answer, 429, "throttled")
        assert answer.headers["Retry-After"] == "50"
        assert Caller(make.customer()).get("me/").status_code == 200
        clock[0] += 50
        assert Caller(user).get("me/").status_code == 200


def test_visitors_are_counted_by_address_whatever_they_say_it_is() -> None:
    with rates(visitor="2/minute"):
        for _ in range(2):
            assert Caller().get("", **{"x-forwarded-for": "10.0.0.1"}).status_code == 200
        problem_of(Caller().get("", **{"x-forwarded-for": "10.0.0.2"}), 429, "throttled")
        assert Caller(make.customer()).get("").status_code == 200
        other = Caller()
        assert other.client.get("/api/", REMOTE_ADDR="10.0.0.3").status_code == 200


def test_a_token_may_have_a_rate_of_its_own() -> None:
    user = make.customer()
    slow, quick = Caller(token=token_of(user, rate=1)), Caller(token=token_of(user, rate=9))
    with rates(user="2/minute"):
        assert slow.get("me/").status_code == 200
        problem_of(slow.get("me/"), 429, "throttled")
        assert [quick.get("me/").status_code for _ in range(5)] == [200] * 5
        assert Caller(user).get("me/").status_code == 200


def test_off_lifts_every_limit() -> None:
    user = make.customer()
    slow = Caller(token=token_of(user, rate=1))
    with rates(user=None):
        assert [slow.get("me/").status_code for _ in range(3)] == [200] * 3
        assert [Caller().get("").status_code for _ in range(3)] == [200] * 3
