"""Logging in with a second factor, the own password and tokens, and a password that was forgotten, over HTTP."""

from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from tests import make
from tests.api.caller import Caller, problem_of, token_of
from tests.people.phone import Phone, enrolled
from tradepost.audit.models import AuditEvent
from tradepost.intake.models import IdempotencyKey, Job
from tradepost.lib import clock
from tradepost.people import services
from tradepost.people.models import RecoveryCode, SecondFactor, Token, User
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db
NEW = "nine-grey-herons"
ANN = {"username": "ann", "password": make.PASSWORD}


@pytest.fixture
def ann(db: None) -> User:
    return make.customer("ann", password=make.PASSWORD)


def state() -> list[Any]:
    """What a refusal must leave as it is."""
    models = (SecondFactor, RecoveryCode, Token, IdempotencyKey, Job)
    return [
        *(list(model.objects.order_by("pk").values_list()) for model in models),
        list(User.objects.order_by("pk").values_list("password", "last_login")),
    ]


def test_a_login_without_the_code_is_401_and_says_what_is_needed(ann: User) -> None:
    phone, codes = enrolled(ann)
    before = state()
    answer = Caller().post("login/", ANN)
    assert problem_of(answer, 401, "second_factor_needed").keys().isdisjoint({"token", "ticket", "user"})
    assert answer.headers["WWW-Authenticate"] == "Token"
    problem_of(Caller().post("login/", {**ANN, "otp": ""}), 401, "second_factor_needed")
    assert state() == before
    problem_of(Caller().post("login/", {**ANN, "otp": "no code"}), 400, "wrong_code")
    problem_of(Caller().post("login/", {"username": "ann", "password": "no", "otp": "no"}), 400, "wrong_credentials")
    assert not Token.objects.exists()
    entered = Caller().post("login/", {**ANN, "otp": phone.code(clock.now())})
    assert (entered.status_code, entered.headers["Cache-Control"]) == (200, "no-store")
    assert Caller(token=entered.json()["token"]).get("me/").json()["username"] == "ann"
    assert Caller().post("login/", {**ANN, "otp": codes[0]}).status_code == 200


