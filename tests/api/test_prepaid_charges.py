"""`POST /api/charge-sales/`: whatever is sent is answered, a list row by row, a repeated key with the first answer."""

import json
from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import PROBLEM, Caller, problem_of
from tests.threads import together
from tradepost.books.models import Posting
from tradepost.intake.models import IdempotencyKey
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller

pytestmark = pytest.mark.django_db

JUNK: list[Any] = [
    None, "", " ", "abc", True, False, [], [1], {}, {"a": {"b": [1]}}, 0, -1, "-1", 1.5e300, 2**63, 10**30, -(10**30),
    "9" * 5000, "NaN", "-Infinity", "1e400", "٫", "'; DROP TABLE prepaid_chargesale; --", "½", "²",
]  # fmt: skip
FIELDS = ["seller_id", "phone_number", "amount"]


class Counter:
    """A seller with 100.00 of credit at work."""

    def __init__(self, credit_minor: int = 10000) -> None:
        self.seller: Seller = make.seller(credit_minor=credit_minor)
        self.caller = Caller(make.login_of(self.seller))

    def sale(self, amount: Any = "5.00", number: Any = "09121234567", **more: Any) -> dict[str, Any]:
        """The body of a charge."""
        return {"seller_id": self.seller.pk, "phone_number": number, "amount": amount, **more}

    def balance(self) -> Any:
        """What is left."""
        return self.caller.get(f"sellers/{self.seller.pk}/balance/").json()["credit_balance"]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("junk", JUNK, ids=[f"{junk!r:.20}" for junk in JUNK])
def test_junk_is_refused_and_changes_nothing(field: str, junk: Any) -> None:
    counter = Counter()
    before = picture.of_everything()
    answer = counter.caller.post("charge-sales/", counter.sale() | {field: junk})
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == PROBLEM
    [row] = counter.caller.post("charge-sales/", [counter.sale() | {field: junk}]).json()["results"]
    assert (row["status"], row["result"]) == (400, None)
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    "body",
    ["", "{", "null", "7", '"x"', "[]", "[[]]", "[null]", "[[[[]]]]", "[7, true]", "{}", '{"seller_id": 1}', "NaN",
     '{"seller_id": 1, "phone_number": "09121234567", "amount": NaN}',
     '{"seller_id": 1, "phone_number": "09121234567", "amount": 1E+999999}',
     '{"seller_id": 1E+40, "phone_number": "09121234567", "amount": 1}',
     '{"seller_id": 1, "phone_number": 1E+999999, "amount": 1}',
     '{"seller_id": 1, "phone_number": "\\u0000", "amount": 1}',
     '{"seller_id": 1, "phone_number": "\\ud800", "amount": 1}', '{"seller_id": ' + "9" * 4000 + "}",
     "[" * 5000 + "]" * 5000, "\xff"],
)  # fmt: skip
def test_a_body_that_is_no_charge_is_refused(body: str) -> None:
    counter = Counter()
    before = picture.of_everything()
    answer = counter.caller.client.post("/api/charge-sales/", body, content_type="application/json")
    if answer.status_code == 200:
        assert {row["status"] for row in answer.json()["results"]} == {400}
    else:
        assert answer.status_code == 400, answer.content
        assert answer.headers["Content-Type"] == PROBLEM
    assert picture.of_everything() == before


@pytest.mark.parametrize("amount", ["0.001", "5.005", 0.1, 5, "5", "5.0", " 5.00 ", "۵٫۰۰", "۵.۰۰", "5,00"])
def test_an_amount_has_the_decimals_of_the_currency_and_no_more(amount: Any) -> None:
    counter = Counter()
    right = {5: "5.00", "5": "5.00", "5.0": "5.00", " 5.00 ": "5.00", 0.1: "0.10", "۵.۰۰": "5.00"}
    answer = counter.caller.post("charge-sales/", counter.sale(amount))
    if amount in right:
        assert answer.json()["amount"] == right[amount], answer.content
    else:
        assert "amount" in problem_of(answer, 400, "invalid_fields")["fields"]
        assert counter.balance() == "100.00"


