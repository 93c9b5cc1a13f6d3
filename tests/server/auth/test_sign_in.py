"""Accounts with a password: anyone who floods the sign-in makes no one wait for long."""

from __future__ import annotations

import asyncio
import re
from collections import Counter

import pytest

from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Kind
from tests.support.world import World


async def test_a_flood_of_passwords_makes_no_one_wait_for_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.auth.staff.accounts._MOST_WAITING", 3)
    await world.hire("agent", Kind.AGENT)
    accounts = world.container.staff.accounts
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


async def test_others_pause_no_one_at_another_address(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    staff = world.container.staff
    for n in range(6):
        with pytest.raises(Refused) as refused:
            await staff.sign_in("agent", "wrong", "203.0.113.9")
        assert refused.value.code is (RefusalCode.SIGN_IN_FAILED if n < 5 else RefusalCode.TOO_MANY_TRIES)
    assert (await staff.sign_in("agent", "agentagent", "198.51.100.1")).role == "agent"


async def test_a_known_device_goes_on_while_the_whole_world_guesses(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    await world.hire("other", Kind.AGENT)
    staff = world.container.staff
    device = (await staff.sign_in("agent", "agentagent", "198.51.100.1")).device
    for n in range(60):
        with pytest.raises(Refused) as refused:
            await staff.sign_in("agent", "wrong", f"203.0.113.{n}")
    assert refused.value.code is RefusalCode.TOO_MANY_TRIES
    with pytest.raises(Refused):
        await staff.sign_in("agent", "agentagent", "198.51.100.2")  # a new device waits
    others = (await staff.sign_in("other", "otherother", "198.51.100.1")).device
    for no_device in (None, "", "x" * 3000, others):
        with pytest.raises(Refused):
            await staff.sign_in("agent", "agentagent", "198.51.100.1", no_device)
    assert (await staff.sign_in("agent", "agentagent", "203.0.113.1", device)).role == "agent"


async def test_a_known_device_is_no_way_to_guess(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    staff = world.container.staff
    device = (await staff.sign_in("agent", "agentagent")).device
    codes = []
    for _ in range(6):
        with pytest.raises(Refused) as refused:
            await staff.sign_in("agent", "wrong", device=device)
        codes.append(refused.value.code)
    assert codes == [RefusalCode.SIGN_IN_FAILED] * 5 + [RefusalCode.TOO_MANY_TRIES]


async def test_the_desk_remembers_the_device(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    form = {"account": "agent", "password": "agentagent"}
    assert (await world.http.post("/desk/sign-in", data=form)).status_code == 303
    assert world.http.cookies["egret_desk_device"]
    for n in range(50):
        with pytest.raises(Refused):
            await world.container.staff.sign_in("agent", "wrong", f"203.0.113.{n}")
    assert (await world.http.post("/desk/sign-in", data=form)).status_code == 303
    world.http.cookies.delete("egret_desk_device")
    assert (await world.http.post("/desk/sign-in", data=form)).status_code == 401


async def test_another_site_cannot_sign_anybody_in_whatever_the_browser_says(world: World) -> None:
    await world.hire("agent", Kind.AGENT)
    form = {"account": "agent", "password": "agentagent"}
    for site in ("cross-site", "same-site"):
        answer = await world.http.post("/desk/sign-in", data=form, headers={"sec-fetch-site": site})
        assert answer.status_code == 403
    del world.http.headers["sec-fetch-site"]  # an old browser
    assert (await world.http.post("/desk/sign-in", data=form)).status_code == 403
    page = (await world.http.get("/desk/sign-in")).text
    token = re.search(r'name="form" value="([0-9a-f]{32})"', page)
    assert token is not None
    assert (await world.http.post("/desk/sign-in", data={**form, "form": "x" * 32})).status_code == 403
    assert (await world.http.post("/desk/sign-in", data={**form, "form": token[1]})).status_code == 303
