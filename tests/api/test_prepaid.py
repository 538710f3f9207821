"""Sellers, credit, charges and numbers: every shape as it was promised, to the letter."""

from typing import Any

import pytest

from tests import make
from tests.api.caller import Caller, problem_of
from tradepost.audit.models import AuditEvent
from tradepost.books import services as books
from tradepost.prepaid.models import Seller

pytestmark = pytest.mark.django_db

AT = "2026-03-02T09:30:00Z"


def caller_of(seller: Seller) -> Caller:
    """Whoever acts for the seller, with a token."""
    return Caller(make.login_of(seller))


def sale_of(seller: Seller, number: str = "09121234567", amount: Any = "5.00") -> dict[str, Any]:
    """The body of a charge."""
    return {"seller_id": seller.pk, "phone_number": number, "amount": amount}


def test_a_seller_is_added_read_changed_and_removed() -> None:
    admin, sam = Caller(make.admin()), make.customer("sam")
    given = {"name": "Sam's Kiosk", "email": "SAM@example.com", "phone": "0912 765 4321", "user": sam.pk, "limit": 250}
    answer = admin.post("sellers/", given)
    added = answer.json()
    assert answer.status_code == 201
    assert added == {
        "id": added["id"], "name": "Sam's Kiosk", "email": "sam@example.com", "phone": "+989127654321", "active": True,
        "user": sam.pk, "limit": "250.00", "credit_balance": "0.00", "url": f"/api/sellers/{added['id']}/",
    }  # fmt: skip
    path = f"sellers/{added['id']}/"
    assert admin.get(path).json() == added == admin.client.get(added["url"]).json()
    changed = admin.patch(path, {"active": False, "limit": "1.5"}).json()
    assert changed == added | {"active": False, "limit": "1.50"}
    changed = admin.put(path, {"name": "Kiosk", "active": True, "user": None}).json()
    assert changed == added | {"name": "Kiosk", "user": None, "limit": "1.50"}
    problem_of(admin.put(path, {"active": True}), 400, "invalid_fields")
    assert admin.delete(path).status_code == 204
    problem_of(admin.get(path), 404, "no_such_seller")
    actions = AuditEvent.objects.filter(action__startswith="prepaid.").order_by("id").values_list("action", flat=True)
    assert list(actions) == [f"prepaid.seller_{verb}" for verb in ("added", "changed", "changed", "deleted")]


def test_only_a_name_is_needed() -> None:
    answer = Caller(make.admin()).post("sellers/", {"name": "Kiosk"})
    assert answer.json() | {"id": 0, "url": ""} == {
        "id": 0, "name": "Kiosk", "email": "", "phone": "", "active": True, "user": None, "limit": "0.00",
        "credit_balance": "0.00", "url": "",
    }  # fmt: skip


def test_sellers_are_searched_filtered_and_ordered() -> None:
    make.seller("Anna", email="shop@anna.example")
    make.seller("Bert", active=False, phone="09121234567", credit_minor=0)
    make.seller("Carl", credit_minor=700, limit_minor=300)
    auditor = Caller(make.auditor())
    found = {
        "": ["Anna", "Bert", "Carl"], "?search=shop@anna": ["Anna"], "?search=912123": ["Bert"], "?search=r": ["Bert",
        "Carl"], "?active=false": ["Bert"], "?active=true&ordering=-name": ["Carl", "Anna"],
        "?ordering=-created_at": ["Anna", "Bert", "Carl"], "?page_size=1&page=2": ["Bert"], "?search=nobody": [],
    }  # fmt: skip
    for query, names in found.items():
        assert [row["name"] for row in auditor.get(f"sellers/{query}").json()["results"]] == names, query
    [carl] = auditor.get("sellers/?search=carl").json()["results"]
    assert (carl["credit_balance"], carl["limit"]) == ("7.00", "3.00")


