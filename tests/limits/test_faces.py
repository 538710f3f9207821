"""The pages and the API count together, doors more strictly, and whatever is refused at the door counts too."""

import pytest
from django.test import Client, override_settings

from tests import make
from tests.api.caller import Caller, problem_of
from tests.web.shop import BACKEND
from tradepost.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that stands at ten seconds into a minute."""
    monkeypatch.setattr("tradepost.rates.time.time", lambda: 1_700_000_000.0 // 60 * 60 + 10)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def test_pages_and_api_count_together_for_a_user() -> None:
    ann, basil = make.customer("ann"), make.customer("basil")
    page, program = browser(ann), Caller(ann)
    with override_settings(TRADEPOST_RATE="3/minute"):
        assert [page.get("/profile/").status_code, program.get("me/").status_code] == [200, 200]
        assert page.get("/profile/").status_code == 200
        problem_of(program.get("me/"), 429, "throttled")
        refused = page.get("/profile/")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "50")
        assert "Too many requests" in refused.content.decode()
        assert browser(basil).get("/profile/").status_code == 200


def test_a_page_that_is_refused_has_done_nothing() -> None:
    ann = make.customer("ann")
    page = browser(ann)
    with override_settings(TRADEPOST_RATE="1/minute"):
        assert page.get("/profile/").status_code == 200
        changed = {"first_name": "Other", "email": "other@example.com"}
        assert page.post("/profile/", changed).status_code == 429
    ann.refresh_from_db()
    assert (ann.first_name, ann.email) != ("Other", "other@example.com")


def test_the_doors_of_the_pages_and_of_the_api_are_the_same_doors() -> None:
    make.customer("ann", password=make.PASSWORD)
    with override_settings(TRADEPOST_DOOR_RATE="3/minute"):
        assert Client().post("/password/forgotten/", {"email": "no@example.com"}).status_code == 302
        assert Client().post("/signup/", {}).status_code == 422
        assert Caller().post("login/", {"username": "ann", "password": make.PASSWORD}).status_code == 200
        assert Client().post("/login/", {"login": "ann", "password": make.PASSWORD}).status_code == 429
        problem_of(Caller().post("login/", {"username": "ann", "password": make.PASSWORD}), 429, "throttled")
        assert Client().get("/login/").status_code == 200


def test_the_link_of_a_mail_is_a_door_too() -> None:
    sent = {"password": "nine-grey-herons", "password_confirm": "nine-grey-herons"}
    with override_settings(TRADEPOST_DOOR_RATE="1/minute"):
        answers = [Client().post("/password/MQ/set-password/", sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_visitors_are_counted_on_pages_too_also_where_they_are_sent_to_log_in() -> None:
    with override_settings(TRADEPOST_VISITOR_RATE="2/minute"):
        assert [Client().get(path).status_code for path in ("/", "/profile/", "/")] == [200, 302, 429]
        assert Client().get("/healthz").status_code == 200
        assert Client().get("/readyz").status_code == 200


def test_tokens_that_do_not_hold_are_counted_as_a_visitors() -> None:
    with override_settings(TRADEPOST_VISITOR_RATE="2/minute"):
        for text in ("a" * 64, "b" * 64):
            problem_of(Caller(token=text).get("me/"), 401, "authentication_failed")
        problem_of(Caller(token="c" * 64).get("me/"), 429, "throttled")
        assert Caller(make.customer()).get("me/").status_code == 200


def test_what_one_may_not_do_counts_as_well() -> None:
    with override_settings(TRADEPOST_VISITOR_RATE="2/minute", TRADEPOST_RATE="2/minute"):
        assert [Caller().get("me/").status_code for _ in range(3)] == [401, 401, 429]
        ann = make.customer()
        assert [Caller(ann).get("users/").status_code for _ in range(3)] == [403, 403, 429]
