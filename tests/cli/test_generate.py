"""`tradepost generate`: as much as was asked for, the same for the same seed, on books without a difference."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests import make, picture
from tests.cli.conftest import Tradepost
from tradepost.books import queries as books
from tradepost.books import services as proofs
from tradepost.catalog import queries as catalog
from tradepost.cli.generating import moves
from tradepost.cli.generating.order import Item, Order, Shop
from tradepost.inventory import queries as inventory
from tradepost.lib import clock, db
from tradepost.places import queries as places

pytestmark = pytest.mark.django_db

SMALL = ("generate", "--stores", "3", "--products", "30", "--movements", "1500", "--days", "5", "--json")


def order(**changed: object) -> Order:
    shops = [Shop(number, number - 1) for number in range(1, 5)]
    items = [Item(number, None, 1) for number in range(1, 51)]
    made = Order(shops, items, 3000, 7, 5, datetime(2026, 3, 4, 12, tzinfo=UTC), make.console())
    return made._replace(**changed)  # type: ignore[arg-type]


def test_as_much_is_made_as_was_asked_for_and_the_books_agree(tradepost: Tradepost) -> None:
    made = tradepost(*SMALL).data
    assert (made["stores"], made["products"], made["movements"]) == (3, 30, 1500)
    assert sum(made["by_type"].values()) == 1500
    assert set(made["by_type"]) == {"IN", "OUT", "REM"}
    movements = inventory.movements(make.console())
    assert movements.count() == movements.filter(state="applied").count() == 1500
    assert all(clock.now() - timedelta(days=5, minutes=5) < one.at < clock.now() for one in movements)
    stores = places.stores_for(make.console())
    assert len(stores) == 3
    levels = [(books.levels_at(f"store:{store.pk}"), store) for store in stores]
    products = catalog.by_id([pk for level, _ in levels for pk in level])
    assert len(products) == 30
    status = Counter(
        "out" if not units else "low" if units < products[pk].reorder_level else "in"
        for level, _ in levels
        for pk, units in level.items()
    )
    assert set(status) == {"in", "low", "out"}
    assert proofs.reconcile().ok
    assert proofs.verify().ok


def test_data_of_others_are_left_alone_unless_one_says_add(tradepost: Tradepost) -> None:
    make.store("Corner")
    before = picture.of_everything()
    refused = tradepost(*SMALL)
    assert refused.code == 4
    assert "--add" in refused.err
    assert picture.of_everything() == before
    for _ in range(2):
        assert tradepost(*SMALL, "--add").data["movements"] == 1500
    assert places.stores_for(make.console()).count() == 7
    assert inventory.movements(make.console()).count() == 3000


def test_somebody_who_is_no_administrator_generates_nothing(tradepost: Tradepost) -> None:
    make.customer("nadia")
    before = picture.of_everything()
    assert tradepost(*SMALL, "--as", "nadia").code == 4
    assert picture.of_everything() == before


def test_a_seed_draws_one_history_in_however_many_parts() -> None:
    whole = sorted(moves.drafts(order(), slice(None)))
    assert whole == sorted(moves.drafts(order(), slice(None)))
    halves = [draft for part in range(2) for draft in moves.drafts(order(), slice(part, None, 2))]
    assert sorted(halves) == whole
    assert whole != sorted(moves.drafts(order(seed=6), slice(None)))
    assert len(whole) == 3000
    assert len({draft.number for draft in whole}) == 3000


def test_some_products_are_wanted_more_than_others() -> None:
    wanted = Counter(draft.product_id for draft in moves.drafts(order(), slice(None)))
    assert sum(wanted[number] for number in range(1, 6)) > 1000, "a tenth of them has a third of all and more"


def test_processes_share_the_stores_on_postgres_and_sqlite_has_none(database_url: str) -> None:
    command = [sys.executable, "-m", "tradepost.cli", *SMALL, "--processes", "2"]
    env = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if not db.is_postgres():
        assert done.returncode == 2
        assert "one writer" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["movements"] == 1500
    assert inventory.movements(make.console()).count() == 1500
    assert proofs.reconcile().ok
    assert proofs.verify().ok
