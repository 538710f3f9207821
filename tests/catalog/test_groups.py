"""Categories and suppliers: an administrator's work, one name each; what products name stays."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import make
from tradepost.audit.models import AuditEvent
from tradepost.catalog import queries, services
from tradepost.catalog.errors import (
    CategoryInUse,
    CategoryNameTaken,
    NoSuchCategory,
    NoSuchSupplier,
    SupplierArchived,
    SupplierNameTaken,
)
from tradepost.catalog.models import Category, Supplier
from tradepost.lib.errors import Denied, FieldErrors

pytestmark = pytest.mark.django_db


def category(name: str = "Lamps") -> Category:
    return services.add_category(name=name, actor=make.console(), at=make.AT)


def supplier(name: str = "Maker", **fields: Any) -> Supplier:
    return services.add_supplier(name=name, **fields, actor=make.console(), at=make.AT)


def test_only_an_administrator_keeps_categories_and_suppliers() -> None:
    group, maker = category(), supplier()
    for user in (make.customer(), make.manager(make.store()), make.auditor()):
        by: dict[str, Any] = {"actor": make.actor(user), "at": make.AT}
        for attempt in (
            lambda by=by: services.add_category(name="x", **by),
            lambda by=by: services.change_category(group.pk, name="x", **by),
            lambda by=by: services.remove_category(group.pk, **by),
            lambda by=by: services.add_supplier(name="x", **by),
            lambda by=by: services.change_supplier(maker.pk, name="x", **by),
            lambda by=by: services.archive_supplier(maker.pk, **by),
            lambda by=by: services.restore_supplier(maker.pk, **by),
        ):
            with pytest.raises(Denied):
                attempt()
    assert [*queries.categories(), *queries.suppliers()] == [group, maker]


def test_names_are_taken_whatever_their_case() -> None:
    category()
    supplier()
    other_group, other_maker = category("Tables"), supplier("Other")
    events = AuditEvent.objects.count()
    with pytest.raises(CategoryNameTaken):
        category("LAMPS ")
    with pytest.raises(CategoryNameTaken):
        services.change_category(other_group.pk, name="lamps", actor=make.console(), at=make.AT)
    with pytest.raises(SupplierNameTaken):
        supplier("MAKER")
    with pytest.raises(SupplierNameTaken):
        services.change_supplier(other_maker.pk, name="maker", actor=make.console(), at=make.AT)
    assert [one.name for one in queries.categories()] == ["Lamps", "Tables"]
    assert [one.name for one in queries.suppliers()] == ["Maker", "Other"]
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize("name", ["LAMPS", ""])
def test_the_database_refuses_a_second_name_and_an_empty_one(name: str) -> None:
    category("Lamps")
    supplier("Lamps")
    for model in (Category, Supplier):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(name=name, created_at=make.AT)
        assert model.objects.count() == 1


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "n" * 151}, {"name": "a\0"}, {"email": "nobody"}, {"phone": "12"}]
)
def test_nonsense_changes_nothing(fields: dict[str, str]) -> None:
    maker = supplier(email="a@example.com")
    with pytest.raises(FieldErrors) as caught:
        supplier(**{"name": "Other", **fields})
    assert list(caught.value.details["fields"]) == list(fields)
    with pytest.raises(FieldErrors):
        services.change_supplier(maker.pk, **fields, actor=make.console(), at=make.AT)
    if "name" in fields:
        with pytest.raises(FieldErrors):
            category(fields["name"])
    assert list(Supplier.objects.values_list("name", "email", "phone")) == [("Maker", "a@example.com", "")]
    assert not Category.objects.exists()


def test_a_category_goes_only_while_it_is_empty() -> None:
    group = category()
    product = make.product(category_id=group.pk)
    services.archive_product(product.pk, actor=make.console(), at=make.AT)
    with pytest.raises(CategoryInUse):
        services.remove_category(group.pk, actor=make.console(), at=make.AT)
    assert queries.category(group.pk) == group
    services.restore_product(product.pk, actor=make.console(), at=make.AT)
    services.change_product(product.pk, category_id=None, actor=make.console(), at=make.AT)
    services.remove_category(group.pk, actor=make.console(), at=make.AT)
    with pytest.raises(NoSuchCategory):
        queries.category(group.pk)
    assert AuditEvent.objects.get(action="catalog.category_removed").before == {"name": "Lamps"}


def test_a_category_is_renamed_and_found() -> None:
    group = category()
    services.change_category(group.pk, name="Lanterns", actor=make.console(), at=make.AT)
    services.change_category(group.pk, name="Lanterns", actor=make.console(), at=make.AT)
    event = AuditEvent.objects.get(action="catalog.category_changed")
    assert (event.before, event.after) == ({"name": "Lamps"}, {"name": "Lanterns"})
    assert list(queries.categories(search="LANT")) == [group]
    with pytest.raises(NoSuchCategory):
        services.change_category(999, name="x", actor=make.console(), at=make.AT)


def test_a_suppliers_address_is_told_by_field_name_only() -> None:
    maker = supplier()
    services.change_supplier(maker.pk, email="Box@Example.com", phone="09123456789", actor=make.console(), at=make.AT)
    maker.refresh_from_db()
    assert (maker.email, maker.phone) == ("box@example.com", "+989123456789")
    event = AuditEvent.objects.get(action="catalog.supplier_changed")
    assert event.after == {"name": "Maker", "changed": ["email", "phone"]}


def test_an_archived_supplier_is_still_named_by_its_products() -> None:
    maker = supplier()
    product = make.product(supplier_id=maker.pk)
    for _ in range(2):
        services.archive_supplier(maker.pk, actor=make.console(), at=make.AT)
    assert queries.product(product.pk).supplier == maker
    assert not queries.suppliers().exists()
    assert list(queries.suppliers(archived=True, search="mak")) == [maker]
    with pytest.raises(SupplierArchived):
        services.change_supplier(maker.pk, name="x", actor=make.console(), at=make.AT)
    services.change_product(product.pk, supplier_id=maker.pk, price_minor=1, actor=make.console(), at=make.AT)
    assert services.restore_supplier(maker.pk, actor=make.console(), at=make.AT).archived_at is None
    assert AuditEvent.objects.filter(action="catalog.supplier_archived").count() == 1
    with pytest.raises(NoSuchSupplier):
        queries.supplier(999)
    with pytest.raises(NoSuchSupplier):
        services.archive_supplier(999, actor=make.console(), at=make.AT)
