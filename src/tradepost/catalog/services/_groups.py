"""Categories and suppliers by the names a file gives them; those that nobody knows are added in the end."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from tradepost.catalog.errors import CategoryNameTaken, SupplierArchived, SupplierNameTaken
from tradepost.catalog.models import Category, Supplier
from tradepost.catalog.services import categories, suppliers
from tradepost.lib import db, fields
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, FieldErrors


class _Groups(ABC):
    """Groups of products by name, upper and lower case being the same. New ones have numbers below zero until then."""

    field: ClassVar[str]
    longest: ClassVar[int]
    model: ClassVar[Any]
    columns: ClassVar[tuple[str, ...]]

    def __init__(self, names: Collection[str], *, keep: bool) -> None:
        """`keep` sees to it that none of them is removed before the commit."""
        wanted = {clean for name in names if (clean := name.strip())}
        self.known: dict[str, int] = {}
        self.archived: set[int] = set()
        self.new: dict[str, tuple[int, str]] = {}
        found = list(self._find(wanted)) if wanted else []
        kept = db.keep_rows(self.model._meta.db_table, [row[0] for row in found]) if keep and found else None
        for number, name, *archived_at in found:
            if kept is not None and number not in kept:
                continue  # it was removed while we waited: it is new again
            self.known[name] = self.known[name.lower()] = number
            if any(archived_at):
                self.archived.add(number)

    def _find(self, names: Collection[str]) -> QuerySet[Any, Any]:
        lowered = {name.lower() for name in names}
        found = self.model.objects.annotate(lowered=Lower("name")).order_by("id")
        found = found.filter(Q(db.Among("name", names)) | Q(db.Among("lowered", lowered)))
        return found.values_list(*self.columns)  # type: ignore[no-any-return]

    def _number(self, name: str) -> int | None:
        return self.known.get(name) or self.known.get(name.lower())

    def is_same(self, name: str, number: int | None) -> bool:
        """Whether this is the name of that group already."""
        return number is not None and self._number(name) == number

    def check(self, name: str) -> None:
        """Raises FieldErrors for what cannot be a name, SupplierArchived for one that is no longer used."""
        found = self._number(name)
        if found in self.archived:
            raise SupplierArchived(f"The supplier {name!r} is archived")
        wrong: fields.Wrong = {}
        fields.line(self.field, name, self.longest, wrong)
        if wrong:
            raise FieldErrors(wrong)

    def number(self, name: str) -> int:
        """The number of the group called so; below zero for one that is to be added."""
        return self._number(name) or self.new.setdefault(name.lower(), (-len(self.new) - 1, name))[0]

    def add_new(self, actor: Actor, at: datetime) -> dict[int, int]:
        """Add the new ones; their numbers by those below zero. Raises Busy where somebody was quicker."""
        try:
            return {number: self._add(name, actor, at) for number, name in self.new.values()}
        except (CategoryNameTaken, SupplierNameTaken) as taken:
            raise Busy("Somebody else adds the same categories or suppliers at this moment; try again") from taken

    @abstractmethod
    def _add(self, name: str, actor: Actor, at: datetime) -> int: ...


class Categories(_Groups):
    """The categories that rows name."""

    field, longest, model, columns = "category", categories.MAX_NAME, Category, ("id", "name")

    def _add(self, name: str, actor: Actor, at: datetime) -> int:
        return categories.add_category(name=name, actor=actor, at=at).pk


class Suppliers(_Groups):
    """The suppliers that rows name."""

    field, longest, model, columns = "supplier", suppliers.MAX_NAME, Supplier, ("id", "name", "archived_at")

    def _add(self, name: str, actor: Actor, at: datetime) -> int:
        return suppliers.add_supplier(name=name, actor=actor, at=at).pk
