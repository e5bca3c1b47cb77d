"""Where a request comes from, as far as it can be believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of(request: HttpRequest) -> str:
    """The visitor's address as text; empty where there is none (a socket of the machine itself).

    Each proxy of ours adds whom it heard from at the right end of `X-Forwarded-For`, so with TRUSTED_PROXIES of
    them the visitor stands so many places from the right. Whatever stands further left the visitor wrote,
    and is not read. Without proxies, or with fewer entries than proxies, it is the other end of the connection.
    """
    direct = _read(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES > 0:
        said = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(said) >= settings.TRUSTED_PROXIES:
            found = _read(said[-settings.TRUSTED_PROXIES])
            if found is not None:
                return str(found)
    return "" if direct is None else str(direct)


def household(address: str) -> str:
    """What is counted as one visitor: an IPv4 address, or the /64 of an IPv6 address, which one machine may roam in."""
    found = _read(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return "" if found is None else str(found)


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of these networks (CIDR). No address lies in none."""
    found = _read(address)
    return found is not None and any(
        found.version == network.version and found in network
        for network in (ipaddress.ip_network(text, strict=False) for text in networks)
    )


def _read(text: str) -> Address | None:
    """The address of a text such as 192.0.2.7, 192.0.2.7:443, [2001:db8::1]:443 or ::ffff:192.0.2.7."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
