"""What people tell of themselves, who sees it, and how they are forgotten."""

from datetime import date
from typing import Any

import pytest

from tests import make
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.people import queries, services
from tradepost.people.errors import EmailTaken, MachineUser, NoSuchUser, PersonLeft
from tradepost.people.models import Grant, Profile, Token, User

pytestmark = pytest.mark.django_db


def test_people_change_what_they_tell_of_themselves() -> None:
    user = make.customer("ann")
    changed = services.change_profile(
        user.pk,
        first_name="Ann",
        email="New@Example.com",
        phone="+44 20 7946 0958",
        bio="<script>alert(1)</script>\r\nhello",
        country="gb",
        birth_date=date(1990, 5, 1),
        keys_on=False,
        actor=make.actor(user),
        at=make.AT,
    )
    user.refresh_from_db()
    assert (user.username, user.name, user.email, user.phone) == ("ann", "Ann", "new@example.com", "+442079460958")
    assert user.profile.bio == "<script>alert(1)</script>\nhello"  # kept as typed; the pages escape it
    assert (user.profile.country.code, user.profile.keys_on, changed.profile.keys_on) == ("GB", False, False)
    event = AuditEvent.objects.get(action="people.profile_changed")
    assert event.after == {
        "changed": ["bio", "birth_date", "country", "email", "first_name", "keys_on", "phone"],
    }


def test_a_change_to_the_same_is_no_event() -> None:
    user = make.customer("ann")
    services.change_profile(user.pk, email="ANN@example.com", bio="", actor=make.actor(user), at=make.AT)
    assert not AuditEvent.objects.filter(action="people.profile_changed").exists()


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"email": "nobody"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"bio": "b" * 2001}, "bio"),
        ({"bio": "nul\0"}, "bio"),
        ({"address": "a" * 501}, "address"),
        ({"country": "ZZ"}, "country"),
        ({"birth_date": date(2030, 1, 1)}, "birth_date"),
        ({"first_name": "tab\t"}, None),
        ({"first_name": "a\x07b"}, "first_name"),
    ],
)
def test_nonsense_changes_nothing(changes: dict[str, Any], wrong: str | None) -> None:
    user = make.customer("ann")
    if wrong is None:
        assert services.change_profile(user.pk, **changes, actor=make.actor(user), at=make.AT).first_name == "tab"
        return
    with pytest.raises(FieldErrors) as caught:
        services.change_profile(user.pk, last_name="Field", **changes, actor=make.actor(user), at=make.AT)
    assert list(caught.value.details["fields"]) == [wrong]
    user.refresh_from_db()
    assert (user.last_name, user.email, user.profile.bio) == ("", "ann@example.com", "")


def test_an_address_that_is_taken_changes_nothing() -> None:
    make.customer("ann")
    bob = make.customer("bob")
    with pytest.raises(EmailTaken):
        services.change_profile(bob.pk, email="ANN@example.com", bio="hi", actor=make.actor(bob), at=make.AT)
    bob.refresh_from_db()
    assert (bob.email, bob.profile.bio) == ("bob@example.com", "")


def test_nobody_changes_another_but_an_administrator() -> None:
    ann, store = make.customer("ann"), make.store()
    for user in (make.customer(), make.manager(store), make.auditor()):
        for change in (services.change_profile, services.anonymise_user, services.deactivate_user):
            with pytest.raises(Denied):
                change(ann.pk, actor=make.actor(user), at=make.AT)
    services.change_profile(ann.pk, bio="by admin", actor=make.actor(make.admin()), at=make.AT)
    ann.refresh_from_db()
    assert (ann.is_active, ann.profile.bio) == (True, "by admin")


def test_the_username_is_no_field_that_changes() -> None:
    user = make.customer("ann")
    with pytest.raises(TypeError):
        services.change_profile(user.pk, username="eve", actor=make.actor(user), at=make.AT)  # type: ignore[call-arg]
    assert User.objects.filter(username="ann").exists()


