"""`tradepost stock alerts` and `seen`: a kiosk without a worker hears of what runs low when it asks."""

from typing import Any

from tests import make, picture
from tests.cli.conftest import Tradepost
from tests.inventory.alerts import alert, look
from tradepost.inventory.models import StockAlert


def listed(run: Tradepost, *args: str) -> list[dict[str, Any]]:
    return list(run("stock", "alerts", *args, "--json").data["results"])


def test_listing_looks_first_so_that_no_worker_is_needed(tradepost: Tradepost) -> None:
    assert "No shelf fell low" in tradepost("stock", "alerts").out
    assert tradepost("product", "add", "MUG", "Blue mug", "2.50", "--reorder-level", "5").code == 0
    assert tradepost("stock", "in", "MUG", "10").code == 0
    assert listed(tradepost) == []
    assert tradepost("stock", "out", "MUG", "6").code == 0
    (one,) = listed(tradepost)
    assert (one["kind"], one["sku"], one["quantity"], one["reorder_level"]) == ("low", "MUG", "4", "5")
    assert (one["on_hand"], one["still_low"], one["seen_by"]) == ("4", True, None)
    assert "Blue mug" in tradepost("stock", "alerts", "--unseen").out
    assert tradepost("stock", "in", "MUG", "10").code == 0
    (one,) = listed(tradepost)
    assert (one["quantity"], one["on_hand"], one["still_low"]) == ("4", "14", False)
    assert StockAlert.objects.get().over_at is not None


def test_alerts_are_marked_one_by_one_or_all_of_a_store(tradepost: Tradepost) -> None:
    corner = make.store("Corner")
    first, second = alert(store=corner), alert(store=corner)
    elsewhere = alert(store=make.store("Market"))
    assert tradepost("stock", "seen", str(first.pk)).out == "1 marked as seen.\n"
    assert tradepost("stock", "seen", str(first.pk), "--json").data == {"seen": 0}
    assert [one["id"] for one in listed(tradepost, "--unseen", "--store", "Corner")] == [second.pk]
    assert tradepost("stock", "seen", "--all", "--store", "Corner", "--json").data == {"seen": 1}
    assert [one["id"] for one in listed(tradepost, "--unseen")] == [elsewhere.pk]
    assert listed(tradepost, "--store", "Corner")[0]["seen_by"] == "console"


def test_what_means_nothing_marks_nothing(tradepost: Tradepost) -> None:
    one = alert()
    make.store()
    look()
    before = picture.of_everything()
    refused = {
        (): 2, ("--all",): 2, (str(one.pk), "--all"): 2, ("999999",): 3, (str(one.pk), "999999"): 3,
        ("--all", "--store", "Nowhere"): 3, (str(one.pk), "--as", make.auditor().username): 4,
    }  # fmt: skip
    for args, code in refused.items():
        assert tradepost("stock", "seen", *args).code == code, args
    assert picture.of_everything()["inventory_stockalert"] == before["inventory_stockalert"]
