"""People, roles, teams: signing up, logging in and out, and what others may see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.api.caller import Caller, problem_of, token_of
from tradepost.audit.models import AuditEvent
from tradepost.lib import clock
from tradepost.people.models import Grant, Token, User

pytestmark = pytest.mark.django_db


def zoe(**fields: Any) -> dict[str, Any]:
    """Somebody who signs up."""
    words = {"password": make.PASSWORD, "password_confirm": make.PASSWORD, "first_name": "Zoe", "last_name": "Young"}
    return {"username": "zoe", "email": "zoe@example.com", **words, **fields}


def test_signing_up_logs_in() -> None:
    answer = Caller().post("register/", zoe(phone="0912 345 6789"))
    assert answer.status_code == 201
    assert answer.json().keys() == {"token", "expires_at", "user"}
    me = Caller(token=answer.json()["token"]).get("me/").json()
    assert (me["username"], me["phone"], me["roles"], me["balance"]) == ("zoe", "+989123456789", [], "0.00")


def test_a_role_sent_at_sign_up_is_ignored() -> None:
    sent = zoe(role="admin", roles=["admin"], is_staff=True, is_superuser=True, grants=[{"role": "admin"}], id=1)
    assert Caller().post("register/", sent).status_code == 201
    user = User.objects.get(username="zoe")
    assert not Grant.objects.filter(user=user).exists()
    assert (user.is_staff, user.is_superuser) == (False, False)


def test_only_an_administrator_grants() -> None:
    store = make.store()
    for user in (make.customer(), make.staff(store), make.manager(store), make.auditor()):
        for grant in ({"role": "admin"}, {"role": "staff", "store": store.pk}):
            problem_of(Caller(user).post(f"users/{user.pk}/grants/", grant), 403, "denied")
    assert Grant.objects.filter(role="admin").count() == 0


def test_a_role_is_granted_and_taken_away() -> None:
    store, user, admin = make.store(), make.customer(), Caller(make.admin())
    granted = admin.post(f"users/{user.pk}/grants/", {"role": "staff", "store": store.pk})
    assert granted.json()["roles"] == [{"role": "staff", "store": store.pk}]
    assert admin.delete(f"users/{user.pk}/grants/staff/{store.pk}/").status_code == 204
    problem_of(admin.delete(f"users/{user.pk}/grants/staff/{store.pk}/"), 404, "no_such_grant")
    assert admin.get(f"users/{user.pk}/").json()["roles"] == []


def test_the_last_administrator_stays() -> None:
    boss = make.admin()
    problem_of(Caller(boss).delete(f"users/{boss.pk}/grants/admin/"), 409, "last_admin")
    problem_of(Caller(boss).post(f"users/{boss.pk}/deactivate/"), 409, "last_admin")
    assert Caller(boss).get("users/").status_code == 200


@pytest.mark.parametrize("grant", [{"role": "emperor"}, {"role": "staff"}, {"role": "admin", "store": 1}, {}])
def test_a_role_that_is_none_is_refused(grant: dict[str, Any]) -> None:
    make.store()
    answer = Caller(make.admin()).post(f"users/{make.customer().pk}/grants/", grant)
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"username": "ZOE", "email": "z@example.com"}, "username_taken"),
        ({"email": "ZOE@example.com", "username": "z"}, "email_taken"),
    ],
)
def test_duplicate_usernames_and_addresses_are_refused(fields: dict[str, str], code: str) -> None:
    Caller().post("register/", zoe())
    problem = problem_of(Caller().post("register/", zoe(**fields)), 409, code)
    assert list(problem["fields"]) == [code.removesuffix("_taken")]
    assert User.objects.filter(last_name="Young").count() == 1


def test_another_persons_address_cannot_be_taken_later_either() -> None:
    make.customer("ann")
    problem_of(Caller(make.customer()).patch("me/", {"email": "ANN@example.com"}), 409, "email_taken")


@pytest.mark.parametrize("field", ["username", "email", "password", "password_confirm", "first_name", "last_name"])
def test_signing_up_takes_each_field(field: str) -> None:
    sent = zoe()
    del sent[field]
    assert field in problem_of(Caller().post("register/", sent), 400, "invalid_fields")["fields"]
    assert not User.objects.filter(username="zoe").exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"username": "z@e"}, "username"), ({"username": "z e"}, "username"), ({"username": "left-7"}, "username"),
        ({"email": "zoe"}, "email"), ({"phone": "junk"}, "phone"), ({"password_confirm": "other"}, "password_confirm"),
        ({"password": "12345678", "password_confirm": "12345678"}, "password"),
        ({"password": "zoe", "password_confirm": "zoe"}, "password"),
    ],
)  # fmt: skip
def test_nonsense_signs_nobody_up(fields: dict[str, str], wrong: str) -> None:
    problem = problem_of(Caller().post("register/", zoe(**fields)), 400, "invalid_fields")
    assert wrong in problem["fields"]
    assert not User.objects.filter(first_name="Zoe").exists()


@pytest.mark.parametrize("name", ["username", "login", "email"])
@pytest.mark.parametrize("login", ["zoe", "ZOE", "zoe@example.com", "Zoe@Example.com"])
def test_one_logs_in_by_username_or_address_under_any_field(name: str, login: str) -> None:
    make.customer("zoe", password=make.PASSWORD)
    answer = Caller().post("login/", {name: login, "password": make.PASSWORD})
    assert answer.status_code == 200, answer.content
    assert answer.json()["user"]["username"] == "zoe"
    assert Caller(token=answer.json()["token"]).get("me/").status_code == 200


def test_a_wrong_password_and_an_unknown_name_sound_the_same() -> None:
    make.customer("zoe", password=make.PASSWORD)
    wrong = problem_of(Caller().post("login/", {"username": "zoe", "password": "x"}), 400, "wrong_credentials")
    unknown = problem_of(Caller().post("login/", {"username": "nobody", "password": "x"}), 400, "wrong_credentials")
    assert wrong["detail"] == unknown["detail"]
    problem_of(Caller().post("login/", {"password": make.PASSWORD}), 400, "invalid_fields")
    problem_of(Caller().post("login/", {"username": "system", "password": ""}), 400, "invalid_fields")


def test_logins_are_throttled_and_logged() -> None:
    user = make.customer("zoe", password=make.PASSWORD)
    for _ in range(9):
        problem_of(Caller().post("login/", {"username": "zoe", "password": "x"}), 400, "wrong_credentials")
    locked = Caller().post("login/", {"email": "ZOE@example.com", "password": "x"})
    problem_of(locked, 429, "too_many_attempts")
    assert locked.headers["Retry-After"] == "900"
    right = Caller().post("login/", {"username": "zoe", "password": make.PASSWORD})
    problem_of(right, 429, "too_many_attempts")
    events = AuditEvent.objects.filter(action="people.login_failed", subject_id=str(user.pk))
    assert events.count() >= 10
    assert make.PASSWORD not in str(list(events.values()))


def test_logging_out_ends_the_token() -> None:
    user = make.customer()
    caller, other = Caller(user), Caller(user)
    assert caller.post("logout/").status_code == 204
    problem_of(caller.get("me/"), 401, "authentication_failed")
    assert other.get("me/").status_code == 200
    assert AuditEvent.objects.get(action="people.token_revoked").actor_id == user.pk


def test_logging_out_ends_the_session_of_a_browser_and_is_written_down() -> None:
    user, client = make.customer(), Client()
    client.force_login(user, backend="tradepost.people.backends.NameOrEmailBackend")
    assert client.post("/api/logout/").status_code == 204
    event = AuditEvent.objects.get(action="people.logged_out")
    assert (event.actor_id, event.subject_id, event.face) == (user.pk, str(user.pk), "api")
    assert client.get("/api/me/").status_code == 401


def test_tokens_are_kept_as_hashes_and_expire() -> None:
    user = make.customer()
    text = token_of(user)
    assert text not in str(list(Token.objects.values()))
    assert Caller(token=text).get("me/").status_code == 200
    past = clock.now() - timedelta(days=1)
    Token.objects.filter(user=user).update(expiry=past, created=past - timedelta(days=1))
    problem_of(Caller(token=text).get("me/"), 401, "authentication_failed")


@pytest.mark.parametrize(
    "header", ["Token", "Token ", "Token nonsense", "Token a b", "Token \xff\xfe", "token " + "0" * 999]
)
def test_a_token_that_is_none_is_401(header: str) -> None:
    answer = Caller().get("me/", authorization=header)
    problem_of(answer, 401, "authentication_failed")
    assert answer.headers["WWW-Authenticate"] == "Token"


def test_whoever_is_shut_out_has_no_token_and_no_login() -> None:
    user = make.customer("zoe", password=make.PASSWORD)
    caller, admin = Caller(user), Caller(make.admin())
    assert admin.post(f"users/{user.pk}/deactivate/").json()["is_active"] is False
    problem_of(caller.get("me/"), 401, "authentication_failed")
    problem_of(Caller().post("login/", {"username": "zoe", "password": make.PASSWORD}), 400, "wrong_credentials")
    assert admin.post(f"users/{user.pk}/reactivate/").json()["is_active"] is True
    assert Caller().post("login/", {"username": "zoe", "password": make.PASSWORD}).status_code == 200


def test_others_never_see_balance_or_address() -> None:
    zoe = make.customer("zoe", first_name="Zoe", last_name="Young", phone="0912 345 6789")
    Caller(zoe).patch("me/", {"bio": "I sell tea", "address": "Hill 1", "country": "GB"})
    store = make.store()
    for user in (make.customer(), make.staff(store), make.manager(store)):
        profile = Caller(user).get(f"users/{zoe.pk}/profile/").json()
        assert profile == {"id": zoe.pk, "name": "Zoe Young", "picture": "", "thumbnail": "", "bio": "I sell tea"}
        problem_of(Caller(user).get(f"users/{zoe.pk}/"), 403, "denied")
        problem_of(Caller(user).get("users/"), 403, "denied")


def test_machines_and_people_who_left_have_no_profile() -> None:
    left, caller = make.customer(), Caller(make.customer())
    Caller(make.admin()).delete(f"users/{left.pk}/")
    for user_id in (left.pk, User.objects.get(username="system").pk, 999):
        problem_of(caller.get(f"users/{user_id}/profile/"), 404, "no_such_user")


def test_one_changes_oneself_but_not_the_username_the_roles_or_the_vip_flag() -> None:
    user = make.customer("zoe")
    sent = {"first_name": "Zoe", "bio": "Tea", "birth_date": "1990-02-28", "country": "gb", "keys_on": False}
    answer = Caller(user).patch("me/", {**sent, "username": "boss", "vip": True, "roles": ["admin"], "balance": "9"})
    me = answer.json()
    assert {name: me[name] for name in sent} == {**sent, "country": "GB"}
    assert (me["username"], me["vip"], me["roles"], me["balance"]) == ("zoe", False, [], "0.00")
    event = AuditEvent.objects.get(action="people.profile_changed")
    assert event.after == {"changed": ["bio", "birth_date", "country", "first_name", "keys_on"]}


@pytest.mark.parametrize(
    "change",
    [{"birth_date": "2999-01-01"}, {"country": "XX"}, {"phone": "junk"}, {"email": "x"}, {"bio": "x" * 2001},
     {"birth_date": "x"}, {"keys_on": "perhaps"}, {"first_name": None}],
)  # fmt: skip
def test_nonsense_changes_nothing_of_oneself(change: dict[str, Any]) -> None:
    user = make.customer()
    before = Caller(user).get("me/").json()
    problem_of(Caller(user).patch("me/", {"last_name": "New", **change}), 400, "invalid_fields")
    assert Caller(user).get("me/").json() == before


def test_vip_is_set_by_whoever_works_in_a_store() -> None:
    user = make.customer()
    staff = Caller(make.staff(make.store()))
    answer = staff.post(f"users/{user.pk}/vip/", {"vip": True})
    assert answer.json() == {
        "id": user.pk,
        "name": user.username,
        "picture": "",
        "thumbnail": "",
        "bio": "",
        "vip": True,
    }
    problem_of(Caller(user).post(f"users/{user.pk}/vip/", {"vip": True}), 403, "denied")


def test_an_administrator_adds_finds_and_changes_people() -> None:
    admin, store = Caller(make.admin("boss")), make.store()
    added = admin.post("users/", {"username": "ann", "email": "ann@example.com", "password": make.PASSWORD})
    assert added.status_code == 201, added.content
    number = added.json()["id"]
    admin.post(f"users/{number}/grants/", {"role": "manager", "store": store.pk})
    for query in ("search=ANN", "role=manager", f"store={store.pk}", f"role=manager&store={store.pk}&active=true"):
        assert [row["id"] for row in admin.get(f"users/?{query}").json()["results"]] == [number]
    assert admin.get("users/?search=ann&active=false").json()["results"] == []
    assert admin.patch(f"users/{number}/", {"last_name": "Lee"}).json()["last_name"] == "Lee"
    assert Caller().post("login/", {"login": "ann", "password": make.PASSWORD}).status_code == 200
    problem_of(admin.post("users/", {"username": "ANN"}), 409, "username_taken")


def test_the_users_of_the_program_itself_are_left_alone() -> None:
    admin, console = Caller(make.admin()), User.objects.get(username="console")
    problem_of(admin.post(f"users/{console.pk}/deactivate/"), 409, "machine_user")
    problem_of(admin.delete(f"users/{console.pk}/"), 409, "machine_user")
    problem_of(admin.patch(f"users/{console.pk}/", {"email": "x@example.com"}), 409, "machine_user")


def test_a_session_of_a_browser_works_too_and_asks_for_the_csrf_token() -> None:
    user = make.customer()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="tradepost.people.backends.NameOrEmailBackend")
    assert client.get("/api/me/").json()["username"] == user.username
    problem_of(client.patch("/api/me/", {"bio": "x"}, content_type="application/json"), 403, "denied")
    html = client.get("/api/me/", headers={"accept": "text/html"})
    assert html.status_code == 200
    assert html.headers["Content-Type"].startswith("text/html")
    wrong = client.get("/api/users/", headers={"accept": "text/html"})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
