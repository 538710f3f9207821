"""From a refusal to what a person reads: what was refused, the figures, and the status of the answer."""

from dataclasses import dataclass, field

from tradepost.books.errors import FloorAboveBalance, InsufficientFunds, InsufficientStock
from tradepost.catalog import queries as catalog
from tradepost.intake.errors import KeyMismatch
from tradepost.inventory.errors import MoreThanSent
from tradepost.lib import money, quantity
from tradepost.lib.errors import Busy, Denied, Invalid, Missing, Refused, TradepostError
from tradepost.middleware import current_request_id
from tradepost.people.errors import SecondFactorNeeded, TooManyAttempts
from tradepost.prepaid.errors import InsufficientCredit
from tradepost.rates import TooManyRequests
from tradepost.till.errors import NothingLeftToReturn, TooLittleCash

STATUS = (
    (KeyMismatch, 422),
    (TooManyAttempts, 429),
    (TooManyRequests, 429),
    (SecondFactorNeeded, 401),
    (Busy, 503),
    (Missing, 404),
    (Denied, 403),
    (Refused, 409),
    (Invalid, 400),
)
CREDIT = {
    "required_amount_minor": "This charge",
    "available_balance_minor": "Credit left",
    "shortage_minor": "Short by",
}
SHELF = {"required": "Asked for", "available": "On the shelf", "short": "Short by"}
TRANSIT = {"asked": "Asked for", "on_its_way": "On its way"}
ICONS = {403: "lock", 404: "signpost-split", 409: "x-octagon", 429: "hourglass-split", 503: "hourglass-split"}


@dataclass(frozen=True, slots=True)
class Note:
    """A refusal in words: a title, perhaps a sentence, figures as (label, value), and the code for support."""

    title: str
    text: str
    code: str
    request_id: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    icon: str = "x-octagon"


def status_of(error: TradepostError) -> int:
    """The HTTP status a refusal answers with."""
    return next((status for family, status in STATUS if isinstance(error, family)), 400)


def note_of(error: TradepostError) -> Note:
    """The refusal as it is shown, with the figures that explain it."""
    text = error.message if error.message != error.title else ""
    facts: list[tuple[str, str]] = []
    if isinstance(error, InsufficientStock):
        text, facts = _goods(error, SHELF)
    elif isinstance(error, MoreThanSent) and "product_id" in error.details:
        text, facts = _goods(error, TRANSIT)
    elif isinstance(error, InsufficientFunds):
        text, facts = (
            "",
            _amounts(error, {"required_minor": "Needed", "available_minor": "There", "short_minor": "Short by"}),
        )
    elif isinstance(error, TooLittleCash):
        text, facts = (
            "",
            _amounts(error, {"due_minor": "To pay", "received_minor": "Received", "short_minor": "Short by"}),
        )
    elif isinstance(error, InsufficientCredit):
        text, facts = "", _amounts(error, CREDIT)
    elif isinstance(error, FloorAboveBalance):
        text, facts = "", [("Debt now", money.show(-error.details["balance_minor"]))]
    elif isinstance(error, NothingLeftToReturn):
        text = ""
    icon = ICONS.get(status_of(error), "x-octagon")
    title = "Not enough credit" if isinstance(error, InsufficientCredit) else error.title
    return Note(title, text, error.code, current_request_id(), facts, icon)


def _amounts(error: TradepostError, names: dict[str, str]) -> list[tuple[str, str]]:
    return [(label, money.show(error.details[name])) for name, label in names.items() if name in error.details]


def _goods(error: TradepostError, names: dict[str, str]) -> tuple[str, list[tuple[str, str]]]:
    """The product by name, and quantities of it in its own unit."""
    product = catalog.by_id([error.details["product_id"]]).get(error.details["product_id"])
    decimals, unit = (product.decimals, product.unit) if product else (0, "piece")
    suffix = "" if unit == "piece" else f" {unit}"
    facts = [(label, quantity.plain(error.details[name], decimals) + suffix) for name, label in names.items()]
    return product.name if product else "", facts
