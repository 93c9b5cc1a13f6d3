"""Signing in at the provider, and what it tells us of signing out."""

from __future__ import annotations

import logging

from server.auth.oidc.errors import BadIdTokenError, GrantRefusedError, NotSignedInError
from server.auth.oidc.flows import Begun, Flows, Returned
from server.auth.oidc.id_tokens import check_logout_token
from server.auth.staff.accounts import Accounts
from server.auth.staff.directory import Arrival, Directory
from server.auth.staff.errors import DisabledError, NoRoleError
from server.auth.staff.sessions import StaffSessions
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.kit.clock import Clock

log = logging.getLogger("egret.staff")


class SigningIn:
    """Begins and ends sessions that the provider vouches for. Every method may raise ProviderError."""

    def __init__(
        self,
        directory: Directory,
        accounts: Accounts,
        sessions: StaffSessions,
        signed_tokens: SignedTokens,
        flows: Flows,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._accounts = accounts
        self._sessions = sessions
        self._signed_tokens = signed_tokens
        self._flows = flows
        self._clock = clock

    async def begin(self) -> Begun:
        """To the provider."""
        return await self._flows.begin(self._directory.party, self._directory.registration.redirect_uri)

    async def finish(self, flow: str | None, returned: Returned) -> str:
        """The token of a new session.

        Raises:
            NoRoleError, DisabledError: it is who they say, but they may not work here.
            NotSignedInError: anything else, of which the log alone says what.
        """
        try:
            content = await self._flows.finish(self._directory.party, flow or "", returned)
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
        token = await self._directory.party.keys.verified(logout_token)
        logout = check_logout_token(token, self._directory.registration, self._clock())
        try:
            await self._signed_tokens.consume(f"oidc logout {logout.id}")
        except BadSignedTokenError:
            raise BadIdTokenError("it was used already") from None
        if logout.session is not None:
            await self._sessions.end_all(sid=self._directory.session_id(logout.session))
        else:
            await self._sessions.end_all(identity=self._directory.identity(str(logout.subject)))

    async def _begun(self, arrival: Arrival) -> str:
        if arrival.person.role is None:
            raise NoRoleError
        account = await self._accounts.of_person(arrival.person, arrival.person.role)
        token, _ = await self._sessions.begin(account["_id"], arrival)
        return token
