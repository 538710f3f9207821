"""`tradepost demo`: a story told once, whole, up to this minute and no further, on books without a difference."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest

from devtools.servers import free_port
from tests import make
from tradepost.books import queries as books
from tradepost.books import services as proofs
from tradepost.catalog import queries as catalog
from tradepost.cli import demo_story
from tradepost.funding import queries as funding
from tradepost.lib import clock
from tradepost.lib.errors import Refused
from tradepost.people import queries as users
from tradepost.places import queries as places
from tradepost.prepaid import queries as prepaid
from tradepost.till import queries as till

pytestmark = pytest.mark.django_db


def test_story_is_told_whole_and_once() -> None:
    assert demo_story.fill()
    told = till.sales(make.console()).count()
    assert not demo_story.fill()
    sales = till.sales(make.console())
    assert sales.count() == told > 4000
    assert not sales.filter(at__gt=clock.now()).exists()
    assert not books.postings(make.console(), start=clock.now()).exists()
    today = clock.business_date(clock.now(), demo_story.TIME_ZONE)
    assert sales.filter(business_date=today).exists()
    for store in places.stores_for(make.console()):
        days = till.day_reports(store.pk, today - timedelta(days=14), today - timedelta(days=1), make.console())
        assert all(day.sales > 40 and day.revenue_minor > 0 for day in days)
        levels = books.levels_at(f"store:{store.pk}")
        products = catalog.by_id(list(levels))
        status = [levels[pk] and levels[pk] < products[pk].reorder_level for pk in levels]
        assert 0 in levels.values(), "something is out"
        assert status.count(True) >= 4, "something is low"
        assert status.count(False) >= 30, "and most is there"
    sellers = {row.name: row for row in prepaid.reconcile_all(make.console())}
    assert sellers["Parisa Top-Up"].total_transactions > 150
    assert all(row.is_reconciled for row in sellers.values())
    assert not prepaid.sales(make.console(), start=clock.now()).exists()
    waiting = funding.requests(make.console(), status="pending")
    assert {request.kind for request in waiting} == {"deposit", "withdrawal", "credit"}
    proof = books.latest_proof()
    assert proof is not None
    assert proof.differences == 0
    assert proofs.verify().ok
    for person in demo_story.PEOPLE:
        assert users.user_named(person.username).check_password(person.password)


def test_data_of_ones_own_are_left_alone() -> None:
    make.store("Corner")
    with pytest.raises(Refused, match="another folder"):
        demo_story.fill()
    assert [store.name for store in places.stores_for(make.console())] == ["Corner"]


def test_demo_prints_its_address_and_logins_and_serves(database_url: str) -> None:
    port = free_port()
    env = {**os.environ, "DATABASE_URL": database_url, "PORT": str(port)}
    command = [sys.executable, "-m", "tradepost.cli", "demo", "--no-browser", "--json"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = "".join(iter(process.stdout.readline, "}\n")) + "}"
        finally:
            process.terminate()
    assert process.returncode == 0
    answer = json.loads(said)
    assert answer["url"] == f"http://127.0.0.1:{port}"
    assert {login["username"] for login in answer["logins"]} >= {"ada", "nadia", "ben", "vera", "goldman"}