def test_a_seller_sees_itself_and_others_see_none() -> None:
    mine, other = make.seller(), make.seller()
    shop = make.store()
    seller = caller_of(mine)
    assert [row["id"] for row in seller.get("sellers/").json()["results"]] == [mine.pk]
    assert seller.get(f"sellers/{mine.pk}/").json()["id"] == mine.pk
    for tail in ("", "balance/", "transactions/", "reconcile/"):
        problem_of(seller.get(f"sellers/{other.pk}/{tail}"), 404, "no_such_seller")
        problem_of(seller.get(f"sellers/999/{tail}"), 404, "no_such_seller")
    for stranger in (make.customer(), make.staff(shop), make.manager(shop)):
        assert Caller(stranger).get("sellers/").json()["results"] == []
        problem_of(Caller(stranger).get(f"sellers/{mine.pk}/"), 404, "no_such_seller")


def test_a_balance_has_the_promised_shape() -> None:
    seller = make.seller("Sam", credit_minor=5000000)
    make.charge(seller, 500)
    assert caller_of(seller).get(f"sellers/{seller.pk}/balance/").json() == {
        "seller_id": seller.pk, "name": "Sam", "credit_balance": "49995.00",
    }  # fmt: skip
    assert Caller(make.auditor()).get(f"sellers/{make.seller('New').pk}/balance/").json()["credit_balance"] == "0.00"


def test_credit_is_asked_for_and_approved_once() -> None:
    seller, boss = make.seller(), make.admin("boss")
    user = make.login_of(seller)
    sam, admin = Caller(user), Caller(boss)
    answer = sam.post("credit-requests/", {"seller": seller.pk, "amount": "50000.00", "note": "For Nowruz"})
    asked = answer.json()
    assert answer.status_code == 201
    assert asked == {
        "id": asked["id"], "kind": "credit", "account": f"credit:{seller.pk}", "seller": seller.pk,
        "amount": "50000.00", "note": "For Nowruz", "status": "pending", "requested_by": user.pk,
        "requested_by_name": user.username, "requested_at": asked["requested_at"], "processed_by": None,
        "processed_by_name": None, "processed_at": None, "reason": "",
    }  # fmt: skip
    path = f"credit-requests/{asked['id']}/"
    assert sam.get(path).json() == asked
    assert sam.get(f"sellers/{seller.pk}/balance/").json()["credit_balance"] == "0.00"
    body = {"action": "approve", "reason": "Paid in cash", "processed_by": seller.user_id}
    answer = admin.post(f"{path}process/", body)
    assert answer.status_code == 200
    decided = {"status": "approved", "processed_by": boss.pk, "processed_by_name": "boss", "reason": "Paid in cash"}
    assert answer.json() == asked | decided | {"processed_at": answer.json()["processed_at"]}
    assert sam.get(path).json() == answer.json()
    assert sam.get(f"sellers/{seller.pk}/balance/").json()["credit_balance"] == "50000.00"
    problem_of(admin.post(f"{path}process/", {"action": "approve"}), 409, "already_decided")
    problem_of(admin.post(f"{path}process/", {"action": "reject"}), 409, "already_decided")
    assert sam.get(f"sellers/{seller.pk}/balance/").json()["credit_balance"] == "50000.00"


def test_rejected_credit_gives_nothing_and_stays_visible() -> None:
    seller = make.seller()
    asked = make.credit_request(seller, 700)
    body = {"action": "reject", "reason": "Too early"}
    answer = Caller(make.admin()).post(f"credit-requests/{asked.pk}/process/", body)
    assert (answer.status_code, answer.json()["status"], answer.json()["reason"]) == (200, "rejected", "Too early")
    [row] = caller_of(seller).get("credit-requests/?status=rejected").json()["results"]
    assert row == answer.json()
    assert caller_of(seller).get(f"sellers/{seller.pk}/balance/").json()["credit_balance"] == "0.00"


