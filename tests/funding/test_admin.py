"""Django's admin obeys the same guard as every face: the rows are read-only, and nobody decides their own."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make, picture
from tests.funding.asks import balance_of
from tradepost.audit.models import AuditEvent
from tradepost.funding.models import FundsRequest
from tradepost.people.models import User

pytestmark = pytest.mark.django_db

PAGE = "/admin/funding/fundsrequest/"


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="tradepost.people.backends.NameOrEmailBackend")
    return client


def act(user: User, action: str, *requests: FundsRequest) -> str:
    """What the page says after an action on some rows."""
    chosen = {"action": action, "_selected_action": [request.pk for request in requests], "index": "0"}
    answer: Any = browser(user).post(PAGE, chosen, follow=True)
    assert answer.status_code == 200
    return "\n".join(str(message) for message in answer.context["messages"])


def test_an_own_request_stays_pending_and_the_others_are_decided() -> None:
    vera = make.admin("vera")
    own, asked, done = make.deposit_request(vera), make.deposit_request(), make.approved_deposit()
    told = act(vera, "approve", own, asked, done)
    states = dict(FundsRequest.objects.values_list("id", "state"))
    assert states == {own.pk: "pending", asked.pk: "approved", done.pk: "approved"}
    assert (balance_of(own), balance_of(asked), balance_of(done)) == (0, 1000, 1000)
    assert "Approved: 1" in told
    assert f"Request {own.pk}: Somebody else decides deposit {own.pk}: it is your own" in told
    assert f"Request {done.pk}: deposit {done.pk} is approved already" in told
    event = AuditEvent.objects.get(action="funding.decided", actor_name="vera")
    assert (event.face, event.after) == ("admin", {"approved": [asked.pk], "rejected": [], "refused": 2})


def test_what_is_refused_there_changes_nothing() -> None:
    vera = make.admin()
    own, done = make.deposit_request(vera), make.decided(make.deposit_request(), approve=False)
    before = picture.of_everything()
    for action in ("approve", "reject"):
        assert "Request" in act(vera, action, own, done)
    assert picture.of_everything() == before


def test_a_rejected_withdrawal_is_back_in_the_wallet() -> None:
    ann = make.approved_deposit().requested_by
    request = make.withdrawal_request(ann, 400)
    assert act(make.admin(), "reject", request) == "Rejected: 1"
    assert balance_of(request) == 1000


def test_rows_are_neither_added_nor_edited_nor_deleted_there() -> None:
    vera = make.admin()
    request = make.deposit_request()
    client, before = browser(vera), picture.of_everything()
    assert client.get(PAGE).status_code == 200
    page = client.get(f"{PAGE}{request.pk}/change/")
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.post(f"{PAGE}{request.pk}/change/", {"amount_minor": 1}).status_code == 403
    assert client.post(f"{PAGE}{request.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{PAGE}add/").status_code == 403
    assert "delete_selected" not in client.get(PAGE).content.decode()
    act(vera, "delete_selected", request)
    assert picture.of_everything() == before


def test_others_do_not_get_in() -> None:
    request = make.deposit_request()
    before = picture.of_everything()
    for user in (request.requested_by, make.auditor(), make.manager(make.store())):
        chosen = {"action": "approve", "_selected_action": [request.pk], "index": "0"}
        assert browser(user).post(PAGE, chosen).status_code == 302
    request.refresh_from_db()
    assert request.state == "pending"
    assert picture.of_everything()["books_posting"] == before["books_posting"]


def test_more_rows_take_no_more_queries_of_the_list() -> None:
    client = browser(make.admin())

    def queries() -> int:
        make.approved_deposit()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    first = queries()
    assert [queries() for _ in range(4)] == [first] * 4
