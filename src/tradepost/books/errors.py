"""What the books refuse. Every refusal of a draft leaves both journals as they were."""

from tradepost.lib.errors import Invalid, Refused


class InvalidDraft(Invalid):
    """A draft that could not be booked whatever the balances: nothing in it, a zero, a place to itself."""

    code = "invalid_posting"
    title = "This cannot be booked"


class InsufficientFunds(Refused):
    """An account would fall below its floor. Details: `account`, `available_minor`, `required_minor`, `short_minor`."""

    code = "insufficient_funds"
    title = "There is not enough money on the account"


class InsufficientStock(Refused):
    """A shelf would fall below zero. Details: `product_id`, `place`, `available`, `required`, `short`, in steps."""

    code = "insufficient_stock"
    title = "There is not enough on the shelf"


class KeyReused(Refused):
    """A key that already stands in the journal came with another content."""

    code = "posting_key_reused"
    title = "This was booked before with another content"


class FloorAboveBalance(Refused):
    """A limit was to be drawn tighter than the debt that already stands."""

    code = "limit_below_debt"
    title = "The present debt is above that limit"
