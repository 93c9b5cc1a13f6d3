"""Signing in: session tokens for citizens and desk people, API keys for partners."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from schema.enrolment import Session, SessionEnded
from schema.errors import RefusalCode, Refused
from schema.principal import ANONYMOUS, Contact, Kind, Principal
from server.api_keys import PREFIX, ApiKeys, BadKeyError
from server.citizens import Citizens
from server.clock import Clock
from server.contacts import Contacts
from server.mongo import Store
from server.refresh_tokens import BadRefreshError, RefreshTokens
from server.throttle import Throttle

CITIZEN_LIFE = timedelta(minutes=15)
PAGE_LIFE = timedelta(minutes=30)
DESK_LIFE = timedelta(hours=8)
_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_MOST_TRIES = 5
_PAUSE = timedelta(minutes=15)

ExchangeCode = Callable[[str], Awaitable[str | None]]
"""Turns a `wx.login` code into an openid at the WeChat API; None when it is refused."""


class Door(StrEnum):
    """Where a token is shown: the audience of those made for there (RFC 7519, section 4.1.3)."""

    API = "egret-api"
    PAGE = "egret-page"
    DESK = "egret-desk"


_DOOR_OF = {"contact": Door.API, "page": Door.PAGE, "staff": Door.DESK}
"""By kind of subject. The API takes those of the pages as well, which ask it themselves; never the other way."""


class BadTokenError(Exception):
    """A token is forged, expired or of another kind; the reader learns nothing more."""


class SessionService:
    """Implements `schema.services.Sessions`, and resolves tokens to principals."""

    def __init__(
        self,
        store: Store,
        citizens: Citizens,
        contacts: Contacts,
        throttle: Throttle,
        clock: Clock,
        *,
        token_key: str,
        exchange_code: ExchangeCode,
    ) -> None:
        self._store = store
        self._citizens = citizens
        self._contacts = contacts
        self._throttle = throttle
        self._clock = clock
        self._api_keys = ApiKeys(store, clock)
        self._refresh = RefreshTokens(store, clock, token_key)
        self._key = OctKey.import_key(token_key)
        self._exchange_code = exchange_code
        self._hasher = PasswordHasher()
        self._verifying = asyncio.Semaphore(2)  # each takes 64 MiB and a tenth of a second, on purpose
        self._decoy = self._hasher.hash("no such account")

    async def log_in(self, code: str) -> Session:
        openid = await self._exchange_code(code)
        if openid is None:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="code")
        contact = (await self._contacts.enter("mini", openid)).contact
        return self._of_contact(contact, await self._refresh.begin(contact))

    async def renew(self, refresh_token: str) -> Session:
        try:
            return self._of_contact(*await self._refresh.renew(refresh_token))
        except BadRefreshError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="refreshToken") from None

    async def end(self, refresh_token: str) -> SessionEnded:
        try:
            await self._refresh.end(refresh_token)
        except BadRefreshError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="refreshToken") from None
        return SessionEnded(ended=True)

    def log_in_page(self, openid: str) -> Session:
        """A session for the H5 page in WeChat, for an openid that the platform vouched for."""
        return self._session("page", self._contacts.id_of("wechat", openid), PAGE_LIFE, "citizen", None)

    async def sign_in(self, account: str, password: str) -> Session:
        throttle_key = f"sign-in:{hashlib.sha256(account.encode()).hexdigest()}"
        await self._throttle.spend(throttle_key, _MOST_TRIES, _PAUSE)
        staff = await self._store["staff"].find_one({"_id": account, "active": True})
        password_hash = staff["password_hash"] if staff else self._decoy
        async with self._verifying:
            fits = await asyncio.to_thread(self._verify, password_hash, password)
        if staff is None or not fits:
            raise Refused(RefusalCode.SIGN_IN_FAILED)
        await self._throttle.clear(throttle_key)
        return self._session("staff", account, DESK_LIFE, staff["role"], staff["name"])

    async def principal_of(self, bearer: str | None, door: Door = Door.API) -> Principal:
        """Who a bearer token or API key stands for at a door. Raises BadTokenError."""
        if bearer is None:
            return ANONYMOUS
        if bearer.startswith(PREFIX) and door is Door.API:
            try:
                return await self._api_keys.principal_of(bearer)
            except BadKeyError:
                raise BadTokenError from None
        kind, subject = self._claims(bearer)
        if door not in (Door.API, _DOOR_OF[kind]):
            raise BadTokenError
        if kind == "contact":
            return await self._citizens.principal_of(Contact("mini", subject))
        if kind == "page":
            return await self._citizens.principal_of(Contact("wechat", subject))
        staff = await self._store["staff"].find_one({"_id": subject, "active": True})
        if staff is None:
            raise BadTokenError
        return Principal(Kind(staff["role"]), subject)

    def seconds_left(self, bearer: str) -> float:
        """For how long a token is good; without end for an API key, and 0 for one that is good no more."""
        if bearer.startswith(PREFIX):
            return float("inf")
        try:
            return max(0.0, float(self._decoded(bearer)["exp"]) - self._clock().timestamp())
        except BadTokenError:
            return 0.0

    def _of_contact(self, contact: Contact, refresh_token: str) -> Session:
        session = self._session("contact", contact.id, CITIZEN_LIFE, "citizen", None)
        session.refresh_token = refresh_token
        return session

    def _session(self, kind: str, subject: str, life: timedelta, role: str, name: str | None) -> Session:
        now = self._clock()
        claims = {
            "aud": _DOOR_OF[kind],
            "kind": kind,
            "sub": subject,
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }
        token = jwt.encode({"alg": _ALGORITHM, "typ": _TYPE}, claims, self._key)
        return Session(token=token, expires_at=now + life, role=role, name=name)

    def _claims(self, token: str) -> tuple[str, str]:
        claims = self._decoded(token)
        return str(claims["kind"]), str(claims["sub"])

    def _decoded(self, token: str) -> dict[str, Any]:
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            aud={"essential": True, "values": [door.value for door in Door]},
            exp={"essential": True},
            sub={"essential": True},
            kind={"essential": True, "values": ["contact", "page", "staff"]},
        )
        try:
            if len(token) > 2048:
                raise BadTokenError
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
            registry.validate(decoded.claims)
            if decoded.header.get("typ") != _TYPE or decoded.claims["aud"] != _DOOR_OF[decoded.claims["kind"]]:
                raise BadTokenError
            return dict(decoded.claims)
        except (JoseError, ValueError, TypeError):
            raise BadTokenError from None

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except Argon2Error:
            return False
