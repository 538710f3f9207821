"""The picture of a product or a person on the pages: sent with the form, shown where it belongs, refused in place."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.photos import photo, sent
from tests.web.shop import House
from tradepost.audit.models import AuditEvent
from tradepost.catalog.models import Product
from tradepost.lib import pictures
from tradepost.people.models import Profile

MUG = {"sku": "MUG", "name": "Robin mug", "price": "9.50", "stocked": "on"}


ME = {"first_name": "Ben", "last_name": "Okri", "email": "ben@example.com", "bio": "Mugs since 2011", "keys_on": "on"}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """A folder for the pictures of this test alone."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_a_picture_is_sent_with_the_form_and_shown_where_the_product_is(shop: House) -> None:
    admin = shop.client("admin")
    edit = f"/products/{shop.mug.pk}/edit/"
    assert 'enctype="multipart/form-data"' in admin.get(edit).content.decode()
    assert admin.post(edit, {**MUG, "picture": sent()}).status_code == 302
    shop.mug.refresh_from_db()
    assert f'src="{shop.mug.picture_url}"' in admin.get(f"/products/{shop.mug.pk}/").content.decode()
    for path in ("/products/", f"/till/{shop.store.pk}/"):
        assert f'src="{shop.mug.thumbnail_url}"' in admin.get(path).content.decode()
    assert admin.get(shop.mug.thumbnail_url).status_code == 200


def test_a_new_product_may_have_one_from_the_start(shop: House) -> None:
    new = {**MUG, "sku": "JUG", "name": "Jug", "picture": sent()}
    assert shop.client("admin").post("/products/new/", new).status_code == 302
    assert Product.objects.get(sku="JUG").picture


def test_saving_without_one_keeps_it_and_a_tick_takes_it_away(shop: House) -> None:
    admin, edit = shop.client("admin"), f"/products/{shop.mug.pk}/edit/"
    assert "Take the picture away" not in admin.get(edit).content.decode()
    admin.post(edit, {**MUG, "picture": sent()})
    admin.post(edit, MUG)
    assert Product.objects.get(pk=shop.mug.pk).picture
    assert "Take the picture away" in admin.get(edit).content.decode()
    admin.post(edit, {**MUG, "no_picture": "on"})
    assert not Product.objects.get(pk=shop.mug.pk).picture


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<script>alert(1)</script>", "This is not a JPEG, PNG or WebP picture."),
        (photo() + b"\0" * pictures.MOST_BYTES, "A picture has at most 5 MB"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_picture_is_said_beside_the_field_and_changes_nothing(
    shop: House, folder: Path, content: bytes, said: str
) -> None:
    admin = shop.client("admin")
    before = [*Product.objects.order_by("id").values_list(), AuditEvent.objects.count()]
    for path in (f"/products/{shop.mug.pk}/edit/", "/products/new/"):
        response = admin.post(path, {**MUG, "name": "Other", "sku": "OTHER", "picture": sent(content)})
        page = response.content.decode()
        assert response.status_code == 422
        assert re.search(f'id="id_picture_error">[^<]*{said}', page), page
        assert 'value="Other"' in page
        assert "Choose it once more" in page
    assert [*Product.objects.order_by("id").values_list(), AuditEvent.objects.count()] == before
    assert not any(folder.rglob("*.webp"))


def test_the_same_form_sent_twice_sets_one_picture(shop: House, folder: Path) -> None:
    admin, edit = shop.client("admin"), f"/products/{shop.mug.pk}/edit/"
    for _ in range(2):
        assert admin.post(edit, {**MUG, "key": "k", "picture": sent()}).status_code == 302
    assert len(list(folder.rglob("*.webp"))) == 2
    other = admin.post(edit, {**MUG, "key": "k", "picture": sent(photo((80, 80)))})
    assert other.status_code == 422
    assert len(list(folder.rglob("*.webp"))) == 2


def test_ones_picture_is_shown_in_the_bar_on_the_profile_and_to_others(shop: House) -> None:
    ben, user = shop.client("staff"), shop.people["staff"]
    assert 'class="tp-avatar" aria-hidden="true">' in ben.get("/").content.decode()
    assert 'enctype="multipart/form-data"' in ben.get("/profile/").content.decode()
    assert ben.post("/profile/", {**ME, "picture": sent()}).status_code == 302
    told = Profile.objects.get(user=user)
    assert told.bio == "Mugs since 2011"
    for path in ("/", "/profile/", f"/till/{shop.store.pk}/"):
        assert f'src="{told.thumbnail_url}"' in ben.get(path).content.decode(), path
    others = shop.client("customer").get(f"/people/{user.pk}/").content.decode()
    assert f'src="{told.thumbnail_url}"' in others
    assert f'href="{told.picture_url}"' in others
    assert "ben@example.com" not in others
    assert f'src="{told.thumbnail_url}"' in shop.client("admin").get(f"/users/{user.pk}/").content.decode()


def test_a_profile_saved_without_one_keeps_it_and_a_tick_takes_it_away(shop: House) -> None:
    ben, told = shop.client("staff"), Profile.objects.filter(user=shop.people["staff"])
    assert "Take the picture away" not in ben.get("/profile/").content.decode()
    ben.post("/profile/", {**ME, "picture": sent()})
    ben.post("/profile/", ME)
    assert told.get().picture
    assert "Take the picture away" in ben.get("/profile/").content.decode()
    ben.post("/profile/", {**ME, "no_picture": "on"})
    assert not told.get().picture


def test_what_is_no_picture_of_a_person_is_said_beside_the_field_and_changes_nothing(shop: House, folder: Path) -> None:
    ben = shop.client("staff")
    before = [*Profile.objects.order_by("user").values_list(), AuditEvent.objects.count()]
    for content, said in ((b"<svg/>", "This is not a JPEG, PNG or WebP picture."), (b"", "is empty")):
        response = ben.post("/profile/", {**ME, "picture": sent(content)})
        assert response.status_code == 422
        assert re.search(f'id="id_picture_error">[^<]*{said}', response.content.decode())
        assert "Mugs since 2011" in response.content.decode()
    assert [*Profile.objects.order_by("user").values_list(), AuditEvent.objects.count()] == before
    assert not any(folder.rglob("*.webp"))
