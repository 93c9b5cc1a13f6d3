"""The platform's half: it signs and encrypts real XML, posts it to `/wechat`, waits five seconds, and sends again.

It also knows what the real one knows: phones by openid, access tokens, login codes, pictures. What
it is told to do wrong it does: refuse a call, be slow, fail.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

import httpx
from pydantic import SecretStr

from bot.wechat.crypto import MessageCipher, RefusedRequestError, sign
from bot.wechat.messages import read_fields
from bot.wechat.replies import cdata, envelope
from bot.wechat.results import TEMPLATE
from server.platform.kit.json import JsonObject
from server.settings import Settings

_KEPT = 200
TOKEN_SECONDS = 7200
PATIENCE_SECONDS = 5.0
"""WeChat cuts the connection after five seconds, and sends a message three times in all."""
DELIVERIES = 3
EVENTS = ("subscribe", "unsubscribe", "CLICK", "SCAN")
KINDS = ("text", "image", "voice", "location", *EVENTS)


@dataclass(slots=True)
class Phone:
    """One person's phone: what arrived by itself, and who listens."""

    arrived: deque[JsonObject] = field(default_factory=lambda: deque(maxlen=_KEPT))
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: Any = field(default_factory=lambda: count(1))

    def put(self, item: JsonObject) -> None:
        self.arrived.append({"n": next(self.numbers), "at": time.time(), **item})
        self.changed.set()
        self.changed = asyncio.Event()


