"""`/wechat`: the callback that WeChat posts to. Whatever is not from WeChat is 403, and empty."""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response

from bot.wechat.crypto import MessageCipher, RefusedRequestError
from bot.wechat.gate import Gate
from bot.wechat.replies import SUCCESS, text_reply
from server.channel import Channel
from server.settings import Settings


def gate_of(settings: Settings) -> Gate:
    """The gate for the account in the settings; safe mode when there is an AES key."""
    aes_key = settings.wechat_aes_key.get_secret_value()
    cipher = MessageCipher(aes_key, settings.wechat_app_id) if aes_key else None
    return Gate(settings.wechat_token.get_secret_value(), cipher)


async def verify(request: Request) -> Response:
    """WeChat checks that the address is ours."""
    gate: Gate = request.app.state.gate
    try:
        return Response(gate.echo(request.query_params, now=time.time()), media_type="text/plain")
    except RefusedRequestError:
        return Response(status_code=403)


async def receive(request: Request) -> Response:
    """A message or event, answered at once or with `success`."""
    gate: Gate = request.app.state.gate
    channel: Channel = request.app.state.channel
    body = await request.body()
    try:
        message = gate.open(request.query_params, body, now=time.time())
    except RefusedRequestError:
        return Response(status_code=403)
    text = await channel.receive(message)
    if text is None:
        return Response(SUCCESS, media_type="text/plain")
    now = int(time.time())
    reply = gate.seal(text_reply(message, text, now), request.query_params, now=now)
    return Response(reply, media_type="application/xml")
