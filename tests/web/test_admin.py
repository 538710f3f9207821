"""Django's admin shows what services wrote and changes none of it."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group

from tests.web.shop import House
from tradepost.audit.models import AuditEvent
from tradepost.people.models import User

OURS = {"audit", "books", "catalog", "funding", "imports", "intake", "inventory", "people", "places", "prepaid", "till"}


def registered() -> list[str]:
    """The addresses of our own tables in the admin."""
    models = [model for model in admin.site._registry if model._meta.app_label in OURS]
    return [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in models]


def test_journals_documents_audit_and_users_are_there_to_look_at(shop: House) -> None:
    client = shop.client("admin")
    assert {"/admin/books/posting/", "/admin/audit/auditevent/", "/admin/people/user/"} <= set(registered())
    for path in registered():
        assert client.get(path).status_code == 200, path


def test_nothing_of_ours_is_added_or_deleted_there(shop: House) -> None:
    client = shop.client("admin")
    for path in registered():
        _, label, name = path.strip("/").split("/")
        model = apps.get_model(label, name)
        row = model._default_manager.order_by("pk").first()
        assert client.get(f"{path}add/").status_code == 403, path
        if row is not None:
            assert client.post(f"{path}{row.pk}/delete/", {"post": "yes"}).status_code == 403, path


@pytest.mark.parametrize("what", ["till/sale", "books/posting", "books/account", "audit/auditevent"])
def test_a_document_cannot_be_changed_there(shop: House, what: str) -> None:
    client, (label, name) = shop.client("admin"), what.split("/")
    row = apps.get_model(label, name)._default_manager.order_by("pk").first()
    assert row is not None
    page = client.get(f"/admin/{what}/{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(f"/admin/{what}/{row.pk}/change/", {}).status_code == 403


def test_groups_are_given_with_an_audit_row_and_nothing_else_of_a_user_changes(shop: House) -> None:
    client, carla = shop.client("admin"), shop.people["customer"]
    group = Group.objects.create(name="Friends")
    sent = {"groups": [group.pk], "username": "other", "is_superuser": "on", "is_staff": "on"}
    assert client.post(f"/admin/people/user/{carla.pk}/change/", sent).status_code == 302
    user = User.objects.get(pk=carla.pk)
    assert (user.username, user.is_superuser, user.is_staff, user.groups.count()) == ("carla", False, False, 1)
    assert AuditEvent.objects.filter(action="people.groups_set", actor_name="ada").count() == 1


def test_others_do_not_get_in(shop: House) -> None:
    for who in ("visitor", "customer", "manager", "auditor"):
        assert shop.client(who).get("/admin/").status_code == 302


def test_the_admin_has_no_login_of_its_own(shop: House) -> None:
    response = shop.client("visitor").get("/admin/login/?next=/admin/")
    assert response.headers["Location"].startswith("/login/?next=")
