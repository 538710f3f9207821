"""Logging in and out. A failure is refused and yet kept and counted, so this must not run inside a transaction.

Every face comes through here, so the second factor is asked for here and no face can forget it.
"""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.people import queries
from tradepost.people.errors import LoginExpired, SecondFactorNeeded, WrongCredentials
from tradepost.people.models import Token, User
from tradepost.people.services import _attempts
from tradepost.people.services.second_factor import needs_code, prove_code
from tradepost.people.services.tokens import revoke_token

TICKET, TICKET_LASTS = "tradepost.people.login", timedelta(minutes=5)


def log_in(
    login: str, password: str, otp: str = "", *, request: Any, at: datetime, face: str, request_id: str = ""
) -> User:
    """The active user whom username or e-mail and password fit; `request` is only for counting failures by address.

    Raises WrongCredentials, which tells nothing of whether the name exists and takes as long, and TooManyAttempts. Of
    who has a second factor, `otp` must be a code: raises SecondFactorNeeded without one, WrongCode with a wrong one.
    """
    anonymous = queries.anonymous_actor(face=face, request_id=request_id)
    found = authenticate(request, username=login.replace("\0", ""), password=password)
    if not isinstance(found, User):
        _attempts.note("people.login_failed", queries.login_of(login), request, actor=anonymous, at=at)
        raise _attempts.refusal(request, WrongCredentials())
    if needs_code(found):
        if not otp:
            raise SecondFactorNeeded(_ticket_of(found))
        prove_code(found, otp, request=request, actor=anonymous, at=at)
    return _welcome(found, request, at=at, face=face, request_id=request_id)


def pass_second_factor(ticket: str, otp: str, *, request: Any, at: datetime, face: str, request_id: str = "") -> User:
    """The user who showed the password less than five minutes ago (`SecondFactorNeeded.ticket`) and now a code.

    Raises LoginExpired, WrongCode, TooManyAttempts.
    """
    found = _holder_of(ticket)
    if needs_code(found):  # else it was taken away meanwhile
        anonymous = queries.anonymous_actor(face=face, request_id=request_id)
        prove_code(found, otp, request=request, actor=anonymous, at=at)
    return _welcome(found, request, at=at, face=face, request_id=request_id)


def log_out(token: Token, *, actor: Actor, at: datetime) -> None:
    """End the token the actor came with. Raises NoSuchToken."""
    revoke_token(token, actor=actor, at=at)


def end_session(*, actor: Actor, at: datetime) -> None:
    """Write down that somebody logged out of a browser; ending the session is the face's. Visitors leave no trace."""
    if actor.user_id:
        audit.record("people.logged_out", subject=("people.user", actor.user_id), actor=actor, at=at)


def _welcome(user: User, request: Any, *, at: datetime, face: str, request_id: str) -> User:
    with transaction.atomic():
        _attempts.forgive(user, request)
        User.objects.filter(pk=user.pk).update(last_login=at)
        actor = queries.actor_for(user, face=face, request_id=request_id)
        audit.record("people.logged_in", subject=user, actor=actor, at=at)
    return user


def _ticket_of(user: User) -> str:
    """It ends with the password, as a session does."""
    return signing.dumps([user.pk, user.get_session_auth_hash()], salt=TICKET)


def _holder_of(ticket: str) -> User:
    try:
        user_id, shown = signing.loads(ticket, salt=TICKET, max_age=TICKET_LASTS)
    except signing.BadSignature:
        raise LoginExpired from None
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), shown):
        raise LoginExpired
    return user
