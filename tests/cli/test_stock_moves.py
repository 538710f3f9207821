"""`tradepost stock in`, `out`, `remove`, `history`: a kiosk without a server."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import make
from tests.architecture.sources import ROOT
from tests.cli.conftest import Tradepost
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog.models import Product
from tradepost.places.models import Store


@pytest.fixture
def corner(db: None) -> Store:
    make.product("MUG", name="Blue mug", barcode="2000000000015")
    make.product("TEA", name="Tea", unit="kg")
    return make.store("Corner")


def level(store: Store, sku: str) -> int:
    return books.level_of(Product.objects.get(sku=sku).pk, chart.store(store.pk))


@pytest.mark.once
def test_a_first_day_takes_the_four_commands_of_the_readme_on_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}

    def run(*args: str) -> str:
        command = [sys.executable, "-m", "tradepost.cli", *args]
        own = {**env, "TRADEPOST_HOME": str(tmp_path / "kiosk")}
        return subprocess.run(command, env=own, capture_output=True, text=True, check=True, timeout=120).stdout

    section = (ROOT / "README.md").read_text().split("## A kiosk in four lines")[1]
    _, typed, _, answered, *_ = section.split("```")
    commands = [shlex.split(line)[1:] for line in typed.splitlines() if line.startswith("tradepost ")]
    assert [command[:2] for command in commands] == [
        ["product", "add"],
        ["stock", "in"],
        ["stock", "out"],
        ["stock", "list"],
    ]
    told = [run(*command) for command in commands]
    assert "".join(told[:3]).splitlines() == answered.strip().splitlines()
    assert [line.split() for line in told[3].splitlines() if "MUG" in line] == [
        ["MUG", "Blue", "mug", "8", "20", "low", "Main", "store"]
    ]
    assert sum("MUG" in line for line in run("stock", "history").splitlines()) == 2


def test_goods_come_in_are_sold_and_removed(tradepost: Tradepost, corner: Store) -> None:
    run = tradepost("stock", "in", "MUG=10", "TEA=2.5", "--note", "Market", "--json")
    assert [(row["sku"], row["quantity"], row["left"]) for row in run.data["movements"]] == [
        ("MUG", "10", "10"),
        ("TEA", "2.500", "2.500"),
    ]
    assert tradepost("stock", "out", "2000000000015", "3", "TEA", "0.25").code == 0
    run = tradepost("stock", "remove", "MUG", "--reason", "Dropped")
    assert (run.code, run.out) == (0, "Removed: 1 MUG Blue mug; Corner now has 6.\n")
    assert (level(corner, "MUG"), level(corner, "TEA")) == (6, 2250)
    rows = tradepost("stock", "history", "--json").data["results"]
    assert [(row["sku"], row["what"], row["quantity"], row["left"], row["store"]) for row in rows] == [
        ("MUG", "removed", "-1", "6", "Corner"),
        ("TEA", "sold", "-0.250", "2.250", "Corner"),
        ("MUG", "sold", "-3", "7", "Corner"),
        ("TEA", "in", "2.500", "2.500", "Corner"),
        ("MUG", "in", "10", "10", "Corner"),
    ]


def test_the_history_of_a_product_tells_what_was_booked_at_the_till_too(tradepost: Tradepost, corner: Store) -> None:
    tradepost("stock", "receive", "MUG=10", "--store", "Corner")
    sold = tradepost("till", "sell", "MUG=3", "--store", "Corner", "--json").data["number"]
    tradepost("till", "return", sold, "MUG=1")
    tradepost("stock", "in", "TEA", "1")
    rows = tradepost("stock", "history", "MUG", "--store", "Corner", "--json").data["results"]
    assert [(row["what"], row["quantity"], row["left"]) for row in rows] == [
        ("given back", "1", "8"), ("sold", "-3", "7"), ("in", "10", "10"),
    ]  # fmt: skip
    assert rows[1]["number"] == sold
    assert tradepost("stock", "history", "MUG", "--end-date", "2020-01-01", "--json").data["results"] == []
    assert len(tradepost("stock", "history", "--limit", "2", "--json").data["results"]) == 2


def test_what_is_refused_changes_nothing_and_all_of_it(tradepost: Tradepost, corner: Store) -> None:
    tradepost("stock", "in", "MUG", "10", "TEA", "1")
    run = tradepost("stock", "out", "MUG", "4", "TEA", "25")
    assert run.code == 4
    assert (level(corner, "MUG"), level(corner, "TEA")) == (10, 1000)
    for args, code in [
        (["in", "MUG", "0"], 2),
        (["in", "MUG=-1"], 2),
        (["in", "MUG", "0.5"], 2),
        (["remove", "MUG", "1"], 2),
        (["remove", "MUG", "1", "--reason", " "], 2),
        (["in", "JUG", "1"], 3),
        (["in", "MUG", "1", "--store", "Nowhere"], 3),
        (["in", "MUG", "1", "--supplier", "Nobody"], 3),
    ]:
        assert tradepost("stock", *args).code == code, args
    assert level(corner, "MUG") == 10


def test_with_several_stores_it_wants_to_know_which(tradepost: Tradepost, corner: Store) -> None:
    other = make.store("Elsewhere")
    make.staff(other, "tom")
    run = tradepost("stock", "in", "MUG", "1")
    assert (run.code, "--store" in run.err) == (2, True)
    assert tradepost("stock", "in", "MUG", "1", "--as", "tom").code == 0
    assert tradepost("stock", "in", "MUG", "1", "--store", "Corner", "--as", "tom").code == 4
    assert (level(other, "MUG"), level(corner, "MUG")) == (1, 0)
    assert tradepost("stock", "history", "--as", "tom", "--json").data["results"][0]["store"] == "Elsewhere"


def test_only_an_administrator_opens_the_first_store(tradepost: Tradepost) -> None:
    make.product("MUG")
    make.customer("carla")
    assert tradepost("stock", "out", "MUG", "1").code == 3
    assert tradepost("stock", "in", "MUG", "1", "--as", "carla").code == 4
    assert not Store.objects.exists()
    assert tradepost("stock", "in", "MUG", "0").code == 2
    assert not Store.objects.exists(), "what is refused opens nothing"
    assert tradepost("stock", "in", "MUG", "1").code == 0
    assert Store.objects.get().name == "Main store"


def test_the_same_key_moves_goods_once(tradepost: Tradepost) -> None:
    make.product("MUG")
    first, again = (tradepost("stock", "in", "MUG", "5", "--key", "lorry-17", "--json") for _ in range(2))
    assert first.data == again.data
    assert level(Store.objects.get(), "MUG") == 5
