"""The WeChat API client: tokens are shared, renewed once, and final errors are final."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.wechat.client import Fetch, WeChatClient
from bot.wechat.faults import WeChatApiError
from bot.wechat.menu import menu, published, read_published


class Platform:
    """Answers like the WeChat API."""

    def __init__(self, *codes: int) -> None:
        self.codes = list(codes)
        self.tokens = 0
        self.sent: list[dict[str, Any]] = []
        self.menus: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"t{self.tokens}", "expires_in": 7200})
        if request.url.path.endswith("jscode2session"):
            good = request.url.params["js_code"] == "good"
            return httpx.Response(200, json={"openid": "o1"} if good else {"errcode": 40029})
        if request.url.path.endswith("menu/get"):
            return httpx.Response(200, json={"errcode": 46003} if not self.menus else {"menu": self.menus[-1]})
        if request.url.path.endswith("menu/create"):
            self.menus.append(json.loads(request.content))
            return httpx.Response(200, json={"errcode": 0})
        self.sent.append({"token": request.url.params["access_token"], **json.loads(request.content)})
        code = self.codes.pop(0) if self.codes else 0
        return httpx.Response(200, json={"errcode": code})


class Tokens:
    """A token of this process alone."""

    def __init__(self) -> None:
        self.known = ""

    async def current(self, fetch: Fetch, stale: str | None = None) -> str:
        if self.known in ("", stale):
            self.known, _ = await fetch()
        return self.known


def client(platform: Platform) -> WeChatClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(platform))
    return WeChatClient(http, "https://wechat.test", "https://open.test", "wx1", "secret", Tokens())


async def test_one_token_serves_many_messages() -> None:
    platform = Platform()
    wechat = client(platform)
    for n in range(3):
        await wechat.send_text("o1", "您好", f"m{n}")
    assert platform.tokens == 1
    assert platform.sent[0]["client_msg_id"] == "m0"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_stale_token_is_renewed_once(code: int) -> None:
    platform = Platform(code)
    await client(platform).send_text("o1", "您好", "m")
    assert [s["token"] for s in platform.sent] == ["t1", "t2"]


async def test_a_busy_platform_is_tried_again() -> None:
    platform = Platform(-1)
    await client(platform).send_text("o1", "您好", "m")
    assert len(platform.sent) == 2


@pytest.mark.parametrize(("code", "final"), [(45015, False), (43004, True), (45011, False)])
async def test_other_errors_say_whether_another_try_can_help(code: int, final: bool) -> None:
    with pytest.raises(WeChatApiError) as caught:
        await client(Platform(code)).send_text("o1", "您好", "m")
    assert caught.value.is_final is final


@pytest.mark.parametrize(("code", "quota"), [(45015, True), (45047, True), (43004, False)])
async def test_a_used_up_quota_waits_for_the_person(code: int, quota: bool) -> None:
    with pytest.raises(WeChatApiError) as caught:
        await client(Platform(code)).send_text("o1", "您好", "m")
    assert caught.value.is_quota is quota


async def test_login_codes_give_an_openid_or_nothing() -> None:
    wechat = client(Platform())
    assert await wechat.openid_of("good") == "o1"
    assert await wechat.openid_of("bad") is None


async def test_a_menu_that_is_not_there_is_empty_and_a_published_one_comes_back() -> None:
    wechat = client(Platform())
    assert await wechat.menu() == {}
    await wechat.publish_menu(published(menu()))
    assert read_published(await wechat.menu()) == menu()
