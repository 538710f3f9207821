"""The secret of a webhook, and what it makes of a body: so a receiver knows that nobody else wrote it.

The secret is stored nowhere. It is made of the installation's key and the webhook's salt, so a copy of the database
lets nobody sign.
"""

import hashlib
import hmac
from datetime import datetime

from django.utils.crypto import salted_hmac

from tradepost.notify.models import Webhook


def secret_of(webhook: Webhook) -> str:
    """What the receiver is told once: 64 letters and digits. A new salt makes it another one."""
    return salted_hmac("tradepost.notify.webhook", f"{webhook.pk}:{webhook.salt}", algorithm="sha256").hexdigest()


def signature(secret: str, payload: str, *, at: datetime) -> str:
    """The header `Tradepost-Signature` of a body sent at this moment: `t=<unix>,v1=<hex>`."""
    moment = int(at.timestamp())
    signed = hmac.new(secret.encode(), f"{moment}.{payload}".encode(), hashlib.sha256)
    return f"t={moment},v1={signed.hexdigest()}"
