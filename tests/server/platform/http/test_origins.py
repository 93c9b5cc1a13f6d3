"""Other origins: which may ask the API, send files, see pictures and open sockets; pages are never theirs."""

from __future__ import annotations

import httpx
import pytest

from server.app import build_app
from server.platform.http.origins import may_open
from server.settings import BadSettingsError, require_usable
from tests.support.photos import photo
from tests.support.world import World

APP = "https://app.example.org"
ALLOWED = (APP, "http://localhost:5173")
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type,idempotency-key",
}


def browser(world: World, allowed: str) -> httpx.AsyncClient:
    """A client of the application with these origins allowed."""
    settings = world.container.settings.model_copy(update={"allowed_origins": allowed})
    object.__setattr__(world.container, "settings", settings)
    transport = httpx.ASGITransport(app=build_app(world.container))
    return httpx.AsyncClient(transport=transport, base_url=settings.base_url)


async def test_an_allowed_origin_asks_the_api(world: World) -> None:
    async with browser(world, ",".join(ALLOWED)) as http:
        asked = await http.options("/graphql", headers={"origin": APP, **PREFLIGHT})
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, APP)
        assert "idempotency-key" in asked.headers["access-control-allow-headers"]
        answer = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": APP})
        assert answer.headers["access-control-allow-origin"] == APP
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_another_origin_does_not(world: World) -> None:
    async with browser(world, APP) as http:
        asked = await http.options("/graphql", headers={"origin": "https://evil.example", **PREFLIGHT})
        assert asked.status_code == 400
        answer = await http.post(
            "/graphql", json={"query": "{ __typename }"}, headers={"origin": "https://evil.example"}
        )
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/desk/sign-in", "/h5/", "/graphiql", "/livez"])
async def test_a_page_is_of_its_own_origin_alone(world: World, path: str) -> None:
    async with browser(world, "*") as http:
        page = await http.get(path, headers={"origin": APP})
        assert "access-control-allow-origin" not in page.headers
        assert page.headers["cross-origin-resource-policy"] == "same-origin"


async def test_the_demo_lets_any_origin_ask_and_send_files(world: World) -> None:
    token = await world.bound_token()
    document = "mutation { openEvidenceUpload { ... on OpenEvidenceUploadSuccess { upload { url } } } }"
    upload = (await world.ask(document, token=token))["data"]["openEvidenceUpload"]["upload"]
    sent = await world.http.post(upload["url"], content=photo(), headers={"origin": "http://localhost:5173"})
    assert (sent.status_code, sent.headers["access-control-allow-origin"]) == (201, "*")


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        ("https://egret.example", True),
        ("https://servicewechat.com", True),
        ("weapp://wx0000", True),
        (APP, True),
        ("http://localhost:5173", True),
        ("https://app.example.org.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_a_socket_is_opened_by_our_pages_mini_programs_and_allowed_origins(origin: str | None, may: bool) -> None:
    assert may_open(origin, "egret.example", ALLOWED) is may


@pytest.mark.parametrize(
    "origin", ["app.example.org", "https://app.example.org/path", "https://", "ftp://a.example", "**"]
)
def test_what_is_no_origin_is_refused_at_the_start(world: World, origin: str) -> None:
    settings = world.container.settings.model_copy(update={"allowed_origins": f"{APP}, {origin}"})
    with pytest.raises(BadSettingsError, match="EGRET_ALLOWED_ORIGINS"):
        require_usable(settings)


async def test_outside_the_demo_no_other_origin_may_ask_unless_it_is_named(world: World) -> None:
    settings = world.container.settings.model_copy(update={"demo": False})
    assert settings.origins == ()
    object.__setattr__(world.container, "settings", settings)
    transport = httpx.ASGITransport(app=build_app(world.container))
    async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as http:
        asked = await http.options("/graphql", headers={"origin": APP, **PREFLIGHT})
        assert asked.status_code == 405
        answer = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": APP})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_named_origin_in_the_clear_is_refused_outside_the_demo(world: World) -> None:
    update = {"demo": False, "allowed_origins": "http://app.example.org"}
    with pytest.raises(BadSettingsError, match="ALLOWED_ORIGINS"):
        require_usable(world.container.settings.model_copy(update=update))
