"""What the tests of prepaid ask again and again."""

from tests import make
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books import services as engine
from tradepost.books.services import Refusal
from tradepost.lib.actor import Actor
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import Seller
from tradepost.prepaid.services import ChargeItem, Sold

NUMBER = "+989121234567"
Answers = list[Sold | Refusal]


def item(seller: Seller, amount_minor: int = 100, number: str = NUMBER) -> ChargeItem:
    """A charge asked for: 1.00."""
    return ChargeItem(seller.pk, number, amount_minor)


def sell(*items: ChargeItem, by: Actor | None = None) -> Answers:
    """The answers to a list of charges, asked for by the console unless somebody is named."""
    return prepaid.sell_charges(items, actor=by or make.console(), at=make.AT)


def outcomes(answers: Answers) -> list[str]:
    """What became of each: the name of its refusal, or `sold`."""
    return [type(answer.error).__name__ if isinstance(answer, Refusal) else "sold" for answer in answers]


def balance_of(seller: Seller) -> int:
    """The seller's credit, in minor units."""
    return books.balance_of(chart.credit(seller.pk))


def assert_proved() -> None:
    """The books are what their journals make them."""
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences
