"""Wallets and decisions on pages: a password before money moves, nobody's own request, one result a row."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import make, picture
from tests.web.shop import BACKEND, House
from tradepost.funding.models import FundsRequest
from tradepost.people.models import User

SCRIPT = "<script>alert(1)</script>"
HX = {"hx-request": "true"}


def at_home(user: User) -> Client:
    """The browser of somebody."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def ask(client: Client, what: str, **sent: str) -> Any:
    given = {"amount": "10.00", "note": "Till money", "password": make.PASSWORD, "key": "one", **sent}
    return client.post(f"/wallet/{what}/", given)


@pytest.fixture
def carla(db: None) -> User:
    """A customer with a password and 50.00."""
    user = make.customer("carlotta", password=make.PASSWORD)
    make.approved_deposit(user, 5000)
    return user


def test_a_deposit_asked_for_twice_with_one_form_is_asked_for_once(carla: User) -> None:
    client = at_home(carla)
    first, second = ask(client, "deposit"), ask(client, "deposit")
    assert (first.status_code, first.headers["Location"]) == (302, "/wallet/")
    assert second.headers["Location"] == "/wallet/"
    waiting = FundsRequest.objects.get(state="pending")
    assert (waiting.kind, waiting.amount_minor, waiting.note, waiting.owner) == ("deposit", 1000, "Till money", carla)


def test_a_withdrawal_is_held_and_listed_with_its_state(carla: User) -> None:
    client = at_home(carla)
    assert ask(client, "withdraw").status_code == 302
    page = client.get("/wallet/").content.decode()
    assert "£40.00" in page
    assert "£10.00" in page
    assert "Waiting" in page


@pytest.mark.parametrize("what", ["deposit", "withdraw"])
def test_a_wrong_password_is_said_beside_its_field_and_nothing_is_asked_for(carla: User, what: str) -> None:
    client, before = at_home(carla), list(FundsRequest.objects.values())
    books = picture.of_the_books()
    response = ask(client, what, password="not-my-password")
    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(r'id="id_password_error">This is not your password', page)
    assert "not-my-password" not in page
    assert 'value="10.00"' in page
    assert (list(FundsRequest.objects.values()), picture.of_the_books()) == (before, books)


def test_after_a_wrong_password_the_same_form_works_with_the_right_one(carla: User) -> None:
    client = at_home(carla)
    assert ask(client, "deposit", password="not-my-password").status_code == 422
    assert ask(client, "deposit").status_code == 302


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.005", "x", "9" * 40])
def test_an_amount_that_is_none_is_said_beside_its_field(carla: User, amount: str) -> None:
    before = picture.of_everything()
    response = ask(at_home(carla), "withdraw", amount=amount)
    assert response.status_code == 422
    assert "id_amount_error" in response.content.decode()
    assert picture.of_everything() == before


def test_more_than_the_wallet_holds_is_refused_in_place_with_the_figures(carla: User) -> None:
    before = picture.of_everything()
    response = ask(at_home(carla), "withdraw", amount="60.00")
    page = response.content.decode()
    assert response.status_code == 409
    for text in ("£60.00", "£50.00", "£10.00", "Short by", 'value="60.00"'):
        assert text in page
    assert picture.of_everything() == before


def test_a_wallet_shows_nobody_elses_requests(carla: User, shop: House) -> None:
    make.deposit_request(shop.people["buyer"], 7700)
    for client in (at_home(carla), shop.client("admin")):
        assert "£77.00" not in client.get("/wallet/").content.decode()


def test_script_in_a_note_or_a_reason_stays_text(carla: User, shop: House) -> None:
    request = make.deposit_request(carla, note=SCRIPT)
    admin = shop.client("admin")
    seen = [admin.get("/money-requests/")]
    admin.post("/money-requests/", {"request": request.pk, "do": "reject", "reason": SCRIPT, "key": "k"})
    seen += [admin.get("/money-requests/"), at_home(carla).get("/wallet/")]
    for page in seen:
        assert SCRIPT not in page.content.decode()
        assert "&lt;script&gt;" in page.content.decode()


