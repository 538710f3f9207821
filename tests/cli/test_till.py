"""`tradepost till`: what is asked for twice happens once, what is refused changes nothing."""

import pytest

from tests import make
from tests.cli.conftest import Tradepost


@pytest.fixture
def corner(tradepost: Tradepost) -> None:
    make.store("Corner")
    make.product("MUG", barcode="2000000000015")
    tradepost("stock", "receive", "MUG=10", "--store", "Corner")


def left(tradepost: Tradepost) -> str:
    posting = tradepost("postings", "list", "--product", "MUG", "--limit", "1", "--json").data["results"][0]
    movement = tradepost("postings", "show", str(posting["id"]), "--json").data["movements"][0]
    return str(movement["source_after"] or movement["destination_after"])


@pytest.mark.usefixtures("corner")
def test_same_key_sells_once(tradepost: Tradepost) -> None:
    sell = ["till", "sell", "MUG=3", "--store", "Corner", "--key", "till-1-0001", "--json"]
    first, again = tradepost(*sell), tradepost(*sell)
    assert first.data == again.data
    assert left(tradepost) == "7"
    other = tradepost("till", "sell", "MUG=4", "--store", "Corner", "--key", "till-1-0001")
    assert other.code == 2
    assert left(tradepost) == "7"


@pytest.mark.usefixtures("corner")
def test_refused_sale_changes_nothing_and_may_be_asked_again(tradepost: Tradepost) -> None:
    sell = ["till", "sell", "MUG=12", "--store", "Corner", "--key", "till-1-0002"]
    assert tradepost(*sell).code == 4
    assert tradepost("sale", "list", "--json").data["results"] == []
    tradepost("stock", "receive", "MUG=2", "--store", "Corner")
    assert tradepost(*sell).code == 0
    assert left(tradepost) == "0"


@pytest.mark.usefixtures("corner")
def test_barcode_is_as_good_as_a_sku(tradepost: Tradepost) -> None:
    assert tradepost("till", "sell", "2000000000015", "--store", "Corner").code == 0
    assert left(tradepost) == "9"


@pytest.mark.usefixtures("corner")
def test_return_is_spread_over_the_lines_of_the_sale(tradepost: Tradepost) -> None:
    sold = tradepost("till", "sell", "MUG=2", "MUG=3", "--store", "Corner", "--json").data["number"]
    assert tradepost("till", "return", sold, "MUG=4", "--json").data["total"] == "10.00"
    lines = tradepost("sale", "show", sold, "--json").data["lines"]
    assert [line["returned"] for line in lines] == ["2", "2"]
    assert tradepost("till", "return", sold, "MUG=2").code == 4
    assert tradepost("till", "return", sold, "MUG=0").code == 2
    make.product("JUG")
    assert tradepost("till", "return", sold, "JUG=1").code == 3


@pytest.mark.usefixtures("corner")
def test_staff_of_another_store_may_not_sell_here(tradepost: Tradepost) -> None:
    make.staff(make.store("Elsewhere"), "tom")
    assert tradepost("till", "sell", "MUG", "--store", "Corner", "--as", "tom").code == 4
    assert left(tradepost) == "10"
