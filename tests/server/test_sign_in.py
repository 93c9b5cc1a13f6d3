"""Accounts with a password: whoever floods the sign-in makes nobody wait for long."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from schema.errors import RefusalCode, Refused
from schema.principal import Kind
from tests.world import World


async def test_a_flood_of_passwords_makes_nobody_wait_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.staff.accounts._MOST_WAITING", 3)
    await world.hire("agent", Kind.AGENT)
    accounts = world.system.staff.accounts
    tries = [accounts.check(f"stranger-{n}", "wrong") for n in range(12)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    codes = Counter(answer.code for answer in answers if isinstance(answer, Refused))
    assert codes[RefusalCode.TOO_MUCH] + codes[RefusalCode.SIGN_IN_FAILED] == 12
    assert codes[RefusalCode.TOO_MUCH] >= 1
    assert (await accounts.check("agent", "agentagent"))["_id"] == "agent"  # and nothing of it stays


async def test_an_address_may_try_so_many_passwords_a_minute_whatever_the_accounts(world: World) -> None:
    world.allow(50_000)
    codes = []
    for n in range(5):
        form = {"account": f"stranger-{n}", "password": "wrong"}
        page = await world.http.post("/desk/sign-in", data=form)
        codes.append(page.status_code)
    assert codes == [401, 401, 401, 429, 429]
    assert "请求太多" in page.text
    world.clock.advance(minutes=1)
    assert (await world.http.post("/desk/sign-in", data=form)).status_code == 401
