"""The pages behind the chat: links, forms and signing in."""

from __future__ import annotations

import re
from typing import Any

from tests.support.people import YING
from tests.support.world import Chat, World


def address(text: str) -> str:
    found = re.search(r"https?://\S+?(?=[\s，；;,]|$)", text)
    assert found is not None
    return found[0]


async def binding_link(world: World, chat: Chat) -> str:
    await world.register(YING)
    await chat.say("绑定")
    url = address(await chat.say("1"))
    await log_in(world, chat.openid)
    return url


async def my_data(world: World, chat: Chat) -> str:
    """The address of my data, in WeChat's own browser."""
    url = address(await chat.say("我的数据"))
    await log_in(world, chat.openid)
    return url


def form(**values: str) -> dict[str, str]:
    person = {"name": YING.name, "id_number": YING.id_number, "phone": YING.phone, "consent": "2026-1"}
    return {**person, **values}


async def bind(world: World, url: str) -> Any:
    page = await world.http.post(url, data=form())
    attempt = re.search(r'name="attempt" value="([^"]+)"', page.text)
    assert attempt is not None, page.text
    return await world.http.post(url, data={"attempt": attempt[1], "code": await world.last_code()})


async def log_in(world: World, openid: str = "o-test") -> Any:
    """Open the score page as WeChat's browser does."""
    world.http.cookies.clear()
    world.http.cookies.set("sim-openid", openid, domain="127.0.0.1")
    return await world.http.get("/h5/", follow_redirects=True)
