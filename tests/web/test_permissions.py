"""Every route, asked by everybody: the page, a login, 403 for a missing right, 404 for what is somebody else's."""

from io import BytesIO
from typing import Any

import pytest
from django.urls import get_resolver

from tests import make
from tests.imports.files import brought, csv_file
from tests.photos import photo
from tests.web.shop import House
from tradepost.audit.models import AuditEvent
from tradepost.books.models import Posting
from tradepost.imports.models import Import
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock
from tradepost.notify import services as notify

ROLES = ("visitor", "customer", "buyer", "staff", "manager", "foreign", "auditor", "admin", "seller")
LOGIN, ALL = 302, 200

# What GET answers, by role in the order of ROLES; where the last is left out, a seller is a customer like others.
TABLE: dict[str, str] = {
    "home": "200 200 200 200 200 200 200 200",
    "favicon": "302 302 302 302 302 302 302 302",
    "picture": "200 200 200 200 200 200 200 200",
    "today": "302 404 404 200 200 200 403 200",
    "recent": "302 404 404 200 200 200 403 200",
    "choose_store": "302 200 200 200 200 200 200 200",
    "store_names": "302 403 403 200 200 200 200 200",
    "command": "302 200 200 200 200 200 200 200",
    "login": "200 302 302 302 302 302 302 302",
    "login_code": "302 302 302 302 302 302 302 302",
    "signup": "200 302 302 302 302 302 302 302",
    "logout": "405 405 405 405 405 405 405 405",
    "forgotten": "200 200 200 200 200 200 200 200",
    "forgotten_sent": "200 200 200 200 200 200 200 200",
    "new_password": "200 200 200 200 200 200 200 200",
    "profile": "302 200 200 200 200 200 200 200",
    "password": "302 200 200 200 200 200 200 200",
    "logins": "302 200 200 200 200 200 200 200",
    "end_token": "405 405 405 405 405 405 405 405",
    "second_factor": "302 200 200 200 200 200 200 200",
    "confirm_second_factor": "302 200 200 200 200 200 200 200",
    "recovery_codes": "302 200 200 200 200 200 200 200",
    "second_factor_off": "302 200 200 200 200 200 200 200",
    "person": "302 200 200 200 200 200 200 200",
    "users": "302 403 403 403 403 403 200 200",
    "new_user": "302 403 403 403 403 403 403 200",
    "user": "302 403 403 403 403 403 200 200",
    "user_do": "405 405 405 405 405 405 405 405",
    "till": "302 404 404 302 302 302 302 302",
    "counter": "302 403 403 200 200 403 403 200",
    "shelf": "302 403 403 200 200 403 403 200",
    "scan": "405 405 405 405 405 405 405 405",
    "add": "405 405 405 405 405 405 405 405",
    "change": "405 405 405 405 405 405 405 405",
    "clear": "405 405 405 405 405 405 405 405",
    "serve": "405 405 405 405 405 405 405 405",
    "pay": "302 403 403 302 302 403 403 302",
    "change_due": "302 403 403 200 200 403 403 200",
    "receipt": "302 403 403 200 200 403 403 200",
    "sales": "302 200 200 200 200 200 200 200",
    "sale": "302 404 200 200 200 404 200 200",
    "give_back": "302 404 403 200 200 404 403 200",
    "returns": "302 200 200 200 200 200 200 200",
    "supervised": "302 404 404 200 200 200 403 200",
    "return": "302 404 200 200 200 404 200 200",
    "products": "302 403 403 200 200 200 200 200",
    "new_product": "302 403 403 403 403 403 403 200",
    "product": "302 403 403 200 200 200 200 200",
    "edit_product": "302 403 403 403 403 403 403 200",
    "archive_product": "405 405 405 405 405 405 405 405",
    "stock": "302 403 403 200 200 200 200 200",
    "stock_export": "302 403 403 200 200 200 200 200",
    "low": "302 404 404 200 200 200 200 200",
    "move": "302 404 404 200 200 200 403 200",
    "move_after": "302 404 404 200 200 200 403 200",
    "movements": "302 403 403 200 200 200 200 200",
    "movement": "302 404 404 200 200 404 200 200",
    "reverse_movement": "302 404 404 403 200 404 403 200",
    "alerts": "302 403 403 200 200 200 200 200",
    "alert_count": "302 403 403 200 200 200 200 200",
    "stock_overview": "302 403 403 200 200 200 200 200",
    "stock_figures": "302 403 403 200 200 200 200 200",
    "stock_recent": "302 403 403 200 200 200 200 200",
    "stock_activity": "302 200 200 200 200 200 200 200",
    "stock_settings": "302 403 403 403 403 403 403 200",
    "reorder": "302 404 404 403 200 404 403 200",
    "entries": "302 403 403 200 200 200 200 200",
    "receive": "302 404 404 200 200 200 403 200",
    "write_off": "302 404 404 200 200 200 403 200",
    "found": "302 404 404 200 200 200 200 200",
    "row": "302 200 200 200 200 200 200 200",
    "entry": "302 404 404 200 200 404 200 200",
    "imports": "302 403 403 403 200 200 200 200",
    "import": "302 404 404 404 200 404 200 200",
    "import_progress": "302 404 404 404 200 404 200 200",
    "import_do": "405 405 405 405 405 405 405 405",
    "import_refused": "302 404 404 404 200 404 200 200",
    "products_csv": "302 403 403 200 200 200 200 200",
    "products_xlsx": "302 403 403 200 200 200 200 200",
    "stock_csv": "302 403 403 200 200 200 200 200",
    "stock_xlsx": "302 403 403 200 200 200 200 200",
    "transfers": "302 403 403 200 200 200 200 200",
    "send": "302 404 404 200 200 200 403 200",
    "transfer": "302 404 404 200 200 200 200 200",
    "counts": "302 403 403 200 200 200 200 200",
    "count": "302 404 404 200 200 404 200 200",
    "count_scan": "405 405 405 405 405 405 405 405",
    "count_put": "405 405 405 405 405 405 405 405",
    "finish_count": "302 404 404 200 200 404 403 200",
    "suppliers": "302 403 403 403 403 403 403 200",
    "new_supplier": "302 403 403 403 403 403 403 200",
    "supplier": "302 403 403 403 403 403 403 200",
    "archive_supplier": "405 405 405 405 405 405 405 405",
    "categories": "302 403 403 403 403 403 403 200",
    "category": "302 403 403 403 403 403 403 200",
    "remove_category": "405 405 405 405 405 405 405 405",
    "stores": "302 403 403 403 403 403 200 200",
    "new_store": "302 403 403 403 403 403 403 200",
    "store": "302 403 403 403 403 403 403 200",
    "archive_store": "405 405 405 405 405 405 405 405",
    "webhooks": "302 403 403 403 403 403 200 200",
    "new_webhook": "302 403 403 403 403 403 403 200",
    "webhook": "302 403 403 403 403 403 200 200",
    "edit_webhook": "302 403 403 403 403 403 403 200",
    "webhook_do": "405 405 405 405 405 405 405 405",
    "rotate_webhook": "302 403 403 403 403 403 403 200",
    "remove_webhook": "302 403 403 403 403 403 403 200",
    "send_again": "405 405 405 405 405 405 405 405",
    "postings": "302 200 200 200 200 200 200 200",
    "posting": "302 404 404 200 200 404 200 200",
    "accounts": "302 200 200 200 200 200 200 200",
    "statement": "302 404 404 404 200 404 200 200",
    "proof": "302 403 403 403 200 200 200 200",
    "check_proof": "405 405 405 405 405 405 405 405",
    "proof_summary": "302 403 403 200 200 200 200 200",
    "proof_job": "302 403 403 403 404 404 200 200",
    "days": "302 404 404 200 200 200 200 200",
    "day": "302 403 403 200 200 403 200 200",
    "adjustments": "302 403 403 200 200 200 200 200",
    "new_adjustment": "302 404 404 403 200 200 403 200",
    "adjustment": "302 404 404 200 200 404 200 200",
    "audit": "302 200 200 200 200 200 200 200",
    "event": "302 404 404 404 200 404 200 200",
    "wallet": "302 200 200 200 200 200 200 200",
    "deposit": "302 200 200 200 200 200 200 200",
    "withdraw": "302 200 200 200 200 200 200 200",
    "funds": "302 403 403 403 403 403 200 200",
    "prepaid": "302 404 404 404 404 404 302 302 200",
    "prepaid_last": "302 404 404 404 404 404 404 404 200",
    "prepaid_check": "405 405 405 405 405 405 405 405 405",
    "credit": "302 404 404 404 404 404 404 404 200",
    "prepaid_statement": "302 404 404 404 404 404 200 200 200",
    "prepaid_csv": "302 404 404 404 404 404 200 200 200",
    "sellers": "302 403 403 403 403 403 200 200",
    "new_seller": "302 403 403 403 403 403 403 200",
    "seller": "302 404 404 404 404 404 200 200 200",
    "edit_seller": "302 403 403 403 403 403 403 200",
    "delete_seller": "302 403 403 403 403 403 403 200",
    "seller_proof": "302 404 404 404 404 404 200 200 200",
    "prepaid_proof": "302 403 403 403 403 403 200 200",
}

