"""Rescoring the city: the same statements as one by one, only what changed, and no work done twice."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from unittest.mock import ANY

import pytest
import pytest_asyncio
from distributed import LocalCluster

from schema.types.connection import Page
from schema.types.principal import Caller, Principal
from schema.types.score import AssessmentCause
from scoring.calendar import add_months
from scoring.disputes import DisputeReason
from scoring.identity import Identity
from scoring.records import Record
from server.citizens.consents import consent_document, records_consent
from server.container import build_container
from server.jobs.rescore.columns import Range, ranges, read_part
from server.jobs.rescore.executors import executor
from server.jobs.rescore.run import Totals, rescore
from server.jobs.rescore.worker import Done, Job, Rescorer, close_workers, job_of, rescore_range
from server.platform.db.columns import ColumnReader
from server.platform.kit.clock import day_of
from tests.support.people import FAN, TODAY, YING, id_number, record
from tests.support.world import Chat, World

ALL = Range("", None)
PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")
VOLUNTEER = record("volunteering.hours", "2026-05-01", "V1")
BILL = record("utility.water-overdue", "2026-09-20", "W1")
PARKING_ENDS = add_months(PARKING.reported_on, 3)


@pytest_asyncio.fixture
async def reader(world: World) -> AsyncIterator[ColumnReader]:
    with ColumnReader(world.container.store) as opened:
        yield opened


async def on(world: World, reader: ColumnReader, day: date) -> Done:
    return await Rescorer(world.container, reader, day).rescore(ALL)


def silent(what: str, done: int, total: int) -> None:
    """Progress that no one watches."""


async def rows(world: World, me: Principal) -> list[dict[str, Any]]:
    return await world.container.store["assessments"].find({"citizen": me.id}).sort([("at", 1)]).to_list(None)


async def test_nightly_expiry_raises_the_score_and_tells_why(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    world.clock.advance(days=(PARKING_ENDS - TODAY).days)
    assert await on(world, reader, PARKING_ENDS) == Done(ALL, 1, 1, 1, ANY)
    score = await world.container.services.scores.current(me)
    assert (score.value, score.as_of) == (500, PARKING_ENDS)
    chat = Chat(world)
    await chat.say("帮助")  # after 48 hours a push waits for the person's next message
    assert any("500（+10）" in text for text in await chat.pushes())
    history = await world.container.services.scores.history(me, Page(5, None))
    assert [(e.node.value, e.node.cause) for e in history.edges] == [
        (500, AssessmentCause.DAY),
        (490, AssessmentCause.ENROLMENT),
    ]


async def test_what_did_not_change_is_not_written(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    before = await rows(world, me)
    assert (await on(world, reader, TODAY)).changed == 0
    assert (await on(world, reader, TODAY + timedelta(days=1))).changed == 0
    assert await rows(world, me) == before


async def test_twice_changes_nothing(world: World, reader: ColumnReader) -> None:
    await world.enrol(YING, PARKING)
    assert [(await on(world, reader, PARKING_ENDS)).changed for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("days", [1, 10, 30, 100, 800])
async def test_the_statement_is_byte_for_byte_the_one_of_a_single_citizen(
    world: World, reader: ColumnReader, days: int
) -> None:
    cured = replace(BILL, id="W2", facts={"cured_on": "2026-10-01"})
    grave = record("tax.evasion", "2026-11-01", "X1")
    me = await world.enrol(YING, PARKING, VOLUNTEER, BILL, cured, grave)
    (held, *_) = (await world.container.services.records.of_citizen(me, Page(9, None))).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    await world.container.services.enrolments.decline(Caller(me), "volunteering.hours", True)
    day = TODAY + timedelta(days=days)
    await world.container.store["assessments"].update_many({}, {"$set": {"fingerprint": ""}})
    assert (await on(world, reader, day)).changed == 1
    citizen = await world.container.citizens.get(me.id)
    expected = await world.container.assessor.compute(citizen, day)
    stored = await world.container.store["assessments"].find_one({"citizen": me.id, "current": True})
    assert stored is not None
    statement, ids = await world.container.assessor.open(stored)
    assert statement == expected.statement
    assert ids == expected.ids


async def test_a_record_that_no_statement_knows_yet_is_opened(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    await world.deliver(FAN, VOLUNTEER)
    await world.container.store["assessments"].delete_many({})
    assert await on(world, reader, TODAY) == Done(ALL, 1, 1, 1, ANY)
    assert (await world.container.services.scores.current(me)).value == 490


async def test_records_of_people_who_have_not_enrolled_count_for_nothing(world: World, reader: ColumnReader) -> None:
    await world.deliver(FAN, PARKING)
    assert await on(world, reader, TODAY) == Done(ALL, 0, 0, 0, ANY)
    assert await world.container.store["assessments"].count_documents({}) == 0


async def test_a_newer_statement_is_left_alone(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    before = await rows(world, me)
    assert (await on(world, reader, TODAY - timedelta(days=90))).changed == 0
    assert await rows(world, me) == before


async def test_who_leaves_in_the_middle_is_passed_over(world: World, reader: ColumnReader) -> None:
    me, other = await world.enrol(YING, PARKING), await world.enrol(FAN, replace(PARKING, id="T2"), openid="o-fan")
    rescorer = Rescorer(world.container, reader, PARKING_ENDS)
    part = await asyncio.to_thread(read_part, reader, world.container.scheme, ALL)
    assert len(part.citizens) == 2
    await world.container.services.enrolments.leave(Caller(me))
    assert await rescorer._renewal.renew(part.citizens) == 1
    assert await rows(world, me) == []
    assert len(await rows(world, other)) == 2


async def test_a_key_that_is_gone_stops_no_one_else(world: World, reader: ColumnReader) -> None:
    me, other = await world.enrol(YING, PARKING), await world.enrol(FAN, replace(PARKING, id="T2"), openid="o-fan")
    citizen = await world.container.citizens.get(me.id)
    await world.container.vault.destroy_key(citizen["key"])
    cold = build_container(
        world.container.settings, world.container.store, world.http, world.container.clock
    )  # no key in its cache
    assert (await Rescorer(cold, reader, PARKING_ENDS).rescore(ALL)).changed == 1
    assert (len(await rows(world, me)), len(await rows(world, other))) == (1, 2)
    await cold.vault.close()


async def test_a_notice_never_reaches_who_bound_the_account_afterwards(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    await on(world, reader, PARKING_ENDS)
    await world.container.services.enrolments.unlink(Caller(me))
    chat = Chat(world)
    await world.register(FAN)
    await chat.bind(FAN)
    assert not any("（+10）" in text for text in await chat.pushes())


async def test_what_was_written_meanwhile_is_not_written_again(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    await on(world, reader, PARKING_ENDS)
    rescorer = Rescorer(world.container, reader, PARKING_ENDS)
    assert await rescorer._renewal.renew([me.id]) == 0
    assert len(await rows(world, me)) == 2


async def test_only_a_current_statement_keeps_its_fingerprint(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    await on(world, reader, PARKING_ENDS)
    assert ["fingerprint" in row for row in await rows(world, me)] == [False, True]


async def test_who_is_no_resident_any_more_is_left_out(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    paused = {"why": "moved", "since": world.container.clock(), "paused": True}
    await world.container.store["citizens"].update_one({"_id": me.id}, {"$set": {"residence": paused}})
    await on(world, reader, PARKING_ENDS)
    assert len(await rows(world, me)) == 1
    await world.container.store["citizens"].update_one({"_id": me.id}, {"$set": {"residence.paused": False}})
    await on(world, reader, PARKING_ENDS)
    assert len(await rows(world, me)) == 2


async def test_who_paused_and_who_only_looks_are_left_out(world: World, reader: ColumnReader) -> None:
    me = await world.enrol(YING, PARKING)
    other = await world.enrol(FAN, openid="o-fan")
    participations = world.container.services.participations
    await participations.pause(Caller(me))
    await participations.look_only(Caller(other), records_consent().version)
    assert await on(world, reader, TODAY) == Done(ALL, 0, 0, 0, ANY)
    assert await world.container.store["assessments"].count_documents({"current": True}) == 0
    await participations.resume(Caller(me))
    assert (await on(world, reader, TODAY)).citizens == 1


def test_ranges_cover_everybody_once() -> None:
    for count in (1, 2, 3, 7, 100):
        found = ranges(count)
        assert (len(found), found[0].low, found[-1].high) == (count, "", None)
        assert all(a.high == b.low for a, b in itertools.pairwise(found))


# The whole run


async def settle(world: World, count: int, *records: Record) -> None:
    """People who enrolled elsewhere, each with these records."""
    for n in range(count):
        person = Identity("市民", id_number(sequence=2 * n + 101), "13800000000")
        citizen = await world.container.citizens.make(person.id_number)
        now, version = world.container.clock(), world.container.scheme.consent.version
        enrolment = {"scheme": world.container.scheme.id, "consent_version": version, "enrolled_at": now}
        consents = [consent_document(version, world.container.scheme, now)]
        enrolled = {**citizen, "contacts": [], "enrolment": enrolment, "consents": consents}
        await world.container.store["citizens"].insert_one(enrolled)
        await world.deliver(person, *(replace(r, id=f"{r.id}-{n}") for r in records))


@pytest.fixture
def environment(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The settings that every worker reads for itself."""
    settings = world.container.settings
    names = ("token_key", "index_key", "master_key", "wechat_token", "wechat_aes_key", "wechat_app_secret")
    values = {f"EGRET_{name.upper()}": getattr(settings, name).get_secret_value() for name in names}
    values |= {"EGRET_MONGODB_URI": world.container.store.uri, "EGRET_DATABASE": world.container.store.name}
    values["EGRET_SCHEME"] = settings.scheme
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    yield values
    close_workers()


