"""One's own logins on the pages: a new password, a second factor set up and asked for, tokens that end."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from tests import make
from tests.api.caller import token_of
from tests.people.phone import Phone, enrolled
from tests.web.shop import BACKEND
from tradepost.audit.models import AuditEvent
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import clock
from tradepost.people.models import RecoveryCode, SecondFactor, Token, User

NEW = "nine-grey-herons"
FACTOR = "/profile/second-factor/"


@pytest.fixture
def ann(db: None) -> User:
    return make.customer("ann", password=make.PASSWORD)


@pytest.fixture
def browser(ann: User) -> Client:
    client = Client()
    client.force_login(ann, backend=BACKEND)
    return client


def text_of(response: Any) -> str:
    """What stands on the page."""
    return html.unescape(response.content.decode())


def shown_secret(page: str) -> str:
    """The letters to be typed into the app."""
    found = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def is_on(user: User) -> bool:
    """Whether a code is asked for."""
    return SecondFactor.objects.filter(user=user).exclude(confirmed_at=None).exists()


def state() -> list[Any]:
    """What a refusal must leave as it is."""
    models = (RecoveryCode, Token, IdempotencyKey)
    factor = SecondFactor.objects.values_list("salt", "confirmed_at", "used_step")
    return [
        list(factor),
        *(list(one.objects.values_list()) for one in models),
        User.objects.get(username="ann").password,
    ]


def test_a_second_factor_is_set_up_with_a_picture_and_recovery_codes_are_shown_once(browser: Client) -> None:
    assert "Set it up" in text_of(browser.get("/profile/logins/"))
    begun = browser.post(FACTOR, {"password": make.PASSWORD})
    page = text_of(begun)
    secret = shown_secret(page)
    picture = re.search(r'src="(data:image/svg\+xml[^"]+)"', begun.content.decode())
    assert begun.status_code == 200
    assert picture
    assert "<svg" in unquote(picture[1])
    assert "no-store" in begun.headers["Cache-Control"]
    told = browser.post(f"{FACTOR}confirm/", {"otp": Phone(secret).code(clock.now())})
    codes = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4})</code>", text_of(told))
    assert (told.status_code, len(codes)) == (200, 10)
    assert "no-store" in told.headers["Cache-Control"]
    after = text_of(browser.get("/profile/logins/"))
    assert "Recovery codes left" in after
    assert not any(code in after for code in codes)
    assert not IdempotencyKey.objects.exists()
    assert browser.get(FACTOR).headers["Location"] == "/profile/logins/"


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        (FACTOR, {"password": "no"}, "This is not your password"),
        (FACTOR, {"password": ""}, "This field is required"),
        (f"{FACTOR}confirm/", {"otp": "000000"}, "There is no second factor"),
        (f"{FACTOR}codes/", {"password": make.PASSWORD, "otp": "000000"}, "There is no second factor"),
        (f"{FACTOR}off/", {"password": make.PASSWORD, "otp": "000000"}, "There is no second factor"),
        (f"{FACTOR}off/", {"password": "no", "otp": "000000"}, "This is not your password"),
        (
            "/profile/password/",
            {"current": "no", "password": NEW, "password_confirm": NEW},
            "This is not your password",
        ),
        ("/profile/password/", {"current": make.PASSWORD, "password": "1", "password_confirm": "1"}, "is-invalid"),
        ("/profile/password/", {"current": make.PASSWORD, "password": NEW, "password_confirm": "x"}, "is-invalid"),
    ],
)
def test_what_does_not_fit_is_said_in_place_and_changes_nothing(
    browser: Client, path: str, sent: dict[str, str], said: str
) -> None:
    before = state()
    response = browser.post(path, sent)
    assert response.status_code in {409, 422}
    assert said in text_of(response)
    assert not any(value in text_of(response) for name, value in sent.items() if name != "otp" and len(value) > 3)
    assert state() == before


def test_a_wrong_code_confirms_nothing_and_the_next_one_may_be_right(browser: Client, ann: User) -> None:
    phone = Phone(shown_secret(text_of(browser.post(FACTOR, {"password": make.PASSWORD}))))
    wrong = browser.post(f"{FACTOR}confirm/", {"otp": "000 00x"})
    assert wrong.status_code == 422
    assert "This code does not fit" in text_of(wrong)
    assert not is_on(ann)
    assert browser.post(f"{FACTOR}confirm/", {"otp": phone.code(clock.now())}).status_code == 200
    assert is_on(ann)


def test_it_is_switched_off_by_password_and_code_and_codes_are_drawn_anew(browser: Client, ann: User) -> None:
    _, codes = enrolled(ann)
    before = state()
    for path in ("codes", "off"):
        wrong = browser.post(f"{FACTOR}{path}/", {"password": make.PASSWORD, "otp": "000000"})
        assert (wrong.status_code, "This code does not fit" in text_of(wrong)) == (422, True)
    assert state() == before
    drawn = browser.post(f"{FACTOR}codes/", {"password": make.PASSWORD, "otp": codes[0]})
    fresh = re.findall(r"<code>([a-z2-7-]{14})</code>", text_of(drawn))
    assert len(fresh) == 10
    assert "no-store" in drawn.headers["Cache-Control"]
    off = browser.post(f"{FACTOR}off/", {"password": make.PASSWORD, "otp": fresh[0]})
    assert (off.status_code, off.headers["Location"]) == (302, "/profile/logins/")
    assert not is_on(ann)
    assert not IdempotencyKey.objects.exists()


def test_the_second_page_of_logging_in_asks_for_the_code(ann: User) -> None:
    phone, codes = enrolled(ann)
    browser = Client()
    first = browser.post("/login/", {"login": "ann", "password": make.PASSWORD, "next": "/wallet/", "remember": "on"})
    assert (first.status_code, first.headers["Location"]) == (302, "/login/code/")
    assert browser.get("/profile/").status_code == 302
    assert "One more step" in text_of(browser.get("/login/code/"))
    wrong = browser.post("/login/code/", {"otp": "no code"})
    assert (wrong.status_code, "This code does not fit" in text_of(wrong)) == (422, True)
    assert browser.post("/login/code/", {"otp": ""}).status_code == 422
    assert browser.get("/profile/").status_code == 302
    entered = browser.post("/login/code/", {"otp": phone.code(clock.now())})
    assert (entered.status_code, entered.headers["Location"]) == (302, "/wallet/")
    assert browser.get("/profile/").status_code == 200
    assert browser.session.get_expiry_age() > 29 * 24 * 3600
    assert "halfway in" not in browser.session
    other = Client()
    other.post("/login/", {"login": "ann", "password": make.PASSWORD})
    assert other.post("/login/code/", {"otp": codes[0]}).headers["Location"] == "/"


def test_the_code_page_is_nobodys_without_the_password(ann: User) -> None:
    phone, _ = enrolled(ann)
    browser = Client()
    for response in (browser.get("/login/code/"), browser.post("/login/code/", {"otp": phone.code(clock.now())})):
        assert response.headers["Location"] == "/login/?next=/"
    assert browser.post("/login/", {"login": "ann", "password": "wrong"}).status_code == 422
    assert browser.get("/login/code/").status_code == 302
    assert "sessionid" not in browser.cookies


def test_who_waits_too_long_between_the_pages_types_the_password_again(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    phone, _ = enrolled(ann)
    browser = Client()
    browser.post("/login/", {"login": "ann", "password": make.PASSWORD, "next": "/wallet/"})
    later = time.time() + 301
    with monkeypatch.context() as patched:
        patched.setattr("django.core.signing.time.time", lambda: later)
        late = browser.post("/login/code/", {"otp": phone.code(clock.now())})
    assert late.headers["Location"] == "/login/?next=/wallet/"
    assert "Type the password once more" in text_of(browser.get(late.headers["Location"]))
    assert browser.get("/login/code/").status_code == 302


def test_guessing_codes_is_stopped_with_a_page_that_says_so(ann: User) -> None:
    enrolled(ann)
    browser = Client()
    browser.post("/login/", {"login": "ann", "password": make.PASSWORD})
    answers = [browser.post("/login/code/", {"otp": "000000"}) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [422] * 9 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert "Too many tries" in text_of(answers[-1])


def test_guessing_the_password_in_an_open_session_is_stopped_too(browser: Client) -> None:
    sent = {"current": "no", "password": NEW, "password_confirm": NEW}
    answers = [browser.post("/profile/password/", sent) for _ in range(10)]
    assert [answer.status_code for answer in answers] == [422] * 9 + [429]
    before = state()
    stopped = browser.post("/profile/password/", {**sent, "current": make.PASSWORD})
    assert (stopped.status_code, int(stopped.headers["Retry-After"]) > 0) == (429, True)
    assert state() == before


def test_a_new_password_ends_other_browsers_and_tokens_and_this_one_stays(browser: Client, ann: User) -> None:
    token_of(ann)
    other = Client()
    other.force_login(ann, backend=BACKEND)
    sent = {"current": make.PASSWORD, "password": NEW, "password_confirm": NEW}
    assert browser.post("/profile/password/", sent).headers["Location"] == "/profile/logins/"
    assert [one.get("/profile/").status_code for one in (browser, other)] == [200, 302]
    assert not Token.objects.exists()


def test_one_sees_ones_own_tokens_and_ends_one(browser: Client, ann: User) -> None:
    token_of(ann)
    token_of(make.customer())
    mine, theirs = Token.objects.get(user=ann), Token.objects.exclude(user=ann).get()
    page = text_of(browser.get("/profile/logins/"))
    assert (mine.short in page, theirs.short in page) == (True, False)
    assert browser.post(f"/profile/logins/{theirs.short}/end/").status_code == 404
    assert Token.objects.count() == 2
    ended = browser.post(f"/profile/logins/{mine.short}/end/", {"key": "k"})
    assert ended.headers["Location"] == "/profile/logins/"
    assert list(Token.objects.all()) == [theirs]
    assert browser.post(f"/profile/logins/{mine.short}/end/", {"key": "k"}).status_code == 302


def test_an_administrator_takes_a_lost_second_factor_away_on_the_page(ann: User) -> None:
    enrolled(ann)
    client, auditor = Client(), Client()
    client.force_login(make.admin(), backend=BACKEND)
    auditor.force_login(make.auditor(), backend=BACKEND)
    assert "Take the second factor away" in text_of(client.get(f"/users/{ann.pk}/"))
    assert "Take the second factor away" not in text_of(auditor.get(f"/users/{ann.pk}/"))
    assert auditor.post(f"/users/{ann.pk}/do/", {"do": "no_factor"}).status_code == 403
    assert is_on(ann)
    assert client.post(f"/users/{ann.pk}/do/", {"do": "no_factor", "key": "k"}).status_code == 302
    assert not is_on(ann)
    assert client.post(f"/users/{ann.pk}/do/", {"do": "no_factor", "key": "l"}).status_code == 409
    assert AuditEvent.objects.filter(action="people.second_factor_taken_away").count() == 1
