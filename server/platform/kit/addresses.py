"""Whose address counts as one: bounds on strangers are by network address, and one household has many of IPv6."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from starlette.requests import HTTPConnection

_HOUSEHOLD = 64
"""Bits of an IPv6 address that a provider gives a household as a whole (RFC 6177)."""
_REMEMBERED = 4096


def address_of(connection: HTTPConnection) -> str:
    """Where a request came from, as a trusted proxy says; an IPv6 address as its network; empty where unknown."""
    return network_of(connection.client.host) if connection.client else ""


@lru_cache(_REMEMBERED)
def network_of(host: str) -> str:
    """The address that counts for a host."""
    try:
        address = ipaddress.ip_address(host.split("%", 1)[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _HOUSEHOLD), strict=False))
