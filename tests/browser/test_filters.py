"""Filters as hands know them: put away on a phone, and a store found by name among many, with script and without."""

import re

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.visitor import Visitor
from tests.web.shop import House

pytestmark = pytest.mark.once


@pytest.fixture
def far(shop: House) -> None:
    """Sixty stores more, goods in the last."""
    stores = [make.store(f"Branch {number:02}") for number in range(60)]
    make.stocked_product(stores[-1], 4, name="Far goods")


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_store_is_found_by_name_and_stays_while_another_filter_changes(visitor: Visitor, size: str) -> None:
    page = visitor.sit_down("admin", size)
    visitor.go("/stock/")
    if size == "phone":
        expect(page.get_by_label("Store", exact=True)).to_be_hidden()
        page.get_by_role("button", name="Filters").click()
    field = page.get_by_label("Store", exact=True)
    field.click()
    page.keyboard.type("ranch 5")  # typing takes the place of what was chosen
    expect(page.locator("#f-stores option")).to_have_count(10)
    field.fill("Branch 59")
    field.press("Tab")
    expect(page.locator("#rows")).to_contain_text("Far goods")
    page.get_by_label("Status", exact=True).select_option("low_stock")
    expect(page).to_have_url(re.compile("Branch%2059.*low_stock"))
    expect(page.locator("#rows")).to_contain_text("Far goods")
    page.reload()
    expect(page.locator("#f-store")).to_have_value("Branch 59")
    assert not visitor.barriers()
    assert not visitor.sticks_out()


@pytest.mark.usefixtures("far")
def test_without_script_the_filters_are_open_and_a_part_of_a_name_will_do(visitor: Visitor) -> None:
    page = visitor.sit_down("admin", "phone", java_script_enabled=False)
    visitor.go("/stock/")
    page.get_by_label("Store", exact=True).fill("branch 59")
    page.get_by_role("button", name="Show", exact=True).last.click()
    expect(page.locator("#rows")).to_contain_text("Far goods")
    expect(page.locator("#f-store")).to_have_value("Branch 59")


def test_a_slow_click_on_what_a_search_found_opens_it(visitor: Visitor) -> None:
    page = visitor.sit_down("staff")
    visitor.go("/stock/")
    page.get_by_label("Name, SKU or barcode").fill("robin")
    expect(page.get_by_text(re.compile("^1 level"))).to_be_visible()
    page.get_by_role("link", name="Robin mug").click(delay=500)
    expect(page.locator("#movement").get_by_role("heading", name="Robin mug")).to_be_visible()
