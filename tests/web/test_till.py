"""The till: scanning, quantities, and a sale that is made once, however often it is sent."""

import re

import pytest
from django.test import Client

from tests import make
from tests.web.shop import House
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import services as catalog
from tradepost.lib import clock
from tradepost.till.models import Sale

HX = {"hx-request": "true"}


@pytest.fixture
def till(shop: House) -> Client:
    return shop.client("staff")


def url(shop: House, what: str = "") -> str:
    return f"/till/{shop.store.pk}/{what}"


def scan(till: Client, shop: House, text: str) -> str:
    response = till.post(url(shop, "scan/"), {"q": text}, headers=HX)
    assert response.status_code == 200
    return response.content.decode()


def payment(till: Client, shop: House, received: str) -> dict[str, str]:
    """The fields of the dialog as the browser would send them."""
    page = till.get(url(shop, "pay/"), headers=HX).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(key|due)" value="([^"]*)"', page))
    return {**hidden, "received": received}


def test_a_scan_puts_one_into_the_basket_and_a_second_counts_up(shop: House, till: Client) -> None:
    scan(till, shop, "5012345678900")
    basket = scan(till, shop, "MUG")
    assert "Robin mug" in basket
    assert "£19.00" in basket


def test_what_is_no_code_is_searched_for(shop: House, till: Client) -> None:
    response = till.post(url(shop, "scan/"), {"q": "nothing like it"}, headers=HX)
    assert response.headers["HX-Retarget"] == "#shelf"
    assert "Nothing is sold under" in response.content.decode()


def test_a_name_that_only_one_product_has_is_as_good_as_its_code(shop: House, till: Client) -> None:
    assert "Earl Grey" in scan(till, shop, "earl")


def test_weighed_goods_take_decimals_and_pieces_refuse_them(shop: House, till: Client) -> None:
    scan(till, shop, "TEA")
    weighed = till.post(url(shop, "change/"), {"product": shop.tea.pk, "quantity": "0.125"}, headers=HX)
    assert "£4.50" in weighed.content.decode()
    scan(till, shop, "MUG")
    halved = till.post(url(shop, "change/"), {"product": shop.mug.pk, "quantity": "0.5"}, headers=HX)
    assert halved.status_code == 422
    assert "£9.50" in halved.content.decode()


def test_a_line_goes_when_nothing_of_it_is_left(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    gone = till.post(url(shop, "change/"), {"product": shop.mug.pk, "quantity": "1", "step": "less"}, headers=HX)
    assert "Robin mug" not in gone.content.decode()


def test_a_sale_takes_goods_and_cash_and_empties_the_basket(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    before = books.level_of(shop.mug.pk, chart.store(shop.store.pk))
    response = till.post(url(shop, "pay/"), payment(till, shop, "10.00"), headers=HX)
    assert response.status_code == 200
    assert "£0.50" in response.content.decode()
    assert response.headers["HX-Trigger"] == "tp:posted"
    sale = Sale.objects.first()
    assert sale is not None
    assert (sale.total_minor, sale.received_minor, sale.operator.username) == (950, 1000, "ben")
    assert books.level_of(shop.mug.pk, chart.store(shop.store.pk)) == before - 1
    assert "empty" in till.get(url(shop)).content.decode()


def test_sending_the_payment_twice_sells_once_and_shows_the_same_receipt(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    sent = payment(till, shop, "10.00")
    count = Sale.objects.count()
    first = till.post(url(shop, "pay/"), sent)
    second = till.post(url(shop, "pay/"), sent)
    assert Sale.objects.count() == count + 1
    assert first.headers["Location"] == second.headers["Location"]


def test_more_than_is_on_the_shelf_is_refused_with_figures_and_the_basket_stays(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    till.post(url(shop, "change/"), {"product": shop.mug.pk, "quantity": "100"}, headers=HX)
    count = Sale.objects.count()
    response = till.post(url(shop, "pay/"), payment(till, shop, "1000.00"), headers=HX)
    page = response.content.decode()
    assert response.status_code == 409
    for figure in ("Robin mug", "On the shelf", "24", "Short by", "76", "insufficient_stock"):
        assert figure in page
    assert Sale.objects.count() == count
    assert "100" in till.get(url(shop)).content.decode()


def test_too_little_cash_is_refused_with_what_is_missing(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    response = till.post(url(shop, "pay/"), payment(till, shop, "5.00"), headers=HX)
    assert response.status_code == 409
    assert "£4.50" in response.content.decode()


def test_a_price_that_changed_while_paying_is_said_and_nothing_is_sold(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    sent = payment(till, shop, "10.00")
    catalog.change_product(shop.mug.pk, price_minor=990, actor=make.console(), at=clock.now())
    count = Sale.objects.count()
    response = till.post(url(shop, "pay/"), sent, headers=HX)
    assert response.status_code == 409
    assert "£9.90 now" in response.content.decode()
    assert Sale.objects.count() == count
    again = till.post(url(shop, "pay/"), payment(till, shop, "9.90"), headers=HX)
    assert again.status_code == 200


def test_a_customer_named_at_the_till_finds_the_purchase_at_home(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    till.post(url(shop, "customer/"), {"customer": "carla@example.com"}, headers=HX)
    till.post(url(shop, "pay/"), payment(till, shop, "9.50"), headers=HX)
    sale = Sale.objects.first()
    assert sale is not None
    assert sale.number in shop.client("customer").get("/").content.decode()


def test_an_unknown_customer_is_refused_and_the_basket_stays(shop: House, till: Client) -> None:
    scan(till, shop, "MUG")
    response = till.post(url(shop, "customer/"), {"customer": "nobody"}, headers=HX)
    assert response.status_code == 422
    assert "Robin mug" in response.content.decode()


def test_the_whole_sale_works_without_script(shop: House, till: Client) -> None:
    assert till.post(url(shop, "scan/"), {"q": "MUG"}).status_code == 302
    page = till.get(url(shop, "pay/")).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(key|due)" value="([^"]*)"', page))
    paid = till.post(url(shop, "pay/"), {**hidden, "received": "20"}, follow=True)
    assert "Change to give" in paid.content.decode()


def test_change_is_counted_while_typing(shop: House, till: Client) -> None:
    change = url(shop, "pay/change/")
    assert "£0.50" in till.get(change, {"received": "10", "due": "950"}, headers=HX).content.decode()
    assert "Still to come" in till.get(change, {"received": "5", "due": "950"}, headers=HX).content.decode()
    assert till.get(change, {"received": "junk", "due": "950"}, headers=HX).status_code == 200
