"""Citizens' sign-in: two providers that a city has, browsers outside WeChat, and an app."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
import pytest_asyncio

from server.platform.kit.clock import Clock
from server.settings import Settings
from tests.conftest import SetClock, _LateTransport
from tests.support.live import BROWSER
from tests.support.pages import hidden
from tests.support.people import YING
from tests.support.provider import CityProvider
from tests.support.world import World

HOSTS = {"ixiamen": "login.ixiamen.example", "efuzhou": "login.efuzhou.example"}
APP = "cn.city.egret:/signed-in"
VERIFIED = {"name": YING.name, "id_number": YING.id_number, "level": "L3"}
IN_WECHAT = {"user-agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 MicroMessenger/8.0.50 Language/zh_CN"}
LOG_IN = """mutation($i: LogInWithProviderInput!) { logInWithProvider(input: $i) {
  ... on LogInWithProviderSuccess { session { token refreshToken role expiresAt } }
  ... on Refusal { refusalCode message { zh en } } ... on NotNowRefusal { retryAfter } } }"""
_FILE = """[[provider]]
code = "{code}"
label = {{ zh = "{label}", en = "{code}" }}
issuer = "https://{host}/city"
client_id = "egret-{code}"
client_secret_file = "{code}.secret"
app_redirect_uris = ["{app}"]
verified = {{ name = "name", id_number = "id_number", assurance = "level", values = ["L2", "L3"] }}
"""


def _secret(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()[:32]


def providers_file(folder: Path) -> Path:
    """What a city with both providers sets."""
    for code in HOSTS:
        (folder / f"{code}.secret").write_text(_secret(code) + "\n", "utf-8")
    labels = {"ixiamen": "i厦门", "efuzhou": "e福州"}
    tables = [_FILE.format(code=code, label=labels[code], host=host, app=APP) for code, host in HOSTS.items()]
    (folder / "providers.toml").write_text("\n".join(tables), "utf-8")
    return folder / "providers.toml"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"citizen_providers": providers_file(tmp_path)})


def file_of_one(folder: Path, issuer: str) -> Path:
    """What a city sets that has the first provider alone, at this issuer."""
    path = providers_file(folder)
    first = "[[provider]]" + path.read_text("utf-8").split("[[provider]]")[1]
    path.write_text(first.replace(f"https://{HOSTS['ixiamen']}/city", issuer), "utf-8")
    return path


def citizens_provider(clock: Clock, code: str = "ixiamen", issuer: str = "") -> CityProvider:
    """One of the providers, with YING's account `ying`."""
    issuer = issuer or f"https://{HOSTS[code]}/city"
    made = CityProvider(clock, issuer, client_id=f"egret-{code}", client_secret=_secret(code))
    made.employ("ying", name="小萤")
    return made


def _provider(code: str, clock: SetClock, transport: _LateTransport) -> CityProvider:
    transport.others[HOSTS[code]] = made = citizens_provider(clock, code)
    return made


@pytest.fixture
def ixiamen(clock: SetClock, transport: _LateTransport) -> CityProvider:
    return _provider("ixiamen", clock, transport)


@pytest.fixture
def efuzhou(clock: SetClock, transport: _LateTransport) -> CityProvider:
    return _provider("efuzhou", clock, transport)


@dataclass
class Person:
    """Someone with a browser of their own, which is not WeChat's."""

    http: httpx.AsyncClient

    async def open(self, path: str) -> httpx.Response:
        """A page by its address, wherever that leads within our pages."""
        page = await self.http.get(path)
        while page.is_redirect and urlsplit(page.headers["location"]).netloc in ("", "127.0.0.1:8000"):
            page = await self.http.get(page.headers["location"])
        return page

    async def to_provider(self, back: str = "/h5/", code: str = "ixiamen") -> str:
        """Press the provider's button; the address there."""
        response = await self.http.get(f"/h5/oidc/{code}", params={"back": back})
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def at_provider(self, url: str, username: str = "ying") -> str:
        """Sign in there; the address that leads back."""
        return (await self.http.post(url, data={"username": username})).headers["location"]

    async def sign_in(self, username: str = "ying", back: str = "/h5/", code: str = "ixiamen") -> httpx.Response:
        """All of it; the answer to coming back."""
        return await self.http.get(await self.at_provider(await self.to_provider(back, code), username))

    async def send(self, page: httpx.Response, action: str, **typed: str) -> httpx.Response:
        """Fill in a form of the page and send it; the page that comes."""
        return await self.http.post(action, data=hidden(page, action) | typed, follow_redirects=True)

    def cookies(self, prefix: str) -> list[str]:
        """The names of cookies that begin so."""
        return [cookie.name for cookie in self.http.cookies.jar if cookie.name.startswith(prefix)]


@pytest_asyncio.fixture
async def people(settings: Settings, transport: _LateTransport) -> AsyncIterator[Callable[[], Person]]:
    """Makes people with browsers."""
    async with AsyncExitStack() as stack:

        def make() -> Person:
            http = httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=BROWSER)
            stack.push_async_callback(http.aclose)
            return Person(http)

        yield make


@pytest.fixture
def person(people: Callable[[], Person]) -> Person:
    return people()


@dataclass
class PhoneApp:
    """An app that signs people in by itself, at one provider."""

    world: World
    provider: CityProvider
    code: str = "ixiamen"
    redirect_uri: str = APP
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    async def signed_in_there(self, username: str = "ying") -> dict[str, Any]:
        """Send a person to the provider; the input of `logInWithProvider` that comes of it."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": "of the app alone",
            "nonce": self.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        url = f"{self.provider.issuer}/authorize?{urlencode(asked)}"
        back = (await self.world.http.post(url, data={"username": username})).headers["location"]
        given = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
        return {
            "provider": self.code,
            "code": given["code"],
            "codeVerifier": self.verifier,
            "redirectUri": self.redirect_uri,
            "nonce": self.nonce,
            "issuer": given["iss"],
        }

    async def log_in(self, username: str = "ying", **otherwise: Any) -> dict[str, Any]:
        """Sign in; what `logInWithProvider` answers."""
        return await self.redeem(await self.signed_in_there(username), **otherwise)

    async def redeem(self, given: dict[str, Any], **otherwise: Any) -> dict[str, Any]:
        """What `logInWithProvider` answers to this."""
        answer = await self.world.ask(LOG_IN, i=given | otherwise)
        found: dict[str, Any] = answer["data"]["logInWithProvider"]
        return found