class Breaking(ThreadPoolExecutor):
    """Does so many ranges, then fails as a machine does."""

    def __init__(self, ranges_left: int) -> None:
        super().__init__(1)
        self._left = ranges_left

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._left == 0:
            broken: Future[Any] = Future()
            broken.set_exception(ConnectionError("the machine went away"))
            return broken
        self._left -= 1
        return super().submit(fn, *args, **kwargs)


async def run(world: World, workers: Executor, day: date, chunk: int = 2) -> Totals:
    return await rescore(world.container, workers, job_of(world.container, day), silent, chunk=chunk)


async def test_a_run_that_broke_goes_on_where_it_stopped(world: World, environment: dict[str, str]) -> None:
    await settle(world, 8, PARKING)
    world.clock.advance(days=30)
    with Breaking(2) as breaking, pytest.raises(ConnectionError):
        await run(world, breaking, PARKING_ENDS)
    left = await world.container.store["rescores"].find_one({"finished_at": None})
    assert left is not None
    with ThreadPoolExecutor(2) as pool:
        done = await run(world, pool, PARKING_ENDS)
        assert done == Totals(citizens=8, records=8, changed=8)
        assert await run(world, pool, PARKING_ENDS) == Totals(citizens=8, records=8, changed=0)
    row = await world.container.store["audit"].find_one({"chain": "rescore", "seq": 1})
    assert row is not None
    assert row["details"]["changed"] == 8


