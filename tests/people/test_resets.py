"""A forgotten password: a link by mail for whoever has the address, once, for an hour; nobody learns who has one."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth import login as open_session
from django.core import mail
from django.test import override_settings

from tests import make
from tests.people.phone import enrolled, request
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.intake.models import Job
from tradepost.lib.clock import now
from tradepost.lib.errors import FieldErrors
from tradepost.people import services
from tradepost.people.errors import ResetLinkUsedUp, SecondFactorNeeded, TooManyAttempts, WrongCredentials
from tradepost.people.models import ResetMail, Token, User
from tradepost.people.services import ResetLink
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db
NEW = "nine-grey-herons"


@pytest.fixture
def ann(db: None) -> User:
    return make.customer("ann", password=make.PASSWORD)


def ask(email: str = "ann@example.com", at: Any = None) -> None:
    services.ask_for_new_password(email, origin="http://shop.test/", actor=make.visitor(), at=at or now())


def link_for(user: User, job_id: int = 1, at: Any = make.AT) -> ResetLink:
    found = services.make_reset_link(user.pk, job_id=job_id, at=at)
    assert found is not None
    return found


def reset(link: ResetLink, password: str = NEW, confirm: str | None = None) -> User:
    return services.reset_password(
        link.uid, link.token, password, password_confirm=confirm, actor=make.visitor(), at=make.AT
    )


def log_in(password: str = make.PASSWORD) -> User:
    return services.log_in("ann", password, request=request(), at=make.AT, face="api")


def state(user: User) -> tuple[str, int]:
    """What a refused reset must leave as it is."""
    user.refresh_from_db()
    return user.password, AuditEvent.objects.count()


def test_a_worker_mails_a_link_that_sets_the_password(ann: User) -> None:
    ask("  Ann@Example.com ")
    assert not mail.outbox
    assert jobs.work_off(lambda: False) == jobs.Tally(done=1)
    [sent] = mail.outbox
    assert sent.to == ["ann@example.com"]
    [address] = [word for word in str(sent.body).split() if word.startswith("http://shop.test/password/")]
    _, _, _, _, uid, token, _ = address.split("/")
    assert services.reset_password(uid, token, NEW, actor=make.visitor(), at=make.AT) == ann
    assert log_in(NEW) == ann
    asked, done = AuditEvent.objects.filter(
        subject_id=str(ann.pk), action__in=["people.reset_asked", "people.password_set"]
    )[::-1]
    assert (asked.actor_id, done.actor_id, done.actor_name) == (0, ann.pk, "ann")


@override_settings(TRADEPOST_URL="https://shop.example.com")
def test_the_link_leads_to_the_address_the_house_is_known_by(ann: User) -> None:
    ask()
    jobs.work_off(lambda: False)
    assert "https://shop.example.com/password/" in str(mail.outbox[0].body)
    assert "shop.test" not in str(mail.outbox[0].body)


@pytest.mark.parametrize("email", ["nobody@example.com", "ann", "", "\0", "a@b\nc", "@" * 5000, "console"])
def test_asking_for_nobody_does_the_same_work_and_mails_nothing(ann: User, email: str) -> None:
    ask(email)
    assert Job.objects.count() == AuditEvent.objects.filter(action="people.reset_asked").count() == 1
    assert jobs.work_off(lambda: False) == jobs.Tally(done=1)
    assert not mail.outbox
    kept = [str(list(model.objects.values())) for model in (Job, AuditEvent)]
    assert not any("nobody@" in text for text in kept)


def test_who_cannot_log_in_is_not_written_to(ann: User) -> None:
    services.deactivate_user(ann.pk, actor=make.console(), at=make.AT)
    open_one = make.customer("open")
    console = User.objects.get(username="console")
    assert [services.make_reset_link(one.pk, job_id=1, at=make.AT) for one in (ann, open_one, console)] == [None] * 3
    assert services.make_reset_link(999, job_id=1, at=make.AT) is None
    assert not ResetMail.objects.exists()


def test_a_person_is_written_to_once_in_five_minutes_and_a_job_may_try_again(ann: User) -> None:
    assert link_for(ann, job_id=1)
    assert services.make_reset_link(ann.pk, job_id=2, at=make.AT + timedelta(minutes=4)) is None
    assert link_for(ann, job_id=1)
    assert link_for(ann, job_id=2, at=make.AT + timedelta(minutes=5))


def test_a_mail_that_does_not_leave_is_tried_again(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ask()

    def down(*_: Any) -> None:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("tradepost.worker.people.send_mail", down)
        assert jobs.work_off(lambda: False) == jobs.Tally(failed=1)
    assert jobs.work_off(lambda: False, now=lambda: now() + timedelta(minutes=1)) == jobs.Tally(done=1)
    assert len(mail.outbox) == 1


def test_a_link_works_once(ann: User) -> None:
    link = link_for(ann)
    reset(link)
    before = state(ann)
    with pytest.raises(ResetLinkUsedUp):
        reset(link, "ten-green-bottles")
    assert state(ann) == before


def test_of_two_who_use_a_link_at_once_one_sets_the_password(ann: User) -> None:
    link = link_for(ann)
    done = together([lambda: reset(link, "nine-grey-herons"), lambda: reset(link, "ten-green-bottles")])
    assert sorted(type(one).__name__ for one in done) == ["ResetLinkUsedUp", "User"]


def test_a_link_is_void_after_an_hour_a_login_a_new_address_or_another_password(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[Any] = [
        log_in,
        lambda: services.change_profile(ann.pk, email="new@example.com", actor=make.actor(ann), at=make.AT),
        lambda: services.set_password(ann.pk, make.PASSWORD, actor=make.console(), at=make.AT),
    ]
    for change in changes:
        ann.refresh_from_db()
        link = link_for(ann)
        change()
        before = state(ann)
        with pytest.raises(ResetLinkUsedUp):
            reset(link)
        assert state(ann) == before
    ann.refresh_from_db()
    link, later = link_for(ann), now() + timedelta(seconds=3601)
    monkeypatch.setattr(
        "django.contrib.auth.tokens.PasswordResetTokenGenerator._now", lambda _: later.replace(tzinfo=None)
    )
    with pytest.raises(ResetLinkUsedUp):
        reset(link)


@pytest.mark.parametrize("uid", ["", "MQ", "x", "é", "\0", "LTE", "MA", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "MQ" * 4000])
@pytest.mark.parametrize("token", ["", "x", "c1-abc", "\0", "é-é"])
def test_nonsense_sets_nothing(ann: User, uid: str, token: str) -> None:
    before = state(ann)
    with pytest.raises(ResetLinkUsedUp):
        reset(ResetLink("", uid, token))
    assert state(ann) == before


def test_a_link_of_somebody_else_or_of_who_left_sets_nothing(ann: User) -> None:
    eve = make.customer("eve", password=make.PASSWORD)
    mine, hers = link_for(ann), link_for(eve)
    with pytest.raises(ResetLinkUsedUp):
        reset(ResetLink("", mine.uid, hers.token))
    services.deactivate_user(eve.pk, actor=make.console(), at=make.AT)
    with pytest.raises(ResetLinkUsedUp):
        reset(hers)
    services.anonymise_user(ann.pk, actor=make.actor(ann), at=make.AT)
    before = state(ann)
    with pytest.raises(ResetLinkUsedUp):
        reset(mine)
    assert state(ann) == before
    assert not ResetMail.objects.filter(user=ann).exists()


@pytest.mark.parametrize(("password", "confirm"), [("short", None), ("12345678", None), (NEW, "other")])
def test_a_weak_password_is_refused_and_the_link_still_works(ann: User, password: str, confirm: str | None) -> None:
    link, before = link_for(ann), state(ann)
    with pytest.raises(FieldErrors):
        reset(link, password, confirm)
    assert state(ann) == before
    reset(link)


def test_a_reset_ends_every_login_and_lets_the_person_in_again(ann: User) -> None:
    services.issue_token(ann, actor=make.actor(ann), at=make.AT)
    seen = request()
    open_session(seen, ann, backend="tradepost.people.backends.NameOrEmailBackend")
    for _ in range(10):
        with pytest.raises((WrongCredentials, TooManyAttempts)):
            log_in("wrong")
    with pytest.raises(TooManyAttempts):
        log_in()
    ann.refresh_from_db()
    reset(link_for(ann))
    assert not Token.objects.exists()
    assert get_user(seen).is_anonymous
    assert log_in(NEW) == ann


def test_a_reset_is_no_way_around_the_second_factor(ann: User) -> None:
    enrolled(ann)
    ann.refresh_from_db()
    reset(link_for(ann))
    with pytest.raises(SecondFactorNeeded):
        log_in(NEW)
