"""Transfers and stocktakes over the API: what is asked, what is answered, what is refused with nothing changed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tradepost.catalog.models import Product
from tradepost.inventory.models import StockTransfer

pytestmark = pytest.mark.django_db


class Two:
    """A store that sends, one that receives, somebody in each, and apples by the kilo on the first one's shelf."""

    def __init__(self) -> None:
        self.source, self.destination = make.store("Mill"), make.store("Quay")
        self.apples = make.stocked_product(
            self.source, 9000, sku="APPLE", barcode="4000", unit="kg", decimals=3, price_minor=300, cost_minor=100
        )
        self.here, self.there = Caller(make.manager(self.source)), Caller(make.manager(self.destination))

    def body(self, quantity: Any = "2.5", **more: Any) -> dict[str, Any]:
        items = [{"sku": "APPLE", "quantity": quantity}]
        return {"source_id": self.source.pk, "destination_id": self.destination.pk, "items": items, **more}

    def sent(self) -> int:
        return int(self.here.post("stock-transfers/", self.body()).json()["id"])


@pytest.fixture
def two(db: None) -> Two:
    return Two()


def items(*pairs: tuple[Product, Any], **more: Any) -> dict[str, Any]:
    return {"items": [{"product_id": product.pk, "quantity": quantity} for product, quantity in pairs], **more}


def test_a_transfer_is_sent_received_and_settled(two: Two) -> None:
    answer = two.here.post("stock-transfers/", two.body(note="For the market"))
    assert answer.status_code == 201, answer.content
    sent = answer.json()
    assert (sent["state"], sent["closed_at"], sent["note"]) == ("open", None, "For the market")
    assert (sent["source_id"], sent["source_name"]) == (two.source.pk, "Mill")
    assert (sent["destination_id"], sent["destination_name"]) == (two.destination.pk, "Quay")
    (item,) = sent["items"]
    assert item == {
        "product_id": two.apples.pk, "sku": "APPLE", "name": two.apples.name, "unit": "kg", "sent": "2.500",
        "on_its_way": "2.500", "received": "0.000", "returned": "0.000", "lost": "0.000", "cost": "2.50",
    }  # fmt: skip
    address = f"stock-transfers/{sent['id']}/"
    assert two.there.get(address).json() == sent
    two.there.post(f"{address}receive/", items((two.apples, "1.5")))
    two.there.post(f"{address}send-back/", {"items": [{"barcode": "4000", "quantity": "0.25"}]})
    closed = two.here.post(f"{address}write-off/", {"reason": "Eaten"})
    assert closed.status_code == 200, closed.content
    (item,) = closed.json()["items"]
    assert [item[name] for name in ("received", "returned", "lost", "on_its_way")] == [
        "1.500",
        "0.250",
        "0.750",
        "0.000",
    ]
    assert closed.json()["state"] == "closed"
    steps = closed.json()["steps"]
    assert [(step["kind"], step["reason"], step["items"][0]["quantity"]) for step in steps] == [
        ("sent", "", "2.500"),
        ("received", "", "1.500"),
        ("returned", "", "0.250"),
        ("lost", "Eaten", "0.750"),
    ]


def test_without_items_all_that_is_on_its_way_arrives(two: Two) -> None:
    address = f"stock-transfers/{two.sent()}/receive/"
    assert two.there.post(address).json()["state"] == "closed"
    problem_of(two.there.post(address), 409, "more_than_sent")


def test_a_number_of_ones_own_sends_once_for_ever(two: Two) -> None:
    first = two.here.post("stock-transfers/", two.body(number="T-7")).json()
    assert two.here.post("stock-transfers/", two.body(number="T-7")).json() == first
    turned = two.body(number="T-7", source_id=two.destination.pk, destination_id=two.source.pk)
    problem_of(two.there.post("stock-transfers/", turned), 409, "number_taken")
    assert StockTransfer.objects.count() == 1


