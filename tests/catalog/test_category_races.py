"""A category that is removed while a product is put into it: one of the two is refused, and politely."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from tests import make
from tests.inventory.test_cost_races import until_somebody_waits
from tests.threads import together
from tradepost.books import queries as books
from tradepost.catalog import services
from tradepost.catalog.errors import CategoryInUse, NoSuchCategory
from tradepost.catalog.models import Category, Product
from tradepost.catalog.services import ProductRow

pytestmark = pytest.mark.django_db

Act = Callable[[Category], object]


@pytest.fixture
def lamps() -> Category:
    return services.add_category(name="Lamps", actor=make.console(), at=make.AT)


def add(category: Category) -> object:
    return services.add_product(make.draft("LAMP", category_id=category.pk), actor=make.console(), at=make.AT)


def change(category: Category) -> object:
    product = Product.objects.filter(sku="LAMP").first() or make.product("LAMP")
    return services.change_product(product.pk, category_id=category.pk, actor=make.console(), at=make.AT)


def save(category: Category) -> object:
    row = ProductRow("LAMP", {"name": "Lamp", "price_minor": 250, "category": category.name})
    return services.save_products([row], ever_moved=books.ever_moved, actor=make.console(), at=make.AT)[0]


def remove(category: Category) -> object:
    services.remove_category(category.pk, actor=make.console(), at=make.AT)
    return None


def one_while_the_other_is_held(first: Act, second: Act, category: Category) -> object:
    """What came of `second`, begun after `first` was done and before it was committed."""
    done = threading.Event()

    def hold() -> None:
        with transaction.atomic():
            first(category)
            done.set()
            until_somebody_waits()

    def follow() -> object:
        assert done.wait(30)
        return second(category)

    held, followed = together([hold, follow])
    assert held is None
    return followed


@pytest.mark.parametrize("put", [add, change, save])
def test_a_category_is_not_removed_from_under_a_product_that_is_on_its_way_into_it(put: Act, lamps: Category) -> None:
    assert isinstance(one_while_the_other_is_held(put, remove, lamps), CategoryInUse)
    assert Product.objects.get(sku="LAMP").category == lamps


@pytest.mark.parametrize("put", [add, change])
def test_a_product_is_refused_where_its_category_is_being_removed(put: Act, lamps: Category) -> None:
    if put is change:
        make.product("LAMP")
    assert isinstance(one_while_the_other_is_held(remove, put, lamps), NoSuchCategory)
    assert not Category.objects.exists()
    standing = [(product.sku, product.category_id) for product in Product.objects.all()]
    assert standing == ([("LAMP", None)] if put is change else [])


def test_a_row_of_a_file_adds_the_category_that_is_being_removed_anew(lamps: Category) -> None:
    saved = one_while_the_other_is_held(remove, save, lamps)
    assert isinstance(saved, services.Saved), saved
    fresh = Product.objects.get(sku="LAMP").category
    assert fresh is not None
    assert (fresh.name, fresh.pk == lamps.pk) == ("Lamps", False)


def test_control_a_category_that_was_only_looked_at_is_gone_at_the_commit(lamps: Category) -> None:
    """Look it up, then write the product: how it must not be done."""
    looked, removed = threading.Event(), threading.Event()

    def put() -> None:
        found = Category.objects.get(pk=lamps.pk)
        looked.set()
        assert removed.wait(30)
        with transaction.atomic():
            Product.objects.create(
                sku="LAMP", name="Lamp", price_minor=1, reorder_level=0, category=found, created_at=make.AT,
                updated_at=make.AT,
            )  # fmt: skip

    def take_away() -> None:
        assert looked.wait(30)
        remove(lamps)
        removed.set()

    put_in, taken = together([put, take_away])
    assert isinstance(put_in, IntegrityError)
    assert taken is None
    assert not Product.objects.exists()
