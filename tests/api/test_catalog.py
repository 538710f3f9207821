"""Stores, products, suppliers and categories through the API."""

from typing import Any

import pytest

from tests import make
from tests.api.caller import Caller, problem_of
from tests.picture import of_everything
from tradepost.audit.models import AuditEvent
from tradepost.catalog.models import Product
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def test_a_store_needs_only_a_name() -> None:
    admin = Caller(make.admin())
    store = admin.post("stores/", {"name": "North", "location": "Hill 1"}).json()
    assert (store["name"], store["location"], store["time_zone"], store["archived_at"]) == (
        "North",
        "Hill 1",
        "UTC",
        None,
    )
    assert admin.get(f"stores/{store['id']}/").json() == store
    changed = admin.put(f"stores/{store['id']}/", {"name": "South"}).json()
    assert (changed["name"], changed["location"]) == ("South", "Hill 1")
    assert "name" in problem_of(admin.put(f"stores/{store['id']}/", {"location": "x"}), 400, "invalid_fields")["fields"]


def test_names_of_stores_are_unique() -> None:
    admin = Caller(make.admin())
    admin.post("stores/", {"name": "North"})
    problem_of(admin.post("stores/", {"name": "NORTH"}), 409, "store_name_taken")
    assert Store.objects.count() == 1


def test_a_manager_cannot_delete_a_store() -> None:
    store = make.store()
    problem_of(Caller(make.manager(store)).delete(f"stores/{store.pk}/"), 403, "denied")
    assert Store.objects.get().is_open


@pytest.mark.parametrize(
    "body", [{}, {"name": " "}, {"name": "x" * 101}, {"name": "x", "time_zone": "Mars/Olympus"}, {"location": "x"}]
)
def test_nonsense_opens_no_store(body: dict[str, str]) -> None:
    problem_of(Caller(make.admin()).post("stores/", body), 400, "invalid_fields")
    assert not Store.objects.exists()


def test_a_product_needs_only_sku_name_and_price() -> None:
    admin = Caller(make.admin())
    product = admin.post("products/", {"sku": "T1", "name": "Tea", "price": "2.50"}).json()
    usual = {"unit": "piece", "decimals": 0, "cost": "0.00", "stocked": True, "reorder_level": "20", "barcode": ""}
    assert {name: product[name] for name in usual} == usual
    assert admin.get(f"products/{product['id']}/").json() == product


def test_a_product_in_kilograms_is_counted_in_grams() -> None:
    admin = Caller(make.admin())
    body = {"sku": "C1", "name": "Cheese", "price": "9.90", "unit": "kg", "reorder_level": "1.5"}
    product = admin.post("products/", body).json()
    assert (product["decimals"], product["reorder_level"]) == (3, "1.500")
    assert Product.objects.get().reorder_level == 1500
    changed = admin.patch(f"products/{product['id']}/", {"reorder_level": 2}).json()
    assert changed["reorder_level"] == "2.000"
    problem_of(admin.patch(f"products/{product['id']}/", {"reorder_level": "0.0001"}), 400, "invalid_fields")
    problem_of(admin.patch(f"products/{product['id']}/", {"unit": "piece"}), 409, "unit_fixed")


def test_what_stands_on_a_shelf_is_not_made_a_service_and_a_service_is_made_goods() -> None:
    admin, store = Caller(make.admin()), make.store()
    mug, postage = make.stocked_product(store, 25), make.product(stocked=False)
    before = of_everything()
    problem = problem_of(admin.patch(f"products/{mug.pk}/", {"stocked": False, "name": "Mug"}), 409, "stays_goods")
    assert problem["product_id"] == mug.pk
    whole = {"sku": mug.sku, "name": "Mug", "price": "2.50", "stocked": False}
    problem_of(admin.put(f"products/{mug.pk}/", whole), 409, "stays_goods")
    assert of_everything() == before
    assert admin.put(f"products/{mug.pk}/", {**whole, "stocked": True}).json()["name"] == "Mug"
    assert admin.patch(f"products/{postage.pk}/", {"stocked": True}).json()["stocked"] is True
    assert admin.patch(f"products/{postage.pk}/", {"stocked": False}).json()["stocked"] is False


