"""Talks to the provider: discovery, the token endpoint, userinfo. Every answer is bounded in time and size.

What goes to the token endpoint and to the browser is composed by Authlib; it travels through our own HTTP client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import orjson
from authlib.oauth2 import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from server.auth.oidc.errors import GrantRefusedError, ProviderError
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject
from server.platform.kit.safe_urls import is_safe
from server.settings.oidc import ProviderClient

_SECONDS = 4.0
"""For one answer, from the first byte sent to the last one read."""
_LARGEST = 256 * 1024
_METADATA_LIFE = timedelta(hours=1)
_FORM = "application/x-www-form-urlencoded"
_REFUSED = frozenset({"invalid_grant", "access_denied"})
_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the provider says of itself (OpenID Connect Discovery 1.0, section 3), as far as it is needed here."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    algorithms: tuple[str, ...]
    """With which it says that it signs ID tokens."""
    auth_method: str
    """How the client proves itself at the token endpoint."""
    names_itself: bool
    """Whether each authorization response has to name the issuer (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """An answer of the token endpoint (OpenID Connect Core 1.0, section 3.1.3.3)."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


class Provider:
    """The provider over HTTP. Every method may raise ProviderError."""

    def __init__(self, http: httpx.AsyncClient, client: ProviderClient, clock: Clock) -> None:
        self._http = http
        self._client = client
        self._clock = clock
        self._metadata: Metadata | None = None
        self._metadata_until = clock()

    async def metadata(self) -> Metadata:
        """From its well-known address, kept for an hour."""
        if self._metadata is None or self._metadata_until <= self._clock():
            base = self._client.issuer.rstrip("/")
            self._metadata = self._read(await self.document(f"{base}/.well-known/openid-configuration"))
            self._metadata_until = self._clock() + _METADATA_LIFE
        return self._metadata

    async def authorization_url(self, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
        """Where the browser goes: the code flow with PKCE by S256 (RFC 7636, section 4.3)."""
        url: str = prepare_grant_uri(
            (await self.metadata()).authorization_endpoint,
            client_id=self._client.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=self._client.scope,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return url

    async def end_session_url(self, signed_out_uri: str) -> str | None:
        """Where the browser goes to sign out there too (OpenID Connect RP-Initiated Logout 1.0, section 2).

        Without `id_token_hint`: an ID token names a person, and addresses end up in logs. The provider asks the
        person instead.
        """
        endpoint = (await self.metadata()).end_session_endpoint
        if endpoint is None:
            return None
        ours = {
            "client_id": self._client.client_id,
            "post_logout_redirect_uri": signed_out_uri,
        }
        return str(httpx.URL(endpoint).copy_merge_params(ours))

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Tokens:
        """A code for tokens. Raises GrantRefusedError."""
        return await self._grant("authorization_code", code=code, code_verifier=verifier, redirect_uri=redirect_uri)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Fresh tokens for a refresh token. Raises GrantRefusedError."""
        return await self._grant("refresh_token", refresh_token=refresh_token)

    async def userinfo(self, access_token: str) -> JsonObject:
        """What the provider says of the person; empty where it has no such endpoint. Raises GrantRefusedError."""
        endpoint = (await self.metadata()).userinfo_endpoint
        if endpoint is None:
            return {}
        status, body = await self._ask("GET", endpoint, {"authorization": f"Bearer {access_token}"})
        if status in (401, 403):
            raise GrantRefusedError
        return _object(status, body)

    async def document(self, url: str) -> JsonObject:
        """A JSON object at one of its addresses."""
        return _object(*await self._ask("GET", url, {}))

    async def _grant(self, grant_type: str, **values: str) -> Tokens:
        metadata = await self.metadata()
        client = self._client
        method = metadata.auth_method if client.client_secret else "none"
        body = prepare_token_request(grant_type, **values)
        auth = ClientAuth(client.client_id, client.client_secret, method)
        url, headers, body = auth.prepare("POST", metadata.token_endpoint, {"content-type": _FORM}, body)
        status, answer = await self._ask("POST", url, headers, body.encode())
        if 400 <= status < 500 and _fields(answer).get("error") in _REFUSED:
            raise GrantRefusedError
        return _tokens(_object(status, answer))

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, bytes]:
        # Compressed, a small answer could become a very large one.
        asked = {"accept": "application/json", "accept-encoding": "identity", **headers}
        read = bytearray()
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._http.stream(method, url, headers=asked, content=body, follow_redirects=False) as response,
            ):
                async for chunk in response.aiter_raw():
                    read += chunk
                    if len(read) > _LARGEST:
                        raise ProviderError("its answer is too large")
                return response.status_code, bytes(read)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise ProviderError(f"it cannot be reached ({type(error).__name__})") from None

    def _read(self, found: JsonObject) -> Metadata:
        if found.get("issuer") != self._client.issuer:
            raise ProviderError("its metadata names another issuer than the settings")
        challenges = found.get("code_challenge_methods_supported", ["S256"])
        if not isinstance(challenges, list) or "S256" not in challenges:
            raise ProviderError("it does not know PKCE by S256")
        algorithms = found.get("id_token_signing_alg_values_supported", ["RS256"])
        methods = found.get("token_endpoint_auth_methods_supported", _AUTH_METHODS)
        return Metadata(
            authorization_endpoint=_needed(found, "authorization_endpoint"),
            token_endpoint=_needed(found, "token_endpoint"),
            jwks_uri=_needed(found, "jwks_uri"),
            userinfo_endpoint=_endpoint(found, "userinfo_endpoint"),
            end_session_endpoint=_endpoint(found, "end_session_endpoint"),
            algorithms=tuple(str(one) for one in algorithms) if isinstance(algorithms, list) else (),
            auth_method=next((one for one in _AUTH_METHODS if one in methods), _AUTH_METHODS[0]),
            names_itself=found.get("authorization_response_iss_parameter_supported") is True,
        )


def _endpoint(found: JsonObject, name: str) -> str | None:
    url = found.get(name)
    if url is None:
        return None
    if not isinstance(url, str) or not is_safe(url):
        raise ProviderError(f"its {name} is no https address")
    return url


def _needed(found: JsonObject, name: str) -> str:
    url = _endpoint(found, name)
    if url is None:
        raise ProviderError(f"it has no {name}")
    return url


def _tokens(found: JsonObject) -> Tokens:
    access, refresh, id_token = (found.get(name) for name in ("access_token", "refresh_token", "id_token"))
    if not isinstance(access, str) or str(found.get("token_type")).lower() != "bearer":
        raise ProviderError("its token answer has no bearer token")
    return Tokens(
        access_token=access,
        refresh_token=refresh if isinstance(refresh, str) and refresh else None,
        id_token=id_token if isinstance(id_token, str) else None,
    )


def _object(status: int, body: bytes) -> JsonObject:
    if status != 200:
        raise ProviderError(f"it answers {status}")
    found = _fields(body)
    if not found:
        raise ProviderError("its answer is no JSON object")
    return found


def _fields(body: bytes) -> JsonObject:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
