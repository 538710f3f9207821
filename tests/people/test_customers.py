"""Customers in bulk: as often as one likes, with few queries, and nobody can log in as them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.people import services
from tradepost.people.models import Profile, User
from tradepost.people.services import CustomerDraft

pytestmark = pytest.mark.django_db


def add(drafts: list[CustomerDraft]) -> dict[str, int]:
    return services.add_customers(drafts, actor=make.console(), at=make.AT)


def test_customers_are_added_once_however_often_they_are_sent() -> None:
    drafts = [CustomerDraft("17850", "GB"), CustomerDraft("13047"), CustomerDraft("Gift.Shop", "de")]
    first = add(drafts)
    again = add([*drafts, CustomerDraft("GIFT.shop")])
    assert again == {**first, "GIFT.shop": first["Gift.Shop"]}
    user = User.objects.get(username="17850")
    assert (user.pk, user.email, user.has_usable_password(), user.date_joined) == (first["17850"], None, False, make.AT)
    assert Profile.objects.get(user=user).country.code == "GB"
    assert Profile.objects.count() == 3
    assert AuditEvent.objects.filter(action="people.customers_added").count() == 1


def test_one_bad_draft_spoils_the_list_and_nothing_is_added() -> None:
    for bad in (CustomerDraft("two words"), CustomerDraft("fine", "XX"), CustomerDraft("")):
        with pytest.raises(FieldErrors):
            add([CustomerDraft("good"), bad])
    assert not User.objects.filter(username="good").exists()
    assert not AuditEvent.objects.exists()


def test_only_an_administrator_adds_customers() -> None:
    with pytest.raises(Denied):
        services.add_customers([CustomerDraft("x")], actor=make.actor(make.auditor()), at=make.AT)
    assert not User.objects.filter(username="x").exists()


def test_two_imports_of_the_same_people_agree() -> None:
    drafts = [CustomerDraft(f"c{i}") for i in range(30)]
    results = together([lambda: add(drafts), lambda: add(drafts[::-1]), lambda: add(drafts)])
    assert results[0] == results[1] == results[2]
    assert (
        User.objects.filter(username__startswith="c", password__startswith="!").exclude(username="console").count()
        == 30
    )


def test_twice_the_customers_take_the_same_queries() -> None:
    add([CustomerDraft("warm")])
    counts = []
    for size in (20, 40):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            add([CustomerDraft(f"n{size}-{i}") for i in range(size)])
        counts.append(len(queries))
    assert counts[0] == counts[1]