def test_put_and_patch_change_a_product_and_leave_an_audit_row_with_before_and_after() -> None:
    admin, product = Caller(make.admin()), make.product("T1", price_minor=250)
    admin.patch(f"products/{product.pk}/", {"price": 3})
    event = AuditEvent.objects.get(action="catalog.product_changed")
    assert (event.before, event.after) == ({"price_minor": 250}, {"price_minor": 300})
    answer = admin.put(f"products/{product.pk}/", {"sku": "T2", "name": "Green tea", "price": "3.10"})
    assert (answer.json()["sku"], answer.json()["price"]) == ("T2", "3.10")
    assert answer.json()["cost"] == "1.00", "what is left out stays"
    problem_of(admin.put(f"products/{product.pk}/", {"name": "Tea"}), 400, "invalid_fields")
    log = admin.get(f"logs/?product={product.pk}").json()["results"]
    assert [row["action"] for row in log] == ["catalog.product_changed"] * 2 + ["catalog.product_added"]
    make.moved(make.store(), product, "IN", 1)
    log = admin.get(f"logs/?product={product.pk}&page_size=2").json()
    assert [row["action"] for row in log["results"]] == ["inventory.moved", "catalog.product_changed"]
    older = admin.client.get(log["next"]).json()["results"]
    assert [row["action"] for row in older] == ["catalog.product_changed", "catalog.product_added"]
    assert admin.get(f"logs/?product={product.pk}&action=inventory.moved").json()["results"] == log["results"][:1]


def test_what_is_in_use_is_not_archived_and_what_is_archived_comes_back() -> None:
    admin, store = Caller(make.admin()), make.store("Mill")
    tea = make.stocked_product(store, 2500, sku="TEA", unit="kg")
    before = of_everything()
    problem = problem_of(admin.delete(f"products/{tea.pk}/"), 409, "product_on_shelves")
    assert (problem["available"], problem["stores"]) == ("2.500", [store.pk])
    problem = problem_of(admin.delete(f"stores/{store.pk}/"), 409, "store_in_use")
    assert (problem["products"], problem["stocktake"], problem["transfers"]) == (1, None, 0)
    assert of_everything() == before
    make.loss(store, (tea, 2500))
    supplier = admin.post("suppliers/", {"name": "Potters"}).json()["id"]
    for path in (f"products/{tea.pk}/", f"stores/{store.pk}/", f"suppliers/{supplier}/"):
        assert admin.delete(path).status_code == 204
        assert admin.get(path).json()["archived_at"]
        for _ in range(2):
            answer = admin.post(f"{path}restore/")
            assert (answer.status_code, answer.json()["archived_at"]) == (200, None)
        assert admin.get(path).json()["archived_at"] is None
    problem_of(admin.post("stores/999999/restore/"), 404, "no_such_store")


def test_an_archived_product_takes_no_changes() -> None:
    admin, product = Caller(make.admin()), make.product()
    admin.delete(f"products/{product.pk}/")
    problem_of(admin.patch(f"products/{product.pk}/", {"price": 3}), 409, "product_archived")


def test_a_thousand_products_are_added_by_one_request_and_answered_row_by_row() -> None:
    admin = Caller(make.admin())
    make.product("S7")
    body: list[Any] = [{"sku": f"S{i}", "name": f"Product {i}", "price": "1.00"} for i in range(999)]
    body.append({"sku": "S999", "price": "x"})
    results = admin.post("products/", body).json()["results"]
    assert len(results) == 1000
    assert [row["status"] for row in results] == [201] * 7 + [409] + [201] * 991 + [400]
    assert results[7]["problem"]["code"] == "sku_taken"
    assert sorted(results[999]["problem"]["fields"]) == ["name", "price"]
    assert results[8]["result"]["sku"] == "S8"
    assert Product.objects.count() == 999


@pytest.mark.parametrize("length", [0, 1001])
def test_a_list_has_one_to_a_thousand_rows(length: int) -> None:
    body = [{"sku": f"S{i}", "name": "x", "price": 1} for i in range(length)]
    problem_of(Caller(make.admin()).post("products/", body), 400, "too_many_rows")
    assert not Product.objects.exists()


