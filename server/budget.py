"""What one caller may ask of the API in a minute, in the cost that `schema.limits` gives an operation."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from schema.errors import RefusalCode, Refused
from schema.principal import Kind, Principal
from server.observe import metrics

_SHARES = {Kind.CITIZEN: 1, Kind.ANONYMOUS: 1}
_OTHERS = 5
"""Of the staff, of partners and of sources, who work for many people."""


class Budget:
    """Counts in the memory of this process; several processes allow as many times as much."""

    def __init__(self, a_minute: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._items = {share: RateLimitItemPerMinute(a_minute * share) for share in (1, _OTHERS)}

    def spend(self, by: Principal, address: str, cost: int) -> None:
        """Take the cost from the caller's budget. Raises Refused (TOO_MUCH)."""
        item = self._items[_SHARES.get(by.kind, _OTHERS)]
        who = (by.kind.value, by.id or (by.contact.id if by.contact else address))
        if not self._limiter.hit(item, *who, cost=cost):
            seconds = max(1, int(self._limiter.get_window_stats(item, *who).reset_time - time.time()))
            metrics.BUDGET_REFUSALS.labels(by.kind.value).inc()
            raise Refused(RefusalCode.TOO_MUCH, retry_after=seconds, seconds=seconds)
