"""Signing up makes a customer: no role, no second name or address, a hashed password."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests import make
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.people import queries, services
from tradepost.people.errors import EmailTaken, UsernameTaken
from tradepost.people.models import Grant, Profile, User

pytestmark = pytest.mark.django_db
ANN = {"username": "Ann", "email": "Ann@Example.com", "first_name": "Ann", "last_name": "Field"}


def sign_up(**fields: Any) -> User:
    given = {**ANN, "password": make.PASSWORD, **fields}
    return services.register(**given, actor=make.visitor(), at=make.AT)


def people_there() -> list[str]:
    return sorted(User.objects.exclude(username__in=["system", "console"]).values_list("username", flat=True))


def test_signing_up_makes_a_customer() -> None:
    user = sign_up(phone="0912 345 6789", password_confirm=make.PASSWORD)
    assert (user.username, user.email, user.phone, user.date_joined) == (
        "Ann",
        "ann@example.com",
        "+989123456789",
        make.AT,
    )
    assert user.password.startswith("argon2")
    assert not make.actor(user).grants
    assert Profile.objects.get(user=user).vip is False
    event = AuditEvent.objects.get(action="people.registered")
    assert (event.actor_id, event.actor_name, event.face) == (user.pk, "Ann", "test")
    assert "example.com" not in str([event.before, event.after])


def test_a_role_sent_at_sign_up_finds_no_ear() -> None:
    with pytest.raises(TypeError):
        sign_up(role="admin")
    user = sign_up()
    assert (user.is_staff, user.is_superuser) == (False, False)
    assert not Grant.objects.exists()


@pytest.mark.parametrize("field", ["username", "email"])
def test_a_name_or_address_is_taken_whatever_its_case(field: str) -> None:
    sign_up()
    other = {"username": "Bob", "email": "bob@example.com", field: ANN[field].upper()}
    with pytest.raises({"username": UsernameTaken, "email": EmailTaken}[field]) as caught:
        sign_up(**other)
    assert list(caught.value.details["fields"]) == [field]
    assert people_there() == ["Ann"]
    assert AuditEvent.objects.count() == 1


def test_of_many_who_want_one_name_at_once_one_gets_it() -> None:
    calls = [lambda i=i: sign_up(username="aNN" if i % 2 else "Ann", email=f"{i}@example.com") for i in range(6)]
    results = together(calls)
    assert sum(isinstance(result, User) for result in results) == 1
    assert sum(isinstance(result, UsernameTaken) for result in results) == 5
    assert len(people_there()) == 1
    assert Profile.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": ""}, "username"),
        ({"username": "a@b"}, "username"),
        ({"username": "two words"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"username": "left-7"}, "username"),
        ({"email": "nobody"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a@example.com\nbcc: b@example.com"}, "email"),
        ({"first_name": " "}, "first_name"),
        ({"last_name": "n" * 151}, "last_name"),
        ({"last_name": "nul\0"}, "last_name"),
        ({"phone": "junk"}, "phone"),
        ({"password": "short"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "x" * 2000}, "password"),
        ({"password_confirm": "something-else"}, "password_confirm"),
    ],
)
def test_nonsense_signs_nobody_up(fields: dict[str, str], wrong: str) -> None:
    with pytest.raises(FieldErrors) as caught:
        sign_up(**fields)
    assert list(caught.value.details["fields"]) == [wrong]
    assert people_there() == []
    assert not AuditEvent.objects.exists()


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(FieldErrors) as caught:
        sign_up(username="", email="nobody", password="123")
    assert sorted(caught.value.details["fields"]) == ["email", "password", "username"]


@pytest.mark.parametrize(
    "fields",
    [
        {"username": ""},
        {"username": "ANN"},
        {"username": "with@sign"},
        {"email": "ANN@example.com"},
        {"email": ""},
        {"anonymised_at": make.AT},
    ],
)
def test_the_database_refuses_what_no_service_would_write(fields: dict[str, Any]) -> None:
    sign_up()
    row = {"username": "Bob", "email": "bob@example.com", "date_joined": make.AT, **fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**row)
    assert people_there() == ["Ann"]


def test_only_an_administrator_adds_users() -> None:
    store = make.store()
    for user in (make.customer(), make.manager(store), make.auditor()):
        with pytest.raises(Denied):
            services.add_user(username="Eve", actor=make.actor(user), at=make.AT)
    assert "Eve" not in people_there()
    made = services.add_user(username="Eve", actor=make.actor(make.admin()), at=make.AT)
    assert (made.email, made.has_usable_password()) == (None, False)


def test_the_two_machines_are_there_from_the_start() -> None:
    for actor in (queries.system_actor(), queries.console_actor(), queries.acting_as("console")):
        assert actor.is_admin
        assert not User.objects.get(pk=actor.user_id).has_usable_password()
