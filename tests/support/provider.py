"""A small OpenID Connect provider: real keys and pages, PKCE, rotating refresh tokens; it goes wrong on demand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from server.platform.kit.clock import Clock

HOST = "login.city.example"
ISSUER = f"https://{HOST}/city"
CLIENT_ID = "egret-desk"
CLIENT_SECRET = "a secret of the desk 42"
Key = RSAKey | ECKey | OKPKey
Claims = dict[str, Any]
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass
class Colleague:
    """Someone in the city's directory."""

    subject: str
    username: str
    name: str
    groups: list[str]
    enabled: bool = True
    claims: Claims = field(default_factory=dict)
    """What else the provider says of them."""


@dataclass
class Grant:
    """What a code, an access token or a refresh token stands for."""

    person: Colleague
    asked: dict[str, str]
    sid: str
    nonce: str | None


@dataclass
class CityProvider:
    """The provider as an ASGI application. Everything it has given is in its tables, so that tests can look."""

    clock: Clock
    issuer: str = ISSUER
    people: dict[str, Colleague] = field(default_factory=dict)
    keys: list[tuple[str, str, Key]] = field(default_factory=list)
    """Algorithm, key id and key; it signs with the last one."""
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    """How often each address was asked."""
    down: bool = False
    slow: asyncio.Event | None = None
    """Nothing is answered before this happens."""
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    takes_codes_again: bool = False
    """A fault: a code is good more than once."""
    public: bool = False
    """Whether the client has no secret."""
    refreshes: bool = True
    ends_sessions: bool = True
    role_in_userinfo: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)
    """What its metadata says otherwise."""
    answers: dict[str, Response] = field(default_factory=dict)
    """What an address answers instead."""
    forge: Callable[[Claims], str] | None = None
    """Makes ID tokens instead."""

    def __post_init__(self) -> None:
        self.turn_key("ES256", ECKey.generate_key("P-256"))
        self._app = Starlette(
            routes=[
                Route("/city/.well-known/openid-configuration", self._discovery),
                Route("/city/keys", self._jwks),
                Route("/city/authorize", self._authorize, methods=["GET", "POST"]),
                Route("/city/token", self._token, methods=["POST"]),
                Route("/city/userinfo", self._userinfo),
                Route("/city/end", self._end),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rpartition("/")[2]
        self.asked[path] += 1
        if self.down:
            raise httpx.ConnectError("nobody is there")
        if self.slow is not None:
            await self.slow.wait()
        await (self.answers.get(path) or self._app)(scope, receive, send)

    # What tests do to it

    def employ(self, username: str, *groups: str, name: str = "") -> Colleague:
        """Someone new in the directory."""
        self.people[username] = Colleague(f"sub-{username}", username, name or username, list(groups))
        return self.people[username]

    def turn_key(self, algorithm: str, key: Key, *, forget: bool = False) -> None:
        """Sign with a new key from now on; the former ones stay published unless they are to be forgotten."""
        if forget:
            self.keys.clear()
        self.keys.append((algorithm, f"key-{len(self.keys)}-{secrets.token_hex(4)}", key))

    def sign(self, claims: Claims, **header: Any) -> str:
        """A token with these claims by the present key."""
        algorithm, kid, key = self.keys[-1]
        return jwt.encode({"alg": algorithm, "kid": kid, **header}, claims, key, algorithms=[algorithm])

    def logout_token(self, **changed: Any) -> str:
        """What it sends to the back channel. None takes a claim away."""
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": self.client_id, "iat": now, "jti": secrets.token_hex(8)}
        claims |= {"events": {LOGOUT_EVENT: {}}, **changed}
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def id_claims(self, grant: Grant, access_token: str) -> Claims:
        """What its ID tokens say."""
        now = int(self.clock().timestamp())
        digest = hashlib.sha256(access_token.encode()).digest()[:16]
        claims: Claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": grant.person.subject,
            "iat": now,
            "exp": now + 60,
        }
        claims |= {"nonce": grant.nonce, "sid": grant.sid, "at_hash": base64.urlsafe_b64encode(digest).decode()[:22]}
        return claims if self.role_in_userinfo else claims | self._profile(grant.person)

    # What it answers

    async def _discovery(self, _request: Request) -> Response:
        found = {
            "issuer": self.issuer,
            **{f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in _ENDPOINTS.items()},
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": sorted({algorithm for algorithm, _, _ in self.keys}),
            "authorization_response_iss_parameter_supported": True,
        }
        if not self.ends_sessions:
            del found["end_session_endpoint"]
        return JSONResponse(found | self.metadata)

    async def _jwks(self, _request: Request) -> Response:
        keys = [{**key.as_dict(private=False), "kid": kid, "use": "sig"} for _, kid, key in self.keys]
        return JSONResponse({"keys": keys})

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == self.client_id
        if request.method == "GET":
            return HTMLResponse('<form method="post"><input name="username"><button>登录</button></form>')
        async with request.form() as form:
            person = self.people[str(form["username"])]
        back = {"state": asked["state"], "iss": self.issuer}
        if person.enabled:
            code = secrets.token_urlsafe(16)
            self.codes[code] = Grant(person, asked, secrets.token_hex(8), asked.get("nonce"))
            back["code"] = code
        else:
            back["error"] = "access_denied"
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            given = {name: str(value) for name, value in form.items()}
        if not self._client_is_right(request, given):
            return JSONResponse({"error": "invalid_client"}, 401)
        grant = self._by_code(given) if given["grant_type"] == "authorization_code" else self._by_refresh(given)
        if grant is None or not grant.person.enabled:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access, again = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.access[access] = grant
        found: Claims = {"access_token": access, "token_type": "Bearer", "expires_in": 60}
        if self.refreshes:
            self.refresh[again] = grant
            found["refresh_token"] = again
        claims = self.id_claims(grant, access)
        found["id_token"] = self.forge(claims) if self.forge else self.sign(claims)
        return JSONResponse(found)

    def _client_is_right(self, request: Request, given: dict[str, str]) -> bool:
        if self.public:
            return given.get("client_id") == self.client_id and "authorization" not in request.headers
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        id, _, secret = base64.b64decode(value).decode().partition(":") if kind == "Basic" else ("", "", "")
        return (unquote_plus(id), unquote_plus(secret)) == (self.client_id, self.client_secret)

    def _by_code(self, given: dict[str, str]) -> Grant | None:
        grant = self.codes.get(given["code"])
        if not self.takes_codes_again:
            self.codes.pop(given["code"], None)
        if grant is None or given["redirect_uri"] != grant.asked["redirect_uri"]:
            return None
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        fits = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == grant.asked["code_challenge"]
        return grant if fits else None

    def _by_refresh(self, given: dict[str, str]) -> Grant | None:
        """Each is good once."""
        return self.refresh.pop(given["refresh_token"], None)

    async def _userinfo(self, request: Request) -> Response:
        grant = self.access.get(request.headers["authorization"].removeprefix("Bearer "))
        if grant is None or not grant.person.enabled:
            return Response(status_code=401)
        return JSONResponse({"sub": grant.person.subject, **self._profile(grant.person)})

    async def _end(self, request: Request) -> Response:
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)

    def _profile(self, person: Colleague) -> Claims:
        return {"preferred_username": person.username, "name": person.name, "groups": person.groups, **person.claims}


_ENDPOINTS = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "end"}
