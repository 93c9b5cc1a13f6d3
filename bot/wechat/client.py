"""The WeChat API of one account: messages to people, the menu, QR codes, media, and who a visitor is.

Source: Tencent's pages on stable_token, custom/send, template and subscription messages, menu,
qrcode/create, media/get, the OAuth of web pages and jscode2session. Secrets travel in bodies where
WeChat allows it, and no request is logged. Every call has a time-out, and is tried twice at most.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlencode

import httpx

from bot.wechat.faults import BUSY, NO_MENU, RISKY, TOKEN_FAULTS, WeChatApiError

log = logging.getLogger("egret.wechat")
_PAUSE_SECONDS = 0.5
_UNION_SECONDS = 2.0
"""A person waits for the unionid at sign-in; it is asked again at the next one."""
SCENE_SECONDS = 30 * 24 * 3600
"""The longest life of a temporary QR code."""
MEDIA_BYTES = 10 * 1024 * 1024
Fetch = Callable[[], Awaitable[tuple[str, int]]]


class Tokens(Protocol):
    """Keeps the access token for every process of this account."""

    async def current(self, fetch: Fetch, stale: str | None = None) -> str:
        """The token; `fetch` gives a new one and its life in seconds, where there is none but `stale`."""


class App(NamedTuple):
    """What the platform knows an account, or a mini-program, by."""

    id: str
    secret: str


class Account(NamedTuple):
    """Who signed in: the openid at one app, and the unionid, which is the same at every app of one owner."""

    openid: str
    union: str | None


class WeChatClient:
    """Calls of one account, and the sign-in of the mini-program beside it. Share it: it keeps one connection pool."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        base: str,
        open_base: str,
        tokens: Tokens,
        *,
        account: App,
        mini_program: App | None,
    ) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._open_base = open_base.rstrip("/")
        self._tokens = tokens
        self._account = account
        self._mini_program = mini_program

    # To people. Each raises WeChatApiError or httpx.HTTPError.

    async def send_text(self, openid: str, text: str, message_id: str) -> None:
        """A customer-service text."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}, "client_msg_id": message_id}
        await self._call("/cgi-bin/message/custom/send", body)

    async def send_menu(
        self, openid: str, head: str, entries: Sequence[tuple[str, str]], tail: str, message_id: str
    ) -> None:
        """A customer-service text with entries to tap, each an id and words; only a verified account may."""
        menu = {
            "head_content": head,
            "list": [{"id": entry, "content": content} for entry, content in entries],
            "tail_content": tail,
        }
        body = {"touser": openid, "msgtype": "msgmenu", "msgmenu": menu, "client_msg_id": message_id}
        await self._call("/cgi-bin/message/custom/send", body)

    async def send_template(
        self, openid: str, template: str, values: Mapping[str, str], url: str, message_id: str
    ) -> str | None:
        """A template message; `message_id` lets the platform suppress a repetition for ten minutes.

        The platform's own id, by which it says later what became of it (`bot.wechat.results`).
        """
        body = {
            "touser": openid,
            "template_id": template,
            "url": url,
            "data": _values(values),
            "client_msg_id": message_id,
        }
        return _message_id(await self._call("/cgi-bin/message/template/send", body))

    async def send_subscription(self, openid: str, template: str, values: Mapping[str, str], url: str) -> str | None:
        """A subscription notice, of which the person has allowed one; 43101 where not. The platform's id, if any."""
        body = {"touser": openid, "template_id": template, "page": url, "data": _values(values)}
        return _message_id(await self._call("/cgi-bin/message/subscribe/bizsend", body))

    async def send_to_mini_program(self, openid: str, template: str, values: Mapping[str, str], page: str) -> None:
        """A subscription message of a mini-program, of which the person has allowed one; 43101 where not."""
        body = {"touser": openid, "template_id": template, "page": page, "data": _values(values)}
        await self._call("/cgi-bin/message/subscribe/send", body)

    # The account

    async def menu(self) -> dict[str, Any]:
        """The published menu; empty where there is none."""
        try:
            return await self._call("/cgi-bin/menu/get")
        except WeChatApiError as error:
            if error.code == NO_MENU:
                return {}
            raise

    async def publish_menu(self, menu: dict[str, Any]) -> None:
        """Replace the menu. Phones show it within about five minutes."""
        await self._call("/cgi-bin/menu/create", menu)

    async def scene_code(self, scene: str, seconds: int | None = None) -> str:
        """The address of a QR code that brings `scene` (1-64 characters) along; for good without `seconds`."""
        action = "QR_LIMIT_STR_SCENE" if seconds is None else "QR_STR_SCENE"
        body: dict[str, Any] = {"action_name": action, "action_info": {"scene": {"scene_str": scene}}}
        if seconds is not None:
            body["expire_seconds"] = min(seconds, SCENE_SECONDS)
        url: str = (await self._call("/cgi-bin/qrcode/create", body))["url"]
        return url

    async def media(self, media_id: str) -> bytes:
        """A picture that was sent, at most 10 MB."""
        found = await self._call("/cgi-bin/media/get", query={"media_id": media_id}, binary=True)
        content: bytes | None = found.get("content")
        if content is None:
            raise WeChatApiError(BUSY)
        return content

    # Who a visitor is. An exchange of a code raises WeChatApiError where it is not the code that is wrong.

    def authorize_url(self, back_to: str, state: str) -> str:
        """Where a page sends a visitor to learn their openid, without asking them anything."""
        query = {
            "appid": self._account.id,
            "redirect_uri": back_to,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{self._open_base}/connect/oauth2/authorize?{urlencode(query, quote_via=quote)}#wechat_redirect"

    async def openid_of_page(self, code: str) -> str | None:
        """The openid behind a page's code; None when it is refused, or stands for a virtual account."""
        query = {**_signed_by(self._account), "code": code, "grant_type": "authorization_code"}
        data = await self._exchange("/sns/oauth2/access_token", query)
        return None if data is None or data.get("is_snapshotuser") else _openid(data)

    async def union_of(self, openid: str) -> str | None:
        """The unionid of a follower of the account; None where the platform has none, or does not tell it at once."""
        try:
            async with asyncio.timeout(_UNION_SECONDS):
                return _union(await self._call("/cgi-bin/user/info", query={"openid": openid}))
        except (WeChatApiError, httpx.HTTPError, TimeoutError) as error:
            log.warning("no unionid was told: %s", error if isinstance(error, WeChatApiError) else type(error).__name__)
            return None

    async def account_of(self, code: str) -> Account | None:
        """Who a `wx.login` code stands for; None when it is refused, or there is no mini-program."""
        if self._mini_program is None:
            return None
        query = {**_signed_by(self._mini_program), "js_code": code, "grant_type": "authorization_code"}
        data = await self._exchange("/sns/jscode2session", query)
        openid = None if data is None else _openid(data)
        return None if data is None or openid is None else Account(openid, _union(data))

    async def _exchange(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        """What a code stands for, None where it is refused; what operators have to know of is logged."""
        try:
            return await self._exchanged(path, query)
        except WeChatApiError as error:
            if error.code == RISKY:
                log.warning("a login was refused: %s", error)
            elif not error.is_login:
                log.warning("a login failed: %s%s", error, _by(error.__cause__))
            if error.is_login:
                return None
            raise

    async def _exchanged(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A busy platform is asked once more; one that fell silent is not, for the code may be used up."""
        for attempt in (1, 2):
            try:
                data = _checked(await self._http.get(f"{self._base}{path}", params=query))
            except httpx.HTTPError as error:
                raise WeChatApiError(BUSY) from error
            code = _code_of(data)
            if code == 0 and "openid" in data:
                return data
            if attempt == 2 or code != BUSY:
                raise WeChatApiError(code or BUSY, _without(data.get("errmsg"), query.values()))
            await asyncio.sleep(_PAUSE_SECONDS)
        raise AssertionError

    # Calls

    async def _call(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        binary: bool = False,
    ) -> dict[str, Any]:
        """POST with a body, GET without. A stale token is renewed and a busy platform tried once more."""
        stale = None
        for attempt in (1, 2):
            token = await self._tokens.current(self._fetch_token, stale)
            data = await self._once(path, body, {"access_token": token, **(query or {})}, binary=binary)
            code = _code_of(data)
            if code == 0:
                return data
            if attempt == 2 or (code not in TOKEN_FAULTS and code != BUSY):
                raise WeChatApiError(code, data.get("errmsg"))
            if code == BUSY:
                await asyncio.sleep(_PAUSE_SECONDS)
            else:
                stale = token
        raise AssertionError

    async def _once(
        self, path: str, body: dict[str, Any] | None, query: Mapping[str, str], *, binary: bool
    ) -> dict[str, Any]:
        url = f"{self._base}{path}"
        if not binary:
            method = "GET" if body is None else "POST"
            return _checked(await self._http.request(method, url, params=query, json=body))
        async with self._http.stream("GET", url, params=query) as response:
            response.raise_for_status()
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > MEDIA_BYTES:
                    raise WeChatApiError(45001)
        if response.headers.get("content-type", "").startswith(("application/json", "text/plain")):
            return _checked(httpx.Response(200, content=bytes(content)))
        if not response.headers.get("content-type", "").startswith(("image/", "application/octet-stream")):
            raise WeChatApiError(BUSY)
        return {"content": bytes(content)}

    async def _fetch_token(self) -> tuple[str, int]:
        body = {"grant_type": "client_credential", **_signed_by(self._account)}
        data = _checked(await self._http.post(f"{self._base}/cgi-bin/stable_token", json=body))
        if "access_token" not in data:
            raise WeChatApiError(_code_of(data) or BUSY, data.get("errmsg"))
        return str(data["access_token"]), int(data.get("expires_in", 7200))


def _checked(response: httpx.Response) -> dict[str, Any]:
    """The object in an answer; one that is none, such as a proxy's page, is a platform that is busy."""
    try:
        data = response.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise WeChatApiError(BUSY)
    return data


def _without(said: object, secrets: Iterable[str]) -> object:
    """The platform's words without what we asked it with, should it quote that."""
    if isinstance(said, str):
        for secret in secrets:
            said = said.replace(secret, "…")
    return said


def _code_of(data: Mapping[str, Any]) -> int:
    """The errcode of an answer, 0 where there is none."""
    try:
        return int(data.get("errcode", 0))
    except (TypeError, ValueError):
        return BUSY


def _by(cause: BaseException | None) -> str:
    """What kind of fault is behind an error; its text may quote an address with a secret."""
    return "" if cause is None else f" ({type(cause).__name__})"


def _message_id(data: Mapping[str, Any]) -> str | None:
    """The id that the platform gave a message, a number of 64 bits; not every call gives one."""
    found = str(data.get("msgid") or "")
    return found if 0 < len(found) <= 64 else None


def _signed_by(app: App) -> dict[str, str]:
    return {"appid": app.id, "secret": app.secret}


def _openid(data: Mapping[str, Any]) -> str | None:
    return _id(data.get("openid"))


def _union(data: Mapping[str, Any]) -> str | None:
    return _id(data.get("unionid"))


def _id(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 128 else None


def _values(values: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"value": value} for name, value in values.items()}
