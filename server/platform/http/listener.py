"""The bounds of the HTTP server itself, before the application is asked: connections, heads, pings.

Uvicorn with httptools has none of these. A proxy before it should have the same (`deploy/Caddyfile`); a client that
reaches the port without one meets them here. A connection whose request is not whole in time is closed.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from itertools import chain
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.platform.kit.addresses import network_of
from server.platform.observability import metrics

MOST_MESSAGE = 64 * 1024
"""Of a WebSocket, in bytes."""
MAX_HEAD = 16 * 1024
"""Request line and headers together, in bytes."""
MAX_HEADERS = 100
MAX_URL = 8 * 1024
HEAD_SECONDS = 10.0
MOST_CONNECTIONS = 12_000
"""Of one process."""
MOST_OF_ONE = 1000
"""Of one address that is no trusted proxy: a whole office may stand behind it."""
READ_SECONDS = 60.0
"""How long a reader may read nothing of its answer."""
MOST_FRAMES = 100
"""Pings, pongs and pieces of messages of one socket in ten seconds."""
_FRAMES_SECONDS = 10.0
_REFUSALS = {414: b"URI Too Long", 431: b"Request Header Fields Too Large", 408: b"Request Timeout"}
_TOLD = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Egret</title>
<p>这个地址打不开，什么都没有改变。请从首页重新进入；一直这样，请清除本站的 Cookie 后再试。
<p lang="en">This address cannot be opened. Nothing has changed. Please begin at the start page; if it stays like this,
clear this site’s cookies and try again.
<p><a href="/">Egret</a>
""".encode()
"""There is no application yet to make a page, and no language to make it in."""


class Connections:
    """How many are open, by where they are from; of proxies, which speak for many, in all alone."""

    def __init__(self, trusted_proxies: str) -> None:
        self._trusted = _networks(trusted_proxies)
        self._by: Counter[str] = Counter()
        self._total = 0

    def add(self, host: str) -> str | None:
        """Count one more and return what it is counted for; None where there is no room for it."""
        address = "" if self._is_proxy(host) else network_of(host)
        if self._total >= MOST_CONNECTIONS or (address and self._by[address] >= MOST_OF_ONE):
            return None
        self._by[address] += 1
        self._total += 1
        return address

    def remove(self, address: str) -> None:
        """One less."""
        self._total -= 1
        self._by[address] -= 1
        if not self._by[address]:
            del self._by[address]

    def _is_proxy(self, host: str) -> bool:
        if self._trusted is None:
            return True
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _networks(trusted: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network] | None:
    """The networks of proxies; None where everybody is one."""
    named = [one.strip() for one in trusted.split(",") if one.strip()]
    return None if "*" in named else [ipaddress.ip_network(one, strict=False) for one in named]


