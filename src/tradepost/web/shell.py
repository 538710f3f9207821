"""What stands around every page: menu, stores, state of the books and person, by a constant number of queries."""

from typing import TYPE_CHECKING, Any

from tradepost.books import queries as books
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER
from tradepost.people import queries as people
from tradepost.web import nav, shops

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
    links = nav.menu(actor, request.shop.pk if request.shop else None, request.path)
    return {
        "asked": request,
        "shop": request.shop,
        "person": person,
        "role_line": role_line(request),
        "keys_on": profile.keys_on if profile else True,
        "menu": links,
        "bar": links[:BAR],
        "stores": list(shops.shops_of(actor)[:STORES_SHOWN]) if actor.works_somewhere else [],
        "proof": books.latest_proof() if actor.works_somewhere else None,
    }


def role_line(request: "PageRequest") -> str:
    """What the person is, here: `Manager, Camden Passage`."""
    actor, shop = request.actor, request.shop
    if (ADMIN, None) in actor.grants:
        return "Administrator"
    if (AUDITOR, None) in actor.grants:
        return "Auditor"
    if shop is None:
        return "Customer"
    return f"{'Manager' if (MANAGER, shop.pk) in actor.grants else 'Staff'}, {shop.name}"
