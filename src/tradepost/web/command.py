"""The command box: products, sales, postings and pages found by a few letters, each a link."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.lib import money
from tradepost.till import queries as till
from tradepost.web import nav, own, params
from tradepost.web.books.names import title_of
from tradepost.web.page import PageRequest, page, show

EACH = 5


@dataclass(frozen=True, slots=True)
class Option:
    """One line of the box."""

    label: str
    url: str
    icon: str
    aside: str = ""


@page
def find(request: PageRequest) -> HttpResponse:
    """What fits the letters typed, in groups; without letters, the pages."""
    text = params.text(request.GET, "q")
    groups = {
        "Products": _products(request, text) if text else [],
        "Sales": _sales(request, text) if text else [],
        "Pages": _pages(request, text),
        "Postings": _postings(request, text) if text else [],
    }
    context = {"groups": {name: options for name, options in groups.items() if options}, "text": text}
    return show(request, "web/_found.html", context, part="web/_found.html")


def _products(request: PageRequest, text: str) -> list[Option]:
    if not request.actor.works_somewhere:
        return []
    found = catalog.products(search=text)[:EACH]
    return [
        Option(p.name, reverse("web:product", args=[p.pk]), "box-seam", f"{p.sku} · {money.show(p.price_minor)}")
        for p in found
    ]


def _sales(request: PageRequest, text: str) -> list[Option]:
    found = till.sales(request.actor, number=text.upper())[:EACH]
    return [
        Option(f"Sale {one.number}", reverse("web:sale", args=[one.number]), "receipt", money.show(one.total_minor))
        for one in found
    ]


def _postings(request: PageRequest, text: str) -> list[Option]:
    if not request.actor.works_somewhere:
        return []
    found = books.postings(request.actor, key=text)[:EACH]
    return [Option(title_of(one.key), reverse("web:posting", args=[one.pk]), "journal-check", one.key) for one in found]


def _pages(request: PageRequest, text: str) -> list[Option]:
    store_id = request.shop.pk if request.shop else None
    sections = nav.menu(request.actor, store_id, request.path, seller_id=own.seller_id_of(request))
    lines = [(link, section) for section in sections for link in (section.children or (section,))]
    links = [(page, section) for link, section in lines for page in (link.tabs or (link,))]
    return [
        Option(link.label, link.url, section.icon, section.label if section.label != link.label else "")
        for link, section in links
        if text.lower() in f"{section.label} {link.label}".lower()
    ]
