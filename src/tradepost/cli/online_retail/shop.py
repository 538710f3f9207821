"""The shop the file is replayed into: its store, catalogue and customers by the file's own names, made if missing."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django_countries import countries

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.catalog import services as catalog_services
from tradepost.catalog.services import ProductDraft
from tradepost.cli.online_retail.figures import Survey
from tradepost.cli.online_retail.reader import Invoice, is_goods
from tradepost.lib.actor import Actor
from tradepost.people import services as people
from tradepost.people.services import CustomerDraft
from tradepost.places import queries as places
from tradepost.places import services as places_services
from tradepost.places.errors import NoSuchStore

STORE, TIME_ZONE, SUPPLIER = "Online Retail", "Europe/London", "Online Retail suppliers"
# How the file spells countries whose English name is another.
COUNTRIES = {"EIRE": "IE", "RSA": "ZA", "USA": "US", "Czech Republic": "CZ"}


@dataclass(slots=True)
class Shop:
    """Ids by the names the file uses, and what stands on the shelves by product id."""

    store_id: int
    zone: ZoneInfo
    supplier_id: int
    products: dict[str, int]
    customers: dict[str, int]
    on_hand: Counter[int]

    @property
    def prefix(self) -> str:
        """What the numbers of this replay's documents begin with; another store's are others."""
        return f"online-retail:{self.store_id}:"

    def number(self, invoice: Invoice) -> str:
        """The number the invoice's document goes by."""
        return self.prefix + invoice.number

    def moment(self, at: datetime) -> datetime:
        """A naive moment of the file by the shop's clock."""
        return at.replace(tzinfo=self.zone)


def open_shop(survey: Survey, store: str, *, actor: Actor, at: datetime) -> Shop:
    """Find or make everything the file names; doing it again changes nothing."""
    store_id, time_zone = _store(store, actor, at)
    products = _products(survey, actor, at)
    return Shop(
        store_id,
        ZoneInfo(time_zone),
        _supplier(actor, at),
        products,
        _customers(survey, actor, at),
        Counter(books.levels_at(chart.store(store_id))),
    )


def _store(name: str, actor: Actor, at: datetime) -> tuple[int, str]:
    try:
        found = places.store_named(name)
    except NoSuchStore:
        found = places_services.open_store(name=name, time_zone=TIME_ZONE, actor=actor, at=at)
    return found.pk, found.time_zone


def _supplier(actor: Actor, at: datetime) -> int:
    found = catalog.suppliers(search=SUPPLIER).first()
    return (found or catalog_services.add_supplier(name=SUPPLIER, actor=actor, at=at)).pk


def _products(survey: Survey, actor: Actor, at: datetime) -> dict[str, int]:
    codes = sorted(survey.wares)
    known = catalog.by_sku(codes)
    drafts = [
        ProductDraft(sku=code, name=wares.name or code, price_minor=wares.price_minor, stocked=is_goods(code))
        for code, wares in sorted(survey.wares.items())
        if code not in known
    ]
    for answer in catalog_services.add_products(drafts, actor=actor, at=at):
        if isinstance(answer, Exception):
            raise answer
    return {code: product.pk for code, product in catalog.by_sku(codes).items()}


def _customers(survey: Survey, actor: Actor, at: datetime) -> dict[str, int]:
    names = sorted(set(survey.customers.values()))
    codes = {name: COUNTRIES.get(name) or countries.by_name(name) for name in names}
    drafts = [
        CustomerDraft(f"online-retail-{number}", codes[country]) for number, country in sorted(survey.customers.items())
    ]
    ids = people.add_customers(drafts, actor=actor, at=at)
    return {number: ids[f"online-retail-{number}"] for number in survey.customers}
