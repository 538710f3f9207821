"""A second factor as hands and eyes know it: set up with a picture, asked for at the next login, without script too."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import make
from tests.browser.visitor import Visitor
from tests.people.phone import Phone, enrolled
from tests.web.shop import House
from tradepost.lib import clock
from tradepost.people import services

pytestmark = pytest.mark.once


def with_password(shop: House, who: str) -> None:
    """Somebody of the house who can log in."""
    user = shop.people[who]
    services.set_password(user.pk, make.PASSWORD, actor=make.actor(user), at=clock.now())
    user.refresh_from_db()  # a session stands on the password


def log_in(page: Page, name: str) -> None:
    """Type name and password."""
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(make.PASSWORD)
    page.get_by_role("button", name="Log in").click()


@pytest.mark.parametrize("script", [True, False])
def test_a_second_factor_is_set_up_and_asked_for(visitor: Visitor, shop: House, script: bool) -> None:
    with_password(shop, "staff")
    page = visitor.sit_down("staff", "phone", "dark", java_script_enabled=script)
    page.goto("/profile/")
    page.get_by_role("link", name="Password and logins").click()
    page.get_by_role("link", name="Set it up").click()
    page.get_by_label("Your password").fill(make.PASSWORD)
    page.get_by_role("button", name="Begin").click()
    picture = page.get_by_role("img", name="The picture for the app")
    expect(picture).to_be_visible()
    phone = Phone(page.locator("code").inner_text().replace(" ", ""))
    if script:
        assert picture.evaluate("one => one.naturalWidth") > 30
        assert not visitor.barriers()
        assert not visitor.sticks_out()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("This code does not fit")
    page.get_by_label("Code").fill(phone.code(clock.now()))
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    code = page.locator("main li code").first.inner_text()
    assert re.fullmatch(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", code)
    if script:
        assert not visitor.barriers()
        assert not visitor.sticks_out()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Recovery codes left")).to_be_visible()
    page = visitor.sit_down("", "phone", java_script_enabled=script)
    page.goto("/login/?next=/profile/logins/")
    log_in(page, "ben")
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    if script:
        assert not visitor.barriers()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Recovery codes left")).to_be_visible()


def test_it_is_switched_off_again(visitor: Visitor, shop: House) -> None:
    with_password(shop, "staff")
    _, codes = enrolled(shop.people["staff"], clock.now())
    page = visitor.sit_down("staff")
    visitor.go("/profile/logins/")
    assert not visitor.barriers()
    page.get_by_role("link", name="Switch it off").click()
    page.get_by_label("Your password").fill("wrong")
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Switch it off").click()
    expect(page.locator(".invalid-feedback")).to_contain_text("This is not your password")
    page.get_by_label("Your password").fill(make.PASSWORD)
    page.get_by_role("button", name="Switch it off").click()
    expect(page.locator("#toasts .toast")).to_contain_text("The second factor is off")
    expect(page.get_by_role("link", name="Set it up")).to_be_visible()


def test_a_new_password_is_set_and_the_browser_stays_logged_in(visitor: Visitor, shop: House) -> None:
    with_password(shop, "customer")
    page = visitor.sit_down("customer", "phone")
    visitor.go("/profile/password/")
    page.get_by_label("Password of now").fill(make.PASSWORD)
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill("nine-grey-herons")
    page.get_by_role("button", name="Set the password").click()
    expect(page.locator("#toasts .toast")).to_contain_text("The password is set")
    expect(page.get_by_role("heading", name="Password and logins")).to_be_visible()
