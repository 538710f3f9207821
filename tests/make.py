"""Makers: each calls a service, so that what a test stands on is what the program makes.

A maker gives every field a value of its own; a test names only those it is about.
"""

from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Draft, Move, Pay
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.funding import services as funding
from tradepost.funding.models import FundsRequest
from tradepost.inventory import queries as inventory_queries
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockAlert, StockMovement, Stocktake, StockTransfer
from tradepost.inventory.services import CountItem, MovementDraft, TransferDraft, TransferItem
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, STAFF, Actor
from tradepost.notify import services as notify
from tradepost.notify.models import Webhook
from tradepost.people import queries as people_queries
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.places import services as places
from tradepost.places.models import Store
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import Seller
from tradepost.prepaid.services import ChargeItem, CreditDraft, SellerDraft, Sold
from tradepost.till import services as till
from tradepost.till.models import Return, Sale, StockEntry
from tradepost.till.services import (
    EntryDraft,
    EntryItem,
    Refusal,
    ReturnDraft,
    ReturnItem,
    ReversalDraft,
    SaleDraft,
    SaleItem,
)

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PASSWORD = "seven-brown-foxes"

T = TypeVar("T")

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


def payment(source: str, destination: str, amount_minor: int, **fields: Any) -> Draft:
    """Money from one account to another, to be booked."""
    given = {"key": f"test:{next(_numbers)}:paid", "kind": "test.paid", "actor": console(), "at": AT, **fields}
    return Draft(transfers=[Pay(source, destination, amount_minor)], **given)


def movement(goods: Product, source: str, destination: str, steps: int, **fields: Any) -> Draft:
    """Goods from one place to another, to be booked."""
    given = {"key": f"test:{next(_numbers)}:moved", "kind": "test.moved", "actor": console(), "at": AT, **fields}
    return Draft(movements=[Move(goods.pk, source, destination, steps)], **given)


def funded_wallet(amount_minor: int) -> str:
    """The code of a wallet with this much on it, paid in from the bank."""
    code = f"wallet:{next(_numbers)}"
    books.post_one(payment(chart.BANK, code, amount_minor))
    return code


def deposit_request(user: User | None = None, amount_minor: int = 1000, note: str = "") -> FundsRequest:
    """A deposit somebody asked for that waits for a decision: 10.00."""
    return funding.request_deposit(amount_minor, note, actor=actor(user or customer()), at=AT)


def withdrawal_request(user: User, amount_minor: int = 1000, note: str = "") -> FundsRequest:
    """A withdrawal that waits, its amount held; the wallet must have it."""
    return funding.request_withdrawal(amount_minor, note, actor=actor(user), at=AT)


def decided(request: FundsRequest, *, approve: bool = True, reason: str = "", by: Actor | None = None) -> FundsRequest:
    """The request after its decision, by the console unless somebody is named."""
    decision = funding.Decision(request.pk, approve, reason)
    return accepted(funding.decide([decision], actor=by or console(), at=AT))


def approved_deposit(user: User | None = None, amount_minor: int = 1000) -> FundsRequest:
    """A deposit that is in the wallet: 10.00."""
    return decided(deposit_request(user, amount_minor))


def seller(name: str = "", *, credit_minor: int = 0, **fields: Any) -> Seller:
    """A seller with a login of their own and, where asked for, credit that was approved."""
    given = {"user_id": fields["user_id"] if "user_id" in fields else customer().pk, **fields}
    made = prepaid.add_seller(SellerDraft(name or f"Seller {next(_numbers)}", **given), actor=console(), at=AT)
    if credit_minor:
        credited(made, credit_minor)
    return made


def login_of(seller: Seller) -> User:
    """Whoever acts for a seller."""
    assert seller.user
    return seller.user


def credit_request(seller: Seller, amount_minor: int = 1000, note: str = "") -> FundsRequest:
    """Credit a seller asked for, undecided."""
    draft = CreditDraft(seller.pk, amount_minor, note)
    return accepted(prepaid.request_credit([draft], actor=actor(login_of(seller)), at=AT))


def credited(seller: Seller, amount_minor: int) -> FundsRequest:
    """Credit a seller asked for and got."""
    return decided(credit_request(seller, amount_minor))


def phone_number() -> str:
    """A number of its own, as it is kept."""
    return f"+98912{next(_numbers):07}"


def charge(seller: Seller, amount_minor: int = 100, number: str = "") -> Sold:
    """A phone charged by a seller."""
    item = ChargeItem(seller.pk, number or phone_number(), amount_minor)
    return accepted(prepaid.sell_charges([item], actor=actor(login_of(seller)), at=AT))


def stocked_product(store: Store, steps: int, *, cost: int | None = None, **fields: Any) -> Product:
    """A product with this much on a store's shelf, delivered at `cost` for all of it or else at its list cost."""
    goods = product(**fields)
    delivery(store, (goods, steps, cost))
    return goods


def delivery(store: Store, *items: tuple[Product, int, int | None], **fields: Any) -> StockEntry:
    """Goods received: (product, steps, cost of them all or None for the list cost)."""
    lines = [EntryItem(goods.pk, steps, cost) for goods, steps, cost in items]
    return accepted(till.receive([EntryDraft(store.pk, lines, **fields)], actor=console(), at=AT))


