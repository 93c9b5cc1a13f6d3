"""Files of our own are asked for once; pages are compressed where no other site can measure them."""

from __future__ import annotations

import re

import httpx
import pytest

from server.web.assets import STATIC, asset, version_of
from tests.support.h5 import log_in
from tests.support.people import YING
from tests.support.world import World

ADDRESS = re.compile(r'"(/static/[^"]+)"')


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir()))
async def test_a_file_is_kept_for_ever_under_the_address_of_its_content(world: World, name: str) -> None:
    kept = await world.http.get(asset(name))
    assert (kept.status_code, kept.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    for other in (f"/static/{name}", f"/static/{name}?{'0' * 12}", f"/static/{name}?v={version_of(name)}"):
        assert (await world.http.get(other)).headers["cache-control"] == "no-cache"


async def test_every_page_names_its_files_by_their_content(world: World) -> None:
    for path in ("/desk/sign-in", "/simulator/", "/h5/sign-in"):
        named = ADDRESS.findall((await world.http.get(path, follow_redirects=True)).text)
        assert named, path
        assert {one for one in named if one != asset(one.removeprefix("/static/").partition("?")[0])} == set(), path


@pytest.fixture
async def browser(world: World) -> httpx.AsyncClient:
    await world.enrol(YING)
    assert (await log_in(world)).status_code == 200
    return world.http


@pytest.mark.parametrize(("site", "encoding"), [("same-origin", "gzip"), ("none", "gzip"), ("cross-site", None)])
async def test_a_page_is_compressed_unless_another_site_asks_for_it(
    browser: httpx.AsyncClient, site: str, encoding: str | None
) -> None:
    answer = await browser.get("/h5/", headers={"sec-fetch-site": site})
    assert answer.status_code == 200
    assert answer.headers.get("content-encoding") == encoding


async def test_the_desk_is_not_compressed_and_what_holds_nothing_of_a_session_is(world: World) -> None:
    assert "content-encoding" not in (await world.http.get("/desk/sign-in")).headers
    assert (await world.http.get(asset("egret.css"))).headers["content-encoding"] == "gzip"
