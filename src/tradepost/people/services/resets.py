"""A forgotten password: a link by mail, which works once and for an hour.

Whether an address is known is told to nobody: asking does the same work for any, and the worker sends what is to be
sent. A person gets one such mail in five minutes.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from tradepost.audit import services as audit
from tradepost.intake import services as intake
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import id_written
from tradepost.people import queries
from tradepost.people.errors import MachineUser, NoSuchUser, PersonLeft, ResetLinkUsedUp
from tradepost.people.models import ResetMail, User
from tradepost.people.services import _attempts
from tradepost.people.services._person import locked_person
from tradepost.people.services.passwords import set_password

MAIL_TASK = "tradepost.worker.people.mail_reset_link"
REST = timedelta(minutes=5)


class ResetLink(NamedTuple):
    """Who is written to, and the two parts of the link's address: whose password it sets, and the proof."""

    email: str
    uid: str
    token: str


@transaction.atomic
def ask_for_new_password(email: str, *, origin: str, actor: Actor, at: datetime) -> None:
    """Have a link mailed to whoever has this address, if anybody has. Nothing tells whether somebody does.

    `origin` is where the pages are, such as https://shop.example.com, unless TRADEPOST_URL says it.
    """
    user = queries.login_of(email) if "@" in email else None
    user_id = user.pk if user else 0
    payload = {"user_id": user_id, "origin": settings.TRADEPOST_URL or origin.rstrip("/")}
    system = queries.system_actor(request_id=actor.request_id)
    intake.enqueue(MAIL_TASK, actor=system, at=at, **payload)
    audit.record("people.reset_asked", subject=("people.user", user_id), actor=actor, at=at)


@transaction.atomic
def make_reset_link(user_id: int, *, job_id: int, at: datetime) -> ResetLink | None:
    """The link this job may mail now, or None: nobody to be written to, or another job wrote within five minutes.

    The same job may have it again, since its mail may not have left.
    """
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
    if user is None or user.is_machine or not user.email or not user.has_usable_password():
        return None
    latest = ResetMail.objects.filter(user=user).first()
    if latest and latest.job_id != job_id and at < latest.sent_at + REST:
        return None
    ResetMail.objects.update_or_create(user=user, defaults={"sent_at": at, "job_id": job_id})
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return ResetLink(user.email, uid, default_token_generator.make_token(user))


@transaction.atomic
def reset_password(
    uid: str, token: str, password: str, *, password_confirm: str | None = None, actor: Actor, at: datetime
) -> User:
    """Set the password of whom a link was mailed to; tokens and sessions end, and failed logins are forgiven.

    Raises ResetLinkUsedUp, FieldErrors; after the latter the link still works.
    """
    try:
        user = locked_person(_user_id(uid))
    except (NoSuchUser, MachineUser, PersonLeft):
        raise ResetLinkUsedUp from None
    if not user.is_active or not default_token_generator.check_token(user, token):
        raise ResetLinkUsedUp
    itself = replace(actor, user_id=user.pk, name=user.username)
    user = set_password(user.pk, password, password_confirm=password_confirm, actor=itself, at=at)
    _attempts.forgive_everywhere(user)
    return user


def _user_id(uid: str) -> int:
    """The number behind the first part of a link. Raises NoSuchUser."""
    try:
        text = urlsafe_base64_decode(uid).decode("ascii")
    except ValueError:
        raise NoSuchUser from None
    number = id_written(text)
    if number is None:
        raise NoSuchUser
    return number
