"""The chart of accounts and places: codes of ids, never of names or numbers of people. `~` marks an unbounded account.

An account or place opens at its first use; which kinds there are, and which of them are bounded, is decided here alone.
"""

from tradepost.lib.errors import Invalid
from tradepost.lib.numbers import id_written

BOUNDED_ACCOUNTS = frozenset({"wallet", "hold", "credit"})
UNBOUNDED_ACCOUNTS = frozenset({"~bank", "~issued", "~phone", "~cash", "~revenue", "~stock", "~loss", "~baddebt"})
BOUNDED_LOCATIONS = frozenset({"store", "stall", "outbound", "transit"})
UNBOUNDED_LOCATIONS = frozenset({"world"})
MAX_CODE = 60

BANK, ISSUED, BAD_DEBT = "~bank", "~issued", "~baddebt"
SUPPLIER_WORLD, CUSTOMER_WORLD, LOSS_WORLD = "world:supplier", "world:customer", "world:loss"


class UnknownCode(Invalid):
    """A code that stands for nothing in the chart of accounts or places."""

    code = "unknown_account_code"
    title = "This account or place is not in the chart"


def cash(store_id: int) -> str:
    """The drawer of a store, unbounded: minus what it took."""
    return f"~cash:{store_id}"


def revenue(store_id: int) -> str:
    """What a store sold for, less what it gave back."""
    return f"~revenue:{store_id}"


def stock_value(store_id: int) -> str:
    """The value that left a store's shelves as loss, at cost."""
    return f"~stock:{store_id}"


def loss(store_id: int) -> str:
    """What a store lost, at cost."""
    return f"~loss:{store_id}"


def wallet(user_id: int) -> str:
    """What a person has on account; bounded at 0."""
    return f"wallet:{user_id}"


def hold(document: str) -> str:
    """What a document (`app:number`) keeps aside until it is decided; bounded at 0."""
    return f"hold:{document}"


def credit(seller_id: int) -> str:
    """What a seller may still sell for; bounded, its floor minus the seller's limit."""
    return f"credit:{seller_id}"


def phone(phone_number_id: int) -> str:
    """A phone number, unbounded: its balance is all that was ever charged to it."""
    return f"~phone:{phone_number_id}"


def store(store_id: int) -> str:
    """The shelves of a store."""
    return f"store:{store_id}"


def transit(transfer_id: int) -> str:
    """The goods of a transfer on their way from one store to another; bounded, so no more arrives than was sent."""
    return f"transit:{transfer_id}"


def store_of(place: str) -> int | None:
    """The id of the store whose shelves a place is; None for every other place."""
    kind, _, number = place.partition(":")
    return id_written(number) if kind == "store" and number.isascii() else None


def account_kind(code: str) -> str:
    """The kind of an account code. Raises UnknownCode."""
    kind = code.partition(":")[0]
    if (kind not in BOUNDED_ACCOUNTS and kind not in UNBOUNDED_ACCOUNTS) or len(code) > MAX_CODE:
        raise UnknownCode(f"{code[:MAX_CODE]!r} is no account of the chart")
    return kind


def location_kind(code: str) -> str:
    """The kind of a place code. Raises UnknownCode."""
    kind = code.partition(":")[0]
    if (kind not in BOUNDED_LOCATIONS and kind not in UNBOUNDED_LOCATIONS) or len(code) > MAX_CODE:
        raise UnknownCode(f"{code[:MAX_CODE]!r} is no place goods can be")
    return kind


def is_unbounded_account(code: str) -> bool:
    """Whether the account has no floor and no kept balance."""
    return code.startswith("~")


def is_bounded_location(code: str) -> bool:
    """Whether the place has shelves that can run empty."""
    return code.partition(":")[0] in BOUNDED_LOCATIONS
