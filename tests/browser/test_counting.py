"""Counts and transfers at work: the scanner types wherever the focus is, and quantities need no mouse."""

import pytest
from playwright.sync_api import Route, expect

from tests import make
from tests.browser.visitor import Visitor
from tests.web.shop import House

pytestmark = pytest.mark.once


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_shelf_is_counted_by_scanning_and_the_keyboard(visitor: Visitor, shop: House, size: str) -> None:
    page, count = visitor.sit_down("staff", size), make.stocktake(shop.store)
    visitor.go(f"/stock/counts/{count.pk}/")
    rows, field = page.locator("#counted tbody tr"), page.locator("#scan")
    for code in ("5012345678900", "MUG", "MUG"):
        page.keyboard.type(code)
        page.keyboard.press("Enter")
    expect(page.get_by_label("Counted of Robin mug")).to_have_value("3")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("TEA")
    page.keyboard.press("Enter")
    expect(page.locator("#weight")).to_be_focused()
    page.keyboard.type("1.25")
    page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("Earl Grey")
    expect(page.get_by_label("Counted of Earl Grey")).to_have_value("1.250")
    expect(field).to_be_focused()
    page.get_by_label("Counted of Robin mug").fill("12")
    page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("Robin mug")
    expect(page.get_by_label("Counted of Robin mug")).to_have_value("12")
    expect(field).to_be_focused()
    page.keyboard.type("NOTHING")
    page.keyboard.press("Enter")
    expect(page.locator(".tp-refusal")).to_contain_text("Nothing is sold under")
    page.keyboard.type("MUG")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Counted of Robin mug")).to_have_value("13")
    assert not visitor.barriers()
    assert not visitor.sticks_out()
    assert dict(count.lines.values_list("product__sku", "counted")) == {"MUG": 13, "TEA": 1250}


def test_goods_are_scanned_onto_a_transfer_and_sent(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("staff", "phone")
    visitor.go("/stock/transfers/new/")
    quantities = page.get_by_label("Quantity")
    for expected in ("1", "2"):
        page.keyboard.type("5012345678900")
        page.keyboard.press("Enter")
        expect(quantities.first).to_have_value(expected)
        expect(page.locator("#scan")).to_be_focused()
        expect(page.locator("#scan")).to_have_value("")
    page.get_by_label("To", exact=True).select_option(label="York Shambles")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    expect(page.locator("main")).to_contain_text("2 Robin mug")
    assert not visitor.barriers()
    assert not visitor.sticks_out()


def test_a_scan_whose_answer_got_lost_counts_once_when_sent_again(visitor: Visitor, shop: House) -> None:
    page, count = visitor.sit_down("staff"), make.stocktake(shop.store)
    visitor.go(f"/stock/counts/{count.pk}/")

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/scan/", lose, times=1)
    page.keyboard.type("MUG")
    page.keyboard.press("Enter")
    expect(page.locator("#scan")).to_have_value("MUG")
    expect(page.locator("#offline")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Counted of Robin mug")).to_have_value("1")
    page.keyboard.type("MUG")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Counted of Robin mug")).to_have_value("2")
    visitor.complaints = [one for one in visitor.complaints if "ERR_FAILED" not in one]
    assert dict(count.lines.values_list("product__sku", "counted")) == {"MUG": 2}
