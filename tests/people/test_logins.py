"""Logging in by name or address; failures tell nothing, are counted, and outlive their refusal. Tokens end."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import get_user
from django.contrib.auth import login as open_session
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.backends.db import SessionStore
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.test import RequestFactory
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from tests import make
from tradepost.audit.models import AuditEvent
from tradepost.lib.clock import now
from tradepost.lib.errors import Denied, Invalid
from tradepost.people import services
from tradepost.people.errors import NoSuchToken, TooManyAttempts, WrongCredentials
from tradepost.people.models import Token, User

pytestmark = pytest.mark.django_db


def request(address: str = "192.0.2.1") -> HttpRequest:
    made = RequestFactory().post("/api/login/", REMOTE_ADDR=address)
    made.session = SessionStore()
    return made


def log_in(login: str, password: str = make.PASSWORD, address: str = "192.0.2.1") -> User:
    return services.log_in(login, password, request=request(address), at=make.AT, face="api", request_id="r1")


@pytest.mark.parametrize("login", ["Ann", "ANN", " ann ", "ann@example.com", "Ann@Example.COM"])
def test_one_logs_in_by_name_or_address(login: str) -> None:
    ann = make.customer("Ann", password=make.PASSWORD)
    assert log_in(login) == ann
    ann.refresh_from_db()
    assert ann.last_login == make.AT
    event = AuditEvent.objects.get(action="people.logged_in")
    assert (event.actor_id, event.face, event.request_id) == (ann.pk, "api", "r1")


@pytest.mark.parametrize(
    "login", ["ann", "nobody", "nobody@example.com", "console", "shut", "open", "", "nul\0", "a" * 9999]
)
def test_a_failure_tells_nothing_and_is_kept(login: str) -> None:
    make.customer("ann", password=make.PASSWORD)
    make.customer("open")
    shut = make.customer("shut", password=make.PASSWORD)
    services.deactivate_user(shut.pk, actor=make.console(), at=make.AT)
    with pytest.raises(WrongCredentials) as caught:
        log_in(login, make.PASSWORD if login == "shut" else "wrong")
    assert (str(caught.value), caught.value.details) == (WrongCredentials.title, {})
    event = AuditEvent.objects.get(action="people.login_failed")
    known = User.objects.filter(username=login).first() if login in {"ann", "console", "shut", "open"} else None
    assert (event.actor_id, event.subject_id) == (0, str(known.pk) if known else "0")
    assert "nobody" not in str([event.before, event.after, event.actor_name])
    assert User.objects.filter(last_login=None).count() == 5


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the slow hash was computed for, in order."""
    done: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(hasher: Any, password: str, *rest: Any, real: Any = real, name: str = name) -> Any:
            done.append(name)
            return real(hasher, password, *rest)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return done


@pytest.mark.parametrize("login", ["ann", "nobody", "console", "open", "shut"])
def test_every_failure_costs_one_hash_whoever_is_asked_for(login: str, hashes: list[str]) -> None:
    make.customer("ann", password=make.PASSWORD)
    make.customer("open")
    shut = make.customer("shut", password=make.PASSWORD)
    services.deactivate_user(shut.pk, actor=make.console(), at=make.AT)
    hashes.clear()
    with pytest.raises(WrongCredentials):
        log_in(login, "wrong")
    assert len(hashes) == 1


def test_who_fails_too_often_waits_however_the_name_is_spelt() -> None:
    make.customer("ann", password=make.PASSWORD)
    spellings = ["ann", "ANN", "ann@example.com"]
    for i in range(9):
        with pytest.raises(WrongCredentials):
            log_in(spellings[i % 3], "wrong")
    with pytest.raises(TooManyAttempts) as caught:
        log_in("ann", "wrong")
    assert caught.value.retry_after_s == 15 * 60
    with pytest.raises(TooManyAttempts):
        log_in("ann")
    assert AuditEvent.objects.filter(action="people.login_failed").count() == 11
    assert AccessAttempt.objects.get().username.startswith("user:")
    assert log_in("ann", address="192.0.2.99").username == "ann"


def test_a_success_forgives_earlier_failures() -> None:
    make.customer("ann", password=make.PASSWORD)
    for _ in range(3):
        with pytest.raises(WrongCredentials):
            log_in("ann", "wrong")
    log_in("ann")
    assert not AccessAttempt.objects.exists()


def test_an_unknown_name_is_counted_without_being_readable() -> None:
    with pytest.raises(WrongCredentials):
        log_in("my-secret-password", "wrong")
    attempt = AccessAttempt.objects.get()
    assert "secret" not in f"{attempt.username}{attempt.post_data}{attempt.get_data}"


def test_a_failure_inside_a_transaction_would_be_lost_so_it_is_refused() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        log_in("nobody", "wrong")


