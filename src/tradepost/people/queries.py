"""Reading people, and the actors they act as. Others see name, picture and bio of a person and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from knox.crypto import hash_token

from tradepost.lib.actor import ADMIN, Actor
from tradepost.lib.actor import Grant as RoleGrant
from tradepost.lib.errors import Denied
from tradepost.people.errors import NoSuchUser, PersonLeft
from tradepost.people.models import CONSOLE, SYSTEM, Grant, Token, User

MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """All that others may know of a person."""

    id: int
    name: str
    picture: str
    bio: str


def actor_for(user: User, *, face: str, request_id: str = "") -> Actor:
    """The actor a user is, with all grants, by one query. Django's superuser flag counts as the role admin."""
    grants: frozenset[RoleGrant] = frozenset(Grant.objects.filter(user_id=user.pk).values_list("role", "store_id"))
    if user.is_superuser:
        grants |= {(ADMIN, None)}
    if not user.is_active:
        grants = frozenset()
    return Actor(user.pk, user.username, face, request_id, grants)


def anonymous_actor(*, face: str, request_id: str = "") -> Actor:
    """A visitor: nobody's id, no grants."""
    return Actor(0, "anonymous", face, request_id)


def system_actor(*, request_id: str = "") -> Actor:
    """The worker, which may do everything."""
    return _machine(SYSTEM, "worker", request_id)


def console_actor(face: str = "cli", *, request_id: str = "") -> Actor:
    """Whoever sits at the machine itself, who may do everything."""
    return _machine(CONSOLE, face, request_id)


def acting_as(name: str, *, face: str = "cli", request_id: str = "") -> Actor:
    """The actor a person at the machine asked to act as (`--as NAME`). Raises NoSuchUser, PersonLeft."""
    user = user_named(name)
    if not user.is_active:
        raise PersonLeft(f"{user.username} is not active")
    if user.is_machine:
        return _machine(user.username, face, request_id)
    return actor_for(user, face=face, request_id=request_id)


def user(user_id: int) -> User:
    """The user of this number. Raises NoSuchUser. What of it may be shown is up to the caller."""
    found = User.objects.select_related("profile").filter(pk=user_id).first()
    if found is None:
        raise NoSuchUser(user_id=user_id)
    return found


def user_named(text: str) -> User:
    """The user a person means by username, e-mail address or number, in this order. Raises NoSuchUser."""
    found = login_of(text)
    if found is None and text.strip().isdecimal() and int(text) <= MAX_ID:
        found = User.objects.filter(pk=int(text)).first()
    if found is None:
        raise NoSuchUser(f"There is nobody called {text[:150]!r}")
    return found


def login_of(text: str) -> User | None:
    """The user who logs in with this text: an address where it has an @, else a username. Always one query."""
    wanted = text.replace("\0", "").strip()
    field = "email" if "@" in wanted else "username"
    return User.objects.alias(key=Lower(field)).filter(key=wanted.lower()).first()  # the unique index serves it


def me(actor: Actor) -> User:
    """The actor's own user with profile. Raises Denied to visitors."""
    if not actor.user_id:
        raise Denied("Log in first")
    return user(actor.user_id)


def public_profile(user_id: int) -> PublicProfile:
    """What others see of a person. Raises NoSuchUser, also for machines and for who has left."""
    found = user(user_id)
    if found.is_machine or not found.is_active:
        raise NoSuchUser(user_id=user_id)
    profile = getattr(found, "profile", None)
    picture = profile.picture.url if profile and profile.picture else ""
    return PublicProfile(found.pk, found.name, picture, profile.bio if profile else "")


def users(
    actor: Actor, *, search: str = "", role: str | None = None, store_id: int | None = None, active: bool | None = None
) -> QuerySet[User]:
    """All users with profile and grants, for administrators and auditors. Raises Denied to others."""
    actor.require_auditor()
    found = User.objects.select_related("profile").prefetch_related("grants__store")
    if text := search.replace("\0", "").strip():
        found = found.filter(
            Q(username__icontains=text)
            | Q(email__icontains=text)
            | Q(first_name__icontains=text)
            | Q(last_name__icontains=text)
        )
    if active is not None:
        found = found.filter(is_active=active)
    if role is not None or store_id is not None:
        held = Grant.objects.all()
        held = held if role is None else held.filter(role=role)
        held = held if store_id is None else held.filter(store_id=store_id)
        found = found.filter(pk__in=held.values("user_id"))
    return found


def grants_of(user_id: int) -> QuerySet[Grant]:
    """The roles a person holds, with their stores."""
    return Grant.objects.filter(user_id=user_id).select_related("store")


def person(user_id: int, actor: Actor) -> User:
    """One user with profile and grants, for administrators and auditors. Raises Denied, NoSuchUser."""
    found = users(actor).filter(pk=user_id).first()
    if found is None:
        raise NoSuchUser(user_id=user_id)
    return found


def token_of(text: str, *, at: datetime) -> Token | None:
    """The token whose text this is, with its user; None when unknown, expired or speaking for nobody any more."""
    sound = Token.objects.select_related("user").filter(expiry__gt=at, user__is_active=True)
    return sound.filter(digest=hash_token(text)).first()


def tokens_of(user_id: int) -> QuerySet[Token]:
    """The tokens that speak for a person, the newest first. Their text is not stored anywhere."""
    return Token.objects.filter(user_id=user_id)


def _machine(name: str, face: str, request_id: str) -> Actor:
    user_id = User.objects.values_list("pk", flat=True).get(username=name)
    return Actor(user_id, name, face, request_id, frozenset({(ADMIN, None)}))
