"""Where a webhook may lead: never into the house's own network, by no name, no number and no redirect."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socket import create_server

import pytest
from pytest_django import Settings

from tests.notify.receiver import Receiver, receiving
from tradepost.notify import addresses
from tradepost.notify.services import Attempt
from tradepost.worker import outside

HEADERS = {"Tradepost-Event": "ping", "Tradepost-Delivery": "1"}


def post(url: str) -> Attempt:
    return outside.post(url, b"{}", HEADERS)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
        "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:53aa:64c::", "64:ff9b:1::a00:1", "::7f00:1",
    ],
)  # fmt: skip
def test_no_address_inside_is_public(address: str) -> None:
    assert not addresses.is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet_are(address: str) -> None:
    assert addresses.is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "example.com/hook", "https://user:pw@example.com/",
        "https://user@example.com/", "https://example.com/#top", "https://example.com:0/", "https://example.com:x/",
        "https://example.com:70000/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1:8443/", "https://[::/",
        "https://exa mple.com/", "https://example.com/\r\nX: y", "https://münchen.example/", "javascript:alert(1)",
        "https://169.254.169.254/latest/meta-data/", "https://example.com/" + "a" * 500,
    ],
)  # fmt: skip
def test_such_an_address_is_refused_at_once(url: str) -> None:
    assert addresses.fault_of(url)
    assert post(url).status is None


def test_a_usual_address_is_taken() -> None:
    assert not addresses.fault_of("https://hooks.example.com:8443/a/b?token=c")


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_that_leads_inside_is_refused_when_it_is_sent_to(host: str) -> None:
    with receiving() as receiver:
        answer = post(f"https://{host}:{receiver.port}/")
        assert (answer.status, answer.comment) == (None, outside.INSIDE)
        assert not receiver.heard


def test_a_name_that_leads_nowhere_is_said() -> None:
    assert post("https://nowhere.invalid/").comment == "The name nowhere.invalid leads nowhere"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as inside:
        receiver.says(status, Location=inside.url)
        answer = post(receiver.url)
        assert answer.status == status
        assert answer.comment.startswith("It leads elsewhere, which is not followed: 30")
        assert not inside.heard
    assert len(receiver.heard) == 1


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(receiver.url).status == 204
        assert not proxy.heard


def test_of_a_long_answer_the_beginning_is_read(receiver: Receiver) -> None:
    receiver.says(500, b"x" * 10_000_000)
    answer = post(receiver.url)
    assert answer.comment == f"The receiver refused it: 500 Internal Server Error, {'x' * outside.MOST_SHOWN}"


@contextmanager
def dripping(every_s: float, piece: bytes) -> Iterator[str]:
    """A server that answers a little at a time, for ever."""
    stop = threading.Event()
    server = create_server(("127.0.0.1", 0))

    def drip() -> None:
        line, _ = server.accept()
        with line:
            while not stop.wait(every_s):
                try:
                    line.sendall(piece)
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    finally:
        stop.set()
        thread.join()
        server.close()


@pytest.mark.parametrize(("every_s", "piece"), [(60, b""), (0.05, b"H"), (0.05, b"HTTP/1.1 200 OK\r\nX: ")])
def test_who_answers_too_slowly_is_cut_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, every_s: float, piece: bytes
) -> None:
    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    monkeypatch.setattr(outside, "TIMEOUT_S", 0.5)
    with dripping(every_s, piece) as url:
        answer = post(url)
    assert answer.status is None
    assert answer.comment == "There was no answer within 0 seconds"


def test_what_does_not_speak_http_is_said(settings: Settings) -> None:
    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    with dripping(0.05, b"220 mail.example.com ESMTP\r\n") as url:
        assert post(url).comment == "What answered does not speak HTTP"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that only itself vouches for, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    fresh = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*fresh, *named, "-keyout", str(key), "-out", str(file)], check=True, capture_output=True)
    return file


@contextmanager
def over_tls(certificate: Path) -> Iterator[Receiver]:
    """A receiver that speaks TLS."""

    def wrap(server: ThreadingHTTPServer) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        server.socket = context.wrap_socket(server.socket, server_side=True)

    with receiving(wrap=wrap) as receiver:
        yield receiver


def test_the_certificate_must_hold_and_be_the_hosts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, certificate: Path
) -> None:
    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    with over_tls(certificate) as receiver:
        url = f"https://localhost:{receiver.port}/"
        unknown = post(url)
        assert (unknown.status, unknown.comment) == (None, "The certificate does not hold: self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert post(url).status == 204
        strange = post(f"https://127.0.0.1:{receiver.port}/")
        assert strange.status is None
        assert strange.comment.startswith("The certificate does not hold: IP address mismatch")
    assert len(receiver.heard) == 1
