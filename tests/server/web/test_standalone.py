"""The platform as a program of its own plays WeChat to an Egret at another address of the same machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from server.settings import BadSettingsError, Settings
from server.web.simulator.standalone import build_standalone
from tests.support.people import RECORDS, YING
from tests.support.world import World

PLATFORM = "http://127.0.0.1:8001/simulator"


@pytest_asyncio.fixture
async def platform(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The program, with the settings of the Egret that it plays to."""
    app = build_standalone(world.container.settings.model_copy(update={"demo": False}))
    app.state.http = world.http
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=PLATFORM) as http:
        yield http


async def test_it_sends_what_is_typed_and_shows_the_answer(platform: httpx.AsyncClient) -> None:
    asked = {"openid": "o-1", "kind": "subscribe"}
    result = (await platform.post("/send", json=asked)).json()["results"][0]
    assert result["verified"]
    assert "全凭自愿" in result["reply"]


async def test_it_keeps_what_a_worker_pushes(world: World, platform: httpx.AsyncClient) -> None:
    settings = world.container.settings
    app = {"appid": settings.wechat_app_id, "secret": settings.wechat_app_secret.get_secret_value()}
    token = (await platform.post("/api/cgi-bin/stable_token", json=app)).json()["access_token"]
    message = {"touser": "o-1", "msgtype": "text", "text": {"content": "您好"}}
    await platform.post("/api/cgi-bin/message/custom/send", params={"access_token": token}, json=message)
    arrived = (await platform.get("/arrived", params={"openid": "o-1"})).json()["arrived"]
    assert [item["text"] for item in arrived] == ["您好"]


async def test_it_asks_the_callback_before_it_takes_its_address(world: World, platform: httpx.AsyncClient) -> None:
    accepted = await platform.post("/callback")
    assert (accepted.status_code, accepted.json()["accepted"]) == (200, True)
    world.app.state.webhook = world.app.state.webhook.__class__("another token", ())
    refused = await platform.post("/callback")
    assert (refused.status_code, refused.json()["accepted"]) == (502, False)


async def test_it_fetches_pictures_of_messages_and_nothing_else(world: World, platform: httpx.AsyncClient) -> None:
    await world.enrol(YING, *RECORDS, openid="o-1")
    asked = {"openid": "o-1", "kind": "text", "content": "查询"}
    result = (await platform.post("/send", json=asked)).json()["results"][0]
    picture = await platform.get("/picture", params={"address": result["picture"]})
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    other = await platform.get("/picture", params={"address": f"{world.container.settings.base_url}/desk/"})
    assert other.status_code == 404


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"host": "evil.example:8001"}]
)
async def test_another_page_in_the_browser_makes_it_sign_nothing(
    world: World, platform: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    asked = {"openid": "o-1", "kind": "subscribe"}
    refused = await platform.post("/send", json=asked, headers=headers)
    assert refused.status_code in (400, 403)
    assert await world.container.store["contacts"].count_documents({}) == 0


async def test_its_page_has_the_phone_without_what_only_the_demo_has(world: World, platform: httpx.AsyncClient) -> None:
    html = (await platform.get("/")).text
    assert f'data-server="{world.container.settings.base_url}"' in html
    assert "可享权益" in html
    assert "时间" not in html
    assert (await platform.get("/clock")).status_code == 404
    assert (await platform.get("/token", params={"openid": "o-1"})).status_code == 404


async def test_it_plays_to_no_egret_that_others_can_reach(world: World) -> None:
    settings = world.container.settings.model_copy(update={"public_url": "https://score.city.example"})
    with pytest.raises(BadSettingsError, match=r"EGRET_PUBLIC_URL to an address on this machine"):
        build_standalone(settings)


def test_it_says_which_secrets_it_needs() -> None:
    with pytest.raises(BadSettingsError, match=r"EGRET_WECHAT_TOKEN.*\n.*EGRET_WECHAT_AES_KEY"):
        build_standalone(Settings())
