"""Where events may go: https addresses that the operator registered, and only to a public network or a named one.

A name is looked up once for each connection, and the connection goes to what was found and checked, so that a name that
changes its address in between gains nothing (OWASP: server-side request forgery).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from server.platform.kit.egress import ForbiddenAddressError
from server.platform.kit.networks import Address, Network, is_allowed
from server.platform.kit.safe_urls import is_safe

MOST_URL = 500
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", re.ASCII)
_LOOK_UPS = 8
_MOST_ADDRESSES = 3
"""Addresses of one name that are tried."""


def url_fault(url: str, *, demo: bool) -> str | None:
    """What is wrong with an address to register, in a sentence; None where it is fit."""
    if len(url) > MOST_URL:
        return f"an address has at most {MOST_URL} characters"
    try:
        parts = urlsplit(url)
        fits = bool(parts.hostname) and (parts.port or 1) > 0 and _is_name(httpx.URL(url).raw_host)
    except (ValueError, httpx.InvalidURL):
        fits = False
    if not fits or not url.isascii() or any(c.isspace() for c in url):
        return "that is no address; write it as https://hooks.example.org/egret"
    if "@" in parts.netloc or parts.fragment:
        return "write the address without a user name, a password or a #"
    if parts.scheme != "https" and not (demo and is_safe(url)):
        return "the address has to begin with https://"
    return None


def _is_name(host: bytes) -> bool:
    """Whether a host is an IP address or a name that can be one (RFC 1123)."""
    text = host.decode("ascii").strip("[]")
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.rstrip(".").split(".")
        return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return True


class UnknownNameError(httpx.ConnectError):
    """A name without an address."""


class NamedNetworks(httpx.AsyncBaseTransport):
    """Connects to public addresses and to those of some networks, whatever a name says."""

    def __init__(self, inner: httpx.AsyncBaseTransport, networks: Sequence[Network]) -> None:
        self._inner = inner
        self._networks = networks
        self._names = ThreadPoolExecutor(_LOOK_UPS, "webhook-names")
        """Of its own: names that are not answered hold up no other look-up of this process."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises ForbiddenAddressError, where a name leads to any address that is not allowed."""
        host = request.url.raw_host.decode("ascii")
        found = await self._look_up(host, request)
        if not all(is_allowed(address, self._networks) for address in found):
            raise ForbiddenAddressError("not a public address, nor of a network that is named", request=request)
        for address in found[:-1]:
            with contextlib.suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._inner.handle_async_request(_pinned(request, host, address))
        return await self._inner.handle_async_request(_pinned(request, host, found[-1]))

    async def aclose(self) -> None:
        """Close every connection."""
        self._names.shutdown(wait=False, cancel_futures=True)
        await self._inner.aclose()

    async def _look_up(self, host: str, request: httpx.Request) -> list[Address]:
        ask = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._names, ask)
        except (OSError, ValueError) as error:
            raise UnknownNameError("the name has no address", request=request) from error
        return list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))[:_MOST_ADDRESSES]


def _pinned(request: httpx.Request, host: str, address: Address) -> httpx.Request:
    """The same request to one address; the certificate has to be the name's all the same."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


def transport_of(networks: Sequence[Network], authority: Path | None) -> httpx.AsyncBaseTransport:
    """What events are sent by; `authority` is a file with the certificate of a city's own authority."""
    context = ssl.create_default_context()
    if authority is not None:
        context.load_verify_locations(authority)
    # No connection is kept: two names at one address would share it, and only the first name was checked.
    fresh = httpx.Limits(max_keepalive_connections=0)
    return NamedNetworks(httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=fresh), networks)
