"""Somebody's program that hears webhooks: a real server in a thread, which answers as the test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

Answer = tuple[int, dict[str, str], bytes]
OK: Answer = (204, {}, b"")


class Heard(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def number(self) -> str:
        """Which delivery it is."""
        return self.headers["Tradepost-Delivery"]


class Receiver:
    """What was heard, in its order. `answer` is asked for each request."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heard: list[Heard] = []
        self.answer: Callable[[Heard], Answer] = lambda _: OK

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?shop=1"

    def says(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer everything like this from now on."""
        self.answer = lambda _: (status, headers, body)


@contextmanager
def receiving(port: int = 0, *, wrap: Callable[[ThreadingHTTPServer], None] = lambda _: None) -> Iterator[Receiver]:
    """A receiver at work as long as the block lasts."""
    receiver = Receiver(port)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard = Heard(self.path, dict(self.headers), body)
            receiver.heard.append(heard)
            status, headers, said = receiver.answer(heard)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing: a test prints nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Somebody hung up."""

    with Server(("127.0.0.1", port), Handler) as server:
        receiver.port = server.server_port
        wrap(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
