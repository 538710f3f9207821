"""Every change takes a key: once for ever, the same answer for every twin, only successes kept."""

import json
from typing import Any

import pytest

from tests import make
from tests.api.caller import Caller, problem_of, stocked
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.books.models import Posting
from tradepost.intake.models import IdempotencyKey
from tradepost.people.models import Token, User
from tradepost.places.models import Store
from tradepost.till.models import Sale

pytestmark = pytest.mark.django_db


class Counter:
    """A store with ten of one product, and somebody to sell them."""

    def __init__(self) -> None:
        self.store, self.product = make.store(), make.product()
        stocked(self.store, self.product, 10)
        self.staff = Caller(make.staff(self.store))

    def basket(self, quantity: int = 1, **more: Any) -> dict[str, Any]:
        return {"store": self.store.pk, "lines": [{"product": self.product.pk, "quantity": quantity}], **more}


def test_the_same_key_and_body_get_the_first_answer_again() -> None:
    counter = Counter()
    first = counter.staff.post("sales/", counter.basket(), key="till-1")
    again = counter.staff.post("sales/", counter.basket(), key="till-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Sale.objects.count() == 1


def test_an_answer_is_sent_as_it_was_written_down_in_one_line_or_with_the_indent_asked_for() -> None:
    admin, wide = Caller(make.admin()), {"accept": "application/json; indent=4"}
    body = {"sku": "TEA-1", "name": "Käthes <Tee>", "price": "2.50"}
    first, again = (admin.post("products/", body, key="one", **more) for more in ({}, wide))
    assert "Käthes <Tee>" in first.content.decode()
    assert first.json() == again.json() == IdempotencyKey.objects.get(key="one").body
    assert b"\n    " in again.content
    assert b"\n" not in first.content


def test_the_same_key_with_another_body_is_refused_and_changes_nothing() -> None:
    counter = Counter()
    counter.staff.post("sales/", counter.basket(), key="till-1")
    problem_of(counter.staff.post("sales/", counter.basket(2), key="till-1"), 422, "idempotency_key_reused")
    problem_of(counter.staff.post("deliveries/", counter.basket(), key="till-1"), 422, "idempotency_key_reused")
    assert Sale.objects.count() == 1


def test_a_key_belongs_to_who_used_it() -> None:
    counter = Counter()
    colleague = Caller(make.staff(counter.store))
    mine = counter.staff.post("sales/", counter.basket(), key="till-1").json()
    other = colleague.post("sales/", counter.basket(), key="till-1")
    assert other.status_code == 201
    assert other.json()["number"] != mine["number"]


def test_a_refusal_is_not_kept_and_judged_anew() -> None:
    counter = Counter()
    problem_of(counter.staff.post("sales/", counter.basket(11), key="till-1"), 409, "insufficient_stock")
    stocked(counter.store, counter.product, 1)
    assert counter.staff.post("sales/", counter.basket(11), key="till-1").status_code == 201


def test_sixteen_twins_at_once_make_one_sale_and_get_sixteen_equal_answers() -> None:
    counter = Counter()
    body = counter.basket(3)

    def sell() -> Any:
        return Caller(token=counter.staff.token).post("sales/", body, key="till-1")

    answers: list[Any] = together([sell] * 16)
    assert {answer.status_code for answer in answers} == {201}, [answer.content for answer in answers]
    assert len({json.dumps(answer.json(), sort_keys=True) for answer in answers}) == 1
    assert sum(answer.headers.get("Idempotent-Replayed") == "true" for answer in answers) == 15
    assert Sale.objects.count() == 1
    assert Posting.objects.filter(kind="till.sale").count() == 1


def test_sixteen_different_requests_at_once_make_sixteen_sales_or_refusals_and_never_oversell() -> None:
    """The control of the test above: without a common key each is a sale of its own."""
    counter = Counter()

    def sell() -> Any:
        return Caller(token=counter.staff.token).post("sales/", counter.basket())

    answers: list[Any] = together([sell] * 16)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 10 + [409] * 6
    assert Sale.objects.count() == 10


def test_a_list_is_replayed_whole() -> None:
    counter = Counter()
    body = [counter.basket(), counter.basket(99)]
    first = counter.staff.post("sales/", body, key="batch-1")
    again = counter.staff.post("sales/", body, key="batch-1")
    assert [row["status"] for row in first.json()["results"]] == [201, 409]
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert Sale.objects.count() == 1


def test_a_list_of_refusals_changes_nothing_and_is_not_kept() -> None:
    counter = Counter()
    body = [counter.basket(11), counter.basket(99)]
    first = counter.staff.post("sales/", body, key="batch-1")
    assert [row["status"] for row in first.json()["results"]] == [409, 409]
    assert not IdempotencyKey.objects.filter(key="batch-1").exists()
    stocked(counter.store, counter.product, 5)
    again = counter.staff.post("sales/", body, key="batch-1")
    assert [row["status"] for row in again.json()["results"]] == [201, 409]


def test_put_patch_and_delete_take_a_key_too() -> None:
    admin, store = Caller(make.admin()), make.store("North")
    admin.patch(f"stores/{store.pk}/", {"name": "South"}, key="rename")
    answer = admin.patch(f"stores/{store.pk}/", {"name": "South"}, key="rename")
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert AuditEvent.objects.filter(action="places.store_changed").count() == 1
    admin.delete(f"stores/{store.pk}/", key="close")
    answer = admin.delete(f"stores/{store.pk}/", key="close")
    assert (answer.status_code, answer.headers["Idempotent-Replayed"]) == (204, "true")


def test_a_number_and_its_string_are_one_request() -> None:
    counter = Counter()
    counter.staff.post("sales/", counter.basket(received=10.25), key="till-1")
    again = counter.staff.post("sales/", counter.basket(received="10.25"), key="till-1")
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["k" * 201, "a\x01b"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    admin = Caller(make.admin())
    problem_of(admin.post("stores/", {"name": "North"}, key=key), 400, "idempotency_key_invalid")
    assert not Store.objects.exists()


def test_a_repeated_sign_up_is_one_user_and_no_secret_is_kept() -> None:
    visitor = Caller()
    body = {
        "username": "zoe", "email": "zoe@example.com", "password": make.PASSWORD, "password_confirm": make.PASSWORD,
        "first_name": "Zoe", "last_name": "Young",
    }  # fmt: skip
    first = visitor.post("register/", body, key="sign-up")
    again = visitor.post("register/", body, key="sign-up")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["user"] == again.json()["user"]
    assert again.headers["Idempotent-Replayed"] == "true"
    kept = IdempotencyKey.objects.get(key="sign-up")
    assert kept.body == {"user": User.objects.get(username="zoe").pk}
    assert first.json()["token"] not in json.dumps(list(Token.objects.values()), default=str)
    problem_of(visitor.post("register/", {**body, "password": "x" * 20}, key="sign-up"), 422, "idempotency_key_reused")


def test_a_repeated_sign_up_gives_no_token_after_the_password_changed() -> None:
    visitor = Caller()
    body = {
        "username": "zoe", "email": "zoe@example.com", "password": make.PASSWORD, "password_confirm": make.PASSWORD,
        "first_name": "Zoe", "last_name": "Young",
    }  # fmt: skip
    visitor.post("register/", body, key="sign-up")
    user = User.objects.get(username="zoe")
    user.set_password("another-long-secret")
    user.save(update_fields=["password"])
    problem_of(visitor.post("register/", body, key="sign-up"), 400, "wrong_credentials")
