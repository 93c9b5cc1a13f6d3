"""The WeChat API: access token, customer-service messages, mini-program login.

Source: Tencent's pages on stable_token, custom/send and jscode2session. Secrets travel in
bodies where WeChat allows it, and no request is logged.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

_TOKEN_FAULTS = frozenset({40001, 40014, 42001})
_BUSY = -1
_NO_MENU = 46003
_GONE = frozenset({40003, 43004, 43019, 48001})
_QUOTA = frozenset({45015, 45047})


class WeChatApiError(Exception):
    """The platform refused a call; `code` is WeChat's errcode."""

    def __init__(self, code: int) -> None:
        super().__init__(f"WeChat errcode {code}")
        self.code = code

    @property
    def is_final(self) -> bool:
        """Whether sending again cannot help: no such openid, not following, blocked, not authorised."""
        return self.code in _GONE

    @property
    def is_quota(self) -> bool:
        """Whether the person must do something first: the window is closed, or its messages are used up."""
        return self.code in _QUOTA


class WeChatClient:
    """Calls of one account. Share it: it keeps one access token and one connection pool."""

    def __init__(self, http: httpx.AsyncClient, base: str, app_id: str, secret: str) -> None:
        self._http = http
        self._base = base.rstrip("/")
        self._app_id = app_id
        self._secret = secret
        self._token = ""
        self._token_until = 0.0
        self._lock = asyncio.Lock()

    async def send_text(self, openid: str, text: str, message_id: str) -> None:
        """A customer-service text. Raises WeChatApiError or httpx.HTTPError."""
        body = {
            "touser": openid,
            "msgtype": "text",
            "text": {"content": text},
            "client_msg_id": message_id,
        }
        await self._call("/cgi-bin/message/custom/send", body)

    async def menu(self) -> dict[str, Any]:
        """The published menu; empty where there is none. Raises WeChatApiError or httpx.HTTPError."""
        try:
            return await self._call("/cgi-bin/menu/get")
        except WeChatApiError as error:
            if error.code == _NO_MENU:
                return {}
            raise

    async def publish_menu(self, menu: dict[str, Any]) -> None:
        """Replace the menu. Phones show it within about five minutes."""
        await self._call("/cgi-bin/menu/create", menu)

    async def openid_of(self, code: str) -> str | None:
        """The openid behind a `wx.login` code; None when the code is refused."""
        query = {
            "appid": self._app_id,
            "secret": self._secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        response = await self._http.get(f"{self._base}/sns/jscode2session", params=query)
        data = response.json()
        openid = data.get("openid") if isinstance(data, dict) else None
        return openid if isinstance(openid, str) and 0 < len(openid) <= 128 else None

    async def _call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST with a body, GET without. A stale token is renewed and a busy platform tried once more."""
        for attempt in (1, 2):
            url, query = f"{self._base}{path}", {"access_token": await self._access_token()}
            if body is None:
                response = await self._http.get(url, params=query)
            else:
                response = await self._http.post(url, params=query, json=body)
            data: dict[str, Any] = response.json()
            code = int(data.get("errcode", 0))
            if code == 0:
                return data
            if attempt == 1 and code in _TOKEN_FAULTS:
                self._token_until = 0.0
                continue
            if attempt == 1 and code == _BUSY:
                await asyncio.sleep(0.5)
                continue
            raise WeChatApiError(code)
        raise WeChatApiError(_BUSY)

    async def _access_token(self) -> str:
        async with self._lock:
            if time.monotonic() < self._token_until:
                return self._token
            body = {
                "grant_type": "client_credential",
                "appid": self._app_id,
                "secret": self._secret,
            }
            response = await self._http.post(f"{self._base}/cgi-bin/stable_token", json=body)
            data = response.json()
            if "access_token" not in data:
                raise WeChatApiError(int(data.get("errcode", _BUSY)))
            self._token = str(data["access_token"])
            self._token_until = time.monotonic() + max(60, int(data.get("expires_in", 7200)) - 300)
            return self._token
