"""Alerts on pages: the bell counts what wants attention, the list marks it as seen, with and without script."""

import re

import pytest
from django.test import Client

from tests import make, picture
from tests.inventory.alerts import alert, look
from tests.web.shop import House
from tradepost.catalog.models import Product
from tradepost.inventory.models import StockAlert
from tradepost.inventory.queries import MOST_COUNTED

HTMX = {"HX-Request": "true"}
PATH = "/stock/alerts/"


def bell(client: Client, path: str = "/") -> str:
    """What the bell of a page says."""
    found = re.search(r'id="bell"[^>]*aria-label="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def key_of(page: str) -> str:
    """The hidden key a form was drawn with."""
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def fallen(shop: House, name: str) -> Product:
    """A product that ran low in the store, with 4 left below 5."""
    goods = make.stocked_product(shop.store, 10, name=name, reorder_level=5)
    make.sale(shop.store, (goods, 6))
    look()
    return goods


def test_the_bell_counts_the_alerts_of_the_store_looked_at(shop: House) -> None:
    look()
    for who in ("staff", "manager", "admin", "auditor"):
        client = shop.client(who)
        client.post("/stores/choose/", {"store": shop.store.pk})
        assert bell(client) == "Alerts, none new"
    lamp, _ = fallen(shop, "Tin lamp"), fallen(shop, "Jute twine")
    alert(store=shop.other)
    assert bell(shop.client("staff")) == "Alerts, 2 new"
    assert bell(shop.client("foreign"), "/stock/") == "Alerts, 1 new"
    assert "2 new" in shop.client("staff").get(f"{PATH}count/", headers=HTMX).text
    make.delivery(shop.store, (lamp, 10, None))
    assert bell(shop.client("staff")) == "Alerts, 1 new"
    assert 'id="bell"' not in shop.client("customer").get("/").text


def test_many_alerts_are_99_and_more(shop: House) -> None:
    look()
    goods = [make.stocked_product(shop.store, 1) for _ in range(MOST_COUNTED)]
    make.sale(shop.store, *((one, 1) for one in goods))
    look()
    assert bell(shop.client("staff")) == "Alerts, 99+ new"


def test_the_list_shows_what_wants_attention_and_on_request_everything(shop: House) -> None:
    look()
    client = shop.client("staff")
    assert "Nothing wants attention" in client.get(PATH).text
    assert "No alerts yet" in client.get(f"{PATH}?show=all").text
    lamp, twine = fallen(shop, "Tin lamp"), fallen(shop, "Jute twine")
    make.delivery(shop.store, (lamp, 10, None))
    page = client.get(PATH).text
    assert "Jute twine" in page
    assert "Tin lamp" not in page
    assert f"product_id={twine.pk}&amp;movement_type=IN&amp;quantity=11" in page
    everything = client.get(f"{PATH}?show=all").text
    assert "Tin lamp" in everything
    assert "Enough" in everything
    assert "Nothing fits" in client.get(f"{PATH}?kind=out").text
    assert client.get(f"{PATH}?kind=high").status_code == 400
    assert "Jute twine" not in shop.client("foreign").get(f"{PATH}?store={shop.store.pk}").text


def test_what_is_to_be_received_stands_in_the_form_already(shop: House) -> None:
    look()
    twine = fallen(shop, "Jute twine")
    client = shop.client("staff")
    found = re.search(r'href="(/stock/move/[^"]+)"', client.get(PATH).text)
    assert found
    page = client.get(found[1].replace("&amp;", "&")).text
    assert 'name="quantity" inputmode="decimal" value="11"' in page
    assert f'name="product_id" value="{twine.pk}"' in page


def test_an_alert_is_marked_as_seen_with_and_without_script(shop: House) -> None:
    look()
    client = shop.client("staff")
    fallen(shop, "Tin lamp"), fallen(shop, "Jute twine")
    lamp, twine = StockAlert.objects.order_by("id")
    plain = client.post(PATH, {"alert": lamp.pk, "key": key_of(client.get(PATH).text)})
    assert (plain.status_code, plain.headers["Location"]) == (302, PATH)
    assert "Marked as seen." in client.get(PATH).text
    part = client.post(PATH, {"alert": twine.pk, "key": key_of(client.get(PATH).text)}, headers=HTMX)
    assert (part.status_code, part.headers["HX-Trigger"]) == (200, "tp:posted")
    assert "Nothing wants attention" in part.text
    assert set(StockAlert.objects.values_list("seen_by__username", flat=True)) == {"ben"}
    assert "Seen by ben" in client.get(f"{PATH}?show=all").text
    assert bell(client) == "Alerts, none new"


@pytest.mark.parametrize("where", ["one store", "all stores"])
def test_all_that_are_shown_are_marked_at_once_and_what_came_since_is_not(shop: House, where: str) -> None:
    look()
    client = shop.client("staff")
    fallen(shop, "Tin lamp"), fallen(shop, "Jute twine")
    path = PATH if where == "one store" else f"{PATH}?store=all"
    page = client.get(path).text
    later = fallen(shop, "Bean tin")
    button = "all" if where == "one store" else "shown"
    assert f'name="do" value="{button}"' in page
    hidden: dict[str, list[str]] = {"do": [button]}
    for name, value in re.findall(r'type="hidden" name="(key|store|up_to|shown)" value="([^"]+)"', page):
        hidden.setdefault(name, []).append(value)
    assert client.post(path, hidden).status_code == 302
    assert "2 alerts marked as seen." in client.get(path).text
    assert StockAlert.objects.get(seen_at=None).product == later


def test_who_may_not_mark_or_marks_nothing_changes_nothing(shop: House) -> None:
    look()
    fallen(shop, "Tin lamp")
    (one,) = StockAlert.objects.all()
    everything = {"do": "all", "store": shop.store.pk, "up_to": one.pk}
    before = picture.of_everything()
    for who, body, status in [
        ("foreign", {"alert": one.pk}, 404),
        ("foreign", everything, 404),
        ("auditor", {"alert": one.pk}, 403),
        ("auditor", everything, 403),
        ("customer", {"alert": one.pk}, 403),
        ("staff", {}, 400),
        ("staff", {"do": "shown"}, 400),
        ("staff", {"do": "all"}, 404),
        ("staff", {"do": "none"}, 400),
        ("staff", {"alert": "x"}, 400),
    ]:
        assert shop.client(who).post(PATH, body).status_code == status, (who, body)
    assert picture.of_everything()["inventory_stockalert"] == before["inventory_stockalert"]
    assert "Mark" not in shop.client("auditor").get(f"{PATH}?store={shop.store.pk}").text