# Who may POST: to everybody else it is refused, and nothing changes.
POSTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "scan": ({"q": "MUG"}, {"staff", "manager", "admin"}),
    "add": ({"product": "1"}, {"staff", "manager", "admin"}),
    "change": ({"product": "1", "quantity": "1"}, {"staff", "manager", "admin"}),
    "clear": ({}, {"staff", "manager", "admin"}),
    "serve": ({}, {"staff", "manager", "admin"}),
    "pay": ({"received": "1.00", "due": "0"}, {"staff", "manager", "admin"}),
    "give_back": ({}, {"staff", "manager", "admin"}),
    "supervised": ({"product": "MUG", "quantity": "1", "reason": "Broken"}, {"manager", "foreign", "admin"}),
    "receive": ({"product": "MUG", "quantity": "1", "cost": ""}, {"staff", "manager", "foreign", "admin"}),
    "write_off": ({"product": "TEA", "quantity": "1", "reason": "Wet"}, {"staff", "manager", "foreign", "admin"}),
    "move": (
        {"product": "MUG", "movement_type": "IN", "quantity": "1"},
        {"staff", "manager", "foreign", "admin"},
    ),
    "low": ({"product": "1", "quantity-1": "1"}, {"staff", "manager", "foreign", "admin"}),
    "reorder": ({"reorder_level": "5"}, {"manager", "admin"}),
    "new_adjustment": ({"direction": "out", "amount": "1", "reason": "Debt"}, {"manager", "foreign", "admin"}),
    "new_product": ({"sku": "NEW", "name": "New", "price": "1"}, {"admin"}),
    "edit_product": ({"sku": "MUG", "name": "Mug", "price": "1"}, {"admin"}),
    "archive_product": ({"do": "archive"}, {"admin"}),
    "imports": ({"what": "products"}, {"manager", "foreign", "admin"}),
    "import_do": ({"do": "run"}, {"manager", "admin"}),
    "send": ({"destination": "9"}, {"staff", "manager", "foreign", "admin"}),
    "transfer": ({"do": "receive", "line-1": "1"}, {"staff", "manager", "foreign", "admin"}),
    "counts": ({"note": ""}, {"staff", "manager", "foreign", "admin"}),
    "count_scan": ({"q": "MUG"}, {"staff", "manager", "admin"}),
    "count_put": ({"product": "1", "quantity": "1"}, {"staff", "manager", "admin"}),
    "finish_count": ({"do": "cancel"}, {"staff", "manager", "admin"}),
    "new_supplier": ({"name": "Wick"}, {"admin"}),
    "supplier": ({"name": "Wax"}, {"admin"}),
    "archive_supplier": ({"do": "archive"}, {"admin"}),
    "categories": ({"name": "Tins"}, {"admin"}),
    "category": ({"name": "Pots"}, {"admin"}),
    "remove_category": ({}, {"admin"}),
    "new_store": ({"name": "Leeds", "time_zone": "UTC"}, {"admin"}),
    "store": ({"name": "Camden", "time_zone": "UTC"}, {"admin"}),
    "archive_store": ({"do": "archive"}, {"admin"}),
    "new_webhook": ({"url": "https://example.com/", "stock.low": "on"}, {"admin"}),
    "edit_webhook": ({"url": "https://example.com/", "stock.low": "on"}, {"admin"}),
    "webhook_do": ({"do": "test"}, {"admin"}),
    "rotate_webhook": ({"key": "k"}, {"admin"}),
    "remove_webhook": ({"key": "k"}, {"admin"}),
    "send_again": ({"key": "k"}, {"admin"}),
    "new_user": ({"username": "new"}, {"admin"}),
    "user_do": ({"do": "grant", "role": "auditor"}, {"admin"}),
    "check_proof": ({}, {"auditor", "admin"}),
    "funds": ({"do": "approve", "request": "1"}, {"admin"}),
    "prepaid": ({"phone_number": "09123456789", "amount": "1"}, {"auditor", "admin", "seller"}),
    "prepaid_check": ({"phone_number": "09123456789"}, {"seller"}),
    "credit": ({"amount": "1"}, {"seller"}),
    "new_seller": ({"name": "Corner Cards"}, {"admin"}),
    "edit_seller": ({"name": "Corner Cards"}, {"admin"}),
    "delete_seller": ({}, {"admin"}),
}


