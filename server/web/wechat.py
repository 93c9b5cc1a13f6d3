"""`/wechat`: the callback that WeChat posts to. Whatever is not from WeChat is 403, and empty."""

from __future__ import annotations

import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from bot.wechat.crypto import MessageCipher, RefusedRequestError
from bot.wechat.replies import SUCCESS
from bot.wechat.webhook import Webhook
from server.chat.dispatcher import Dispatcher
from server.settings import Settings


def webhook_of(settings: Settings) -> Webhook:
    """The gate for the account in the settings; safe mode when there is an AES key."""
    keys = (settings.wechat_aes_key.get_secret_value(), settings.wechat_previous_aes_key.get_secret_value())
    ciphers = tuple(MessageCipher(key, settings.wechat_app_id) for key in keys if key)
    return Webhook(settings.wechat_token.get_secret_value(), ciphers)


async def verify(request: Request) -> Response:
    """WeChat checks that the address is ours."""
    webhook: Webhook = request.app.state.webhook
    try:
        return Response(webhook.echo(_once(request), now=time.time()), media_type="text/plain")
    except RefusedRequestError:
        return Response(status_code=403)


async def receive(request: Request) -> Response:
    """A message or event, answered at once or with `success`."""
    webhook: Webhook = request.app.state.webhook
    dispatcher: Dispatcher = request.app.state.dispatcher
    try:
        query = _once(request)
        webhook.check_query(query, now=time.time())  # a stranger's body is not waited for
        opened = webhook.open(query, await request.body(), now=time.time())
    except RefusedRequestError:
        return Response(status_code=403)
    reply = await dispatcher.receive(opened.message)
    if reply is None:
        return Response(SUCCESS, media_type="text/plain")
    answer = webhook.answer(opened, reply, query, now=int(time.time()))
    return Response(answer, media_type=opened.media_type)


def _once(request: Request) -> Mapping[str, str]:
    """The query, each parameter given once. Raises RefusedRequestError."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    query = dict(given)
    if len(given) != len(query):
        raise RefusedRequestError
    return query
