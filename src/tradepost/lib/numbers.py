"""Numbers of documents: short, hard to mistake, nobody's before. They are texts, and people read them out.

And the numbers of rows, as people write them.
"""

import secrets
from datetime import datetime

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]  # ten bits each
MAX_NUMBER = 60
MAX_ID = 2**63 - 1


def new_number(prefix: str, at: datetime) -> str:
    """A number nobody has: prefix, day and eight letters hard to mistake. A clash is refused by the database."""
    drawn = secrets.randbits(40)
    letters = f"{PAIRS[drawn >> 30]}{PAIRS[drawn >> 20 & 1023]}{PAIRS[drawn >> 10 & 1023]}{PAIRS[drawn & 1023]}"
    return f"{prefix}{at:%y%m%d}-{letters}"


def is_number(text: str) -> bool:
    """Whether a document may go by this: at most 60 printable characters; none at all asks for one to be made up."""
    return len(text) <= MAX_NUMBER and text.isprintable()


def id_written(text: str) -> int | None:
    """The number of a row that a text writes; None where it writes none that a row can have.

    The length comes first: Python reads no number of thousands of digits.
    """
    if len(text) > len(str(MAX_ID)) or not text.isdecimal() or not 0 < int(text) <= MAX_ID:
        return None
    return int(text)
