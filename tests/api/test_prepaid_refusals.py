"""What must be impossible for sellers and with them: each refusal by its code, and nothing changed."""

from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tradepost.prepaid.models import Seller

pytestmark = pytest.mark.django_db


def sale_of(seller: Seller, amount: Any = "5.00", number: Any = "09121234567") -> dict[str, Any]:
    """The body of a charge."""
    return {"seller_id": seller.pk, "phone_number": number, "amount": amount}


def refused(caller: Caller, path: str, body: Any, status: int, code: str, *, method: str = "post") -> dict[str, Any]:
    """The problem of a change that must be refused and leave every table as it was."""
    before = picture.of_everything()
    problem = problem_of(caller.send(method, path, body), status, code)
    assert picture.of_everything() == before
    return problem


def test_a_seller_never_approves_its_own_credit() -> None:
    seller = make.seller()
    asked = make.credit_request(seller)
    body = {"action": "approve", "processed_by": make.admin().pk}
    path = f"credit-requests/{asked.pk}/process/"
    refused(Caller(make.login_of(seller)), path, body, 403, "denied")
    refused(Caller(make.login_of(seller)), "funding-requests/decide/", [{"id": asked.pk, **body}], 403, "denied")


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_an_administrator_who_is_the_seller_or_who_asked_does_not_decide(action: str) -> None:
    boss, helper = make.admin(), make.admin()
    seller = make.seller(user_id=boss.pk)
    own = make.credit_request(seller)
    asked = Caller(helper).post("credit-requests/", {"seller": seller.pk, "amount": 5}).json()
    for caller, number in ((Caller(boss), own.pk), (Caller(boss), asked["id"]), (Caller(helper), asked["id"])):
        refused(caller, f"credit-requests/{number}/process/", {"action": action}, 403, "own_request")
    answer = Caller(helper).post(f"credit-requests/{own.pk}/process/", {"action": action})
    assert (answer.status_code, answer.json()["processed_by"]) == (200, helper.pk)


def test_who_became_the_login_while_a_request_waited_does_not_decide_it() -> None:
    seller, boss = make.seller(), make.admin()
    asked = make.credit_request(seller)
    Caller(make.admin()).patch(f"sellers/{seller.pk}/", {"user": boss.pk})
    refused(Caller(boss), f"credit-requests/{asked.pk}/process/", {"action": "approve"}, 403, "own_request")


def test_only_administrators_decide_and_others_hear_of_their_own_requests_alone() -> None:
    asked, shop = make.credit_request(make.seller()), make.store()
    path, body = f"credit-requests/{asked.pk}/process/", {"action": "approve"}
    refused(Caller(make.auditor()), path, body, 403, "denied")
    for stranger in (make.customer(), make.manager(shop), make.login_of(make.seller())):
        refused(Caller(stranger), path, body, 404, "no_such_request")
    deposit = make.deposit_request()
    refused(Caller(make.admin()), f"credit-requests/{deposit.pk}/process/", body, 404, "no_such_request")


def test_credit_is_decided_once() -> None:
    seller, admin = make.seller(), Caller(make.admin())
    for first in (True, False):
        asked = make.decided(make.credit_request(seller), approve=first)
        for action in ("approve", "reject"):
            problem = refused(admin, f"credit-requests/{asked.pk}/process/", {"action": action}, 409, "already_decided")
            assert (problem["funds_request_id"], problem["state"]) == (asked.pk, "approved" if first else "rejected")


@pytest.mark.parametrize(
    "body", [{}, {"action": "perhaps"}, {"action": None}, {"action": ["approve"]}, {"action": {}}, [],
             {"action": "approve", "reason": "x" * 201}, {"action": "approve", "reason": {"a": 1}}, None, 7]
)  # fmt: skip
def test_a_decision_that_is_none_is_refused(body: Any) -> None:
    asked = make.credit_request(make.seller())
    refused(Caller(make.admin()), f"credit-requests/{asked.pk}/process/", body, 400, "invalid_fields")


