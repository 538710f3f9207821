"""What holds for every address: decimal strings, strict filters, problems with stable codes, who acts."""

from typing import Any

import pytest
from django.test import override_settings

from tests import make
from tests.api.caller import PROBLEM, Caller, adjusted, problem_of, sold, stocked
from tradepost.audit.models import AuditEvent
from tradepost.people.models import User
from tradepost.places.models import Store
from tradepost.till.models import Sale

pytestmark = pytest.mark.django_db

LISTS = [
    "stores", "products", "suppliers", "categories", "users", "sales", "returns", "deliveries", "write-offs",
    "adjustments", "deposits", "withdrawals", "funding-requests", "sellers", "sellers/reconcile", "credit-requests",
    "charge-sales", "phone-numbers", "transactions", "postings", "accounts", "proofs", "jobs", "logs", "webhooks",
]  # fmt: skip


def test_amounts_are_decimal_strings_and_taken_as_string_or_number() -> None:
    admin = Caller(make.admin())
    for sku, price in (("A", "2.50"), ("B", 2.5), ("C", "2.5"), ("D", 2)):
        answer = admin.post("products/", {"sku": sku, "name": sku, "price": price})
        assert answer.status_code == 201, answer.content
        assert answer.json()["price"] == ("2.00" if sku == "D" else "2.50")


def test_no_amount_passes_through_a_float() -> None:
    admin = Caller(make.admin())
    answer = admin.client.post(
        "/api/products/", '{"sku": "A", "name": "A", "price": 1000000000000.07}', content_type="application/json"
    )
    assert answer.json()["price"] == "1000000000000.07"
    finer = '{"sku": "B", "name": "B", "price": 0.1000000000000000055511151231257827}'
    answer = admin.client.post("/api/products/", finer, content_type="application/json")
    assert "price" in problem_of(answer, 400, "invalid_fields")["fields"]


@pytest.mark.parametrize(
    "price",
    ["1.005", "abc", "", None, True, [], {}, "NaN", "Infinity", "1e400", "1e-400", "9" * 40, -1, "1 000", 10**15],
)
def test_what_is_no_amount_is_refused(price: Any) -> None:
    admin = Caller(make.admin())
    answer = admin.post("products/", {"sku": "A", "name": "A", "price": price})
    assert "price" in problem_of(answer, 400, "invalid_fields")["fields"]


