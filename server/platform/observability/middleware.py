"""Around every request: its id, its line in the log, its numbers, its trace. As plain ASGI middleware."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.engine.execution import without_text
from server.platform.kit.json import JsonObject
from server.platform.observability import logs, metrics, requests
from server.platform.observability.flood import ACCESS
from server.platform.observability.traces import TRACES

log = logging.getLogger("egret.requests")
access = logging.getLogger(ACCESS)

_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})
"""Asked every few seconds by machines: a line only where the answer is bad."""


class Observed:
    """Knows requests by the template of their route; a path may hold a person's token."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._templates = {id(route): template for route, template in templates(routes)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        with requests.bound(requests.request_id(headers.get("x-request-id"))) as id:
            seen = _Seen(scope, send, id)
            with TRACES.span("request", traceparent=headers.get("traceparent")) as span:
                try:
                    await self._app(scope, receive, seen.send)
                except Exception as fault:
                    seen.status = 500
                    log.error("a request failed: %s", type(fault).__name__, exc_info=without_text(fault))
                    raise
                finally:
                    route = self._route(scope)
                    method = _method(scope)
                    if span is not None:
                        span.update_name(f"{method} {route}")
                        span.set_attributes({"http.route": route, "http.response.status_code": seen.status})
                    seen.tell(method, route)

    def _route(self, scope: Scope) -> str:
        return self._templates.get(id(scope.get("route")), metrics.OTHER)


class _Seen:
    """One request, from its first byte to its last."""

    def __init__(self, scope: Scope, send: Send, id: str) -> None:
        self._scope = scope
        self._send = send
        self._id = id
        self._began = time.perf_counter()
        self._streams = scope["type"] == "websocket"
        self.status = 499  # as proxies say where the client went away before any answer
        if not self._streams:
            metrics.IN_FLIGHT.inc()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["x-request-id"] = self._id
            self._streams = headers.get("content-type", "").startswith("text/event-stream")
        elif message["type"] == "websocket.accept":
            self.status = 101
        elif message["type"] == "websocket.close" and self.status == 499:
            self.status = 403
        await self._send(message)

    def tell(self, method: str, route: str) -> None:
        """Its line and its numbers."""
        taken = time.perf_counter() - self._began
        if self._scope["type"] == "http":
            metrics.IN_FLIGHT.dec()
        if not self._streams:
            metrics.of(metrics.REQUEST_SECONDS, route).observe(taken)
        metrics.of(metrics.RESPONSES, _area(route), f"{self.status // 100}xx").inc()
        if route in _QUIET and self.status < 500:
            return
        fields: JsonObject = {"method": method, "route": route, "status": self.status, "ms": round(taken * 1000, 1)}
        operation = self._scope.get("state", {}).get("operation")
        if operation is not None:
            fields["operation"] = operation
        access.log(logging.WARNING if self.status >= 500 else logging.INFO, "request", extra={logs.BOUNDED: fields})


def templates(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[BaseRoute, str]]:
    """Every route with its whole path template, those inside of others too."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        inner = route.routes if isinstance(route, Mount) else None
        yield route, f"{path}/*" if isinstance(route, Mount) else path
        yield from templates(inner or (), path)


def _area(route: str) -> str:
    return route.strip("/").partition("/")[0] or "home"


def _method(scope: Scope) -> str:
    method = scope.get("method", "SOCKET")
    return method if method in _METHODS or method == "SOCKET" else metrics.OTHER