def test_nobody_sells_or_asks_for_another() -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    shop = make.store()
    for user in (make.login_of(mine), make.customer(), make.staff(shop), make.manager(shop)):
        refused(Caller(user), "charge-sales/", sale_of(other), 404, "no_such_seller")
        refused(Caller(user), "charge-sales/", sale_of(other) | {"seller_id": 999}, 404, "no_such_seller")
        refused(Caller(user), "credit-requests/", {"seller": other.pk, "amount": 5}, 404, "no_such_seller")
    refused(Caller(make.auditor()), "charge-sales/", sale_of(other), 403, "denied")
    refused(Caller(make.auditor()), "credit-requests/", {"seller": other.pk, "amount": 5}, 403, "denied")


def test_who_sells_is_taken_from_the_login_and_never_from_the_body() -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    body = sale_of(other) | {"user": other.user_id, "operator": other.user_id, "actor": make.admin().pk, "seller": 1}
    refused(Caller(make.login_of(mine)), "charge-sales/", body, 404, "no_such_seller")
    answer = Caller(make.login_of(other)).post("charge-sales/", body | {"operator": mine.user_id}).json()
    row = Caller(make.auditor()).get(f"charge-sales/{answer['transaction_id']}/").json()
    assert row["operator"] == other.user_id


def test_who_acted_for_a_seller_no_longer_does() -> None:
    seller = make.seller(credit_minor=1000)
    old, new = make.login_of(seller), make.customer()
    assert Caller(make.admin()).patch(f"sellers/{seller.pk}/", {"user": new.pk}).status_code == 200
    refused(Caller(old), "charge-sales/", sale_of(seller), 404, "no_such_seller")
    assert Caller(new).post("charge-sales/", sale_of(seller)).status_code == 201


def test_an_inactive_seller_neither_sells_nor_asks() -> None:
    seller, boss = make.seller(credit_minor=1000), Caller(make.admin())
    caller = Caller(make.login_of(seller))
    boss.patch(f"sellers/{seller.pk}/", {"active": False})
    for who in (caller, boss):
        problem = refused(who, "charge-sales/", sale_of(seller), 409, "seller_inactive")
        assert problem["seller_id"] == seller.pk
        refused(who, "credit-requests/", {"seller": seller.pk, "amount": 5}, 409, "seller_inactive")
    assert caller.get(f"sellers/{seller.pk}/balance/").json()["credit_balance"] == "10.00"
    boss.patch(f"sellers/{seller.pk}/", {"active": True})
    assert caller.post("charge-sales/", sale_of(seller)).status_code == 201


def test_too_little_credit_says_how_much_is_missing() -> None:
    seller = make.seller(credit_minor=1000)
    caller = Caller(make.login_of(seller))
    problem = refused(caller, "charge-sales/", sale_of(seller, "12.50"), 409, "insufficient_credit")
    figures = ("error", "available_balance", "required_amount", "shortage", "title")
    assert [problem[name] for name in figures] == [
        "Insufficient balance", "10.00", "12.50", "2.50", "Insufficient balance",
    ]  # fmt: skip
    make.charge(seller, 100, "09121234567")  # and the same for a number that is known
    problem = refused(caller, "charge-sales/", sale_of(seller, "9.01"), 409, "insufficient_credit")
    assert [problem[name] for name in figures[1:4]] == ["9.00", "9.01", "0.01"]


def test_a_limit_can_be_sold_up_to_and_no_further() -> None:
    seller = make.seller(credit_minor=1000, limit_minor=500)
    caller = Caller(make.login_of(seller))
    assert caller.post("charge-sales/", sale_of(seller, 14)).json()["new_balance"] == "-4.00"
    problem = refused(caller, "charge-sales/", sale_of(seller, "1.01"), 409, "insufficient_credit")
    assert (problem["available_balance"], problem["shortage"]) == ("1.00", "0.01")
    assert caller.post("charge-sales/", sale_of(seller, 1)).json()["new_balance"] == "-5.00"


def test_a_limit_is_not_lowered_below_the_present_debt() -> None:
    seller, admin = make.seller(limit_minor=500), Caller(make.admin())
    make.charge(seller, 400)
    path = f"sellers/{seller.pk}/"
    for method in ("patch", "put"):
        body = {"name": "Other", "limit": "3.99", "active": False}
        refused(admin, path, body, 409, "limit_below_debt", method=method)
    assert admin.patch(path, {"limit": "4.00"}).json()["limit"] == "4.00"


