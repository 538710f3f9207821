"""Twice the rows, the same number of queries: every list, every document, every list that is posted."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make, statements
from tests.api.caller import Caller, adjusted, lost, returned, sold, stocked, token_of
from tests.imports.files import brought, csv_file
from tests.inventory.alerts import alert
from tradepost.api.urls import urlpatterns
from tradepost.books import services as books
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementReversal
from tradepost.lib import clock
from tradepost.people import services as people
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

NO_LISTS = {"", "schema/", "docs/", "me/", "ping/", "reconcile/", "verify/", "proofs/latest/", "wallet/"}
NO_LISTS |= {"products/export/", "stock/export/", "stock-overview/", "me/second-factor/"}
FOR_AUDITORS = {"users/", "proofs/", "sellers/reconcile/", "webhooks/"}
LISTS = [
    route
    for pattern in urlpatterns
    if "<" not in (route := str(pattern.pattern))
    and hasattr(vars(pattern.callback)["view_class"], "get")
    and route not in NO_LISTS
]


def grow(store: Store, count: int) -> None:
    """So many more rows in every list."""
    admin = Caller(make.admin())
    for _ in range(count):
        supplier = admin.post("suppliers/", {"name": make.draft().name}).json()["id"]
        category = admin.post("categories/", {"name": make.draft().name}).json()["id"]
        product = make.product(supplier_id=supplier, category_id=category)
        stocked(store, product)
        other = make.store()
        stocked(other, product)
        adjusted(other)
        user = make.staff(store)
        people.set_vip(user.pk, True, actor=make.console(), at=make.AT)
        returned(sold(store, product, customer_id=user.pk))
        lost(store, product)
        alert(store=store)
        make.moved(store, product, "IN", 1, supplier_id=supplier)
        inventory.reverse_movements(
            [MovementReversal(store.pk, make.moved(store, product, "OUT", 1).number)], actor=make.console(), at=make.AT
        )
        make.transfer(store, other, (product, 1))
        inventory.cancel_stocktake(make.stocktake(store, (product, 1)).pk, actor=make.console(), at=make.AT)
        make.approved_deposit(user)
        make.deposit_request(user)
        make.withdrawal_request(user)
        make.charge(make.seller(credit_minor=1000))
        adjusted(store)
        make.webhook(store=store)
        brought(csv_file("sku,quantity", f"{product.sku},1"), store=store)
        books.prove(actor=make.console(), at=clock.now())
        books.request_proof(actor=make.console(), at=make.AT)


def queries_of(caller: Caller, path: str) -> tuple[int, int]:
    """How many queries a request takes, and how many rows it answers."""
    with CaptureQueriesContext(connection) as captured:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    return len(captured), len(answer.json()["results"])


def test_twice_the_rows_take_the_same_queries_on_every_list() -> None:
    store = make.store()
    users = {"admin": make.admin(), "manager": make.manager(store)}
    callers = {who: Caller(user) for who, user in users.items()}
    grow(store, 2)  # not so many that a page is full
    paths = [f"{route}?store={store.pk}" if route == "day-reports/" else route for route in LISTS]
    paths = [path for path in paths if path not in FOR_AUDITORS]
    asked = [("admin", path) for path in [*paths, *FOR_AUDITORS]] + [("manager", path) for path in paths]
    before = {(who, path): queries_of(callers[who], path) for who, path in asked}
    grow(store, 2)
    for user in users.values():
        token_of(user)
    after = {(who, path): queries_of(callers[who], path) for who, path in asked}
    more = {name: (before[name], after[name]) for name in before if before[name][0] != after[name][0]}
    assert not more, more
    grown = {path for who, path in asked if who == "admin" and after[who, path][1] > before[who, path][1]}
    assert grown == set(paths) - {f"day-reports/?store={store.pk}"} | FOR_AUDITORS


def test_twice_the_sales_take_the_same_queries_for_a_seller() -> None:
    seller = make.seller(credit_minor=10**6)
    caller, number = Caller(make.login_of(seller)), make.charge(seller)

    def grow_own() -> None:
        for _ in range(3):
            make.charge(seller, number="09121234567")
            make.charge(seller, number=number.number)
            make.charge(seller)
            make.credited(seller, 100)

    paths = ["charge-sales/", "credit-requests/", "phone-numbers/", "transactions/", "postings/"]
    paths += [f"transactions/?seller_id={seller.pk}&type=charge_sale", f"sellers/{seller.pk}/transactions/"]
    paths += [f"phone-numbers/{number.phone_number_id}/transactions/"]
    grow_own()
    before = {path: queries_of(caller, path) for path in paths}
    grow_own()
    for path in paths:
        assert queries_of(caller, path)[0] == before[path][0], path
        assert queries_of(caller, path)[1] > before[path][1], path


def test_twice_the_lines_take_the_same_queries_on_every_document() -> None:
    store, product, admin = make.store(), make.product(), Caller(make.admin())
    stocked(store, product, 1000)

    def counted(lines: int) -> list[int]:
        sale = sold(store, product, lines=lines)
        line = {"product": product.pk, "quantity": 1}
        body = {"store": store.pk, "lines": [line] * lines, "reason": "broken"}
        paths = [f"sales/{sale.number}/", f"postings/{sale.posting_id}/"]
        paths += [
            f"{kind}/{admin.post(f'{kind}/', body).json()['number']}/"
            for kind in ("returns", "deliveries", "write-offs")
        ]
        counts = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert len(str(admin.get(path).json())) > 100
            counts.append(len(captured))
        return counts

    assert counted(3) == counted(6)


def test_a_longer_list_in_one_post_takes_the_same_queries() -> None:
    store, product, admin = make.store(), make.product(), Caller(make.admin())
    other = make.store()
    stocked(store, product, 1000)
    line = {"sku": product.sku, "quantity": 1}
    paper = {"store": store.pk, "lines": [line, line], "reason": "broken"}
    movement = {"store_id": store.pk, "sku": product.sku, "quantity": 1, "note": "broken"}

    def bodies(count: int) -> dict[str, list[dict[str, Any]]]:
        sale = sold(store, product, 10, lines=count).lines.all()
        return {
            "products/": [{"sku": make.draft().sku, "name": "Tea", "price": 1} for _ in range(count)],
            "sales/": [paper] * count,
            "returns/": [{"store": store.pk, "lines": [{"sale_line": one.pk, "quantity": 1}]} for one in sale],
            "deliveries/": [paper] * count,
            "write-offs/": [paper] * count,
            "stock-movements/": [movement | {"movement_type": ("IN", "OUT", "REM")[i % 3]} for i in range(count)],
            "stock-transfers/": [{"source_id": store.pk, "destination_id": other.pk, "items": [line]}] * count,
            "adjustments/": [{"store": store.pk, "amount": 1, "reason": "paid"}] * count,
        }

    def counted(count: int) -> dict[str, int]:
        counts = {}
        for path, body in bodies(count).items():
            with CaptureQueriesContext(connection) as captured:
                answer = admin.post(path, body)
            assert {row["status"] for row in answer.json()["results"]} == {201}, answer.content
            counts[path] = len(captured)
        return counts

    counted(3)  # opens the accounts
    assert counted(20) == counted(40)


def test_a_longer_list_of_decisions_takes_the_same_queries() -> None:
    admin, user = Caller(make.admin()), make.customer()
    make.approved_deposit(user, 10**6)

    def counted(count: int) -> int:
        asked = [ask(user) for ask in (make.deposit_request, make.withdrawal_request) for _ in range(count)]
        body = [{"id": one.pk, "action": ("approve", "reject")[i % 2]} for i, one in enumerate(asked)]
        with CaptureQueriesContext(connection) as captured:
            answer = admin.post("funding-requests/decide/", body)
        assert {row["status"] for row in answer.json()["results"]} == {200}, answer.content
        return len(captured)

    assert counted(10) == counted(20)


def test_five_hundred_sales_in_one_post_take_the_queries_of_ten() -> None:
    sellers = [make.seller(credit_minor=10**9, limit_minor=100) for _ in range(3)]
    numbers = [make.phone_number() for _ in range(500)]
    admin = Caller(make.admin())

    def counted(count: int, path: str, **more: Any) -> int:
        rows = [{"phone_number": numbers[i], "amount": "5.00", **more} for i in range(count)]
        named = [row | dict.fromkeys(("seller_id", "seller"), sellers[i % 3].pk) for i, row in enumerate(rows)]
        with statements.counted() as seen:  # the engine's own statements too
            answer = admin.post(path, named)
        assert {row["status"] for row in answer.json()["results"]} == {201}, answer.content
        return len(seen)

    counted(500, "charge-sales/")  # opens the accounts
    assert counted(10, "charge-sales/") == counted(500, "charge-sales/")
    assert counted(10, "credit-requests/") == counted(500, "credit-requests/")
    numbers = [make.phone_number() for _ in range(510)]
    few, numbers = counted(10, "charge-sales/"), numbers[10:]
    assert counted(500, "charge-sales/") == few  # numbers that are written down for the first time


def test_a_list_of_refusals_takes_the_same_queries() -> None:
    store, admin = make.store(), Caller(make.admin())
    products = [make.product(unit="kg") for _ in range(8)]

    def counted(count: int) -> int:
        lines = [[{"product": product.pk, "quantity": "0.5"}] for product in products[:count]]
        with CaptureQueriesContext(connection) as captured:
            answer = admin.post("sales/", [{"store": store.pk, "lines": line} for line in lines])
        assert [row["problem"]["short"] for row in answer.json()["results"]] == ["0.500"] * count
        return len(captured)

    assert counted(4) == counted(8)
