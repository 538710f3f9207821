"""People come, change what they tell of themselves, and leave. No role comes with signing up."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from tradepost.audit import services as audit
from tradepost.lib import fields, pictures
from tradepost.lib.actor import PER_STORE, Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import Denied
from tradepost.people.errors import EmailTaken, UsernameTaken
from tradepost.people.models import Grant, Profile, RecoveryCode, ResetMail, SecondFactor, Token, User
from tradepost.people.services import _fields
from tradepost.people.services._person import locked_person
from tradepost.people.services.pictures import FOLDER
from tradepost.people.services.roles import keep_an_admin

OWN = ("first_name", "last_name", "email", "phone")


class ProfileChanges(TypedDict, total=False):
    """What a person may change of themselves; what is left out stays."""

    first_name: str
    last_name: str
    email: str
    phone: str
    bio: str
    country: str
    address: str
    birth_date: date | None
    keys_on: bool
    stock_mails: bool


@transaction.atomic
def register(
    *,
    username: str,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    password_confirm: str | None = None,
    phone: str = "",
    actor: Actor,
    at: datetime,
) -> User:
    """Sign up as a customer; the actor is a visitor. Raises FieldErrors, UsernameTaken, EmailTaken."""
    wrong: fields.Wrong = {}
    user = User(
        username=_fields.username(username, wrong),
        email=_fields.email(email, wrong),
        first_name=_fields.line("first_name", first_name, wrong, needed=True),
        last_name=_fields.line("last_name", last_name, wrong, needed=True),
        phone=fields.phone(phone, wrong),
        date_joined=at,
    )
    _fields.password(password, password_confirm, user, wrong)
    _fields.refuse(wrong)
    user.set_password(password)
    _create(user)
    itself = replace(actor, user_id=user.pk, name=user.username)
    audit.record("people.registered", subject=user, actor=itself, at=at)
    return user


@transaction.atomic
def add_user(
    *,
    username: str,
    email: str | None = None,
    password: str | None = None,
    first_name: str = "",
    last_name: str = "",
    phone: str = "",
    actor: Actor,
    at: datetime,
) -> User:
    """Add a user without any role, by an administrator. Without a password nobody can log in as them yet.

    Raises FieldErrors, UsernameTaken, EmailTaken.
    """
    actor.require_admin()
    wrong: fields.Wrong = {}
    user = User(
        username=_fields.username(username, wrong),
        email=_fields.email(email, wrong) if email else None,
        first_name=_fields.line("first_name", first_name, wrong),
        last_name=_fields.line("last_name", last_name, wrong),
        phone=fields.phone(phone, wrong),
        date_joined=at,
    )
    if password is not None:
        _fields.password(password, None, user, wrong)
    _fields.refuse(wrong)
    user.password = make_password(password)
    _create(user)
    audit.record("people.user_added", subject=user, actor=actor, at=at, after={"username": user.username})
    return user


@transaction.atomic
def change_profile(user_id: int, *, actor: Actor, at: datetime, **changes: Unpack[ProfileChanges]) -> User:
    """Change one's own names, e-mail, phone and profile, or as an administrator another's.

    Raises Denied, NoSuchUser, PersonLeft, MachineUser, FieldErrors, EmailTaken.
    """
    if actor.user_id != user_id:
        actor.require_admin()
    require_known(changes, ProfileChanges)
    user = locked_person(user_id)
    wanted = _cleaned(changes, at)
    profile, _ = Profile.objects.get_or_create(user=user)
    own = _differing(user, {name: value for name, value in wanted.items() if name in OWN})
    told = _differing(profile, {name: value for name, value in wanted.items() if name not in OWN})
    _save(user, own)
    profile.save(update_fields=told)
    if own or told:
        audit.record("people.profile_changed", subject=user, actor=actor, at=at, after={"changed": sorted(own + told)})
    user.profile = profile
    return user


@transaction.atomic
def set_vip(user_id: int, vip: bool, *, actor: Actor, at: datetime) -> User:
    """Mark or unmark a person as VIP, by whoever works in some store. Raises Denied, NoSuchUser, PersonLeft."""
    if not (actor.is_admin or any(role in PER_STORE for role, _ in actor.grants)):
        raise Denied("This takes somebody who works in a store")
    user = locked_person(user_id)
    profile, _ = Profile.objects.get_or_create(user=user)
    before, profile.vip = profile.vip, vip
    if before != vip:
        profile.save(update_fields=["vip"])
        audit.record("people.vip_set", subject=user, actor=actor, at=at, before={"vip": before}, after={"vip": vip})
    user.profile = profile
    return user


@transaction.atomic
def deactivate_user(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Shut a person out: tokens are revoked; sessions and roles rest until the person is let in again.

    Raises Denied, NoSuchUser, MachineUser, PersonLeft, LastAdmin.
    """
    actor.require_admin()
    keep_an_admin(without=user_id)
    user = locked_person(user_id)
    if user.is_active:
        user.is_active = False
        user.save(update_fields=["is_active"])
        Token.objects.filter(user=user).delete()
        audit.record("people.deactivated", subject=user, actor=actor, at=at)
    return user


