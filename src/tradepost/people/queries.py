"""Reading people, and the actors they act as. Others see name, picture and bio of a person and nothing else."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from knox.crypto import hash_token

from tradepost.lib import db
from tradepost.lib.actor import ADMIN, MANAGER, Actor
from tradepost.lib.actor import Grant as RoleGrant
from tradepost.lib.errors import Denied
from tradepost.lib.numbers import id_written
from tradepost.people.errors import NoSuchToken, NoSuchUser, PersonLeft
from tradepost.people.models import CONSOLE, SHORT, SYSTEM, Grant, RecoveryCode, SecondFactor, Token, User

M = TypeVar("M", bound=Model)
BEARER = """
SELECT token.digest, token.token_key, token.rate, token.branch, person.id, person.username, person.is_superuser,
  held.role, held.store_id
FROM people_token AS token
JOIN people_user AS person ON person.id = token.user_id
LEFT JOIN people_grant AS held ON held.user_id = person.id
WHERE token.digest = %s AND token.expiry > %s AND person.is_active
"""


@dataclass(frozen=True, slots=True)
class PublicProfile:
    """All that others may know of a person."""

    id: int
    name: str
    picture: str = ""
    thumbnail: str = ""
    bio: str = ""


class SecondFactorState(NamedTuple):
    """Whether a person comes in with a code too, since when, and how many recovery codes are left."""

    is_on: bool
    since: datetime | None
    recovery_codes_left: int


class Addressee(NamedTuple):
    """Somebody who is to be mailed, and about which stores."""

    email: str
    stores: list[int]


class Bearer(NamedTuple):
    """A token at work, the person it speaks for and the roles of this moment. Other fields load when asked for."""

    token: Token
    user: User
    grants: frozenset[RoleGrant]


def actor_for(user: User, *, face: str, request_id: str = "") -> Actor:
    """The actor a user is, with all grants, by one query. Django's superuser flag counts as the role admin."""
    held = frozenset(Grant.objects.filter(user_id=user.pk).values_list("role", "store_id"))
    return _acting(user, held, face, request_id)


def actor_of(bearer: Bearer, *, face: str, request_id: str = "") -> Actor:
    """The actor a token speaks for; what there is to know was read with the token."""
    return _acting(bearer.user, bearer.grants, face, request_id)


def _acting(user: User, held: frozenset[RoleGrant], face: str, request_id: str) -> Actor:
    grants = held | {(ADMIN, None)} if user.is_superuser else held
    return Actor(user.pk, user.username, face, request_id, grants if user.is_active else frozenset())


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
    if found is None and (number := id_written(text.strip())):
        found = User.objects.filter(pk=number).first()
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
    if profile is None:
        return PublicProfile(found.pk, found.name)
    return PublicProfile(found.pk, found.name, profile.picture_url, profile.thumbnail_url, profile.bio)


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


def usernames_of(user_ids: Collection[int]) -> dict[int, str]:
    """The usernames of these users; what of them may be shown is up to the caller."""
    return dict(User.objects.filter(pk__in=user_ids).order_by().values_list("pk", "username"))


def grants_of(user_id: int) -> QuerySet[Grant]:
    """The roles a person holds, with their stores."""
    return Grant.objects.filter(user_id=user_id).select_related("store")


def managers_to_mail(store_ids: Collection[int]) -> dict[int, Addressee]:
    """Who is mailed about the stock of these stores, by user: their managers that can be written to and want it."""
    found = Grant.objects.filter(role=MANAGER, store_id__in=store_ids, user__is_active=True, user__email__gt="")
    wanting = found.exclude(user__profile__stock_mails=False).order_by("user_id", "store_id")
    readers: dict[int, Addressee] = {}
    for user_id, email, store_id in wanting.values_list("user_id", "user__email", "store_id"):
        readers.setdefault(user_id, Addressee(str(email), [])).stores.append(store_id)
    return readers


def person(user_id: int, actor: Actor) -> User:
    """One user with profile and grants, for administrators and auditors. Raises Denied, NoSuchUser."""
    found = users(actor).filter(pk=user_id).first()
    if found is None:
        raise NoSuchUser(user_id=user_id)
    return found


def bearer_of(text: str, *, at: datetime) -> Bearer | None:
    """Who holds the token with this text, by one query; None when unknown, expired or speaking for nobody any more.

    Every request of a program asks this, so the statement is written out: building it costs more than running it.
    """
    rows = db.fetch(BEARER, [hash_token(text), db.moment(at)])
    if not rows:
        return None
    digest, token_key, rate, branch, user_id, username, is_superuser = rows[0][:7]
    user = _partly(User, id=user_id, username=username, is_superuser=bool(is_superuser), is_active=True)
    token = _partly(Token, digest=digest, token_key=token_key, rate=rate, branch=branch, user_id=user_id)
    return Bearer(token, user, frozenset((role, store_id) for *_, role, store_id in rows if role))


def _partly(model: type[M], **values: Any) -> M:
    """A row of which only these fields were read; the others load when asked for."""
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    return model.from_db("default", names, [values[name] for name in names])  # it wants them in the model's order


def second_factor(user_id: int, actor: Actor) -> SecondFactorState:
    """How it stands with a second factor: one's own, or for administrators and auditors another's.

    Raises Denied, NoSuchUser.
    """
    if actor.user_id != user_id:
        actor.require_auditor()
    user(user_id)
    found = SecondFactor.objects.filter(user_id=user_id, confirmed_at__isnull=False).first()
    left = RecoveryCode.objects.filter(user_id=user_id, used_at=None).count() if found else 0
    return SecondFactorState(found is not None, found.confirmed_at if found else None, left)


def tokens_of(user_id: int) -> QuerySet[Token]:
    """The tokens that speak for a person, the newest first. Their text is not stored anywhere."""
    return Token.objects.filter(user_id=user_id)


def own_tokens(actor: Actor, *, at: datetime) -> QuerySet[Token]:
    """The actor's own tokens that still hold, the newest first. Raises Denied to visitors."""
    if not actor.user_id:
        raise Denied("Log in first")
    return tokens_of(actor.user_id).filter(expiry__gt=at).order_by("-created", "digest")


def own_token(short: str, actor: Actor) -> Token:
    """The actor's own token of this short name. Raises NoSuchToken."""
    found = tokens_of(actor.user_id).filter(digest__startswith=short).first() if len(short) == SHORT else None
    if found is None:
        raise NoSuchToken
    return found


def _machine(name: str, face: str, request_id: str) -> Actor:
    user_id = User.objects.values_list("pk", flat=True).get(username=name)
    return Actor(user_id, name, face, request_id, frozenset({(ADMIN, None)}))