def test_guessing_codes_ends_in_429(ann: User) -> None:
    phone, _ = enrolled(ann)
    statuses = [Caller().post("login/", {**ANN, "otp": "no code"}).status_code for _ in range(10)]
    assert statuses == [400] * 9 + [429]
    answer = Caller().post("login/", {**ANN, "otp": phone.code(clock.now())})
    problem_of(answer, 429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert not Token.objects.exists()


def test_a_repeated_sign_up_is_no_way_around_the_second_factor(db: None) -> None:
    words = {
        "password": make.PASSWORD,
        "password_confirm": make.PASSWORD,
        "first_name": "A",
        "last_name": "B",
        "email": "ann@example.com",
    }
    body = {"username": "ann", **words}
    first = Caller().post("register/", body, key="k")
    assert first.status_code == 201, first.json()
    assert Caller().post("register/", body, key="k").status_code == 201
    enrolled(User.objects.get(username="ann"))
    before = state()
    problem_of(Caller().post("register/", body, key="k"), 401, "second_factor_needed")
    assert state() == before


def test_one_switches_it_on_uses_it_and_switches_it_off(ann: User) -> None:
    caller = Caller(ann)
    assert caller.get("me/second-factor/").json() == {"is_on": False, "since": None, "recovery_codes_left": 0}
    begun = caller.post("me/second-factor/", {"password": make.PASSWORD})
    assert (begun.status_code, begun.headers["Cache-Control"]) == (201, "no-store")
    phone = Phone(begun.json()["secret"])
    assert begun.json()["uri"].startswith("otpauth://totp/")
    told = caller.post("me/second-factor/confirm/", {"otp": phone.code(clock.now())})
    first = told.json()["recovery_codes"]
    assert (told.status_code, len(first)) == (200, 10)
    assert caller.get("me/second-factor/").json()["recovery_codes_left"] == 10
    drawn = caller.post("me/second-factor/recovery-codes/", {"password": make.PASSWORD, "otp": first[0]})
    second = drawn.json()["recovery_codes"]
    problem_of(caller.post("me/second-factor/remove/", {"password": make.PASSWORD, "otp": first[1]}), 400, "wrong_code")
    off = caller.post("me/second-factor/remove/", {"password": make.PASSWORD, "otp": second[0]})
    assert off.status_code == 204
    assert Caller().post("login/", ANN).status_code == 200


def test_nothing_that_is_told_once_is_kept_under_a_key(ann: User) -> None:
    caller = Caller(ann)
    begun = caller.post("me/second-factor/", {"password": make.PASSWORD}, key="one").json()
    code = Phone(begun["secret"]).code(clock.now())
    told = caller.post("me/second-factor/confirm/", {"otp": code}, key="two").json()["recovery_codes"]
    body = {"current": make.PASSWORD, "password": NEW}
    token = caller.post("me/password/", body, key="three").json()["token"]
    kept = str(list(IdempotencyKey.objects.values()))
    assert not any(secret in kept for secret in (begun["secret"], *told, token))


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("me/second-factor/", {"password": "no"}, 403, "wrong_password"),
        ("me/second-factor/", {}, 400, "invalid_fields"),
        ("me/second-factor/", {"password": ["no"]}, 400, "invalid_fields"),
        ("me/second-factor/confirm/", {"otp": "123456"}, 409, "no_second_factor"),
        ("me/second-factor/confirm/", {"otp": "9" * 101}, 400, "invalid_fields"),
        ("me/second-factor/remove/", {"password": make.PASSWORD, "otp": "1"}, 409, "no_second_factor"),
        ("me/second-factor/recovery-codes/", {"password": make.PASSWORD, "otp": "1"}, 409, "no_second_factor"),
        ("me/password/", {"current": "no", "password": NEW}, 403, "wrong_password"),
        ("me/password/", {"current": make.PASSWORD, "password": "short"}, 400, "invalid_fields"),
        ("me/password/", {"current": make.PASSWORD, "password": NEW, "password_confirm": "x"}, 400, "invalid_fields"),
        ("me/password/", {"password": NEW}, 400, "invalid_fields"),
        ("password-reset/", {}, 400, "invalid_fields"),
        ("password-reset/", {"email": {"a": 1}}, 400, "invalid_fields"),
        ("password-reset/confirm/", {"uid": "MQ", "token": "x", "password": NEW}, 409, "reset_link_used_up"),
        ("password-reset/confirm/", {"uid": "MQ", "token": "x"}, 400, "invalid_fields"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    ann: User, path: str, body: Any, status: int, code: str
) -> None:
    caller = Caller(ann)
    before = state()
    problem_of(caller.post(path, body), status, code)
    assert state() == before


def test_another_password_ends_all_tokens_and_brings_a_new_one(ann: User) -> None:
    caller, other = Caller(ann), Caller(ann)
    answer = caller.post("me/password/", {"current": make.PASSWORD, "password": NEW, "password_confirm": NEW})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert [one.get("me/").status_code for one in (caller, other)] == [401, 401]
    assert Caller(token=answer.json()["token"]).get("me/").status_code == 200
    assert Caller().post("login/", {"username": "ann", "password": NEW}).status_code == 200


def test_the_browser_that_sets_the_password_stays_logged_in_and_others_do_not(ann: User) -> None:
    mine, other = Caller(), Caller()
    for one in (mine, other):
        one.client.force_login(ann, backend="tradepost.people.backends.NameOrEmailBackend")
    assert mine.post("me/password/", {"current": make.PASSWORD, "password": NEW}).status_code == 200
    assert [one.get("me/").status_code for one in (mine, other)] == [200, 401]


def test_guessing_the_password_with_a_stolen_token_ends_in_429(ann: User) -> None:
    caller = Caller(ann)
    body = {"current": "no", "password": NEW}
    assert [caller.post("me/password/", body).status_code for _ in range(10)] == [403] * 9 + [429]
    before = state()
    problem_of(caller.post("me/password/", {**body, "current": make.PASSWORD}), 429, "too_many_attempts")
    assert state() == before


def test_one_sees_ones_tokens_and_ends_one(ann: User) -> None:
    token_of(make.customer())
    caller, other = Caller(ann), Caller(ann)
    services.issue_token(ann, actor=make.actor(ann), at=make.AT)  # expired by now
    listed = caller.get("me/tokens/").json()["results"]
    assert [row["is_this"] for row in listed] == [False, True]
    assert listed[0].keys() == {"id", "created_at", "expires_at", "rate", "branch", "is_this"}
    assert not any(text in str(listed) for text in (caller.token[:8], other.token[:8]))
    assert caller.delete(f"me/tokens/{listed[0]['id']}/").status_code == 204
    assert [one.get("me/").status_code for one in (caller, other)] == [200, 401]
    problem_of(caller.delete(f"me/tokens/{listed[0]['id']}/"), 404, "no_such_token")
    problem_of(caller.get("me/tokens/?branch=1"), 400, "invalid_fields")


@pytest.mark.parametrize("short", ["x", "0" * 16, "%25" * 16, "_" * 16])
def test_anothers_token_is_nobodys(ann: User, short: str) -> None:
    other = make.customer()
    token_of(other)
    theirs = Token.objects.get(user=other).short
    caller = Caller(ann)
    before = state()
    for name in (short, theirs, theirs[:15]):
        problem_of(caller.delete(f"me/tokens/{name}/"), 404, "no_such_token")
    assert state() == before


def test_a_forgotten_password_is_set_by_the_two_parts_of_the_link(ann: User) -> None:
    caller = Caller(ann)
    known = Caller().post("password-reset/", {"email": "ann@example.com"})
    unknown = Caller().post("password-reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    jobs.work_off(lambda: False)
    [address] = [word for word in str(mail.outbox[0].body).split() if "/password/" in word]
    uid, token = address.strip("/").split("/")[-2:]
    weak = {"uid": uid, "token": token, "password": "short"}
    problem_of(Caller().post("password-reset/confirm/", weak), 400, "invalid_fields")
    body = {"uid": uid, "token": token, "password": NEW, "password_confirm": NEW}
    first = Caller().post("password-reset/confirm/", body, key="k")
    assert (first.status_code, first.content) == (204, b"")
    again = Caller().post("password-reset/confirm/", body, key="k")
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (204, "true")
    problem_of(Caller().post("password-reset/confirm/", body), 409, "reset_link_used_up")
    assert caller.get("me/").status_code == 401
    assert Caller().post("login/", {"username": "ann", "password": NEW}).status_code == 200


def test_an_administrator_takes_a_lost_second_factor_away(ann: User) -> None:
    enrolled(ann)
    ada = Caller(make.admin())
    assert ada.get(f"users/{ann.pk}/second-factor/").json()["is_on"] is True
    assert ada.delete(f"users/{ann.pk}/second-factor/").status_code == 204
    problem_of(ada.delete(f"users/{ann.pk}/second-factor/"), 409, "no_second_factor")
    assert Caller().post("login/", ANN).status_code == 200
    assert AuditEvent.objects.filter(action="people.second_factor_taken_away").count() == 1


def test_the_doors_are_knocked_at_sixty_times_a_minute(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradepost.rates.time.time", lambda: 1_700_000_000.0)
    statuses = [Caller().post("password-reset/", {}).status_code for _ in range(61)]
    assert statuses == [400] * 60 + [429]
    assert Caller().get("").status_code == 200
    problem_of(Caller().post("login/", {}), 429, "throttled")
    other = Caller()
    assert (
        other.client.post("/api/login/", {}, content_type="application/json", REMOTE_ADDR="10.0.0.9").status_code == 400
    )


def test_off_lifts_the_limit_of_the_doors_too() -> None:
    with override_settings(TRADEPOST_RATE=None):
        assert {Caller().post("password-reset/", {}).status_code for _ in range(62)} == {400}
