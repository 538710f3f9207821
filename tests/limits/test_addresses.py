"""Whose address it is: the caller's as the proxies heard it, and never what the caller wrote itself."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings

from tests import make
from tests.api.caller import Caller, problem_of
from tradepost.middleware import ClientAddress, neighbourhood_of


def heard(proxies: int, forwarded: str | None, remote: str = "10.0.0.1") -> str:
    """Whom the program takes for the caller."""
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    with override_settings(TRADEPOST_PROXIES=proxies):
        ClientAddress(view)(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))
    return seen[0]


@pytest.mark.once
@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.7", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "", "10.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        (2, "203.0.113.7", "203.0.113.7"),
        (1, "203.0.113.7:4711", "203.0.113.7"),
        (1, "[2001:db8::7]:4711", "2001:db8::7"),
        (1, " 2001:db8::7 ", "2001:db8::7"),
        (1, "unknown", "10.0.0.1"),
        (1, "6.6.6.6, <script>", "10.0.0.1"),
        (1, "203.0.113.7,", "10.0.0.1"),
        (9, ",,,,,,,,,", "10.0.0.1"),
    ],
)
def test_the_caller_is_whom_the_first_proxy_heard(proxies: int, forwarded: str | None, address: str) -> None:
    assert heard(proxies, forwarded) == address


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", None),
        ("/run/socket", None),
    ],
)
def test_an_address_of_the_new_kind_counts_with_its_network(address: str, counted: str | None) -> None:
    assert neighbourhood_of(RequestFactory().get("/", REMOTE_ADDR=address)) == counted


@pytest.mark.django_db
def test_visitors_behind_a_proxy_are_counted_each_alone() -> None:
    with override_settings(TRADEPOST_PROXIES=1, TRADEPOST_VISITOR_RATE="2/day"):
        for address in ("203.0.113.7", "203.0.113.8"):
            assert [Caller().get("", **{"x-forwarded-for": f"6.6.6.6, {address}"}).status_code for _ in range(2)] == [
                200,
                200,
            ]
        problem_of(Caller().get("", **{"x-forwarded-for": "7.7.7.7, 203.0.113.7"}), 429, "throttled")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::7", ""])
def test_failed_logins_are_counted_by_the_same_address(address: str) -> None:
    make.customer("ann", password=make.PASSWORD)
    behind = {"headers": {"x-forwarded-for": address}}
    with override_settings(TRADEPOST_PROXIES=1):
        wrong = [Client(**behind).post("/login/", {"login": "ann", "password": "no"}) for _ in range(10)]  # type: ignore[arg-type]
        assert [answer.status_code for answer in wrong] == [422] * 9 + [429]
        right = {"login": "ann", "password": make.PASSWORD}
        assert Client(**behind).post("/login/", right).status_code == 429  # type: ignore[arg-type]
        assert Client(headers={"x-forwarded-for": "203.0.113.99"}).post("/login/", right).status_code == 302
