"""Failed proofs of who one is: counted by axes with those of logging in, and kept in the audit log.

A failure is refused and yet kept, so none of this may run inside a transaction.
"""

from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.people.backends import throttle_name
from tradepost.people.errors import TooManyAttempts
from tradepost.people.models import User

LOCKED_FOR_S = 3600


def require_not_locked(user: User, request: Any) -> None:
    """Raises TooManyAttempts while this person is shut out at this address."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.username}):
        raise TooManyAttempts(_locked_for_s(request))


def count(user: User, request: Any) -> None:
    """Count a failure of this person at this address, as a wrong password is counted."""
    AxesProxyHandler.user_login_failed(sender=User, credentials={"username": user.username}, request=request)


def forgive(user: User, request: Any) -> None:
    """Forget the failures at this address: the person came in."""
    AxesProxyHandler.user_logged_in(sender=User, request=request, user=user)


def forgive_everywhere(user: User) -> None:
    """Forget the failures at all addresses: the person has proved who they are by another way."""
    AxesProxyHandler.reset_attempts(username=throttle_name(None, {"username": user.username}))


def refusal(request: Any, otherwise: TradepostError) -> TradepostError:
    """What a failure is answered with: that it was one too many, where it was."""
    return TooManyAttempts(_locked_for_s(request)) if _is_locked_out(request) else otherwise


def note(action: str, user: User | None, request: Any, *, actor: Actor, at: datetime) -> None:
    """One audit row that outlives the refusal. It names the user if there is one, and never what was typed."""
    with transaction.atomic(durable=True):
        subject = ("people.user", user.pk if user else 0)
        audit.record(action, subject=subject, actor=actor, at=at, after={"locked_out": _is_locked_out(request)})


def _is_locked_out(request: Any) -> bool:
    return bool(getattr(request, "axes_locked_out", False))


def _locked_for_s(request: Any) -> int:
    cool_off = get_cool_off(request)
    return int(cool_off.total_seconds()) if cool_off else LOCKED_FOR_S
