"""What deliveries, losses and what takes them back are called on a page."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of entry: the document, what was done, and the tone of it."""

    title: str
    done: str
    tone: str


ENTRIES = {
    "received": Kind("Delivery", "Received", "tp-ok tp-quiet"),
    "written_off": Kind("Write-off", "Written off", "tp-warn"),
    "sent_back": Kind("Delivery sent back", "Sent back", "tp-warn"),
    "found_again": Kind("Loss found again", "Found again", "tp-ok tp-quiet"),
}
