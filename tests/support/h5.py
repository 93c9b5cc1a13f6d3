"""The pages behind the chat: links, forms and signing in."""

from __future__ import annotations

import re
from typing import Any

import httpx

from tests.support.pages import hidden
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


async def fill(world: World, url: str, **typed: str) -> httpx.Response:
    """Open a page with one form, fill it in and send it; the page that comes."""
    page = await world.http.get(url)
    assert page.status_code == 200, page.text
    return await fill_again(world, page, **typed)


async def fill_again(world: World, page: httpx.Response, **typed: str) -> httpx.Response:
    """Fill in the form of a page that is open."""
    fields = hidden(page, page.url.path) | typed
    return await world.http.post(page.url, data=fields, follow_redirects=True)


async def bind(world: World, url: str) -> httpx.Response:
    """Both steps; the page that comes."""
    page = await fill(world, url, **form())
    return await fill_again(world, page, code=await world.last_code())


async def log_in(world: World, openid: str = "o-test") -> Any:
    """Open the score page as WeChat's browser does."""
    world.http.cookies.clear()
    world.http.cookies.set("sim-openid", openid, domain="127.0.0.1")
    return await world.http.get("/h5/", follow_redirects=True)
