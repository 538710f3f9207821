"""What the pages say and do: forms that refuse in place, text that stays text, fragments, errors."""

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from tests import make
from tests.web.shop import House
from tradepost.audit.models import AuditEvent
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.people.models import User
from tradepost.till.models import Return, StockEntry

SCRIPT = "<script>alert(1)</script>"
HX = {"hx-request": "true"}
NEW = {"sku": "JUG", "name": "Milk jug", "price": "16.50", "cost": "", "unit": "piece", "key": "one"}


def test_script_in_a_name_or_a_bio_stays_text(shop: House) -> None:
    person = shop.client("customer")
    person.post("/profile/", {"first_name": SCRIPT, "email": "c@example.com", "bio": SCRIPT})
    seen = [
        person.get("/profile/"),
        shop.client("staff").get(f"/people/{shop.people['customer'].pk}/"),
        shop.client("admin").get("/users/"),
        shop.client("admin").get(f"/users/{shop.people['customer'].pk}/"),
    ]
    for page in seen:
        assert SCRIPT not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


def test_no_page_carries_script_or_style_of_its_own(shop: House) -> None:
    admin = shop.client("admin")
    for path in ("/", "/products/", f"/till/{shop.store.pk}/", "/books/postings/", "/login/", "/nowhere/"):
        response = admin.get(path)
        page = response.content.decode()
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|javascript:", page), path
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]


def test_others_see_neither_balance_nor_address(shop: House) -> None:
    page = shop.client("staff").get(f"/people/{shop.people['buyer'].pk}/").content.decode()
    assert "basil@example.com" not in page


def test_the_username_and_the_vip_mark_are_not_ones_own_to_change(shop: House) -> None:
    sent = {
        "username": "other",
        "vip": "on",
        "email": "carla@example.com",
        "first_name": "Carla",
        "birth_date": "1990-02-03",
    }
    assert shop.client("customer").post("/profile/", sent).status_code == 302
    user = User.objects.get(pk=shop.people["customer"].pk)
    assert (user.username, user.first_name, user.profile.vip) == ("carla", "Carla", False)
    assert str(user.profile.birth_date) == "1990-02-03"


def test_a_refused_form_shows_why_beside_the_field_and_keeps_what_was_typed(shop: House) -> None:
    count = Product.objects.count()
    for changed, status in (
        ({"sku": "MUG"}, 409),
        ({"price": "1.005"}, 422),
        ({"name": ""}, 422),
        ({"price": "x"}, 422),
    ):
        response = shop.client("admin").post("/products/new/", {**NEW, **changed})
        assert response.status_code == status
        assert "Milk jug" in response.content.decode() or changed == {"name": ""}
    assert Product.objects.count() == count


def test_a_form_sent_twice_does_its_work_once(shop: House) -> None:
    admin = shop.client("admin")
    first, second = admin.post("/products/new/", NEW), admin.post("/products/new/", NEW)
    assert first.headers["Location"] == second.headers["Location"]
    assert Product.objects.filter(sku="JUG").count() == 1
    assert AuditEvent.objects.filter(action="catalog.product_added", actor_name="ada").count() == 1


def test_a_key_used_up_by_another_request_is_said_and_drawn_anew(shop: House) -> None:
    admin = shop.client("admin")
    admin.post("/products/new/", NEW)
    response = admin.post("/products/new/", {**NEW, "sku": "JUG-2"})
    page = response.content.decode()
    assert response.status_code == 422
    key = re.search(r'name="key" value="(\w+)"', page)
    assert key is not None
    assert admin.post("/products/new/", {**NEW, "sku": "JUG-2", "key": key[1]}).status_code == 302


def test_goods_of_several_lines_are_received_together_or_not_at_all(shop: House) -> None:
    staff, count = shop.client("staff"), StockEntry.objects.count()
    wrong = {"product": ["MUG", "NOTHING"], "quantity": ["3", "1"], "cost": ["", ""]}
    response = staff.post("/goods/receive/", wrong)
    assert response.status_code == 422
    assert "NOTHING" in response.content.decode()
    assert StockEntry.objects.count() == count
    right = {"product": ["5012345678900", "earl", ""], "quantity": ["3", "0.5", ""], "cost": ["12.00", "", ""]}
    assert staff.post("/goods/receive/", right).status_code == 302
    assert StockEntry.objects.first().lines.count() == 2  # type: ignore[union-attr]


def test_writing_off_more_than_there_is_shows_the_figures(shop: House) -> None:
    sent = {"product": "MUG", "quantity": "999", "reason": "Gone"}
    response = shop.client("staff").post("/goods/write-off/", sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Short by" in page
    assert 'value="999"' in page


def test_goods_of_a_sale_are_given_back_once(shop: House) -> None:
    staff, line = shop.client("staff"), shop.sale.lines.get()
    count = Return.objects.count()
    too_many = staff.post(f"/sales/{shop.sale.number}/give-back/", {f"line-{line.pk}": "5"})
    assert too_many.status_code == 409
    assert 'value="5"' in too_many.content.decode()
    nothing = staff.post(f"/sales/{shop.sale.number}/give-back/", {})
    assert nothing.status_code == 422
    junk = staff.post(f"/sales/{shop.sale.number}/give-back/", {f"line-{line.pk}": "x"})
    assert junk.status_code == 422
    assert Return.objects.count() == count
    sent = {f"line-{line.pk}": "1", "key": "once"}
    first = staff.post(f"/sales/{shop.sale.number}/give-back/", sent)
    second = staff.post(f"/sales/{shop.sale.number}/give-back/", sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert Return.objects.count() == count + 1


def test_a_supervised_return_takes_a_reason_and_keeps_who_answered_for_it(shop: House) -> None:
    manager = shop.client("manager")
    assert manager.post("/returns/new/", {"product": "MUG", "quantity": "1"}).status_code == 422
    sent = {"product": "MUG", "quantity": "1", "amount": "9.00", "reason": "A present"}
    assert manager.post("/returns/new/", sent).status_code == 302
    given = Return.objects.first()
    assert given is not None
    assert (given.supervisor.username, given.reason, given.total_minor) == ("nadia", "A present", 900)  # type: ignore[union-attr]


def test_roles_are_granted_and_taken_away_but_never_the_last_administrators(shop: House) -> None:
    admin, ada, carla = shop.client("admin"), shop.people["admin"], shop.people["customer"]
    granted = {"do": "grant", "role": "staff", "store": str(shop.store.pk), "key": "g"}
    assert admin.post(f"/users/{carla.pk}/do/", granted).status_code == 302
    assert shop.client("customer").get(f"/till/{shop.store.pk}/").status_code == 200
    revoked = {"do": "revoke", "role": "staff", "store": str(shop.store.pk), "key": "r"}
    assert admin.post(f"/users/{carla.pk}/do/", revoked).status_code == 302
    assert shop.client("customer").get(f"/till/{shop.store.pk}/").status_code == 403
    last = admin.post(f"/users/{ada.pk}/do/", {"do": "deactivate", "key": "d"})
    assert last.status_code == 409


def test_htmx_gets_the_fragment_and_caches_are_told(shop: House) -> None:
    client = shop.client("manager")
    for path in ("/products/", "/sales/", "/books/postings/", "/books/audit/", "/books/days/"):
        whole, part = client.get(path), client.get(path, headers=HX)
        assert "<html" in whole.content.decode()
        assert "<html" not in part.content.decode()
        assert "HX-Request" in part.headers["Vary"]
        assert "<html" in client.get(path, headers={**HX, "hx-boosted": "true"}).content.decode()


def test_a_fragment_asked_for_without_a_login_leads_the_whole_page_there(shop: House) -> None:
    response = Client().get("/home/today/", headers={**HX, "hx-current-url": "http://testserver/"})
    assert response.headers["HX-Redirect"] == "/login/?next=/"


def test_errors_stay_inside_the_shell(shop: House) -> None:
    staff = shop.client("staff")
    missing, denied = staff.get("/nowhere/"), staff.get("/users/")
    assert (missing.status_code, denied.status_code) == (404, 403)
    for page in (missing, denied):
        assert "tp-nav" in page.content.decode()


def test_a_strange_host_is_answered_without_a_word_more(shop: House) -> None:
    response = shop.client("admin").get("/products/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "This cannot be read" in response.content.decode()


def test_a_form_without_its_secret_is_refused_in_words(shop: House) -> None:
    response = shop.client("staff", enforce_csrf_checks=True).post("/logout/")
    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_what_broke_is_said_without_a_word_of_the_database(shop: House) -> None:
    client = shop.client("admin", raise_request_exception=False)
    with override_settings(ROOT_URLCONF="tests.web.broken"):
        response = client.get("/broken/", headers={"x-request-id": "number-for-support"})
    page = response.content.decode()
    assert response.status_code == 500
    assert "secret_table" not in page
    assert "number-for-support" in page


def test_the_store_one_looks_at_is_one_of_ones_own(shop: House) -> None:
    staff = shop.client("staff")
    assert staff.post("/stores/choose/", {"store": shop.other.pk}).status_code == 404
    admin = shop.client("admin")
    assert (
        admin.post("/stores/choose/", {"store": shop.other.pk, "next": "/products/"}).headers["Location"]
        == "/products/"
    )
    assert "York Shambles" in admin.get("/products/").content.decode()
    assert admin.post("/stores/choose/", {"store": shop.other.pk, "next": "//evil.example"}).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("text", "found"), [("mug", "Robin mug"), ("S", "Sale "), ("proof", "Proof"), ("zzz", "Nothing fits")]
)
def test_the_command_box_finds_products_sales_and_pages(shop: House, text: str, found: str) -> None:
    assert found in shop.client("manager").get("/command/", {"q": text}, headers=HX).content.decode()


def test_a_product_is_filed_under_a_category_and_a_supplier(shop: House) -> None:
    who: dict[str, Any] = {"actor": make.console(), "at": make.AT}
    category, supplier = catalog.add_category(name="Jugs", **who), catalog.add_supplier(name="Pottery", **who)
    sent = {**NEW, "category": str(category.pk), "supplier": str(supplier.pk)}
    assert shop.client("admin").post("/products/new/", sent).status_code == 302
    jug = Product.objects.get(sku="JUG")
    assert (jug.category, jug.supplier) == (category, supplier)
    assert shop.client("admin").post("/products/new/", {**sent, "sku": "J", "category": "999"}).status_code == 422
