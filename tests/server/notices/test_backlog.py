"""What is beyond the day's quota of templates is put off at once, and goes later: the urgent first, then in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from bot.wechat.templates import Templates
from schema.types.principal import CLOCK, Caller
from server.citizens.model import CitizenRow
from server.jobs.worker import deliver
from server.platform.core.unit_of_work import Transaction
from server.platform.kit.clock import SHANGHAI
from server.settings import Settings
from tests.support.people import FAN, YING
from tests.support.world import Chat, World

URGENT, LATER, NOT_HERE = "dispute_accepted", "score_resumed", "signed_in"
DISPUTE = {"number": "D-2026-000001", "due": "2026-12-01"}
_FIELDS = 'fields = { thing1 = "title", thing3 = "text" }'
TEMPLATES = "".join(f'[{kind}]\ntemplate = "{kind}"\n{_FIELDS}\n' for kind in (URGENT, LATER, NOT_HERE))
SEND = "/cgi-bin/message/template/send"
QUOTA, FOR_ALL = 10, 8


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of an account that may send little."""
    return settings.model_copy(update={"wechat_templates_a_day": QUOTA})


async def silent(world: World, folder: Path) -> CitizenRow:
    """Someone whom only templates reach."""
    (folder / "templates.toml").write_text(TEMPLATES, "utf-8")
    world.container.delivery.ways.templates = Templates(folder / "templates.toml")
    await world.enrol(YING)
    await world.deliver_outbox()
    world.clock.advance(hours=73)
    found = await world.container.citizens.find(YING.id_number)
    assert found is not None
    return found


async def tell(world: World, citizen: CitizenRow, kind: str, count: int) -> None:
    """Raise so many notices, one after the other."""

    async def body(tx: Transaction) -> None:
        await world.container.citizens.notify(tx, citizen, kind, DISPUTE if kind == URGENT else {})

    for _ in range(count):
        await world.container.unit_of_work.run(Caller(CLOCK), "tell", body)


def sent(world: World) -> list[str]:
    """The templates that went, in their order."""
    return [body["template_id"] for path, body in world.platform.calls if path == SEND]


async def ids_in_order(world: World, state: str) -> list[str]:
    """The notices in a state, in the order in which they were delivered, or raised."""
    by = [("delivered_at", 1), ("created_at", 1)]
    rows = await world.container.store["notices"].find({"state": state}).sort(by).to_list(None)
    return [row["_id"] for row in rows]


async def test_the_rest_is_put_off_without_trying_each(world: World, tmp_path: Path) -> None:
    await tell(world, await silent(world, tmp_path), LATER, 40)
    rounds = 0
    while await world.container.outbox.deliver_one(partial(deliver, world.container)):
        rounds += 1
    assert sent(world) == [LATER] * FOR_ALL
    assert rounds == FOR_ALL + 1
    tomorrow = world.container.clock().astimezone(SHANGHAI) + timedelta(days=1)
    midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
    dues = {row["due"] for row in await world.container.store["outbox"].find({"done": False}).to_list(None)}
    assert dues == {midnight}


async def test_what_was_put_off_goes_in_its_order_and_after_what_is_urgent(world: World, tmp_path: Path) -> None:
    citizen = await silent(world, tmp_path)
    await tell(world, citizen, LATER, 20)
    raised = await ids_in_order(world, "sending")
    await world.deliver_outbox()
    world.clock.advance(hours=24)
    await tell(world, citizen, URGENT, 2)
    await world.deliver_outbox()
    assert sent(world) == [LATER] * FOR_ALL + [URGENT] * 2 + [LATER] * (FOR_ALL - 2)
    world.clock.advance(hours=24)
    await world.deliver_outbox()
    assert [one for one in await ids_in_order(world, "delivered") if one in raised] == raised


async def test_the_urgent_have_a_rest_and_wait_beyond_it_too(world: World, tmp_path: Path) -> None:
    citizen = await silent(world, tmp_path)
    await tell(world, citizen, LATER, 12)
    await world.deliver_outbox()
    await tell(world, citizen, URGENT, 5)
    await world.deliver_outbox()
    assert sent(world) == [LATER] * FOR_ALL + [URGENT] * (QUOTA - FOR_ALL)
    world.clock.advance(hours=24)
    await world.deliver_outbox()
    assert sent(world)[QUOTA:] == [URGENT] * 3 + [LATER] * 4


async def test_who_writes_meanwhile_is_told_in_the_chat_at_once(world: World, tmp_path: Path) -> None:
    await tell(world, await silent(world, tmp_path), LATER, FOR_ALL + 2)
    await world.deliver_outbox()
    chat = Chat(world)
    await chat.say("帮助")
    assert len(await chat.pushes()) == FOR_ALL + 2
    assert len(sent(world)) == FOR_ALL


async def test_whose_window_is_open_is_not_put_off(world: World, tmp_path: Path) -> None:
    citizen = await silent(world, tmp_path)
    await tell(world, citizen, LATER, FOR_ALL + 2)
    await world.enrol(FAN, openid="o-fan")
    other = await world.container.citizens.find(FAN.id_number)
    assert other is not None
    await Chat(world, "o-fan").say("帮助")
    await tell(world, other, LATER, 1)
    await world.deliver_outbox()
    assert len(world.platform.phone("o-fan").arrived) >= 1
    assert len(await ids_in_order(world, "sending")) == 2


async def test_what_does_not_go_to_that_account_is_not_put_off_with_it(world: World, tmp_path: Path) -> None:
    citizen = await silent(world, tmp_path)
    await tell(world, citizen, URGENT, QUOTA + 1)
    here = citizen["contacts"][0]["hash"]

    async def body(tx: Transaction) -> None:
        data = {"channel": "wechat", "new": "device"}
        await world.container.citizens.notify(tx, citizen, NOT_HERE, data, about=here, once="now", without=here)

    await world.container.unit_of_work.run(Caller(CLOCK), "tell", body)
    await world.deliver_outbox()
    assert "新设备或新账号登录" in world.platform.sms.arrived[-1]["text"]


async def test_workers_at_once_send_no_more_than_what_may_wait_has(world: World, tmp_path: Path) -> None:
    await tell(world, await silent(world, tmp_path), LATER, 30)

    async def work() -> None:
        while await world.container.outbox.deliver_one(partial(deliver, world.container)):
            pass

    await asyncio.gather(*(work() for _ in range(8)))
    assert sent(world) == [LATER] * FOR_ALL
