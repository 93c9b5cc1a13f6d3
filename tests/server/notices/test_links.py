"""A notice in the chat says what happened, and a tap leads to the thing itself."""

from __future__ import annotations

import re

import pytest

from scoring.disputes import Determination
from server.notices.delivery import Delivery
from server.notices.kinds import notice_kinds
from tests.support.disputes import PARKING, decide, file
from tests.support.pages import Browser
from tests.support.people import YING, record
from tests.support.world import Chat, World

LINK = re.compile(r"点开查看：(https?://[^/\s]+)(\S+)")


async def newest(world: World, about: str) -> str:
    """The page that the newest push about something opens."""
    told = [text for text in await Chat(world).pushes() if about in text][-1]
    found = LINK.search(told)
    assert found is not None, told
    assert found[1] == world.container.settings.base_url
    return found[2]


async def test_a_decision_leads_to_its_dispute_after_a_login(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    page = await newest(world, "有答复了")
    world.http.cookies.clear()
    world.http.cookies.set("sim-openid", "o-test", domain="127.0.0.1")
    opened = await Browser(world).open(page)
    assert opened.url.path == page
    assert dispute.number in opened.text


async def test_another_account_that_opens_the_link_sees_nothing_of_it(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    await decide(world, dispute, Determination.UPHELD)
    page = await newest(world, "有答复了")
    stranger = Browser(world, "o-stranger")
    await stranger.log_in()
    opened = await stranger.open(page)
    assert dispute.number not in opened.text
    assert "违法停车" not in opened.text


async def test_a_bill_leads_to_its_record(world: World) -> None:
    await world.enrol(YING)
    await world.deliver(YING, record("utility.power-overdue", "2026-11-20", "N-1"))
    world.clock.advance(hours=24)
    page = await newest(world, "电费")
    await Browser(world).log_in()
    assert "电费逾期" in (await Browser(world).open(page)).text


@pytest.mark.parametrize("kind", sorted(name for name, one in notice_kinds().kinds.items() if not one.page))
def test_what_is_about_no_page_has_no_link(world: World, kind: str) -> None:
    delivery: Delivery = world.container.delivery
    assert delivery._with_link("zh", kind, "您好", "/h5/") == "您好"
