"""`tradepost stock list` and `low`: what stands where, without a server."""

import pytest

from tests import make
from tests.cli.conftest import Tradepost
from tradepost.places.models import Store


@pytest.fixture
def corner(db: None) -> Store:
    """A shelf that is full, one that runs low, one that is empty; and another store."""
    corner, market = make.store("Corner"), make.store("Market")
    make.stocked_product(corner, 30, sku="MUG", name="Blue mug")
    make.stocked_product(corner, 4, sku="TEA", name="Tea")
    make.sale(corner, (make.stocked_product(corner, 3, sku="JAM", name="Jam"), 3))
    make.stocked_product(market, 50, sku="PEN", name="Pen")
    return corner


def skus(run: Tradepost, *args: str) -> list[str]:
    return [row["sku"] for row in run("stock", *args, "--json").data["results"]]


def test_what_stands_where_is_listed_by_name_and_otherwise(tradepost: Tradepost, corner: Store) -> None:
    assert skus(tradepost, "list") == ["MUG", "JAM", "PEN", "TEA"]
    assert skus(tradepost, "list", "--store", "Corner", "--order", "quantity") == ["JAM", "TEA", "MUG"]
    assert skus(tradepost, "list", "--search", "pe") == ["PEN"]
    assert skus(tradepost, "list", "--limit", "1") == ["MUG"]
    (row,) = tradepost("stock", "list", "--search", "TEA", "--json").data["results"]
    assert (row["quantity"], row["reorder_level"], row["status"], row["store"]) == ("4", "20", "low", "Corner")


def test_what_runs_low_is_listed_the_emptiest_first(tradepost: Tradepost, corner: Store) -> None:
    assert skus(tradepost, "low") == ["JAM", "TEA"]
    assert skus(tradepost, "low", "--store", "Market") == []
    assert "Nothing runs low." in tradepost("stock", "low", "--store", "Market").out


def test_a_store_that_is_not_there_is_refused(tradepost: Tradepost, corner: Store) -> None:
    assert tradepost("stock", "list", "--store", "Nowhere").code == 3
    assert tradepost("stock", "list", "--order", "colour").code == 2