def basket(store: Store, *items: tuple[Product, int], **fields: Any) -> SaleDraft:
    """A sale to be rung up: (product, steps)."""
    return SaleDraft(store.pk, [SaleItem(goods.pk, steps) for goods, steps in items], **fields)


def sale(store: Store, *items: tuple[Product, int], **fields: Any) -> Sale:
    """A sale at the counter: (product, steps)."""
    return accepted(till.ring_up([basket(store, *items, **fields)], actor=console(), at=AT))


def slip(sold: Sale, *steps: int, **fields: Any) -> ReturnDraft:
    """A return to be booked of so many steps of each line of a sale; none of a line where 0 is given."""
    lines = zip(sold.lines.order_by("position"), steps, strict=False)
    return ReturnDraft(sold.store_id, [ReturnItem(n, sale_line_id=line.pk) for line, n in lines if n], **fields)


def given_back(sold: Sale, *steps: int, **fields: Any) -> Return:
    """A return of so many steps of each line of a sale."""
    return accepted(till.give_back([slip(sold, *steps, **fields)], actor=console(), at=AT))


def loss(store: Store, *items: tuple[Product, int], reason: str = "Broken", **fields: Any) -> StockEntry:
    """Goods written off: (product, steps)."""
    lines = [EntryItem(goods.pk, steps) for goods, steps in items]
    return accepted(till.write_off([EntryDraft(store.pk, lines, reason=reason, **fields)], actor=console(), at=AT))


def reversed_entry(entry: StockEntry, **fields: Any) -> StockEntry:
    """The reversal of a delivery or a loss."""
    draft = ReversalDraft(entry.store_id, entry.number, **fields)
    return accepted(till.reverse_entries([draft], actor=console(), at=AT))


def moved(store: Store, goods: Product, movement_type: str, steps: int, **fields: Any) -> StockMovement:
    """A stock movement that was applied: IN, OUT or REM."""
    given = {"note": "Broken" if movement_type == StockMovement.REM else "", **fields}
    draft = MovementDraft(store.pk, goods.pk, movement_type, steps, **given)
    return accepted(inventory.record_movements([draft], actor=console(), at=AT))


def transfer_draft(source: Store, destination: Store, *items: tuple[Product, int], **fields: Any) -> TransferDraft:
    """Goods to be sent from one store to another: (product, steps)."""
    return TransferDraft(source.pk, destination.pk, [TransferItem(goods.pk, steps) for goods, steps in items], **fields)


def transfer(source: Store, destination: Store, *items: tuple[Product, int], **fields: Any) -> StockTransfer:
    """Goods on their way from one store to another: (product, steps)."""
    return accepted(inventory.send([transfer_draft(source, destination, *items, **fields)], actor=console(), at=AT))


def received(transfer: StockTransfer, *items: tuple[Product, int]) -> StockTransfer:
    """The transfer after its destination received (product, steps), or all that is on its way."""
    taken = {goods.pk: steps for goods, steps in items} or None
    return inventory.receive(transfer.pk, taken, actor=console(), at=AT)


def stocktake(store: Store, *items: tuple[Product, int], note: str = "") -> Stocktake:
    """An open stocktake, in which (product, steps) were counted."""
    opened = inventory.open_stocktake(store.pk, note=note, actor=console(), at=AT)
    if items:
        inventory.count(opened.pk, [CountItem(goods.pk, steps) for goods, steps in items], actor=console(), at=AT)
    return opened


def applied(stocktake: Stocktake) -> Stocktake:
    """The stocktake closed, its differences booked."""
    return inventory.apply_stocktake(stocktake.pk, actor=console(), at=AT)


def alert(store: Store, goods: Product, steps: int = 3) -> StockAlert:
    """The alert of a shelf that was full, until so many steps of it were left: low, or out where none are."""
    delivery(store, (goods, 100_000, None))
    shelf = inventory_queries.stock(console()).get(product=goods, location__store=store)
    moved(store, goods, StockMovement.OUT, shelf.quantity - steps)
    books.close_runs()
    inventory.watch_levels(at=AT)
    return StockAlert.objects.latest("id")


def webhook(url: str = "https://example.com/hook", *events: str, store: Store | None = None) -> Webhook:
    """A webhook that listens to stock of all stores, or of one."""
    wanted, store_id = events or ("stock.low", "stock.out"), store.pk if store else None
    return notify.add_webhook(url=url, events=wanted, store_id=store_id, actor=console(), at=AT)[0]


def accepted(answers: list[T | Refusal]) -> T:
    """The only answer of a list of one, which is no refusal."""
    (answer,) = answers
    if isinstance(answer, Refusal):
        raise answer.error
    return answer


def _with_role(username: str, role: str, store_id: int | None, fields: dict[str, Any]) -> User:
    user = customer(username, **fields)
    people.grant_role(user.pk, role, store_id, actor=console(), at=AT)
    user.refresh_from_db()
    return user
