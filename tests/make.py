"""Makers: each calls a service, so that what a test stands on is what the program makes.

A maker gives every field a value of its own; a test names only those it is about.
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, STAFF, Actor
from tradepost.people import queries as people_queries
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.places import services as places
from tradepost.places.models import Store

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSWORD = "seven-brown-foxes"

_numbers = count(1)


def console() -> Actor:
    """Whoever may do everything."""
    return people_queries.console_actor()


def visitor() -> Actor:
    """Whoever has not logged in."""
    return people_queries.anonymous_actor(face="test")


def actor(user: User) -> Actor:
    """The user at work, with the roles of this moment."""
    return people_queries.actor_for(user, face="test")


def customer(username: str = "", **fields: Any) -> User:
    """Somebody without any role; without `password` nobody can log in as them."""
    name = username or f"customer{next(_numbers)}"
    given = {"email": f"{name.lower()}@example.com", **fields}
    return people.add_user(username=name, actor=console(), at=AT, **given)


def admin(username: str = "", **fields: Any) -> User:
    """An administrator of the whole house."""
    return _with_role(username or f"admin{next(_numbers)}", ADMIN, None, fields)


def auditor(username: str = "", **fields: Any) -> User:
    """Somebody who reads everything and changes nothing."""
    return _with_role(username or f"auditor{next(_numbers)}", AUDITOR, None, fields)


def manager(store: Store, username: str = "", **fields: Any) -> User:
    """The manager of a store."""
    return _with_role(username or f"manager{next(_numbers)}", MANAGER, store.pk, fields)


def staff(store: Store, username: str = "", **fields: Any) -> User:
    """Somebody who works in a store."""
    return _with_role(username or f"staff{next(_numbers)}", STAFF, store.pk, fields)


def store(name: str = "", **fields: Any) -> Store:
    """An open store."""
    given = {"location": "High Street 1", **fields}
    return places.open_store(name=name or f"Store {next(_numbers)}", actor=console(), at=AT, **given)


def draft(sku: str = "", **fields: Any) -> catalog.ProductDraft:
    """A product to be: 2.50 a piece."""
    number = next(_numbers)
    given: dict[str, Any] = {"name": f"Product {number}", "price_minor": 250, "cost_minor": 100, **fields}
    return catalog.ProductDraft(sku=sku or f"SKU-{number}", **given)


def product(sku: str = "", **fields: Any) -> Product:
    """A product in the catalogue: 2.50 a piece, bought for 1.00."""
    return catalog.add_product(draft(sku, **fields), actor=console(), at=AT)


def _with_role(username: str, role: str, store_id: int | None, fields: dict[str, Any]) -> User:
    user = customer(username, **fields)
    people.grant_role(user.pk, role, store_id, actor=console(), at=AT)
    user.refresh_from_db()
    return user
