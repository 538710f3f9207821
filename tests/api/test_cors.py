"""Scripts of other sites may call the API where the allow-list names the site, and nowhere else."""

from typing import Any

import pytest
from django.test import Client, override_settings

from tests import make
from tests.api.caller import token_of

pytestmark = pytest.mark.django_db
SHOP, OTHER = "https://shop.example.com", "https://evil.example"
ALLOW = "Access-Control-Allow-Origin"
ASKED = "authorization, content-type, idempotency-key, prefer, x-request-id"


def preflight(origin: str, path: str = "/api/stores/") -> Any:
    """What a browser asks before it lets a script send."""
    asked = {"origin": origin, "access-control-request-method": "POST", "access-control-request-headers": ASKED}
    return Client(headers=asked).options(path)


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def test_a_site_on_the_list_may_ask_and_send() -> None:
    may = preflight(SHOP)
    assert (may.status_code, may.headers[ALLOW]) == (200, SHOP)
    assert {"POST", "PATCH", "DELETE"} <= set(may.headers["Access-Control-Allow-Methods"].split(", "))
    assert set(ASKED.split(", ")) <= set(may.headers["Access-Control-Allow-Headers"].split(", "))
    headers = {"origin": SHOP, "authorization": f"Token {token_of(make.admin())}"}
    sent = Client(headers=headers).post("/api/stores/", {"name": "Leeds"}, "application/json")
    assert (sent.status_code, sent.headers[ALLOW]) == (201, SHOP)
    exposed = sent.headers["Access-Control-Expose-Headers"]
    assert {"idempotent-replayed", "retry-after", "location"} <= set(exposed.split(", "))
    assert "origin" in sent.headers["Vary"]


def test_a_refusal_can_be_read_there_too() -> None:
    for path, status in (("/api/me/", 401), ("/api/nowhere/", 404)):
        answer = Client(headers={"origin": SHOP}).get(path)
        assert (answer.status_code, answer.headers[ALLOW]) == (status, SHOP)
    with override_settings(TRADEPOST_VISITOR_RATE="1/day"):
        answers = [Client(headers={"origin": SHOP}).get("/api/") for _ in range(2)]
    assert (answers[1].status_code, answers[1].headers[ALLOW]) == (429, SHOP)


@pytest.mark.parametrize("origin", [OTHER, "http://shop.example.com", "https://shop.example.com.evil.example", "null"])
def test_a_site_that_is_not_on_the_list_is_told_nothing(origin: str) -> None:
    assert ALLOW not in preflight(origin).headers
    assert ALLOW not in Client(headers={"origin": origin}).get("/api/").headers


def test_pages_and_cookies_are_no_other_sites_business() -> None:
    assert ALLOW not in preflight(SHOP, "/login/").headers
    assert ALLOW not in Client(headers={"origin": SHOP}).get("/").headers
    assert "Access-Control-Allow-Credentials" not in preflight(SHOP).headers


def test_the_list_is_empty_to_begin_with(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = []
    assert ALLOW not in preflight(SHOP).headers