def test_credit_requests_are_listed_by_status_and_seller() -> None:
    ann, bob = make.seller(), make.seller()
    waiting, approved, other = make.credit_request(ann), make.credited(ann, 100), make.credit_request(bob)
    make.deposit_request(ann.user)
    admin = Caller(make.admin())
    found = {
        "": [other, approved, waiting], "?status=pending": [other, waiting], "?status=approved": [approved],
        "?status=rejected": [], f"?seller={ann.pk}": [approved, waiting], f"?seller={bob.pk}&status=approved": [],
    }  # fmt: skip
    for query, requests in found.items():
        rows = admin.get(f"credit-requests/{query}").json()["results"]
        assert [row["id"] for row in rows] == [one.pk for one in requests], query
    assert [row["id"] for row in caller_of(ann).get("credit-requests/").json()["results"]] == [approved.pk, waiting.pk]
    assert Caller(make.customer()).get("credit-requests/").json()["results"] == []
    problem_of(caller_of(ann).get(f"credit-requests/{other.pk}/"), 404, "no_such_request")
    problem_of(admin.get(f"credit-requests/{make.deposit_request().pk}/"), 404, "no_such_request")


def test_the_new_login_of_a_seller_sees_all_its_requests_and_the_old_one_what_it_asked_for() -> None:
    seller = make.seller()
    old, new = seller.user, make.customer()
    first = make.credited(seller, 100)
    Caller(make.admin()).patch(f"sellers/{seller.pk}/", {"user": new.pk})
    assert [row["id"] for row in Caller(new).get("credit-requests/").json()["results"]] == [first.pk]
    assert [row["id"] for row in Caller(old).get("credit-requests/").json()["results"]] == [first.pk]
    assert Caller(old).get("sellers/").json()["results"] == []
    assert Caller(old).get("transactions/").json()["results"] == []
    assert [row["type"] for row in Caller(new).get("transactions/").json()["results"]] == ["credit_increase"]


def test_a_list_of_credit_requests_is_answered_row_by_row() -> None:
    seller, idle = make.seller(), make.seller()
    admin = Caller(make.admin())
    admin.patch(f"sellers/{idle.pk}/", {"active": False})
    body: list[Any] = [
        {"seller": number, "amount": amount} for number, amount in ((seller.pk, 5), (idle.pk, 5), (999, 5))
    ]
    body += [{"seller": seller.pk, "amount": 0}, {"amount": 1}, {"seller": seller.pk, "amount": "7.00"}]
    rows = admin.post("credit-requests/", body).json()["results"]
    assert [row["status"] for row in rows] == [201, 409, 404, 400, 400, 201]
    assert [row["problem"] and row["problem"]["code"] for row in rows] == [
        None, "seller_inactive", "no_such_seller", "amount_not_above_zero", "invalid_fields", None,
    ]  # fmt: skip
    assert [row["result"]["amount"] for row in rows if row["result"]] == ["5.00", "7.00"]


def test_a_charge_has_the_promised_shape() -> None:
    seller = make.seller(credit_minor=5000000)
    answer = caller_of(seller).post("charge-sales/", sale_of(seller, "۰۹۱۲ ۱۲۳ ۴۵۶۷", "5000.00"))
    sold = answer.json()
    assert answer.status_code == 201
    assert sold == {
        "status": "success", "message": "Charged 5000.00 to +989121234567.", "transaction_id": sold["transaction_id"],
        "seller_id": seller.pk, "phone_number": "+989121234567", "amount": "5000.00", "new_balance": "45000.00",
    }  # fmt: skip


