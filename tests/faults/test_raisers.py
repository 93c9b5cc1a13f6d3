"""Each kind of notice has its raiser, which raises one of that kind: no more, and no less."""

from __future__ import annotations

import pytest

from server.container import build_container
from server.demo.entities import entities
from server.notices.kinds import notice_kinds
from server.sources.register import register_rows
from tests.faults.counting import Counted, by_kind, raised_by
from tests.faults.raisers import RAISERS
from tests.faults.raising import Behind, Raising
from tests.support.people import MOLI
from tests.support.world import Chat, World


def test_each_kind_has_its_raiser() -> None:
    assert RAISERS.keys() == notice_kinds().kinds.keys()


@pytest.fixture
async def raising(world: World) -> Raising:
    """Over the world's database, with the world's clock set back where a raiser says so."""
    ours = world.container
    clock = Behind(ours.clock)
    container = build_container(ours.settings, ours.store, world.http, clock, schema=ours.schema)
    await ours.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))

    async def write(openid: str) -> None:
        await Chat(world, openid).say("帮助")

    return Raising(container, clock, write, world.deliver_outbox)


@pytest.mark.long
@pytest.mark.parametrize("kind", RAISERS)
async def test_a_raiser_raises_one_of_its_kind_and_it_goes_once(world: World, raising: Raising, kind: str) -> None:
    raised = [await raised_by(raising, kind)]
    await world.deliver_outbox()
    found = await by_kind(world.container, world.platform, raised)
    assert found == {kind: Counted(raised=1, sent=1)}
