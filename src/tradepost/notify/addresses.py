"""Where a webhook may lead: out to the internet by https, never back into the house's own network.

A name is looked up when something is sent, since what it stands for may change; here is what can be said before.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from tradepost.notify.models import URL

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
TRANSLATED, TRANSLATED_HERE = ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48")


def fault_of(url: str) -> str:
    """Why nothing may be sent to this address, as a sentence; empty where it may."""
    if len(url) > URL:
        return f"At most {URL} characters."
    parts = _parts(url)
    if parts is None:
        return "An address such as https://example.com/hooks, without a login and without #."
    if parts.scheme == "http" and not settings.TRADEPOST_WEBHOOKS_INSIDE:
        return "An address that starts with https."
    literal = _literal(parts.hostname or "")
    if literal and not may_reach(literal):
        return "An address outside this network."
    return ""


def _parts(url: str) -> SplitResult | None:
    if not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        sound = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if sound and "@" not in parts.netloc and not parts.fragment else None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_reach(address: Address) -> bool:
    """Whether something may be sent to this machine: one of the internet, unless the house says otherwise."""
    return settings.TRADEPOST_WEBHOOKS_INSIDE or is_public(address)


def is_public(address: Address) -> bool:
    """Whether it is a machine of the internet, also by the address of version 4 that one of version 6 stands for."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
        if address.teredo or address in TRANSLATED_HERE:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)