def test_a_charge_can_be_read_and_found() -> None:
    seller, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    sam = caller_of(seller)
    sold = sam.post("charge-sales/", sale_of(seller)).json()
    make.charge(other, 100, "09127654321")
    row = sam.get(f"charge-sales/{sold['transaction_id']}/").json()
    assert row | {"at": "", "posting": 0, "phone_number_id": 0} == {
        "transaction_id": sold["transaction_id"], "seller_id": seller.pk, "seller_name": seller.name,
        "phone_number_id": 0, "phone_number": "+989121234567", "amount": "5.00", "balance_after": "5.00",
        "operator": seller.user_id, "operator_name": make.login_of(seller).username, "at": "", "posting": 0,
    }  # fmt: skip
    day = row["at"][:10]
    admin = Caller(make.admin())
    counts = {
        "": 2, f"?seller_id={seller.pk}": 1, "?phone_number=0912123": 1, "?phone_number=۷۶۵": 1, "?phone_number=555": 0,
        "?phone_number=mobile": 0, f"?start_date={day}": 1, "?end_date=2026-03-02": 1,
    }  # fmt: skip
    for query, count in counts.items():
        assert len(admin.get(f"charge-sales/{query}").json()["results"]) == count, query
    assert sam.get("charge-sales/").json()["results"] == [row]
    problem_of(caller_of(other).get(f"charge-sales/{sold['transaction_id']}/"), 404, "missing")


def test_a_statement_tells_of_credit_and_charges_with_their_numbers() -> None:
    seller = make.seller(credit_minor=1000)
    sold = make.charge(seller, 300, "09121234567")
    sam, auditor = caller_of(seller), Caller(make.auditor())
    charge, credit = sam.get(f"sellers/{seller.pk}/transactions/").json()["results"]
    assert charge == {
        "id": sold.id, "type": "charge_sale", "amount": "3.00", "direction": "out", "balance_after": "7.00", "at": AT,
        "document": charge["document"], "source_account": f"credit:{seller.pk}",
        "destination_account": f"~phone:{sold.phone_number_id}", "seller_id": seller.pk,
        "phone_number": "+989121234567", "posting": sold.posting_id,
    }  # fmt: skip
    assert credit == {
        "id": credit["id"], "type": "credit_increase", "amount": "10.00", "direction": "in", "balance_after": "10.00",
        "at": AT, "document": credit["document"], "source_account": "~issued",
        "destination_account": f"credit:{seller.pk}", "seller_id": seller.pk, "phone_number": None,
        "posting": credit["posting"],
    }  # fmt: skip
    for path in (f"sellers/{seller.pk}/transactions/?", f"transactions/?seller_id={seller.pk}&"):
        for caller in (sam, auditor):
            assert caller.get(f"{path}type=charge_sale").json()["results"] == [charge]
            assert caller.get(f"{path}type=credit_increase").json()["results"] == [credit]
            assert caller.get(path).json()["results"] == [charge, credit]
            assert caller.get(f"{path}end_date=2026-03-01").json()["results"] == []
    assert sam.get("transactions/").json()["results"] == [charge, credit]
    problem_of(sam.get(f"sellers/{seller.pk}/transactions/?type=sale"), 400, "invalid_fields")


def test_the_transaction_a_charge_answers_is_the_one_the_statement_lists() -> None:
    seller = make.seller(credit_minor=10000)
    sam = caller_of(seller)
    single = sam.post("charge-sales/", sale_of(seller)).json()["transaction_id"]
    rows = sam.post("charge-sales/", [sale_of(seller)] * 3).json()["results"]
    ids = [single, *(row["result"]["transaction_id"] for row in rows)]
    listed = sam.get("transactions/?type=charge_sale").json()["results"]
    assert [row["id"] for row in listed] == ids[::-1]
    assert [row["balance_after"] for row in listed] == ["80.00", "85.00", "90.00", "95.00"]


