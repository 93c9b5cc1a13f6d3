"""Egret asks the addresses in its settings and no other, whatever someone sends it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from server.container import open_container
from server.platform.kit.egress import MOST_BYTES, Egress, ForbiddenAddressError, TooLongError
from server.settings import Settings, demo_settings
from tests.support.people import YING
from tests.support.world import Chat, World

WECHAT, SMS = "https://api.weixin.qq.com", "http://sms.city.example:8080/send"
ELSEWHERE = [
    "http://169.254.169.254/latest/meta-data/",
    "http://127.0.0.1:27017/",
    "http://[::1]:9100/metrics",
    "http://0x7f000001/",
    "http://api.weixin.qq.com/cgi-bin/media/get",  # not by TLS
    "https://api.weixin.qq.com:8443/",
    "https://api.weixin.qq.com@evil.example/",
    "https://api.weixin.qq.com.evil.example/",
    "https://evil.example/?https://api.weixin.qq.com",
    "http://sms.city.example/send",
    "https://mmbiz.qpic.cn/mmbiz_jpg/picture",
]


class Sends(httpx.AsyncBaseTransport):
    """Answers everything, and remembers what it was asked."""

    def __init__(self, answer: httpx.Response | None = None) -> None:
        self.asked: list[str] = []
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self._answer or httpx.Response(200, json={"errcode": 0})


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_nothing_is_sent_to_an_address_that_no_setting_names(url: str) -> None:
    inner = Sends()
    async with httpx.AsyncClient(transport=Egress(inner, [WECHAT, SMS])) as http:
        with pytest.raises(ForbiddenAddressError):
            await http.get(url)
    assert inner.asked == []


@pytest.mark.parametrize("url", [f"{WECHAT}/cgi-bin/media/get?media_id=x", "https://api.weixin.qq.com:443/", SMS])
async def test_what_a_setting_names_is_asked(url: str) -> None:
    inner = Sends()
    async with httpx.AsyncClient(transport=Egress(inner, [WECHAT, SMS])) as http:
        assert (await http.get(url)).status_code == 200
    assert len(inner.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_leads_anywhere(status: int) -> None:
    inner = Sends(httpx.Response(status, headers={"location": "http://169.254.169.254/"}))
    async with httpx.AsyncClient(transport=Egress(inner, [WECHAT])) as http:
        assert (await http.get(WECHAT)).status_code == status
    async with httpx.AsyncClient(transport=Egress(inner, [WECHAT]), follow_redirects=True) as http:
        with pytest.raises(ForbiddenAddressError):
            await http.get(WECHAT)
    assert inner.asked == [WECHAT, WECHAT]


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in itertools.count():
            sent += 1 << 20
            yield bytes(1 << 20)

    inner = Sends(httpx.Response(200, content=without_end()))
    async with httpx.AsyncClient(transport=Egress(inner, [WECHAT])) as http:
        with pytest.raises(TooLongError):
            await http.get(WECHAT)
    assert sent <= MOST_BYTES + (2 << 20)


async def test_the_address_in_a_photo_message_is_never_fetched(world: World) -> None:
    await world.enrol(YING)
    asked: list[httpx.URL] = []

    async def note(request: httpx.Request) -> None:
        asked.append(request.url)

    world.http.event_hooks = {"request": [note]}
    await Chat(world).photo(b"no photo at all")
    assert asked
    assert {url.host for url in asked} == {"127.0.0.1"}
    assert not [url for url in asked if "media" in url.path and "media_id" not in url.query.decode()]


async def test_a_running_system_asks_no_one_else(tmp_path: Path, mongodb_uri: str) -> None:
    demo = demo_settings(Settings(demo=True, data_dir=tmp_path), port=8000)
    settings = demo.model_copy(update={"mongodb_uri": SecretStr(mongodb_uri), "database": "test-egress"})
    async with open_container(settings) as container:
        for url in ELSEWHERE:
            with pytest.raises(ForbiddenAddressError):
                await container.http.get(url)
