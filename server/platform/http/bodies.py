"""Bodies on their way: how many there are, how large, from whom, and by when each has to have arrived.

As plain ASGI middleware, around everything. What a body takes counts until its request has been answered, for it is
in memory or in a temporary file until then.
"""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.platform.kit.addresses import network_of
from server.platform.observability import metrics

BODY_SECONDS = 30.0
UPLOAD_SECONDS = 120.0
_UPLOADS = ("/uploads/", "/h5/evidence-form/", "/h5/disputes/", "/h5/records/")
"""Where files go, which take their time on a telephone."""
MOST = 512
MOST_OF_ONE = 48
"""Bodies of one address that are not whole."""
MOST_BYTES = 512 * 1024 * 1024
MOST_BYTES_OF_ONE = 160 * 1024 * 1024
"""Six scans of ten pages from one office at once."""
_SMALL = 64 * 1024
"""What is not counted in bytes: every request may have it."""


class Bodies:
    """Wraps `receive` of each request that has a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._coming = _Counts()
        self._bytes = _Counts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        client = scope["client"]
        body = _Body(self, network_of(client[0]) if client else "", scope["path"], receive)
        try:
            await self._app(scope, body.receive, send)
        finally:
            body.end()

    def begin(self, address: str) -> None:
        """One more that is not whole. Raises HTTPException (429)."""
        if self._coming.total >= MOST or self._coming.of(address) >= MOST_OF_ONE:
            _refuse("many")
        self._coming.add(address, 1)

    def whole(self, address: str) -> None:
        """One of them is whole, or given up."""
        self._coming.add(address, -1)

    def grow(self, address: str, count: int) -> None:
        """So many bytes more. Raises HTTPException (429)."""
        if self._bytes.total + count > MOST_BYTES or self._bytes.of(address) + count > MOST_BYTES_OF_ONE:
            _refuse("large")
        self._bytes.add(address, count)

    def free(self, address: str, count: int) -> None:
        """So many bytes less."""
        self._bytes.add(address, -count)


class _Counts:
    """A count by address, of those alone that have any, and of all."""

    def __init__(self) -> None:
        self.total = 0
        self._by: dict[str, int] = {}

    def of(self, address: str) -> int:
        """That of one."""
        return self._by.get(address, 0)

    def add(self, address: str, count: int) -> None:
        """So many more, or less."""
        self.total += count
        if now := self._by.get(address, 0) + count:
            self._by[address] = now
        else:
            del self._by[address]


class _Body:
    """One body: it begins when the application waits for it."""

    def __init__(self, bodies: Bodies, address: str, path: str, receive: Receive) -> None:
        self._bodies = bodies
        self._address = address
        self._receive = receive
        self._seconds = UPLOAD_SECONDS if path.startswith(_UPLOADS) else BODY_SECONDS
        self._until: float | None = None
        self._coming = False
        self._whole = False
        self._bytes = 0
        self._counted = 0

    async def receive(self) -> Message:
        """The next piece. Raises HTTPException: 408 where it is late, 429 where there is no room."""
        if self._whole:
            return await self._receive()
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._bodies.begin(self._address)
            self._coming, self._until = True, now + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            metrics.CONNECTIONS_REFUSED.labels("slow").inc()
            raise HTTPException(408, "The body did not arrive in time.", headers={"connection": "close"}) from None
        self._grow(len(message.get("body", b"")))
        if not message.get("more_body", False):
            self._whole = True
            self._arrived()
        return message

    def end(self) -> None:
        """The request is over."""
        self._arrived()
        if self._counted:
            self._bodies.free(self._address, self._counted)
            self._counted = 0

    def _grow(self, count: int) -> None:
        self._bytes += count
        more = max(0, self._bytes - _SMALL) - self._counted
        if more > 0:
            self._bodies.grow(self._address, more)
            self._counted += more

    def _arrived(self) -> None:
        if self._coming:
            self._coming = False
            self._bodies.whole(self._address)


def _refuse(why: str) -> None:
    metrics.CONNECTIONS_REFUSED.labels(why).inc()
    headers = {"retry-after": "10", "connection": "close"}
    raise HTTPException(429, "Too much is on its way from your address; try again in a moment.", headers=headers)
