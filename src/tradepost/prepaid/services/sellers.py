"""Sellers: added, changed, removed while they have no history. An administrator's work."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import queries as books_queries
from tradepost.books import services as books
from tradepost.funding import queries as funding_queries
from tradepost.funding import services as funding
from tradepost.lib import db, fields
from tradepost.lib.actor import Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.people import queries as people
from tradepost.people.errors import NoSuchUser
from tradepost.prepaid.errors import LoginTaken, NoSuchSeller, SellerHasHistory, SellerInactive
from tradepost.prepaid.models import Seller

MAX_NAME = 150


class Standing(NamedTuple):
    """What decides whether somebody may act for a seller now."""

    user_id: int | None
    active: bool


class SellerDraft(NamedTuple):
    """A seller to be. `user_id` is the login that acts for them, `limit_minor` how far below zero the credit may go."""

    name: str
    email: str = ""
    phone: str = ""
    user_id: int | None = None
    active: bool = True
    limit_minor: int = 0


class SellerChanges(TypedDict, total=False):
    """What may be changed of a seller; what is left out stays."""

    name: str
    email: str
    phone: str
    user_id: int | None
    active: bool
    limit_minor: int


@transaction.atomic
def add_seller(draft: SellerDraft, *, actor: Actor, at: datetime) -> Seller:
    """Add a seller with an empty credit account. Raises Denied, FieldErrors, LoginTaken."""
    actor.require_admin()
    clean = _cleaned(draft._asdict())
    limit_minor = clean.pop("limit_minor")
    seller = Seller(created_at=at, **clean)
    _save(seller, None)
    books.set_floor(chart.credit(seller.pk), -limit_minor, actor=actor, at=at)
    after = {**_shown(seller), "limit_minor": limit_minor}
    audit.record("prepaid.seller_added", subject=seller, actor=actor, at=at, after=after)
    return seller


@transaction.atomic
def change_seller(seller_id: int, changes: SellerChanges, *, actor: Actor, at: datetime) -> Seller:
    """Change a seller, the limit and the login included; sales under way end before it.

    Who acts for the seller from now on decides none of its waiting requests. Raises Denied, NoSuchSeller, FieldErrors,
    LoginTaken, FloorAboveBalance where the new limit is below the present debt.
    """
    actor.require_admin()
    require_known(changes, SellerChanges)
    clean = _cleaned(dict(changes))
    limit_minor = clean.pop("limit_minor", None)
    seller = _locked(seller_id)
    before = _shown(seller)
    changed = sorted(name for name, value in clean.items() if getattr(seller, name) != value)
    for name in changed:
        setattr(seller, name, clean[name])
    if changed:
        _save(seller, changed)
    if "user_id" in changed:
        funding.change_owner(chart.credit(seller_id), seller.user_id, actor=actor, at=at)
    if limit_minor is not None:
        books.set_floor(chart.credit(seller_id), -limit_minor, actor=actor, at=at)
    if changed:
        after = {**_shown(seller), "changed": changed}
        audit.record("prepaid.seller_changed", subject=seller, actor=actor, at=at, before=before, after=after)
    return seller


@transaction.atomic
def delete_seller(seller_id: int, *, actor: Actor, at: datetime) -> None:
    """Remove a seller that nothing was ever asked, credited or sold for.

    Raises Denied, NoSuchSeller, SellerHasHistory.
    """
    actor.require_admin()
    seller = _locked(seller_id)
    code = chart.credit(seller_id)
    if books_queries.was_used(code) or funding_queries.was_asked_for(code):
        raise SellerHasHistory(seller_id=seller_id)
    audit.record("prepaid.seller_deleted", subject=seller, actor=actor, at=at, before=_shown(seller))
    seller.delete()


def locking(seller_ids: Collection[int]) -> db.Statement:
    """The statement that reads how sellers stand and locks them until the commit, in the order of their ids."""
    return db.rows_by("prepaid_seller", ("id", "user_id", "active"), "id", seller_ids, lock=True)


def standings(rows: Iterable[Sequence[Any]]) -> dict[int, Standing]:
    """How sellers stand, from the rows of `locking`; those that do not exist are left out."""
    return {seller_id: Standing(user_id, bool(active)) for seller_id, user_id, active in rows}


def check_seller(seller_id: int, standing: Standing | None, actor: Actor) -> None:
    """Raises NoSuchSeller, also for somebody else's, Denied for who only reads, SellerInactive."""
    is_own = standing is not None and bool(actor.user_id) and standing.user_id == actor.user_id
    if standing is None or not (is_own or actor.reads_all):
        raise NoSuchSeller(f"There is no seller {seller_id}")
    if not (is_own or actor.is_admin):
        raise Denied("This takes the seller or an administrator")
    if not standing.active:
        raise SellerInactive(seller_id=seller_id)


def _locked(seller_id: int) -> Seller:
    found = Seller.objects.select_for_update(no_key=True).filter(pk=seller_id).first()
    if found is None:
        raise NoSuchSeller(f"There is no seller {seller_id}")
    return found


def _cleaned(given: dict[str, Any]) -> dict[str, Any]:
    wrong: fields.Wrong = {}
    clean = dict(given)
    if "name" in given:
        clean["name"] = fields.line("name", given["name"], MAX_NAME, wrong, needed=True)
    if "email" in given:
        clean["email"] = fields.email(given["email"], wrong)
    if "phone" in given:
        clean["phone"] = fields.phone(given["phone"], wrong)
    if "limit_minor" in given:
        clean["limit_minor"] = fields.amount("limit_minor", given["limit_minor"], wrong)
    if given.get("user_id") is not None and not _is_person(given["user_id"]):
        wrong["user"] = ["There is nobody of this number who could act for a seller."]
    if wrong:
        raise FieldErrors(wrong)
    return clean


def _is_person(user_id: int) -> bool:
    try:
        user = people.user(user_id)
    except NoSuchUser:
        return False
    return user.is_active and not user.is_machine


def _save(seller: Seller, update_fields: list[str] | None) -> None:
    with db.unless_taken("user_id", LoginTaken(user_id=seller.user_id)):
        seller.save(update_fields=update_fields)


def _shown(seller: Seller) -> dict[str, Any]:
    """What the audit log keeps: no address, no phone number."""
    return {"name": seller.name, "active": seller.active, "user_id": seller.user_id}
