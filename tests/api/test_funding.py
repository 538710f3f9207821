"""Money in and out over HTTP: asked for by its owner, decided once by another, never edited, never for oneself."""

from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tests.funding.asks import balance_of
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.funding.models import FundsRequest

pytestmark = pytest.mark.django_db

JUNK: list[Any] = ["abc", "", None, True, [], {}, "NaN", "1.005", "1e400", "9" * 40, 10**16]


class Bank:
    """Ann with 10.00 in her wallet, and two administrators."""

    def __init__(self) -> None:
        self.ann = Caller(make.approved_deposit(make.customer("ann")).requested_by)
        self.vera, self.mia = Caller(make.admin("vera")), Caller(make.admin("mia"))

    def wallet(self) -> tuple[str, str]:
        """Balance and held."""
        wallet = self.ann.get("wallet/").json()
        return wallet["balance"], wallet["held"]


def test_a_deposit_is_asked_for_seen_and_approved() -> None:
    bank = Bank()
    ann, vera = bank.ann.user, bank.vera.user
    assert ann is not None
    assert vera is not None
    answer = bank.ann.post("deposits/", {"amount": "25.50", "note": "salary"})
    assert answer.status_code == 201
    asked = answer.json()
    assert asked == {
        "id": asked["id"], "kind": "deposit", "account": f"wallet:{ann.pk}", "amount": "25.50", "note": "salary",
        "status": "pending", "requested_by": ann.pk, "requested_by_name": "ann", "requested_at": asked["requested_at"],
        "processed_by": None, "processed_by_name": None, "processed_at": None, "reason": "",
    }  # fmt: skip
    assert bank.wallet() == ("10.00", "0.00")
    path = f"deposits/{asked['id']}/"
    assert bank.ann.get(path).json() == asked
    answer = bank.vera.post(f"{path}approve/", {"reason": "It came"})
    assert answer.status_code == 200
    done = answer.json()
    assert {**done, "processed_at": ""} == {
        **asked, "status": "approved", "processed_by": vera.pk, "processed_by_name": "vera", "processed_at": "",
        "reason": "It came",
    }  # fmt: skip
    assert bank.ann.get(path).json() == done
    assert bank.wallet() == ("35.50", "0.00")
    (event,) = AuditEvent.objects.filter(action="funding.decided", actor_name="vera")
    assert event.face == "api"


def test_a_withdrawal_is_held_and_a_rejected_one_is_back_and_stays_to_be_seen() -> None:
    bank = Bank()
    number = bank.ann.post("withdrawals/", {"amount": 4}).json()["id"]
    assert bank.wallet() == ("6.00", "4.00")
    assert bank.vera.post(f"withdrawals/{number}/reject/", {"reason": "No account given"}).status_code == 200
    assert bank.wallet() == ("10.00", "0.00")
    seen = bank.ann.get(f"withdrawals/{number}/").json()
    assert (seen["status"], seen["processed_by_name"], seen["reason"]) == ("rejected", "vera", "No account given")
    assert seen["processed_at"] is not None
    number = bank.ann.post("withdrawals/", {"amount": "10.00"}).json()["id"]
    assert bank.vera.post(f"withdrawals/{number}/approve/").status_code == 200
    assert bank.wallet() == ("0.00", "0.00")


def test_statements_name_the_request() -> None:
    bank = Bank()
    number = bank.ann.post("withdrawals/", {"amount": "4.00"}).json()["id"]
    newest = bank.ann.get("transactions/").json()["results"][0]
    assert newest["document"] == str(number)
    assert (newest["amount"], newest["direction"], newest["balance_after"]) == ("4.00", "out", "6.00")


def test_a_withdrawal_above_the_balance_is_refused_and_changes_nothing() -> None:
    bank = Bank()
    before = picture.of_everything()
    problem = problem_of(bank.ann.post("withdrawals/", {"amount": "10.01"}, key="a"), 409, "insufficient_funds")
    assert (problem["available"], problem["required"], problem["short"]) == ("10.00", "10.01", "0.01")
    assert picture.of_everything() == before