def test_a_seller_sees_no_transaction_of_another_and_reads_what_was_booked_for_its_own() -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    own, foreign = make.charge(mine, 100, "09121234567"), make.charge(other, 100, "09121234567")
    sam = caller_of(mine)
    assert {row["seller_id"] for row in sam.get("transactions/").json()["results"]} == {mine.pk}
    problem_of(sam.get(f"transactions/?seller_id={other.pk}"), 400, "invalid_fields")
    assert sam.get(f"transactions/?account=credit:{other.pk}").json()["results"] == []
    assert sam.get(f"postings/{own.posting_id}/").json()["kind"] == "prepaid.charge_sale"
    assert {row["id"] for row in sam.get("postings/?kind=prepaid.charge_sale").json()["results"]} == {own.posting_id}
    problem_of(sam.get(f"postings/{foreign.posting_id}/"), 404, "missing")
    assert [row["code"] for row in sam.get("accounts/").json()["results"]] == [f"credit:{mine.pk}"]


def test_transactions_between_an_account_and_a_seller() -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    sold = make.charge(mine, 100, "09121234567")
    make.charge(other, 100, "09121234567")
    path = f"transactions/?account=~phone:{sold.phone_number_id}"
    admin = Caller(make.admin())
    assert len(admin.get(path).json()["results"]) == 2
    [row] = admin.get(f"{path}&seller_id={mine.pk}").json()["results"]
    assert (row["id"], row["direction"], row["balance_after"]) == (sold.id, "in", None)


def test_every_kind_of_posting_is_a_type_by_its_last_part() -> None:
    person = make.customer()
    make.approved_deposit(person, 1000)
    for approve in (True, False):
        make.decided(make.withdrawal_request(person, 100), approve=approve)
    types = [row["type"] for row in Caller(person).get("transactions/").json()["results"]]
    assert types == ["withdrawal_rejected", "withdrawal_asked", "withdrawal_asked", "deposit"]
    admin = Caller(make.admin())
    for kind in {*types, "withdrawal"}:
        assert {row["type"] for row in admin.get(f"transactions/?type={kind}").json()["results"]} == {kind}
    for kind in ("till.sale", "gift", "", "funding.deposit"):
        problem_of(admin.get(f"transactions/?type={kind}"), 400, "invalid_fields")


def test_reconcile_has_the_promised_shape() -> None:
    seller = make.seller("Sam", credit_minor=1000)
    make.charge(seller, 300)
    expected = {
        "seller_id": seller.pk, "name": "Sam", "current_balance": "7.00", "calculated_from_transactions": "7.00",
        "is_reconciled": True, "difference": "0.00", "total_transactions": 2,
    }  # fmt: skip
    assert caller_of(seller).get(f"sellers/{seller.pk}/reconcile/").json() == expected
    new = make.seller("Ann")
    fresh = expected | {"seller_id": new.pk, "name": "Ann", "total_transactions": 0}
    fresh |= dict.fromkeys(("current_balance", "calculated_from_transactions"), "0.00")
    auditor = Caller(make.auditor())
    assert auditor.get("sellers/reconcile/").json()["results"] == [fresh, expected]
    assert auditor.get("sellers/reconcile/?page_size=1&page=2").json()["results"] == [expected]
    problem_of(caller_of(seller).get("sellers/reconcile/"), 403, "denied")


def test_reconcile_names_the_difference_that_somebody_made_by_hand() -> None:
    from tradepost.books.models import Account

    seller = make.seller(credit_minor=1000)
    Account.objects.filter(code=f"credit:{seller.pk}").update(balance_minor=1250)
    found = Caller(make.auditor()).get(f"sellers/{seller.pk}/reconcile/").json()
    assert (found["is_reconciled"], found["difference"], found["current_balance"]) == (False, "2.50", "12.50")
    assert found["calculated_from_transactions"] == "10.00"


