"""Where Egret itself may send requests: to the addresses in its settings, and to no other, whatever is sent to it.

Everything that goes out goes through here, so that no message, media id, redirect or token endpoint can make a server
of ours ask an address inside the city's network (OWASP: server-side request forgery). No redirect is followed, and no
answer is read beyond its bound.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable

import httpx

log = logging.getLogger("egret.egress")
MOST_BYTES = 16 * 1024 * 1024
"""More than anything that is fetched: media have at most 10 MB."""
_PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]


class ForbiddenAddressError(httpx.RequestError):
    """An address that no setting names; nothing was sent."""


class TooLongError(httpx.RequestError):
    """An answer longer than anything that is asked for."""


def origin_of(url: str | httpx.URL) -> Origin:
    """Scheme, host and port."""
    parsed = httpx.URL(url)
    return parsed.scheme, parsed.host, parsed.port or _PORTS.get(parsed.scheme)


class Egress(httpx.AsyncBaseTransport):
    """Lets requests out to the origins of some addresses."""

    def __init__(self, inner: httpx.AsyncBaseTransport, urls: Iterable[str]) -> None:
        self._inner = inner
        self._origins = {origin_of(url) for url in urls}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it. Raises ForbiddenAddressError; reading the answer raises TooLongError."""
        if origin_of(request.url) not in self._origins:
            log.warning("nothing is sent to %s: no setting names it", request.url.host)
            raise ForbiddenAddressError("no setting names this address", request=request)
        response = await self._inner.handle_async_request(request)
        if isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Bounded(response.stream, request)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._inner = inner
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for chunk in self._inner:
            read += len(chunk)
            if read > MOST_BYTES:
                raise TooLongError("longer than anything that is asked for", request=self._request)
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