class Platform:
    """One account's platform, kept in memory and bounded."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.demo = settings.demo
        self.account = settings.wechat_account
        self.base_url = settings.base_url
        self.token = settings.wechat_token.get_secret_value()
        aes_key = settings.wechat_aes_key.get_secret_value()
        self.cipher = MessageCipher(aes_key, settings.wechat_app_id) if aes_key else None
        self.most_phones = 1000
        """How many are kept; the oldest goes first, with what arrived on it."""
        self._phones: dict[str, Phone] = {}
        self.sms = Phone()
        self.menu: JsonObject | None = None
        self.refuse_sends = 0
        """The errcode that customer-service messages are refused with; 0: they are accepted."""
        self.is_verified = True
        """Whether the account may send menus."""
        self.faults: dict[str, deque[int | float | Exception]] = {}
        """By path, what the next calls meet: an int is an errcode, for `/sms` a status; a float seconds of waiting."""
        self.calls: deque[tuple[str, JsonObject]] = deque(maxlen=_KEPT)
        self.media: dict[str, tuple[str, bytes]] = {}
        self.unions: dict[str, str] = {}
        """Unionids, by openid; without one the accounts are not under one owner."""
        self.allowed_notices: dict[str, int] = {}
        self.lost: deque[str] = deque()
        """What becomes of the next notices once they were taken, as the platform says it: `failed:user block`."""
        self.results: deque[str] = deque(maxlen=_KEPT)
        """The events that say what became of each, to be delivered."""
        self.tokens_issued = 0
        self._access_tokens: dict[str, tuple[str, float]] = {}
        self._codes: dict[str, tuple[str, str, float]] = {}
        self._notices = count(10**18)

    def phone(self, openid: str) -> Phone:
        """The phone of an openid, made when first asked for; the number of phones is bounded."""
        if openid not in self._phones and len(self._phones) >= self.most_phones:
            self._phones.pop(next(iter(self._phones)))
        return self._phones.setdefault(openid, Phone())

    async def meet_fault(self, path: str) -> int:
        """What the next call of a path meets: an errcode, 0 for none; it may take its time, or fail."""
        queue = self.faults.get(path)
        fault = queue.popleft() if queue else 0
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, float):
            await asyncio.sleep(fault)
            return 0
        return fault

    def take_notice(self, way: str, message: JsonObject, text: str) -> int:
        """Take a template or subscription message under an id; whether it arrives turns out later."""
        openid = message["touser"]
        message_id = next(self._notices)
        status = self.lost.popleft() if self.lost else "success"
        if status == "success":
            self.phone(openid).put({"text": text, "raw": message})
        self.results.append(result_xml(self.account, openid, way, message_id, status))
        return message_id

    # What it knows

    def issue_token(self, app_id: str, secret: str) -> str | None:
        """An access token of the account or of the mini-program, for the right app id and secret."""
        whose = next((one for one in ("wechat", "miniapp") if not self.fault_of(app_id, secret, one)), None)
        if whose is None:
            return None
        now = time.time()
        self._access_tokens = {t: known for t, known in self._access_tokens.items() if known[1] > now}
        token = secrets.token_urlsafe(48)
        self._access_tokens[token] = (whose, now + TOKEN_SECONDS)
        self.tokens_issued += 1
        return token

    def token_is_good(self, token: str, whose: str) -> bool:
        """Whether a token is in force, and of that app."""
        of, until = self._access_tokens.get(token, ("", 0.0))
        return of == whose and until > time.time()

    def fault_of(self, app_id: str, secret: str, whose: str) -> int:
        """What is wrong with an AppID and AppSecret, of the account (`wechat`) or of the mini-program (`miniapp`)."""
        right: SecretStr = getattr(self._settings, f"{whose}_app_secret")
        if app_id != getattr(self._settings, f"{whose}_app_id"):
            return 40013
        return 0 if secrets.compare_digest(secret, right.get_secret_value()) else 40125

    def login_code(self, openid: str) -> str:
        """What `wx.login` of the mini-program gives: good for five minutes and one use."""
        return self._code(self._settings.miniapp_app_id, openid)

    def page_code(self, openid: str) -> str:
        """What a page's authorisation gives, likewise."""
        return self._code(self._settings.wechat_app_id, openid)

    def _code(self, app_id: str, openid: str) -> str:
        code = secrets.token_urlsafe(16)
        self._codes = {c: v for c, v in self._codes.items() if v[2] > time.time()}
        self._codes[code] = (app_id, openid, time.time() + 300)
        return code

    def take_code(self, app_id: str, code: str) -> str | None:
        """Who a code of this app stands for; another's is not good here."""
        owner, openid, until = self._codes.pop(code, ("", "", 0.0))
        return openid if owner == app_id and until > time.time() else None

    def keep_media(self, media_type: str, content: bytes) -> str:
        """A picture that a person is about to send; its media id."""
        media_id = secrets.token_urlsafe(16)
        self.media[media_id] = (media_type, content)
        while len(self.media) > _KEPT:
            self.media.pop(next(iter(self.media)))
        return media_id

    # Sending

    async def check_callback(self, http: httpx.AsyncClient) -> bool:
        """Ask the callback to send a word back, as WeChat does when its address is entered; whether it did."""
        query, _ = self.signed("", plain=True)
        word = secrets.token_hex(8)
        response = await http.get(f"{self.base_url}/wechat", params={**query, "echostr": word})
        return response.status_code == httpx.codes.OK and response.text == word

    async def deliver(
        self, http: httpx.AsyncClient, base: str, body: str, *, patience: float = PATIENCE_SECONDS
    ) -> list[JsonObject]:
        """Post a message until it is answered in time, three times at most; every answer that came."""
        results = []
        for _ in range(DELIVERIES):
            try:
                results.append(await asyncio.wait_for(self.post(http, base, body, plain=False), patience))
                return results
            except (TimeoutError, httpx.TransportError):
                continue
        return results

    async def post(self, http: httpx.AsyncClient, base: str, body: str, *, plain: bool) -> JsonObject:
        """Sign (and encrypt) a message, post it to the callback, and read the answer."""
        query, sent = self.signed(body, plain=plain)
        started = time.perf_counter()
        response = await http.post(f"{base}/wechat", params=query, content=sent.encode())
        taken = time.perf_counter() - started
        text = response.text
        result = {"status": response.status_code, "ms": round(taken * 1000), "sent": sent, "got": text}
        return {**result, "plain": body, **self._read(text)}

    def signed(self, body: str, *, plain: bool = False) -> tuple[dict[str, str], str]:
        """The query and the body of a delivery."""
        timestamp = str(int(time.time()))
        nonce = secrets.token_hex(8)
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
        account = f"<ToUserName>{cdata(self.account)}</ToUserName>"
        sealed = envelope(encrypted, query["msg_signature"], timestamp, nonce)
        return query, sealed.replace("<xml>", "<xml>" + account, 1)

    def _read(self, text: str) -> JsonObject:
        if not text.startswith("<xml>"):
            return {"reply": None}
        try:
            fields = read_fields(text)
            opened = None
            verified = True
            if "Encrypt" in fields and self.cipher is not None:
                expected = sign(self.token, fields["TimeStamp"], fields["Nonce"], fields["Encrypt"])
                verified = secrets.compare_digest(expected, fields["MsgSignature"])
                opened = self.cipher.decrypt(fields["Encrypt"])
                fields = read_fields(opened)
            return {"opened": opened, "verified": verified, **_shown(fields)}
        except (RefusedRequestError, KeyError):
            return {"reply": None, "verified": False}


