"""Signing in: session tokens for citizens, API keys for partners; and who any token stands for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from bot.wechat.client import Account
from bot.wechat.faults import WeChatApiError
from schema.types.enrolment import Session
from schema.types.errors import LocalText, RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Contact, Kind, Principal, VerifiedIdentity
from schema.types.sign_in import AppCode, SignInProvider
from server.auth.api_keys import PREFIX, ApiKeys, BadKeyError
from server.auth.identity_providers import IdentityProviders, Vouched
from server.auth.oidc.errors import NotSignedInError, ProviderError
from server.auth.refresh_tokens import BadRefreshError, RefreshTokens, family_of
from server.auth.staff.errors import BadTokenError, ExpiredError, UnconfirmedError
from server.auth.staff.service import StaffService
from server.citizens.contacts import Contacts
from server.citizens.doors import Doors
from server.citizens.linking import AccountLinking
from server.citizens.service import Citizens
from server.platform.crypto.signed_tokens import BadSignedTokenError, ExpiredTokenError, SignedTokens
from server.platform.db import Store
from server.platform.kit.clock import Clock

__all__ = ["Audience", "BadTokenError", "ExpiredError", "SessionService", "UnconfirmedError"]

CITIZEN_LIFE = timedelta(minutes=15)
PAGE_LIFE = timedelta(minutes=30)
_PURPOSE = "session"

ExchangeCode = Callable[[str], Awaitable[Account | None]]
"""Turns a `wx.login` code into an account at the WeChat API; None when it is refused.

Raises WeChatApiError where the platform does not say.
"""
_LATER_SECONDS = 60


class Audience(StrEnum):
    """Where a token is shown."""

    API = "egret-api"
    PAGE = "egret-page"
    DESK = "egret-desk"


_KINDS = {
    "contact": (Audience.API, "mini"),
    "page": (Audience.PAGE, "wechat"),
    "app": (Audience.API, "app"),
    "app page": (Audience.PAGE, "app"),
}
"""By kind of session: where it was made for, and the channel of its contact.

The API takes every token, for pages ask it themselves; never the other way.
"""
_KIND_OF = {made_for: kind for kind, made_for in _KINDS.items()}


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
        signed_tokens: SignedTokens,
        exchange_code: ExchangeCode,
        providers: IdentityProviders,
        linking: AccountLinking,
        doors: Doors,
    ) -> None:
        self._linking = linking
        self._doors = doors
        self._providers = providers
        self._citizens = citizens
        self._contacts = contacts
        self._staff = staff
        self._clock = clock
        self._api_keys = ApiKeys(store, clock)
        self._refresh = RefreshTokens(store, clock, signed_tokens)
        self._signed_tokens = signed_tokens
        self._exchange_code = exchange_code

    async def log_in(self, code: str) -> Session:
        try:
            account = await self._exchange_code(code)
        except WeChatApiError as error:
            raise Refused(RefusalCode.SIGN_IN_NOT_NOW, retry_after=_LATER_SECONDS) from error
        if account is None:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="code")
        known = await self._contacts.enter("mini", account.openid, account.union)
        await self._linking.link(known)
        await self._doors.enter(known, "contact")
        return self._of_contact(known.contact, await self._refresh.begin(known.contact))

    async def log_in_with_provider(self, given: AppCode) -> Session:
        try:
            vouched = await self._providers.redeem(given)
        except ProviderError as error:
            raise Refused(RefusalCode.SIGN_IN_NOT_NOW, retry_after=_LATER_SECONDS) from error
        except NotSignedInError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="code") from None
        known = await self._contacts.enter("app", vouched.account)
        contact = known.contact
        try:
            refresh_token = await self._refresh.begin(contact, family_of(given.provider, given.code))
        except BadRefreshError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="code") from None
        await self._doors.enter(known, "app", given.device)
        return self._of_contact(contact, refresh_token, vouched.identity)

    def providers(self) -> list[SignInProvider]:
        return [
            SignInProvider(
                code=one.code,
                label=LocalText.of(one.label),
                issuer=one.issuer,
                client_id=one.client_id,
                scope=one.scope,
                redirect_uris=list(one.app_redirect_uris),
            )
            for one in self._providers.all
            if one.app_redirect_uris
        ]

    async def authorization_endpoint(self, provider: str) -> str | None:
        return await self._providers.authorization_endpoint(provider)

    async def renew(self, refresh_token: str) -> Session:
        try:
            return self._of_contact(*await self._refresh.renew(refresh_token))
        except BadRefreshError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="refreshToken") from None

    async def end(self, refresh_token: str) -> None:
        try:
            await self._refresh.end(refresh_token)
        except BadRefreshError:
            raise Refused(RefusalCode.SIGN_IN_FAILED, field="refreshToken") from None

    def log_in_page(self, openid: str) -> Session:
        """A session for the H5 page in WeChat, for an openid that the platform vouched for."""
        return self._session("page", self._contacts.id_of("wechat", openid), PAGE_LIFE)

    async def log_in_app_page(self, vouched: Vouched, device: str) -> Session:
        """A session for the H5 page in any browser, for an account that a provider vouched for.

        `device` is what this browser keeps.
        """
        known = await self._contacts.enter("app", vouched.account)
        await self._doors.enter(known, "app page", device)
        return self._session("app page", known.contact.id, PAGE_LIFE, vouched.identity)

    async def sign_in(self, account: str, password: str, address: str, device: str | None) -> Session:
        return await self._staff.sign_in(account, password, address, device)

    async def principal_of(self, bearer: str | None, door: Audience = Audience.API) -> Principal:
        """Who a bearer token or API key stands for at a door.

        Raises:
            BadTokenError: it is not good there; UnconfirmedError is the one that passes, ExpiredError says
                that it was good once.
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
        try:
            session = self._signed_tokens.read(_PURPOSE, bearer)
        except ExpiredTokenError:
            raise ExpiredError from None
        except BadSignedTokenError:
            raise BadTokenError from None
        audience, channel = _KINDS[session["kind"]]
        if door not in (Audience.API, audience):
            raise BadTokenError
        if audience is Audience.PAGE and await self._contacts.is_signed_out(session["contact"], session["at"]):
            raise ExpiredError
        principal = await self._citizens.signed_in(Contact(channel, session["contact"]), session["at"])
        if principal is None:
            raise ExpiredError
        if "verified" in session:
            return replace(principal, verified=VerifiedIdentity(**session["verified"]))
        return principal

    async def seconds_left(self, bearer: str) -> float:
        """For how long a token is good; without end for an API key, and 0 for one that is good no more."""
        if self._staff.is_token(bearer):
            return await self._staff.seconds_left(bearer)
        if bearer.startswith(PREFIX):
            return float("inf")
        return self._signed_tokens.seconds_left(_PURPOSE, bearer)

    def _of_contact(self, contact: Contact, refresh_token: str, verified: VerifiedIdentity | None = None) -> Session:
        kind = _KIND_OF[Audience.API, contact.channel]
        session = self._session(kind, contact.id, CITIZEN_LIFE, verified)
        session.refresh_token = refresh_token
        return session

    def _session(self, kind: str, subject: str, life: timedelta, verified: VerifiedIdentity | None = None) -> Session:
        """What is verified stands in the token, which is encrypted, and nowhere else: it ends with the session."""
        content = {"kind": kind, "contact": subject, "at": self._clock().timestamp()}
        if verified is not None:
            content["verified"] = {"name": verified.name, "id_number": verified.id_number}
        token, until = self._signed_tokens.issue(_PURPOSE, content, life)
        return Session(token=token, expires_at=until, role=Kind.CITIZEN, name=None)