@pytest.mark.parametrize("path", ["deposits/", "withdrawals/"])
def test_an_amount_that_is_none_is_refused_and_changes_nothing(path: str) -> None:
    bank = Bank()
    before = picture.of_everything()
    nothing: list[Any] = ["0", "0.00", 0, -1, "-0.01"]
    for amount in nothing:
        problem_of(bank.ann.post(path, {"amount": amount}), 400, "amount_not_above_zero")
    for amount in JUNK:
        assert "amount" in problem_of(bank.ann.post(path, {"amount": amount}), 400, "invalid_fields")["fields"]
    nonsense: list[Any] = [
        {},
        [],
        [{"amount": 1}],
        None,
        {"amount": 1, "note": "x" * 201},
        {"amount": 1, "note": ["x"]},
    ]
    for body in nonsense:
        problem_of(bank.ann.post(path, body), 400, "invalid_fields")
    assert picture.of_everything() == before


def test_a_second_decision_is_refused_and_changes_nothing() -> None:
    bank = Bank()
    for kind, ask in (("deposits", make.deposit_request), ("withdrawals", make.withdrawal_request)):
        assert bank.ann.user is not None
        number = ask(bank.ann.user, 100).pk
        assert bank.vera.post(f"{kind}/{number}/approve/").status_code == 200
        before = picture.of_everything()
        for path in (f"{kind}/{number}/approve/", f"{kind}/{number}/reject/"):
            for caller in (bank.vera, bank.mia):
                problem = problem_of(caller.post(path), 409, "already_decided")
                assert (problem["funds_request_id"], problem["state"]) == (number, "approved")
        assert picture.of_everything() == before


def test_nobody_decides_their_own_request() -> None:
    bank = Bank()
    number = bank.vera.post("deposits/", {"amount": "1000.00"}).json()["id"]
    before = picture.of_everything()
    for action in ("approve", "reject"):
        problem_of(bank.vera.post(f"deposits/{number}/{action}/"), 403, "own_request")
        rows = bank.vera.post("funding-requests/decide/", [{"id": number, "action": action}]).json()["results"]
        assert [row["problem"]["code"] for row in rows] == ["own_request"]
    assert picture.of_everything() == before
    problem_of(bank.ann.post(f"deposits/{number}/approve/"), 404, "no_such_request")
    assert bank.mia.post(f"deposits/{number}/approve/").status_code == 200


def test_who_asks_and_who_decides_is_taken_from_the_login() -> None:
    bank = Bank()
    mia = bank.mia.user
    assert mia is not None
    lies = {"requested_by": mia.pk, "account": f"wallet:{mia.pk}", "owner": mia.pk, "owner_id": mia.pk,
            "status": "approved", "processed_by": mia.pk, "decided_by": mia.pk}  # fmt: skip
    asked = bank.ann.post("deposits/", {"amount": "1.00", **lies}).json()
    assert (asked["requested_by_name"], asked["status"], asked["processed_by"]) == ("ann", "pending", None)
    assert asked["account"] == f"wallet:{bank.ann.user.pk if bank.ann.user else 0}"
    done = bank.vera.post(f"deposits/{asked['id']}/approve/", {"processed_by": mia.pk, "actor": mia.pk}).json()
    assert done["processed_by_name"] == "vera"
    own = bank.vera.post("deposits/", {"amount": "1.00"}).json()["id"]
    problem_of(bank.vera.post(f"deposits/{own}/approve/", {"processed_by": mia.pk}), 403, "own_request")


def test_what_stands_is_neither_edited_nor_deleted_by_anybody() -> None:
    bank = Bank()
    assert bank.ann.user is not None
    waiting, done = make.deposit_request(bank.ann.user), make.approved_deposit(bank.ann.user)
    before = picture.of_everything()
    for caller in (bank.ann, bank.vera):
        for number in (waiting.pk, done.pk):
            for send in (caller.put, caller.patch):
                problem_of(send(f"deposits/{number}/", {"amount": "1000.00"}), 405, "method_not_allowed")
            problem_of(caller.delete(f"deposits/{number}/"), 405, "method_not_allowed")
    assert picture.of_everything() == before


def test_a_foreign_request_is_missing_and_an_own_one_is_not_the_owners_to_decide() -> None:
    bank, ben = Bank(), Caller(make.customer())
    assert bank.ann.user is not None
    number = make.deposit_request(bank.ann.user).pk
    before = picture.of_everything()
    problem_of(ben.get(f"deposits/{number}/"), 404, "no_such_request")
    for action in ("approve", "reject"):
        problem_of(ben.post(f"deposits/{number}/{action}/"), 404, "no_such_request")
        problem_of(bank.ann.post(f"deposits/{number}/{action}/"), 403, "denied")
        problem_of(bank.vera.post(f"withdrawals/{number}/{action}/"), 404, "no_such_request")
        problem_of(bank.vera.post(f"deposits/{10**18 - 1}/{action}/"), 404, "no_such_request")
    assert ben.get("deposits/").json()["results"] == ben.get("funding-requests/").json()["results"] == []
    assert picture.of_everything() == before


