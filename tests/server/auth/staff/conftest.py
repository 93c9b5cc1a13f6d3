"""The city's provider with a whole Egret, and browsers that go to and fro between them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from server.settings import Settings
from tests.conftest import SetClock, _LateTransport
from tests.support.live import BROWSER
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, HOST, ISSUER, CityProvider

ROLES = {"desk-approvers": "approver", "desk-agents": "agent", "desk-stewards": "steward"}


@pytest.fixture
def otherwise() -> dict[str, Any]:
    """Settings that a test wants otherwise."""
    return {}


@pytest.fixture
def settings(settings: Settings, otherwise: dict[str, Any]) -> Settings:
    ours = {
        "oidc_issuer": ISSUER,
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": SecretStr(CLIENT_SECRET),
        "oidc_role_claim": "groups",
        "oidc_roles": json.dumps(ROLES),
    }
    return settings.model_copy(update=ours | otherwise)


@pytest.fixture
def provider(clock: SetClock, transport: _LateTransport) -> CityProvider:
    found = CityProvider(clock)
    transport.others[HOST] = found
    found.employ("li.na", "everybody", "desk-agents", name="李娜")
    return found


@dataclass
class Browser:
    """A browser of its own: its cookies are no one else's."""

    http: httpx.AsyncClient

    async def get(self, url: str) -> httpx.Response:
        return await self.http.get(url)

    async def post(self, url: str, **fields: str) -> httpx.Response:
        return await self.http.post(url, data=fields)

    async def to_provider(self) -> str:
        """Press the button; the address at the provider where that leads."""
        response = await self.get("/desk/oidc/login")
        assert response.status_code == 303
        return response.headers["location"]

    async def at_provider(self, url: str, username: str) -> str:
        """Sign in there; the address that leads back."""
        assert "登录" in (await self.get(url)).text
        return (await self.post(url, username=username)).headers["location"]

    async def sign_in(self, username: str = "li.na") -> httpx.Response:
        """All of it; what the desk says in the end."""
        return await self.get(await self.at_provider(await self.to_provider(), username))

    @property
    def token(self) -> str:
        """The desk session's token."""
        return next(cookie.value or "" for cookie in self.http.cookies.jar if cookie.name == "egret_desk")

    async def works(self) -> int:
        """The status of the desk's first page."""
        return (await self.get("/desk/")).status_code


@pytest_asyncio.fixture
async def browsers(settings: Settings, transport: _LateTransport) -> AsyncIterator[Callable[[], Browser]]:
    """Makes browsers."""
    async with AsyncExitStack() as stack:
        opened: list[httpx.AsyncClient] = []

        def make() -> Browser:
            opened.append(httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=BROWSER))
            stack.push_async_callback(opened[-1].aclose)
            return Browser(opened[-1])

        yield make


@pytest.fixture
def browser(browsers: Callable[[], Browser]) -> Browser:
    return browsers()
