"""A day at the counter, as hands and eyes know it."""

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.visitor import Visitor
from tests.web.shop import House
from tradepost.funding.models import FundsRequest
from tradepost.inventory.models import StockMovement, StockTransfer
from tradepost.lib import clock
from tradepost.prepaid.models import ChargeSale
from tradepost.till.models import Return, Sale

pytestmark = pytest.mark.once


def scan(page: Page, *codes: str) -> None:
    """What a scanner does: it types a code and presses Enter, wherever the focus is."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def test_a_sale_is_made_by_scanning_and_two_keys(visitor: Visitor, shop: House) -> None:
    page, count = visitor.sit_down("staff", "tablet"), Sale.objects.count()
    visitor.go("/till/")
    scan(page, "5012345678900", "MUG", "TEA")
    expect(page.locator("#basket .tp-due")).to_have_text("£55.00")
    page.get_by_label("Quantity of Earl Grey").last.fill("0.25")
    page.keyboard.press("Enter")
    expect(page.locator("#basket .tp-due")).to_have_text("£28.00")
    page.get_by_role("button", name="One more of Robin mug").dblclick()
    expect(page.locator("#basket .tp-due")).to_have_text("£47.00")
    page.get_by_role("button", name="One less of Robin mug").click()
    expect(page.locator("#basket .tp-due")).to_have_text("£37.50")
    page.keyboard.press("F9")
    expect(page.locator("#received")).to_be_focused()
    assert not visitor.barriers()
    page.locator("#received").fill("40")
    expect(page.locator("#change output")).to_have_text("£2.50")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paid")).to_be_visible()
    expect(page.get_by_role("button", name="New sale")).to_be_focused()
    assert not visitor.barriers()
    assert Sale.objects.count() == count + 1
    page.keyboard.press("Enter")
    expect(page.locator("#pay")).to_be_hidden()
    expect(page.locator("#scan")).to_be_focused()
    expect(page.locator("#basket .tp-due")).to_have_text("£0.00")


def test_too_little_on_the_shelf_is_said_in_the_dialog_and_the_basket_stays(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("staff", "phone")
    visitor.go("/till/")
    page.locator(".tp-tile", has_text="Robin mug").click()
    page.locator("#till-bar").get_by_role("button", name="Basket").click()
    page.get_by_label("Quantity of Robin mug").last.fill("99")
    page.keyboard.press("Enter")
    expect(page.locator("#basket .tp-due")).to_have_text("£940.50")
    page.locator("#basket .btn-close").click()
    page.locator("#till-bar").get_by_role("button", name="Pay").click()
    page.get_by_role("button", name="Take the cash and finish").click()
    note = page.locator("#pay .tp-refusal")
    expect(note).to_contain_text("There is not enough on the shelf")
    expect(note).to_contain_text("75")
    assert not visitor.barriers()
    assert not visitor.sticks_out()


def test_the_number_pad_types_amounts_as_a_till_does(visitor: Visitor) -> None:
    page = visitor.sit_down("staff", "tablet")
    visitor.go("/till/")
    scan(page, "MUG")
    expect(page.locator("#basket .tp-due")).to_have_text("£9.50")
    page.keyboard.press("F9")
    for digit in ("2", "0", "00"):
        page.locator(f"[data-tp-digit='{digit}']").click()
    expect(page.locator("#received")).to_have_value("20.00")
    expect(page.locator("#change output")).to_have_text("£10.50")


def test_letters_find_products_and_the_line_down_is_said(visitor: Visitor) -> None:
    page = visitor.sit_down("staff", "tablet")
    visitor.go("/till/")
    page.locator("#scan").fill("grey")
    expect(page.locator(".tp-tile")).to_have_count(1)
    page.context.set_offline(True)
    page.locator(".tp-tile").click()
    expect(page.locator("#offline")).to_be_visible()
    page.context.set_offline(False)
    page.locator(".tp-tile").click()
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#basket .tp-due")).to_have_text("£36.00")
    visitor.complaints = [
        one for one in visitor.complaints if "INTERNET_DISCONNECTED" not in one and "sendError" not in one
    ]


def test_goods_are_given_back_on_the_sale(visitor: Visitor, shop: House) -> None:
    page, count = visitor.sit_down("staff"), Return.objects.count()
    visitor.go(f"/sales/{shop.sale.number}/")
    page.get_by_label("How many of Robin mug").fill("3")
    page.get_by_role("button", name="Give back").click()
    expect(page.locator(".tp-refusal")).to_be_focused()
    assert Return.objects.count() == count
    page.get_by_label("How many of Robin mug").fill("1")
    page.get_by_role("button", name="Give back").click()
    expect(page.get_by_role("heading", name="Return R")).to_be_visible()
    expect(page.locator("#toasts .toast")).to_contain_text("Given back")
    assert Return.objects.count() == count + 1


def test_a_delivery_is_typed_in_lines(visitor: Visitor) -> None:
    page = visitor.sit_down("staff", "phone")
    visitor.go("/goods/receive/")
    page.get_by_label("Product").first.fill("MUG")
    page.get_by_label("Quantity").first.fill("12")
    expect(page.locator(".form-text").first).to_contain_text("Robin mug, 24 on hand")
    page.get_by_role("button", name="Receive").click()
    expect(page.get_by_role("heading", name="Delivery D")).to_be_visible()


def test_a_newcomer_signs_up_logs_out_and_logs_in(visitor: Visitor) -> None:
    page = visitor.sit_down("", "phone", "dark")
    visitor.go("/")
    page.get_by_role("main").get_by_role("link", name="Create an account").click()
    typed = {"First name": "Goldman", "Last name": "Ames", "Username": "goldman", "E-mail": "goldman@example.com"}
    for label, text in typed.items():
        page.get_by_label(label).fill(text)
    page.get_by_label("Password", exact=True).fill(make.PASSWORD)
    page.get_by_label("Password again").fill(make.PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("banner").get_by_role("link", name="Log in").click()
    page.get_by_label("Username or e-mail").fill("Goldman@example.com")
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Hello Goldman")).to_be_visible()


def test_todays_figures_follow_what_is_sold_elsewhere(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("manager")
    visitor.go("/")
    takings = page.locator("#today dd").first
    expect(takings).to_have_text("£8.30")
    make.sale(shop.store, (shop.mug, 1), at=clock.now())
    page.evaluate("document.body.dispatchEvent(new Event('tp:posted'))")
    expect(takings).to_have_text("£17.80")
    page.locator("#today a").first.click()
    expect(page.get_by_text("4 postings add up to £17.80")).to_be_visible()


def test_the_keyboard_finds_everything(visitor: Visitor) -> None:
    page = visitor.sit_down("manager")
    visitor.go("/")
    page.keyboard.press("Control+k")
    expect(page.locator("#command [role=combobox]")).to_be_focused()
    page.keyboard.type("mug")
    expect(page.get_by_role("option", name="Robin mug")).to_be_visible()
    assert not visitor.barriers()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Robin mug")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Postings", exact=True)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#posting-title")).to_contain_text("Delivery")


def test_a_theme_is_chosen_and_kept(visitor: Visitor) -> None:
    page = visitor.sit_down("manager", "desktop", "light")
    visitor.go("/")
    page.get_by_role("button", name="your menu").click()
    page.get_by_role("button", name="Dark").click()
    visitor.go("/products/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_a_sale_needs_no_script(visitor: Visitor) -> None:
    page, count = visitor.sit_down("staff", "tablet", java_script_enabled=False), Sale.objects.count()
    page.goto("/till/")
    page.locator(".tp-tile", has_text="Robin mug").click()
    page.get_by_role("button", name="Pay £9.50").click()
    page.get_by_label("Received").fill("10")
    page.get_by_role("button", name="Take the cash and finish").click()
    expect(page.get_by_text("Change to give")).to_be_visible()
    assert Sale.objects.count() == count + 1


def test_a_charge_is_typed_and_sold_and_too_little_credit_is_said_in_place(visitor: Visitor, shop: House) -> None:
    page, count = visitor.sit_down("seller", "phone"), ChargeSale.objects.count()
    visitor.go("/prepaid/")
    page.get_by_label("Phone number").fill("0912 345 67 89")
    expect(page.locator("#phone-is")).to_contain_text("+98 912 345 6789")
    page.get_by_label("Amount in £").fill("12")
    page.get_by_role("button", name="Charge £12.00").click()
    expect(page.get_by_role("status").first).to_contain_text("Charged £12.00")
    expect(page.locator("#phone")).to_have_value("")
    assert ChargeSale.objects.count() == count + 1
    page.get_by_label("Phone number").fill("09123456789")
    page.get_by_label("Amount in £").fill("900")
    page.get_by_role("button", name="Charge £900.00").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was charged")
    expect(page.locator("#amount")).to_have_value("900")
    assert not visitor.barriers()
    assert ChargeSale.objects.count() == count + 1


def test_requests_for_money_are_chosen_together_and_each_says_what_became_of_it(visitor: Visitor, shop: House) -> None:
    make.deposit_request(shop.people["customer"], 4000, "Bank transfer")
    page = visitor.sit_down("admin", "desktop")
    visitor.go("/money-requests/")
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("alert")).to_contain_text("takes a reason")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("2 decided")
    assert not visitor.barriers()
    assert not FundsRequest.objects.filter(state="pending").exists()


def test_goods_are_moved_from_a_row_of_the_levels(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("staff")
    visitor.go("/stock/")
    row = page.locator("#rows tr", has_text="Robin mug")
    expect(row).to_contain_text("24")
    row.get_by_role("link", name="Robin mug").click()
    drawer = page.locator("#movement")
    expect(drawer.get_by_role("heading", name="Robin mug")).to_be_visible()
    drawer.get_by_text("Remove", exact=True).click()
    drawer.get_by_label("Quantity").fill("5")
    expect(drawer.locator("#after")).to_contain_text("19")
    drawer.get_by_role("button", name="Remove 5 pieces").click(
        delay=500
    )  # a slow hand: the label may change beneath it
    expect(drawer.locator("[aria-invalid=true]")).to_be_focused()
    assert not visitor.barriers()
    drawer.get_by_label("Note").fill("Chipped")
    drawer.get_by_role("button", name="Remove 5 pieces").click()
    expect(drawer.get_by_role("status")).to_contain_text("Removed 5 of Robin mug.")
    expect(drawer.get_by_role("listitem").first).to_contain_text("−5, 19 left")
    expect(row).to_contain_text("19")
    assert not visitor.barriers()
    assert StockMovement.objects.get().note == "Chipped"


def test_a_row_is_sent_to_another_store_in_one_step(visitor: Visitor, shop: House) -> None:
    page = visitor.sit_down("staff", "phone")
    visitor.go("/stock/")
    page.get_by_role("button", name="More for Robin mug").click()
    page.get_by_role("link", name="Transfer to another store").click()
    quantity = page.get_by_label("Quantity").first
    expect(quantity).to_be_focused()
    quantity.fill("3")
    page.get_by_label("To", exact=True).select_option(label=shop.other.name)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#toasts .toast")).to_contain_text("The goods are on their way.")
    assert StockTransfer.objects.get().lines.get().sent == 3
    assert not visitor.barriers()


def test_what_runs_low_is_received_in_the_dialog(visitor: Visitor, shop: House) -> None:
    make.stocked_product(shop.store, 3, name="Tin lantern")
    page = visitor.sit_down("staff", "phone")
    visitor.go("/stock/")
    page.get_by_role("link", name="2 low or out").click()
    dialog = page.locator("#low")
    expect(dialog.get_by_role("heading", name="Low or out")).to_be_visible()
    dialog.get_by_role("button", name="Receive the chosen").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Tick what has come in")
    assert not visitor.barriers()
    assert not visitor.sticks_out()
    dialog.get_by_label("Tin lantern", exact=True).check()
    dialog.get_by_role("button", name="Receive the chosen 1").click()
    expect(page.locator("#toasts .toast")).to_contain_text("Received 1 product.")
    expect(page.locator("#rows tr", has_text="Tin lantern")).to_contain_text("60")
