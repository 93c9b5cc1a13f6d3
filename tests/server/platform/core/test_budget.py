"""A caller has one budget a minute, whichever of our processes is asked."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Kind, Principal
from server.platform.core.budget import Budget
from server.platform.db import StoreError
from server.platform.kit.addresses import network_of
from tests.support.world import World

MOST = 1000
CITIZEN = Principal(Kind.CITIZEN, "c1")


def budgets(world: World, processes: int) -> list[Budget]:
    container = world.container
    return [Budget(container.store, container.clock, container.vault, MOST) for _ in range(processes)]


async def asked(budgets: list[Budget], by: Principal, cost: int, address: str = "203.0.113.9") -> int:
    """How much was let through, asking one process after the other until each has refused."""
    through = 0
    for n in range(10 * MOST // cost):
        with contextlib.suppress(Refused):
            await budgets[n % len(budgets)].spend(by, address, cost)
            through += cost
    with pytest.raises(Refused) as refused:
        await budgets[0].spend(by, address, 10 * MOST)
    assert refused.value.code is RefusalCode.TOO_MUCH
    assert 0 < (refused.value.retry_after or 0) <= 60
    return through


@pytest.mark.parametrize("processes", [1, 2, 8])
async def test_many_processes_allow_hardly_more_than_one(world: World, processes: int) -> None:
    through = await asked(budgets(world, processes), CITIZEN, 7)
    assert MOST * 0.95 - 7 <= through <= MOST * (1 + processes / 20) + 7


async def test_at_the_same_moment_too(world: World) -> None:
    several = budgets(world, 4)
    given = await asyncio.gather(
        *(budget.spend(CITIZEN, "", 10) for budget in several for _ in range(100)), return_exceptions=True
    )
    through = 10 * sum(isinstance(answer, int) for answer in given)
    assert MOST * 0.9 <= through <= MOST * 1.3


async def test_anyone_who_asks_little_costs_the_database_nothing(world: World) -> None:
    (budget,) = budgets(world, 1)
    for _ in range(5):
        await budget.spend(CITIZEN, "", 10)
    assert await world.container.store["budgets"].count_documents({}) == 0


async def test_no_one_spends_another_ones_budget(world: World) -> None:
    several = budgets(world, 2)
    await asked(several, CITIZEN, 50)
    assert await asked(several, Principal(Kind.CITIZEN, "c2"), 50) >= MOST * 0.9
    assert await asked(several, ANONYMOUS, 50, "203.0.113.1") >= MOST * 0.9
    assert await asked(several, ANONYMOUS, 50, "203.0.113.2") >= MOST * 0.9
    assert await asked(several, Principal(Kind.AGENT, "agent"), 50) >= 5 * MOST * 0.9


async def test_a_new_minute_has_a_new_budget(world: World) -> None:
    several = budgets(world, 2)
    await asked(several, CITIZEN, 50)
    world.clock.advance(minutes=1)
    assert await asked(several, CITIZEN, 50) >= MOST * 0.9


async def test_the_database_keeps_no_address(world: World) -> None:
    await asked(budgets(world, 1), ANONYMOUS, 50, "203.0.113.77")
    rows = await world.container.store["budgets"].find({}).to_list(None)
    assert rows
    assert "203.0.113.77" not in str(rows)


async def test_without_the_database_each_process_counts_for_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down:
        async def find_one_and_update(self, *_: Any, **__: Any) -> None:
            raise StoreError("no primary")

    (budget,) = budgets(world, 1)
    monkeypatch.setattr(budget, "_rows", Down())
    assert MOST * 0.9 <= await asked([budget], CITIZEN, 50) <= MOST


@pytest.mark.parametrize(
    ("host", "counts_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_household_is_one_address(host: str, counts_as: str) -> None:
    assert network_of(host) == counts_as
