"""`tradepost user`: people come by the console, and their tokens work."""

from typing import Any

from django.test import Client

from tests import make
from tests.cli.conftest import Tradepost


def me(client: Client, token: str) -> Any:
    return client.get("/api/me/", headers={"authorization": f"Token {token}"})


def test_user_comes_with_role_store_and_password(tradepost: Tradepost, client: Client) -> None:
    make.store("Corner")
    add = ["user", "add", "nadia", "--email", "nadia@example.com", "--role", "manager", "--store", "Corner"]
    run = tradepost(*add, "--password-stdin", stdin="quiet-harbour-52\n")
    assert (run.code, run.out) == (0, "Added nadia as manager of Corner.\n")
    answer = client.post("/api/login/", {"username": "nadia", "password": "quiet-harbour-52"}, "application/json")
    assert answer.status_code == 200


def test_user_without_a_role_that_fits_is_not_added(tradepost: Tradepost) -> None:
    make.store("Corner")
    assert tradepost("user", "add", "nadia", "--role", "manager").code == 2
    assert tradepost("user", "add", "nadia", "--role", "manager", "--store", "Nowhere").code == 3
    assert tradepost("user", "add", "nadia", "--password-stdin", stdin="short\n").code == 2
    assert [row["username"] for row in tradepost("user", "list", "--json").data["results"]] == ["console", "system"]


def test_last_line_is_a_token_that_works(tradepost: Tradepost, client: Client) -> None:
    make.customer("goldman")
    run = tradepost("user", "token", "goldman")
    answer = me(client, run.last_line)
    assert answer.status_code == 200
    assert answer.json()["username"] == "goldman"
    assert me(client, tradepost("user", "token", "goldman", "--json").data["token"]).status_code == 200


def test_who_is_shut_out_has_no_token_any_more(tradepost: Tradepost, client: Client) -> None:
    make.customer("goldman")
    token = tradepost("user", "token", "goldman").last_line
    assert tradepost("user", "deactivate", "goldman").code == 0
    assert me(client, token).status_code == 401
    assert tradepost("user", "token", "goldman").code == 4


def test_roles_are_granted_and_revoked(tradepost: Tradepost) -> None:
    make.store("Corner")
    make.customer("vera")
    assert tradepost("user", "grant", "vera", "auditor").out == "vera is now auditor.\n"
    assert tradepost("user", "grant", "vera", "staff", "--store", "Corner", "--json").data["roles"]
    found = tradepost("user", "list", "--role", "staff", "--store", "Corner", "--json").data["results"]
    assert [row["roles"] for row in found] == ["auditor, staff of Corner"]
    assert tradepost("user", "revoke", "vera", "auditor").code == 0
    assert tradepost("user", "revoke", "vera", "auditor").code == 3


def test_who_acts_as_another_has_no_more_rights(tradepost: Tradepost) -> None:
    make.admin("ada")
    make.customer("goldman")
    assert tradepost("user", "grant", "goldman", "admin", "--as", "goldman").code == 4
    assert tradepost("user", "grant", "goldman", "auditor", "--as", "ada").code == 0
    events = tradepost("audit", "list", "--action", "people.role_granted", "--json").data["results"]
    assert events[0]["actor"] == "ada"


def test_a_token_may_have_a_rate_of_its_own(tradepost: Tradepost, client: Client) -> None:
    make.customer("goldman")
    token = tradepost("user", "token", "goldman", "--rate", "1").last_line
    assert [me(client, token).status_code for _ in range(2)] == [200, 429]
    assert tradepost("user", "token", "goldman", "--rate", "0").code == 2
    assert tradepost("user", "token", "goldman", "--rate", "1000001").code == 2
