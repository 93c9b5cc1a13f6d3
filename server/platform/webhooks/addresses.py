"""Where events may go: https addresses that the operator registered, and only to a public network or a named one.

A name is looked up once for each connection, and the connection goes to what was found and checked, so that a name that
changes its address in between gains nothing (OWASP: server-side request forgery).
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from server.platform.kit.egress import ForbiddenAddressError
from server.platform.kit.networks import Address, Network, is_allowed
from server.platform.kit.safe_urls import is_safe

MOST_URL = 500


def url_fault(url: str, *, demo: bool) -> str | None:
    """What is wrong with an address to register, in a sentence; None where it is fit."""
    if len(url) > MOST_URL:
        return f"an address has at most {MOST_URL} characters"
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or any(c.isspace() for c in url):
        return "that is no address; write it as https://hooks.example.org/egret"
    if "@" in parts.netloc or parts.fragment:
        return "write the address without a user name, a password or a #"
    if parts.scheme != "https" and not (demo and is_safe(url)):
        return "the address has to begin with https://"
    return None


class NamedNetworks(httpx.AsyncBaseTransport):
    """Connects to public addresses and to those of some networks, whatever a name says."""

    def __init__(self, inner: httpx.AsyncBaseTransport, networks: Sequence[Network]) -> None:
        self._inner = inner
        self._networks = networks

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises ForbiddenAddressError, where a name leads to any address that is not allowed."""
        host = request.url.host
        found = await _look_up(host, request)
        if not all(is_allowed(address, self._networks) for address in found):
            raise ForbiddenAddressError("not a public address, nor of a network that is named", request=request)
        extensions = {**request.extensions, "sni_hostname": host}
        checked = httpx.Request(
            request.method,
            request.url.copy_with(host=str(found[0])),
            headers=request.headers,
            stream=request.stream,
            extensions=extensions,
        )
        return await self._inner.handle_async_request(checked)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


def transport_of(networks: Sequence[Network], authority: Path | None) -> httpx.AsyncBaseTransport:
    """What events are sent by; `authority` is a file with the certificate of a city's own authority."""
    context = ssl.create_default_context()
    if authority is not None:
        context.load_verify_locations(authority)
    # No connection is kept: two names at one address would share it, and only the first name was checked.
    fresh = httpx.Limits(max_keepalive_connections=0)
    return NamedNetworks(httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=fresh), networks)


async def _look_up(host: str, request: httpx.Request) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpx.ConnectError("the name has no address", request=request) from error
    return [ipaddress.ip_address(entry[4][0]) for entry in found]
