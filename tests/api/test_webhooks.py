"""Webhooks over the API: kept by administrators, their secret told once, their deliveries listed and sent again."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tests.notify.receiver import Receiver
from tests.notify.work import work
from tradepost.lib import clock
from tradepost.notify import services as notify
from tradepost.notify.models import Webhook
from tradepost.notify.signing import secret_of

pytestmark = pytest.mark.django_db
HOOK = {"url": "https://example.com/hook", "events": ["stock.low", "stock.out"]}


@pytest.fixture
def admin(db: None) -> Caller:
    return Caller(make.admin())


def added(admin: Caller, **more: Any) -> Any:
    answer = admin.post("webhooks/", {**HOOK, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_the_secret_is_told_once_and_never_again(admin: Caller) -> None:
    answer = admin.post("webhooks/", HOOK, key="one")
    body = answer.json()
    secret, path = body.pop("secret"), f"webhooks/{body['id']}/"
    assert secret == secret_of(Webhook.objects.get())
    assert answer.headers["Cache-Control"] == "no-store"
    assert (body["state"], body["store"], body["events"]) == ("on", None, ["stock.low", "stock.out"])
    again = admin.post("webhooks/", HOOK, key="one")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == {**body, "secret": None}
    assert Webhook.objects.count() == 1
    fresh = admin.post(f"{path}rotate/").json()["secret"]
    assert fresh == secret_of(Webhook.objects.get()) != secret
    pages = [admin.get(one).content for one in ("webhooks/", path, f"{path}deliveries/", "logs/")]
    changed = admin.patch(path, {"events": ["stock.out"]})
    everything = f"{pages}{changed.content}{picture.of_everything()}"
    assert secret not in everything
    assert fresh not in everything


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://192.168.0.1/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["moon.full"]}, "events"),
        ({"events": "stock.low"}, "events"),
        ({"store": 0}, "store"),
    ],
)
def test_nonsense_is_refused_beside_its_field(admin: Caller, more: dict[str, Any], field: str) -> None:
    before = picture.of_everything()
    assert list(problem_of(admin.post("webhooks/", {**HOOK, **more}), 400, "invalid_fields")["fields"]) == [field]
    problem_of(admin.post("webhooks/", {**HOOK, "store": 999}), 404, "no_such_store")
    assert picture.of_everything() == before


def test_changed_switched_off_and_removed(admin: Caller) -> None:
    store = make.store()
    path = f"webhooks/{added(admin)['id']}/"
    changed = admin.put(path, {**HOOK, "events": ["stock.out"], "store": store.pk}).json()
    assert (changed["events"], changed["store"]) == (["stock.out"], store.pk)
    assert admin.patch(path, {"store": None, "is_active": False}).json()["state"] == "off"
    problem_of(admin.post(f"{path}test/"), 409, "webhook_off")
    assert admin.delete(path).status_code == 204
    problem_of(admin.get(path), 404, "no_such_webhook")
    problem_of(admin.get(f"{path}deliveries/"), 404, "no_such_webhook")
    assert admin.get("webhooks/").json()["results"] == []


def test_deliveries_tell_what_was_sent_and_what_came_of_it(admin: Caller, receiver: Receiver) -> None:
    path = f"webhooks/{added(admin, url=receiver.url)['id']}/"
    receiver.says(500, b"out of paper")
    alert = make.alert(make.store(), make.product())
    work()
    pinged = admin.post(f"{path}test/").json()
    assert (pinged["event"], pinged["state"], pinged["attempts"]) == ("ping", "pending", 0)
    pending, failed = admin.get(f"{path}deliveries/").json()["results"]
    assert pending == pinged
    assert failed["payload"]["id"] == f"alert:{alert.pk}"
    assert (failed["state"], failed["status"]) == ("failed", 500)
    assert failed["comment"] == "The receiver refused it: 500 Internal Server Error, out of paper"
    assert admin.get(path).json()["state"] == "failing"
    assert admin.get(f"{path}deliveries/?state=failed").json()["results"] == [failed]
    assert admin.get(f"{path}deliveries/?state=delivered").json()["results"] == []
    assert admin.get(f"{path}deliveries/?state=lost").status_code == 400
    first = admin.get(f"{path}deliveries/?page_size=1").json()
    assert [row["id"] for row in first["results"]] == [pinged["id"]]
    assert admin.get(first["next"].partition("/api/")[2]).json()["results"] == [failed]


def test_a_delivery_is_sent_again(admin: Caller, receiver: Receiver) -> None:
    path = f"webhooks/{added(admin, url=receiver.url)['id']}/"
    first = admin.post(f"{path}test/").json()
    work(clock.now())
    again = admin.post(f"{path}deliveries/{first['id']}/resend/").json()
    assert (again["again_of"], again["payload"]) == (first["id"], first["payload"])
    assert again["delivery"] != first["delivery"]
    work(clock.now())
    assert [heard.number for heard in receiver.heard] == [first["delivery"], again["delivery"]]
    problem_of(admin.post(f"{path}deliveries/999/resend/"), 404, "no_such_delivery")


def test_auditors_read_and_change_nothing(admin: Caller) -> None:
    path = f"webhooks/{added(admin)['id']}/"
    auditor = Caller(make.auditor())
    before = picture.of_everything()
    assert "secret" not in auditor.get(path).json()
    assert auditor.get(f"{path}deliveries/").status_code == 200
    for answer in (
        auditor.post("webhooks/", HOOK),
        auditor.patch(path, {"is_active": False}),
        auditor.post(f"{path}rotate/"),
        auditor.post(f"{path}test/"),
        auditor.delete(path),
    ):
        problem_of(answer, 403, "denied")
    assert picture.of_everything() == before


def test_twice_the_deliveries_take_the_same_queries(admin: Caller) -> None:
    hook = make.webhook()

    def counted() -> int:
        for _ in range(3):
            notify.send_ping(hook.pk, actor=make.console(), at=make.AT)
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(f"webhooks/{hook.pk}/deliveries/").status_code == 200
        return len(asked)

    assert counted() == counted()


def test_mails_about_stock_are_switched_off_by_oneself() -> None:
    me = Caller(make.manager(make.store()))
    assert me.get("me/").json()["stock_mails"] is True
    assert me.patch("me/", {"stock_mails": False}).json()["stock_mails"] is False
    assert me.get("me/").json()["stock_mails"] is False
    assert me.patch("me/", {"bio": "Hello"}).json()["stock_mails"] is False
