"""Staff as the rest of the server knows them: a token is a principal, or it is not."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import httpx

from schema.types.enrolment import Session
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.auth.oidc.flows import Flows
from server.auth.oidc.relying_party import RelyingParty
from server.auth.staff.accounts import Accounts
from server.auth.staff.directory import Directory
from server.auth.staff.errors import BadTokenError
from server.auth.staff.revalidation import HOLD, Revalidation
from server.auth.staff.sessions import PREFIX, StaffSession, StaffSessions
from server.auth.staff.signing_in import SigningIn
from server.platform.core.throttle import Throttle
from server.platform.core.unit_of_work import UnitOfWork
from server.platform.crypto.signed_tokens import BadSignedTokenError, SignedTokens
from server.platform.crypto.vault import Vault
from server.platform.db import Store
from server.platform.kit.clock import Clock
from server.settings.oidc import Registration

DEVICE_LIFE = timedelta(days=365)


class StaffService:
    """The door of the desk."""

    def __init__(
        self, accounts: Accounts, sessions: StaffSessions, signed_tokens: SignedTokens, clock: Clock, *, local: bool
    ) -> None:
        self._signed_tokens = signed_tokens
        self._sessions = sessions
        self._clock = clock
        self.accounts = accounts
        self.local = local
        """Whether accounts with a password here may sign in, and stay."""
        self._directory: Directory | None = None
        self.signing_in: SigningIn | None = None
        self._revalidation: Revalidation | None = None

    def use(self, directory: Directory, signing_in: SigningIn, revalidation: Revalidation) -> None:
        """Let the provider vouch for people."""
        self._directory, self.signing_in, self._revalidation = directory, signing_in, revalidation

    @staticmethod
    def is_token(bearer: str) -> bool:
        """Whether it looks like one of these tokens."""
        return bearer.startswith(PREFIX)

    async def sign_in(self, account: str, password: str, address: str = "", device: str | None = None) -> Session:
        """A session of a local account, and what makes this a known device for a year.

        Refused: SIGN_IN_FAILED, TOO_MANY_TRIES; FORBIDDEN where there are none.
        """
        if not self.local:
            raise Refused(RefusalCode.FORBIDDEN)
        known = self._known_device(account, device)
        staff = await self.accounts.check(account, password, address, known)
        token, until = await self._sessions.begin(staff["_id"])
        content = {"account": staff["_id"], "device": known or uuid4().hex}
        kept, _ = self._signed_tokens.issue("device", content, DEVICE_LIFE)
        return Session(token=token, expires_at=until, role=Kind(staff["role"]), name=staff["name"], device=kept)

    def _known_device(self, account: str, device: str | None) -> str | None:
        """The id of a device on which this account has signed in before; None for any other."""
        try:
            content = self._signed_tokens.read("device", device or "")
        except BadSignedTokenError:
            return None
        return str(content["device"]) if content["account"] == account else None

    async def principal_of(self, token: str) -> Principal:
        """Who a token stands for now.

        Raises:
            BadTokenError: it is not good, or no longer.
            UnconfirmedError: the provider of its person cannot be reached.
        """
        session = await self._session(token)
        if session.login is not None and self._revalidation is not None:
            session = await self._revalidation.confirmed(token, session)
        return session.principal

    async def seconds_left(self, token: str) -> float:
        """For how long a token is good without asking anybody; 0 for one that is good no more."""
        try:
            session = await self._session(token)
        except BadTokenError:
            return 0.0
        until = session.until if session.login is None else min(session.until, session.login.confirmed_at + HOLD)
        return max(0.0, (until - self._clock()).total_seconds())

    async def end(self, token: str) -> None:
        """End this one session, if it is one."""
        await self._sessions.end(token)

    async def sign_out(self, token: str) -> str | None:
        """End a session; where the browser may go to sign out at the provider too. Raises ProviderError after that."""
        session = await self._sessions.find(token)
        await self._sessions.end(token)
        if session is None or session.login is None or self._directory is None:
            return None
        return await self._directory.party.provider.end_session_url(self._directory.registration.signed_out_uri)

    async def disable(self, account: str) -> bool:
        """Disable an account, from now on; False where there is none."""
        found = await self.accounts.change(account, "staff.disabled", {"active": False})
        await self._sessions.end_all(staff=account)
        return found

    async def _session(self, token: str) -> StaffSession:
        session = await self._sessions.find(token)
        if session is None or not (self.local if session.login is None else self._revalidation is not None):
            raise BadTokenError
        return session


def staff_service(
    store: Store,
    unit_of_work: UnitOfWork,
    throttle: Throttle,
    signed_tokens: SignedTokens,
    vault: Vault,
    clock: Clock,
    http: httpx.AsyncClient,
    *,
    token_key: str,
    registration: Registration | None,
    local: bool,
) -> StaffService:
    """The door, with the provider where one is registered."""
    accounts = Accounts(store, unit_of_work, throttle)
    sessions = StaffSessions(store, clock, token_key)
    service = StaffService(accounts, sessions, signed_tokens, clock, local=local)
    if registration is not None:
        directory = Directory(registration, RelyingParty(http, registration, clock), vault, clock)
        flows = Flows(signed_tokens, "oidc sign-in")
        signing_in = SigningIn(directory, accounts, sessions, signed_tokens, flows, clock)
        service.use(directory, signing_in, Revalidation(directory, accounts, sessions, clock))
    return service