async def test_a_day_that_has_not_come_is_refused(world: World) -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="has not come"):
        await run(world, pool, TODAY + timedelta(days=1))


async def test_progress_counts_citizens(world: World, environment: dict[str, str]) -> None:
    await settle(world, 5, PARKING)
    seen = []
    with ThreadPoolExecutor(1) as pool:
        await rescore(world.container, pool, job_of(world.container, TODAY), lambda *told: seen.append(told), chunk=2)
    assert seen[0] == ("citizens", 0, 5)
    assert seen[-1] == ("citizens", 5, 5)


@pytest.mark.long
async def test_processes_and_a_dask_cluster_run_the_same_code(world: World, environment: dict[str, str]) -> None:
    await settle(world, 6, PARKING)
    with executor(2, None) as processes:
        assert await run(world, processes, TODAY) == Totals(citizens=6, records=6, changed=0)
    world.clock.advance(days=30)
    cluster = await asyncio.to_thread(
        LocalCluster, n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
    )
    try:
        with executor(1, cluster.scheduler_address) as dask:
            assert await run(world, dask, PARKING_ENDS) == Totals(citizens=6, records=6, changed=6)
    finally:
        await asyncio.to_thread(cluster.close)


@pytest.mark.long
async def test_a_killed_command_is_taken_up(world: World, environment: dict[str, str]) -> None:
    await settle(world, 180, PARKING)
    today = day_of(world.container.clock())
    command = [sys.executable, "-m", "server.cli", "rescore", "--chunk", "3", "--as-of", today.isoformat()]
    started = await asyncio.to_thread(
        subprocess.Popen, command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ.copy()
    )
    rescores = world.container.store["rescores"]
    try:
        while await rescores.find_one({"done.2": {"$exists": True}}) is None:
            assert started.poll() is None
    finally:
        started.send_signal(signal.SIGKILL)
        await asyncio.to_thread(started.communicate)
    left = await rescores.find_one({"finished_at": None})
    assert left is not None
    assert 3 <= len(left["done"]) < 60
    again = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, env=os.environ.copy(), check=False, timeout=120
    )
    assert again.returncode == 0, again.stderr
    assert f"180 citizens, 180 records, 0 scores changed as of {today}" in again.stdout


async def test_a_worker_with_settings_of_another_city_refuses(world: World, environment: dict[str, str]) -> None:
    job = replace(job_of(world.container, TODAY), proof="another")
    with pytest.raises(ValueError, match="another database, index key or scheme"):
        await asyncio.to_thread(rescore_range, job, ALL)


def test_without_settings_a_worker_says_what_to_set() -> None:
    with pytest.raises(Exception, match="EGRET_TOKEN_KEY"):
        rescore_range(Job(TODAY, "fuzhou-moli", ""), ALL)