def test_a_list_is_decided_row_by_row() -> None:
    bank = Bank()
    assert bank.ann.user is not None
    first, second = make.deposit_request(bank.ann.user, 100), make.withdrawal_request(bank.ann.user, 100)
    own, done = make.deposit_request(bank.vera.user), make.approved_deposit()
    body: list[Any] = [
        {"id": first.pk, "action": "approve", "reason": "seen"},
        {"id": own.pk, "action": "approve"},
        {"id": second.pk, "action": "reject", "processed_by": 1},
        {"id": second.pk, "action": "approve"},
        {"id": done.pk, "action": "approve"},
        {"id": 987654, "action": "approve"},
        {"id": first.pk, "action": "destroy"},
        {"id": "x", "action": "approve"},
        {"id": first.pk, "action": "reject", "reason": "x" * 201},
        "nonsense",
    ]
    answer = bank.vera.post("funding-requests/decide/", body, key="evening")
    assert answer.status_code == 200
    rows = answer.json()["results"]
    assert [row["status"] for row in rows] == [200, 403, 200, 409, 409, 404, 400, 400, 400, 400]
    assert [(row["result"] or {}).get("status") for row in rows[:3]] == ["approved", None, "rejected"]
    assert rows[0]["result"]["processed_by_name"] == "vera"
    assert balance_of(first) == 1100
    before = picture.of_everything()
    again = bank.vera.post("funding-requests/decide/", body, key="evening")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == answer.json()
    assert picture.of_everything() == before


def test_a_list_of_decisions_is_a_list_and_not_too_long() -> None:
    bank = Bank()
    number = make.deposit_request(bank.ann.user).pk
    before = picture.of_everything()
    one = {"id": number, "action": "approve"}
    problem_of(bank.vera.post("funding-requests/decide/", one), 400, "invalid_fields")
    for body in ([], [one] * 1001):
        problem_of(bank.vera.post("funding-requests/decide/", body), 400, "too_many_rows")
    problem_of(bank.ann.post("funding-requests/decide/", [one]), 403, "denied")
    assert picture.of_everything() == before


def test_lists_are_narrowed_by_kind_and_status() -> None:
    bank = Bank()
    user = bank.ann.user
    assert user is not None
    make.decided(make.withdrawal_request(user, 100), approve=False)
    make.withdrawal_request(user, 100)
    make.deposit_request(user)
    told = {
        path: [(row["kind"], row["status"]) for row in bank.ann.get(path).json()["results"]]
        for path in ("deposits/", "withdrawals/?status=rejected", "funding-requests/?status=pending",
                     "funding-requests/?kind=withdrawal&status=pending", "funding-requests/?kind=credit")
    }  # fmt: skip
    assert list(told.values()) == [
        [("deposit", "pending"), ("deposit", "approved")],
        [("withdrawal", "rejected")],
        [("deposit", "pending"), ("withdrawal", "pending")],
        [("withdrawal", "pending")],
        [],
    ]
    for path in ("deposits/?status=lost", "deposits/?kind=deposit", "funding-requests/?kind=gift"):
        problem_of(bank.ann.get(path), 400, "invalid_fields")


@pytest.mark.parametrize("path", ["deposits/", "withdrawals/"])
def test_the_same_key_asks_once_however_often_it_is_sent(path: str) -> None:
    bank = Bank()
    answers = together([lambda: bank.ann.post(path, {"amount": "2.00"}, key="twice") for _ in range(8)])
    told = [answer.json() for answer in answers if not isinstance(answer, Exception)]
    assert told == [told[0]] * 8
    assert FundsRequest.objects.filter(state="pending").count() == 1
    problem_of(bank.ann.post(path, {"amount": "3.00"}, key="twice"), 422, "idempotency_key_reused")


def test_an_approval_sent_again_under_its_key_is_the_first_answer() -> None:
    bank = Bank()
    number = make.deposit_request(bank.ann.user, 100).pk
    first = bank.vera.post(f"deposits/{number}/approve/", key="once")
    again = bank.vera.post(f"deposits/{number}/approve/", key="once")
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert bank.wallet() == ("11.00", "0.00")
