"""A program that calls the API, and things of the counter to call it about."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests import make
from tradepost.catalog.models import Product
from tradepost.lib import clock
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.places.models import Store
from tradepost.till import services as till
from tradepost.till.models import Adjustment, Return, Sale, StockEntry

T = TypeVar("T")
PROBLEM = "application/problem+json"


class Form(dict[str, Any]):
    """A body that is sent as a form, with the files in it."""


class Caller:
    """Somebody with a token, or a visitor. Answers are Django's test responses."""

    def __init__(self, user: User | None = None, *, token: str = "", quiet: bool = False) -> None:
        self.user = user
        self.token = token or (token_of(user) if user else "")
        headers = {"authorization": f"Token {self.token}"} if self.token else {}
        self.client = Client(headers=headers, raise_request_exception=not quiet)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/{path}", headers=headers)

    def post(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        return self.send("post", path, body, key=key, **headers)

    def put(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.send("put", path, body, key=key)

    def patch(self, path: str, body: Any = None, *, key: str = "") -> Any:
        return self.send("patch", path, body, key=key)

    def delete(self, path: str, *, key: str = "") -> Any:
        return self.send("delete", path, None, key=key)

    def send(self, method: str, path: str, body: Any = None, *, key: str = "", **headers: str) -> Any:
        given = {**headers, **({"idempotency-key": key} if key else {})}
        data = "" if body is None else body
        if isinstance(body, Form):
            form = encode_multipart(BOUNDARY, body)
            return self.client.generic(method.upper(), f"/api/{path}", form, MULTIPART_CONTENT, headers=given)
        call = getattr(self.client, method)
        return call(f"/api/{path}", data, content_type="application/json", headers=given)


def token_of(user: User, **options: Any) -> str:
    """The text of a fresh token."""
    actor = make.console() if options else make.actor(user)
    return people.issue_token(user, actor=actor, at=clock.now(), **options)[1]


def problem_of(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, which must be this one."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response.headers["Content-Type"] == PROBLEM
    problem: dict[str, Any] = response.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert {"type", "title", "detail", "instance", "request_id"} <= problem.keys()
    return problem


def stocked(store: Store, product: Product, steps: int = 100) -> StockEntry:
    """Goods on a store's shelf."""
    draft = till.EntryDraft(store.pk, [till.EntryItem(product.pk, steps)])
    return made(till.receive([draft], actor=make.console(), at=make.AT))


def sold(store: Store, product: Product, steps: int = 1, lines: int = 1, **fields: Any) -> Sale:
    """A sale at the counter."""
    draft = till.SaleDraft(store.pk, [till.SaleItem(product.pk, steps)] * lines, **fields)
    return made(till.ring_up([draft], actor=make.console(), at=make.AT))


def returned(sale: Sale, steps: int = 1) -> Return:
    """Something of a sale's first line that came back."""
    line = sale.lines.all()[0]
    draft = till.ReturnDraft(sale.store_id, [till.ReturnItem(steps, sale_line_id=line.pk)])
    return made(till.give_back([draft], actor=make.console(), at=make.AT))


def lost(store: Store, product: Product, steps: int = 1) -> StockEntry:
    """Goods written off."""
    draft = till.EntryDraft(store.pk, [till.EntryItem(product.pk, steps)], reason="broken")
    return made(till.write_off([draft], actor=make.console(), at=make.AT))


def adjusted(store: Store, amount_minor: int = -100) -> Adjustment:
    """A bad debt."""
    draft = till.AdjustmentDraft(store.pk, amount_minor, "never paid")
    return made(till.adjust([draft], actor=make.console(), at=make.AT))


def made(answers: Sequence[T | till.Refusal]) -> T:
    """The only answer, which must not be a refusal."""
    [answer] = answers
    assert not isinstance(answer, till.Refusal), answer
    return answer
