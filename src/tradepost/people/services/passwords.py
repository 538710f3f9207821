"""Passwords: set by oneself or an administrator, asked for again where it matters. A new one ends all logins."""

from datetime import datetime
from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib import fields
from tradepost.lib.actor import Actor
from tradepost.people.errors import NoSuchUser, WrongPassword
from tradepost.people.models import Token, User
from tradepost.people.services import _attempts, _fields
from tradepost.people.services._person import locked_person


@transaction.atomic
def set_password(
    user_id: int, password: str, *, password_confirm: str | None = None, actor: Actor, at: datetime
) -> User:
    """Set one's own password, or as an administrator another's; all tokens are revoked and other sessions end.

    Raises Denied, NoSuchUser, MachineUser, PersonLeft, FieldErrors.
    """
    if actor.user_id != user_id:
        actor.require_admin()
    user = locked_person(user_id)
    wrong: fields.Wrong = {}
    _fields.password(password, password_confirm, user, wrong)
    _fields.refuse(wrong)
    user.set_password(password)
    user.save(update_fields=["password"])
    Token.objects.filter(user=user).delete()
    audit.record("people.password_set", subject=user, actor=actor, at=at)
    return user


def change_password(
    current: str,
    password: str,
    *,
    password_confirm: str | None = None,
    request: Any,
    actor: Actor,
    at: datetime,
) -> User:
    """Set one's own password by the one of now; all tokens are revoked and other sessions end.

    A wrong `current` is counted like a failed login, so this must not run inside a transaction. Raises WrongPassword,
    TooManyAttempts, FieldErrors.
    """
    prove_password(current, request=request, actor=actor, at=at)
    return set_password(actor.user_id, password, password_confirm=password_confirm, actor=actor, at=at)


def prove_password(password: str, *, request: Any, actor: Actor, at: datetime) -> User:
    """The actor's password again; the user it belongs to. A wrong one is counted like a failed login.

    It must not run inside a transaction. Raises WrongPassword, TooManyAttempts, NoSuchUser.
    """
    user = User.objects.filter(pk=actor.user_id).first()
    if user is None:
        raise NoSuchUser(user_id=actor.user_id)
    found = authenticate(request, username=user.username, password=password)
    if not isinstance(found, User) or found.pk != user.pk:
        _attempts.note("people.password_failed", user, request, actor=actor, at=at)
        raise _attempts.refusal(request, WrongPassword())
    return user
