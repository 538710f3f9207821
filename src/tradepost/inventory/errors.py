"""Refusals of stores and stock. Each leaves goods, money and documents as they were."""

from tradepost.lib.errors import Invalid, Missing, Refused


class NoSuchMovement(Missing):
    """A stock movement that does not exist, or is of a store the actor does not read."""

    code = "no_such_movement"
    title = "There is no such stock movement"


class UnknownMovementType(Invalid):
    """A movement that is neither in, nor out, nor a removal."""

    code = "unknown_movement_type"
    title = "A movement is IN, OUT or REM"


class NoteTooLong(Invalid):
    """A note that does not fit on the document."""

    code = "note_too_long"
    title = "A note has at most 200 characters"


class MovementNotApplied(Refused):
    """A movement that has not moved anything, to be reversed. Details: `state`."""

    code = "movement_not_applied"
    title = "This movement has moved nothing"


class NeverApplied(Refused):
    """A queued movement whose job came to its end without it; the movement's `detail` says how."""

    code = "never_applied"
    title = "The job that was to apply this movement failed"
