"""What an auditor reads: who of the staff did and looked at what, newest first, and nothing of a person."""

from __future__ import annotations

from schema.types.connection import Page, decode_cursor
from schema.types.look import StaffLogEntry
from schema.types.principal import Caller, Kind
from tests.support.disputes import PARKING, file
from tests.support.people import YING
from tests.support.world import World


async def log(world: World, account: str | None = None) -> list[StaffLogEntry]:
    """The whole log, read two entries at a time."""
    found: list[StaffLogEntry] = []
    page = Page(2, None)
    while True:
        read = await world.container.services.staff_log.entries(account, page)
        assert await read.total_count() >= len(read.edges)
        found += [edge.node for edge in read.edges]
        if not read.page_info.has_next_page:
            return found
        page = Page(2, decode_cursor(str(read.page_info.end_cursor)))


async def test_an_auditor_reads_what_staff_did_newest_first_and_of_nobody(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    dispute = await file(world, me)
    first, second = await world.hire("first", Kind.AGENT), await world.hire("second", Kind.APPROVER)
    desk = world.container.services.desk
    await desk.claim(Caller(first), dispute.key)
    world.clock.advance(minutes=1)
    await desk.case(second, dispute.key)
    entries = await log(world)
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert len({entry.key for entry in entries}) == len(entries)
    assert {(entry.account, entry.role) for entry in entries} >= {("first", Kind.AGENT), ("second", Kind.APPROVER)}
    assert all(entry.role is not Kind.CITIZEN for entry in entries)
    looks = [entry for entry in entries if entry.look]
    assert {entry.action for entry in looks} == {"case.viewed"}
    assert len({entry.subject for entry in looks}) == 1, "the same person, twice"
    said = " ".join(f"{entry.subject} {entry.action}" for entry in entries)
    assert not any(known in said for known in (me.id, dispute.number, dispute.key, YING.name))


async def test_it_can_be_read_by_account(world: World) -> None:
    dispute = await file(world, await world.enrol(YING, PARKING))
    for name in ("first", "second"):
        await world.container.services.desk.case(await world.hire(name, Kind.AGENT), dispute.key)
    assert {entry.account for entry in await log(world, "second")} == {"second"}
    assert await log(world, "nobody") == []