def test_numbers_keep_their_total_and_their_transactions() -> None:
    ann, bob = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    first, second = make.charge(ann, 100, "09121234567"), make.charge(bob, 250, "+98 912 123 4567")
    third = make.charge(bob, 40, "09127654321")
    assert first.phone_number_id == second.phone_number_id
    admin = Caller(make.admin())
    rows = admin.get("phone-numbers/").json()["results"]
    assert rows == [
        {"id": third.phone_number_id, "phone_number": "+989127654321", "total_charged": "0.40"},
        {"id": first.phone_number_id, "phone_number": "+989121234567", "total_charged": "3.50"},
    ]
    for text in ("0912123", "۰۹۱۲۱۲۳", "+98 912 123", "1234567", "00989121234567"):
        assert [row["id"] for row in admin.get("phone-numbers/", q=text).json()["results"]]
        found = admin.client.get("/api/phone-numbers/", {"search": text}).json()["results"]
        assert [row["id"] for row in found] == [first.phone_number_id], text
    assert admin.get("phone-numbers/?search=mobile").json()["results"] == []
    path = f"phone-numbers/{first.phone_number_id}/"
    assert admin.get(path).json() == rows[1]
    booked = admin.get(f"{path}transactions/").json()["results"]
    assert [(row["id"], row["seller_id"], row["amount"], row["direction"]) for row in booked] == [
        (second.id, bob.pk, "2.50", "in"), (first.id, ann.pk, "1.00", "in"),
    ]  # fmt: skip
    balances = {row["code"]: row["balance"] for row in admin.get("accounts/?kind=~phone").json()["results"]}
    assert balances == {f"~phone:{row['id']}": row["total_charged"] for row in rows}


def test_a_seller_knows_of_a_number_what_it_charged_itself() -> None:
    ann, bob = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    first = make.charge(ann, 100, "09121234567")
    make.charge(bob, 250, "09121234567")
    foreign = make.charge(bob, 40, "09127654321")
    caller, path = caller_of(ann), f"phone-numbers/{first.phone_number_id}/"
    row = {"id": first.phone_number_id, "phone_number": "+989121234567", "total_charged": "1.00"}
    assert caller.get("phone-numbers/").json()["results"] == [row]
    assert caller.get(path).json() == row
    assert [one["id"] for one in caller.get(f"{path}transactions/").json()["results"]] == [first.id]
    for tail in ("", "transactions/"):
        problem_of(caller.get(f"phone-numbers/{foreign.phone_number_id}/{tail}"), 404, "missing")
    assert Caller(make.customer()).get("phone-numbers/").json()["results"] == []


@pytest.mark.parametrize(
    "path",
    [
        "sellers/?active=perhaps", "sellers/?ordering=limit", "sellers/?colour=red", "sellers/reconcile/?active=true",
        "credit-requests/?status=lost", "credit-requests/?seller=999", "credit-requests/?seller=x",
        "charge-sales/?seller_id=999", "charge-sales/?seller_id=0", "charge-sales/?start_date=soon",
        "transactions/?seller_id=999", "transactions/?seller_id=9223372036854775808", "transactions/?type=prepaid",
        "phone-numbers/?ordering=number", "phone-numbers/?cursor=1", "sellers/?page=0",
    ],
)  # fmt: skip
def test_what_no_list_of_the_section_can_be_narrowed_by_is_refused(path: str) -> None:
    make.seller(credit_minor=100)
    answer = Caller(make.admin()).get(path)
    assert answer.status_code == 400, answer.content
    assert "results" not in answer.json()


def test_numbers_go_by_cursor() -> None:
    seller = make.seller(credit_minor=1000)
    ids = [make.charge(seller, 1).phone_number_id for _ in range(5)][::-1]
    admin = Caller(make.admin())
    first = admin.get("phone-numbers/?page_size=2").json()
    make.charge(seller, 1)
    second = admin.client.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ids[:4]


def test_the_books_are_sound_after_all_of_it() -> None:
    seller = make.seller(credit_minor=1000)
    for _ in range(3):
        make.charge(seller, 100, "09121234567")
    for proof in (books.reconcile(), books.verify()):
        assert proof.ok, proof.differences
