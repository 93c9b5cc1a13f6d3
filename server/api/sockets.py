"""The protocol graphql-transport-ws over a WebSocket, at `/graphql`.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from schema.engine.documents import DocumentError
from schema.engine.execution import Answer, coded, internal, refused, stream, without_text
from schema.types.errors import Refused
from schema.types.principal import Caller, Principal
from server.api.accepting import language_of
from server.api.listeners import LATER, Open, farewell, next_look, whose, why_gone
from server.api.request import BadRequestError, bearer, content_of, find
from server.auth.service import BadTokenError
from server.container import Container
from server.platform.db import StoreError
from server.platform.http.listener import MOST_MESSAGE
from server.platform.http.origins import may_open
from server.platform.kit.addresses import address_of
from server.platform.kit.errors import RequestError
from server.platform.kit.json import JsonObject
from server.platform.kit.tasks import stop, within

log = logging.getLogger("egret.graphql")

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_STREAMS = 20
MOST_MESSAGES = 300
"""Of one socket in ten seconds: pings and completions cost no budget."""
_TALK_SECONDS = 10.0
MOST_BEGINNING = 200
"""Sockets of one address that have not said who is there yet."""
NOBODY_SECONDS = 60.0
"""For how long a socket may be open without a token: nothing can be listened to without one."""
_UNAUTHORIZED = (4401, "Unauthorized")


class _CloseError(RequestError):
    """The other side broke the protocol, or has to go."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def socket(websocket: WebSocket) -> None:
    """One WebSocket, from its handshake to its end."""
    origin, host = websocket.headers.get("origin"), websocket.headers.get("host")
    allowed = websocket.app.state.container.settings.origins
    if PROTOCOL not in websocket.scope["subprotocols"] or not may_open(origin, host, allowed):
        await websocket.close()
        return
    await websocket.accept(PROTOCOL)
    opened: Open = websocket.app.state.open
    address = address_of(websocket)
    try:
        with opened.one(f"begins {address}", MOST_BEGINNING):
            running = _Socket(websocket)
            await running.begin()
        if running.principal is not None:
            with opened.one(whose(running.principal, address)):
                await running.run()
    except Refused:
        await _closed(websocket, *LATER)


async def _closed(websocket: WebSocket, code: int, reason: str) -> None:
    """Close, if it is not closed yet."""
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(code, reason)


class _Socket:
    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._container: Container = websocket.app.state.container
        self._streams: dict[str, asyncio.Task[None]] = {}
        self._token: str | None = None
        self._since, self._received = 0.0, 0
        self.principal: Principal | None = None

    async def begin(self) -> None:
        """Read the first message, which authenticates; without a `principal` the socket is closed."""
        try:
            async with within(INIT_SECONDS):
                await self._init(await self._receive())
        except TimeoutError:
            await self._close(4408, "Connection initialisation timeout")
        except _CloseError as error:
            await self._close(error.code, error.reason)
        except WebSocketDisconnect:
            pass

    async def run(self) -> None:
        """Until either side has had enough."""
        looking = asyncio.create_task(self._look())
        try:
            while True:
                await self._handle(await self._receive())
        except _CloseError as error:
            await self._close(error.code, error.reason)
        except WebSocketDisconnect:
            pass
        finally:
            await stop(*self._streams.values(), looking)

    def _count(self) -> None:
        """Close a line that only talks. Raises _CloseError."""
        now = asyncio.get_running_loop().time()
        if now - self._since > _TALK_SECONDS:
            self._since, self._received = now, 0
        self._received += 1
        if self._received > MOST_MESSAGES:
            raise _CloseError(4429, "Too many messages")

    async def _receive(self) -> JsonObject:
        self._count()
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

    async def _init(self, message: JsonObject) -> None:
        if message["type"] != "connection_init":
            raise _CloseError(*_UNAUTHORIZED)
        payload = message.get("payload")
        header = _authorization(payload) or self._websocket.headers.get("authorization")
        try:
            self._token = bearer(header)
            principal = await self._container.sessions.principal_of(self._token)
        except StoreError:
            raise _CloseError(*LATER) from None
        except BadTokenError as bad:
            raise _CloseError(*farewell(bad)) from None
        await self._send({"type": "connection_ack"})
        self.principal = principal

    async def _handle(self, message: JsonObject) -> None:
        kind = message["type"]
        id = message.get("id")
        if kind == "ping":
            await self._send({"type": "pong"})
        elif kind == "pong":
            return
        elif kind == "connection_init":
            raise _CloseError(4429, "Too many initialisation requests")
        elif kind == "complete" and isinstance(id, str):
            if (task := self._streams.pop(id, None)) is not None:
                await stop(task)
        elif kind == "subscribe" and isinstance(id, str) and 0 < len(id) <= 64:
            self._subscribe(id, message.get("payload"))
        else:
            raise _CloseError(4400, "Not a message of this protocol")

    def _subscribe(self, id: str, params: object) -> None:
        if id in self._streams:
            raise _CloseError(4409, "Subscriber already exists")
        if len(self._streams) >= MOST_STREAMS:
            raise _CloseError(4429, f"At most {MOST_STREAMS} at a time")
        self._streams[id] = asyncio.create_task(self._stream(id, params))

    async def _stream(self, id: str, params: object) -> None:
        try:
            principal = await self._container.sessions.principal_of(self._token)
            address = address_of(self._websocket)
            asked = await find(self._container, params, principal, address)
            language = language_of(self._websocket.headers.get("accept-language"))
            context = self._container.context(Caller(principal, address=address), language)
            answers = stream(self._container.schema, asked.operation, asked.variables, context)
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
        except BadTokenError as bad:
            await self._close(*farewell(bad))
        except WebSocketDisconnect:
            return  # it closed meanwhile
        except Exception as fault:
            log.exception("fault in a stream", exc_info=without_text(fault))
            await self._fail(id, Answer(None, [internal()]))
        finally:
            if self._streams.get(id) is asyncio.current_task():
                del self._streams[id]

    async def _fail(self, id: str, answer: Answer) -> None:
        await self._send({"type": "error", "id": id, "payload": [error.formatted for error in answer.errors]})

    async def _send(self, message: JsonObject) -> None:
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect
        await self._websocket.send_text(orjson.dumps(message).decode())

    async def _look(self) -> None:
        """Close sockets whose token expired, then idle anonymous ones."""
        if self._token is None:
            await asyncio.sleep(NOBODY_SECONDS)
            await self._close(*_UNAUTHORIZED)
            return
        gone = None
        while gone is None:
            await asyncio.sleep(await next_look(self._container, self._token, self.principal))
            gone = await why_gone(self._container, self._token, self.principal)
        await self._close(*gone)

    async def _close(self, code: int, reason: str) -> None:
        await _closed(self._websocket, code, reason)


def _authorization(payload: object) -> str | None:
    """The token's header, as clients name it: in any case, as HTTP has it."""
    if not isinstance(payload, dict):
        return None
    return next(
        (one for name, one in payload.items() if name.lower() == "authorization" and isinstance(one, str)), None
    )
