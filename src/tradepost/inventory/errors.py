"""Refusals of stores and stock. Each leaves goods, money and documents as they were."""

from typing import Any

from tradepost.lib.errors import Invalid, Missing, Refused


class NoSuchMovement(Missing):
    """A stock movement that does not exist, or is of a store the actor does not read."""

    code = "no_such_movement"
    title = "There is no such stock movement"


class UnknownMovementType(Invalid):
    """A movement that is neither in, nor out, nor a removal."""

    code = "unknown_movement_type"
    title = "A movement is IN, OUT or REM"


class MovementNotApplied(Refused):
    """A movement that has not moved anything, to be reversed. Details: `state`."""

    code = "movement_not_applied"
    title = "This movement has moved nothing"


class MovementAskedBefore(Refused):
    """A movement that waits for a worker, asked for again; or one that was applied, to be queued.

    Details: `number`, `state`, `job` (null for one that was never queued).
    """

    code = "movement_asked_before"
    title = "This movement was asked for before"


class MovementRefused(Refused):
    """A movement that a worker refused, asked for again: the code and the sentence are those it was refused with.

    Details: `number`, `refusal` (the code).
    """

    code = "movement_refused"
    title = "This movement was refused before"

    def __init__(self, message: str = "", *, refusal: str = "", **details: Any) -> None:
        super().__init__(message, refusal=refusal, **details)
        self.code = refusal or self.code


class NeverApplied(Refused):
    """A queued movement whose job came to its end without it; the movement's `detail` says how."""

    code = "never_applied"
    title = "The job that was to apply this movement failed"


class NoSuchTransfer(Missing):
    """A transfer that does not exist, or between stores the actor reads neither of."""

    code = "no_such_transfer"
    title = "There is no such transfer"


class SameStore(Invalid):
    """A transfer from a store to itself."""

    code = "same_store"
    title = "A transfer goes to another store"


class MoreThanSent(Refused):
    """More than is on its way. Details: `product_id`; `on_its_way` and `asked`, in steps."""

    code = "more_than_sent"
    title = "That many are not on their way"


class NoSuchStocktake(Missing):
    """A stocktake that does not exist, or of a store the actor does not read."""

    code = "no_such_stocktake"
    title = "There is no such stocktake"


class StocktakeGoesOn(Refused):
    """A second stocktake in a store where one is open. Details: `number`, that of the open one."""

    code = "stocktake_goes_on"
    title = "Another stocktake of this store is open"


class StocktakeClosed(Refused):
    """A change to a stocktake that was applied or cancelled before. Details: `number`, `state`."""

    code = "stocktake_closed"
    title = "This stocktake is closed"


class NotCounted(Missing):
    """A product to be taken out of a stocktake that it is not in."""

    code = "not_counted"
    title = "This product was not counted"


class NothingCounted(Refused):
    """A stocktake without a line, to be applied."""

    code = "nothing_counted"
    title = "Nothing was counted"


class CountBelowZero(Invalid):
    """Fewer than none were counted."""

    code = "count_below_zero"
    title = "A count is zero or more"


class NoSuchLevel(Missing):
    """A stock level that does not exist, or is of a store the actor does not read."""

    code = "no_such_level"
    title = "There is no such stock level"


class StoreInUse(Refused):
    """A store to be archived with goods in it or something under way. Details: `products`, `stocktake`, `transfers`."""

    code = "store_in_use"
    title = "Goods stand in this store, or something is under way"


class ProductOnShelves(Refused):
    """A product to be archived of which some is left. Details: `product_id`, `available` in steps, `stores` (ids)."""

    code = "product_on_shelves"
    title = "There is still some of this product"


class NotOnShelves(Refused):
    """A reorder level for goods that are on no shelf: a product of money alone, or one that was archived."""

    code = "not_on_shelves"
    title = "This product is not kept on shelves"


class NoSuchAlert(Missing):
    """An alert that does not exist, or is of a store the actor does not read."""

    code = "no_such_alert"
    title = "There is no such alert"
