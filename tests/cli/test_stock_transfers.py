"""`tradepost stock transfer` and `stock count`: what a store sends, another receives, and a third has no part in."""

import pytest

from tests import make
from tests.cli.conftest import Tradepost


@pytest.fixture
def chain(tradepost: Tradepost) -> None:
    mill = make.store("Mill")
    make.store("Quay")
    make.stocked_product(mill, 10, sku="MUG")
    make.stocked_product(mill, 2500, sku="TEA", unit="kg", decimals=3)


def sent(tradepost: Tradepost, *items: str) -> str:
    run = tradepost("stock", "transfer", "send", *(items or ["MUG=4"]), "--from", "Mill", "--to", "Quay", "--json")
    assert run.code == 0, run.err
    assert run.data["state"] == "open"
    return str(run.data["number"])


@pytest.mark.usefixtures("chain")
def test_goods_are_sent_received_in_part_and_the_rest_settled(tradepost: Tradepost) -> None:
    number = sent(tradepost, "MUG=4", "TEA=0.500")
    part = tradepost("stock", "transfer", "receive", number, "MUG=1", "TEA=0.500")
    assert (part.code, "some is still on its way" in part.out) == (0, True)
    assert tradepost("stock", "transfer", "send-back", number, "MUG=1", "--json").data["state"] == "open"
    assert tradepost("stock", "transfer", "lost", number, "MUG=1", "--reason", "Fell off", "--json").code == 0
    closed = tradepost("stock", "transfer", "receive", number)
    assert "all is settled" in closed.out
    items = tradepost("stock", "transfer", "show", number, "--json").data["items"]
    assert [(item["sku"], item["sent"], item["received"], item["returned"], item["lost"]) for item in items] == [
        ("MUG", "4", "2", "1", "1"),
        ("TEA", "0.500", "0.500", "0.000", "0.000"),
    ]
    assert number in tradepost("stock", "transfer", "show", number).out
    assert tradepost("reconcile").code == 0


@pytest.mark.usefixtures("chain")
def test_transfers_are_listed_by_store_and_state(tradepost: Tradepost) -> None:
    make.store("Hill")
    first, second = sent(tradepost), sent(tradepost)
    tradepost("stock", "transfer", "receive", first)
    listed = tradepost("stock", "transfer", "list", "--store", "quay", "--json").data["results"]
    assert [row["number"] for row in listed] == [second, first]
    found = tradepost("stock", "transfer", "list", "--open", "--json").data["results"]
    assert [row["number"] for row in found] == [second]
    assert tradepost("stock", "transfer", "list", "--store", "Hill").out.strip() == "No transfer found."


@pytest.mark.usefixtures("chain")
def test_what_cannot_be_done_ends_with_a_sentence(tradepost: Tradepost) -> None:
    number = sent(tradepost)
    make.staff(make.store("Hill"), "tom")
    more = tradepost("stock", "transfer", "receive", number, "MUG=5")
    assert (more.code, "on_its_way 4, asked 5" in more.err) == (4, True)
    assert tradepost("stock", "transfer", "receive", number, "MUG=1", "MUG=1").code == 2
    assert tradepost("stock", "transfer", "receive", number, "--as", "tom").code == 3
    assert tradepost("stock", "transfer", "receive", "T-none").code == 3
    assert tradepost("stock", "transfer", "send", "MUG=7", "--from", "Mill", "--to", "Quay").code == 4
    assert tradepost("stock", "transfer", "send", "MUG=1", "--from", "Mill", "--to", "Mill").code == 2
    assert tradepost("stock", "transfer", "show", number, "--json").data["state"] == "open"


@pytest.mark.usefixtures("chain")
def test_a_store_is_counted_by_scans_and_closed_once(tradepost: Tradepost) -> None:
    opened = tradepost("stock", "count", "open", "--store", "Mill", "--note", "Spring", "--json")
    assert opened.data["state"] == "open"
    tradepost("stock", "count", "scan", "MUG", "MUG", "MUG=6", "--store", "Mill")
    counted = tradepost("stock", "count", "scan", "MUG", "--store", "Mill", "--json").data["results"]
    assert counted == [{"sku": "MUG", "name": counted[0]["name"], "counted": "9", "expected": "10", "difference": "-1"}]
    tradepost("stock", "count", "scan", "TEA=2.5", "--store", "Mill", "--anew")
    shown = tradepost("stock", "count", "show", "--store", "Mill", "--differing", "--json").data["results"]
    assert [row["sku"] for row in shown] == ["MUG"]
    booked = tradepost("stock", "count", "apply", "--store", "Mill")
    assert "2 counted, 1 with fewer, 0 with more" in booked.out
    again = tradepost("stock", "count", "apply", "--store", "Mill")
    assert (again.code, "Nobody counts in Mill" in again.err) == (3, True)
    assert tradepost("reconcile").code == 0


@pytest.mark.usefixtures("chain")
def test_a_count_can_be_called_off(tradepost: Tradepost) -> None:
    tradepost("stock", "count", "open", "--store", "Mill")
    assert tradepost("stock", "count", "open", "--store", "Mill").code == 4
    assert tradepost("stock", "count", "scan", "MUG=-1", "--store", "Mill").code == 2
    assert tradepost("stock", "count", "apply", "--store", "Mill").code == 4
    assert tradepost("stock", "count", "show", "--store", "Mill").out.strip() == "Nothing counted yet."
    assert "Called off" in tradepost("stock", "count", "cancel", "--store", "Mill").out
