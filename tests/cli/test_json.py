"""With `--json`, standard output is one JSON value, whatever happens."""

import pytest

from tests import make
from tests.cli.conftest import Tradepost

READING = [
    ["user", "list"],
    ["store", "list"],
    ["product", "list"],
    ["category", "list"],
    ["supplier", "list"],
    ["sale", "list"],
    ["stock", "alerts"],
    ["stock", "transfer", "list"],
    ["postings", "list"],
    ["audit", "list"],
]


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_lists_are_json_and_say_whether_there_is_more(tradepost: Tradepost, args: list[str]) -> None:
    assert set(tradepost(*args, "--json").data) == {"results", "more"}


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_lists_are_tables_for_people(tradepost: Tradepost, args: list[str]) -> None:
    run = tradepost(*args)
    assert (run.code, run.err) == (0, "")
    assert run.out.strip()


def test_limit_cuts_and_says_so(tradepost: Tradepost) -> None:
    for name in ("Anchor", "Bakery", "Chapel"):
        make.store(name)
    cut = tradepost("store", "list", "--limit", "2", "--json")
    assert [row["name"] for row in cut.data["results"]] == ["Anchor", "Bakery"]
    assert cut.data["more"] is True
    assert "There is more" in tradepost("store", "list", "--limit", "2").err
    assert tradepost("store", "list", "--limit", "3", "--json").data["more"] is False


def test_a_day_in_the_shop_by_json_alone(tradepost: Tradepost) -> None:
    assert tradepost("store", "add", "Corner", "--location", "High Street", "--json").data["name"] == "Corner"
    assert tradepost("category", "add", "Kitchen", "--json").data["name"] == "Kitchen"
    assert tradepost("supplier", "add", "Pottery", "--json").data["name"] == "Pottery"
    mug = ["product", "add", "MUG", "Mug", "9.50", "--cost", "4", "--category", "kitchen", "--supplier", "Pottery"]
    assert tradepost(*mug, "--json").data["price"] == "9.50"
    tea = tradepost("product", "add", "TEA", "Tea", "32", "--unit", "kg", "--reorder-level", "2.5", "--json")
    assert tea.data["reorder_level"] == "2.500"
    got = tradepost("stock", "receive", "MUG=10", "TEA=2.5", "--store", "Corner", "--supplier", "Pottery", "--json")
    assert got.data["cost"] == "40.00"
    sold = tradepost("till", "sell", "MUG=2", "TEA=0.250", "--store", "corner", "--received", "30", "--json")
    assert (sold.data["total"], sold.data["change"]) == ("27.00", "3.00")
    number = sold.data["number"]
    assert tradepost("till", "return", number, "MUG=1", "--json").data["total"] == "9.50"
    lost = tradepost("stock", "write-off", "MUG=1", "--store", "1", "--reason", "Broken", "--json")
    assert lost.data["cost"] == "4.00"
    lines = tradepost("sale", "show", number, "--json").data["lines"]
    assert [(line["sku"], line["quantity"], line["returned"]) for line in lines] == [
        ("MUG", "2", "1"),
        ("TEA", "0.250", "0.000"),
    ]
    report = tradepost("day-report", "--store", "Corner", "--json").data
    assert (report["revenue"], report["losses"], report["sales"], report["returns"]) == ("17.50", "4.00", 1, 1)
    assert tradepost("balance", "~revenue:1", "--json").data["balance"] == "17.50"
    posting = tradepost("postings", "list", "--kind", "till.sale", "--json").data["results"][0]
    assert len(tradepost("postings", "show", str(posting["id"]), "--json").data["movements"]) == 2
    assert tradepost("audit", "list", "--action", "till.sold", "--json").data["results"][0]["face"] == "cli"
    moved = tradepost("audit", "list", "--product", "TEA", "--json").data["results"]
    assert {"catalog.product_added", "till.received", "till.sold"} <= {row["action"] for row in moved}
    assert tradepost("audit", "list", "--product", "NONE", "--json").code == 3
    assert tradepost("verify", "--json").data["ok"] is True
    run = tradepost("product", "archive", "TEA", "--json")
    assert (run.code, run.data["code"]) == (4, "product_on_shelves")
    run = tradepost("store", "archive", "Corner", "--json")
    assert (run.code, run.data["code"]) == (4, "store_in_use")
    tradepost("product", "add", "NEW", "New", "1")
    tradepost("store", "add", "Other")
    for kind, name, back in (("product", "NEW", "restore"), ("store", "Other", "reopen")):
        assert tradepost(kind, "archive", name, "--json").data["archived_at"]
        assert tradepost(kind, back, name, "--json").data["archived_at"] is None


def test_background_turn_tells_what_it_did(tradepost: Tradepost) -> None:
    store, mug = make.store("Corner"), make.product("MUG")
    tradepost("stock", "receive", "MUG=1", "--store", store.name)
    assert mug.pk
    assert tradepost("worker", "--once", "--json").data["runs_closed"] == 1


def test_customers_are_told_no_cost_supplier_or_reorder_level(tradepost: Tradepost) -> None:
    make.product("MUG", price_minor=250, cost_minor=199)
    customer, staff = make.customer().username, make.staff(make.store()).username
    (row,) = tradepost("product", "list", "--json", "--as", customer).data["results"]
    assert (row["cost"], row["supplier"], row["reorder_level"]) == (None, None, None)
    assert "1.99" not in tradepost("product", "list", "--as", customer).out
    assert "1.99" in tradepost("product", "list", "--as", staff).out
