"""Signing in: session tokens for citizens, API keys for partners; and who any token stands for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from bot.wechat.faults import WeChatApiError
from schema.types.enrolment import Session, SessionEnded
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Contact, Principal
from server.auth.api_keys import PREFIX, ApiKeys, BadKeyError
from server.auth.refresh_tokens import BadRefreshError, RefreshTokens
from server.auth.staff.errors import BadTokenError, UnconfirmedError
from server.auth.staff.service import StaffService
from server.citizens.citizens import Citizens
from server.citizens.contacts import Contacts
from server.platform.db import Store
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject

__all__ = ["Audience", "BadTokenError", "SessionService", "UnconfirmedError"]

CITIZEN_LIFE = timedelta(minutes=15)
PAGE_LIFE = timedelta(minutes=30)
_ALGORITHM = "HS256"
_TYPE = "at+jwt"

ExchangeCode = Callable[[str], Awaitable[str | None]]
"""Turns a `wx.login` code into an openid at the WeChat API; None when it is refused.

Raises WeChatApiError where the platform does not say.
"""
_LATER_SECONDS = 60


class Audience(StrEnum):
    """Where a token is shown: the audience of those made for there (RFC 7519, section 4.1.3)."""

    API = "egret-api"
    PAGE = "egret-page"
    DESK = "egret-desk"


_DOOR_OF = {"contact": Audience.API, "page": Audience.PAGE}
"""By kind of subject. The API takes every token, for pages ask it themselves; never the other way."""


class SessionService:
    """Implements `schema.api.services.Sessions`, and resolves tokens to principals."""

    def __init__(
        self,
        store: Store,
        citizens: Citizens,
        contacts: Contacts,
        staff: StaffService,
        clock: Clock,
        *,
        token_key: str,
        exchange_code: ExchangeCode,
    ) -> None:
        self._store = store
        self._citizens = citizens
        self._contacts = contacts
        self._staff = staff
        self._clock = clock
        self._api_keys = ApiKeys(store, clock)
        self._refresh = RefreshTokens(store, clock, token_key)
        self._key = OctKey.import_key(token_key)
        self._exchange_code = exchange_code

    async def log_in(self, code: str) -> Session:
        try:
            openid = await self._exchange_code(code)
        except WeChatApiError as error:
            raise Refused(RefusalCode.SIGN_IN_NOT_NOW, retry_after=_LATER_SECONDS) from error
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

    async def sign_in(self, account: str, password: str, address: str, device: str | None) -> Session:
        return await self._staff.sign_in(account, password, address, device)

    async def principal_of(self, bearer: str | None, door: Audience = Audience.API) -> Principal:
        """Who a bearer token or API key stands for at a door.

        Raises:
            BadTokenError: it is not good there; UnconfirmedError is the one that passes.
        """
        if bearer is None:
            return ANONYMOUS
        if bearer.startswith(PREFIX) and door is Audience.API:
            try:
                return await self._api_keys.principal_of(bearer)
            except BadKeyError:
                raise BadTokenError from None
        if self._staff.is_token(bearer) and door is not Audience.PAGE:
            return await self._staff.principal_of(bearer)
        kind, subject = self._claims(bearer)
        if door not in (Audience.API, _DOOR_OF[kind]):
            raise BadTokenError
        if kind == "contact":
            return await self._citizens.principal_of(Contact("mini", subject))
        return await self._citizens.principal_of(Contact("wechat", subject))

    async def seconds_left(self, bearer: str) -> float:
        """For how long a token is good; without end for an API key, and 0 for one that is good no more."""
        if self._staff.is_token(bearer):
            return await self._staff.seconds_left(bearer)
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
            "aud": _DOOR_OF[kind].value,
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

    def _decoded(self, token: str) -> JsonObject:
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            aud={"essential": True, "values": [door.value for door in _DOOR_OF.values()]},
            exp={"essential": True},
            sub={"essential": True},
            kind={"essential": True, "values": ["contact", "page"]},
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
