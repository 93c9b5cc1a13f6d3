"""While everybody works, things die: nothing acknowledged is lost, nothing happens twice, and the town recovers."""

from __future__ import annotations

import asyncio
import resource
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from schema.types.principal import OPERATOR, Contact
from tests.faults.invariants import faults
from tests.faults.replica_set import replica_set
from tests.faults.town import Town, logs, openid, town
from tests.faults.work import RECOVERY_SECONDS, Acknowledged, working
from tests.support.live import until
from tests.support.people import delivery, record

pytestmark = pytest.mark.long
CITIZENS = 6
STOP_SECONDS = 20.0


@pytest_asyncio.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("faults")
    async with replica_set(folder, election_ms=2000) as replicas, town(replicas, folder, CITIZENS) as running:
        yield running


async def kill_primary(made: Town) -> None:
    member = await made.replicas.primary()
    member.kill()
    await made.replicas.primary()
    member.start()
    await made.replicas.whole()


async def kill_server(made: Town) -> None:
    for process, base in zip(made.servers, made.bases, strict=True):
        process.kill()
        await asyncio.sleep(1)
        process.start()
        await made.ready(base)


async def kill_worker(made: Town) -> None:
    for process in made.workers:
        process.kill()
        await asyncio.sleep(1)
        process.start()


async def stop_primary(made: Town) -> None:
    """It hangs, and comes back believing that it still is the primary."""
    member = await made.replicas.primary()
    member.send(signal.SIGSTOP)
    await asyncio.sleep(5)
    member.send(signal.SIGCONT)
    await made.replicas.whole()


async def cut_connections(made: Town) -> None:
    for _ in range(5):
        for member in made.replicas.members:
            member.proxy.cut()
        await asyncio.sleep(0.7)


async def half_an_answer(made: Town) -> None:
    """The primary breaks off in the middle of what it says: done or not, no one knows."""
    for count in (1, 16, 40, 200, 4000):
        member = await made.replicas.primary()
        member.proxy.break_after = count
        await asyncio.sleep(0.7)
        member.proxy.heal()


async def slow_network(made: Town) -> None:
    for member in made.replicas.members:
        member.proxy.delay = 0.05
    await asyncio.sleep(4)
    for member in made.replicas.members:
        member.proxy.heal()


async def lonely_primary(made: Town) -> None:
    """Everything that is sent to it disappears; the others choose another."""
    member = await made.replicas.primary()
    member.proxy.swallow = True
    await asyncio.sleep(6)
    member.proxy.heal()
    member.proxy.cut()
    await made.replicas.whole()


async def full_disk(made: Town) -> None:
    """No file of the primary can be written any more; someone makes room and starts it again."""
    member = await made.replicas.primary()
    assert member.process is not None
    resource.prlimit(member.process.pid, resource.RLIMIT_FSIZE, (1, 1))
    await asyncio.to_thread(member.process.wait, 30)
    await made.replicas.primary()
    member.start()
    await made.replicas.whole()


async def stop_servers(made: Town) -> None:
    """As for a new version: each is asked to stop while it works, ends what it began, and is started again."""
    for process, base in zip(made.servers, made.bases, strict=True):
        began = time.monotonic()
        assert await asyncio.to_thread(process.end, 30) == 0
        assert time.monotonic() - began < STOP_SECONDS
        process.start()
        await made.ready(base)


FAULTS: dict[str, Callable[[Town], Awaitable[None]]] = {
    "the primary is killed": kill_primary,
    "each server is killed": kill_server,
    "each worker is killed": kill_worker,
    "the primary stands still": stop_primary,
    "connections are cut": cut_connections,
    "answers break off": half_an_answer,
    "the network is slow": slow_network,
    "the primary is cut off": lonely_primary,
    "the primary's disk is full": full_disk,
    "each server is asked to stop": stop_servers,
}


@pytest.mark.parametrize("what", FAULTS)
async def test_nothing_is_lost_and_nothing_happens_twice_when(made: Town, what: str) -> None:
    before = await counted(made)
    told = await under(made, FAULTS[what])
    assert told.longest < RECOVERY_SECONDS, f"somebody tried for {told.longest:.1f} s"
    assert await counted(made) > before
    found = await settled(made, told)
    assert found == [], "\n".join([*found, *(text[-2000:] for text in logs(made))])


async def counted(made: Town) -> int:
    """How much was done."""
    return await made.container.store["audit"].count_documents({})


TOLD = Acknowledged()
"""Of all faults so far: what was acknowledged under one must outlive the next."""


async def under(made: Town, fault: Callable[[Town], Awaitable[None]]) -> Acknowledged:
    """Work before, during and after a fault."""
    until = asyncio.Event()
    work = asyncio.create_task(working(made, until))
    await asyncio.sleep(2)
    try:
        await fault(made)
        await asyncio.sleep(2)
    finally:
        until.set()
        told = await work
    for name in ("passes", "redeemed", "disputes", "records"):
        getattr(TOLD, name).update(getattr(told, name))
    TOLD.declined.update(told.declined)
    TOLD.notes += told.notes
    TOLD.longest = told.longest
    return TOLD


async def settled(made: Town, told: Acknowledged) -> list[str]:
    """What does not hold once the workers had the time to finish."""
    deadline = time.monotonic() + 30
    while True:
        found = await faults(made, told)
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(2)


async def test_who_listens_hears_on_after_a_fail_over(made: Town) -> None:
    container = made.container
    contact = Contact("wechat", container.contacts.id_of("wechat", openid(0)))
    by = await container.citizens.principal_of(contact)
    listening = container.updates.scores(by)
    told = asyncio.ensure_future(anext(listening))
    await until(lambda: container.updates._ready.is_set() and bool(container.updates._listening))
    await kill_primary(made)
    one = record("volunteering.hours", "2026-10-02", f"after-{time.time_ns()}")
    await container.deliveries.deliver(OPERATOR, delivery(made.people[0], one))
    async with asyncio.timeout(30):
        heard = await told
    assert heard == await container.scores.current(by)
    await container.updates.close()
