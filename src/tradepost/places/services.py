"""Opening, changing and archiving stores: an administrator's work. Each change leaves one audit row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple, TypedDict, Unpack
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from tradepost.audit import services as audit
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import FieldErrors
from tradepost.places.errors import NoSuchStore, StoreArchived, StoreNameTaken
from tradepost.places.models import Store

MAX_NAME, MAX_LOCATION = 100, 200
SHOWN = ("name", "location", "time_zone")

# Held by everybody who books in a store, shared; alone by who archives it.
STORE_LOCK = 7_305_003
KEEP_OPEN = """
SELECT pg_advisory_xact_lock_shared(%s, (id %% 2147483647)::int)
FROM (SELECT DISTINCT id FROM unnest(%s::bigint[]) AS store (id) ORDER BY id) AS store
"""
KEEP_OUT = "SELECT pg_advisory_xact_lock(%s, (%s::bigint %% 2147483647)::int)"


class Kept(NamedTuple):
    """Stores that are there: the time zones of the open ones, and which are archived."""

    zones: dict[int, str]
    archived: set[int]


class StoreChanges(TypedDict, total=False):
    """What may be changed of a store; what is left out stays."""

    name: str
    location: str
    time_zone: str


@transaction.atomic
def open_store(*, name: str, location: str = "", time_zone: str | None = None, actor: Actor, at: datetime) -> Store:
    """Open a store; `time_zone` is an IANA name, by default the installation's. Raises FieldErrors, StoreNameTaken."""
    actor.require_admin()
    zone = time_zone or str(settings.TIME_ZONE)
    fields = _cleaned({"name": name, "location": location, "time_zone": zone})
    store = Store(created_at=at, **fields)
    _save(store, None)
    audit.record("places.store_opened", subject=store, actor=actor, at=at, after=_shown(store), store_id=store.pk)
    return store


@transaction.atomic
def change_store(store_id: int, *, actor: Actor, at: datetime, **changes: Unpack[StoreChanges]) -> Store:
    """Change name, location or time zone. Raises NoSuchStore, StoreArchived, FieldErrors, StoreNameTaken."""
    actor.require_admin()
    require_known(changes, StoreChanges)
    store = _locked(store_id)
    if not store.is_open:
        raise StoreArchived(store_id=store_id)
    before = _shown(store)
    fields = _cleaned({name: str(value) for name, value in changes.items()})
    for name, value in fields.items():
        setattr(store, name, value)
    _save(store, list(fields))
    after = _shown(store)
    if before != after:
        audit.record(
            "places.store_changed", subject=store, actor=actor, at=at, before=before, after=after, store_id=store.pk
        )
    return store


def keep_open(store_ids: Collection[int]) -> Kept:
    """What these stores are, and that none of them is archived before the commit. Raises Busy.

    Many keep a store open at once; who archives it waits for them, and they for who does.
    """
    ids = sorted({store_id for store_id in store_ids if 0 < store_id <= db.MAX_BIGINT})
    lock = (KEEP_OPEN, [STORE_LOCK, db.array(ids)]) if ids and db.is_postgres() else None
    with db.politely():
        _, rows = db.fetch_each([lock, db.rows_by("places_store", ("id", "time_zone", "archived_at"), "id", ids)])
    zones = {store_id: zone for store_id, zone, archived_at in rows if archived_at is None}
    return Kept(zones, {store_id for store_id, *_ in rows} - zones.keys())


def keep_out(store_id: int) -> None:
    """From here to the commit nobody books in a store; whoever does so is waited for. Raises Busy."""
    if db.is_postgres():
        with db.politely():
            db.fetch(KEEP_OUT, [STORE_LOCK, store_id])


@transaction.atomic
def archive_store(store_id: int, *, actor: Actor, at: datetime) -> Store:
    """Close a store for good trade; its history stays readable. Archiving twice changes nothing. Raises NoSuchStore.

    What may stand in its way is for the apps above to know: faces ask `inventory.close_store`.
    """
    actor.require_admin()
    keep_out(store_id)
    won = Store.objects.filter(pk=store_id, archived_at=None).update(archived_at=at)
    store = _locked(store_id)
    if won:
        audit.record("places.store_archived", subject=store, actor=actor, at=at, store_id=store_id)
    return store


@transaction.atomic
def reopen_store(store_id: int, *, actor: Actor, at: datetime) -> Store:
    """Take a store out of the archive. Reopening an open store changes nothing. Raises NoSuchStore."""
    actor.require_admin()
    won = Store.objects.filter(pk=store_id, archived_at__isnull=False).update(archived_at=None)
    store = _locked(store_id)
    if won:
        audit.record("places.store_reopened", subject=store, actor=actor, at=at, store_id=store_id)
    return store


def _locked(store_id: int) -> Store:
    found = Store.objects.select_for_update(no_key=True).filter(pk=store_id).first()
    if found is None:
        raise NoSuchStore(f"There is no store {store_id}", store_id=store_id)
    return found


def _shown(store: Store) -> dict[str, Any]:
    return {name: getattr(store, name) for name in SHOWN}


def _cleaned(fields: dict[str, str]) -> dict[str, str]:
    cleaned = {name: value.strip() for name, value in fields.items()}
    wrong: dict[str, list[str]] = {}
    for name, most in (("name", MAX_NAME), ("location", MAX_LOCATION)):
        value = cleaned.get(name, "")
        if len(value) > most:
            wrong[name] = [f"At most {most} characters."]
        elif not value.isprintable():
            wrong[name] = ["Only characters that can be printed."]
    if cleaned.get("name") == "":
        wrong["name"] = ["A store needs a name."]
    if "time_zone" in cleaned and cleaned["time_zone"] not in available_timezones():
        wrong["time_zone"] = ["This is not a time zone, such as Europe/London."]
    if wrong:
        raise FieldErrors(wrong)
    return cleaned


def _save(store: Store, update_fields: list[str] | None) -> None:
    taken = StoreNameTaken(f"Another store is called {store.name!r}", name=store.name)
    with db.unless_taken("places_store_name_unique", taken):
        store.save(update_fields=update_fields)
