"""The OpenAPI document: valid, complete, readable in a browser under the house's policy."""

import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tests import make
from tests.api.caller import Caller
from tests.api.test_permissions import TABLE

pytestmark = pytest.mark.django_db
DOORS = {"/api/register/", "/api/login/", "/api/password-reset/", "/api/password-reset/confirm/"}
TOLD_ONCE = {"/api/login/", "/api/me/password/", "/api/me/second-factor/"}
TOLD_ONCE |= {f"/api/me/second-factor/{what}/" for what in ("confirm", "recovery-codes", "remove")}
TOLD_ONCE |= {"/api/webhooks/{webhook_id}/rotate/"}


def document() -> Any:
    """The document as programs read it."""
    return Caller().get("schema/?format=json").json()


def test_the_document_is_valid_and_complete_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "openapi.yaml"))
    told = {(method, path) for path, methods in document()["paths"].items() for method in methods}
    hidden = {"/api/", "/api/docs/", "/api/schema/"}
    routes = {(row.method, "/api/" + re.sub(r"<\w+:(\w+)>", r"{\1}", row.route)) for row in TABLE}
    assert {one for one in routes if one[1] not in hidden} == told


def test_every_change_tells_of_the_key_and_every_operation_of_its_problems() -> None:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            names = [parameter["name"] for parameter in operation.get("parameters", [])]
            takes_key = method != "get" and path not in TOLD_ONCE
            assert ("Idempotency-Key" in names) == takes_key, (method, path)
            assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"]
            wanted: list[Any] = [] if path in DOORS else [{"token": []}, {"session": []}]
            assert operation.get("security", []) == wanted, (method, path)


def test_amounts_are_strings_in_the_document() -> None:
    schemas = document()["components"]["schemas"]
    assert schemas["SaleDetail"]["properties"]["total"]["type"] == "string"
    assert schemas["SaleLineOutput"]["properties"]["quantity"]["type"] == "string"


def test_the_page_holds_no_script_and_no_style_of_its_own() -> None:
    page = Client().get("/api/docs/")
    html = page.content.decode()
    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*src=)", html) == []
    assert re.findall(r"<style|style=|https?://", html) == []
    script = Client().get("/api/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")


def test_the_browsable_pages_hold_no_script_and_no_style_of_their_own() -> None:
    html = Caller(make.admin()).get("stores/", accept="text/html").content.decode()
    assert re.findall(r"<script(?![^>]*(?:src=|application/json))", html) == []
    assert "<style" not in html
    assert re.findall(r"src=\"https?://", html) == []


def test_a_page_offers_what_may_be_done() -> None:
    admin = Caller(make.admin())
    for name in Caller().get("").json():
        answer = admin.client.options(f"/api/{name}/")
        assert answer.status_code == 200, answer.content
        assert "GET" in answer.headers["Allow"]


def test_the_root_tells_where_everything_is() -> None:
    links = Caller().get("").json()
    admin = Caller(make.admin())
    for name, link in links.items():
        expected = 400 if name == "day-reports" else 200
        assert admin.client.get(link).status_code == expected, name
