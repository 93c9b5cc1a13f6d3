"""`/simulator`: a chat window that is the WeChat platform to the bot (demo only).

It signs and encrypts real XML, posts it to `/wechat` over HTTP, and answers the API
calls that the bot makes: access tokens, customer-service messages, mini-program login,
and the phone that gets text messages.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

import httpx
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.wechat.crypto import MessageCipher, RefusedRequestError, sign
from bot.wechat.menu import menu
from bot.wechat.messages import read_fields
from bot.wechat.replies import cdata, envelope
from schema.limits import MAX_BODY
from server.settings import Settings
from server.system import System
from server.web.pages import page

_KEPT = 200
_TOKEN_SECONDS = 7200


@dataclass(slots=True)
class Phone:
    """One person's phone: what arrived by itself, and who listens."""

    arrived: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: Any = field(default_factory=lambda: count(1))

    def put(self, item: dict[str, Any]) -> None:
        self.arrived.append({"n": next(self.numbers), "at": time.time(), **item})
        self.changed.set()
        self.changed = asyncio.Event()


class Platform:
    """The platform's half: phones by openid, access tokens, login codes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.token = settings.wechat_token.get_secret_value()
        aes_key = settings.wechat_aes_key.get_secret_value()
        self.cipher = MessageCipher(aes_key, settings.wechat_app_id) if aes_key else None
        self._phones: dict[str, Phone] = {}
        self.sms = Phone()
        self.menu: dict[str, Any] | None = None
        self.refuse_sends = 0
        """The errcode that customer-service messages are refused with; 0: they are accepted."""
        self._access_tokens: dict[str, float] = {}
        self._codes: dict[str, tuple[str, float]] = {}

    def phone(self, openid: str) -> Phone:
        """The phone of an openid, made when first asked for; the number of phones is bounded."""
        if openid not in self._phones and len(self._phones) >= 1000:
            self._phones.pop(next(iter(self._phones)))
        return self._phones.setdefault(openid, Phone())

    def issue_token(self, app_id: str, secret: str) -> str | None:
        """An access token for the right app id and secret."""
        right = self._settings.wechat_app_secret.get_secret_value()
        if app_id != self._settings.wechat_app_id or not secrets.compare_digest(secret, right):
            return None
        now = time.time()
        self._access_tokens = {t: until for t, until in self._access_tokens.items() if until > now}
        token = secrets.token_urlsafe(48)
        self._access_tokens[token] = now + _TOKEN_SECONDS
        return token

    def token_is_good(self, token: str) -> bool:
        return self._access_tokens.get(token, 0) > time.time()

    def login_code(self, openid: str) -> str:
        """What `wx.login` gives: good for five minutes and one use."""
        code = secrets.token_urlsafe(16)
        self._codes = {c: v for c, v in self._codes.items() if v[1] > time.time()}
        self._codes[code] = (openid, time.time() + 300)
        return code

    def take_code(self, code: str) -> str | None:
        openid, until = self._codes.pop(code, ("", 0.0))
        return openid if until > time.time() else None

    async def post(self, http: httpx.AsyncClient, base: str, body: str, *, plain: bool) -> dict[str, Any]:
        """Sign (and encrypt) a message, post it to the callback, and read the answer."""
        query, sent = self._signed(body, plain=plain)
        started = time.perf_counter()
        response = await http.post(f"{base}/wechat", params=query, content=sent.encode())
        taken = time.perf_counter() - started
        text = response.text
        result = {"status": response.status_code, "ms": round(taken * 1000), "sent": sent, "got": text}
        return {**result, "plain": body, **self._read(text)}

    def _signed(self, body: str, *, plain: bool) -> tuple[dict[str, str], str]:
        timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
        query = {
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": sign(self.token, timestamp, nonce),
        }
        if self.cipher is None or plain:
            return query, body
        encrypted = self.cipher.encrypt(body)
        query |= {
            "encrypt_type": "aes",
            "msg_signature": sign(self.token, timestamp, nonce, encrypted),
        }
        account = f"<ToUserName>{cdata(self._settings.wechat_account)}</ToUserName>"
        sealed = envelope(encrypted, query["msg_signature"], timestamp, nonce)
        return query, sealed.replace("<xml>", "<xml>" + account, 1)

    def _read(self, text: str) -> dict[str, Any]:
        if not text.startswith("<xml>"):
            return {"reply": None}
        try:
            fields = read_fields(text)
            if "Encrypt" in fields and self.cipher is not None:
                expected = sign(self.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
                verified = secrets.compare_digest(expected, fields["MsgSignature"])
                opened = self.cipher.decrypt(fields["Encrypt"])
                return {"reply": read_fields(opened).get("Content"), "opened": opened, "verified": verified}
            return {"reply": fields.get("Content"), "verified": True}
        except (RefusedRequestError, KeyError):
            return {"reply": None, "verified": False}


def message_xml(account: str, openid: str, kind: str, content: str, message_id: str, now: int) -> str:
    """A message or event as WeChat writes it."""
    head = (
        f"<xml><ToUserName>{cdata(account)}</ToUserName><FromUserName>{cdata(openid)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime>"
    )
    if kind in ("subscribe", "unsubscribe", "CLICK"):
        key = content if kind == "CLICK" else ""
        return (
            f"{head}<MsgType>{cdata('event')}</MsgType><Event>{cdata(kind)}</Event>"
            f"<EventKey>{cdata(key)}</EventKey></xml>"
        )
    fields = f"<Content>{cdata(content)}</Content>" if kind == "text" else "<MediaId>m1</MediaId>"
    return f"{head}<MsgType>{cdata(kind)}</MsgType>{fields}<MsgId>{escape(message_id)}</MsgId></xml>"


# The page and what its script calls


async def _page(request: Request) -> Response:
    system: System = request.app.state.system
    name = system.scheme.name.zh
    return page(request, "simulator.html", name=name, menu=menu(), people=request.app.state.people)


async def _send(request: Request) -> Response:
    """One message from the page: {openid, kind, content, times, plain}."""
    platform: Platform = request.app.state.platform
    system: System = request.app.state.system
    try:
        asked = orjson.loads(await request.body())
        openid, kind = str(asked["openid"])[:64], str(asked["kind"])
        content, times = str(asked.get("content", "")), int(asked.get("times", 1))
    except (orjson.JSONDecodeError, KeyError, ValueError, TypeError):
        return JSONResponse({"error": "openid, kind and content, please"}, 400)
    allowed = ("text", "image", "voice", "subscribe", "unsubscribe", "CLICK")
    if kind not in allowed or not 1 <= times <= 5 or not openid:
        return JSONResponse({"error": f"kind is one of {', '.join(allowed)}; times 1-5"}, 400)
    message_id = str(secrets.randbits(62))
    body = message_xml(system.settings.wechat_account, openid, kind, content, message_id, int(time.time()))
    base = system.settings.base_url
    plain = bool(asked.get("plain", False))
    posts = [platform.post(system.http, base, body, plain=plain) for _ in range(times)]
    return JSONResponse({"results": await asyncio.gather(*posts)})


async def _events(request: Request) -> Response:
    """What arrives by itself, as server-sent events: pushes, and the phone's text messages."""
    platform: Platform = request.app.state.platform
    openid = request.query_params.get("openid", "")[:64]
    phones = {"push": platform.phone(openid), "sms": platform.sms}

    async def stream() -> AsyncIterator[str]:
        seen = dict.fromkeys(phones, 0)
        yield "retry: 1000\n\n"
        while True:
            waits = [asyncio.create_task(p.changed.wait()) for p in phones.values()]
            for name, phone in phones.items():
                for item in [i for i in phone.arrived if i["n"] > seen[name]]:
                    seen[name] = item["n"]
                    yield f"event: {name}\ndata: {orjson.dumps(item).decode()}\n\n"
            _, pending = await asyncio.wait(waits, timeout=10, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            yield ": still here\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"cache-control": "no-store"})


async def _login_code(request: Request) -> Response:
    """A `wx.login` code for an openid, to try the mini-program's login."""
    platform: Platform = request.app.state.platform
    openid = request.query_params.get("openid", "")[:64]
    return JSONResponse({"code": platform.login_code(openid)}) if openid else JSONResponse({}, 400)


# The platform's API


async def _stable_token(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    asked = orjson.loads(await request.body())
    token = platform.issue_token(str(asked.get("appid")), str(asked.get("secret")))
    if token is None:
        return JSONResponse({"errcode": 40125, "errmsg": "invalid appsecret"})
    return JSONResponse({"access_token": token, "expires_in": _TOKEN_SECONDS})


async def _custom_send(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    if not platform.token_is_good(request.query_params.get("access_token", "")):
        return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
    if platform.refuse_sends:
        return JSONResponse({"errcode": platform.refuse_sends, "errmsg": "refused, as it was told to"})
    message = orjson.loads(await request.body())
    text = message["text"]["content"]
    if len(text.encode()) > 2048:
        return JSONResponse({"errcode": 45002, "errmsg": "content size out of limit"})
    platform.phone(message["touser"]).put({"text": text, "raw": message})
    return JSONResponse({"errcode": 0, "errmsg": "ok"})


async def _menu_get(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    if not platform.token_is_good(request.query_params.get("access_token", "")):
        return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
    if platform.menu is None:
        return JSONResponse({"errcode": 46003, "errmsg": "menu no exist"})
    return JSONResponse({"menu": platform.menu})


async def _menu_create(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    if not platform.token_is_good(request.query_params.get("access_token", "")):
        return JSONResponse({"errcode": 40001, "errmsg": "invalid credential"})
    platform.menu = orjson.loads(await request.body())
    return JSONResponse({"errcode": 0, "errmsg": "ok"})


async def _code_to_session(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    openid = platform.take_code(request.query_params.get("js_code", ""))
    if openid is None:
        return JSONResponse({"errcode": 40029, "errmsg": "invalid code"})
    return JSONResponse({"openid": openid, "session_key": secrets.token_urlsafe(16)})


async def _sms(request: Request) -> Response:
    platform: Platform = request.app.state.platform
    message = orjson.loads(await request.body())
    platform.sms.put({"phone": message["phone"], "text": message["text"]})
    return JSONResponse({})


ROUTES = [
    Route("/", _page),
    Route("/send", _send, methods=["POST"], max_body_size=MAX_BODY),
    Route("/events", _events),
    Route("/login-code", _login_code),
    Route("/api/cgi-bin/stable_token", _stable_token, methods=["POST"], max_body_size=MAX_BODY),
    Route("/api/cgi-bin/message/custom/send", _custom_send, methods=["POST"], max_body_size=MAX_BODY),
    Route("/api/cgi-bin/menu/get", _menu_get),
    Route("/api/cgi-bin/menu/create", _menu_create, methods=["POST"], max_body_size=MAX_BODY),
    Route("/api/sns/jscode2session", _code_to_session),
    Route("/api/sms", _sms, methods=["POST"], max_body_size=MAX_BODY),
]
