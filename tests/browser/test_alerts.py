"""The bell and the list behind it, as eyes and hands know them."""

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.visitor import Theme, Visitor
from tests.inventory.alerts import look
from tests.web.shop import House
from tradepost.inventory.models import StockAlert

pytestmark = pytest.mark.once


def fall(shop: House, name: str, steps: int = 6) -> None:
    """Let a shelf of ten run low below five, and a worker look."""
    goods = make.stocked_product(shop.store, 10, name=name, reorder_level=5)
    look()
    make.sale(shop.store, (goods, steps))
    look()


def test_the_bell_hears_of_a_sale_without_a_reload(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("staff")
    visitor.go("/")
    expect(page.locator("#bell")).to_have_accessible_name("Alerts, none new")
    page.evaluate("document.body.dataset.stays = 'yes'")
    fall(shop, "Tin lamp")
    expect(page.locator("#bell")).to_have_accessible_name("Alerts, 1 new", timeout=20_000)
    expect(page.locator("#bell .tp-count")).to_have_text("1")
    assert page.evaluate("document.body.dataset.stays") == "yes"
    page.locator("#bell").click()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    expect(page.get_by_role("link", name="Tin lamp", exact=True)).to_be_visible()


def test_an_alert_is_answered_by_receiving_or_by_seeing_it(visitor: Visitor, shop: House) -> None:
    fall(shop, "Tin lamp")
    fall(shop, "Jute twine", 10)
    page = visitor.sit_down("staff")
    visitor.go("/stock/alerts/")
    page.get_by_role("link", name="Receive Jute twine").click()
    expect(page.locator("#movement #mv-quantity")).to_have_value("15")
    page.get_by_role("button", name="Receive 15 pieces").click()
    expect(page.locator("#movement")).to_contain_text("Received 15 of Jute twine.")
    page.locator("#movement .btn-close").click()
    expect(page.locator("#rows")).not_to_contain_text("Jute twine")
    expect(page.locator("#bell")).to_have_accessible_name("Alerts, 1 new")
    page.get_by_role("button", name="Mark Tin lamp as seen").click()
    expect(page.get_by_role("heading", name="Nothing wants attention")).to_be_visible()
    expect(page.locator("#bell")).to_have_accessible_name("Alerts, none new")
    assert StockAlert.objects.filter(seen_at=None).count() == 1


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light"), ("tablet", "light")])
def test_the_list_fits_and_shuts_nobody_out(visitor: Visitor, shop: House, size: str, theme: Theme) -> None:
    fall(shop, "Tin lamp with a name that is long enough to be broken over more than one line of a table")
    fall(shop, "Jute twine", 10)
    tea = make.stocked_product(shop.store, 12_000, name="Peppermint, loose", unit="kg", reorder_level=2_500)
    look()
    make.sale(shop.store, (tea, 10_140))
    look()
    page = visitor.sit_down("staff", size, theme)
    for path in ("/stock/alerts/", "/stock/alerts/?show=all&store=all"):
        visitor.go(path)
        assert not visitor.sticks_out(), path
        assert not visitor.barriers(), path
    bar = page.locator("#bar-alerts" if size == "phone" else "#bell .tp-count")
    expect(bar).to_contain_text("3")
    page.get_by_role("button", name="Mark these as seen").click()
    expect(bar).to_be_hidden()
    expect(page.get_by_text("Seen by ben").first).to_be_visible()
    assert not visitor.barriers()


def test_without_script_alerts_are_marked_all_the_same(visitor: Visitor, shop: House) -> None:
    fall(shop, "Tin lamp")
    fall(shop, "Jute twine")
    page = visitor.sit_down("staff", java_script_enabled=False)
    visitor.go("/stock/alerts/")
    page.get_by_role("button", name="Mark Tin lamp as seen").click()
    expect(page.get_by_role("link", name="Tin lamp", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_role("heading", name="Nothing wants attention")).to_be_visible()
    assert not StockAlert.objects.filter(seen_at=None).exists()
