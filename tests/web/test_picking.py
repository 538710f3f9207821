"""The store a list is about: chosen among a few, found by name among many, and none ever chosen unasked."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.picture import of_everything
from tests.web.shop import House
from tradepost.catalog import services as catalog
from tradepost.lib import clock
from tradepost.people import services as people
from tradepost.places import services as places
from tradepost.places.models import Store
from tradepost.web.page import PageRequest, page, show

LISTS = (
    "/stock/", "/stock/overview/", "/stock/overview/activity/", "/stock/movements/", "/books/audit/", "/books/days/",
    "/books/postings/", "/stock/alerts/", "/books/adjustments/", "/sales/", "/returns/", "/goods/",
)  # fmt: skip


@pytest.fixture
def many(shop: House) -> list[Store]:
    """120 stores more."""
    return [make.store(f"Branch {number:03}", location=f"Road {number}") for number in range(120)]


def field(page: str) -> str:
    """The element a store is chosen with, up to its end."""
    found = re.search(r'<(input|select)[^>]* id="f-store".*?(</datalist>|</select>)', page, re.DOTALL)
    assert found, page[:500]
    return found[0]


def test_a_few_stores_stand_in_a_list_each_once_and_none_is_left_out(shop: House) -> None:
    wanted = {shop.store.name, shop.other.name, *(make.store().name for _ in range(10))}
    for path in LISTS:
        offered = re.findall(r"<option[^>]*>([^<]+)</option>", field(shop.client("admin").get(path).text))
        assert wanted <= set(offered), path
        assert len(offered) <= len(wanted) + 1, path


def test_among_many_a_store_is_found_by_name_and_stays_chosen(shop: House, many: list[Store]) -> None:
    client, last = shop.client("admin"), many[-1]
    for path in LISTS:
        for store in (last.pk, last.name.upper(), "ranch 119"):
            drawn = field(client.get(path, {"store": store}).text)
            assert f'value="{last.name}"' in drawn, path
            assert drawn.count("<option") == 50, path


def test_another_filter_does_not_switch_the_store(shop: House, many: list[Store]) -> None:
    make.stocked_product(many[-1], 4, name="Far goods")
    client = shop.client("admin")
    page = client.get("/stock/", {"store": many[-1].pk}).text
    sent = re.search(r'name="store" type="search" value="([^"]*)"', page)
    assert sent
    page = client.get("/stock/", {"store": sent[1], "status": "low_stock"}).text
    assert "Far goods" in page
    assert "Earl Grey" not in page


def test_the_field_that_is_emptied_means_all_stores(shop: House, many: list[Store]) -> None:
    make.stocked_product(many[-1], 4, name="Far goods")
    page = shop.client("admin").get("/stock/?store=").text
    assert "Far goods" in page
    assert "Robin mug" in page


@pytest.mark.parametrize(("store", "status"), [("99999", 404), ("Atlantis", 404), ("Branch", 400), ("9" * 30, 404)])
def test_a_store_that_there_is_not_is_said(shop: House, store: str, status: int) -> None:
    for number in range(3):
        make.store(f"Branch {number}")
    before, client = of_everything(), shop.client("admin")
    for path in LISTS:
        answer = client.get(path, {"store": store})
        assert (answer.status_code, of_everything()) == (status, before), path
        assert "Robin mug" not in answer.text


def test_nobody_looks_into_a_store_that_is_not_theirs(shop: House) -> None:
    client = shop.client("manager")
    for path in LISTS:
        for store in (shop.other.pk, shop.other.name):
            assert client.get(path, {"store": store}).status_code == 404, path
        assert shop.other.name not in field(client.get(path).text), path


def test_a_store_that_was_closed_is_still_found_by_its_number(shop: House) -> None:
    at, closed = clock.now(), make.store("Old Mill")
    places.archive_store(closed.pk, actor=make.console(), at=at)
    client = shop.client("admin")
    assert "Old Mill" not in field(client.get("/stock/movements/").text)
    assert "Old Mill" in field(client.get(f"/stock/movements/?store={closed.pk}").text)


def test_names_come_while_one_is_typed_and_only_of_ones_own_stores(shop: House, many: list[Store]) -> None:
    client = shop.client("admin")
    for typed in ("119", "road 119"):
        names = client.get("/stores/names/", {"store": typed}).text
        assert re.findall('value="([^"]+)"', names) == ["Branch 119"]
    assert client.get("/stores/names/").text.count("<option") == 50
    assert "Branch" not in shop.client("manager").get("/stores/names/", {"store": "branch"}).text


def test_the_choice_takes_one_query_however_many_stores_there_are(shop: House) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert shop.client("admin").get("/stock/movements/").status_code == 200
        return len([one for one in queries if 'AS "like"' in one["sql"]])

    before = asked()
    for number in range(60):
        make.store(f"Branch {number:03}")
    assert asked() == before == 1


def test_a_page_that_says_what_the_shell_says_fails_loudly(shop: House, rf: Any) -> None:
    @page
    def view(request: PageRequest) -> HttpResponse:
        return show(request, "web/refused.html", {"shops": []})

    request = rf.get("/")
    request.user, request.htmx, request.session = shop.people["admin"], False, {}
    with pytest.raises(ValueError, match="shops"):
        view(request)


def test_staff_of_many_stores_choose_among_theirs(shop: House, many: list[Store]) -> None:
    for store in many[:60]:
        people.grant_role(shop.people["staff"].pk, "staff", store.pk, actor=make.console(), at=clock.now())
    client = shop.client("staff")
    assert client.get("/stock/", {"store": "Branch 059"}).status_code == 200
    assert client.get("/stock/", {"store": "Branch 060"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/stock/?supplier={gone}",
        "/stock/?category={gone}",
        "/stock/export/?supplier={gone}",
        "/stock/movements/?supplier={gone}",
        "/stock/movements/?product={gone}",
        "/products/?supplier={gone}",
        "/products/?category={gone}",
        "/products/{mug}/?store={gone}",
        "/books/postings/?product={gone}",
        "/stock/overview/figures/?store={gone}",
        "/stock/overview/recent/?store={gone}",
        "/stock/low/?store={gone}",
        "/stock/move/?store={gone}",
        "/till/{store}/shelf/?category={gone}",
    ],
)
def test_a_filter_for_what_there_is_not_is_said_and_shows_no_rows(shop: House, path: str) -> None:
    address = path.format(gone=99999, store=shop.store.pk, mug=shop.mug.pk)
    for options in ({}, {"hx-request": "true"}):
        answer = shop.client("admin").get(address, headers=options)
        assert answer.status_code == 404, address
        assert "There is no" in answer.text
        assert "Earl Grey" not in answer.text


def test_a_supplier_that_left_is_still_chosen_by_its_number(shop: House) -> None:
    who: dict[str, Any] = {"actor": make.console(), "at": clock.now()}
    supplier = catalog.add_supplier(name="Roe Ltd", **who)
    catalog.archive_supplier(supplier.pk, **who)
    for path in ("/stock/", "/products/", "/stock/movements/"):
        assert "Roe Ltd" not in shop.client("admin").get(path).text
        page = shop.client("admin").get(path, {"supplier": supplier.pk}).text
        assert f'<option value="{supplier.pk}" selected>Roe Ltd' in page
