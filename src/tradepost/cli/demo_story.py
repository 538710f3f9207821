"""The story of the demonstration: three gift shops, the people in them, two weeks of trade, and sellers of charges.

Everything is made by calling services, in one transaction: the data are all there or not at all. The passwords are
known to everybody, so a database with data of its own is left alone.
"""

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tradepost.books import services as books
from tradepost.catalog import services as catalog
from tradepost.cli import demo_credit
from tradepost.cli.demo_goods import SHELVES, SUPPLIERS, barcode
from tradepost.cli.demo_trade import OPENS, Shop, Trade, local
from tradepost.intake import services as intake
from tradepost.lib import clock, money
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, STAFF, Actor
from tradepost.lib.errors import Refused, TradepostError
from tradepost.people import queries as people_queries
from tradepost.people import services as people
from tradepost.places import queries as places_queries
from tradepost.places import services as places

if TYPE_CHECKING:
    from tradepost.catalog.models import Product

TIME_ZONE = "Europe/London"
DAYS = 15


class StoreOf(NamedTuple):
    """A shop of the story: where it is and how many baskets it sells on a usual day."""

    name: str
    location: str
    baskets: int


class Person(NamedTuple):
    """Somebody to log in as. `role` and `store` are what is granted; a customer is granted nothing."""

    username: str
    password: str
    first_name: str
    last_name: str
    about: str
    role: str = ""
    store: str = ""


CAMDEN, YORK, LEEDS = "Camden Passage", "York Shambles", "Leeds Corn Exchange"
STORES = [
    StoreOf(CAMDEN, "12 Camden Passage, London N1", 280),
    StoreOf(YORK, "31 Shambles, York YO1", 130),
    StoreOf(LEEDS, "Unit 8, Corn Exchange, Leeds LS1", 90),
]
PEOPLE = [
    Person("ada", "brass-lantern-41", "Ada", "Marsh", "administrator", ADMIN),
    Person("nadia", "quiet-harbour-52", "Nadia", "Rahman", f"manager, {CAMDEN}", MANAGER, CAMDEN),
    Person("ben", "paper-kite-63", "Ben", "Okafor", f"staff, {CAMDEN}", STAFF, CAMDEN),
    Person("olive", "speckled-jug-74", "Olive", "Hartley", f"manager, {YORK}", MANAGER, YORK),
    Person("tom", "winter-pine-85", "Tom", "Whitby", f"staff, {YORK}", STAFF, YORK),
    Person("priya", "wooden-train-96", "Priya", "Nair", f"manager, {LEEDS}", MANAGER, LEEDS),
    Person("vera", "second-ledger-17", "Vera", "Lindqvist", "auditor", AUDITOR),
    Person("goldman", "loose-humbugs-28", "Ruth", "Goldman", "customer"),
    Person("finch", "window-feeder-39", "Arlo", "Finch", "customer"),
    Person("parisa", "copper-dial-53", "Parisa", "Rostami", "seller of prepaid charges"),
    Person("omid", "green-token-64", "Omid", "Karimi", "seller of prepaid charges"),
]


def fill() -> bool:
    """Tell the story, unless it was told; whether it was now. Raises Refused for a database with data of its own."""
    console = people_queries.console_actor()
    if _was_told(console):
        return False
    now = clock.now()

    def tell() -> intake.Answer:
        _tell(console, now)
        return intake.Answer(200, {"stores": len(STORES), "people": len(PEOPLE)})

    intake.once("", "", console, tell)
    books.close_runs()
    books.prove(actor=people_queries.system_actor(), at=clock.now())
    return True


def _was_told(console: Actor) -> bool:
    stores = {store.name for store in places_queries.stores_for(console, archived=None)[:100]}
    usernames = {user.username for user in people_queries.users(console)[:100] if not user.is_machine}
    if {CAMDEN, YORK, LEEDS} <= stores and PEOPLE[0].username in usernames:
        return True
    if stores or usernames:
        raise Refused(
            "There are data in this database already; the demonstration, whose passwords everybody knows, "
            "wants one of its own: set TRADEPOST_HOME to another folder"
        )
    return False


def _tell(console: Actor, now: datetime) -> None:
    today = clock.business_date(now, TIME_ZONE)
    first = today - timedelta(days=DAYS - 1)
    opening = local(first, time(OPENS - 2), TIME_ZONE)
    store_ids = {}
    for name, location, _ in STORES:
        opened = places.open_store(name=name, location=location, time_zone=TIME_ZONE, actor=console, at=opening)
        store_ids[name] = opened.pk
    goods = _catalogue(console, opening)
    actors = _people(console, opening, store_ids)
    keepers = {CAMDEN: ("nadia", "ben"), YORK: ("olive", "tom"), LEEDS: ("priya", "priya")}
    shops = [
        Shop(store_ids[name], baskets, manager=actors[keepers[name][0]], seller=actors[keepers[name][1]])
        for name, _, baskets in STORES
    ]
    days = [first + timedelta(days=i) for i in range(DAYS)]
    mornings = [local(day, time(OPENS), TIME_ZONE) for day in days]
    demo_credit.fill(console, actors["ada"], actors, mornings, now)
    regulars = [actors["goldman"].user_id, actors["finch"].user_id]
    Trade(shops, goods, regulars, TIME_ZONE).run(days, now)


def _catalogue(console: Actor, at: datetime) -> list[tuple["Product", int]]:
    """The products and how much each is asked for."""
    suppliers = {
        name: catalog.add_supplier(name=name, email=email, actor=console, at=at).pk for name, email in SUPPLIERS.items()
    }
    drafts: list[catalog.ProductDraft] = []
    pulls: list[int] = []
    for category_name, supplier, goods in SHELVES:
        category = catalog.add_category(name=category_name, actor=console, at=at)
        for good in goods:
            decimals = catalog.usual_decimals(good.unit)
            draft = catalog.ProductDraft(
                sku=good.sku,
                name=good.name,
                price_minor=money.parse(good.price),
                cost_minor=money.parse(good.cost),
                unit=good.unit,
                decimals=decimals,
                barcode=barcode(len(drafts) + 1),
                category_id=category.pk,
                supplier_id=suppliers.get(supplier),
                stocked=good.stocked,
                reorder_level=good.reorder * 10**decimals,
            )
            drafts.append(draft)
            pulls.append(good.pull)
    added = catalog.add_products(drafts, actor=console, at=at)
    products = []
    for answer, pull in zip(added, pulls, strict=True):
        if isinstance(answer, TradepostError):
            raise answer
        products.append((answer, pull))
    return products


def _people(console: Actor, at: datetime, store_ids: dict[str, int]) -> dict[str, Actor]:
    actors = {}
    for person in PEOPLE:
        user = people.add_user(
            username=person.username,
            password=person.password,
            email=f"{person.username}@example.com",
            first_name=person.first_name,
            last_name=person.last_name,
            actor=console,
            at=at,
        )
        if person.role:
            people.grant_role(user.pk, person.role, store_ids.get(person.store), actor=console, at=at)
        if person.role == MANAGER:  # without a mail server, mails would bury these logins on the terminal
            people.change_profile(user.pk, stock_mails=False, actor=console, at=at)
        actors[person.username] = people_queries.actor_for(user, face="demo")
    return actors
