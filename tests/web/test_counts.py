"""Counts on pages: opened, counted by scanning with and without script, closed by a manager, called off, refused."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import make, picture
from tests.web.shop import House
from tests.web.walk import once_and_back
from tradepost.books import queries as books
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.models import Stocktake

HX = {"hx-request": "true"}
EAN = "5012345678900"


@pytest.fixture
def ben(shop: House) -> Client:
    return shop.client("staff")


@pytest.fixture
def count(shop: House) -> Stocktake:
    return make.stocktake(shop.store)


def scan(client: Client, count: Stocktake, text: str) -> Any:
    return client.post(f"/stock/counts/{count.pk}/scan/", {"q": text}, headers=HX)


def put(client: Client, count: Stocktake, **sent: Any) -> Any:
    return client.post(f"/stock/counts/{count.pk}/set/", sent, headers=HX)


def finish(client: Client, count: Stocktake, do: str) -> Any:
    return client.post(f"/stock/counts/{count.pk}/close/", {"do": do})


def counted(count: Stocktake) -> dict[str, int]:
    """What was counted, by SKU."""
    return dict(count.lines.values_list("product__sku", "counted"))


def on_hand(shop: House) -> int:
    return books.level_of(shop.mug.pk, f"store:{shop.store.pk}")


def test_one_count_is_opened_and_gone_on_with(shop: House, ben: Client) -> None:
    response = ben.post("/stock/counts/", {"note": "The window", "key": "one"})
    opened = Stocktake.objects.get()
    assert response.headers["Location"] == f"/stock/counts/{opened.pk}/"
    page = ben.get("/stock/counts/").content.decode()
    assert "Go on counting" in page
    assert "The window" in page
    before = picture.of_everything()
    again = ben.post("/stock/counts/", {"note": "", "key": "two"})
    assert again.status_code == 409
    assert "Another stocktake of this store is open" in again.content.decode()
    assert picture.of_everything() == before


def test_each_scan_adds_one_and_the_last_stands_first(shop: House, ben: Client, count: Stocktake) -> None:
    make.stocked_product(shop.store, 5, sku="JUG", name="Speckled jug")
    scan(ben, count, EAN)
    scan(ben, count, "JUG")
    page = scan(ben, count, EAN).content.decode()
    assert "<html" not in page
    assert page.index("Robin mug") < page.index("Speckled jug")
    assert counted(count) == {"MUG": 2, "JUG": 1}


def test_it_works_without_script(ben: Client, count: Stocktake) -> None:
    address = f"/stock/counts/{count.pk}/"
    assert ben.post(f"{address}scan/", {"q": "MUG"}).headers["Location"] == address
    assert counted(count) == {"MUG": 1}
    asked = ben.post(f"{address}scan/", {"q": "TEA"}).content.decode()
    assert "<html" in asked
    assert "Earl Grey: how many kg more?" in asked
    assert "Robin mug" in ben.get(address).content.decode()


def test_a_typed_quantity_sets_the_count_and_a_weight_adds_to_it(shop: House, ben: Client, count: Stocktake) -> None:
    scan(ben, count, "MUG")
    assert put(ben, count, product=shop.mug.pk, quantity="12").status_code == 200
    asked = scan(ben, count, "TEA").content.decode()
    assert "how many kg more?" in asked
    assert counted(count) == {"MUG": 12}
    for weight in ("1.25", "0.5"):
        assert put(ben, count, product=shop.tea.pk, quantity=weight, more="yes").status_code == 200
    assert counted(count) == {"MUG": 12, "TEA": 1750}
    put(ben, count, product=shop.mug.pk, step="none")
    assert counted(count) == {"TEA": 1750}


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"quantity": ""}, "not a quantity"),
        ({"quantity": "a few"}, "not a quantity"),
        ({"quantity": "-1"}, ""),
        ({"quantity": "0.5"}, ""),
        ({"quantity": "9" * 30}, ""),
        ({"step": "none"}, "This product was not counted"),
    ],
)
def test_what_is_no_count_is_refused_in_place(
    shop: House, ben: Client, count: Stocktake, sent: dict[str, str], said: str
) -> None:
    before = picture.of_everything()
    response = put(ben, count, product=shop.mug.pk, **sent)
    assert response.status_code in {409, 422}
    assert "Nothing was counted." in response.content.decode()
    assert said in response.content.decode()
    assert picture.of_everything() == before


def test_what_nobody_sells_is_said_in_place(ben: Client, count: Stocktake) -> None:
    response = scan(ben, count, "<script>")
    assert response.status_code == 422
    assert "Nothing is sold under “&lt;script&gt;”" in response.content.decode()
    assert counted(count) == {}


def test_a_manager_sees_goods_and_cost_of_the_differences_and_books_them(shop: House, ben: Client) -> None:
    before = on_hand(shop)
    count = make.stocktake(shop.store, (shop.mug, before - 2), (shop.tea, 6000))
    assert "Robin mug" in ben.get(f"/stock/counts/{count.pk}/?show=differing").content.decode()
    confirmation = shop.client("manager").get(f"/stock/counts/{count.pk}/close/").content.decode()
    assert "−2" in confirmation
    assert "Book the differences" in confirmation
    assert "Book the differences" not in ben.get(f"/stock/counts/{count.pk}/close/").content.decode()
    untouched = picture.of_everything()
    assert finish(ben, count, "apply").status_code == 403
    assert picture.of_everything() == untouched
    assert finish(shop.client("manager"), count, "apply").status_code == 302
    assert on_hand(shop) == before - 2
    page = ben.get(f"/stock/counts/{count.pk}/").content.decode()
    assert "Closed" in page
    assert "data-tp-scan" not in page
    assert f"Count {count.number}" in shop.client("admin").get("/books/postings/").content.decode()


def test_the_cost_on_the_confirmation_is_what_is_booked(shop: House) -> None:
    count = make.stocktake(shop.store, (shop.mug, on_hand(shop) - 2))
    page = shop.client("manager").get(f"/stock/counts/{count.pk}/close/")
    finish(shop.client("manager"), count, "apply")
    count.refresh_from_db()
    assert count.posting is not None
    booked = sum(count.posting.transfers.values_list("amount_minor", flat=True))
    assert (page.context["worth"].missing_minor, page.context["worth"].more_minor) == (booked, 0)


def test_a_count_is_called_off_and_stays_readable(shop: House, ben: Client) -> None:
    before = on_hand(shop)
    count = make.stocktake(shop.store, (shop.mug, 1))
    assert finish(ben, count, "cancel").status_code == 302
    assert on_hand(shop) == before
    page = ben.get(f"/stock/counts/{count.pk}/").content.decode()
    assert "Called off" in page
    assert "Robin mug" in page
    for answer in (scan(ben, count, "MUG"), put(ben, count, product=shop.mug.pk, quantity="3")):
        assert answer.status_code == 409
        assert "This stocktake is closed" in answer.content.decode()
    assert finish(ben, count, "cancel").status_code == 409
    assert counted(count) == {"MUG": 1}


def test_goods_gone_meanwhile_are_said_with_figures_and_nothing_is_booked(shop: House) -> None:
    goods = make.stocked_product(shop.store, 5, sku="JUG", name="Speckled jug")
    count = make.stocktake(shop.store, (goods, 1))
    make.sale(shop.store, (goods, 3))
    before = picture.of_everything()
    response = finish(shop.client("manager"), count, "apply")
    page = response.content.decode()
    assert response.status_code == 409
    assert "Speckled jug" in page
    assert "Short by" in page
    assert picture.of_everything() == before


def test_a_scan_sent_again_counts_once_and_the_same_thing_scanned_again_counts_again(
    shop: House, ben: Client, count: Stocktake
) -> None:
    path = f"/stock/counts/{count.pk}/scan/"
    first = ben.post(path, {"q": "MUG", "key": "a"}, headers=HX)
    before = picture.of_everything()
    again = ben.post(path, {"q": "MUG", "key": "a"}, headers=HX)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (counted(count), picture.of_everything()) == ({"MUG": 1}, before)
    assert ben.post(path, {"q": "MUG", "key": "b"}, headers=HX).status_code == 200
    assert counted(count) == {"MUG": 2}
    more = {"product": shop.tea.pk, "more": "yes", "quantity": "0.5", "key": "c"}
    assert {put(ben, count, **more).status_code for _ in range(2)} == {200}
    assert counted(count) == {"MUG": 2, "TEA": 500}


def test_each_form_of_a_count_is_drawn_with_a_key_of_its_own(ben: Client, count: Stocktake) -> None:
    pages = [ben.get(f"/stock/counts/{count.pk}/").content.decode() for _ in range(2)]
    keys = [re.findall(r'name="key" value="(\w+)"', page) for page in pages]
    assert [len(drawn) for drawn in keys] == [1, 1]
    assert keys[0] != keys[1]


def test_a_key_is_not_taken_for_another_scan(ben: Client, count: Stocktake) -> None:
    path = f"/stock/counts/{count.pk}/scan/"
    assert ben.post(path, {"q": "MUG", "key": "a"}, headers=HX).status_code == 200
    before = picture.of_everything()
    assert ben.post(path, {"q": EAN, "key": "a"}, headers=HX).status_code == 422
    assert picture.of_everything() == before


def test_the_lines_of_a_long_count_are_walked_and_what_closing_books_is_summed(
    shop: House, ben: Client, count: Stocktake
) -> None:
    drafts = [make.draft(name=f"Tile {number:03}", cost_minor=150) for number in range(120)]
    added = [one for one in catalog.add_products(drafts, actor=make.console(), at=make.AT) if isinstance(one, Product)]
    spots = [inventory.MovementDraft(shop.store.pk, one.pk, "IN", 3) for one in added]
    inventory.record_movements(spots, actor=make.console(), at=make.AT)
    who: dict[str, Any] = {"actor": make.console(), "at": make.AT}
    inventory.count(count.pk, [inventory.CountItem(one.pk, 2 if n < 70 else 4) for n, one in enumerate(added)], **who)
    seen = once_and_back(ben, f"/stock/counts/{count.pk}/", r"Counted of (Tile \d+)")
    assert sorted(seen) == [one.name for one in added]
    path = f"/stock/counts/{count.pk}/close/"
    assert sorted(once_and_back(ben, path, r">(Tile \d+)</a>")) == [one.name for one in added]
    page = ben.get(path).content.decode()
    assert "£105.00" in page  # 70 missing at 1.50
    assert "£75.00" in page  # 50 more
    assert ben.get(f"/stock/counts/{count.pk}/?cursor=made-up").status_code == 400
