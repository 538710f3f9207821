"""A small house with one of everything, made through services, and people with a browser."""

from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests import make
from tradepost.catalog.models import Product
from tradepost.funding.models import FundsRequest
from tradepost.lib import clock
from tradepost.people.models import User
from tradepost.places.models import Store
from tradepost.prepaid.models import Seller
from tradepost.till import services as till
from tradepost.till.models import Adjustment, Return, Sale, StockEntry

BACKEND = "tradepost.people.backends.NameOrEmailBackend"


@dataclass(frozen=True, slots=True)
class House:
    """Two stores, goods on a shelf, a document of each kind, a seller of charges, and somebody of every role."""

    store: Store
    other: Store
    mug: Product
    tea: Product
    sale: Sale
    given: Return
    entry: StockEntry
    adjustment: Adjustment
    seller: Seller
    asked: FundsRequest
    people: dict[str, User]

    def client(self, who: str, **options: Any) -> Client:
        """The browser of somebody; of a visitor without a login."""
        client = Client(**options)
        if who in self.people:
            client.force_login(self.people[who], backend=BACKEND)
        return client


def house() -> House:
    """The house as it stands before a test."""
    at = clock.now()
    store, other = make.store("Camden Passage"), make.store("York Shambles")
    mug = make.stocked_product(store, 20, sku="MUG", name="Robin mug", barcode="5012345678900", price_minor=950)
    tea = make.stocked_product(store, 5000, sku="TEA", name="Earl Grey", unit="kg", price_minor=3600)
    people = {
        "customer": make.customer("carla"),
        "seller": make.customer("sara"),
        "buyer": make.customer("basil"),
        "staff": make.staff(store, "ben"),
        "manager": make.manager(store, "nadia"),
        "foreign": make.manager(other, "olive"),
        "auditor": make.auditor("vera"),
        "admin": make.admin("ada"),
    }
    sale = make.sale(store, (mug, 2), customer_id=people["buyer"].pk, at=at)
    given = make.given_back(sale, 1, at=at)
    entry = make.delivery(store, (mug, 5, 500), at=at)
    draft = till.AdjustmentDraft(store.pk, -120, "It will not be paid", at=at)
    adjustment = make.accepted(till.adjust([draft], actor=make.console(), at=at))
    seller = make.seller("Azadi Kiosk 14", user_id=people["seller"].pk, credit_minor=5000)
    make.charge(seller, 1000, "+989123456789")
    asked = make.credit_request(seller, 2500, "For the weekend")
    return House(store, other, mug, tea, sale, given, entry, adjustment, seller, asked, people)
