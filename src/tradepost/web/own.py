"""The seller a person acts for, looked up once a request."""

from typing import TYPE_CHECKING

from tradepost.books import chart
from tradepost.lib.errors import Missing
from tradepost.prepaid import queries as prepaid

if TYPE_CHECKING:
    from tradepost.prepaid.models import Seller
    from tradepost.web.page import PageRequest


def seller_of(request: "PageRequest") -> "Seller | None":
    """The seller the person acts for, if any."""
    if not hasattr(request, "seller"):
        request.seller = prepaid.seller_of(request.actor)
    return request.seller


def acting_seller(request: "PageRequest") -> "Seller":
    """The seller the person acts for. Raises Missing where there is none."""
    seller = seller_of(request)
    if seller is None:
        raise Missing("This login acts for no seller")
    return seller


def seller_id_of(request: "PageRequest") -> int | None:
    """The number of the seller the person acts for, if any."""
    seller = seller_of(request)
    return seller.pk if seller else None


def codes(request: "PageRequest") -> list[str]:
    """The codes of accounts that are the person's own besides those the books know of."""
    seller = seller_of(request)
    return [chart.credit(seller.pk)] if seller else []
