"""Who listens to `/graphql`: how many lines are open and whose they are, and who has to go.

Who listens is looked at again every minute, staff every quarter of one.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Principal
from server.auth.service import BadTokenError, ExpiredError, UnconfirmedError
from server.container import Container
from server.platform.db import StoreError
from server.platform.observability import metrics

MOST_OPEN = 5000
"""Of one process; more are told to come back later."""
MOST_OF_ONE = 20
"""Sockets and event streams of one principal, or of one address without a token."""
_LOOK_SECONDS = 60.0
_STAFF_LOOK_SECONDS = 15.0
"""Added to the age of what their provider said last, it is less than a minute (`standing.ASK_AFTER`)."""
EXPIRED = (4401, RefusalCode.EXPIRED.value)
"""A session that was good: its holder renews it and comes again, which helps no one whose token is forged."""
FORBIDDEN = (4403, "Forbidden")
LATER = (1013, "Try again later")


class Open:
    """How many WebSockets and event streams are open, by whose they are."""

    def __init__(self) -> None:
        self._by: Counter[str] = Counter()

    @property
    def total(self) -> int:
        """Of everybody."""
        return self._by.total()

    def check(self, whose: str, most: int | None = None) -> None:
        """Raises Refused (TOO_MUCH) where there is no room for one more."""
        if self.total >= MOST_OPEN or self._by.get(whose, 0) >= (most or MOST_OF_ONE):
            raise Refused(RefusalCode.TOO_MUCH, retry_after=60, seconds=60)

    @contextlib.contextmanager
    def one(self, whose: str, most: int | None = None) -> Iterator[None]:
        """Count one while it is open. Raises Refused (TOO_MUCH)."""
        self.check(whose, most)
        self._by[whose] += 1
        metrics.SOCKETS.inc()
        try:
            yield
        finally:
            metrics.SOCKETS.dec()
            self._by[whose] -= 1
            if not self._by[whose]:
                del self._by[whose]


def whose(principal: Principal, address: str) -> str:
    """Whom an open line is counted for."""
    known = principal.id or (principal.contact.id if principal.contact else address)
    return f"{principal.kind.value} {known}"


def farewell(bad: BadTokenError) -> tuple[int, str]:
    """How a socket closes for a token that is not good: what its holder does next differs."""
    match bad:
        case UnconfirmedError():
            return LATER
        case ExpiredError():
            return EXPIRED
    return FORBIDDEN


async def next_look(container: Container, token: str | None, principal: Principal | None) -> float:
    """In how many seconds to look again who listens."""
    staff = principal is not None and principal.is_staff
    most = min(_LOOK_SECONDS, _STAFF_LOOK_SECONDS) if staff else _LOOK_SECONDS
    if token is None:
        return most
    try:
        return min(most, await container.sessions.seconds_left(token))
    except StoreError:
        return most


async def why_gone(container: Container, token: str | None, principal: Principal | None) -> tuple[int, str] | None:
    """Why a listener has to go, as the code and reason that close a socket; None for one who may stay."""
    try:
        return None if await container.sessions.principal_of(token) == principal else FORBIDDEN
    except BadTokenError as bad:
        return farewell(bad)
    except StoreError:  # it cannot be told; open streams stay until the next look
        return None