@pytest.mark.parametrize("number", ["0912 123 4567", "+98-912-123-4567", "00989121234567", "۰۹۱۲۱۲۳۴۵۶۷", 9121234567])
def test_one_number_is_one_however_it_is_written(number: Any) -> None:
    counter = Counter()
    counter.caller.post("charge-sales/", counter.sale())
    assert counter.caller.post("charge-sales/", counter.sale(number=number)).json()["phone_number"] == "+989121234567"
    [row] = counter.caller.get("phone-numbers/").json()["results"]
    assert (row["phone_number"], row["total_charged"]) == ("+989121234567", "10.00")


@pytest.mark.parametrize("amount", [10**15, "10000000000000.01", 10**13])
def test_more_than_the_books_hold_is_refused_as_an_amount_and_less_for_want_of_credit(amount: Any) -> None:
    counter = Counter()
    answer = counter.caller.post("charge-sales/", counter.sale(amount))
    if amount == 10**13:
        assert problem_of(answer, 409, "insufficient_credit")["shortage"] == "9999999999900.00"
    else:
        problem_of(answer, 400, "invalid_fields")
    assert not ChargeSale.objects.exists()


def test_a_thousand_sales_are_answered_row_by_row_and_bad_ones_do_not_spoil_the_others() -> None:
    counter, other = Counter(100000), make.seller(credit_minor=1000)
    numbers = [make.phone_number() for _ in range(100)]
    body = [counter.sale("1.00", numbers[i % 100]) for i in range(1000)]
    bad: dict[int, tuple[Any, int, str]] = {
        0: (counter.sale("0"), 400, "charge_not_above_zero"), 3: (counter.sale("1.001"), 400, "invalid_fields"),
        7: (counter.sale(number="12"), 400, "not_a_phone_number"), 8: (None, 400, "invalid_fields"),
        100: ([counter.sale()], 400, "invalid_fields"), 500: (counter.sale() | {"seller_id": other.pk}, 404,
        "no_such_seller"), 501: (counter.sale() | {"seller_id": 10**30}, 400, "invalid_fields"),
        502: (counter.sale("5000.00"), 409, "insufficient_credit"), 999: ("x", 400, "invalid_fields"),
    }  # fmt: skip
    for place, (row, _, _) in bad.items():
        body[place] = row
    answer = counter.caller.post("charge-sales/", body)
    rows = answer.json()["results"]
    assert (answer.status_code, len(rows)) == (200, 1000)
    for place, row in enumerate(rows):
        if place in bad:
            _, status, code = bad[place]
            assert (row["status"], row["result"], row["problem"]["code"]) == (status, None, code), place
        else:
            assert (row["status"], row["problem"]) == (201, None), row
            assert row["result"]["phone_number"] == numbers[place % 100]
    assert rows[502]["problem"]["required_amount"] == "5000.00"
    assert rows[998]["result"]["new_balance"] == counter.balance() == "9.00"
    assert ChargeSale.objects.count() == 991
    assert Caller(make.auditor()).get(f"sellers/{other.pk}/balance/").json()["credit_balance"] == "10.00"


def test_sales_that_together_pass_the_credit_are_sold_in_their_order_up_to_it() -> None:
    counter = Counter(1000)
    body = [counter.sale(amount, make.phone_number()) for amount in ("6.00", "5.00", "3.00", "2.00", "1.00")]
    rows = counter.caller.post("charge-sales/", body).json()["results"]
    assert [row["status"] for row in rows] == [201, 409, 201, 409, 201]
    assert (rows[1]["problem"]["available_balance"], rows[3]["problem"]["available_balance"]) == ("4.00", "1.00")
    assert counter.balance() == "0.00"
    assert PhoneNumber.objects.count() == 3  # what was refused is not written down


@pytest.mark.parametrize("length", [0, 1001])
def test_a_list_has_one_to_a_thousand_rows(length: int) -> None:
    counter = Counter()
    before = picture.of_everything()
    for path, row in (("charge-sales/", counter.sale()), ("credit-requests/", {"seller": counter.seller.pk})):
        problem_of(counter.caller.post(path, [row] * length), 400, "too_many_rows")
    assert picture.of_everything() == before