class BoundedHttp(HttpToolsProtocol):
    """HTTP whose head is bounded in size and time, and whose answers are read in time."""

    places = Connections("*")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._address: str | None = None
        self._head = 0
        self._in_head = True
        self._late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close at once where there is no room."""
        super().connection_made(transport)
        self._address = self.places.add(self.client[0] if self.client else "")
        if self._address is None:
            metrics.CONNECTIONS_REFUSED.labels("many").inc()
            transport.abort()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._come()
        self.resume_writing()
        if self._address is not None:
            self.places.remove(self._address)
            self._address = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The other side does not read; it has a minute."""
        super().pause_writing()
        if self._unread is None:
            self._await_reader()

    def _await_reader(self) -> None:
        left = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(READ_SECONDS, self._look_at_reader, left)

    def _look_at_reader(self, before: int) -> None:
        """A client that reads slowly goes on; one that reads nothing is closed."""
        if self.transport.get_write_buffer_size() < before:
            self._await_reader()
        else:
            self.transport.abort()

    def resume_writing(self) -> None:
        """It reads again."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head before it is parsed."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > MAX_HEAD:
            self._refuse(431)
        elif self._late is None and (self._head if self._in_head else self._is_answered):
            self._wait()

    @property
    def _is_answered(self) -> bool:
        """Whether what comes still is the body of a request that has its answer."""
        return self.cycle is not None and self.cycle.response_complete

    def on_message_begin(self) -> None:
        """A new request on the line."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """The head is whole: it is looked at before the application is."""
        self._come()
        self._in_head, self._head = False, 0
        if self.transport.is_closing():
            return
        length = len(self.url) + len(b"".join(chain.from_iterable(self.headers))) + 4 * len(self.headers)
        if len(self.url) > MAX_URL:
            self._refuse(414)
        elif length > MAX_HEAD or len(self.headers) > MAX_HEADERS:
            self._refuse(431)
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What follows is the next head."""
        self._come()
        if not self.transport.is_closing():
            super().on_message_complete()
        self._in_head, self._head = True, 0

    def on_body(self, body: bytes) -> None:
        """Nothing is kept of a request that was refused."""
        if not self.transport.is_closing():
            super().on_body(body)

    def handle_websocket_upgrade(self) -> None:
        """The socket counts on: its protocol gives the place back."""
        if self.transport.is_closing():
            return
        address, self._address = self._address, None
        self.resume_writing()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, BoundedSockets):
            protocol.place = None if address is None else (self.places, address)
            protocol.wait()

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _come(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _too_late(self) -> None:
        self._late = None
        if self._head:
            self._refuse(408)
        else:  # nothing was asked
            self.transport.close()

    def _refuse(self, status: int) -> None:
        if self.transport.is_closing():
            return
        metrics.CONNECTIONS_REFUSED.labels("slow" if status == 408 else "long").inc()
        head = b"HTTP/1.1 %d %s\r\nconnection: close\r\ncontent-type: text/html; charset=utf-8\r\n" % (
            status,
            _REFUSALS[status],
        )
        self.transport.write(head + b"content-length: %d\r\n\r\n" % len(_TOLD) + _TOLD)
        self.transport.close()


class BoundedSockets(WebSocketsSansIOProtocol):
    """WebSockets that begin in time, and that empty frames cannot keep busy."""

    place: tuple[Connections, str] | None = None

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._frames = 0
        self._since = 0.0
        self._late: asyncio.TimerHandle | None = None

    def wait(self) -> None:
        """Give the handshake its time."""
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def _too_late(self) -> None:
        if not self.handshake_complete:
            metrics.CONNECTIONS_REFUSED.labels("slow").inc()
            self.transport.abort()

    def _count(self) -> bool:
        """Whether one more frame that costs no budget may come; else the line is closed."""
        now = self.loop.time()
        if now - self._since > _FRAMES_SECONDS:
            self._since, self._frames = now, 0
        self._frames += 1
        if self._frames > MOST_FRAMES and not self.transport.is_closing():
            metrics.CONNECTIONS_REFUSED.labels("frames").inc()
            self.transport.abort()
        return self._frames <= MOST_FRAMES

    def handle_ping(self) -> None:
        """Answer a ping."""
        if self._count():
            super().handle_ping()

    def handle_pong(self, event: Any) -> None:
        """Take an answer to our own ping, or one without a ping."""
        if self._count():
            super().handle_pong(event)

    def handle_cont(self, event: Any) -> None:
        """Take a piece of a message; an empty one is counted too."""
        if self._count():
            super().handle_cont(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        if self._late is not None:
            self._late.cancel()
        if self.place is not None:
            connections, address = self.place
            connections.remove(address)
            self.place = None
        super().connection_lost(exc)


def server_config(app: ASGIApp, trusted_proxies: str = "127.0.0.1", **more: Any) -> uvicorn.Config:
    """Uvicorn within these bounds; proxies as addresses or networks, by commas. Raises ValueError."""
    http = type("Http", (BoundedHttp,), {"places": Connections(trusted_proxies)})
    given: dict[str, Any] = {
        "http": http,
        "ws": BoundedSockets,
        "ws_max_size": MOST_MESSAGE,
        "ws_per_message_deflate": False,  # each stream would keep a window of its own in memory
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "forwarded_allow_ips": trusted_proxies,
    }
    return uvicorn.Config(app, **(given | more))
