"""What can be wrong with sellers and their sales."""

from tradepost.lib.errors import Invalid, Missing, Refused


class NoSuchSeller(Missing):
    """There is no such seller, or it is not the actor's to know of."""

    code = "no_such_seller"
    title = "There is no such seller"


class SellerInactive(Refused):
    """The seller is not active: nothing is sold and no credit asked for until an administrator says otherwise."""

    code = "seller_inactive"
    title = "This seller is not active"


class InsufficientCredit(Refused):
    """The seller's credit does not reach.

    Details: `available_balance_minor`, `required_amount_minor`, `shortage_minor`.
    """

    code = "insufficient_credit"
    title = "Insufficient balance"


class LoginTaken(Refused):
    """The login acts for another seller already."""

    code = "login_taken"
    title = "This login acts for another seller"


class SellerHasHistory(Refused):
    """Something was asked for, credited or sold: the seller can be made inactive, not deleted."""

    code = "seller_has_history"
    title = "A seller with history is not deleted"


class ChargeNotAboveZero(Invalid):
    """A charge of nothing, of less, or of more than the books can hold."""

    code = "charge_not_above_zero"
    title = "A charge is above zero"
