"""Suppliers: added, changed, archived."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.catalog.errors import NoSuchSupplier, SupplierArchived, SupplierNameTaken
from tradepost.catalog.models import Supplier
from tradepost.lib import db, fields
from tradepost.lib.actor import Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import FieldErrors

MAX_NAME = 150


class SupplierChanges(TypedDict, total=False):
    """What may be changed of a supplier; what is left out stays."""

    name: str
    email: str
    phone: str


@transaction.atomic
def add_supplier(*, name: str, email: str = "", phone: str = "", actor: Actor, at: datetime) -> Supplier:
    """Add a supplier. Raises Denied, FieldErrors, SupplierNameTaken."""
    actor.require_admin()
    supplier = Supplier(created_at=at, **_cleaned({"name": name, "email": email, "phone": phone}))
    _save(supplier, None)
    audit.record("catalog.supplier_added", subject=supplier, actor=actor, at=at, after={"name": supplier.name})
    return supplier


@transaction.atomic
def change_supplier(supplier_id: int, *, actor: Actor, at: datetime, **changes: Unpack[SupplierChanges]) -> Supplier:
    """Change a supplier. Raises Denied, NoSuchSupplier, SupplierArchived, FieldErrors, SupplierNameTaken."""
    actor.require_admin()
    require_known(changes, SupplierChanges)
    supplier = _locked(supplier_id)
    if supplier.archived_at is not None:
        raise SupplierArchived(supplier_id=supplier_id)
    wanted = _cleaned(dict(changes))
    before = supplier.name
    changed = sorted(name for name, value in wanted.items() if getattr(supplier, name) != value)
    for name in changed:
        setattr(supplier, name, wanted[name])
    if changed:
        _save(supplier, changed)
        after = {"name": supplier.name, "changed": changed}
        audit.record(
            "catalog.supplier_changed", subject=supplier, actor=actor, at=at, before={"name": before}, after=after
        )
    return supplier


@transaction.atomic
def archive_supplier(supplier_id: int, *, actor: Actor, at: datetime) -> Supplier:
    """Archive a supplier; products keep naming it. Archiving twice changes nothing. Raises Denied, NoSuchSupplier."""
    actor.require_admin()
    won = Supplier.objects.filter(pk=supplier_id, archived_at=None).update(archived_at=at)
    supplier = _locked(supplier_id)
    if won:
        audit.record("catalog.supplier_archived", subject=supplier, actor=actor, at=at)
    return supplier


@transaction.atomic
def restore_supplier(supplier_id: int, *, actor: Actor, at: datetime) -> Supplier:
    """Take a supplier out of the archive. Restoring one that is not there changes nothing. Raises NoSuchSupplier."""
    actor.require_admin()
    won = Supplier.objects.filter(pk=supplier_id, archived_at__isnull=False).update(archived_at=None)
    supplier = _locked(supplier_id)
    if won:
        audit.record("catalog.supplier_restored", subject=supplier, actor=actor, at=at)
    return supplier


def _locked(supplier_id: int) -> Supplier:
    found = Supplier.objects.select_for_update(no_key=True).filter(pk=supplier_id).first()
    if found is None:
        raise NoSuchSupplier(f"There is no supplier {supplier_id}", supplier_id=supplier_id)
    return found


def _cleaned(given: dict[str, Any]) -> dict[str, str]:
    wrong: fields.Wrong = {}
    clean: dict[str, str] = {}
    if "name" in given:
        clean["name"] = fields.line("name", given["name"], MAX_NAME, wrong, needed=True)
    if "email" in given:
        clean["email"] = fields.email(given["email"], wrong)
    if "phone" in given:
        clean["phone"] = fields.phone(given["phone"], wrong)
    if wrong:
        raise FieldErrors(wrong)
    return clean


def _save(supplier: Supplier, update_fields: list[str] | None) -> None:
    taken = SupplierNameTaken(f"Another supplier is called {supplier.name!r}", name=supplier.name)
    with db.unless_taken("catalog_supplier_name_unique", taken):
        supplier.save(update_fields=update_fields)
