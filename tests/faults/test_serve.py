"""`tradepost serve`, as it is started in earnest: it answers, it keeps what it acknowledged, it stops when told to."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import make
from tests.faults.programs import TRADEPOST, ask, eventually, is_answering, kill, serving
from tradepost.books import queries as books
from tradepost.lib import clock
from tradepost.till import services as till

pytestmark = pytest.mark.django_db

PASSWORD = "paper-kite-63"


def shop() -> tuple[int, int]:
    store, mug = make.store(), make.product()
    make.staff(store, "ben", password=PASSWORD)
    draft = till.EntryDraft(store.pk, [till.EntryItem(mug.pk, 10)])
    till.receive([draft], actor=make.console(), at=clock.now())
    return store.pk, mug.pk


def sell(url: str, store: int, product: int, key: str) -> Any:
    token = ask(f"{url}/api/login/", {"username": "ben", "password": PASSWORD}).body["token"]
    basket = {"store": store, "lines": [{"product": product, "quantity": 2}]}
    return ask(f"{url}/api/sales/", basket, Authorization=f"Token {token}", Idempotency_Key=key)


def test_serves_sells_and_stops(database_url: str) -> None:
    store, mug = shop()
    with serving(database_url, "--with-worker") as (process, url):
        assert ask(f"{url}/healthz") == (200, {"status": "ok"})
        assert ask(f"{url}/readyz").body["status"] == "ok"
        assert ask(f"{url}/").status == 200
        assert ask(f"{url}/api/sales/").status == 401
        sold = sell(url, store, mug, "first")
        assert (sold.status, sold.body["total"]) == (201, "5.00")
        assert eventually(lambda: not books.is_anything_open()), "its worker closes runs"
        process.terminate()
        assert process.wait(30) == 0
    assert not is_answering(f"{url}/healthz")
    assert books.level_of(mug, f"store:{store}") == 8


def test_acknowledged_sale_outlives_a_kill_and_is_answered_again(database_url: str) -> None:
    store, mug = shop()
    with serving(database_url) as (process, url):
        first = sell(url, store, mug, "only-once")
        kill(process)
        assert eventually(lambda: not is_answering(f"{url}/healthz")), "what serves goes with its parent"
    with serving(database_url) as (_, url):
        again = sell(url, store, mug, "only-once")
    assert (first.status, first.body["number"]) == (again.status, again.body["number"])
    assert books.level_of(mug, f"store:{store}") == 8


def test_serving_process_that_dies_is_replaced(database_url: str) -> None:
    with serving(database_url) as (process, url):
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(child), signal.SIGKILL)
        assert eventually(lambda: is_answering(f"{url}/healthz"), within_s=40)


def test_static_files_are_served_compressed_and_for_ever(database_url: str) -> None:
    with serving(database_url) as (_, url):
        page = ask(f"{url}/").body
        style = next(part.split('"')[0] for part in page.split('href="')[1:] if "/static/tradepost/" in part)
        assert ask(f"{url}{style}").status == 200


def test_taken_address_is_refused(database_url: str) -> None:
    with serving(database_url) as (_, url):
        port = url.rpartition(":")[2]
        command = [*TRADEPOST, "serve", "--port", port]
        env = {**os.environ, "DATABASE_URL": database_url}
        refused = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 4
    assert "cannot be listened on" in refused.stderr


@pytest.mark.once
def test_embedded_database_is_served_by_one_process(database_url: str) -> None:
    command = [*TRADEPOST, "serve", "--workers", "2", "--json"]
    env = {**os.environ, "DATABASE_URL": database_url}
    refused = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["code"] == "invalid"
    assert "more workers take PostgreSQL" in refused.stderr