def test_vip_is_set_by_those_who_work_in_a_store() -> None:
    ann, store = make.customer("ann"), make.store()
    for user in (ann, make.auditor()):
        with pytest.raises(Denied):
            services.set_vip(ann.pk, True, actor=make.actor(user), at=make.AT)
    with pytest.raises(TypeError):
        services.change_profile(ann.pk, vip=True, actor=make.actor(ann), at=make.AT)  # type: ignore[call-arg]
    assert not Profile.objects.get(user=ann).vip
    assert services.set_vip(ann.pk, True, actor=make.actor(make.staff(store)), at=make.AT).profile.vip


def test_others_see_name_picture_and_bio_only() -> None:
    ann = make.customer("ann", first_name="Ann", last_name="Field", phone="+442079460958")
    services.change_profile(ann.pk, bio="hello", address="Secret Lane", actor=make.actor(ann), at=make.AT)
    seen = queries.public_profile(ann.pk)
    assert (seen.id, seen.name, seen.picture, seen.bio) == (ann.pk, "Ann Field", "", "hello")
    assert set(seen.__slots__) == {"id", "name", "picture", "thumbnail", "bio"}
    for hidden in (999, make.console().user_id):
        with pytest.raises(NoSuchUser):
            queries.public_profile(hidden)


def test_one_sees_oneself_and_a_visitor_nobody() -> None:
    ann = make.customer("ann")
    assert queries.me(make.actor(ann)).email == "ann@example.com"
    with pytest.raises(Denied):
        queries.me(make.visitor())


def test_who_leaves_is_forgotten_and_the_number_stays() -> None:
    ann = make.staff(make.store(), "ann", first_name="Ann", phone="+442079460958", password=make.PASSWORD)
    session_before = ann.get_session_auth_hash()
    services.change_profile(ann.pk, bio="hello", address="Lane", country="GB", actor=make.actor(ann), at=make.AT)
    services.issue_token(ann, actor=make.actor(ann), at=make.AT)

    services.anonymise_user(ann.pk, actor=make.actor(ann), at=make.AT)

    gone = User.objects.get(pk=ann.pk)
    assert (gone.username, gone.email, gone.name, gone.phone) == (f"left-{ann.pk}", None, f"left-{ann.pk}", "")
    assert (gone.is_active, gone.anonymised_at, gone.has_usable_password()) == (False, make.AT, False)
    assert (gone.profile.bio, gone.profile.address, str(gone.profile.country)) == ("",) * 3
    assert not Token.objects.exists()
    assert not Grant.objects.exists()
    assert gone.get_session_auth_hash() != session_before
    assert AuditEvent.objects.get(action="people.anonymised").actor_name == f"left-{ann.pk}"


def test_who_has_left_cannot_be_changed_or_brought_back() -> None:
    ann, console = make.customer("ann"), make.console()
    services.anonymise_user(ann.pk, actor=console, at=make.AT)
    for change in (
        lambda: services.change_profile(ann.pk, first_name="Ann", actor=console, at=make.AT),
        lambda: services.reactivate_user(ann.pk, actor=console, at=make.AT),
        lambda: services.grant_role(ann.pk, "admin", actor=console, at=make.AT),
        lambda: services.set_password(ann.pk, make.PASSWORD, actor=console, at=make.AT),
        lambda: services.issue_token(ann, actor=console, at=make.AT),
        lambda: services.anonymise_user(ann.pk, actor=console, at=make.AT),
    ):
        with pytest.raises(PersonLeft):
            change()
    with pytest.raises(NoSuchUser):
        queries.public_profile(ann.pk)
    assert services.add_user(username="ann", email="ann@example.com", actor=console, at=make.AT).pk != ann.pk


def test_machines_are_no_people() -> None:
    console = make.console()
    user = User.objects.get(pk=console.user_id)
    for change in (
        lambda: services.change_profile(user.pk, bio="x", actor=console, at=make.AT),
        lambda: services.anonymise_user(user.pk, actor=console, at=make.AT),
        lambda: services.deactivate_user(user.pk, actor=console, at=make.AT),
        lambda: services.set_password(user.pk, make.PASSWORD, actor=console, at=make.AT),
        lambda: services.issue_token(user, actor=console, at=make.AT),
    ):
        with pytest.raises(MachineUser):
            change()
    assert User.objects.get(pk=user.pk).is_active
