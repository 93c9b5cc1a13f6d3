"""Whether a person still may work here: the provider is asked again while a session of theirs is used.

An account that is disabled there is signed out within a minute: the provider is asked about a session whose last good
answer is older than `ASK_AFTER`, and a session without a good answer since `HOLD` is not served.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from server.auth.oidc.errors import BadIdTokenError, GrantRefusedError, ProviderError
from server.auth.staff.accounts import Accounts
from server.auth.staff.directory import Directory, Person
from server.auth.staff.errors import BadTokenError, UnconfirmedError
from server.auth.staff.sessions import LEASE, Login, StaffSession, StaffSessions
from server.platform.kit.clock import Clock
from server.platform.observability import metrics

log = logging.getLogger("egret.staff")

ASK_AFTER = timedelta(seconds=40)
HOLD = timedelta(seconds=60)
_ASK_SECONDS = 12.0
"""For all that is asked about one session; shorter than the lease."""
_LOOK_SECONDS = 0.1


class Revalidation:
    """Confirms sessions, each by one process at a time."""

    def __init__(self, directory: Directory, accounts: Accounts, sessions: StaffSessions, clock: Clock) -> None:
        self._directory = directory
        self._accounts = accounts
        self._sessions = sessions
        self._clock = clock
        self._asking: set[asyncio.Task[None]] = set()

    async def confirmed(self, token: str, session: StaffSession) -> StaffSession:
        """The session as it is now, with the role that the provider gives.

        Raises:
            BadTokenError: it is over.
            UnconfirmedError: it cannot be told now.
        """
        deadline = asyncio.get_running_loop().time() + LEASE.total_seconds()
        found: StaffSession | None = session
        while found is not None and found.login is not None and found.login.issuer == self._issuer:
            age = self._clock() - found.login.confirmed_at
            if age < ASK_AFTER:
                return found
            if (owner := await self._sessions.lease(found, found.login)) is not None:
                await self._asked(token, found, found.login, owner)
            elif age < HOLD:
                return found  # another process asks, or has just asked in vain: the last answer still counts
            elif found.login.failed or asyncio.get_running_loop().time() > deadline:
                raise UnconfirmedError
            else:
                await asyncio.sleep(_LOOK_SECONDS)
            found = await self._sessions.find(token)
        raise BadTokenError

    @property
    def _issuer(self) -> str:
        return self._directory.registration.issuer

    async def _asked(self, token: str, session: StaffSession, login: Login, owner: str) -> None:
        """Ask, to the end even where the caller goes away: a refresh token may be used up by asking."""
        task = asyncio.create_task(self._ask(token, session, login, owner))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        await asyncio.shield(task)

    async def _ask(self, token: str, session: StaffSession, login: Login, owner: str) -> None:
        began = self._clock()
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                person, kept = await self._directory.ask_again(self._sessions.kept(token, login))
            if person is not None:
                await self._follow(person, session, login)
            await self._sessions.confirm(session, owner, began, token, kept)
        except GrantRefusedError:
            log.info("sessions end: the provider refuses their person, or gives them no role")
            await self._sessions.end_all(identity=login.identity)
        except (ProviderError, BadIdTokenError, TimeoutError) as error:
            metrics.PROVIDER_FAILURES.inc()
            log.warning("the provider did not confirm a session: %s", str(error) or type(error).__name__)
            await self._sessions.fail(session, owner)

    async def _follow(self, person: Person, session: StaffSession, login: Login) -> None:
        """Its role is what the provider says. Raises GrantRefusedError where that is none, or it is another person."""
        if person.identity != login.identity or person.role is None:
            raise GrantRefusedError
        await self._accounts.follow(session.principal.id, person.role)
