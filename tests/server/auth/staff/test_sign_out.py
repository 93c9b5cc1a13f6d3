"""Signing out: here, at the provider, and where the provider says so by its back channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.server.auth.staff.conftest import Browser
from tests.support.provider import CLIENT_ID, ISSUER, LOGOUT_EVENT, CityProvider
from tests.support.world import World


async def test_signing_out_ends_the_session_here_and_goes_on_to_the_provider(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    token = browser.token
    out = await browser.post("/desk/sign-out")
    assert f'content="0; url={ISSUER}/end?client_id=egret-desk&amp;post_logout_redirect_uri=' in out.text
    assert await browser.works() == 303
    assert (await world.ask("{ cases { edges { node { id } } } }", token=token))["errors"]
    assert await world.container.store["staff_sessions"].count_documents({}) == 0


async def test_where_the_provider_cannot_end_sessions_signing_out_stays_here(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    provider.ends_sessions = False
    await browser.sign_in()
    out = await browser.post("/desk/sign-out")
    assert (out.status_code, out.headers["location"]) == (303, "/desk/sign-in")
    assert await browser.works() == 303


async def test_signing_out_works_while_the_provider_is_away(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    provider.down = True
    world.clock.advance(hours=2)
    assert (await browser.post("/desk/sign-out")).headers["location"] == "/desk/sign-in"
    assert await world.container.store["staff_sessions"].count_documents({}) == 0


async def back_channel(world: World, token: str) -> int:
    response = await world.http.post("/desk/oidc/backchannel-logout", data={"logout_token": token})
    assert response.headers["cache-control"] == "no-store"
    return response.status_code


async def test_the_provider_ends_one_session_or_all_of_a_person(
    world: World, provider: CityProvider, browsers: Callable[[], Browser]
) -> None:
    first, second, other = browsers(), browsers(), browsers()
    provider.employ("wang", "desk-agents")
    for browser, name in ((first, "li.na"), (second, "li.na"), (other, "wang")):
        await browser.sign_in(name)
    sid = next(iter(provider.access.values())).sid
    assert await back_channel(world, provider.logout_token(sid=sid)) == 200
    assert [await browser.works() for browser in (first, second, other)] == [303, 200, 200]
    assert await back_channel(world, provider.logout_token(sub="sub-li.na")) == 200
    assert [await browser.works() for browser in (first, second, other)] == [303, 303, 200]


async def test_a_logout_token_counts_once(world: World, provider: CityProvider, browser: Browser) -> None:
    token = provider.logout_token(sub="sub-li.na")
    assert await back_channel(world, token) == 200
    await browser.sign_in()
    assert await back_channel(world, token) == 400
    assert await browser.works() == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another"},
        {"iat": None},
        {"iat": 1_000_000_000},
        {"jti": None},
        {"events": None},
        {"events": [LOGOUT_EVENT]},
        {"events": {"another": {}}},
        {"nonce": "n"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
async def test_what_is_no_logout_token_ends_nothing(
    world: World, provider: CityProvider, browser: Browser, changed: dict[str, Any]
) -> None:
    await browser.sign_in()
    assert await back_channel(world, provider.logout_token(**{"sub": "sub-li.na", **changed})) == 400
    assert await browser.works() == 200


async def test_an_id_token_or_a_foreign_signature_ends_nothing(
    world: World, provider: CityProvider, browser: Browser
) -> None:
    await browser.sign_in()
    genuine = provider.logout_token(sub="sub-li.na")
    now = int(world.container.clock().timestamp())
    id_token = provider.sign({"iss": ISSUER, "aud": CLIENT_ID, "sub": "sub-li.na", "iat": now, "exp": now + 60})
    head, body, _ = genuine.split(".")
    for token in (id_token, f"{head}.{body}.{'A' * 86}", "", "x.y.z", "x" * 30_000):
        assert await back_channel(world, token) == 400
    assert await browser.works() == 200
