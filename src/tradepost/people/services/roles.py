"""Roles are granted and taken away by administrators alone, and never the last administrator's."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from tradepost.audit import services as audit
from tradepost.lib.actor import ADMIN, PER_STORE, WHOLE_HOUSE, Actor
from tradepost.people.errors import LastAdmin, NoSuchGrant, NotARole
from tradepost.people.models import Grant, User
from tradepost.people.services._person import locked_person
from tradepost.places import queries as places
from tradepost.places.errors import StoreArchived


@transaction.atomic
def grant_role(user_id: int, role: str, store_id: int | None = None, *, actor: Actor, at: datetime) -> Grant:
    """Grant a role; staff and manager need a store, admin and auditor have none. Granting twice changes nothing.

    Raises Denied, NotARole, NoSuchUser, MachineUser, PersonLeft, NoSuchStore, StoreArchived.
    """
    actor.require_admin()
    _require_sense(role, store_id)
    user = locked_person(user_id)
    if store_id is not None and not places.store(store_id).is_open:
        raise StoreArchived(store_id=store_id)
    before = _held(user_id)
    grant = Grant.objects.filter(_this(user_id, role, store_id)).first()
    if grant is None:  # the person's row is locked: nobody grants the same meanwhile
        grant = Grant.objects.create(user=user, role=role, store_id=store_id, granted_at=at)
        _keep_flags(user)
        _record("people.role_granted", user, before, store_id, actor=actor, at=at)
    return grant


@transaction.atomic
def revoke_role(user_id: int, role: str, store_id: int | None = None, *, actor: Actor, at: datetime) -> None:
    """Take a role away. Raises Denied, NotARole, NoSuchUser, NoSuchGrant, LastAdmin."""
    actor.require_admin()
    _require_sense(role, store_id)
    if role == ADMIN:
        keep_an_admin(without=user_id)
    user = locked_person(user_id)
    before = _held(user_id)
    gone, _ = Grant.objects.filter(_this(user_id, role, store_id)).delete()
    if not gone:
        raise NoSuchGrant(f"{user.username} does not hold this role", role=role, store_id=store_id)
    _keep_flags(user)
    _record("people.role_revoked", user, before, store_id, actor=actor, at=at)


def keep_an_admin(*, without: int) -> None:
    """Hold all administrators' grants until the commit, so that two cannot send each other away. Raises LastAdmin."""
    grants = Grant.objects.select_for_update(no_key=True).filter(role=ADMIN).order_by("pk")
    held = {grant.user_id for grant in grants}
    if without in held and not User.objects.filter(pk__in=held - {without}, is_active=True).exists():
        raise LastAdmin


def _require_sense(role: str, store_id: int | None) -> None:
    if role not in (*PER_STORE, *WHOLE_HOUSE):
        raise NotARole(f"There is no role {role[:40]!r}", role=role[:40])
    if (role in PER_STORE) != (store_id is not None):
        raise NotARole(f"The role {role} {'needs a store' if role in PER_STORE else 'has no store'}", role=role)


def _this(user_id: int, role: str, store_id: int | None) -> Q:
    return Q(user_id=user_id, role=role, store_id=store_id)


def _held(user_id: int) -> dict[str, Any]:
    pairs = Grant.objects.filter(user_id=user_id).order_by("role", "store_id").values_list("role", "store_id")
    return {"roles": [list(pair) for pair in pairs]}


def _keep_flags(user: User) -> None:
    """Django's admin asks for its own two flags; they follow the administrator's role."""
    is_admin = Grant.objects.filter(user=user, role=ADMIN).exists()
    User.objects.filter(pk=user.pk).update(is_staff=is_admin, is_superuser=is_admin)
    user.is_staff = user.is_superuser = is_admin


def _record(
    action: str, user: User, before: dict[str, Any], store_id: int | None, *, actor: Actor, at: datetime
) -> None:
    after = _held(user.pk)
    audit.record(action, subject=user, actor=actor, at=at, before=before, after=after, store_id=store_id)
