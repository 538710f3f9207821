"""The picture of a product: given, exchanged, taken away; the files follow what is certain."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from tests import make
from tests.photos import photo, seen
from tradepost.audit.models import AuditEvent
from tradepost.catalog import services
from tradepost.catalog.errors import NoSuchProduct, ProductArchived
from tradepost.catalog.models import Product
from tradepost.lib.errors import Denied
from tradepost.lib.pictures import NAME, NotAPicture, Picture

pytestmark = pytest.mark.django_db
LATER = make.AT.replace(hour=make.AT.hour + 1)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    """A folder for the pictures of this test alone."""
    settings.MEDIA_ROOT = tmp_path


def drawn(**options: object) -> Picture:
    return services.read_picture(BytesIO(photo(**options)), actor=make.console())  # type: ignore[arg-type]


def files() -> set[str]:
    """The pictures that are kept."""
    folder = Path(settings.MEDIA_ROOT) / "products"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def given(product: Product) -> Product:
    return services.set_picture(product.pk, drawn(), actor=make.console(), at=LATER)


def test_a_picture_is_kept_in_two_sizes_under_a_name_nobody_guesses() -> None:
    before, product = files(), given(make.product())
    product.refresh_from_db()
    new = files() - before
    stem = product.picture.removeprefix("products/")
    assert len(stem) == 22
    assert new == {f"{stem}.webp", f"{stem}-small.webp"}
    assert product.picture_url == f"/media/products/{stem}.webp"
    assert product.thumbnail_url == f"/media/products/{stem}-small.webp"
    assert seen((Path(settings.MEDIA_ROOT) / f"{product.picture}.webp").read_bytes()).size == (60, 40)
    assert product.updated_at == LATER
    assert all(re.fullmatch(NAME, f"products/{name}") for name in new)
    event = AuditEvent.objects.filter(action="catalog.product_changed").get()
    assert (event.before, event.after) == ({"picture": ""}, {"picture": product.picture})


def test_another_one_takes_its_place_and_the_old_files_go() -> None:
    product = make.product()
    first = given(product).picture
    before = files()
    second = given(product).picture
    assert first != second
    assert len(files()) == len(before)
    assert not any(name.startswith(first.removeprefix("products/")) for name in files())


def test_taken_away_it_is_gone_and_once_is_enough() -> None:
    before, product = files(), given(make.product())
    for _ in range(2):
        product = services.set_picture(product.pk, None, actor=make.console(), at=LATER)
        assert (product.picture, product.picture_url, product.thumbnail_url) == ("", "", "")
    assert files() == before
    assert AuditEvent.objects.filter(action="catalog.product_changed").count() == 2


def test_what_is_rolled_back_leaves_the_old_picture() -> None:
    product = given(make.product())

    def change_of_mind() -> None:
        with transaction.atomic():
            given(product)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_of_mind()
    product.refresh_from_db()
    assert (Path(settings.MEDIA_ROOT) / f"{product.picture}.webp").is_file()


def test_only_an_administrator_gives_one_and_only_to_what_is_sold() -> None:
    product, picture = given(make.product()), drawn()
    store = make.store()
    before = files()
    for nobody in (make.customer(), make.manager(store), make.auditor()):
        with pytest.raises(Denied):
            services.read_picture(BytesIO(photo()), actor=make.actor(nobody))
        with pytest.raises(Denied):
            services.set_picture(product.pk, picture, actor=make.actor(nobody), at=LATER)
    with pytest.raises(NoSuchProduct):
        services.set_picture(10**9, picture, actor=make.console(), at=LATER)
    with pytest.raises(NotAPicture):
        services.read_picture(BytesIO(b"none"), actor=make.console())
    services.archive_product(product.pk, actor=make.console(), at=LATER)
    for one in (picture, None):
        with pytest.raises(ProductArchived):
            services.set_picture(product.pk, one, actor=make.console(), at=LATER)
    assert Product.objects.get(pk=product.pk).picture == product.picture
    assert files() == before
