"""Digests: what makes a changed row nameable.

A posting's digest is SHA-256 over its content by ids, then the CRC-32 of every transfer and movement as stored, the
values after them included. A run's seal is 8 bytes of id and 8 of BLAKE2b for every stored row, and its digest chains
those seals to the run before it. Changing a row breaks its CRC and its seal; changing those too breaks the chain.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b, sha256
from struct import pack, unpack_from
from typing import Any
from zlib import crc32

CONTENT_BYTES, ROW_BYTES, SEAL_BYTES = 32, 4, 16
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Row = Sequence[Any]


def content_digest(key: str, kind: str, actor_id: int, at: datetime, memo: str, rows: Sequence[str]) -> bytes:
    """SHA-256 of what was asked for: the head and, in order, each transfer and movement by ids and amount."""
    head = f"{key}\x1f{kind}\x1f{actor_id}\x1f{(at - EPOCH) // MICROSECOND}\x1f{memo}\x1e"
    return sha256((head + "\x1e".join(rows)).encode()).digest()


def row_checks(rows: Iterable[str]) -> bytes:
    """Four bytes for each stored row, in order."""
    return b"".join([crc32(row.encode()).to_bytes(ROW_BYTES, "big") for row in rows])


def changed_rows(checks: bytes, rows: Sequence[str]) -> list[int]:
    """The positions of rows that no longer match their four bytes; a position past the checks is an added row."""
    now = row_checks(rows)
    return [i for i in range(len(rows)) if now[i * 4 : i * 4 + 4] != checks[i * 4 : i * 4 + 4]]


def seal_of(rows: Sequence[Row]) -> bytes:
    """The seal of stored rows whose first value is their id: id and hash of each, in the order given."""
    return b"".join([pack(">q", row[0]) + blake2b(repr(tuple(row)).encode(), digest_size=8).digest() for row in rows])


def unsealed(seal: bytes) -> dict[int, bytes]:
    """The hash by id of a seal."""
    return {unpack_from(">q", seal, i)[0]: seal[i + 8 : i + 16] for i in range(0, len(seal), SEAL_BYTES)}


def chain(previous: bytes, head: Sequence[int], seals: bytes) -> bytes:
    """The digest of a run: SHA-256 over the digest before it, its bounds, counts and sums, and its seals."""
    return sha256(previous + repr(tuple(head)).encode() + seals).digest()