@pytest.mark.parametrize("number", ["1E+999999", "1E+9999999999", "NaN", "-Infinity", "9" * 5000])
def test_a_number_no_computer_likes_is_refused(number: str) -> None:
    body = f'{{"sku": "A", "name": "A", "price": {number}}}'
    answer = Caller(make.admin()).client.post("/api/products/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_filter_is_refused(name: str) -> None:
    admin = Caller(make.admin())
    assert list(admin.get(f"{name}/").json()) == ["results", "next", "previous"]
    assert "colour" in problem_of(admin.get(f"{name}/?colour=red"), 400, "invalid_fields")["fields"]
    for query in ("page_size=0", "page_size=x", "page_size=-1"):
        problem_of(admin.get(f"{name}/?{query}"), 400, "page_out_of_range")


@pytest.mark.parametrize(
    "path",
    [
        "stores/?ordering=colour", "stores/?archived=perhaps", "stores/?page=0", "stores/?page=x", "stores/?page=2.5",
        "products/?category=999", "products/?category=x", "products/?supplier=999", "products/?stocked=perhaps",
        "products/?ordering=-colour", "products/?unit=barrel", "products/?category=",
        "users/?role=emperor", "users/?store=999", "users/?active=perhaps", "users/?ordering=password",
        "sales/?store=999", "sales/?customer=x", "sales/?start_date=yesterday", "sales/?end_date=2026-02-30",
        "sales/?start_date=0001-01-01", "sales/?end_date=9999-12-31", "sales/?customer=0",
        "sales/?customer=9223372036854775808", "sales/?store=1&store=2",
        "transactions/?account=nonsense:1", "transactions/?type=gift", "postings/?kind=gift", "postings/?product=999",
        "accounts/?kind=piggybank", "accounts/?ordering=colour",
        "logs/?action=everything", "logs/?store=999", "logs/?user=x", "logs/?start_date=x",
        "day-reports/", "day-reports/?store=x", "day-reports/?store=999",
        "sales/?cursor=x", "sales/?cursor=older-0", "sales/?cursor=", "sales/?cursor=older-99999999999999999999",
    ],
)  # fmt: skip
def test_an_unknown_filter_value_or_sort_field_is_refused_and_never_means_all_rows(path: str) -> None:
    make.store()
    answer = Caller(make.admin()).get(path)
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == PROBLEM
    assert "results" not in answer.json()


@pytest.mark.parametrize("path", ["products/?search=%00", "sales/?number=a%00", "sales/a%00b/", "postings/?key=%00"])
def test_nul_is_no_character_of_an_address(path: str) -> None:
    answer = Caller(make.admin()).get(path)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    "body",
    [
        r'{"name": "a\u0000b"}', r'{"name": "\ud800"}', r'{"name": ["\u0000"], "x": 1}', r'{"\u0000": 1, "name": "x"}',
        "{", "[1", '"text', "nothing", '{"name": "x", "deep": ' + "[" * 5000 + "]" * 5000 + "}", "[]", "1", '"x"',
        "null", '{"name": {"a": 1}}', '{"name": null}', '{"name": ""}', "\xff",
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_refused(body: str) -> None:
    answer = Caller(make.admin()).client.post("/api/stores/", body, content_type="application/json")
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == PROBLEM
    assert not Store.objects.exists()


def test_a_body_of_megabytes_is_refused() -> None:
    body = '{"name": "' + "x" * 9_000_000 + '"}'
    answer = Caller(make.admin()).client.post("/api/stores/", body, content_type="application/json")
    problem_of(answer, 413, "too_large")


def test_another_kind_of_body_is_refused_and_a_form_is_taken() -> None:
    admin = Caller(make.admin())
    problem_of(admin.client.post("/api/stores/", "x", content_type="text/plain"), 415, "unsupported_media_type")
    assert admin.client.post("/api/stores/", {"name": "North"}).status_code == 201


def test_who_acts_is_taken_from_the_login_and_never_from_the_body() -> None:
    store, product, boss = make.store(), make.product(), make.admin()
    stocked(store, product)
    user = make.staff(store)
    line = {"product": product.pk, "quantity": 1}
    body = {"store": store.pk, "lines": [line], **dict.fromkeys(("operator", "user", "actor", "operator_id"), boss.pk)}
    assert Caller(user).post("sales/", body).status_code == 201
    assert Sale.objects.get().operator_id == user.pk
    assert AuditEvent.objects.get(action="till.sold").actor_id == user.pk


def test_every_change_leaves_an_audit_row_with_actor_face_and_request() -> None:
    boss = make.admin()
    answer = Caller(boss).post("stores/", {"name": "North"}, **{"x-request-id": "a-request-of-mine"})
    assert answer.headers["X-Request-ID"] == "a-request-of-mine"
    event = AuditEvent.objects.get(action="places.store_opened")
    assert (event.actor_id, event.face, event.request_id) == (boss.pk, "api", "a-request-of-mine")


def test_a_get_changes_nothing() -> None:
    admin = Caller(make.admin())
    before = AuditEvent.objects.count()
    for name in LISTS:
        admin.get(f"{name}/")
    assert AuditEvent.objects.count() == before


def test_an_unknown_address_is_a_problem_and_tells_nothing() -> None:
    problem_of(Caller().get("nothing/"), 404, "missing")
    problem_of(Caller(make.admin()).get("stores/0/"), 404, "missing")
    problem_of(Caller(make.admin()).get("stores/99999999999999999999999/"), 404, "missing")
    problem_of(Caller(make.admin()).get("stores/999/"), 404, "no_such_store")


def test_another_method_is_405() -> None:
    answer = Caller(make.admin()).delete("me/")
    problem_of(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS"


def test_a_visitor_is_told_to_bring_a_token() -> None:
    answer = Caller().get("stores/")
    problem_of(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_a_500_never_shows_database_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is renamed, so that what fails is the database itself."""
    from django.db import connection

    admin = Caller(make.admin(), quiet=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_category RENAME TO elsewhere")
    problem = problem_of(admin.get("categories/"), 500, "internal_error")
    assert "categor" not in str(problem).replace("/api/categories/", "")


def test_busy_is_503_and_says_when_to_come_again() -> None:
    from types import SimpleNamespace

    from tradepost.api.errors import handle
    from tradepost.lib.errors import Busy

    answer = handle(Busy(), {"request": SimpleNamespace(path="/api/sales/")})
    assert answer is not None
    assert (answer.status_code, answer.headers["Retry-After"], answer.data["code"]) == (503, "1", "busy")


@override_settings(ALLOWED_HOSTS=["shop.example.com"])
def test_another_host_is_a_problem_too() -> None:
    problem_of(Caller(quiet=True).get("stores/"), 400, "invalid")


def test_figures_of_a_refusal_are_decimal_strings() -> None:
    store = make.store()
    cheese, tea = make.product(unit="kg"), make.product(price_minor=250)
    stocked(store, cheese, 1500)
    stocked(store, tea, 9)
    staff = Caller(make.staff(store))
    body = {"store": store.pk, "lines": [{"product": cheese.pk, "quantity": "2.250"}]}
    problem = problem_of(staff.post("sales/", body), 409, "insufficient_stock")
    assert (problem["available"], problem["required"], problem["short"]) == ("1.500", "2.250", "0.750")
    body = {"store": store.pk, "lines": [{"product": tea.pk, "quantity": 2}], "received": 4}
    problem = problem_of(staff.post("sales/", body), 409, "too_little_cash")
    assert (problem["due"], problem["received"], problem["short"]) == ("5.00", "4.00", "1.00")


def test_pages_go_on_and_back_and_never_hold_more_than_a_hundred() -> None:
    admin = Caller(make.admin())
    for number in range(5):
        make.store(f"Store {number}")
    first = admin.get("stores/?page_size=2&ordering=-name").json()
    assert [row["name"] for row in first["results"]] == ["Store 4", "Store 3"]
    assert first["previous"] is None
    second = admin.client.get(first["next"]).json()
    third = admin.client.get(second["next"]).json()
    assert [row["name"] for row in second["results"] + third["results"]] == ["Store 2", "Store 1", "Store 0"]
    assert third["next"] is None
    assert admin.client.get(third["previous"]).json() == second
    assert admin.client.get(second["previous"]).json() == first
    assert admin.get("stores/?page_size=9999").status_code == 200


def test_journals_go_by_cursor_and_new_rows_shift_nothing() -> None:
    store, admin = make.store(), Caller(make.admin())
    for amount in range(1, 6):
        adjusted(store, -amount)
    first = admin.get("adjustments/?page_size=2").json()
    assert [row["amount"] for row in first["results"]] == ["-0.05", "-0.04"]
    adjusted(store, -6)
    second = admin.client.get(first["next"]).json()
    assert [row["amount"] for row in second["results"]] == ["-0.03", "-0.02"]
    third = admin.client.get(second["next"]).json()
    assert ([row["amount"] for row in third["results"]], third["next"]) == (["-0.01"], None)
    assert [row["amount"] for row in admin.client.get(second["previous"]).json()["results"]] == ["-0.05", "-0.04"]
    newest = admin.client.get(admin.client.get(second["previous"]).json()["previous"]).json()
    assert ([row["amount"] for row in newest["results"]], newest["previous"]) == (["-0.06"], None)


def test_no_list_holds_more_than_a_hundred_rows() -> None:
    store, admin = make.store(), Caller(make.admin())
    for amount in range(1, 103):
        adjusted(store, -amount)
    for name in ("adjustments", "logs", "postings", "transactions"):
        page = admin.get(f"{name}/?page_size=1000").json()
        assert len(page["results"]) == 100
        assert page["next"]


def test_filters_survive_paging() -> None:
    store, other, product = make.store(), make.store(), make.product()
    for place in (store, other):
        stocked(place, product)
        for _ in range(3):
            sold(place, product)
    page = Caller(make.admin()).get(f"sales/?store={store.pk}&page_size=2").json()
    assert f"store={store.pk}" in page["next"]
    rest = Caller(make.admin()).client.get(page["next"]).json()
    assert {row["store"] for row in page["results"] + rest["results"]} == {store.pk}
    assert len(page["results"] + rest["results"]) == 3


def test_people_who_leave_are_anonymised_and_the_books_stay() -> None:
    store, product = make.store(), make.product()
    stocked(store, product)
    user = make.staff(store)
    body = {"store": store.pk, "lines": [{"product": product.pk, "quantity": 1}]}
    number = Caller(user).post("sales/", body).json()["number"]
    admin = Caller(make.admin())
    assert admin.delete(f"users/{user.pk}/").status_code == 204
    assert admin.get(f"sales/{number}/").json()["operator_name"] == f"left-{user.pk}"
    assert User.objects.get(pk=user.pk).email is None


def test_what_has_history_is_archived_and_never_deleted() -> None:
    store, product = make.store(), make.product()
    stocked(store, product, 1)
    number = sold(store, product, 1).number
    admin = Caller(make.admin())
    assert admin.delete(f"products/{product.pk}/").status_code == 204
    assert admin.delete(f"stores/{store.pk}/").status_code == 204
    assert admin.get(f"products/{product.pk}/").json()["archived_at"]
    assert admin.get(f"stores/{store.pk}/").json()["archived_at"]
    assert admin.get("products/").json()["results"] == admin.get("stores/").json()["results"] == []
    assert admin.get("products/?archived=true").json()["results"][0]["id"] == product.pk
    assert admin.get("stores/?archived=all").json()["results"][0]["id"] == store.pk
    assert admin.get(f"sales/{number}/").json()["lines"][0]["sku"] == product.sku
