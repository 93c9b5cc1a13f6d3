"""The outbox: at least once, leased, retried, and never to someone who left."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.wechat.faults import WeChatApiError
from schema.types.principal import CLOCK, Caller
from server.platform.core import outbox as outbox_module
from server.platform.core.outbox import LEASE, MOST_ATTEMPTS, Deliver, UndeliverableError, WaitingError
from server.platform.core.unit_of_work import Transaction
from server.platform.db import Document
from server.platform.kit.tasks import stop
from tests.support.world import World


async def put(world: World, *ids: str, urgent: bool = True) -> None:
    key = await world.container.vault.create_key()
    messages = [(key, {"phone": "1", "code": "2"})] * (len(ids) or 1)

    async def body(tx: Transaction) -> None:
        await tx.notify_each("sms", messages, ids=ids or None, urgent=urgent)

    await world.container.unit_of_work.run(Caller(CLOCK), "put", body)


class Recorder:
    """Remembers what it is asked to send; fails as often as told."""

    def __init__(self, failures: int = 0, error: type[Exception] = ConnectionError) -> None:
        self.seen: list[str] = []
        self.called = asyncio.Event()
        self.failures = failures
        self.error = error

    async def __call__(self, kind: str, payload: Document, row_id: str) -> None:
        assert payload == {"phone": "1", "code": "2"}
        self.seen.append(row_id)
        self.called.set()
        if len(self.seen) <= self.failures:
            raise self.error


async def test_a_message_is_sent_once_and_done(world: World) -> None:
    await put(world)
    deliver = Recorder()
    assert await world.container.outbox.deliver_one(deliver)
    assert not await world.container.outbox.deliver_one(deliver)
    assert len(deliver.seen) == 1


async def test_what_is_urgent_goes_before_what_was_there_already(world: World) -> None:
    await put(world, "a", "b", "c", urgent=False)
    world.clock.advance(minutes=1)
    deliver = Recorder()
    assert await world.container.outbox.deliver_one(deliver)
    await put(world, "now")
    while await world.container.outbox.deliver_one(deliver):
        pass
    assert deliver.seen[1] == "now"
    assert sorted(deliver.seen) == ["a", "b", "c", "now"]


async def test_an_urgent_row_that_waits_for_its_next_try_holds_nothing_up(world: World) -> None:
    await put(world, "now")
    deliver = Recorder(failures=1)
    await world.container.outbox.deliver_one(deliver)
    await put(world, "later", urgent=False)
    assert await world.container.outbox.deliver_one(deliver)
    assert deliver.seen == ["now", "later"]


async def test_a_failed_message_is_sent_again_later_with_the_same_key(world: World) -> None:
    await put(world)
    deliver = Recorder(failures=2)
    for _ in range(3):
        assert await world.container.outbox.deliver_one(deliver)
        world.clock.advance(hours=1)
    assert len(deliver.seen) == 3
    assert len(set(deliver.seen)) == 1
    assert not await world.container.outbox.deliver_one(deliver)


async def test_what_cannot_be_delivered_is_not_tried_again(world: World) -> None:
    await put(world)
    deliver = Recorder(failures=1, error=UndeliverableError)
    await world.container.outbox.deliver_one(deliver)
    world.clock.advance(days=1)
    assert not await world.container.outbox.deliver_one(deliver)


async def test_a_message_is_given_up_after_many_tries(world: World) -> None:
    await put(world)
    deliver = Recorder(failures=99)
    while await world.container.outbox.deliver_one(deliver):
        world.clock.advance(days=1)
    assert len(deliver.seen) == MOST_ATTEMPTS
    row = await world.container.store["outbox"].find_one({})
    assert row is not None
    assert row["outcome"] == "given up"


async def test_a_worker_that_dies_leaves_a_lease_that_runs_out(world: World) -> None:
    await put(world)

    async def dies(kind: str, payload: Document, row_id: str) -> None:
        raise asyncio.CancelledError

    with contextlib.suppress(asyncio.CancelledError):
        await world.container.outbox.deliver_one(dies)
    deliver = Recorder()
    assert not await world.container.outbox.deliver_one(deliver)
    world.clock.advance(seconds=(LEASE + timedelta(seconds=1)).total_seconds())
    assert await world.container.outbox.deliver_one(deliver)


async def test_two_workers_never_send_the_same_row_at_once(world: World) -> None:
    for _ in range(10):
        await put(world)
    deliver = Recorder()

    async def work() -> None:
        while await world.container.outbox.deliver_one(deliver):
            pass

    await asyncio.gather(*(work() for _ in range(4)))
    assert len(deliver.seen) == len(set(deliver.seen)) == 10


@contextlib.asynccontextmanager
async def running(world: World, deliver: Deliver) -> AsyncIterator[None]:
    task = asyncio.create_task(world.container.outbox.run(deliver, idle=60))
    try:
        yield
    finally:
        await stop(task)


async def seen_by(deliver: Recorder) -> list[str]:
    async with asyncio.timeout(30):
        await deliver.called.wait()
    return deliver.seen


async def test_running_wakes_up_when_something_is_put(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox, deliver = world.container.outbox, Recorder()
    look, waits = outbox.deliver_one, asyncio.Event()

    async def noted(given: Deliver) -> bool:
        found = await look(given)
        if not found:
            waits.set()
        return found

    monkeypatch.setattr(outbox, "deliver_one", noted)
    async with running(world, deliver):
        await waits.wait()
        await put(world)
        assert len(await seen_by(deliver)) == 1


async def test_nothing_is_missed_that_came_while_it_looked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database had said that nothing is due; before that was read, something was put."""
    outbox, deliver = world.container.outbox, Recorder()
    look = outbox.deliver_one
    looks = 0

    async def one_comes_meanwhile(given: Deliver) -> bool:
        nonlocal looks
        looks += 1
        found = await look(given)
        if looks == 1:
            await put(world)
        return found

    monkeypatch.setattr(outbox, "deliver_one", one_comes_meanwhile)
    async with running(world, deliver):
        assert len(await seen_by(deliver)) == 1


