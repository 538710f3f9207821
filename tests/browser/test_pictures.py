"""The picture of a product or a person as hands and eyes know it: chosen in the form, seen wherever it belongs."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.visitor import Visitor
from tests.photos import photo
from tests.web.shop import House

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    """A folder for the pictures of this test alone."""
    settings.MEDIA_ROOT = tmp_path


def chosen(content: bytes) -> FilePayload:
    """A file somebody chose."""
    return {"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": content}


@pytest.mark.parametrize("script", [True, False])
def test_a_picture_is_chosen_in_the_form_and_seen(visitor: Visitor, shop: House, script: bool) -> None:
    page = visitor.sit_down("admin", "phone", java_script_enabled=script)
    page.goto(f"/products/{shop.mug.pk}/edit/")
    page.get_by_label("Picture").set_input_files(chosen(b"no picture"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_picture_error")).to_contain_text("This is not a JPEG, PNG or WebP picture")
    page.get_by_label("Picture").set_input_files(chosen(photo((800, 600))))
    page.get_by_role("button", name="Save").click()
    picture = page.get_by_role("img", name="Robin mug")
    expect(picture).to_be_visible()
    if not script:
        return
    assert picture.evaluate("async one => { await one.decode(); return one.naturalWidth }") == 800
    assert not visitor.barriers()
    assert not visitor.sticks_out()
    for path in ("/products/", f"/till/{shop.store.pk}/"):
        visitor.go(path)
        small = page.locator("img.tp-mini").first
        assert small.evaluate("async one => { await one.decode(); return one.naturalWidth }") == 320
        assert not visitor.barriers()
        assert not visitor.sticks_out()


@pytest.mark.parametrize("script", [True, False])
def test_ones_own_picture_is_chosen_on_the_profile_and_seen_in_the_bar(visitor: Visitor, script: bool) -> None:
    page = visitor.sit_down("staff", "phone", java_script_enabled=script)
    page.goto("/profile/")
    page.get_by_label("Picture").set_input_files(chosen(b"no picture"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_picture_error")).to_contain_text("This is not a JPEG, PNG or WebP picture")
    page.get_by_label("Picture").set_input_files(chosen(photo((800, 600))))
    page.get_by_role("button", name="Save").click()
    face = page.locator("#face img.tp-avatar")
    expect(face).to_be_visible()
    if not script:
        return
    assert face.evaluate("async one => { await one.decode(); return one.naturalWidth }") == 320
    assert not visitor.barriers()
    assert not visitor.sticks_out()
    page.get_by_role("link", name="What others see").click()
    expect(page.locator("#main img.tp-big")).to_be_visible()
    assert not visitor.barriers()
