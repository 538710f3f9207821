"""What can be wrong with a request for money. Every refusal leaves the request and the books as they were."""

from tradepost.lib.errors import Denied, Invalid, Missing, Refused


class AmountNotAboveZero(Invalid):
    """A request for nothing, for less, or for more than the books can hold."""

    code = "amount_not_above_zero"
    title = "An amount is above zero"


class TooManyRequests(Invalid):
    """A list longer than one call takes."""

    code = "too_many_requests_at_once"
    title = "At most 1000 requests at a time"


class NoSuchRequest(Missing):
    """There is no such request, or it is not the actor's to know of."""

    code = "no_such_request"
    title = "There is no such request"


class AlreadyDecided(Refused):
    """The request was decided before. Details: `funds_request_id`, `state`."""

    code = "already_decided"
    title = "This request was decided before"


class OwnRequest(Denied):
    """Who asked, or who gains by it, wants to decide."""

    code = "own_request"
    title = "Nobody decides their own request"
