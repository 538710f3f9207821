"""The basket of a till, kept in the session: product ids and steps. Prices are the catalogue's until they are paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.base import SessionBase

from tradepost.catalog import queries as catalog
from tradepost.lib import quantity
from tradepost.lib.errors import Refused
from tradepost.people import queries as people

if TYPE_CHECKING:
    from tradepost.catalog.models import Product
    from tradepost.people.models import User

MOST_LINES = 200


class BasketFull(Refused):
    """More lines than a till screen is for."""

    code = "basket_full"
    title = f"A basket holds {MOST_LINES} lines; pay for these first"


@dataclass(frozen=True, slots=True)
class Line:
    """A product in the basket at the price of this moment."""

    product: "Product"
    steps: int

    @property
    def amount_minor(self) -> int:
        """What the line comes to now."""
        return quantity.price_of(self.steps, self.product.price_minor, self.product.decimals)

    @property
    def one(self) -> int:
        """The steps of a whole unit."""
        return int(10**self.product.decimals)


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines, in the order they were scanned, and for whom."""

    lines: Sequence[Line]
    customer: "User | None"

    @property
    def total_minor(self) -> int:
        """What there is to pay."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def pieces(self) -> str:
        """How many pieces, or lines where something is weighed."""
        if any(line.product.decimals for line in self.lines):
            return f"{len(self.lines)} line{'s' if len(self.lines) != 1 else ''}"
        count = sum(line.steps for line in self.lines)
        return f"{count} piece{'s' if count != 1 else ''}"


def read(session: SessionBase, store_id: int) -> Basket:
    """The basket of a store's till, by at most two queries; a product archived meanwhile stays until it is removed."""
    kept = _kept(session, store_id)
    products = catalog.by_id([product_id for product_id, _ in kept["lines"]])
    lines = [Line(products[product_id], steps) for product_id, steps in kept["lines"] if product_id in products]
    return Basket(lines, people.user(kept["customer"]) if kept["customer"] else None)


def add(session: SessionBase, store_id: int, product: "Product", steps: int) -> None:
    """Put more of a product into the basket; a second scan of it counts up. Raises BasketFull."""
    kept = _kept(session, store_id)
    for line in kept["lines"]:
        if line[0] == product.pk:
            line[1] = min(line[1] + steps, quantity.MAX_STEPS)
            break
    else:
        if len(kept["lines"]) >= MOST_LINES:
            raise BasketFull
        kept["lines"].append([product.pk, steps])
    session[_name(store_id)] = kept


def put(session: SessionBase, store_id: int, product_id: int, steps: int) -> None:
    """Set how much of a product is in the basket; zero or less takes it out."""
    kept = _kept(session, store_id)
    lines = [[number, steps if number == product_id else old] for number, old in kept["lines"]]
    kept["lines"] = [line for line in lines if line[1] > 0]
    session[_name(store_id)] = kept


def serve(session: SessionBase, store_id: int, customer_id: int | None) -> None:
    """Say for whom the basket is, or for nobody known."""
    session[_name(store_id)] = {**_kept(session, store_id), "customer": customer_id}


def clear(session: SessionBase, store_id: int) -> None:
    """Empty it."""
    session.pop(_name(store_id), None)


def _name(store_id: int) -> str:
    return f"basket:{store_id}"


def _kept(session: SessionBase, store_id: int) -> dict[str, Any]:
    kept = session.get(_name(store_id)) or {}
    return {"lines": [list(line) for line in kept.get("lines", [])], "customer": kept.get("customer")}
