"""Keeping webhooks, passing events on to them and to managers, and writing down what became of each delivery."""

from tradepost.notify.services.sending import Attempt, ask_to_send, free_lane, record_attempt
from tradepost.notify.services.spreading import spread, spread_mails
from tradepost.notify.services.webhooks import (
    WebhookChanges,
    add_webhook,
    change_webhook,
    remove_webhook,
    rotate_secret,
    send_again,
    send_ping,
)

__all__ = [
    "Attempt",
    "WebhookChanges",
    "add_webhook",
    "ask_to_send",
    "change_webhook",
    "free_lane",
    "record_attempt",
    "remove_webhook",
    "rotate_secret",
    "send_again",
    "send_ping",
    "spread",
    "spread_mails",
]