def test_a_list_of_refusals_leaves_nothing_and_is_judged_anew() -> None:
    counter = Counter(0)
    before = picture.of_everything()
    body = [counter.sale(), counter.sale("0"), counter.sale(number="x")]
    rows = counter.caller.post("charge-sales/", body, key="batch").json()["results"]
    assert [row["status"] for row in rows] == [409, 400, 400]
    assert picture.of_everything() == before
    make.credited(counter.seller, 500)
    rows = counter.caller.post("charge-sales/", body, key="batch").json()["results"]
    assert [row["status"] for row in rows] == [201, 400, 400]


def test_a_retried_sale_charges_once() -> None:
    counter = Counter()
    first = counter.caller.post("charge-sales/", counter.sale(), key="sale-1")
    again = counter.caller.post("charge-sales/", counter.sale(), key="sale-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counter.balance() == "95.00"


def test_the_same_key_with_another_body_is_refused_and_changes_nothing() -> None:
    counter = Counter()
    counter.caller.post("charge-sales/", counter.sale(), key="sale-1")
    before = picture.of_everything()
    for body in (counter.sale("6.00"), counter.sale(number="09127654321"), [counter.sale()]):
        problem_of(counter.caller.post("charge-sales/", body, key="sale-1"), 422, "idempotency_key_reused")
    problem_of(counter.caller.post("credit-requests/", counter.sale(), key="sale-1"), 400, "invalid_fields")
    asked = {"seller": counter.seller.pk, "amount": 5}
    problem_of(counter.caller.post("credit-requests/", asked, key="sale-1"), 422, "idempotency_key_reused")
    assert picture.of_everything() == before


def test_a_refused_sale_is_judged_anew_under_its_key() -> None:
    counter = Counter(0)
    problem_of(counter.caller.post("charge-sales/", counter.sale(), key="sale-1"), 409, "insufficient_credit")
    assert not IdempotencyKey.objects.filter(key="sale-1").exists()
    make.credited(counter.seller, 500)
    assert counter.caller.post("charge-sales/", counter.sale(), key="sale-1").status_code == 201


@pytest.mark.parametrize("rows", [0, 3])
def test_sixteen_twins_at_once_charge_once_and_get_sixteen_equal_answers(rows: int) -> None:
    counter = Counter()
    body: Any = [counter.sale()] * rows or counter.sale()

    def sell() -> Any:
        return Caller(token=counter.caller.token).post("charge-sales/", body, key="sale-1")

    answers: list[Any] = together([sell] * 16)
    assert {answer.status_code for answer in answers} == {200 if rows else 201}, [a.content for a in answers]
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 15
    assert ChargeSale.objects.count() == Posting.objects.filter(kind="prepaid.charge_sale").count() == (rows or 1)
    assert counter.balance() == ("85.00" if rows else "95.00")


def test_sixteen_sales_at_once_without_a_common_key_sell_what_there_is() -> None:
    """The control of the test above: each is a sale of its own, and together they never pass the credit."""
    counter = Counter(5000)

    def sell() -> Any:
        return Caller(token=counter.caller.token).post("charge-sales/", counter.sale())

    answers: list[Any] = together([sell] * 16)
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 6
    assert min(a.json()["new_balance"] for a in answers if a.status_code == 201) == counter.balance() == "0.00"
    assert {a.json()["shortage"] for a in answers if a.status_code == 409} == {"5.00"}


def test_sixteen_twins_with_two_bodies_sell_one_of_them() -> None:
    counter = Counter()

    def sell(amount: str) -> Any:
        return Caller(token=counter.caller.token).post("charge-sales/", counter.sale(amount), key="sale-1")

    answers: list[Any] = together([lambda amount=amount: sell(amount) for amount in ["5.00", "7.00"] * 8])  # type: ignore[misc]
    sold = {answer.json()["amount"] for answer in answers if answer.status_code == 201}
    assert len(sold) == 1
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [422] * 8
    assert counter.balance() == {"5.00": "95.00", "7.00": "93.00"}[sold.pop()]
