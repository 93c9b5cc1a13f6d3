"""Answers of `/graphql` as server-sent events.

The distinct connections mode of https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse

from schema.api.context import Context
from schema.engine.execution import Answer, coded, stream
from schema.types.errors import RefusalCode, Refused
from server.api.listeners import EXPIRED, LATER, Open, next_look, whose, why_gone
from server.api.request import GraphQLRequest, content_of
from server.container import Container
from server.platform.kit.addresses import address_of

_BEAT_SECONDS = 20.0
_COMPLETE = b"event: complete\ndata:\n\n"


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
    code = RefusalCode.EXPIRED if gone == EXPIRED else RefusalCode.NOT_SIGNED_IN
    return Answer(None, [coded(Refused(code).sentence("en"), code)])


async def _server_sent(
    container: Container, answers: AsyncGenerator[Answer, None], context: Context, token: str | None
) -> AsyncGenerator[bytes, None]:
    now = asyncio.get_running_loop().time
    look = now() + await next_look(container, token, context.principal)
    coming: asyncio.Task[Answer] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(answers))
            done, _ = await asyncio.wait([coming], timeout=min(_BEAT_SECONDS, max(0.0, look - now())))
            if now() >= look:
                if (gone := await why_gone(container, token, context.principal)) is not None:
                    if gone != LATER:  # whose stream only breaks off asks again, and is told by the answer
                        yield _event(_last_word(gone))
                    return  # a client that reads `complete` takes it for the end of all
                look = now() + await next_look(container, token, context.principal)
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
