"""Streams of `/graphql`: the protocol graphql-transport-ws over a WebSocket, and server-sent events.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md; for events, the distinct connections mode of
https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Who listens is looked at again every minute, staff
every quarter of one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractContextManager

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from schema.api.context import Context
from schema.engine.documents import DocumentError
from schema.engine.execution import Answer, coded, internal, refused, stream, without_text
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Principal
from server.api.accepting import language_of
from server.api.request import BadRequestError, GraphQLRequest, bearer, content_of, find
from server.auth.service import BadTokenError, ExpiredError, UnconfirmedError
from server.container import Container
from server.platform.db import StoreError
from server.platform.http.listener import MOST_MESSAGE
from server.platform.http.origins import may_open
from server.platform.kit.addresses import address_of
from server.platform.kit.errors import RequestError
from server.platform.kit.json import JsonObject
from server.platform.kit.tasks import stop
from server.platform.observability import metrics

log = logging.getLogger("egret.graphql")

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
MOST_STREAMS = 20
MOST_MESSAGES = 300
"""Of one socket in ten seconds: pings and completions cost no budget."""
_TALK_SECONDS = 10.0
MOST_OPEN = 5000
"""Of one process; more are told to come back later."""
MOST_BEGINNING = 200
"""Sockets of one address that have not said who is there yet."""
MOST_OF_ONE = 20
"""Sockets and event streams of one principal, or of one address without a token."""
NOBODY_SECONDS = 60.0
"""For how long a socket may be open without a token: nothing can be listened to without one."""
_LOOK_SECONDS = 60.0
_STAFF_LOOK_SECONDS = 15.0
"""Added to the age of what their provider said last, it is less than a minute (`standing.ASK_AFTER`)."""
_UNAUTHORIZED = (4401, "Unauthorized")
_EXPIRED = (4401, RefusalCode.EXPIRED.value)
"""A session that was good: its holder renews it and comes again, which helps no one whose token is forged."""
_FORBIDDEN = (4403, "Forbidden")
_LATER = (1013, "Try again later")
_BEAT_SECONDS = 20.0
_COMPLETE = b"event: complete\ndata:\n\n"


class _CloseError(RequestError):
    """The other side broke the protocol, or has to go."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Open:
    """How many WebSockets and event streams are open, by whose they are."""

    def __init__(self) -> None:
        self._by: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Of everybody."""
        return self._by.total()

    def check(self, whose: str, most: int | None = None) -> None:
        """Raises Refused (TOO_MUCH) where there is no room for one more."""
        if self.total >= MOST_OPEN or self._by.get(whose, 0) >= (most or MOST_OF_ONE):
            raise Refused(RefusalCode.TOO_MUCH, retry_after=60, seconds=60)

    @contextlib.contextmanager
    def one(self, whose: str, most: int | None = None) -> Iterator[None]:
        """Count one while it is open. Raises Refused (TOO_MUCH)."""
        self.check(whose, most)
        self._by[whose] += 1
        metrics.SOCKETS.inc()
        try:
            yield
        finally:
            metrics.SOCKETS.dec()
            self._by[whose] -= 1
            if not self._by[whose]:
                del self._by[whose]


def whose(principal: Principal, address: str) -> str:
    """Whom an open line is counted for."""
    known = principal.id or (principal.contact.id if principal.contact else address)
    return f"{principal.kind.value} {known}"


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
        await _closed(websocket, *_LATER)


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
            async with asyncio.timeout(INIT_SECONDS):
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
            raise _CloseError(*_LATER) from None
        except BadTokenError as bad:
            raise _CloseError(*_farewell(bad)) from None
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
            await self._close(*_farewell(bad))
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
            await asyncio.sleep(await _next_look(self._container, self._token, self.principal))
            gone = await _gone(self._container, self._token, self.principal)
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


def _farewell(bad: BadTokenError) -> tuple[int, str]:
    """How a socket closes for a token that is not good: what its holder does next differs."""
    match bad:
        case UnconfirmedError():
            return _LATER
        case ExpiredError():
            return _EXPIRED
    return _FORBIDDEN


async def _next_look(container: Container, token: str | None, principal: Principal | None) -> float:
    """In how many seconds to look again who listens."""
    staff = principal is not None and principal.is_staff
    most = min(_LOOK_SECONDS, _STAFF_LOOK_SECONDS) if staff else _LOOK_SECONDS
    if token is None:
        return most
    try:
        return min(most, await container.sessions.seconds_left(token))
    except StoreError:
        return most


async def _gone(container: Container, token: str | None, principal: Principal | None) -> tuple[int, str] | None:
    """Why a listener has to go, as the code and reason that close a socket; None for one who may stay."""
    try:
        return None if await container.sessions.principal_of(token) == principal else _FORBIDDEN
    except BadTokenError as bad:
        return _farewell(bad)
    except StoreError:  # it cannot be told; open streams stay until the next look
        return None


def event_stream(request: Request, asked: GraphQLRequest, context: Context, token: str | None) -> StreamingResponse:
    """The answers as server-sent events. Raises Refused (TOO_MUCH)."""
    container: Container = request.app.state.container
    opened: Open = request.app.state.open
    address = address_of(request)
    who = whose(context.principal, address)
    opened.check(who)
    events = _events(container, asked, context, token, opened.one(who))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(
    container: Container,
    asked: GraphQLRequest,
    context: Context,
    token: str | None,
    counted: AbstractContextManager[None],
) -> AsyncIterator[bytes]:
    """Each answer as `next`, then `complete`; a comment now and then, so that no proxy closes the line."""
    answers = stream(container.schema, asked.operation, asked.variables, context)
    with counted:
        async with contextlib.aclosing(answers):
            async for event in _server_sent(container, answers, context, token):
                yield event


def as_events(answer: Answer) -> bytes:
    """One answer and the end."""
    return _event(answer) + _COMPLETE


def _event(answer: Answer) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(content_of(answer)) + b"\n\n"


def _last_word(gone: tuple[int, str]) -> Answer:
    """What an event stream says to a listener who has to go; the codes are those of an HTTP answer."""
    code = RefusalCode.EXPIRED if gone == _EXPIRED else RefusalCode.NOT_SIGNED_IN
    return Answer(None, [coded(Refused(code).sentence("en"), code)])


async def _server_sent(
    container: Container, answers: AsyncGenerator[Answer, None], context: Context, token: str | None
) -> AsyncGenerator[bytes, None]:
    now = asyncio.get_running_loop().time
    look = now() + await _next_look(container, token, context.principal)
    coming: asyncio.Task[Answer] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(answers))
            done, _ = await asyncio.wait([coming], timeout=min(_BEAT_SECONDS, max(0.0, look - now())))
            if now() >= look:
                if (gone := await _gone(container, token, context.principal)) is not None:
                    if gone != _LATER:  # whose stream only breaks off asks again, and is told by the answer
                        yield _event(_last_word(gone))
                    return  # a client that reads `complete` takes it for the end of all
                look = now() + await _next_look(container, token, context.principal)
            if not done:
                yield b":\n\n"
                continue
            given, coming = coming, None
            yield _event(given.result())
    except StopAsyncIteration:
        yield _COMPLETE
    finally:
        if coming is not None:
            coming.cancel()  # it ends by itself with the next answer, should it not hear
            await asyncio.gather(coming, return_exceptions=True)
