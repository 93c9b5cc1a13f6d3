"""Networks as settings name them, and whether an address is in one or open to everybody."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK = tuple(ipaddress.ip_network(one) for one in ("127.0.0.0/8", "::1/128"))
_TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("2002::/16", "2001::/32"))
"""IPv6 that stands for an IPv4 address (RFC 3056, 4380), which may be any."""
_DOCUMENTATION = ipaddress.IPv6Network("3fff::/20")
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that was ever given out (IANA); NAT64 and other translations stand outside."""


def named(text: str) -> list[str]:
    """The parts of a setting with commas between."""
    return [part.strip() for part in text.split(",") if part.strip()]


def is_network(text: str) -> bool:
    """Whether this is a network, such as `10.20.0.0/16`."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a setting. Raises ValueError."""
    return tuple(ipaddress.ip_network(one) for one in named(text))


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is in one of some networks."""
    return any(address.version == network.version and address in network for network in networks)


def is_allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is a public one, or in one of some networks; one in IPv6's clothes is seen through."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    plain = mapped or address
    if is_in(plain, networks):
        return True
    if isinstance(plain, ipaddress.IPv6Address) and plain not in _PUBLIC_IPV6:
        return False
    return plain.is_global and not plain.is_multicast and not is_in(plain, (*_TRANSLATED, _DOCUMENTATION))