def paths(shop: House) -> dict[str, str]:
    """The address of every route of the pages, filled with what stands in the house."""
    job = intake.enqueue("none", actor=make.actor(shop.people["admin"]), at=clock.now())
    from tradepost.catalog import services as catalog

    who: dict[str, Any] = {"actor": make.console(), "at": clock.now()}
    picture = catalog.read_picture(BytesIO(photo()), actor=make.console())
    pictured = catalog.set_picture(shop.mug.pk, picture, **who)
    day = clock.business_date(clock.now(), shop.store.time_zone).isoformat()
    hook = make.webhook()
    values = {
        "webhook_id": hook.pk,
        "delivery_id": notify.send_ping(hook.pk, **who).pk,
        "user_id": shop.people["customer"].pk,
        "store_id": shop.store.pk,
        "product_id": shop.mug.pk,
        "supplier_id": catalog.add_supplier(name="Pennine Pottery", **who).pk,
        "category_id": catalog.add_category(name="Mugs", **who).pk,
        "uidb64": "MQ",
        "token": "junk",
        "code": f"~revenue:{shop.store.pk}",
        "day": day,
        "number": shop.sale.posting_id,
        "seller_id": shop.seller.pk,
        "import_id": imported(shop).pk,
        "count_id": make.stocktake(shop.store, (shop.mug, 1)).pk,
        "transfer_id": make.transfer(shop.store, shop.other, (shop.mug, 2)).pk,
        "short": "0" * 16,
        "name": f"{pictured.picture}.webp",
    }
    documents = {"return": shop.given, "entry": shop.entry, "adjustment": shop.adjustment}
    sales = dict.fromkeys(("receipt", "sale", "give_back"), shop.sale)
    numbers = {name: document.number for name, document in (documents | sales).items()} | {"proof_job": job.pk}
    numbers["event"] = AuditEvent.objects.filter(action="till.sold", store_id=shop.store.pk).latest("id").pk
    numbers["movement"] = numbers["reverse_movement"] = make.moved(shop.store, shop.mug, "IN", 1).number
    found = {}
    for name, entries in get_resolver("tradepost.web.urls").reverse_dict.lists():
        if isinstance(name, str):
            pattern, wanted = entries[0][0][0]
            given = {**values, **({"number": numbers[name]} if name in numbers else {})}
            found[name] = "/" + pattern % {one: given[one] for one in wanted}
    return found


