"""Deliveries: idempotent, corrected, refused after a decision, told to the citizen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schema.types.connection import Page
from schema.types.principal import OPERATOR, Caller, Kind
from scoring.disputes import Determination, DisputeReason
from server.sources.files.faults import Line, Reject
from server.sources.files.understanding import understand
from server.sources.importer import Importer
from tests.support.files import lines_of
from tests.support.people import FAN, MOLI, TODAY, YING, delivery, record, wire
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


async def test_the_same_delivery_twice_changes_nothing(world: World) -> None:
    first = await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    again = await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    assert (first.stored, again.stored, again.unchanged) == (1, 0, 1)
    twice = await world.container.deliveries.deliver(OPERATOR, delivery(FAN, PARKING, PARKING))
    assert (twice.stored, twice.refused) == (0, 1)


async def test_a_corrected_version_supersedes(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    fixed = replace(PARKING, final=False)
    result = await world.container.deliveries.deliver(OPERATOR, delivery(YING, fixed))
    assert (result.corrected, result.stored) == (1, 0)
    await world.reassess()
    assert (await world.container.services.scores.current(me)).value == 500
    assert any("500（+10）" in text for text in await Chat(world).pushes())


async def test_a_deleted_record_cannot_be_slipped_in_again(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    agent, approver = await world.hire("a", Kind.AGENT), await world.hire("b", Kind.APPROVER)
    dispute = await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    case = await world.container.services.desk.claim(Caller(agent), dispute.key)
    case = await world.container.services.desk.decide(
        Caller(agent), dispute.key, case.revision, Determination.DELETED, "属实"
    )
    await world.container.services.desk.approve(Caller(approver), dispute.key, case.revision, Determination.DELETED)
    changed = replace(PARKING, facts={"n": 1})
    for again in (PARKING, changed):
        result = await world.container.deliveries.deliver(OPERATOR, delivery(YING, again))
        assert result.stored + result.corrected == 0
    assert (await world.container.services.scores.current(me)).value == 500


async def test_a_correction_does_not_end_a_dispute(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    (held,) = (await world.container.services.records.of_citizen(me, Page(5, None))).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    await world.container.deliveries.deliver(OPERATOR, delivery(YING, replace(PARKING, facts={"n": 1})))
    assert (await world.container.services.scores.current(me)).value == 500


async def test_records_of_people_who_have_not_joined_wait_for_them(world: World) -> None:
    await world.deliver(YING, PARKING)
    me = await world.enrol(YING)
    assert len((await world.container.services.records.of_citizen(me, Page(5, None))).edges) == 1


async def test_a_file_goes_on_past_its_bad_lines(world: World, tmp_path: Path) -> None:
    lines = [
        json.dumps(wire(id="A-1")),
        "not json",
        json.dumps(wire(id="A-2", source="a-shop")),
        "",
        "[1]",
        json.dumps(wire(id="A-3")),
        json.dumps(wire(id="A-4"))[:40],
    ]
    path = tmp_path / "records.ndjson"
    path.write_text("\n".join(lines), "utf-8")
    reported: list[int] = []
    importer = Importer(world.container.store, MOLI, world.container.deliveries)
    result = await importer.run(
        understand(path), OPERATOR, on=TODAY, report=lambda _what, done, _all: reported.append(done)
    )
    assert result.stored == 2
    assert [(r.line, r.reason) for r in result.rejects] == [
        (2, "malformed"),
        (3, "source_unknown"),
        (5, "malformed"),
        (7, "malformed"),
    ]
    assert reported[-1] == 6


def test_csv_has_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    head = "id,resident,source,rule,class,occurred_on,reported_on,final,facts"
    good = f'C-1,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,true,"{{""amount"": 80}}"'
    bad = f"C-2,{YING.id_number},power,utility.power-overdue,notice,2026-11-01,2026-11-10,perhaps,"
    path.write_text("\ufeff" + "\n".join((head, good, bad)), "utf-8")
    first, second = lines_of(path)
    assert isinstance(first, Line)
    assert first.delivery.record.facts == {"amount": 80}
    assert isinstance(second, Reject)
    assert second.line == 3


async def test_of_two_versions_in_one_batch_the_later_counts(world: World) -> None:
    me = await world.enrol(YING)
    result = await world.container.deliveries.deliver(OPERATOR, delivery(YING, replace(PARKING, final=False), PARKING))
    assert (result.stored, result.unchanged) == (1, 1)
    await world.reassess()
    assert (await world.container.services.scores.current(me)).value == 490


async def test_a_source_cannot_neutralise_a_record_by_itself(world: World) -> None:
    me = await world.enrol(YING)
    await world.deliver(YING, replace(PARKING, disputed=True))
    assert (await world.container.services.scores.current(me)).value == 490


async def test_deliveries_about_the_same_new_person_at_once_are_all_kept(world: World) -> None:
    many = [record("volunteering.hours", "2026-01-01", f"V{n}") for n in range(6)]
    deliver = world.container.deliveries.deliver
    results = await asyncio.gather(*(deliver(OPERATOR, delivery(YING, r)) for r in many))
    assert sum(r.stored for r in results) == 6
    assert await world.container.store["citizens"].count_documents({}) == 1
    assert await world.container.store["records"].count_documents({}) == 6


async def test_who_joins_after_a_batch_was_prepared_is_reassessed_all_the_same(world: World) -> None:
    await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    second = delivery(YING, replace(PARKING, id="T2"))
    prepared = await world.container.deliveries.prepare(second)
    await world.enrol(YING)
    done = await world.container.deliveries.deliver(OPERATOR, second, prepared)
    waiting = await world.container.store["outbox"].count_documents({"kind": "reassess", "done": False})
    assert (done.stored, waiting) == (1, 1)


async def test_a_document_that_is_stored_after_a_batch_was_prepared_is_not_stored_twice(world: World) -> None:
    batch = delivery(YING, PARKING, replace(PARKING, id="T2"))
    prepared = await world.container.deliveries.prepare(batch)
    await world.container.deliveries.deliver(OPERATOR, delivery(YING, replace(PARKING, final=False)))
    done = await world.container.deliveries.deliver(OPERATOR, batch, prepared)
    assert (done.stored, done.corrected) == (1, 1)
    assert await world.container.store["records"].count_documents({}) == 2


async def test_who_leaves_during_a_delivery_has_no_score_afterwards(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    many = [record("volunteering.hours", "2026-01-01", f"V{n}") for n in range(10)]
    await asyncio.gather(
        world.container.deliveries.deliver(OPERATOR, delivery(YING, *many)),
        world.container.services.enrolments.leave(Caller(me)),
    )
    assert await world.container.store["assessments"].count_documents({}) == 0
    held = await world.container.store["records"].find({}).to_list(None)
    citizens = {c["_id"] for c in await world.container.store["citizens"].find({}).to_list(None)}
    assert {r["citizen"] for r in held} <= citizens


async def test_a_fault_after_the_commit_never_costs_a_new_citizen_their_key(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = world.container.unit_of_work.run

    async def committed_but_unheard(*given: Any, **named: Any) -> Any:
        await honest(*given, **named)
        raise ConnectionError

    monkeypatch.setattr(
        type(world.container.unit_of_work), "run", lambda _self, *a, **k: committed_but_unheard(*a, **k)
    )
    with pytest.raises(ConnectionError):
        await world.container.deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    monkeypatch.undo()
    me = await world.enrol(YING)
    assert (await world.container.services.scores.current(me)).value == 490


def test_a_number_that_comes_twice_in_a_file_is_rejected_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "twice.ndjson"
    rows = [wire(id="T1"), wire(id="T1", occurred_on="2026-08-01"), wire(id="T2")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    read = lines_of(path)
    assert [line.reason if isinstance(line, Reject) else line.delivery.record.id for line in read] == [
        "T1",
        "duplicate_number",
        "T2",
    ]
