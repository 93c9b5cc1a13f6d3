"""Signing in at the provider: the authorization code flow with PKCE (OpenID Connect Core 1.0, section 3.1)."""

from __future__ import annotations

import hmac
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from server.auth.staff.accounts import Accounts
from server.auth.staff.directory import Arrival, Directory
from server.auth.staff.errors import BadIdTokenError, DisabledError, GrantRefusedError, NoRoleError, NotSignedInError
from server.auth.staff.id_tokens import check_logout_token
from server.auth.staff.keys import Keys
from server.auth.staff.sessions import StaffSessions
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.kit.clock import Clock
from server.platform.kit.json import JsonObject

log = logging.getLogger("egret.staff")

FLOW_LIFE = timedelta(minutes=10)
_PURPOSE = "oidc sign-in"
_LONGEST_CODE = 4096


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that began: where the browser goes, and what it keeps meanwhile, readable by us alone."""

    url: str
    state: str
    flow: str


@dataclass(frozen=True, slots=True)
class Returned:
    """What the browser brings back (RFC 6749 section 4.1.2, RFC 9207)."""

    state: str
    code: str
    issuer: str | None


class SigningIn:
    """Begins and ends sessions that the provider vouches for. Every method may raise ProviderError."""

    def __init__(
        self,
        directory: Directory,
        accounts: Accounts,
        sessions: StaffSessions,
        signed_tokens: SignedTokens,
        keys: Keys,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._accounts = accounts
        self._sessions = sessions
        self._signed_tokens = signed_tokens
        self._keys = keys
        self._clock = clock

    async def begin(self) -> Begun:
        """State, nonce and verifier are made here; the browser that gets them is the only one that can come back."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = await self._directory.provider.authorization_url(state, nonce, verifier)
        flow, _ = self._signed_tokens.issue(_PURPOSE, {"state": state, "nonce": nonce, "verifier": verifier}, FLOW_LIFE)
        return Begun(url, state, flow)

    async def finish(self, flow: str | None, returned: Returned) -> str:
        """The token of a new session.

        Raises:
            NoRoleError, DisabledError: it is who they say, but they may not work here.
            NotSignedInError: anything else, of which the log alone says what.
        """
        try:
            content = await self._flow(flow, returned)
            return await self._begun(await self._directory.arrive(returned.code, content["verifier"], content["nonce"]))
        except (NoRoleError, DisabledError) as refused:
            log.info("a sign-in was refused: %s", type(refused).__name__)
            raise
        except (BadSignedTokenError, BadIdTokenError, GrantRefusedError) as error:
            log.warning("a sign-in failed: %s %s", type(error).__name__, error)
            raise NotSignedInError from None

    async def log_out(self, logout_token: str) -> None:
        """End what the provider says has ended (OpenID Connect Back-Channel Logout 1.0); each token counts once.

        Raises:
            BadIdTokenError: it is no such token.
        """
        token = await self._keys.verified(logout_token)
        logout = check_logout_token(token, self._directory.registration, self._clock())
        try:
            await self._signed_tokens.consume(f"oidc logout {logout.id}")
        except BadSignedTokenError:
            raise BadIdTokenError("it was used already") from None
        if logout.session is not None:
            await self._sessions.end_all(sid=self._directory.session_id(logout.session))
        else:
            await self._sessions.end_all(identity=self._directory.identity(str(logout.subject)))

    async def _flow(self, flow: str | None, returned: Returned) -> JsonObject:
        """What this browser's sign-in began with, used up. Raises BadSignedTokenError."""
        content = await self._signed_tokens.read_unused(_PURPOSE, flow or "")
        if not hmac.compare_digest(content["state"].encode(), returned.state.encode()):
            raise BadSignedTokenError("another sign-in's state")
        await self._signed_tokens.consume(flow or "")
        metadata = await self._directory.provider.metadata()
        issuer = returned.issuer
        if issuer != self._directory.registration.issuer and (issuer is not None or metadata.names_itself):
            raise BadSignedTokenError("another issuer")
        if not 0 < len(returned.code) <= _LONGEST_CODE:
            raise BadSignedTokenError("no code")
        return content

    async def _begun(self, arrival: Arrival) -> str:
        if arrival.person.role is None:
            raise NoRoleError
        account = await self._accounts.of_person(arrival.person, arrival.person.role)
        token, _ = await self._sessions.begin(account["_id"], arrival)
        return token
