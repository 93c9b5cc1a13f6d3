"""What one caller may ask of the API in a minute, in the cost that `schema.engine.limits` gives an operation.

Shared by all processes through the database, which costs nothing while a caller asks little: a process first lets a
small part of the budget go by itself, and tells the others only when that is used up.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind, Principal
from server.platform.core.layout import BUDGETS
from server.platform.crypto.vault import Vault
from server.platform.db import Store, StoreError
from server.platform.kit.clock import Clock
from server.platform.observability import metrics

log = logging.getLogger("egret.budget")
_SHARES = {Kind.CITIZEN: 1, Kind.ANONYMOUS: 1}
_OTHERS = 5
"""Of the staff, of partners and of sources, who work for many people."""
_UNTOLD = 20
"""A process lets so small a part of a budget go untold: 5 %. `n` processes allow at most (1 + n / 20) budgets."""


@dataclass(slots=True)
class _Spent:
    """What a caller spent in this minute: as all processes know it, what only this one knows, what is on its way."""

    told: int = 0
    untold: int = 0
    telling: int = 0

    @property
    def known(self) -> int:
        """All that this process knows of."""
        return self.told + self.telling + self.untold


class Budget:
    """Takes costs from budgets by the minute."""

    def __init__(self, store: Store, clock: Clock, vault: Vault, a_minute: int) -> None:
        self._rows = store[BUDGETS]
        self._clock = clock
        self._vault = vault
        self._a_minute = a_minute
        self._minute = 0
        self._spent: dict[tuple[str, str], _Spent] = {}

    async def spend(self, actor: Principal, address: str, cost: int) -> int:
        """Take the cost from the caller's budget; what is left of it, as far as this process knows.

        Raises Refused (TOO_MUCH), with what is `left`.
        """
        now = self._clock()
        minute = int(now.timestamp()) // 60
        if minute != self._minute:
            self._minute, self._spent = minute, {}
        who = (actor.kind.value, actor.id or (actor.contact.id if actor.contact else address))
        spent = self._spent.get(who) or self._spent.setdefault(who, _Spent())
        most = self._a_minute * _SHARES.get(actor.kind, _OTHERS)
        if spent.known + cost <= most:
            spent.untold += cost
            if spent.telling + spent.untold <= most // _UNTOLD:
                return most - spent.known
            await self._tell(who, minute, spent)
            if spent.told <= most:
                return max(0, most - spent.known)
        seconds = 60 - int(now.timestamp()) % 60
        metrics.BUDGET_REFUSALS.labels(actor.kind.value).inc()
        left = max(0, most - spent.known)
        raise Refused(RefusalCode.TOO_MUCH, retry_after=seconds, seconds=seconds, left=left)

    async def _tell(self, who: tuple[str, str], minute: int, spent: _Spent) -> None:
        """Add what only this process knows; without the database each process counts for itself."""
        cost, spent.untold = spent.untold, 0
        spent.telling += cost
        key = self._vault.blind_text("budget", f"{minute} {' '.join(who)}")
        until = datetime.fromtimestamp((minute + 2) * 60, UTC)
        try:
            row = await self._rows.find_one_and_update(
                {"_id": key},
                {"$inc": {"spent": cost}, "$setOnInsert": {"expires_at": until + timedelta(minutes=1)}},
                upsert=True,
                return_document=True,
            )
        except StoreError as error:
            log.warning("a budget is counted by this process alone: %s", type(error).__name__)
            spent.told += cost
        else:
            spent.told = max(spent.told, row["spent"] if row else cost)
        finally:
            spent.telling -= cost