def _shown(fields: dict[str, str]) -> JsonObject:
    """What the phone shows of a reply."""
    if fields.get("MsgType") != "news":
        return {"reply": fields.get("Content")}
    article = {name: fields.get(f"Articles.item.{name}", "") for name in ("Title", "Description", "PicUrl", "Url")}
    reply = f"{article['Title']}\n{article['Description']}"
    told = {"title": article["Title"], "description": article["Description"]}
    return {"reply": reply, **told, "picture": article["PicUrl"], "url": article["Url"]}


def message_xml(
    account: str, openid: str, kind: str, content: str, message_id: str, now: int, entry: str | None = None
) -> str:
    """A message or event as WeChat writes it; `content` is the text, media id, menu key or scene.

    A text is of a tap on the `entry` of a menu where that is given.
    """
    head = _head(account, openid, now)
    if kind in EVENTS:
        key = f"qrscene_{content}" if kind == "subscribe" and content else content
        return (
            f"{head}<MsgType>{cdata('event')}</MsgType><Event>{cdata(kind)}</Event>"
            f"<EventKey>{cdata(key)}</EventKey></xml>"
        )
    fields = {
        "text": f"<Content>{cdata(content)}</Content>{_tapped(entry)}",
        "location": "<Location_X>26.08</Location_X><Location_Y>119.29</Location_Y><Scale>16</Scale>",
    }.get(kind, f"<MediaId>{cdata(content or 'm1')}</MediaId>")
    return f"{head}<MsgType>{cdata(kind)}</MsgType>{fields}<MsgId>{escape(message_id)}</MsgId></xml>"


def _tapped(entry: str | None) -> str:
    return "" if entry is None else f"<bizmsgmenuid>{cdata(entry)}</bizmsgmenuid>"


def result_xml(account: str, openid: str, way: str, message_id: int, status: str) -> str:
    """The event that says what became of a notice: `success`, or why it failed."""
    head = f"{_head(account, openid, int(time.time()))}<MsgType>{cdata('event')}</MsgType>"
    if way == TEMPLATE:
        event = f"<Event>{cdata('TEMPLATESENDJOBFINISH')}</Event><MsgID>{message_id}</MsgID>"
        return f"{head}{event}<Status>{cdata(status)}</Status></xml>"
    code = 0 if status == "success" else 1
    item = f"<MsgID>{message_id}</MsgID><ErrorCode>{code}</ErrorCode><ErrorStatus>{cdata(status)}</ErrorStatus>"
    event = f"<Event>{cdata('subscribe_msg_sent_event')}</Event>"
    return f"{head}{event}<SubscribeMsgSentEvent><List>{item}</List></SubscribeMsgSentEvent></xml>"


def _head(account: str, openid: str, now: int) -> str:
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName><FromUserName>{cdata(openid)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime>"
    )
