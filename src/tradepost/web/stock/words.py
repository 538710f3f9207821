"""What movements are called on a page."""

from typing import NamedTuple


class Type(NamedTuple):
    """A kind of movement: what one does, what was done, its icon, and which way the level goes."""

    verb: str
    done: str
    icon: str
    sign: int


TYPES = {
    "IN": Type("Receive", "Received", "box-arrow-in-down", 1),
    "OUT": Type("Sell", "Sold", "box-arrow-up", -1),
    "REM": Type("Remove", "Removed", "trash", -1),
}
STATES = {"queued": "Queued", "applied": "Applied", "refused": "Refused"}