@transaction.atomic
def reactivate_user(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Let a person in again. Raises NoSuchUser, MachineUser, PersonLeft."""
    actor.require_admin()
    user = locked_person(user_id)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
        audit.record("people.reactivated", subject=user, actor=actor, at=at)
    return user


@transaction.atomic
def anonymise_user(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Forget a person who leaves, at their own wish or an administrator's; the books keep the number and nothing else.

    Names, e-mail, phone and profile are blanked, the username becomes `left-<id>`, roles, tokens and the second factor
    go, sessions end. Raises Denied, NoSuchUser, MachineUser, PersonLeft, LastAdmin.
    """
    if actor.user_id != user_id:
        actor.require_admin()
    keep_an_admin(without=user_id)
    user = locked_person(user_id)
    told = Profile.objects.filter(user=user)
    pictures.exchange(told.values_list("picture", flat=True).first() or "", None, FOLDER)
    told.delete()
    Profile.objects.create(user=user)
    for own in (Token, Grant, SecondFactor, RecoveryCode, ResetMail):
        own.objects.filter(user=user).delete()
    user.username, user.email, user.phone = f"{_fields.LEFT_PREFIX}{user.pk}", None, ""
    user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = False
    user.anonymised_at = at
    user.set_unusable_password()  # what a session is bound to changes with it
    user.save()
    anonymous = replace(actor, name=user.username) if actor.user_id == user_id else actor
    audit.record("people.anonymised", subject=user, actor=anonymous, at=at)
    return user


def _create(user: User) -> None:
    _save(user, None)
    Profile.objects.create(user=user)


def _save(user: User, update_fields: list[str] | None) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=update_fields)
    except IntegrityError as error:
        if "people_user_email_unique" in str(error):
            raise EmailTaken(fields={"email": [EmailTaken.title]}) from None
        if "people_user_username" in str(error) or "people_user.username" in str(error):
            raise UsernameTaken(fields={"username": [UsernameTaken.title]}) from None
        raise


def _cleaned(changes: ProfileChanges, at: datetime) -> dict[str, Any]:
    wrong: fields.Wrong = {}
    clean: dict[str, Any] = dict(changes)
    for name in ("first_name", "last_name"):
        if name in clean:
            clean[name] = _fields.line(name, clean[name], wrong)
    if "email" in clean:
        clean["email"] = _fields.email(clean["email"], wrong)
    if "phone" in clean:
        clean["phone"] = fields.phone(clean["phone"], wrong)
    if "country" in clean:
        clean["country"] = _fields.country(clean["country"], wrong)
    if "birth_date" in clean:
        clean["birth_date"] = _fields.birth_date(clean["birth_date"], at.date(), wrong)
    for name, most in (("bio", _fields.MAX_BIO), ("address", _fields.MAX_ADDRESS)):
        if name in clean:
            clean[name] = fields.text(name, clean[name], most, wrong)
    _fields.refuse(wrong)
    return clean


def _differing(row: User | Profile, wanted: dict[str, Any]) -> list[str]:
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    return changed
