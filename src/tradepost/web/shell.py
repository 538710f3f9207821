"""What stands around every page: menu, stores, state of the books and person, by a constant number of queries."""

from typing import TYPE_CHECKING, Any

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.funding import queries as funding
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER
from tradepost.people import queries as people
from tradepost.prepaid import queries as prepaid
from tradepost.web import bell, nav, own, shops

if TYPE_CHECKING:
    from tradepost.web.page import PageRequest

STORES_SHOWN = 8
BAR = 4


def context(request: "PageRequest") -> dict[str, Any]:
    """The context of the shell for whoever asks; nearly empty for visitors."""
    actor = request.actor
    if not actor.user_id:
        return {"asked": request, "shop": None, "keys_on": True}
    person = people.me(actor)
    profile = getattr(person, "profile", None)
    waiting = funding.pending_count(actor) if actor.is_admin else 0
    store_id = request.shop.pk if request.shop else None
    links = nav.menu(actor, store_id, request.path, seller_id=own.seller_id_of(request), waiting=waiting)
    return {
        "asked": request,
        "shop": request.shop,
        "person": person,
        "face": profile.thumbnail_url if profile else "",
        "role_line": role_line(request),
        "keys_on": profile.keys_on if profile else True,
        "menu": links,
        "bar": nav.bar(actor, links)[:BAR],
        "waiting": waiting,
        "purse": purse(request),
        **bell.context(request),
        "shops": list(shops.shops_of(actor)[:STORES_SHOWN]) if actor.works_somewhere else [],
        "proof": books.latest_proof() if actor.works_somewhere else None,
    }


def purse(request: "PageRequest") -> dict[str, Any] | None:
    """What somebody who works in no store has to spend: the seller's credit, else what is in the wallet."""
    actor, seller = request.actor, own.seller_of(request)
    if seller is not None:
        credit = prepaid.credit_of([seller.pk]).get(seller.pk, prepaid.Credit())
        return {"label": "Credit", "amount": credit.balance_minor, "page": "web:prepaid"}
    if actor.works_somewhere:
        return None
    return {"label": "Wallet", "amount": books.balance_of(chart.wallet(actor.user_id)), "page": "web:wallet"}


def role_line(request: "PageRequest") -> str:
    """What the person is, here: `Manager, Camden Passage`."""
    actor, shop = request.actor, request.shop
    if (ADMIN, None) in actor.grants:
        return "Administrator"
    if (AUDITOR, None) in actor.grants:
        return "Auditor"
    seller = own.seller_of(request)
    if seller is not None and not actor.works_somewhere:
        return f"Seller, {seller.name}"
    if shop is None:
        return "Customer"
    return f"{'Manager' if (MANAGER, shop.pk) in actor.grants else 'Staff'}, {shop.name}"
