"""What the till refuses. Every refusal leaves goods, money and documents as they were."""

from tradepost.lib.errors import Invalid, Refused


class EmptyBasket(Invalid):
    """A sale, a return or a delivery without a line."""

    code = "empty_basket"
    title = "There is nothing in the basket"


class QuantityNotAboveZero(Invalid):
    """A line of zero or fewer."""

    code = "quantity_not_above_zero"
    title = "A quantity is above zero"


class AmountOutOfRange(Invalid):
    """An amount or a price below zero, or more than the books can hold."""

    code = "amount_out_of_range"
    title = "An amount is not below zero"


class ReasonNeeded(Invalid):
    """Something out of the ordinary without a word why."""

    code = "reason_needed"
    title = "This takes a reason"


class NotForSale(Refused):
    """A product that was archived."""

    code = "not_for_sale"
    title = "This product is no longer sold"


class NumberTaken(Refused):
    """A document number under which another content stands."""

    code = "number_taken"
    title = "Another document has this number"


class NotANumber(Invalid):
    """A number that no document can have: too long, or with characters that cannot be printed."""

    code = "not_a_document_number"
    title = "A number has at most 60 printable characters"


class TooLittleCash(Refused):
    """Less cash than the sale comes to. Details: `due_minor`, `received_minor`, `short_minor`."""

    code = "too_little_cash"
    title = "That is less than there is to pay"


class NothingLeftToReturn(Refused):
    """More than is left of the line sold. Details: `product_id`; `sold`, `returned` and `asked`, in steps."""

    code = "nothing_left_to_return"
    title = "That many were not sold on this line, or were given back already"


class AlreadyReversed(Refused):
    """What was reversed before. Details: `number`, that of the reversal where it is known."""

    code = "already_reversed"
    title = "This was reversed before"


class NotReversible(Refused):
    """A reversal itself, which nothing reverses."""

    code = "not_reversible"
    title = "A reversal is not reversed; book anew what happened"
