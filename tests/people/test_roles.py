"""Only an administrator grants, and there is always one left who can."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied
from tradepost.people import queries, services
from tradepost.people.errors import LastAdmin, MachineUser, NoSuchGrant, NoSuchUser, NotARole, PersonLeft
from tradepost.people.models import Grant, User
from tradepost.places import services as places
from tradepost.places.errors import NoSuchStore, StoreArchived

pytestmark = pytest.mark.django_db


def test_an_actor_holds_what_was_granted_and_takes_one_query() -> None:
    north, south = make.store(), make.store()
    user = make.staff(north)
    services.grant_role(user.pk, "manager", south.pk, actor=make.console(), at=make.AT)
    with CaptureQueriesContext(connection) as seen:
        actor = queries.actor_for(user, face="api", request_id="r1")
    assert len(seen) == 1
    assert actor.grants == {("staff", north.pk), ("manager", south.pk)}
    assert (actor.user_id, actor.name, actor.face, actor.request_id) == (user.pk, user.username, "api", "r1")
    assert actor.is_staff(south.pk)
    assert not actor.is_manager(north.pk)


def test_nobody_but_an_administrator_grants_or_revokes() -> None:
    store = make.store()
    staff = make.staff(store)
    for user in (staff, make.customer(), make.manager(store), make.auditor()):
        actor = make.actor(user)
        for role, store_id in (("admin", None), ("manager", store.pk)):
            with pytest.raises(Denied):
                services.grant_role(user.pk, role, store_id, actor=actor, at=make.AT)
        with pytest.raises(Denied):
            services.revoke_role(staff.pk, "staff", store.pk, actor=actor, at=make.AT)
    assert not Grant.objects.filter(role="admin").exists()
    assert Grant.objects.filter(user=staff, role="staff").exists()


def test_granting_twice_is_one_grant_and_one_event() -> None:
    store, user = make.store(), make.customer()
    first, again = (services.grant_role(user.pk, "staff", store.pk, actor=make.console(), at=make.AT) for _ in "12")
    assert first == again
    event = AuditEvent.objects.get(action="people.role_granted")
    assert (event.before, event.after) == ({"roles": []}, {"roles": [["staff", store.pk]]})
    assert (event.store_id, event.subject_id) == (store.pk, str(user.pk))


@pytest.mark.parametrize(
    ("role", "in_store"), [("staff", False), ("manager", False), ("admin", True), ("auditor", True), ("god", False)]
)
def test_a_role_of_a_store_names_it_and_one_of_the_house_does_not(role: str, in_store: bool) -> None:
    user, store_id = make.customer(), make.store().pk if in_store else None
    with pytest.raises(NotARole):
        services.grant_role(user.pk, role, store_id, actor=make.console(), at=make.AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(user=user, role=role, store_id=store_id, granted_at=make.AT)
    assert not Grant.objects.exists()


@pytest.mark.parametrize(("role", "in_store"), [("staff", True), ("admin", False)])
def test_the_database_refuses_a_second_grant_of_the_same(role: str, in_store: bool) -> None:
    user, store_id = make.customer(), make.store().pk if in_store else None
    row: dict[str, Any] = {"user": user, "role": role, "store_id": store_id, "granted_at": make.AT}
    Grant.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(**row)
    assert Grant.objects.count() == 1


def test_what_is_not_there_is_not_granted() -> None:
    user, store = make.customer(), make.store()
    console = make.console()
    with pytest.raises(NoSuchUser):
        services.grant_role(999, "admin", actor=console, at=make.AT)
    with pytest.raises(NoSuchStore):
        services.grant_role(user.pk, "staff", 999, actor=console, at=make.AT)
    with pytest.raises(MachineUser):
        services.grant_role(console.user_id, "auditor", actor=console, at=make.AT)
    with pytest.raises(NoSuchGrant):
        services.revoke_role(user.pk, "staff", store.pk, actor=console, at=make.AT)
    places.archive_store(store.pk, actor=console, at=make.AT)
    with pytest.raises(StoreArchived):
        services.grant_role(user.pk, "staff", store.pk, actor=console, at=make.AT)
    assert not Grant.objects.exists()


def test_djangos_own_flags_follow_the_administrators_role() -> None:
    first, second = make.admin(), make.admin()
    assert (first.is_staff, first.is_superuser) == (True, True)
    services.revoke_role(first.pk, "admin", actor=make.actor(second), at=make.AT)
    first.refresh_from_db()
    assert (first.is_staff, first.is_superuser) == (False, False)
    assert not make.actor(first).is_admin


def test_the_last_administrator_stays() -> None:
    only = make.admin()
    actor = make.actor(only)
    for leave in (
        lambda: services.revoke_role(only.pk, "admin", actor=actor, at=make.AT),
        lambda: services.deactivate_user(only.pk, actor=actor, at=make.AT),
        lambda: services.anonymise_user(only.pk, actor=actor, at=make.AT),
    ):
        with pytest.raises(LastAdmin):
            leave()
    only.refresh_from_db()
    assert only.is_active
    assert make.actor(only).is_admin


def test_an_administrator_who_is_shut_out_does_not_count_as_one_left() -> None:
    first, second = make.admin(), make.admin()
    services.deactivate_user(second.pk, actor=make.actor(first), at=make.AT)
    with pytest.raises(LastAdmin):
        services.revoke_role(first.pk, "admin", actor=make.actor(first), at=make.AT)


def test_two_administrators_cannot_send_each_other_away() -> None:
    first, second = make.admin(), make.admin()
    one, two = make.actor(first), make.actor(second)
    results = together(
        [
            lambda: services.revoke_role(second.pk, "admin", actor=one, at=make.AT),
            lambda: services.deactivate_user(first.pk, actor=two, at=make.AT),
        ]
    )
    assert [type(result) for result in results].count(LastAdmin) == 1
    assert Grant.objects.filter(role="admin", user__is_active=True).count() == 1


def test_who_is_shut_out_or_has_left_can_do_nothing() -> None:
    user = make.auditor()
    services.deactivate_user(user.pk, actor=make.console(), at=make.AT)
    user.refresh_from_db()
    assert not make.actor(user).grants
    with pytest.raises(PersonLeft):
        queries.acting_as(user.username)
    with pytest.raises(NoSuchUser):
        queries.acting_as("nobody")


def test_lists_of_people_are_for_administrators_and_auditors() -> None:
    store = make.store()
    manager, auditor = make.manager(store, "mona"), make.auditor("otto")
    for user in (make.customer(), manager):
        with pytest.raises(Denied):
            queries.users(make.actor(user))
    actor = make.actor(auditor)
    assert list(queries.users(actor, role="manager", store_id=store.pk)) == [manager]
    assert list(queries.users(actor, search="OTT")) == [auditor]
    assert not queries.users(actor, active=False).exists()


def test_twice_the_people_take_the_same_queries() -> None:
    store, actor = make.store(), make.console()
    counts = []
    for _ in range(2):
        for _ in range(3):
            make.staff(store)
        with CaptureQueriesContext(connection) as seen:
            for user in queries.users(actor):
                assert all(grant.store == store for grant in user.grants.all())
                assert user.is_machine or not user.profile.vip
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert User.objects.count() == 8
