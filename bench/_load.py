"""Load that costs next to nothing itself: one process, one epoll, requests rendered before the clock starts.

Each connection is kept and has one request under way, as a till's has. Whatever is not answered as it should be is
counted, so a figure never rests on refusals.
"""

import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
CHUNK = 1 << 20
GIVE_UP_S = 60


@dataclass(slots=True)
class Load:
    """What a run of requests came to. `own_cpu_s` is what the generator itself took."""

    seconds: float = 0.0
    own_cpu_s: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """Requests answered."""
        return len(self.milliseconds)

    @property
    def a_second(self) -> float:
        """Requests answered a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """The milliseconds that so many percent of the answers did not exceed."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, round((len(ordered) - 1) * percent / 100))] if ordered else 0.0


def rendered(method: str, path: str, token: str, body: bytes = b"", key: str = "") -> bytes:
    """The bytes of one request, as a program with a token sends it."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Authorization: Token {token}", "Accept: application/json"]
    if key:
        lines.append(f"Idempotency-Key: {key}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Line:
    """One connection: what was sent when, and what has come of the answer so far."""

    __slots__ = ("got", "needs", "sent_at", "socket")

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((HOST, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""
        self.needs = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.got, self.needs = b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Take what has come; whether that completes the answer. Raises ConnectionError where the server hung up."""
        part = self.socket.recv(CHUNK)
        if not part:
            raise ConnectionError("the server hung up")
        self.got = self.got + part if self.got else part
        if not self.needs:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = self.got[:end].lower()
            start = head.find(b"content-length: ") + 16
            self.needs = end + 4 + int(head[start:].split(b"\r\n", 1)[0])
        return len(self.got) >= self.needs


def press(port: int, requests: Iterator[bytes], connections: int, seconds: float, wanted: bytes, times: int) -> Load:
    """Send for so long over so many connections, or until the requests run out; every answer is waited for.

    Each must contain `wanted` so many times. Raises RuntimeError where the server falls silent.
    """
    lines = {line.socket.fileno(): line for line in (_Line(port) for _ in range(connections))}
    poll, load = select.epoll(), Load()
    for number, line in lines.items():
        poll.register(number, select.EPOLLIN)
        line.send(next(requests))
    cpu, started = time.process_time(), time.perf_counter()
    stop, open_ = started + seconds, connections
    while open_:
        events = poll.poll(GIVE_UP_S)
        if not events:
            raise RuntimeError("the server fell silent")
        for number, _ in events:
            line = lines[number]
            if not line.receive():
                continue
            now = time.perf_counter()
            load.milliseconds.append((now - line.sent_at) * 1000)
            if line.got.count(wanted) != times:
                load.wrong[line.got[:1200].decode(errors="replace")] += 1
            if now < stop and (request := next(requests, None)):
                line.send(request)
            else:
                open_ -= 1
    load.seconds, load.own_cpu_s = time.perf_counter() - started, time.process_time() - cpu
    for line in lines.values():
        line.socket.close()
    poll.close()
    return load
