"""Coming in: signing up, logging in by name or e-mail, being stopped after too many tries, and a forgotten password."""

import re

import pytest
from django.core import mail
from django.test import Client

from tests import make
from tradepost.audit.models import AuditEvent
from tradepost.lib import clock
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.worker import jobs

NEWCOMER = {
    "username": "goldman",
    "email": "goldman@example.com",
    "first_name": "Goldman",
    "last_name": "Ames",
    "password": make.PASSWORD,
    "password_confirm": make.PASSWORD,
}


@pytest.fixture
def browser(db: None) -> Client:
    return Client()


def test_visitors_are_told_what_this_is(browser: Client) -> None:
    page = browser.get("/")
    assert page.status_code == 200
    assert "/signup/" in page.content.decode()


def test_signing_up_logs_in_and_leads_to_the_profile(browser: Client) -> None:
    response = browser.post("/signup/", NEWCOMER)
    assert (response.status_code, response.headers["Location"]) == (302, "/profile/")
    assert "goldman" in browser.get("/profile/").content.decode()
    assert AuditEvent.objects.filter(action="people.registered", actor_name="goldman").count() == 1


def test_a_role_sent_along_is_ignored(browser: Client) -> None:
    browser.post("/signup/", {**NEWCOMER, "role": "admin", "is_staff": "1", "is_superuser": "1", "vip": "on"})
    user = User.objects.get(username="goldman")
    assert (user.is_staff, user.is_superuser, user.grants.count(), user.profile.vip) == (False, False, 0, False)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"username": "BASIL"}, 409),
        ({"email": "Basil@Example.com"}, 409),
        ({"password_confirm": "another-one-7"}, 422),
        ({"password": "12345678", "password_confirm": "12345678"}, 422),
        ({"username": ""}, 422),
        ({"username": "a b"}, 422),
        ({"email": "nonsense"}, 422),
        ({"phone": "junk"}, 422),
    ],
)
def test_a_sign_up_that_does_not_fit_makes_nobody_and_keeps_what_was_typed(
    browser: Client, changed: dict[str, str], status: int
) -> None:
    make.customer("basil")
    count = User.objects.count()
    response = browser.post("/signup/", {**NEWCOMER, **changed})
    page = response.content.decode()
    assert response.status_code == status
    assert 'value="Goldman"' in page
    assert "is-invalid" in page
    assert make.PASSWORD not in page
    assert User.objects.count() == count


@pytest.mark.parametrize("login", ["basil", "BASIL", "basil@example.com"])
def test_logging_in_goes_where_one_was_heading(browser: Client, login: str) -> None:
    make.customer("basil", password=make.PASSWORD)
    response = browser.post("/login/?next=/sales/", {"login": login, "password": make.PASSWORD})
    assert (response.status_code, response.headers["Location"]) == (302, "/sales/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_logging_in_never_leads_elsewhere(browser: Client, target: str) -> None:
    make.customer("basil", password=make.PASSWORD)
    response = browser.post("/login/", {"login": "basil", "password": make.PASSWORD, "next": target})
    assert response.headers["Location"] == "/"


def test_a_wrong_password_is_refused_without_a_hint(browser: Client) -> None:
    make.customer("basil", password=make.PASSWORD)
    wrong = browser.post("/login/", {"login": "basil", "password": "no"})
    unknown = browser.post("/login/", {"login": "nobody", "password": "no"})
    assert wrong.status_code == unknown.status_code == 422
    assert "don’t match" in wrong.content.decode()
    assert "don’t match" in unknown.content.decode()
    assert browser.get("/profile/").status_code == 302


def test_too_many_tries_are_stopped_for_a_while_with_a_page_that_says_so(browser: Client) -> None:
    make.customer("basil", password=make.PASSWORD)
    answers = [browser.post("/login/", {"login": "basil", "password": "no"}) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Too many tries" in answers[-1].content.decode()
    assert browser.post("/login/", {"login": "basil", "password": make.PASSWORD}).status_code == 429


def test_logging_out_takes_a_post_and_ends_the_login(browser: Client) -> None:
    make.customer("basil", password=make.PASSWORD)
    browser.post("/login/", {"login": "basil", "password": make.PASSWORD})
    assert browser.get("/logout/").status_code == 405
    assert browser.get("/profile/").status_code == 200
    browser.post("/logout/")
    assert browser.get("/profile/").status_code == 302
    browser.post("/logout/")
    event = AuditEvent.objects.get(action="people.logged_out")
    assert (event.actor_name, event.subject_type, event.face) == ("basil", "people.user", "web")


def test_who_is_shut_out_cannot_come_in_and_open_sessions_end(browser: Client) -> None:
    basil = make.customer("basil", password=make.PASSWORD)
    browser.post("/login/", {"login": "basil", "password": make.PASSWORD})
    people.deactivate_user(basil.pk, actor=make.console(), at=clock.now())
    assert browser.get("/profile/").status_code == 302
    assert browser.post("/login/", {"login": "basil", "password": make.PASSWORD}).status_code == 422


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(browser: Client) -> None:
    make.customer("basil", password=make.PASSWORD)
    assert browser.post("/password/forgotten/", {"email": "basil@example.com"}).status_code == 302
    assert browser.post("/password/forgotten/", {"email": "nobody@example.com"}).status_code == 302
    assert jobs.work_off(lambda: False) == jobs.Tally(done=2)
    assert len(mail.outbox) == 1
    link = re.search(r"/password/\S+", str(mail.outbox[0].body))
    assert link is not None
    form = browser.get(link[0], follow=True)
    target = form.redirect_chain[-1][0]
    weak = browser.post(target, {"password": "12345678", "password_confirm": "12345678"})
    assert weak.status_code == 422
    assert "is-invalid" in weak.content.decode()
    set_anew = {"password": "nine-grey-herons", "password_confirm": "nine-grey-herons"}
    assert browser.post(target, set_anew).headers["Location"] == "/login/"
    assert browser.post("/login/", {"login": "basil", "password": "nine-grey-herons"}).status_code == 302
    assert "used up" in Client().get(link[0], follow=True).content.decode()
    assert "used up" in browser.post(target, set_anew).content.decode()


def test_a_link_that_is_used_while_its_page_is_open_is_used_up(browser: Client) -> None:
    basil = make.customer("basil", password=make.PASSWORD)
    link = people.make_reset_link(basil.pk, job_id=1, at=make.AT)
    assert link
    target = browser.get(f"/password/{link.uid}/{link.token}/", follow=True).redirect_chain[-1][0]
    people.set_password(basil.pk, "nine-grey-herons", actor=make.console(), at=make.AT)
    set_anew = {"password": "ten-green-bottles", "password_confirm": "ten-green-bottles"}
    assert "used up" in browser.post(target, set_anew).content.decode()
    basil.refresh_from_db()
    assert basil.check_password("nine-grey-herons")