def imported(shop: House) -> Import:
    """A file of opening stock that a manager sent, with a row that is refused."""
    lines = ("sku,quantity,cost", "MUG,3,2.00", "CUP,1,")
    return brought(csv_file(*lines), store=shop.store, actor=make.actor(shop.people["manager"]))


def expected_of(name: str, role: str) -> int:
    """What the table says a route answers to a role."""
    cells = TABLE[name].split()
    return int(cells[ROLES.index("customer" if role == "seller" and len(cells) < len(ROLES) else role)])


@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_each_role_as_the_table_says(shop: House, role: str) -> None:
    client, addresses = shop.client(role), paths(shop)
    wrong = []
    for name, path in addresses.items():
        expected = expected_of(name, role)
        response = client.get(path)
        if response.status_code != expected:
            wrong.append(f"{name}: {response.status_code}, not {expected}")
        there = response.headers.get("Location", "")
        if role == "visitor" and expected == LOGIN and name != "favicon" and not there.startswith("/login/?next="):
            wrong.append(f"{name}: leads to {there}")
    assert not wrong, "\n".join(wrong)


def test_the_table_knows_every_route(shop: House) -> None:
    assert set(TABLE) == set(paths(shop))


@pytest.mark.parametrize("role", ROLES)
def test_whoever_may_not_change_a_thing_changes_nothing(shop: House, role: str) -> None:
    client, addresses = shop.client(role), paths(shop)
    wrong = []
    for name, (data, allowed) in POSTS.items():
        if role in allowed:
            continue
        before = (Posting.objects.count(), AuditEvent.objects.count(), Job.objects.count())
        response = client.post(addresses[name], data)
        expected = {302} if role == "visitor" else {403, 404}
        after = (Posting.objects.count(), AuditEvent.objects.count(), Job.objects.count())
        if response.status_code not in expected or before != after:
            wrong.append(f"{name}: {response.status_code}, {before} to {after}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", POSTS)
def test_whoever_may_change_a_thing_gets_an_answer(shop: House, name: str) -> None:
    data, allowed = POSTS[name]
    response = shop.client(min(allowed)).post(paths(shop)[name], data)
    assert response.status_code in {200, 302, 409, 422}, response.status_code


@pytest.mark.parametrize(
    "path", ["/sales/?before=x", "/sales/?start=tomorrow", "/products/?status=green", "/users/?page=-1"]
)
def test_an_unknown_filter_is_refused(shop: House, path: str) -> None:
    assert shop.client("admin").get(path).status_code == 400
