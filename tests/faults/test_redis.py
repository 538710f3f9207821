"""Servers that share Redis, or have none; Redis dies under one and comes back: requests go on, `/readyz` says how."""

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


@pytest.mark.parametrize("has_redis", [True, False])
def test_figures_are_right_at_one_server_in_the_next_request_after_a_sale_at_another(
    database_url: str, has_redis: bool
) -> None:
    store, mug = make.store(), make.product(reorder_level=20)
    make.delivery(store, (mug, 21, None))
    token = token_of(make.staff(store))
    with ExitStack() as running:
        own = {"REDIS_URL": running.enter_context(servers.valkey()) if has_redis else "", "TRADEPOST_RATE": "off"}
        (_, here), (_, there) = (running.enter_context(serving(database_url, **own)) for _ in range(2))
        for left in range(20, -1, -1):
            assert sell(here, token, store.pk, mug.pk) == 201
            low, out = int(0 < left < 20), int(left == 0)
            assert figures(there, token) == figures(here, token) == (1, low, out)
            here, there = there, here


def figures(url: str, token: str) -> tuple[int, int, int]:
    """Items, how many are low, how many are out, as the dashboard has them."""
    body = ask(f"{url}/api/stock-overview/", Authorization=f"Token {token}").body
    return body["items"], body["low_stock"], body["out_of_stock"]


def ready(url: str) -> Any:
    """What the server says of itself, with 200."""
    answer = ask(f"{url}/readyz")
    assert answer.status == 200
    return answer.body


def sell(url: str, token: str, store: int, product: int) -> int:
    """The status of one sale."""
    basket = {"store": store, "lines": [{"product": product, "quantity": 1}]}
    return ask(f"{url}/api/sales/", basket, Authorization=f"Token {token}").status
