"""Stores: an administrator opens and archives them, nobody else, and no two share a name."""

import pytest
from django.db import IntegrityError, transaction

from tests import make
from tradepost.audit.models import AuditEvent
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.places import queries, services
from tradepost.places.errors import NoSuchStore, StoreArchived, StoreNameTaken
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def people_without_the_right() -> list[Actor]:
    store = make.store("Somewhere")
    users = [make.customer(), make.staff(store), make.manager(store), make.auditor()]
    return [make.visitor(), *(make.actor(user) for user in users)]


def test_a_store_is_opened_in_the_time_zone_of_the_house() -> None:
    store = services.open_store(name="  North ", location="Hill 1", actor=make.console(), at=make.AT)
    assert (store.name, store.time_zone, store.created_at) == ("North", "UTC", make.AT)
    event = AuditEvent.objects.get(action="places.store_opened")
    assert (event.subject_id, event.store_id, event.at) == (str(store.pk), store.pk, make.AT)
    assert event.after == {"name": "North", "location": "Hill 1", "time_zone": "UTC"}


def test_only_an_administrator_opens_changes_and_archives() -> None:
    actors = people_without_the_right()
    store = Store.objects.get(name="Somewhere")
    for actor in actors:
        with pytest.raises(Denied):
            services.open_store(name="Mine", actor=actor, at=make.AT)
        with pytest.raises(Denied):
            services.change_store(store.pk, name="Mine", actor=actor, at=make.AT)
        with pytest.raises(Denied):
            services.archive_store(store.pk, actor=actor, at=make.AT)
        with pytest.raises(Denied):
            services.reopen_store(store.pk, actor=actor, at=make.AT)
    assert list(Store.objects.values_list("name", "archived_at")) == [("Somewhere", None)]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "  "}, "name"),
        ({"name": "n" * 101}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"name": "x", "location": "l" * 201}, "location"),
        ({"name": "x", "time_zone": "Mars/Olympus"}, "time_zone"),
        ({"name": "x", "time_zone": "../../etc/passwd"}, "time_zone"),
    ],
)
def test_nonsense_opens_nothing(fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        services.open_store(**fields, actor=make.console(), at=make.AT)
    assert list(caught.value.details["fields"]) == [wrong]
    assert not Store.objects.exists()
    assert not AuditEvent.objects.exists()


def test_a_taken_name_is_refused_whatever_its_case() -> None:
    make.store("North")
    south = make.store("South")
    with pytest.raises(StoreNameTaken):
        make.store("nORTH")
    with pytest.raises(StoreNameTaken):
        services.change_store(south.pk, name="NORTH", actor=make.console(), at=make.AT)
    assert sorted(Store.objects.values_list("name", flat=True)) == ["North", "South"]
    assert AuditEvent.objects.count() == 2


def test_the_database_refuses_a_second_name_and_an_empty_one() -> None:
    make.store("North")
    for name in ("NORTH", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Store.objects.create(name=name, time_zone="UTC", created_at=make.AT)
    assert Store.objects.count() == 1


def test_a_change_tells_before_and_after() -> None:
    store = make.store("North", location="")
    services.change_store(store.pk, name="South", time_zone="Asia/Tehran", actor=make.console(), at=make.AT)
    store.refresh_from_db()
    assert (store.name, store.location, store.time_zone) == ("South", "", "Asia/Tehran")
    event = AuditEvent.objects.get(action="places.store_changed")
    assert event.before == {"name": "North", "location": "", "time_zone": "UTC"}
    assert event.after == {"name": "South", "location": "", "time_zone": "Asia/Tehran"}


def test_a_change_to_the_same_is_no_event() -> None:
    store = make.store("North")
    services.change_store(store.pk, name="North", actor=make.console(), at=make.AT)
    assert not AuditEvent.objects.filter(action="places.store_changed").exists()


def test_an_archived_store_stays_readable_and_takes_no_changes() -> None:
    store = make.store("North")
    for _ in range(2):
        services.archive_store(store.pk, actor=make.console(), at=make.AT)
    anybody = make.actor(make.customer())
    assert not queries.stores_for(anybody).exists()
    assert [one.name for one in queries.stores_for(anybody, archived=True)] == ["North"]
    assert queries.store(store.pk).archived_at == make.AT
    with pytest.raises(StoreArchived):
        services.change_store(store.pk, name="South", actor=make.console(), at=make.AT)
    assert AuditEvent.objects.filter(action="places.store_archived").count() == 1
    assert services.reopen_store(store.pk, actor=make.console(), at=make.AT).is_open


def test_everybody_who_is_logged_in_sees_the_stores() -> None:
    make.store("North")
    make.store("South", location="Bay Road")
    anybody = make.actor(make.customer())
    assert [one.name for one in queries.stores_for(anybody)] == ["North", "South"]
    assert [one.name for one in queries.stores_for(anybody, search="bay")] == ["South"]
    with pytest.raises(Denied):
        queries.stores_for(make.visitor())


def test_a_store_is_found_by_name_or_number() -> None:
    store = make.store("North")
    assert queries.store_named(" north ") == store
    assert queries.store_named(str(store.pk)) == store
    for text in ("nowhere", "999", "9" * 30, "", "\0"):
        with pytest.raises(NoSuchStore):
            queries.store_named(text)
    with pytest.raises(NoSuchStore):
        services.archive_store(999, actor=make.console(), at=make.AT)
