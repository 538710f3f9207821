"""Logging in and out. A failure is refused and yet kept and counted, so this must not run inside a transaction."""

from datetime import datetime
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.contrib.auth import authenticate
from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.people import queries
from tradepost.people.errors import TooManyAttempts, WrongCredentials
from tradepost.people.models import Token, User
from tradepost.people.services.tokens import revoke_token

LOCKED_FOR_S = 3600


def log_in(login: str, password: str, *, request: Any, at: datetime, face: str, request_id: str = "") -> User:
    """The active user whom username or e-mail and password fit; `request` is only for counting failures by address.

    Raises WrongCredentials, which tells nothing of whether the name exists and takes as long, and TooManyAttempts.
    """
    found = authenticate(request, username=login.replace("\0", ""), password=password)
    if not isinstance(found, User):
        _note_failure(login, request, at=at, face=face, request_id=request_id)
        if getattr(request, "axes_locked_out", False):
            cool_off = get_cool_off(request)
            raise TooManyAttempts(int(cool_off.total_seconds()) if cool_off else LOCKED_FOR_S)
        raise WrongCredentials
    with transaction.atomic():
        AxesProxyHandler.user_logged_in(sender=User, request=request, user=found)
        User.objects.filter(pk=found.pk).update(last_login=at)
        actor = queries.actor_for(found, face=face, request_id=request_id)
        audit.record("people.logged_in", subject=found, actor=actor, at=at)
    return found


def log_out(token: Token, *, actor: Actor, at: datetime) -> None:
    """End the token the actor came with. Raises NoSuchToken."""
    revoke_token(token, actor=actor, at=at)


def _note_failure(login: str, request: Any, *, at: datetime, face: str, request_id: str) -> None:
    """One audit row that outlives the refusal. It names the user if there is one, and never what was typed."""
    with transaction.atomic(durable=True):
        user = queries.login_of(login)
        actor = queries.anonymous_actor(face=face, request_id=request_id)
        subject = ("people.user", user.pk if user else 0)
        after = {"locked_out": bool(getattr(request, "axes_locked_out", False))}
        audit.record("people.login_failed", subject=subject, actor=actor, at=at, after=after)
