"""Webhooks are kept by administrators; their secret is told once and stands nowhere."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core.serializers import serialize
from django.db import DatabaseError, connection, transaction

from tests import make, picture
from tests.notify.receiver import Receiver
from tests.notify.work import only, states, work
from tradepost.audit.models import AuditEvent
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.notify import queries
from tradepost.notify import services as notify
from tradepost.notify.errors import NoSuchDelivery, NoSuchWebhook, WebhookOff
from tradepost.notify.models import Delivery, Webhook
from tradepost.notify.signing import secret_of
from tradepost.places.errors import NoSuchStore

pytestmark = pytest.mark.django_db
URL = "https://example.com/hook"


def who(actor: Actor | None = None) -> dict[str, Any]:
    return {"actor": actor or make.console(), "at": make.AT}


def add(**given: Any) -> tuple[Webhook, str]:
    return notify.add_webhook(**{"url": URL, "events": ["stock.low"], **who(), **given})


def test_a_webhook_comes_with_a_secret_of_its_own() -> None:
    first, secret = add(events=["stock.out", "stock.low", "stock.out"])
    second, other = add()
    assert (first.url, first.events, first.store_id, first.state) == (URL, ["stock.low", "stock.out"], None, "on")
    assert len({secret, other, secret_of(first), secret_of(second)}) == 2
    assert len(secret) == 64


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": ""}, "url"),
        ({"events": []}, "events"),
        ({"events": ["stock.low", "moon.full"]}, "events"),
        ({"events": ["ping"]}, "events"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(given: dict[str, Any], field: str) -> None:
    hook = make.webhook()
    before = picture.of_everything()
    with pytest.raises(FieldErrors) as added:
        add(**given)
    with pytest.raises(FieldErrors) as changed:
        notify.change_webhook(hook.pk, **given, **who())
    assert list(added.value.details["fields"]) == list(changed.value.details["fields"]) == [field]
    with pytest.raises(NoSuchStore):
        add(store_id=999)
    assert picture.of_everything() == before


@pytest.mark.parametrize("role", ["customer", "staff", "manager", "auditor"])
def test_only_administrators_keep_them_and_only_auditors_also_read_them(role: str) -> None:
    store, hook = make.store(), make.webhook()
    make.alert(store, make.product())
    notify.spread(at=make.AT)
    people = {"customer": make.customer, "auditor": make.auditor}
    user = people[role]() if role in people else getattr(make, role)(store)
    actor, told = make.actor(user), only(hook)
    before = picture.of_everything()
    attempts: list[Callable[[], Any]] = [
        lambda: add(**who(actor)),
        lambda: notify.change_webhook(hook.pk, events=["stock.out"], **who(actor)),
        lambda: notify.remove_webhook(hook.pk, **who(actor)),
        lambda: notify.rotate_secret(hook.pk, **who(actor)),
        lambda: notify.send_ping(hook.pk, **who(actor)),
        lambda: notify.send_again(hook.pk, told.pk, **who(actor)),
    ]
    if role != "auditor":
        attempts += [lambda: queries.webhooks(actor), lambda: queries.deliveries(hook.pk, actor)]
    for attempt in attempts:
        with pytest.raises(Denied):
            attempt()
    assert picture.of_everything() == before
    if role == "auditor":
        assert list(queries.webhooks(actor)) == [hook]
        assert queries.delivery(hook.pk, told.pk, actor) == told


def test_changes_are_audited_by_host_and_never_by_address() -> None:
    hook, _ = add(url="https://hooks.example.com/services/T0/very-private")
    store = make.store()
    notify.change_webhook(hook.pk, url="https://example.org/x", store_id=store.pk, **who())
    notify.change_webhook(hook.pk, url="https://example.org/x", **who())
    added, changed = AuditEvent.objects.filter(subject_type="notify.webhook").order_by("id")
    assert (added.after or {})["host"] == (changed.before or {})["host"] == "hooks.example.com"
    assert changed.after == {
        "host": "example.org",
        "events": ["stock.low"],
        "store": store.pk,
        "is_active": True,
        "changed": ["store_id", "url"],
    }
    assert "private" not in str(list(AuditEvent.objects.values()))


def test_switched_off_it_gives_up_what_waits_and_removed_it_is_gone() -> None:
    hook, store = make.webhook(), make.store()
    for _ in range(2):
        make.alert(store, make.product())
    notify.spread(at=make.AT)
    notify.change_webhook(hook.pk, is_active=False, **who())
    assert states(hook) == ["given_up", "given_up"]
    told = Delivery.objects.filter(webhook=hook)[0]
    assert told.comment == "The webhook was switched off"
    before = picture.of_everything()
    for attempt in (notify.send_ping, lambda pk, **by: notify.send_again(pk, told.pk, **by)):
        with pytest.raises(WebhookOff):
            attempt(hook.pk, **who())
    assert picture.of_everything() == before
    notify.remove_webhook(hook.pk, **who())
    assert not queries.webhooks(make.console())
    for act in (notify.remove_webhook, notify.rotate_secret, notify.change_webhook):
        with pytest.raises(NoSuchWebhook):
            act(hook.pk, **who())
    assert Delivery.objects.filter(webhook=hook).count() == 2, "what was told stays"


def test_a_ping_is_heard_whatever_it_listens_to(receiver: Receiver) -> None:
    hook = make.webhook(receiver.url, "stock.out")
    sent = notify.send_ping(hook.pk, **who())
    work()
    [heard] = receiver.heard
    assert (heard.number, heard.headers["Tradepost-Event"]) == (str(sent.number), "ping")


def test_what_is_settled_is_sent_again_under_a_number_of_its_own(receiver: Receiver) -> None:
    hook = make.webhook(receiver.url)
    make.alert(make.store(), make.product())
    work()
    first = only(hook)
    again = notify.send_again(hook.pk, first.pk, **who())
    work()
    assert [heard.number for heard in receiver.heard] == [str(first.number), str(again.number)]
    assert receiver.heard[0].body == receiver.heard[1].body, "it is the same event"
    again.refresh_from_db()
    assert (again.again_of_id, again.state) == (first.pk, "delivered")


def test_what_waits_is_tried_at_once_and_stays_itself(receiver: Receiver) -> None:
    hook = make.webhook(receiver.url)
    make.alert(make.store(), make.product())
    receiver.says(500)
    work()
    receiver.says(200)
    assert notify.send_again(hook.pk, only(hook).pk, **who()) == only(hook)
    work()
    assert (only(hook).state, only(hook).attempts) == ("delivered", 2)


def test_a_delivery_of_another_webhook_is_not_found() -> None:
    hook, other = make.webhook(), make.webhook(store=make.store())
    make.alert(make.store(), make.product())
    notify.spread(at=make.AT)
    with pytest.raises(NoSuchDelivery):
        notify.send_again(other.pk, only(hook).pk, **who())
    with pytest.raises(NoSuchDelivery):
        queries.delivery(other.pk, only(hook).pk, make.console())


def test_the_secret_stands_in_no_table_and_no_log(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hook, secret = add(url=receiver.url)
    make.alert(make.store(), make.product())
    work()
    _, fresh = notify.rotate_secret(hook.pk, **who())
    notify.send_ping(hook.pk, **who())
    work()
    everything = str(picture.of_everything()) + serialize("json", Webhook.objects.all())
    for one in (secret, fresh):
        assert one not in everything
        assert one not in caplog.text
        assert not any(one in str(heard) for heard in receiver.heard)
    assert secret != fresh


@pytest.mark.parametrize(
    "change",
    [
        "payload = 'x'", "event_id = 'x'", "webhook_id = webhook_id + 1", "state = 'pending'", "comment = 'x'",
        "created_at = created_at",
    ],
)  # fmt: skip
def test_what_was_told_cannot_be_changed_by_any_statement(receiver: Receiver, change: str) -> None:
    hook = make.webhook(receiver.url)
    make.alert(make.store(), make.product())
    work()
    before = picture.of_everything()
    for sql in (f"UPDATE notify_delivery SET {change}", "DELETE FROM notify_delivery"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    assert picture.of_everything() == before
    assert only(hook).state == "delivered"
