"""The desk's pages: signing in, the fields of a form, an action."""

from __future__ import annotations

import re

import httpx

from schema.types.connection import Page
from schema.types.principal import Caller, Kind
from scoring.disputes import DisputeReason
from tests.support.people import YING, record
from tests.support.world import World


async def file_dispute(world: World) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "T-77"))
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "<b>不是我的车</b>", [])


async def sign_in(world: World, account: str, role: Kind) -> None:
    await world.hire(account, role)
    world.http.cookies.clear()
    response = await world.http.post("/desk/sign-in", data={"account": account, "password": account * 2})
    assert response.status_code == 303
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


async def fields(world: World, url: str) -> dict[str, str]:
    html = (await world.http.get(url)).text
    return {name: re.search(f'name="{name}" value="([^"]*)"', html)[1] for name in ("csrf", "revision")}  # type: ignore[index]


async def send(world: World, url: str, action: str, **values: str) -> httpx.Response:
    """Submit a form of a case with what its page holds; the answer to the form itself."""
    return await world.http.post(f"{url}/{action}", data={**await fields(world, url), **values})


async def act(world: World, url: str, action: str, **values: str) -> None:
    """Press a button of a case; it does what it says."""
    page = await after(world, await send(world, url, action, **values))
    assert 'class="refusal' not in page.text, page.text


async def refusal(world: World, url: str, action: str, **values: str) -> httpx.Response:
    """Press a button of a case that does nothing; the page that says so."""
    page = await after(world, await send(world, url, action, **values))
    assert 'class="refusal" role="alert"' in page.text
    return page


async def after(world: World, answer: httpx.Response) -> httpx.Response:
    """The page that a form leads to: never an answer to the form itself, so that Back sends nothing again."""
    assert answer.status_code == 303, answer.text
    page = await world.http.get(answer.headers["location"], follow_redirects=True)
    assert page.status_code == 200
    return page


async def open_case(world: World) -> str:
    """A case that the agent who is signed in holds; its address."""
    await file_dispute(world)
    await sign_in(world, "agent", Kind.AGENT)
    url: str = re.search(r'href="(/desk/cases/[^"]+)"', (await world.http.get("/desk/")).text)[1]  # type: ignore[index]
    await act(world, url, "claim")
    return url