def test_a_session_ends_when_the_person_is_shut_out_or_the_password_changes() -> None:
    ann = make.customer("ann", password=make.PASSWORD)
    seen = request()
    open_session(seen, log_in("ann"), backend="tradepost.people.backends.NameOrEmailBackend")
    assert get_user(seen) == ann
    services.deactivate_user(ann.pk, actor=make.console(), at=make.AT)
    assert get_user(seen).is_anonymous
    services.reactivate_user(ann.pk, actor=make.console(), at=make.AT)
    assert get_user(seen) == ann
    services.set_password(ann.pk, "other-brown-foxes", actor=make.console(), at=make.AT)
    assert get_user(seen).is_anonymous


def test_a_token_is_kept_as_a_hash_speaks_for_its_user_and_expires() -> None:
    ann = make.customer("ann")
    token, text = services.issue_token(ann, actor=make.actor(ann), at=now())
    assert text not in str(Token.objects.values().get())
    assert token.expiry - token.created == timedelta(days=30)
    user, found = TokenAuthentication().authenticate_credentials(text.encode())
    assert (user, found.pk) == (ann, token.pk)
    _, old = services.issue_token(ann, actor=make.actor(ann), at=now() - timedelta(days=31))
    with pytest.raises(AuthenticationFailed):
        TokenAuthentication().authenticate_credentials(old.encode())


def test_tokens_that_expired_are_forgotten_and_the_others_stay() -> None:
    ann = make.customer("ann")
    kept, _ = services.issue_token(ann, actor=make.actor(ann), at=now())
    services.issue_token(ann, actor=make.actor(ann), at=now() - timedelta(days=31))
    assert services.forget_expired_tokens(at=now()) == 1
    assert [token.pk for token in Token.objects.all()] == [kept.pk]


def test_a_token_that_is_revoked_is_nobodys() -> None:
    ann = make.customer("ann")
    actor = make.actor(ann)
    token, text = services.issue_token(ann, actor=actor, at=now())
    services.log_out(token, actor=actor, at=make.AT)
    with pytest.raises(AuthenticationFailed):
        TokenAuthentication().authenticate_credentials(text.encode())
    with pytest.raises(NoSuchToken):
        services.log_out(token, actor=actor, at=make.AT)
    services.issue_token(ann, actor=actor, at=now())
    services.issue_token(ann, actor=actor, at=now())
    assert services.revoke_all_tokens(ann.pk, actor=actor, at=make.AT) == 2
    assert AuditEvent.objects.filter(action="people.token_revoked").count() == 1
    assert AuditEvent.objects.filter(action="people.tokens_revoked").count() == 1


def test_ones_tokens_are_nobody_elses_business() -> None:
    ann, eve = make.customer("ann"), make.actor(make.manager(make.store()))
    token, _ = services.issue_token(ann, actor=make.actor(ann), at=make.AT)
    with pytest.raises(Denied):
        services.issue_token(ann, actor=eve, at=make.AT)
    with pytest.raises(Denied):
        services.issue_token(ann, rate=1_000_000, actor=make.actor(ann), at=make.AT)
    with pytest.raises(Denied):
        services.issue_token(ann, branch=1, actor=make.actor(ann), at=make.AT)
    with pytest.raises(NoSuchToken):
        services.revoke_token(token, actor=eve, at=make.AT)
    with pytest.raises(Denied):
        services.revoke_all_tokens(ann.pk, actor=eve, at=make.AT)
    assert list(Token.objects.all()) == [token]
    settled, _ = services.issue_token(ann, rate=100, branch=7, actor=make.actor(make.admin()), at=make.AT)
    assert (settled.rate, settled.branch) == (100, 7)


@pytest.mark.parametrize("fields", [{"rate": 0}, {"rate": -1}, {"expiry": timedelta(0)}])
def test_a_token_that_makes_no_sense_is_not_issued(fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        services.issue_token(make.customer(), **fields, actor=make.console(), at=make.AT)
    assert not Token.objects.exists()


def test_the_database_refuses_a_token_that_never_held() -> None:
    row = {"digest": "d", "token_key": "k", "user": make.customer(), "created": make.AT}
    for wrong in ({"expiry": make.AT}, {"expiry": make.AT + timedelta(1), "rate": 0}, {"expiry": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Token(**row, **wrong).save(force_insert=True)
    assert not Token.objects.exists()


def test_a_new_password_ends_all_tokens() -> None:
    ann = make.customer("ann", password=make.PASSWORD)
    services.issue_token(ann, actor=make.actor(ann), at=make.AT)
    with pytest.raises(Invalid):
        services.set_password(ann.pk, "short", actor=make.actor(ann), at=make.AT)
    with pytest.raises(Denied):
        services.set_password(ann.pk, "other-brown-foxes", actor=make.actor(make.auditor()), at=make.AT)
    assert Token.objects.count() == 1
    services.set_password(ann.pk, "other-brown-foxes", actor=make.actor(ann), at=make.AT)
    assert not Token.objects.exists()
    with pytest.raises(WrongCredentials):
        log_in("ann")
    assert log_in("ann", "other-brown-foxes") == ann
