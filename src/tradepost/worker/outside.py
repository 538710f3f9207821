"""One POST to an address that somebody outside the house chose, with all that can go wrong on the way.

The name is looked up once, and the connection goes to the very address that was looked at: a name that answers
differently the second time leads nowhere else. No redirect is followed, no proxy is asked, the certificate must be the
host's, and the whole exchange is cut off after ten seconds, however slowly somebody answers.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from tradepost.notify import addresses
from tradepost.notify.services import Attempt

TIMEOUT_S = 10.0
MOST_BYTES = 1024
MOST_SHOWN = 120
PORTS = {"http": 80, "https": 443}
INSIDE = "This address leads into the house's own network, where nothing is sent"


class Unreachable(Exception):
    """Nothing was sent, for a reason that can be told."""


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Attempt:
    """Send it and tell what came of it; never raises."""
    started = time.monotonic()
    status, comment = None, ""
    try:
        if fault := addresses.fault_of(url):
            raise Unreachable(f"Nothing is sent to such an address. {fault}")
        status, comment = _exchange(urlsplit(url), body, headers, started + TIMEOUT_S)
    except Unreachable as error:
        comment = str(error)
    except ssl.SSLCertVerificationError as error:
        comment = f"The certificate does not hold: {error.verify_message}"
    except TimeoutError:
        comment = _no_answer()
    except http.client.HTTPException:
        comment = "What answered does not speak HTTP"
    except OSError as error:
        comment = f"There was no connection: {error.strerror or error}"
    return Attempt(status, round((time.monotonic() - started) * 1000), comment)


def _exchange(parts: SplitResult, body: bytes, headers: Mapping[str, str], deadline: float) -> tuple[int, str]:
    """The status, and where it is no success what can be said of it."""
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    connection = _Pinned(host, port, _addresses_of(host, port), deadline, is_secret=parts.scheme == "https")
    cut = threading.Timer(max(deadline - time.monotonic(), 0), connection.cut)
    cut.daemon = True
    cut.start()
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        if connection.is_cut:
            raise TimeoutError  # of what ends in the middle a part may look like all of it
        return response.status, "" if 200 <= response.status < 300 else _comment(response)
    except (OSError, http.client.HTTPException):
        if connection.is_cut:
            raise TimeoutError from None
        raise
    finally:
        cut.cancel()
        connection.close()


def _comment(response: http.client.HTTPResponse) -> str:
    try:
        said = response.read(MOST_BYTES)
    except (OSError, http.client.HTTPException):
        said = b""  # the status says enough
    text = "".join(sign for sign in said.decode(errors="replace") if sign.isprintable()).strip()[:MOST_SHOWN]
    reason = "".join(sign for sign in response.reason if sign.isprintable())[:40]
    kind = "It leads elsewhere, which is not followed" if 300 <= response.status < 400 else "The receiver refused it"
    return f"{kind}: {response.status} {reason}{f', {text}' if text else ''}"


def _no_answer() -> str:
    return f"There was no answer within {TIMEOUT_S:.0f} seconds"


def _addresses_of(host: str, port: int) -> list[str]:
    """What the name stands for, all of it outside the house. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Unreachable(f"The name {host[:80]} leads nowhere") from None
    known = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if not all(addresses.may_reach(ip_address(one.partition("%")[0])) for one in known):
        raise Unreachable(INSIDE)
    return known


class _Pinned(http.client.HTTPConnection):
    """A connection to one of these addresses and no other, however the host is called."""

    def __init__(self, host: str, port: int, known: list[str], deadline: float, *, is_secret: bool) -> None:
        super().__init__(host, port)
        self.default_port = PORTS["https" if is_secret else "http"]
        self.known, self.deadline, self.is_secret, self.is_cut = known, deadline, is_secret, False
        self._line: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the first of the addresses that lets one in; over TLS its certificate must be the host's."""
        line = self._reach()
        self._line = line.dup()  # TLS takes the other one over
        line.settimeout(self._left())
        self.sock = (
            ssl.create_default_context().wrap_socket(line, server_hostname=self.host) if self.is_secret else line
        )

    def _reach(self) -> socket.socket:
        failure = OSError("no address")
        for address in self.known:
            try:
                return socket.create_connection((address, self.port), self._left())
            except OSError as error:
                failure = error
        raise failure

    def _left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def cut(self) -> None:
        """End it now, whatever it waits for."""
        self.is_cut = True
        if self._line:
            with suppress(OSError):  # it may have ended by itself
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of both ends."""
        super().close()
        if self._line:
            self._line.close()
