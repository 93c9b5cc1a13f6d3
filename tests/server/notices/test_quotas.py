"""The account's quotas hold for all processes together, and a rest of each is kept for what may not wait."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.wechat.templates import Templates
from server.notices.model import Way
from server.notices.quotas import Quotas, UsedUpError
from server.platform.core.outbox import WaitingError
from server.platform.core.throttle import Throttle
from server.settings import Settings
from tests.support.people import YING, record
from tests.support.templates import TEMPLATES
from tests.support.world import Chat, World

TEMPLATE_SEND = "/cgi-bin/message/template/send"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Of an account that may send little."""
    few = {"wechat_templates_a_day": 10, "wechat_messages_a_minute": 10, "sms_a_minute": 10}
    return settings.model_copy(update=few)


def quotas(world: World) -> Quotas:
    """As one more process counts them."""
    container = world.container
    return Quotas(Throttle(container.store, container.clock), container.clock, container.settings)


async def spent(world: World, way: Way, *, may_wait: bool) -> int:
    """How many go until one has to wait, by two processes in turn."""
    both, count = (quotas(world), quotas(world)), 0
    try:
        while count < 100:
            await both[count % 2].spend(way, may_wait=may_wait)
            count += 1
    except WaitingError:
        return count
    return count


@pytest.mark.parametrize("way", [Way.CHAT, Way.TEMPLATE, Way.SMS])
async def test_what_may_wait_leaves_a_fifth_for_what_may_not(world: World, way: Way) -> None:
    assert await spent(world, way, may_wait=True) == 8
    assert await spent(world, way, may_wait=True) == 0
    assert await spent(world, way, may_wait=False) == 2
    assert await spent(world, way, may_wait=False) == 0


async def test_many_processes_at_the_same_moment_pass_no_quota_together(world: World) -> None:
    for may_wait, most in ((True, 8), (False, 2)):
        asked = [quotas(world).spend(Way.TEMPLATE, may_wait=may_wait) for _ in range(40)]
        refused = [error for error in await asyncio.gather(*asked, return_exceptions=True) if error is not None]
        assert len(asked) - len(refused) == most
        assert {type(error) for error in refused} == {UsedUpError}


async def test_an_account_that_may_send_nothing_sends_nothing(world: World) -> None:
    none = {"wechat_templates_a_day": 1}
    settings = world.container.settings.model_copy(update=none)
    throttle = Throttle(world.container.store, world.container.clock)
    few = Quotas(throttle, world.container.clock, settings)
    with pytest.raises(UsedUpError):
        await few.spend(Way.TEMPLATE, may_wait=True)
    await few.spend(Way.TEMPLATE, may_wait=False)


async def test_a_minute_later_messages_go_again_and_templates_the_next_day(world: World) -> None:
    for way in (Way.CHAT, Way.TEMPLATE):
        assert await spent(world, way, may_wait=False) == 10
    world.clock.advance(seconds=60)
    assert await spent(world, Way.CHAT, may_wait=False) == 10
    assert await spent(world, Way.TEMPLATE, may_wait=False) == 0
    world.clock.advance(hours=14)  # it was ten in the morning
    assert await spent(world, Way.TEMPLATE, may_wait=False) == 10


async def test_a_way_without_a_quota_is_free(world: World) -> None:
    assert await spent(world, Way.MINI, may_wait=True) == 100


async def test_a_notice_beyond_the_quota_waits_for_the_next_day_and_is_not_lost(world: World, tmp_path: Path) -> None:
    (tmp_path / "templates.toml").write_text(TEMPLATES, "utf-8")
    world.container.delivery.ways.templates = Templates(tmp_path / "templates.toml")
    await world.enrol(YING)
    world.clock.advance(hours=73)
    assert await spent(world, Way.TEMPLATE, may_wait=True) == 8
    await world.deliver(YING, record("volunteering.hours", "2026-11-01", "V"))
    assert await Chat(world).pushes() == []
    assert not any(path == TEMPLATE_SEND for path, _ in world.platform.calls)
    world.clock.advance(hours=24)
    assert len(await Chat(world).pushes()) == 1