def test_many_are_decided_at_once_and_each_row_says_what_became_of_it(carla: User, shop: House) -> None:
    ada = shop.people["admin"]
    good, own = make.deposit_request(carla, 1100), make.deposit_request(ada, 2200)
    gone = make.decided(make.deposit_request(carla, 3300))
    admin = shop.client("admin")
    sent = {"request": [good.pk, own.pk, gone.pk, 10**15], "do": "approve", "key": "k"}
    response = admin.post("/money-requests/", sent, headers=HX)
    page = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in page
    assert "1 decided, 3 refused" in page
    assert "Nobody decides their own request" in page
    assert "This request was decided before" in page
    states = dict(FundsRequest.objects.values_list("pk", "state"))
    assert (states[good.pk], states[own.pk], states[gone.pk]) == ("approved", "pending", "approved")
    assert FundsRequest.objects.get(pk=good.pk).decided_by == ada


def test_decisions_sent_twice_are_made_once_and_answered_alike(carla: User, shop: House) -> None:
    request, admin = make.deposit_request(carla, 1100), shop.client("admin")
    sent = {"request": [request.pk], "do": "approve", "key": "k"}
    first = admin.post("/money-requests/", sent)
    books = picture.of_the_books()
    second = admin.post("/money-requests/", sent)
    assert "1 decided." in first.content.decode()
    assert "1 decided." in second.content.decode()
    assert picture.of_the_books() == books


def test_ones_own_request_cannot_be_ticked_and_says_so(shop: House) -> None:
    own = make.deposit_request(shop.people["admin"])
    page = shop.client("admin").get("/money-requests/").content.decode()
    assert f'name="request" value="{own.pk}"' not in page
    assert "Yours: somebody else decides" in page


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ({"do": "approve"}, "No request is chosen"),
        ({"do": "approve", "request": "x"}, "No request is chosen"),
        ({"request": "1"}, "Say whether"),
        ({"request": "1", "do": "reject"}, "Rejecting takes a reason"),
        ({"request": "1", "do": "burn"}, "This filter does not exist"),
    ],
)
def test_half_a_decision_decides_nothing(carla: User, shop: House, sent: dict[str, str], text: str) -> None:
    request = make.deposit_request(carla)
    if sent.get("request") == "1":
        sent = {**sent, "request": str(request.pk)}
    before = picture.of_everything()
    response = shop.client("admin").post("/money-requests/", {"key": "k", **sent})
    assert response.status_code == 422
    assert text in response.content.decode()
    assert picture.of_everything() == before


def test_an_auditor_reads_and_decides_nothing(carla: User, shop: House) -> None:
    request, vera = make.deposit_request(carla), shop.client("auditor")
    page = vera.get("/money-requests/").content.decode()
    assert "carlotta" in page
    assert 'value="approve"' not in page
    before = picture.of_everything()
    sent = {"request": request.pk, "do": "approve", "key": "k"}
    assert vera.post("/money-requests/", sent).status_code == 403
    assert picture.of_everything() == before


def test_what_waits_comes_first_and_filters_narrow(carla: User, shop: House) -> None:
    make.decided(make.deposit_request(carla, 1100), approve=False, reason="Never arrived")
    make.withdrawal_request(carla, 2200)
    admin = shop.client("admin")
    page = admin.get("/money-requests/").content.decode()
    assert page.index("£22.00") < page.index("Decided lately") < page.index("£11.00")
    assert "Never arrived" in page
    rejected = admin.get("/money-requests/?status=rejected").content.decode()
    assert "£11.00" in rejected
    assert "£22.00" not in rejected
    assert "£22.00" not in admin.get("/money-requests/?kind=deposit").content.decode()
    assert admin.get("/money-requests/?kind=gift").status_code == 400