async def test_a_worker_that_was_away_changes_nothing_of_what_another_did_since(world: World) -> None:
    rows = world.container.store["outbox"]
    another = {"leased_by": "another", "done": True, "outcome": "sent", "waiting_for": "template:1"}

    async def another_is_faster(kind: str, payload: Document, row_id: str) -> None:
        await rows.update_one({"_id": row_id}, {"$set": another})
        raise WaitingError("a contact")

    await put(world)
    await world.container.outbox.deliver_one(another_is_faster)
    row = await rows.find_one({}, dict.fromkeys(another, 1) | {"_id": 0})
    assert row == another


async def test_a_delivery_is_over_before_its_lease_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox_module._MOST_DELIVERY < LEASE
    monkeypatch.setattr(outbox_module, "_MOST_DELIVERY", timedelta(seconds=0.05))

    async def never(kind: str, payload: Document, row_id: str) -> None:
        await asyncio.Event().wait()

    await put(world)
    assert await world.container.outbox.deliver_one(never)
    row = await world.container.store["outbox"].find_one({})
    assert row is not None
    assert (row["done"], row["attempts"]) == (False, 1)


def because(code: int, final: type[Exception] | None = None) -> Exception:
    """What a delivery raises after the platform has answered with a code."""
    refused = WeChatApiError(code)
    if final is None:
        return refused
    error = final("a-contact") if final is WaitingError else final()
    error.__cause__ = refused
    return error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (because(45009), "sms not delivered, try 1: WeChat errcode 45009: the day's quota of this call is used up"),
        (because(40164), "sms not delivered, try 1: WeChat errcode 40164: this server's address is not on"),
        (
            because(43004, UndeliverableError),
            "sms cannot be delivered: WeChat errcode 43004: the person does not follow the account",
        ),
        (because(45047, WaitingError), "sms waits for its person: WeChat errcode 45047: the person must write first"),
        (UndeliverableError("EGRET_SMS_URL is not set"), "sms cannot be delivered: EGRET_SMS_URL is not set"),
        (ValueError("the text to 13900001234"), "sms not delivered, try 1: ValueError"),
    ],
    ids=["retried", "ours", "final", "waiting", "not set", "any other"],
)
async def test_operators_read_why_something_was_not_delivered(
    world: World, caplog: pytest.LogCaptureFixture, error: Exception, line: str
) -> None:
    caplog.set_level("INFO", "egret.outbox")
    await put(world)

    async def deliver(kind: str, payload: Document, row_id: str) -> None:
        raise error

    await world.container.outbox.deliver_one(deliver)
    (told,) = (record.getMessage() for record in caplog.records if record.name == "egret.outbox")
    assert told.startswith(line)
    assert "139" not in told


async def test_what_is_given_up_says_why(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await put(world)
    await world.container.store["outbox"].update_one({}, {"$set": {"attempts": MOST_ATTEMPTS - 1}})

    async def deliver(kind: str, payload: Document, row_id: str) -> None:
        raise because(45011)

    await world.container.outbox.deliver_one(deliver)
    assert (
        f"sms given up after {MOST_ATTEMPTS} tries: WeChat errcode 45011: too many calls this minute" in caplog.messages
    )


async def test_who_left_is_nothing_for_operators(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "egret.outbox")
    await put(world)
    await world.container.outbox.deliver_one(Recorder(failures=1, error=UndeliverableError))
    assert not [record for record in caplog.records if record.name == "egret.outbox"]
