"""Customers in bulk, as an import of past trade knows them: a name, perhaps a country, nobody who logs in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models.functions import Lower

from tradepost.audit import services as audit
from tradepost.lib import fields
from tradepost.lib.actor import Actor
from tradepost.lib.errors import FieldErrors
from tradepost.people.models import Profile, User
from tradepost.people.services import _fields

BATCH = 1000


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer to be: a username, and an ISO 3166 code of two letters or nothing."""

    username: str
    country: str = ""


@transaction.atomic
def add_customers(drafts: Sequence[CustomerDraft], *, actor: Actor, at: datetime) -> dict[str, int]:
    """Add those who are not there yet and return everybody's id by the username given. Doing it again changes nothing.

    They have no e-mail and no password. Raises Denied, FieldErrors (then nobody was added).
    """
    actor.require_admin()
    clean = [_cleaned(draft) for draft in drafts]
    ids: dict[str, int] = {}
    added = 0
    for start in range(0, len(clean), BATCH):
        batch = {draft.username.lower(): draft for draft in reversed(clean[start : start + BATCH])}
        known = _ids_of(batch)
        new = [draft for key, draft in batch.items() if key not in known]
        ids |= known | _insert(new, at)
        added += len(new)
    if added:
        after = {"asked": len(drafts), "added": added}
        audit.record("people.customers_added", subject=("people.user", "many"), actor=actor, at=at, after=after)
    return {draft.username: ids[clean[i].username.lower()] for i, draft in enumerate(drafts)}


def _cleaned(draft: CustomerDraft) -> CustomerDraft:
    wrong: fields.Wrong = {}
    clean = CustomerDraft(_fields.username(draft.username, wrong), _fields.country(draft.country, wrong))
    if wrong:
        raise FieldErrors({f"{draft.username[:150]}.{name}": texts for name, texts in wrong.items()})
    return clean


def _ids_of(keys: dict[str, CustomerDraft]) -> dict[str, int]:
    found = User.objects.annotate(key=Lower("username")).filter(key__in=list(keys))
    return dict(found.order_by().values_list("key", "pk"))


def _insert(drafts: list[CustomerDraft], at: datetime) -> dict[str, int]:
    if not drafts:
        return {}
    rows = [User(username=draft.username, password=make_password(None), date_joined=at) for draft in drafts]
    User.objects.bulk_create(rows, ignore_conflicts=True)  # somebody else may add the same ones at this moment
    by_key = {draft.username.lower(): draft for draft in drafts}
    ids = _ids_of(by_key)
    profiles = [Profile(user_id=ids[key], country=draft.country) for key, draft in by_key.items()]
    Profile.objects.bulk_create(profiles, ignore_conflicts=True)
    return ids
