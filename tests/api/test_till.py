"""The counter through the API: sales, returns, deliveries, losses, adjustments and the day."""

from typing import Any

import pytest

from tests import make
from tests.api.caller import Caller, adjusted, lost, problem_of, returned, sold, stocked
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.models import Posting
from tradepost.till.models import Return, Sale

pytestmark = pytest.mark.django_db


class Counter:
    """A store with 100 of one product at 2.50 each, and the people of it."""

    def __init__(self) -> None:
        self.store, self.product = make.store("North"), make.product("T1", price_minor=250, cost_minor=100)
        stocked(self.store, self.product, 100)
        self.clerk, self.chief = make.staff(self.store), make.manager(self.store)
        self.staff, self.manager = Caller(self.clerk), Caller(self.chief)

    def paper(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A document of the store, by default with one piece on it."""
        return {"store": self.store.pk, "lines": list(lines) or [self.line()], **more}

    def line(self, quantity: Any = 1, **more: Any) -> dict[str, Any]:
        """A line of the product."""
        return {"product": self.product.pk, "quantity": quantity, **more}

    def level(self) -> int:
        """What stands on the shelf."""
        return books.level_of(self.product.pk, chart.store(self.store.pk))

    def revenue(self) -> int:
        """What the store sold for."""
        return books.balance_of(chart.revenue(self.store.pk))


def test_a_sale_moves_goods_and_money_at_the_catalogues_price() -> None:
    counter = Counter()
    customer = make.customer("zoe")
    answer = counter.staff.post("sales/", counter.paper(counter.line(3), received=10, customer=customer.pk))
    sale = answer.json()
    assert answer.status_code == 201
    assert (sale["total"], sale["received"], sale["change"]) == ("7.50", "10.00", "2.50")
    assert (sale["store_name"], sale["operator"], sale["customer_name"]) == ("North", counter.clerk.pk, "zoe")
    [line] = sale["lines"]
    assert (line["sku"], line["quantity"], line["unit_price"], line["amount"]) == ("T1", "3", "2.50", "7.50")
    assert "7.50" in sale["receipt"]
    assert (counter.level(), counter.revenue()) == (97, 750)
    assert counter.staff.get(f"sales/{sale['number']}/").json() == sale
    assert Caller(customer).get(f"sales/{sale['number']}/").json()["lines"][0]["cost"] is None


def test_a_product_is_named_by_number_sku_or_barcode() -> None:
    counter = Counter()
    make.product("T2", barcode="4006381333931", stocked=False)
    lines: list[dict[str, Any]] = [
        {"sku": "T1", "quantity": 1},
        {"barcode": "4006381333931", "quantity": "2"},
        counter.line(),
    ]
    sale = counter.staff.post("sales/", counter.paper(*lines)).json()
    assert [line["sku"] for line in sale["lines"]] == ["T1", "T2", "T1"]
    for line in ({"quantity": 1}, {**counter.line(), "sku": "T1"}):
        problem_of(counter.staff.post("sales/", counter.paper(line)), 400, "invalid_fields")
    for line in ({"sku": "nope", "quantity": 1}, {"barcode": "1", "quantity": 1}, {"product": 999, "quantity": 1}):
        problem_of(counter.staff.post("sales/", counter.paper(line)), 404, "no_such_product")


@pytest.mark.parametrize("quantity", [0, -1, "0", "1.5", "x", None, True, [], "1e30", "NaN", ""])
def test_a_quantity_that_is_none_sells_nothing(quantity: Any) -> None:
    counter = Counter()
    answer = counter.staff.post("sales/", counter.paper(counter.line(quantity)))
    assert answer.status_code == 400, answer.content
    assert not Sale.objects.exists()
    assert counter.level() == 100


def test_overselling_is_refused_with_the_figures_and_changes_nothing() -> None:
    counter = Counter()
    lines = [counter.line(60), counter.line(41)]
    problem = problem_of(counter.staff.post("sales/", counter.paper(*lines)), 409, "insufficient_stock")
    assert (problem["available"], problem["required"], problem["short"]) == ("40", "41", "1")
    assert (counter.level(), counter.revenue(), Sale.objects.count()) == (100, 0, 0)


def test_an_empty_basket_a_foreign_store_and_an_unknown_customer_sell_nothing() -> None:
    counter = Counter()
    problem_of(counter.staff.post("sales/", {"store": counter.store.pk, "lines": []}), 400, "invalid_fields")
    problem_of(counter.staff.post("sales/", {**counter.paper(), "store": make.store().pk}), 403, "denied")
    problem_of(Caller(make.admin()).post("sales/", {**counter.paper(), "store": 999}), 404, "missing")
    problem_of(counter.staff.post("sales/", counter.paper(customer=999)), 404, "missing")
    assert not Sale.objects.exists()


def test_another_price_takes_a_manager() -> None:
    counter = Counter()
    body = counter.paper(counter.line(2, unit_price="1.99"))
    problem_of(counter.staff.post("sales/", body), 403, "denied")
    assert counter.manager.post("sales/", body).json()["total"] == "3.98"


def test_a_list_of_sales_is_answered_row_by_row_and_leaves_one_audit_row() -> None:
    counter = Counter()
    body = [
        counter.paper(),
        counter.paper(counter.line(100)),
        counter.paper({"sku": "x", "quantity": 1}),
        {},
        counter.paper(),
    ]
    results = counter.staff.post("sales/", body).json()["results"]
    assert [row["status"] for row in results] == [201, 409, 404, 400, 201]
    assert [row["result"] and row["result"]["total"] for row in results] == ["2.50", None, None, None, "2.50"]
    assert results[1]["problem"]["short"] == "1"
    assert (counter.level(), counter.revenue(), Sale.objects.count()) == (98, 500, 2)
    assert AuditEvent.objects.filter(action="till.sold").count() == 1


def test_a_list_with_a_foreign_store_is_refused_whole() -> None:
    counter = Counter()
    body = [counter.paper(), {**counter.paper(), "store": make.store().pk}]
    problem_of(counter.staff.post("sales/", body), 403, "denied")
    assert not Sale.objects.exists()


def test_staff_see_the_sales_of_their_stores_and_customers_their_own() -> None:
    counter, other = Counter(), make.store("South")
    stocked(other, counter.product)
    customer = make.customer()
    mine = sold(counter.store, counter.product, customer_id=customer.pk)
    foreign = sold(other, counter.product)
    assert [row["number"] for row in counter.staff.get("sales/").json()["results"]] == [mine.number]
    assert counter.staff.get(f"sales/?store={other.pk}").json()["results"] == []
    problem_of(counter.staff.get(f"sales/{foreign.number}/"), 404, "missing")
    assert [row["number"] for row in Caller(customer).get("sales/").json()["results"]] == [mine.number]
    problem_of(Caller(make.customer()).get(f"sales/{mine.number}/"), 404, "missing")
    assert len(Caller(make.auditor()).get("sales/").json()["results"]) == 2


def test_sales_are_filtered_by_store_people_number_and_day() -> None:
    counter = Counter()
    customer = make.customer()
    first = sold(counter.store, counter.product)
    second = sold(counter.store, counter.product, customer_id=customer.pk)
    day = make.AT.date()
    found = {
        f"customer={customer.pk}": [second], f"operator={make.console().user_id}": [second, first],
        f"number={first.number}": [first], f"start_date={day}&end_date={day}": [second, first],
        "end_date=2026-03-01": [], "start_date=2026-03-03": [], f"operator={customer.pk}": [],
    }  # fmt: skip
    for query, sales in found.items():
        rows = counter.staff.get(f"sales/?{query}").json()["results"]
        assert [row["number"] for row in rows] == [sale.number for sale in sales], query


def test_what_was_sold_comes_back_at_the_price_paid() -> None:
    counter = Counter()
    sale = counter.staff.post("sales/", counter.paper(counter.line(3))).json()
    Caller(make.admin()).patch(f"products/{counter.product.pk}/", {"price": "9.99"})
    body = counter.paper({"sale_line": sale["lines"][0]["id"], "quantity": "2"})
    back = counter.staff.post("returns/", body)
    assert back.status_code == 201, back.content
    assert (back.json()["total"], back.json()["lines"][0]["sale"]) == ("5.00", sale["number"])
    assert (counter.level(), counter.revenue()) == (99, 250)
    line = counter.staff.get(f"sales/{sale['number']}/").json()["lines"][0]
    assert (line["unit_price"], line["returned_quantity"]) == ("2.50", "2")
    assert counter.staff.get(f"returns/{back.json()['number']}/").json() == back.json()


def test_more_than_was_sold_never_comes_back() -> None:
    counter = Counter()
    line = sold(counter.store, counter.product, 3).lines.get()
    body = counter.paper({"sale_line": line.pk, "quantity": 2})
    assert counter.staff.post("returns/", body).status_code == 201
    problem = problem_of(counter.staff.post("returns/", body), 409, "nothing_left_to_return")
    assert (problem["sold"], problem["returned"], problem["asked"]) == ("3", "2", "2")
    assert (counter.level(), Return.objects.count()) == (99, 1)


def test_a_return_without_a_sale_takes_a_manager_and_a_reason() -> None:
    counter = Counter()
    body = counter.paper(counter.line(1, amount="2.00"))
    problem_of(counter.staff.post("returns/", {**body, "reason": "No receipt"}), 403, "denied")
    problem_of(counter.manager.post("returns/", body), 400, "reason_needed")
    back = counter.manager.post("returns/", {**body, "reason": "No receipt"}).json()
    assert (back["total"], back["supervisor"], back["reason"]) == ("2.00", counter.chief.pk, "No receipt")


def test_a_line_of_another_stores_sale_does_not_come_back_here() -> None:
    counter, other = Counter(), make.store()
    stocked(other, counter.product)
    line = sold(other, counter.product).lines.get()
    problem_of(counter.staff.post("returns/", counter.paper({"sale_line": line.pk, "quantity": 1})), 404, "missing")
    problem_of(counter.staff.post("returns/", counter.paper({"sale_line": 999, "quantity": 1})), 404, "missing")
    both = {"sale_line": line.pk, "product": counter.product.pk, "quantity": 1}
    problem_of(counter.staff.post("returns/", counter.paper(both)), 400, "invalid_fields")


def test_a_delivery_raises_the_level_and_moves_the_average_cost() -> None:
    counter = Counter()
    supplier = Caller(make.admin()).post("suppliers/", {"name": "Ann"}).json()["id"]
    body = counter.paper(counter.line(100, cost="300.00"), supplier=supplier)
    entry = counter.staff.post("deliveries/", body).json()
    assert (entry["total_cost"], entry["supplier_name"]) == ("300.00", "Ann")
    assert counter.level() == 200
    assert counter.staff.post("sales/", counter.paper()).json()["lines"][0]["cost"] == "2.00"
    assert counter.staff.get(f"deliveries/{entry['number']}/").json() == entry
    problem_of(counter.staff.get(f"write-offs/{entry['number']}/"), 404, "missing")
    problem_of(counter.staff.post("deliveries/", counter.paper(supplier=999)), 404, "missing")


def test_a_loss_takes_a_reason_and_is_booked_at_cost() -> None:
    counter = Counter()
    problem_of(counter.staff.post("write-offs/", counter.paper()), 400, "invalid_fields")
    problem_of(
        counter.staff.post("write-offs/", counter.paper(counter.line(101), reason="x")), 409, "insufficient_stock"
    )
    entry = counter.staff.post("write-offs/", counter.paper(counter.line(4), reason="Fell down")).json()
    assert (entry["total_cost"], entry["reason"], counter.level()) == ("4.00", "Fell down", 96)


def test_an_adjustment_takes_a_manager_and_has_a_sign() -> None:
    counter = Counter()
    body = {"store": counter.store.pk, "amount": "-1.50", "reason": "Never paid"}
    problem_of(counter.staff.post("adjustments/", body), 403, "denied")
    problem_of(counter.manager.post("adjustments/", {**body, "amount": 0}), 400, "amount_out_of_range")
    assert counter.manager.post("adjustments/", body).json()["amount"] == "-1.50"
    assert counter.revenue() == -150
    [row] = counter.manager.get("adjustments/").json()["results"]
    assert (row["amount"], row["reason"]) == ("-1.50", "Never paid")


def test_a_day_report_sums_the_day() -> None:
    counter = Counter()
    sale = sold(counter.store, counter.product, 4)
    returned(sale)
    lost(counter.store, counter.product, 2)
    adjusted(counter.store, -50)
    day = make.AT.date().isoformat()
    [report] = counter.staff.get(f"day-reports/?store={counter.store.pk}&date={day}").json()["results"]
    assert report == {
        "store": counter.store.pk, "store_name": "North", "date": day, "revenue": "7.00", "losses": "2.00", "sales": 1,
        "returns": 1, "given_back": "2.50", "average_sale": report["average_sale"], "write_offs": 1, "deliveries": 1,
        "adjustments": 1,
    }  # fmt: skip
    week = counter.staff.get(f"day-reports/?store={counter.store.pk}&start_date=2026-03-01&end_date=2026-03-07").json()
    assert [row["revenue"] for row in week["results"]] == ["0.00"] * 5 + ["7.00", "0.00"]
    problem_of(counter.staff.get(f"day-reports/?store={counter.store.pk}&start_date=2020-01-01"), 400, "invalid")
    both = f"day-reports/?store={counter.store.pk}&date={day}&end_date={day}"
    problem_of(counter.staff.get(both), 400, "invalid_fields")


def test_statements_and_postings_tell_what_was_booked() -> None:
    counter = Counter()
    sale = sold(counter.store, counter.product, 2)
    auditor = Caller(make.auditor())
    [row] = auditor.get(f"transactions/?account=~revenue:{counter.store.pk}").json()["results"]
    assert row | {"id": 0, "at": ""} == {
        "id": 0, "type": "sale", "amount": "5.00", "direction": "in", "balance_after": None, "at": "",
        "document": sale.number, "source_account": f"~cash:{counter.store.pk}",
        "destination_account": f"~revenue:{counter.store.pk}", "seller_id": None, "phone_number": None,
        "posting": sale.posting_id,
    }  # fmt: skip
    assert counter.staff.get("transactions/").json()["results"] == []
    assert len(counter.manager.get("transactions/").json()["results"]) == 1
    posting = counter.staff.get(f"postings/{sale.posting_id}/").json()
    assert [(row["source_account"], row["amount"]) for row in posting["transfers"]] == [
        (f"~cash:{counter.store.pk}", "5.00")
    ]
    assert [(row["sku"], row["quantity"]) for row in posting["movements"]] == [("T1", "2")]
    accounts = {row["code"]: row["balance"] for row in auditor.get("accounts/").json()["results"]}
    assert accounts == {f"~cash:{counter.store.pk}": "-5.00", f"~revenue:{counter.store.pk}": "5.00"}


def test_balances_are_the_same_before_and_after_a_run_is_closed() -> None:
    from tradepost.books import services

    counter, auditor = Counter(), Caller(make.auditor())
    sold(counter.store, counter.product, 2)
    open_balances = auditor.get("accounts/").json()
    services.close_runs()
    assert auditor.get("accounts/").json() == open_balances
    sold(counter.store, counter.product, 1)
    balances = {row["code"]: row["balance"] for row in auditor.get("accounts/?ordering=-balance").json()["results"]}
    assert list(balances.values()) == ["7.50", "-7.50"]
    assert balances[f"~revenue:{counter.store.pk}"] == "7.50"


def test_nobody_edits_or_deletes_what_is_booked() -> None:
    counter = Counter()
    sale = sold(counter.store, counter.product)
    admin = Caller(make.admin())
    for path in (f"sales/{sale.number}/", f"postings/{sale.posting_id}/", "transactions/", "logs/", "accounts/"):
        for method in ("put", "patch", "delete"):
            problem_of(admin.send(method, path, {"total": "0"}), 405, "method_not_allowed")
    for path in ("transactions/", "postings/", "logs/", "accounts/", "jobs/", f"sales/{sale.number}/"):
        problem_of(admin.post(path, {}), 405, "method_not_allowed")
    assert Posting.objects.count() == 2


def test_a_proof_is_asked_for_and_read() -> None:
    from tradepost.books import services
    from tradepost.lib import clock

    auditor = Caller(make.auditor())
    for path in ("proofs/latest/", "reconcile/", "verify/"):
        problem_of(auditor.get(path), 404, "missing")
    asked = auditor.post("proofs/")
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    job = auditor.client.get(asked.json()["url"]).json()
    assert (job["task"], job["progress"], job["result"]) == ("tradepost.worker.books.prove", 0, None)
    services.prove(actor=make.console(), at=clock.now())
    for path in ("proofs/latest/", "reconcile/", "verify/"):
        assert auditor.get(path).json()["ok"] is True
    assert len(auditor.get("proofs/").json()["results"]) == 1


def test_the_log_is_filtered() -> None:
    counter = Counter()
    day = make.AT.date()
    number = counter.staff.post("sales/", counter.paper()).json()["number"]
    admin = Caller(make.admin())
    found = {
        f"action=till.sold&user={counter.clerk.pk}": 1, f"action=till.sold&store={counter.store.pk}": 1,
        "action=till.given_back": 0, f"action=till.received&start_date={day}&end_date={day}": 1,
        f"action=till.received&start_date={day}&end_date={day}&store={counter.store.pk}": 1,
        "action=till.received&end_date=2026-03-01": 0,
    }  # fmt: skip
    for query, count in found.items():
        assert len(admin.get(f"logs/?{query}").json()["results"]) == count, query
    [event] = counter.staff.get("logs/?action=till.sold").json()["results"]
    assert (event["after"]["numbers"], event["face"]) == ([number], "api")
    assert Caller(make.customer()).get("logs/?action=till.sold").json()["results"] == []
