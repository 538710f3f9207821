"""Every route, by every role, in one's own store and another's. A route that is not in the table fails."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import pytest
from django.urls import URLPattern

from tests import make, photos
from tests.api.caller import Caller, Form, lost, returned, sold, stocked
from tests.imports.files import brought, csv_file, sent
from tests.inventory.alerts import alert as raised_alert
from tests.people.phone import enrolled
from tradepost.api.urls import urlpatterns
from tradepost.audit.models import AuditEvent
from tradepost.books import services as books
from tradepost.inventory import queries as inventory
from tradepost.inventory.models import Stocktake, StockTransfer
from tradepost.lib import clock
from tradepost.notify import services as notify
from tradepost.people import services as people

pytestmark = pytest.mark.django_db

ROLES = "anonymous customer staff foreign_staff manager foreign_manager admin auditor".split()
EVERYBODY = "401 200 200 200 200 200 200 200"
WORKERS = "401 403 200 200 200 200 200 200"
ANYBODY = "200 200 200 200 200 200 200 200"
ADMINS_READ = "401 403 403 403 403 403 200 200"
STAFF_READ = "401 404 200 404 200 404 200 200"
MANAGERS_READ = "401 404 404 404 200 404 200 200"


class World:
    """Two stores, somebody in each role, and fresh victims for what cannot be done twice."""

    def __init__(self) -> None:
        self.store, self.other = make.store(), make.store()
        self.member = make.customer(password=make.PASSWORD).username
        self.product = make.product()
        stocked(self.store, self.product, 1000)
        self.sale = sold(self.store, self.product, 500)
        self.return_, self.loss = returned(self.sale), lost(self.store, self.product)
        self.delivery = stocked(self.store, self.product)
        self.seller = make.seller(credit_minor=10**6)
        self.charged = make.charge(self.seller)
        self.console = make.console()
        self.alert = raised_alert(store=self.store)
        self.moved = make.moved(self.store, self.product, "IN", 1, number="lorry-17")
        self.sent = make.transfer(self.store, self.other, (self.product, 1), number="van-3")
        books.prove(actor=self.console, at=clock.now())
        self.job = books.request_proof(actor=self.console, at=make.AT)

    def caller(self, role: str) -> Caller:
        """Somebody in a role, with a fresh token."""
        makers: dict[str, Callable[[], Any]] = {
            "anonymous": lambda: None,
            "customer": make.customer,
            "staff": lambda: make.staff(self.store),
            "foreign_staff": lambda: make.staff(self.other),
            "manager": lambda: make.manager(self.store),
            "foreign_manager": lambda: make.manager(self.other),
            "admin": make.admin,
            "auditor": make.auditor,
        }
        user = makers[role]()
        if user:
            make.approved_deposit(user)
        return Caller(user)

    def path(self, route: str) -> str:
        """The address of a fresh thing of this kind."""
        things: dict[str, Callable[[], Any]] = {
            "<id:store_id>": lambda: (self.store if "grants" in route else make.store()).pk,
            "<id:product_id>": lambda: (self.product if "stocktakes" in route else make.product()).pk,
            "<id:supplier_id>": self.supplier,
            "<id:category_id>": self.category,
            "<id:user_id>": lambda: self.victim(route),
            "<id:posting_id>": lambda: self.sale.posting_id,
            "<id:event_id>": lambda: AuditEvent.objects.filter(action="till.sold").earliest("id").pk,
            "<id:job_id>": lambda: self.job.pk,
            "<id:movement_id>": lambda: make.moved(self.store, self.product, "OUT", 1).pk,
            "<id:level_id>": lambda: inventory.stock(self.console).get(product=self.product).pk,
            "<id:alert_id>": lambda: self.alert.pk,
            "<id:import_id>": lambda: brought(self.stock_file(), store=self.store).pk,
            "<id:request_id>": lambda: self.asked(route.partition("/")[0]).pk,
            "<id:transfer_id>": lambda: self.transfer().pk,
            "<id:stocktake_id>": lambda: self.stocktake().pk,
            "<id:seller_id>": lambda: make.seller().pk,
            "<id:webhook_id>/deliveries/<id:delivery_id>": self.told,
            "<id:webhook_id>": lambda: make.webhook().pk,
            "<id:transaction_id>": lambda: self.charged.id,
            "<id:phone_number_id>": lambda: self.charged.phone_number_id,
            "<str:number>": lambda: getattr(self, {"sales": "sale", "returns": "return_", "deliveries": "delivery",
                                                   "write-offs": "loss"}[route.partition("/")[0]]).number,
            "<str:short>": self.token,
            "<slug:role>": lambda: "staff" if "store_id" in route else "auditor",
        }  # fmt: skip
        path = route
        for mark, thing in things.items():
            if mark in route:
                path = path.replace(mark, str(thing()))
        return path

    def victim(self, route: str) -> int:
        """Somebody to do something to."""
        if "second-factor" in route:
            user = make.customer(password=make.PASSWORD)
            enrolled(user)
            return user.pk
        if "grants" not in route:
            return make.customer().pk
        return (make.staff(self.store) if "store_id" in route else make.auditor()).pk

    def asked(self, kind: str) -> Any:
        """Money somebody else asked for."""
        if kind == "credit-requests":
            return make.credit_request(self.seller)
        user = make.approved_deposit().requested_by
        return (make.withdrawal_request if kind == "withdrawals" else make.deposit_request)(user)

    def transfer(self) -> StockTransfer:
        """Goods on their way to the store, from one in which nobody works."""
        source = make.store()
        return make.transfer(source, self.store, (make.stocked_product(source, 10), 10))

    def stocktake(self) -> Stocktake:
        """An open stocktake of the store, in which the product was counted."""
        opened = inventory.stocktakes(self.console, store=self.store.pk, state="open").first()
        return opened or make.stocktake(self.store, (self.product, 5))

    def told(self) -> str:
        """A delivery of a webhook."""
        hook = make.webhook()
        return f"{hook.pk}/deliveries/{notify.send_ping(hook.pk, actor=self.console, at=make.AT).pk}"

    def to_send(self) -> dict[str, Any]:
        """Goods of the store to be sent."""
        items = [{"product_id": self.product.pk, "quantity": 1}]
        return {"source_id": self.store.pk, "destination_id": self.other.pk, "items": items}

    def to_count(self) -> dict[str, Any]:
        """What was counted."""
        return {"items": [{"sku": self.product.sku, "quantity": 5}]}

    def supplier(self) -> int:
        """A supplier's number."""
        return int(Caller(make.admin()).post("suppliers/", {"name": make.draft().name}).json()["id"])

    def category(self) -> int:
        """A category's number."""
        return int(Caller(make.admin()).post("categories/", {"name": make.draft().name}).json()["id"])

    def token(self) -> str:
        """What somebody calls a token of theirs."""
        user = make.customer()
        return people.issue_token(user, actor=make.actor(user), at=clock.now())[0].short

    def stock_file(self) -> BinaryIO:
        """Opening stock of the product, and a row nobody can receive."""
        return csv_file("sku,quantity", f"{self.product.sku},1", "NOBODY,1")

    def line(self, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """A line of the product."""
        return {"product": self.product.pk, "quantity": quantity, **more}

    def paper(self, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A document of the store."""
        return {"store": self.store.pk, "lines": list(lines) or [self.line()], **more}

    def goods(self, movement_type: str = "IN", **more: Any) -> dict[str, Any]:
        """A stock movement of the store."""
        return {
            "store_id": self.store.pk,
            "sku": self.product.sku,
            "movement_type": movement_type,
            "quantity": 1,
            **more,
        }

    def decisions(self) -> list[dict[str, Any]]:
        """What is to become of two requests."""
        ends = {"deposits": "approve", "withdrawals": "reject"}
        return [{"id": self.asked(kind).pk, "action": action} for kind, action in ends.items()]

    def charge(self) -> dict[str, Any]:
        """A charge to be sold."""
        return {"seller_id": self.seller.pk, "phone_number": make.phone_number(), "amount": "1.00"}

    def credit(self) -> dict[str, Any]:
        """Credit to be asked for."""
        return {"seller": self.seller.pk, "amount": "5.00"}

    def given_back(self) -> dict[str, Any]:
        """A return against the sale."""
        return self.paper({"sale_line": self.sale.lines.all()[0].pk, "quantity": 1})


def person(world: World) -> dict[str, str]:
    """Somebody new."""
    sku = make.draft().sku
    words = {"password": make.PASSWORD, "password_confirm": make.PASSWORD, "first_name": "A", "last_name": "B"}
    return {"username": sku, "email": f"{sku}@example.com", **words}


def named(world: World) -> dict[str, str]:
    """Something that only needs a name."""
    return {"name": make.draft().name}


def product(world: World) -> dict[str, str]:
    """A product to be."""
    return {"sku": make.draft().sku, "name": "Tea", "price": "1.00"}


HOOK = {"url": "https://example.com/hook", "events": ["stock.low"]}


class Row(NamedTuple):
    """A method and a route, what each role is answered, the body and the query it takes."""

    method: str
    route: str
    statuses: str
    body: Any = None
    query: Callable[[World], str] | None = None


USED_UP = {"uid": "MQ", "token": "used-up", "password": "nine-grey-herons"}
PASSWORDS = "401 403 403 403 403 403 403 403"  # somebody's own, but not with another's password
ADMINS = "401 403 403 403 403 403"
STAFF = "401 403 201 403 201 403 201 403"
ALL_MAKE = "401 201 201 201 201 201 201 201"
APPROVERS = "401 404 404 404 404 404 200 403"
FOREIGN = "401 404 404 404 404 404 200 200"
SELLERS = "401 404 404 404 404 404 201 403"
MANAGERS = "401 403 403 403 201 403 201 403"
STAFF_DO = "401 404 200 404 200 404 200 403"
MANAGERS_DO = "401 404 403 404 200 404 200 403"
TABLE = [
    Row("get", "", ANYBODY),
    Row("get", "schema/", ANYBODY),
    Row("get", "docs/", ANYBODY),
    Row("post", "register/", "201 201 201 201 201 201 201 201", person),
    Row("post", "login/", ANYBODY, lambda w: {"username": w.member, "password": make.PASSWORD}),
    Row("get", "me/", EVERYBODY),
    Row("patch", "me/", EVERYBODY, {"bio": "Hello"}),
    Row("post", "password-reset/", "202 202 202 202 202 202 202 202", {"email": "nobody@example.com"}),
    Row("post", "password-reset/confirm/", "409 409 409 409 409 409 409 409", USED_UP),
    Row("post", "me/password/", PASSWORDS, {"current": "no", "password": "nine-grey-herons"}),
    Row("get", "me/tokens/", EVERYBODY),
    Row("delete", "me/tokens/<str:short>/", "401 404 404 404 404 404 404 404"),
    Row("get", "me/second-factor/", EVERYBODY),
    Row("post", "me/second-factor/", PASSWORDS, {"password": "no"}),
    Row("post", "me/second-factor/confirm/", "401 409 409 409 409 409 409 409", {"otp": "123456"}),
    Row("post", "me/second-factor/recovery-codes/", PASSWORDS, {"password": "no", "otp": "123456"}),
    Row("post", "me/second-factor/remove/", PASSWORDS, {"password": "no", "otp": "123456"}),
    Row("get", "ping/", EVERYBODY),
    Row("get", "users/", ADMINS_READ),
    Row("post", "users/", f"{ADMINS} 201 403", lambda _: {"username": make.draft().sku}),
    Row("get", "users/<id:user_id>/", ADMINS_READ),
    Row("patch", "users/<id:user_id>/", f"{ADMINS} 200 403", {"first_name": "Ann"}),
    Row("delete", "users/<id:user_id>/", f"{ADMINS} 204 403"),
    Row("get", "users/<id:user_id>/profile/", EVERYBODY),
    Row("get", "users/<id:user_id>/second-factor/", ADMINS_READ),
    Row("delete", "users/<id:user_id>/second-factor/", f"{ADMINS} 204 403"),
    Row("post", "users/<id:user_id>/vip/", "401 403 200 200 200 200 200 403", {"vip": True}),
    Row("post", "users/<id:user_id>/deactivate/", f"{ADMINS} 200 403"),
    Row("post", "users/<id:user_id>/reactivate/", f"{ADMINS} 200 403"),
    Row("post", "users/<id:user_id>/grants/", f"{ADMINS} 201 403", {"role": "admin"}),
    Row("delete", "users/<id:user_id>/grants/<slug:role>/", f"{ADMINS} 204 403"),
    Row("delete", "users/<id:user_id>/grants/<slug:role>/<id:store_id>/", f"{ADMINS} 204 403"),
    Row("get", "stores/", EVERYBODY),
    Row("post", "stores/", f"{ADMINS} 201 403", named),
    Row("get", "stores/<id:store_id>/", EVERYBODY),
    Row("put", "stores/<id:store_id>/", f"{ADMINS} 200 403", named),
    Row("patch", "stores/<id:store_id>/", f"{ADMINS} 200 403", named),
    Row("delete", "stores/<id:store_id>/", f"{ADMINS} 204 403"),
    Row("post", "stores/<id:store_id>/restore/", f"{ADMINS} 200 403"),
    Row("get", "products/", EVERYBODY),
    Row("post", "products/", f"{ADMINS} 201 403", product),
    Row("post", "products/", f"{ADMINS} 200 403", lambda w: [product(w), product(w)]),
    Row("get", "products/<id:product_id>/", EVERYBODY),
    Row("put", "products/<id:product_id>/", f"{ADMINS} 200 403", product),
    Row("patch", "products/<id:product_id>/", f"{ADMINS} 200 403", named),
    Row("post", "products/", f"{ADMINS} 201 403", lambda w: Form(**product(w), picture=photos.sent())),
    Row("patch", "products/<id:product_id>/", f"{ADMINS} 200 403", lambda _: Form(picture=photos.sent())),
    Row("delete", "products/<id:product_id>/", f"{ADMINS} 204 403"),
    Row("post", "products/<id:product_id>/restore/", f"{ADMINS} 200 403"),
    Row("get", "products/export/", EVERYBODY),
    Row("get", "stock/export/", EVERYBODY),
    Row("get", "stock/export/", "401 404 200 404 200 404 200 200", None, lambda w: f"?store={w.store.pk}"),
    Row("get", "stock/", EVERYBODY),
    Row("get", "stocks/", EVERYBODY),
    Row("get", "stock/<id:level_id>/", STAFF_READ),
    Row("get", "stocks/<id:level_id>/", STAFF_READ),
    Row("patch", "stock/<id:level_id>/", MANAGERS_DO, {"reorder_level": 5}),
    Row("patch", "stocks/<id:level_id>/", MANAGERS_DO, {"reorder_level": None}),
    Row("get", "stock-overview/", EVERYBODY),
    Row("get", "stock-overview/", "401 404 200 404 200 404 200 200", None, lambda w: f"?store={w.store.pk}&days=3"),
    Row("get", "stock-alerts/", EVERYBODY),
    Row("get", "stock-alerts/<id:alert_id>/", STAFF_READ),
    Row("post", "stock-alerts/<id:alert_id>/seen/", STAFF_DO),
    Row("post", "stock-alerts/seen/", STAFF_DO, lambda w: {"store": w.store.pk}),
    Row("post", "stock-alerts/seen/", STAFF_DO, lambda w: {"ids": [w.alert.pk]}),
    Row("get", "imports/", EVERYBODY),
    Row("post", "imports/", f"{ADMINS} 201 403", lambda _: Form(kind="products", file=sent("sku,name,price", "N,N,1"))),
    Row(
        "post",
        "imports/",
        "401 403 403 403 201 403 201 403",
        lambda w: Form(kind="stock", store=w.store.pk, file=sent("sku,quantity", f"{w.product.sku},1")),
    ),
    Row("get", "imports/<id:import_id>/", MANAGERS_READ),
    Row("post", "imports/<id:import_id>/run/", "401 404 404 404 202 404 202 403"),
    Row("post", "imports/<id:import_id>/pause/", "401 404 404 404 409 404 409 403"),
    Row("get", "imports/<id:import_id>/errors/", MANAGERS_READ),
    Row("get", "imports/<id:import_id>/errors/export/", MANAGERS_READ),
    Row("get", "suppliers/", WORKERS),
    Row("post", "suppliers/", f"{ADMINS} 201 403", named),
    Row("get", "suppliers/<id:supplier_id>/", WORKERS),
    Row("put", "suppliers/<id:supplier_id>/", f"{ADMINS} 200 403", named),
    Row("patch", "suppliers/<id:supplier_id>/", f"{ADMINS} 200 403", named),
    Row("delete", "suppliers/<id:supplier_id>/", f"{ADMINS} 204 403"),
    Row("post", "suppliers/<id:supplier_id>/restore/", f"{ADMINS} 200 403"),
    Row("get", "categories/", EVERYBODY),
    Row("post", "categories/", f"{ADMINS} 201 403", named),
    Row("get", "categories/<id:category_id>/", EVERYBODY),
    Row("put", "categories/<id:category_id>/", f"{ADMINS} 200 403", named),
    Row("patch", "categories/<id:category_id>/", f"{ADMINS} 200 403", named),
    Row("delete", "categories/<id:category_id>/", f"{ADMINS} 204 403"),
    Row("get", "sales/", EVERYBODY),
    Row("post", "sales/", STAFF, lambda w: w.paper()),
    Row("post", "sales/", MANAGERS, lambda w: w.paper(w.line(unit_price="1.00"))),
    Row("post", "sales/", "401 403 200 403 200 403 200 403", lambda w: [w.paper(), w.paper()]),
    Row("get", "sales/<str:number>/", STAFF_READ),
    Row("get", "returns/", EVERYBODY),
    Row("post", "returns/", STAFF, lambda w: w.given_back()),
    Row("post", "returns/", MANAGERS, lambda w: w.paper(w.line(amount="1.00"), reason="No receipt")),
    Row("get", "returns/<str:number>/", STAFF_READ),
    Row("get", "deliveries/", EVERYBODY),
    Row("post", "deliveries/", STAFF, lambda w: w.paper()),
    Row("get", "deliveries/<str:number>/", STAFF_READ),
    Row("get", "write-offs/", EVERYBODY),
    Row("post", "write-offs/", STAFF, lambda w: w.paper(reason="Fell down")),
    Row("get", "write-offs/<str:number>/", STAFF_READ),
    Row("get", "adjustments/", EVERYBODY),
    Row("post", "adjustments/", MANAGERS, lambda w: {"store": w.store.pk, "amount": "-1", "reason": "Never paid"}),
    Row("get", "day-reports/", "401 404 200 404 200 404 200 200", None, lambda w: f"?store={w.store.pk}"),
    Row("get", "stock-movements/", EVERYBODY),
    Row("post", "stock-movements/", STAFF, lambda w: w.goods()),
    Row("post", "stock-movements/", STAFF, lambda w: w.goods("REM", note="Fell down")),
    Row("post", "stock-movements/", STAFF, lambda w: w.goods(number="lorry-18")),
    Row("post", "stock-movements/", STAFF, lambda w: w.goods(number=w.moved.number)),  # which stands
    Row("post", "stock-movements/", EVERYBODY, lambda w: [w.goods(), w.goods()]),  # each row has a status of its own
    Row("get", "stock-movements/<id:movement_id>/", STAFF_READ),
    Row("post", "stock-movements/<id:movement_id>/reverse/", "401 404 403 404 201 404 201 403"),
    Row("get", "stock-transfers/", EVERYBODY),
    Row("post", "stock-transfers/", STAFF, lambda w: w.to_send()),
    Row("post", "stock-transfers/", STAFF, lambda w: {**w.to_send(), "number": "van-4"}),
    Row("post", "stock-transfers/", STAFF, lambda w: {**w.to_send(), "number": w.sent.number}),  # which stands
    Row("post", "stock-transfers/", "401 403 200 403 200 403 200 403", lambda w: [w.to_send()]),
    Row("get", "stock-transfers/<id:transfer_id>/", STAFF_READ),
    Row("post", "stock-transfers/<id:transfer_id>/receive/", STAFF_DO),
    Row("post", "stock-transfers/<id:transfer_id>/send-back/", STAFF_DO),
    Row("post", "stock-transfers/<id:transfer_id>/write-off/", MANAGERS_DO, {"reason": "Fell down"}),
    Row("get", "stocktakes/", EVERYBODY),
    Row("post", "stocktakes/", STAFF, lambda w: {"store_id": w.store.pk}),
    Row("get", "stocktakes/<id:stocktake_id>/", STAFF_READ),
    Row("get", "stocktakes/<id:stocktake_id>/lines/", STAFF_READ),
    Row("post", "stocktakes/<id:stocktake_id>/count/", STAFF_DO, lambda w: w.to_count()),
    Row("delete", "stocktakes/<id:stocktake_id>/lines/<id:product_id>/", "401 404 204 404 204 404 204 403"),
    Row("post", "stocktakes/<id:stocktake_id>/count/", STAFF_DO, lambda w: w.to_count()),
    Row("post", "stocktakes/<id:stocktake_id>/apply/", MANAGERS_DO),
    Row("post", "stocktakes/<id:stocktake_id>/cancel/", STAFF_DO),
    Row("get", "wallet/", EVERYBODY),
    Row("get", "deposits/", EVERYBODY),
    Row("post", "deposits/", ALL_MAKE, {"amount": "5.00"}),
    Row("get", "deposits/<id:request_id>/", FOREIGN),
    Row("post", "deposits/<id:request_id>/approve/", APPROVERS),
    Row("post", "deposits/<id:request_id>/reject/", APPROVERS, {"reason": "Nothing came"}),
    Row("get", "withdrawals/", EVERYBODY),
    Row("post", "withdrawals/", ALL_MAKE, {"amount": "5.00"}),
    Row("get", "withdrawals/<id:request_id>/", FOREIGN),
    Row("post", "withdrawals/<id:request_id>/approve/", APPROVERS),
    Row("post", "withdrawals/<id:request_id>/reject/", APPROVERS),
    Row("get", "funding-requests/", EVERYBODY),
    Row("post", "funding-requests/decide/", f"{ADMINS} 200 403", lambda w: w.decisions()),
    Row("get", "sellers/", EVERYBODY),
    Row("post", "sellers/", f"{ADMINS} 201 403", named),
    Row("get", "sellers/reconcile/", ADMINS_READ),
    Row("get", "sellers/<id:seller_id>/", FOREIGN),
    Row("put", "sellers/<id:seller_id>/", f"{ADMINS} 200 403", named),
    Row("patch", "sellers/<id:seller_id>/", f"{ADMINS} 200 403", {"active": False}),
    Row("delete", "sellers/<id:seller_id>/", f"{ADMINS} 204 403"),
    Row("get", "sellers/<id:seller_id>/balance/", FOREIGN),
    Row("get", "sellers/<id:seller_id>/transactions/", FOREIGN),
    Row("get", "sellers/<id:seller_id>/reconcile/", FOREIGN),
    Row("get", "credit-requests/", EVERYBODY),
    Row("post", "credit-requests/", SELLERS, lambda w: w.credit()),
    Row("get", "credit-requests/<id:request_id>/", FOREIGN),
    Row("post", "credit-requests/<id:request_id>/process/", APPROVERS, {"action": "approve"}),
    Row("get", "charge-sales/", EVERYBODY),
    Row("post", "charge-sales/", SELLERS, lambda w: w.charge()),
    Row("post", "charge-sales/", EVERYBODY, lambda w: [w.charge(), w.charge()]),  # each row has a status of its own
    Row("get", "charge-sales/<id:transaction_id>/", FOREIGN),
    Row("get", "phone-numbers/", EVERYBODY),
    Row("get", "phone-numbers/<id:phone_number_id>/", FOREIGN),
    Row("get", "phone-numbers/<id:phone_number_id>/transactions/", FOREIGN),
    Row("get", "transactions/", EVERYBODY),
    Row("get", "postings/", EVERYBODY),
    Row("get", "postings/<id:posting_id>/", STAFF_READ),
    Row("get", "accounts/", EVERYBODY),
    Row("get", "proofs/", ADMINS_READ),
    Row("post", "proofs/", "401 403 403 403 403 403 202 202"),
    Row("get", "proofs/latest/", ADMINS_READ),
    Row("get", "reconcile/", ADMINS_READ),
    Row("get", "verify/", ADMINS_READ),
    Row("get", "jobs/", EVERYBODY),
    Row("get", "jobs/<id:job_id>/", "401 404 404 404 404 404 200 200"),
    Row("get", "logs/", EVERYBODY),
    Row("get", "logs/<id:event_id>/", "401 404 404 404 200 404 200 200"),
    Row("get", "webhooks/", ADMINS_READ),
    Row("post", "webhooks/", f"{ADMINS} 201 403", HOOK),
    Row("get", "webhooks/<id:webhook_id>/", ADMINS_READ),
    Row("put", "webhooks/<id:webhook_id>/", f"{ADMINS} 200 403", HOOK),
    Row("patch", "webhooks/<id:webhook_id>/", f"{ADMINS} 200 403", {"is_active": False}),
    Row("delete", "webhooks/<id:webhook_id>/", f"{ADMINS} 204 403"),
    Row("post", "webhooks/<id:webhook_id>/rotate/", f"{ADMINS} 200 403"),
    Row("post", "webhooks/<id:webhook_id>/test/", f"{ADMINS} 201 403"),
    Row("get", "webhooks/<id:webhook_id>/deliveries/", ADMINS_READ),
    Row("post", "webhooks/<id:webhook_id>/deliveries/<id:delivery_id>/resend/", f"{ADMINS} 200 403"),
    Row("post", "logout/", "401 204 204 204 204 204 204 204"),
]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: str) -> None:
    world = World()
    caller = world.caller(role)
    wrong = []
    for row in TABLE:
        expected = int(row.statuses.split()[ROLES.index(role)])
        path = world.path(row.route) + (row.query(world) if row.query else "")
        response = caller.send(row.method, path, row.body(world) if callable(row.body) else row.body)
        if response.status_code != expected:
            wrong.append(f"{row.method} {path}: {response.status_code} and not {expected}: {response.content[:200]!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.once
def test_every_route_stands_in_the_table() -> None:
    assert {(row.method, row.route) for row in TABLE} == set(operations())
    assert all(len(row.statuses.split()) == len(ROLES) for row in TABLE)


def operations() -> Iterator[tuple[str, str]]:
    """Every method of every address."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = vars(pattern.callback)["view_class"]
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(view, method):
                yield method, str(pattern.pattern)
