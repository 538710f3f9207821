"""Passwords: set by oneself or an administrator, asked for again where money moves. A new one ends all logins."""

from datetime import datetime

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.people.errors import MachineUser, NoSuchUser, PersonLeft, WrongPassword
from tradepost.people.models import Token, User
from tradepost.people.services import _fields


@transaction.atomic
def set_password(
    user_id: int, password: str, *, password_confirm: str | None = None, actor: Actor, at: datetime
) -> User:
    """Set one's own password, or as an administrator another's; all tokens are revoked and other sessions end.

    Raises Denied, NoSuchUser, MachineUser, PersonLeft, FieldErrors.
    """
    if actor.user_id != user_id:
        actor.require_admin()
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise NoSuchUser(user_id=user_id)
    if user.is_machine:
        raise MachineUser
    if user.anonymised_at is not None:
        raise PersonLeft
    wrong: _fields.Wrong = {}
    _fields.password(password, password_confirm, user, wrong)
    _fields.refuse(wrong)
    user.set_password(password)
    user.save(update_fields=["password"])
    Token.objects.filter(user=user).delete()
    audit.record("people.password_set", subject=user, actor=actor, at=at)
    return user


def check_password(user_id: int, password: str) -> None:
    """The password again, before money moves. Raises WrongPassword, NoSuchUser."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NoSuchUser(user_id=user_id)
    if len(password) > _fields.MAX_PASSWORD or not user.check_password(password):
        raise WrongPassword
