"""Redis dies under a server, and comes back: requests go on, and `/readyz` says how it is."""

import time
from contextlib import ExitStack
from typing import Any

import pytest

from devtools import servers
from tests import make
from tests.api.caller import token_of
from tests.faults.programs import ask, eventually, serving
from tradepost.books import queries as books

pytestmark = pytest.mark.django_db


def test_a_server_goes_on_when_redis_dies_and_shares_again_when_it_is_back(database_url: str) -> None:
    store, mug = make.store(), make.product()
    make.delivery(store, (mug, 50, None))
    token, port = token_of(make.staff(store)), servers.free_port()
    with ExitStack() as redis:
        address = redis.enter_context(servers.valkey(port))
        with serving(database_url, "--with-worker", REDIS_URL=address, TRADEPOST_RATE="10/day") as (_, url):
            assert ready(url)["broker"] == "ok"
            assert [sell(url, token, store.pk, mug.pk) for _ in range(3)] == [201] * 3
            redis.close()
            assert ready(url) == {**ready(url), "status": "ok", "broker": "no answer", "workers": "ok"}
            assert [sell(url, token, store.pk, mug.pk) for _ in range(11)] == [201] * 10 + [429]
            assert ask(f"{url}/login/").status == 200
            assert eventually(lambda: not books.is_anything_open()), "its worker needs no broker"
            redis.enter_context(servers.valkey(port))
            assert eventually(lambda: ready(url)["broker"] == "ok")
            assert eventually(lambda: sell(url, token, store.pk, mug.pk) == 201), "Redis, fresh, has counted nothing"
    assert books.level_of(mug.pk, f"store:{store.pk}") == 50 - 14


def ready(url: str) -> Any:
    """What the server says of itself, at once and with 200."""
    began = time.monotonic()
    answer = ask(f"{url}/readyz")
    assert answer.status == 200
    assert time.monotonic() - began < 5
    return answer.body


def sell(url: str, token: str, store: int, product: int) -> int:
    """The status of one sale."""
    basket = {"store": store, "lines": [{"product": product, "quantity": 1}]}
    return ask(f"{url}/api/sales/", basket, Authorization=f"Token {token}").status