def test_a_list_of_nonsense_is_answered_row_by_row() -> None:
    results = Caller(make.admin()).post("products/", [1, None, "x", [], {}]).json()["results"]
    assert [row["status"] for row in results] == [400] * 5


def test_products_are_searched_filtered_and_ordered() -> None:
    admin = Caller(make.admin())
    tea = admin.post("categories/", {"name": "Tea"}).json()["id"]
    ann = admin.post("suppliers/", {"name": "Ann"}).json()["id"]
    make.product("A", name="Green tea", price_minor=300, category_id=tea)
    make.product("B", name="Black tea", price_minor=100, supplier_id=ann, barcode="4006381333931")
    make.product("C", name="Postage", price_minor=200, stocked=False)
    found = {
        "search=TEA": "BA", "search=400638": "B", f"category={tea}": "A", f"supplier={ann}": "B", "stocked=false": "C",
        "stocked=true": "BA", "ordering=price": "BCA", "ordering=-price": "ACB", "ordering=-sku": "CBA",
        "archived=true": "", "archived=all": "BAC", "unit=kg": "",
    }  # fmt: skip
    for query, skus in found.items():
        assert "".join(row["sku"] for row in admin.get(f"products/?{query}").json()["results"]) == skus, query


def test_customers_see_prices_but_no_costs_no_marks_and_no_suppliers() -> None:
    ann = Caller(make.admin()).post("suppliers/", {"name": "Ann", "email": "ann@example.com"}).json()["id"]
    store, product = make.store(), make.product(cost_minor=100, supplier_id=ann)
    customer, staff = Caller(make.customer()), Caller(make.staff(store))
    seen = [caller.get(f"products/{product.pk}/").json() for caller in (customer, staff)]
    assert [one["price"] for one in seen] == ["2.50", "2.50"]
    told = [[one[name] for name in ("cost", "reorder_level", "supplier")] for one in seen]
    assert told == [[None, None, None], ["1.00", "20", ann]]
    assert staff.get("suppliers/").json()["results"][0]["email"] == "ann@example.com"
    for path in ("suppliers/", f"suppliers/{ann}/", f"products/?supplier={ann}", "products/?supplier=99999",
                 f"products/export/?supplier={ann}"):  # fmt: skip
        problem_of(customer.get(path), 403, "denied")


def test_suppliers_and_categories_are_added_changed_and_put_away() -> None:
    admin = Caller(make.admin())
    supplier = admin.post("suppliers/", {"name": "Ann", "phone": "0912 345 6789"}).json()
    assert supplier["phone"] == "+989123456789"
    assert admin.put(f"suppliers/{supplier['id']}/", {"name": "Bob"}).json()["phone"] == "+989123456789"
    assert admin.patch(f"suppliers/{supplier['id']}/", {"phone": ""}).json()["phone"] == ""
    problem_of(admin.post("suppliers/", {"name": "BOB"}), 409, "supplier_name_taken")
    assert admin.delete(f"suppliers/{supplier['id']}/").status_code == 204
    assert admin.get(f"suppliers/{supplier['id']}/").json()["archived_at"]
    category = admin.post("categories/", {"name": "Tea"}).json()
    assert admin.put(f"categories/{category['id']}/", {"name": "Teas"}).json()["name"] == "Teas"
    problem_of(admin.post("categories/", {"name": "TEAS"}), 409, "category_name_taken")
    make.product(category_id=category["id"])
    problem_of(admin.delete(f"categories/{category['id']}/"), 409, "category_in_use")


def test_a_product_names_a_category_and_a_supplier_that_are_there() -> None:
    admin = Caller(make.admin())
    for field in ("category", "supplier"):
        body = {"sku": "A", "name": "A", "price": 1, field: 999}
        problem_of(admin.post("products/", body), 404, f"no_such_{field}")
        product = make.product()
        problem_of(admin.patch(f"products/{product.pk}/", {field: 999}), 404, f"no_such_{field}")
        assert admin.patch(f"products/{product.pk}/", {field: None}).json()[field] is None