@pytest.mark.parametrize("limit", ["-1", "0.001", "NaN", 10**30, "1e400", None, True, [], {}, "", "ten"])
def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    seller, admin = make.seller(), Caller(make.admin())
    for path, method in (("sellers/", "post"), (f"sellers/{seller.pk}/", "patch")):
        problem = refused(admin, path, {"name": "Kiosk", "limit": limit}, 400, "invalid_fields", method=method)
        assert list(problem["fields"]) == ["limit"]


def test_a_login_acts_for_one_seller() -> None:
    seller, other, admin = make.seller(), make.seller(), Caller(make.admin())
    problem = refused(admin, "sellers/", {"name": "Kiosk", "user": seller.user_id}, 409, "login_taken")
    assert problem["user_id"] == seller.user_id
    body = {"user": seller.user_id}
    refused(admin, f"sellers/{other.pk}/", body, 409, "login_taken", method="patch")
    assert admin.patch(f"sellers/{seller.pk}/", body).status_code == 200


@pytest.mark.parametrize("user", [999, 0, -1, 2**63, 10**30, "x", True, [1], {"id": 1}, 1.5])
def test_nobody_who_is_nobody_acts_for_a_seller(user: Any) -> None:
    problem = refused(Caller(make.admin()), "sellers/", {"name": "Kiosk", "user": user}, 400, "invalid_fields")
    assert list(problem["fields"]) == ["user"]


def test_neither_the_program_itself_nor_somebody_shut_out_acts_for_a_seller() -> None:
    gone, admin = make.customer(), Caller(make.admin())
    admin.post(f"users/{gone.pk}/deactivate/")
    for user_id in (make.console().user_id, gone.pk):
        refused(admin, "sellers/", {"name": "Kiosk", "user": user_id}, 400, "invalid_fields")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", None), ("name", "x" * 151), ("name", ["a"]), ("name", {"a": 1}), ("name", "a\tb\x07"),
        ("email", "nobody"), ("email", ["a@b.example"]), ("phone", "12"), ("phone", "call me"), ("phone", {}),
        ("active", "perhaps"), ("active", None), ("active", []), ("active", 7),
    ],
)  # fmt: skip
def test_a_seller_of_nonsense_is_refused(field: str, value: Any) -> None:
    problem = refused(Caller(make.admin()), "sellers/", {"name": "Kiosk", field: value}, 400, "invalid_fields")
    assert list(problem["fields"]) == [field]


def test_a_seller_with_history_is_not_deleted() -> None:
    asked, credited, sold = make.seller(), make.seller(credit_minor=100), make.seller(limit_minor=100)
    rejected = make.seller()
    make.credit_request(asked)
    make.decided(make.credit_request(rejected), approve=False)
    make.charge(sold)
    for seller in (asked, credited, sold, rejected):
        refused(Caller(make.admin()), f"sellers/{seller.pk}/", None, 409, "seller_has_history", method="delete")


def test_only_administrators_change_sellers() -> None:
    seller = make.seller()
    for user in (make.login_of(seller), make.customer(), make.manager(make.store()), make.auditor()):
        for path, method in (("sellers/", "post"), *((f"sellers/{seller.pk}/", m) for m in ("put", "patch", "delete"))):
            refused(Caller(user), path, {"name": "Mine", "limit": 10**6}, 403, "denied", method=method)


def test_a_visitor_is_nobody() -> None:
    seller = make.seller(credit_minor=1000)
    asked = make.credit_request(seller)
    for path, body in (
        ("sellers/", {"name": "x"}), ("charge-sales/", sale_of(seller)), ("credit-requests/", {"seller": 1}),
        (f"credit-requests/{asked.pk}/process/", {"action": "approve"}),
    ):  # fmt: skip
        refused(Caller(), path, body, 401, "not_authenticated")


def test_nobody_edits_or_deletes_what_was_sold_or_decided() -> None:
    seller, admin = make.seller(credit_minor=1000), Caller(make.admin())
    sold, asked = make.charge(seller), make.credited(seller, 100)
    for path in (
        f"charge-sales/{sold.id}/", f"credit-requests/{asked.pk}/", f"phone-numbers/{sold.phone_number_id}/",
        f"sellers/{seller.pk}/transactions/", f"sellers/{seller.pk}/balance/", "transactions/",
    ):  # fmt: skip
        for method in ("put", "patch", "delete"):
            refused(admin, path, {"amount": "1.00"}, 405, "method_not_allowed", method=method)
