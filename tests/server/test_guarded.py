"""Every address of ours is guarded: found by walking the routes, so that a new page is looked at by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from schema.types.principal import Kind
from server.app import build_app
from server.platform.http.origins import PLACES
from server.settings import Settings, demo_settings
from tests.support.live import BROWSER
from tests.support.people import YING
from tests.support.world import World

SELF = "https://credit.city.example"
_INLINE_ALLOWED = re.compile(r"/graphiql/.*|.*\.pdf|/h5/pictures/.*")
_NOT_BY_COOKIE = ("/wechat", "/graphql", "/uploads", "/simulator", "/metrics", "/letters/check")
"""Doors that know a caller by a signature, a token, or a one-time address, or answer anybody the same: no cookie
counts there."""


def addresses(app: Starlette, method: str) -> Iterator[str]:
    """Every path that answers a method, with something in the place of each parameter."""

    def inside(routes: list[Route | Mount], prefix: str) -> Iterator[str]:
        for route in routes:
            if isinstance(route, Mount):
                yield from inside(route.routes or [], prefix + route.path)  # type: ignore[arg-type]
            elif isinstance(route, Route) and method in (route.methods or ()):
                yield re.sub(r"\{\w+(?::\w+)?\}", "x-1", prefix + route.path)

    return inside(app.routes, "")  # type: ignore[arg-type]


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """As a city has it: an address of TLS, before which a proxy stands."""
    demo = demo_settings(Settings(demo=True, data_dir=data_dir), port=8000)
    return demo.model_copy(update={"public_url": SELF})


@pytest.fixture
def browser(world: World) -> httpx.AsyncClient:
    """As from outside, over TLS; what breaks inside is answered, not raised here."""
    transport = httpx.ASGITransport(app=world.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=SELF, headers=BROWSER)


async def as_citizen(world: World, browser: httpx.AsyncClient) -> None:
    await world.enrol(YING)
    browser.cookies.set("egret_page", world.container.sessions.log_in_page("o-test").token)


async def as_agent(world: World, browser: httpx.AsyncClient) -> None:
    await world.hire("agent", Kind.AGENT)
    form = {"account": "agent", "password": "agentagent"}
    assert (await browser.post("/desk/sign-in", data=form)).status_code == 303


def is_guarded(answer: httpx.Response) -> list[str]:
    """What is missing."""
    headers = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers.get("content-security-policy", "x y").split(";"))
    path = answer.request.url.path
    wanted = {
        "content-security-policy": policy.get("default-src") == "'none'",
        "no script inside pages": "unsafe" not in policy.get("script-src", ""),
        "no style inside pages": "unsafe" not in policy.get("style-src", "") or bool(_INLINE_ALLOWED.fullmatch(path)),
        "frame-ancestors": policy.get("frame-ancestors") == "'none'" and headers.get("x-frame-options") == "DENY",
        "base-uri": policy.get("base-uri") == "'none'",
        "nosniff": headers.get("x-content-type-options") == "nosniff",
        "referrer-policy": headers.get("referrer-policy") == "no-referrer",
        "hsts": headers.get("strict-transport-security", "").startswith("max-age=31536000"),
        "cross-origin-resource-policy": headers.get("cross-origin-resource-policy")
        == ("cross-origin" if path.startswith(PLACES) else "same-origin"),
        "kept by nobody": "text/html" not in headers.get("content-type", "")
        or answer.status_code >= 400
        or path.startswith(("/simulator", "/graphiql", "/developers"))  # the same for everybody
        or "no-store" in headers.get("cache-control", ""),
    }
    return [f"{answer.request.method} {path} {answer.status_code}: {name}" for name, fits in wanted.items() if not fits]


@pytest.mark.parametrize("who", ["nobody", "a citizen", "an agent"])
async def test_every_answer_of_every_address_has_the_headers(
    world: World, browser: httpx.AsyncClient, who: str
) -> None:
    if who != "nobody":
        await {"a citizen": as_citizen, "an agent": as_agent}[who](world, browser)
    missing, seen = [], 0
    for method in ("GET", "POST"):
        for path in addresses(world.app, method):
            if path == "/simulator/events":  # goes on for ever
                continue
            answer = await browser.request(method, path)
            assert answer.status_code < 500, path
            missing += is_guarded(answer)
            seen += 1
    for path in ("/", "/nowhere", "/desk/nowhere", "/static/../etc/passwd", "/static/egret.css"):
        missing += is_guarded(await browser.get(path))
    assert missing == []
    assert seen > 60


async def test_an_answer_to_a_fault_of_ours_has_the_headers_too(world: World) -> None:
    async def breaks(request: Request) -> Response:
        raise LookupError

    app = build_app(world.container)
    app.router.routes.insert(0, Route("/breaks", breaks))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SELF, headers=BROWSER) as http:
        answer = await http.get("/breaks")
    assert answer.status_code == 500
    assert is_guarded(answer) == []
    assert "LookupError" not in answer.text


async def test_cookies_are_out_of_reach_of_scripts_of_other_sites_and_of_plain_http(
    world: World, browser: httpx.AsyncClient
) -> None:
    await world.enrol(YING)
    await world.hire("agent", Kind.AGENT)
    set_by = [
        await browser.post("/desk/sign-in", data={"account": "agent", "password": "agentagent"}),
        await browser.get("/h5/?lang=en"),
    ]
    cookies = [cookie for answer in set_by for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) >= 4
    for cookie in cookies:
        name = cookie.split("=")[0]
        assert "httponly" in cookie.lower(), name
        assert "; secure" in cookie.lower(), name
        assert re.search(r"samesite=(strict|lax)", cookie.lower()), name
        assert re.search(r"path=/(desk|h5)", cookie.lower()), name


async def test_no_form_of_another_site_and_none_without_its_token_does_anything(
    world: World, browser: httpx.AsyncClient
) -> None:
    await as_citizen(world, browser)
    await as_agent(world, browser)
    before = await everything(world)
    tried = 0
    for path in addresses(world.app, "POST"):
        if path.startswith(_NOT_BY_COOKIE):
            continue
        for headers in ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, {}):
            answer = await browser.post(path, data={"csrf": "0" * 64, "key": "0" * 32, "name": "x"}, headers=headers)
            if path == "/desk/sign-out":  # which at worst signs out
                continue
            assert answer.status_code in (303, 400, 401, 403, 404, 409, 410, 422), (path, answer.status_code)
            tried += 1
    assert await everything(world) == before
    assert tried > 20


async def everything(world: World) -> dict[str, int]:
    """How much there is of what a citizen or an agent can change, and its versions."""
    store = world.container.store
    names = ("citizens", "disputes", "evidence", "passes", "case_notes", "outbox", "audit", "binding_attempts")
    counts = {name: await store[name].count_documents({}) for name in names}
    versions = [row["version"] async for row in store["citizens"].find({}, {"version": 1})]
    return counts | {"versions": sum(versions)}


async def test_the_real_server_has_no_simulator_and_no_ide(world: World) -> None:
    settings = world.container.settings.model_copy(update={"demo": False})
    app = build_app(replace(world.container, settings=settings))
    paths = [*addresses(app, "GET"), *addresses(app, "POST")]
    assert not [path for path in paths if path.startswith(("/simulator", "/metrics"))]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=SELF, headers=BROWSER) as http:
        assert (await http.get("/graphiql/")).status_code == 404
