"""Webhooks: added, changed, switched off and on, tried; and what was delivered sent again. Administrators do."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib import fields
from tradepost.lib.actor import Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import FieldErrors
from tradepost.notify import addresses
from tradepost.notify.errors import NoSuchDelivery
from tradepost.notify.events import EVENTS, PING, Event
from tradepost.notify.models import Delivery, Webhook
from tradepost.notify.services import _rows
from tradepost.notify.signing import secret_of
from tradepost.places import queries as places

SWITCHED_OFF = "The webhook was switched off"
REMOVED = "The webhook was removed"


class WebhookChanges(TypedDict, total=False):
    """What may be changed of a webhook; what is left out stays. A store of None is all stores."""

    url: str
    events: Collection[str]
    store_id: int | None
    is_active: bool


@transaction.atomic
def add_webhook(
    *, url: str, events: Collection[str], store_id: int | None = None, actor: Actor, at: datetime
) -> tuple[Webhook, str]:
    """Add a webhook, and return it with its secret, which is told this once. It hears what happens from now on.

    Raises Denied, FieldErrors, NoSuchStore.
    """
    actor.require_admin()
    wanted = _cleaned({"url": url, "events": events, "store_id": store_id})
    webhook = Webhook.objects.create(salt=_salt(), created_by_id=actor.user_id, created_at=at, **wanted)
    audit.record("notify.webhook_added", subject=webhook, actor=actor, at=at, after=_rows.plain(webhook))
    return webhook, secret_of(webhook)


@transaction.atomic
def change_webhook(webhook_id: int, *, actor: Actor, at: datetime, **changes: Unpack[WebhookChanges]) -> Webhook:
    """Change a webhook. Switched off, it gives up what was not delivered; switched on or led elsewhere, it begins anew.

    Raises Denied, NoSuchWebhook, FieldErrors, NoSuchStore.
    """
    actor.require_admin()
    require_known(changes, WebhookChanges)
    webhook = _rows.locked(webhook_id)
    wanted = _cleaned(dict(changes))
    changed = sorted(name for name, value in wanted.items() if getattr(webhook, name) != value)
    if not changed:
        return webhook
    before = _rows.plain(webhook)
    fresh = {"off_because": "", **_rows.RESTED} if {"url", "is_active"} & set(changed) else {}
    for name, value in {**wanted, **fresh}.items():
        setattr(webhook, name, value)
    webhook.save(update_fields=[*changed, *fresh])
    if not webhook.is_active:
        _rows.give_up(webhook, SWITCHED_OFF, at=at)
    after = {**_rows.plain(webhook), "changed": changed}
    audit.record("notify.webhook_changed", subject=webhook, actor=actor, at=at, before=before, after=after)
    return webhook


@transaction.atomic
def remove_webhook(webhook_id: int, *, actor: Actor, at: datetime) -> Webhook:
    """Remove a webhook: it hears nothing any more, and what it heard stays. Raises Denied, NoSuchWebhook."""
    actor.require_admin()
    webhook = _rows.locked(webhook_id)
    webhook.is_active, webhook.removed_at = False, at
    webhook.save(update_fields=["is_active", "removed_at"])
    _rows.give_up(webhook, REMOVED, at=at)
    audit.record("notify.webhook_removed", subject=webhook, actor=actor, at=at, before=_rows.plain(webhook))
    return webhook


@transaction.atomic
def rotate_secret(webhook_id: int, *, actor: Actor, at: datetime) -> tuple[Webhook, str]:
    """Give a webhook another secret, told this once; from now on nothing is signed with the one before.

    Raises Denied, NoSuchWebhook.
    """
    actor.require_admin()
    webhook = _rows.locked(webhook_id)
    webhook.salt = _salt()
    webhook.save(update_fields=["salt"])
    audit.record("notify.secret_rotated", subject=webhook, actor=actor, at=at)
    return webhook, secret_of(webhook)


@transaction.atomic
def send_ping(webhook_id: int, *, actor: Actor, at: datetime) -> Delivery:
    """Send an event `ping`, whatever the webhook listens to. Raises Denied, NoSuchWebhook, WebhookOff."""
    actor.require_admin()
    webhook = _rows.locked(webhook_id, on=True)
    sent = _rows.delivery(webhook, Event(f"ping:{uuid.uuid4()}", PING, at, None, {}), at=at)
    sent.save(force_insert=True)
    _wake(webhook)
    audit.record("notify.pinged", subject=webhook, actor=actor, at=at, after={"delivery": str(sent.number)})
    return sent


@transaction.atomic
def send_again(webhook_id: int, delivery_id: int, *, actor: Actor, at: datetime) -> Delivery:
    """Send what was delivered or given up again, as a delivery of its own; what waits for its turn is tried at once.

    Raises Denied, NoSuchWebhook, NoSuchDelivery, WebhookOff.
    """
    actor.require_admin()
    webhook = _rows.locked(webhook_id, on=True)
    first = Delivery.objects.select_for_update(no_key=True).filter(webhook=webhook, pk=delivery_id).first()
    if first is None:
        raise NoSuchDelivery(f"There is no delivery {delivery_id}", delivery_id=delivery_id)
    sent = _again(first, at) if first.is_settled else _at_once(first, at)
    _wake(webhook)
    after = {"delivery": str(sent.number), "of": str(first.number)}
    audit.record("notify.sent_again", subject=webhook, actor=actor, at=at, after=after)
    return sent


def _again(first: Delivery, at: datetime) -> Delivery:
    told = {"event_id": first.event_id, "event": first.event, "payload": first.payload}
    number = uuid.uuid4()
    return Delivery.objects.create(
        webhook_id=first.webhook_id, number=number, again_of=first, created_at=at, due_at=at, **told
    )


def _at_once(waiting: Delivery, at: datetime) -> Delivery:
    waiting.due_at = at
    waiting.save(update_fields=["due_at"])
    return waiting


def _wake(webhook: Webhook) -> None:
    """Somebody wants to see what comes of it: a receiver that did not answer rests no longer."""
    webhook.rests_until = None
    webhook.save(update_fields=["rests_until"])


def _salt() -> str:
    return secrets.token_urlsafe(32)


def _cleaned(given: dict[str, Any]) -> dict[str, Any]:
    wrong: fields.Wrong = {}
    clean = dict(given)
    if "url" in clean:
        clean["url"] = clean["url"].strip()
        if fault := addresses.fault_of(clean["url"]):
            wrong["url"] = [fault]
    if "events" in clean:
        clean["events"] = sorted(set(clean["events"]))
        if not clean["events"]:
            wrong["events"] = ["At least one."]
        elif unknown := [name for name in clean["events"] if name not in EVENTS]:
            wrong["events"] = [f"There is no event {unknown[0][:40]!r}; there are {', '.join(EVENTS)}."]
    if wrong:
        raise FieldErrors(wrong)
    if clean.get("store_id") is not None:
        places.store(clean["store_id"])
    return clean
