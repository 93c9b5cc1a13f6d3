"""Streams of `/graphql`: the protocol graphql-transport-ws over a WebSocket, and server-sent events.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md; for events, the distinct connections mode of
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Who listens is looked at again every minute.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from schema.context import Context
from schema.documents import DocumentError
from schema.errors import Refused
from schema.execution import Answer, coded, refused, stream
from schema.principal import Principal
from server.observe import metrics
from server.sessions import BadTokenError
from server.system import System
from server.web.asked import Asked, BadRequestError, bearer, content_of, find

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_STREAMS = 20
MOST_MESSAGE = 64 * 1024
MOST_SOCKETS = 5000
"""Of one process; more are told to come back later."""
_LOOK_SECONDS = 60.0
_BEAT_SECONDS = 20.0


class _CloseError(Exception):
    """The other side broke the protocol, or has to go."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Sockets:
    """How many WebSockets are open."""

    def __init__(self) -> None:
        self.open = 0


async def socket(websocket: WebSocket) -> None:
    """One WebSocket, from its handshake to its end."""
    sockets: Sockets = websocket.app.state.sockets
    if PROTOCOL not in websocket.scope["subprotocols"] or not _same_origin(websocket):
        await websocket.close(4406 if _same_origin(websocket) else 4403)
        return
    if sockets.open >= MOST_SOCKETS:
        await websocket.close(1013)
        return
    sockets.open += 1
    metrics.SOCKETS.inc()
    try:
        await websocket.accept(PROTOCOL)
        await _Socket(websocket).run()
    finally:
        sockets.open -= 1
        metrics.SOCKETS.dec()


def _same_origin(websocket: WebSocket) -> bool:
    """A browser says which page it is from; only our own may."""
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")


class _Socket:
    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._system: System = websocket.app.state.system
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._token: str | None = None
        self._principal: Principal | None = None

    async def run(self) -> None:
        """Until either side has had enough."""
        looking = None
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._init(await self._receive())
            looking = asyncio.create_task(self._look())
            while True:
                await self._handle(await self._receive())
        except TimeoutError:
            await self._close(4408, "Connection initialisation timeout")
        except _CloseError as error:
            await self._close(error.code, error.reason)
        except WebSocketDisconnect:
            pass
        finally:
            tasks = [*self._streams.values(), *([looking] if looking else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receive(self) -> dict[str, Any]:
        received = await self._websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        text = received.get("text")  # bytes are no message of this protocol
        try:
            message = orjson.loads(text) if text and len(text) <= MOST_MESSAGE else None
        except orjson.JSONDecodeError:
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _CloseError(4400, "Not a message of this protocol")
        return message

    async def _init(self, message: dict[str, Any]) -> None:
        if message["type"] != "connection_init":
            raise _CloseError(4401, "Unauthorized")
        payload = message.get("payload")
        named = payload.get("authorization") if isinstance(payload, dict) else None
        header = named if isinstance(named, str) else self._websocket.headers.get("authorization")
        try:
            self._token = bearer(header)
            self._principal = await self._system.sessions.principal_of(self._token)
        except BadTokenError:
            raise _CloseError(4403, "Forbidden") from None
        await self._send({"type": "connection_ack"})

    async def _handle(self, message: dict[str, Any]) -> None:
        kind, id = message["type"], message.get("id")
        if kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "pong":
            return
        elif kind == "connection_init":
            raise _CloseError(4429, "Too many initialisation requests")
        elif kind == "complete" and isinstance(id, str):
            if (task := self._streams.pop(id, None)) is not None:
                task.cancel()
        elif kind == "subscribe" and isinstance(id, str) and 0 < len(id) <= 64:
            self._subscribe(id, message.get("payload"))
        else:
            raise _CloseError(4400, "Not a message of this protocol")

    def _subscribe(self, id: str, params: Any) -> None:
        if id in self._streams:
            raise _CloseError(4409, "Subscriber already exists")
        if len(self._streams) >= MOST_STREAMS:
            raise _CloseError(4429, f"At most {MOST_STREAMS} at a time")
        self._streams[id] = asyncio.create_task(self._stream(id, params))

    async def _stream(self, id: str, params: Any) -> None:
        try:
            asked = self._asked(params)
            answers = stream(self._system.schema, asked.operation, asked.variables, self._context())
            async with contextlib.aclosing(answers):
                async for answer in answers:
                    if asked.listens and answer.data is None:
                        await self._fail(id, answer)
                        return
                    await self._send({"type": "next", "id": id, "payload": content_of(answer)})
            await self._send({"type": "complete", "id": id})
        except DocumentError as error:
            await self._fail(id, refused(error))
        except BadRequestError as bad:
            await self._fail(id, Answer(None, [coded(str(bad), bad.code)]))
        except Refused as over:
            await self._fail(id, Answer(None, [coded(over.sentence("en"), over.code)]))
        except (WebSocketDisconnect, RuntimeError):
            return  # it closed meanwhile
        finally:
            if self._streams.get(id) is asyncio.current_task():
                del self._streams[id]

    def _asked(self, params: Any) -> Asked:
        principal = self._context().principal
        asked = find(self._system, params, principal)
        client = self._websocket.client
        self._system.budget.spend(principal, client.host if client else "", asked.cost)
        return asked

    def _context(self) -> Context:
        if self._principal is None:
            raise _CloseError(4401, "Unauthorized")
        return self._system.context(self._principal)

    async def _fail(self, id: str, answer: Answer) -> None:
        await self._send({"type": "error", "id": id, "payload": [error.formatted for error in answer.errors]})

    async def _send(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(orjson.dumps(message).decode())

    async def _look(self) -> None:
        """Whoever may no longer be here has to go."""
        here = True
        while here:
            await asyncio.sleep(_LOOK_SECONDS)
            here = await _still(self._system, self._token, self._principal)
        await self._close(4403, "Forbidden")

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self._websocket.close(code, reason)


async def _still(system: System, token: str | None, principal: Principal | None) -> bool:
    try:
        return await system.sessions.principal_of(token) == principal
    except BadTokenError:
        return False


def event_stream(request: Request, asked: Asked, context: Context, token: str | None) -> StreamingResponse:
    """The answers as server-sent events."""
    system: System = request.app.state.system
    events = _events(system, asked, context, token)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(system: System, asked: Asked, context: Context, token: str | None) -> AsyncIterator[bytes]:
    """Each answer as `next`, then `complete`; a comment now and then, so that nobody takes the line for dead."""
    answers = stream(system.schema, asked.operation, asked.variables, context)
    async with contextlib.aclosing(answers):
        coming: asyncio.Task[Answer] | None = None
        looked = asyncio.get_running_loop().time()
        try:
            while True:
                coming = coming or asyncio.ensure_future(anext(answers))
                done, _ = await asyncio.wait([coming], timeout=_BEAT_SECONDS)
                if asyncio.get_running_loop().time() - looked > _LOOK_SECONDS:
                    looked = asyncio.get_running_loop().time()
                    if not await _still(system, token, context.principal):
                        break
                if not done:
                    yield b":\n\n"
                    continue
                given, coming = coming, None
                yield b"event: next\ndata: " + orjson.dumps(content_of(given.result())) + b"\n\n"
        except StopAsyncIteration:
            pass
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
    yield b"event: complete\ndata:\n\n"
