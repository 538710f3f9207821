"""Categories: added, renamed, and removed while no product is in them.

Who puts a product into one keeps it until the commit; who removes one locks it first, and then looks for products.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import ProtectedError

from tradepost.audit import services as audit
from tradepost.catalog.errors import CategoryInUse, CategoryNameTaken, NoSuchCategory
from tradepost.catalog.models import Category
from tradepost.lib import db, fields
from tradepost.lib.actor import Actor
from tradepost.lib.errors import FieldErrors

MAX_NAME = 100


@transaction.atomic
def add_category(*, name: str, actor: Actor, at: datetime) -> Category:
    """Add a category. Raises Denied, FieldErrors, CategoryNameTaken."""
    actor.require_admin()
    category = Category(name=_cleaned(name), created_at=at)
    _save(category)
    audit.record("catalog.category_added", subject=category, actor=actor, at=at, after={"name": category.name})
    return category


@transaction.atomic
def change_category(category_id: int, *, name: str, actor: Actor, at: datetime) -> Category:
    """Rename a category. Raises Denied, NoSuchCategory, FieldErrors, CategoryNameTaken."""
    actor.require_admin()
    category = _locked(category_id)
    before, category.name = category.name, _cleaned(name)
    if category.name != before:
        _save(category)
        after = {"name": category.name}
        audit.record(
            "catalog.category_changed", subject=category, actor=actor, at=at, before={"name": before}, after=after
        )
    return category


@transaction.atomic
def remove_category(category_id: int, *, actor: Actor, at: datetime) -> None:
    """Remove a category no product is in, archived ones included. Raises Denied, NoSuchCategory, CategoryInUse."""
    actor.require_admin()
    category = _locked(category_id)
    try:
        category.delete()
    except ProtectedError:
        raise CategoryInUse(category_id=category_id) from None
    subject = ("catalog.category", category_id)
    audit.record("catalog.category_removed", subject=subject, actor=actor, at=at, before={"name": category.name})


def keep_category(category_id: int) -> None:
    """Nobody removes the category before the commit. Raises NoSuchCategory, Busy."""
    if not keep_categories([category_id]):
        raise NoSuchCategory(f"There is no category {category_id}", category_id=category_id)


def keep_categories(category_ids: Iterable[int]) -> set[int]:
    """Which of these categories there are; nobody removes one of them before the commit. Raises Busy."""
    return db.keep_rows("catalog_category", category_ids)


def _locked(category_id: int) -> Category:
    found = Category.objects.select_for_update().filter(pk=category_id).first()
    if found is None:
        raise NoSuchCategory(f"There is no category {category_id}", category_id=category_id)
    return found


def _cleaned(name: str) -> str:
    wrong: fields.Wrong = {}
    clean = fields.line("name", name, MAX_NAME, wrong, needed=True)
    if wrong:
        raise FieldErrors(wrong)
    return clean


def _save(category: Category) -> None:
    taken = CategoryNameTaken(f"Another category is called {category.name!r}", name=category.name)
    with db.unless_taken("catalog_category_name_unique", taken):
        category.save(update_fields=["name"] if category.pk else None)