def test_a_step_sent_twice_with_its_key_is_taken_once(two: Two) -> None:
    address = f"stock-transfers/{two.sent()}/receive/"
    first = two.there.post(address, items((two.apples, 1)), key="step-1")
    again = two.there.post(address, items((two.apples, 1)), key="step-1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert StockTransfer.objects.get().lines.get().received == 1000


def test_what_cannot_be_sent_or_received_is_a_problem_and_changes_nothing(two: Two) -> None:
    number = two.sent()
    address = f"stock-transfers/{number}"
    before = picture.of_the_books()
    too_much = problem_of(two.there.post(f"{address}/receive/", items((two.apples, 3))), 409, "more_than_sent")
    assert (too_much["on_its_way"], too_much["asked"], too_much["product_id"]) == ("2.500", "3.000", two.apples.pk)
    short = problem_of(two.here.post("stock-transfers/", two.body(7)), 409, "insufficient_stock")
    assert (short["available"], short["short"]) == ("6.500", "0.500")
    problem_of(two.here.post("stock-transfers/", two.body(0)), 400, "quantity_not_above_zero")
    problem_of(two.here.post("stock-transfers/", two.body(-1)), 400, "quantity_not_above_zero")
    problem_of(two.here.post("stock-transfers/", two.body("0.0001")), 400, "invalid_fields")
    problem_of(two.here.post("stock-transfers/", two.body(destination_id=two.source.pk)), 400, "same_store")
    problem_of(two.here.post("stock-transfers/", two.body(destination_id=10**9)), 404, "missing")
    problem_of(two.here.post("stock-transfers/", two.body(items=[])), 400, "invalid_fields")
    unknown = [{"sku": "PEAR", "quantity": 1}]
    problem_of(two.here.post("stock-transfers/", two.body(items=unknown)), 404, "no_such_product")
    twice = [{"sku": "APPLE", "barcode": "4000", "quantity": 1}]
    problem_of(two.here.post("stock-transfers/", two.body(items=twice)), 400, "invalid_fields")
    again = items((two.apples, 1), (two.apples, 1))
    problem_of(two.there.post(f"{address}/receive/", again), 400, "invalid_fields")
    problem_of(two.here.post(f"{address}/write-off/", {}), 400, "invalid_fields")
    problem_of(two.here.post(f"{address}/write-off/", {"reason": " "}), 400, "invalid_fields")
    problem_of(two.here.post(f"{address}/receive/"), 403, "denied")
    third = Caller(make.manager(make.store()))
    for path in ("", "receive/", "send-back/", "write-off/"):
        call = third.post if path else third.get
        problem_of(call(f"{address}/{path}"), 400 if path == "write-off/" else 404, _code_of(path))
    problem_of(third.post(f"{address}/write-off/", {"reason": "Eaten"}), 404, "no_such_transfer")
    assert third.get("stock-transfers/").json()["results"] == []
    assert picture.of_the_books() == before


def _code_of(path: str) -> str:
    """Without a reason a write-off is refused before anybody looks whose it is."""
    return "invalid_fields" if path == "write-off/" else "no_such_transfer"


def test_a_list_of_transfers_is_answered_row_by_row(two: Two) -> None:
    answer = two.here.post("stock-transfers/", [two.body(), two.body(100), two.body("x")])
    assert answer.status_code == 200
    assert [row["status"] for row in answer.json()["results"]] == [201, 409, 400]
    assert StockTransfer.objects.count() == 1


def test_transfers_are_found_by_store_state_and_day(two: Two) -> None:
    number = two.sent()
    back = make.transfer(two.source, make.store(), (two.apples, 1))
    make.received(back)

    def found(query: str) -> list[int]:
        return [row["id"] for row in two.here.get(f"stock-transfers/?{query}").json()["results"]]

    assert found("") == [back.pk, number]
    assert found("state=open") == [number]
    assert found(f"store={two.destination.pk}") == found(f"destination_id={two.destination.pk}") == [number]
    assert found(f"source_id={two.source.pk}&state=closed") == [back.pk]
    assert found("end_date=2026-03-02") == [back.pk], "the other was sent today"
    for wrong in ("state=lost", "store=999999", "colour=red", "start_date=never"):
        problem_of(two.here.get(f"stock-transfers/?{wrong}"), 400, "invalid_fields")


def test_a_store_is_counted_and_its_differences_booked(two: Two) -> None:
    pears = make.stocked_product(two.source, 10, sku="PEAR")
    answer = two.here.post("stocktakes/", {"store_id": two.source.pk, "note": "Spring"})
    assert answer.status_code == 201, answer.content
    opened = answer.json()
    assert (opened["state"], opened["store_name"], opened["note"]) == ("open", "Mill", "Spring")
    assert opened["tally"] == {"counted": 0, "fewer": 0, "more": 0}
    address = f"stocktakes/{opened['id']}"
    counted = two.here.post(f"{address}/count/", items((two.apples, "8.75"), (pears, 10)))
    assert counted.status_code == 200, counted.content
    first = counted.json()["items"][0]
    assert [first[name] for name in ("sku", "counted", "expected", "difference")] == [
        "APPLE", "8.750", "9.000", "-0.250",
    ]  # fmt: skip
    scan = {"items": [{"sku": "PEAR", "quantity": 1, "is_more": True}] * 2}
    assert two.here.post(f"{address}/count/", scan).json()["items"][0]["counted"] == "12"
    lines = two.here.get(f"{address}/lines/?differing=true").json()["results"]
    assert {line["sku"] for line in lines} == {"APPLE", "PEAR"}
    assert two.here.get(f"{address}/lines/?differing=false").json()["results"] == []
    assert two.here.delete(f"{address}/lines/{pears.pk}/").status_code == 204
    problem_of(two.here.delete(f"{address}/lines/{pears.pk}/"), 404, "not_counted")
    closed = two.here.post(f"{address}/apply/").json()
    assert (closed["state"], closed["tally"]) == ("applied", {"counted": 1, "fewer": 1, "more": 0})
    assert closed["posting"] > 0
    assert two.here.get(f"{address}/").json() == closed


def test_what_cannot_be_counted_or_closed_is_a_problem_and_changes_nothing(two: Two) -> None:
    stocktake = make.stocktake(two.source)
    address = f"stocktakes/{stocktake.pk}"
    before = picture.of_the_books()
    goes_on = problem_of(two.here.post("stocktakes/", {"store_id": two.source.pk}), 409, "stocktake_goes_on")
    assert goes_on["number"] == stocktake.number
    problem_of(two.here.post(f"{address}/apply/"), 409, "nothing_counted")
    problem_of(two.here.post(f"{address}/count/", items((two.apples, -1))), 400, "count_below_zero")
    problem_of(two.here.post(f"{address}/count/", {"items": []}), 400, "invalid_fields")
    problem_of(two.here.post("stocktakes/", {"store_id": two.destination.pk}), 403, "denied")
    problem_of(two.there.get(f"{address}/lines/"), 404, "no_such_stocktake")
    assert two.here.post(f"{address}/cancel/").json()["state"] == "cancelled"
    closed = problem_of(two.here.post(f"{address}/count/", items((two.apples, 1))), 409, "stocktake_closed")
    assert closed["state"] == "cancelled"
    for wrong in ("state=lost", "store=999999", "colour=red"):
        problem_of(two.here.get(f"stocktakes/?{wrong}"), 400, "invalid_fields")
    problem_of(two.here.get(f"{address}/lines/?differing=maybe"), 400, "invalid_fields")
    assert picture.of_the_books() == before


def test_twice_the_goods_take_the_same_queries() -> None:
    admin = Caller(make.admin())

    def counted(lines: int) -> dict[str, int]:
        source, destination = make.store(), make.store()
        goods = [make.stocked_product(source, 10) for _ in range(lines)]
        sent = make.transfer(source, destination, *((one, 4) for one in goods))
        stocktake = make.stocktake(source, *((one, 5) for one in goods))
        some, few = items(*((one, 1) for one in goods)), items(*((one, 7) for one in goods))
        calls: dict[str, Callable[[], Any]] = {
            "read": lambda: admin.get(f"stock-transfers/{sent.pk}/"),
            "lines": lambda: admin.get(f"stocktakes/{stocktake.pk}/lines/"),
            "receive": lambda: admin.post(f"stock-transfers/{sent.pk}/receive/", some),
            "send back": lambda: admin.post(f"stock-transfers/{sent.pk}/send-back/", some),
            "write off": lambda: admin.post(f"stock-transfers/{sent.pk}/write-off/", {"reason": "x"}),
            "count": lambda: admin.post(f"stocktakes/{stocktake.pk}/count/", few),
            "apply": lambda: admin.post(f"stocktakes/{stocktake.pk}/apply/"),
        }
        counts = {}
        for name, call in calls.items():
            with CaptureQueriesContext(connection) as captured:
                answer = call()
            assert answer.status_code == 200, (name, answer.content)
            counts[name] = len(captured)
        return counts

    counted(1)
    assert counted(3) == counted(6)


def test_the_lines_of_a_stocktake_are_walked_by_a_cursor(two: Two) -> None:
    goods = [make.stocked_product(two.source, 10) for _ in range(12)]
    stocktake = make.stocktake(two.source, *((one, 5) for one in goods))
    address, seen = f"/api/stocktakes/{stocktake.pk}/lines/?page_size=5", []
    while address:
        page = two.here.client.get(address).json()
        seen += [line["product_id"] for line in page["results"]]
        address = page["next"]
    assert sorted(seen) == sorted(one.pk for one in goods)
    problem_of(two.here.get(f"stocktakes/{stocktake.pk}/lines/?cursor=made-up"), 400, "not_a_cursor")
