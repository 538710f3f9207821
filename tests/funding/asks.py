"""What the tests of funding ask again and again."""

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.funding.models import FundsRequest


def held_by(request: FundsRequest) -> int:
    """What a withdrawal keeps aside."""
    return books.balance_of(chart.hold(f"funding:{request.pk}"))


def balance_of(request: FundsRequest) -> int:
    """What is on the account that the request is about."""
    return books.balance_of(request.account)


def assert_proved() -> None:
    """The books are what their journals make them."""
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences
