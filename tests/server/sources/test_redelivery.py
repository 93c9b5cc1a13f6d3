"""What comes again: it prolongs nothing, brings nothing back, and costs next to nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from schema.types.check import Check, CheckOutcome
from schema.types.connection import Page
from schema.types.delivery import RecordRefusal
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import OPERATOR, Caller, Kind, Principal
from scoring.disputes import Determination
from scoring.records import Fact, Record, RevocationReason
from server.demo.entities import entities
from server.sources.deliver import Delivered
from server.sources.files.faults import Reject
from server.sources.files.understanding import understand
from server.sources.importer import Imported, Importer
from server.sources.register import register_rows
from tests.support.disputes import decide, file
from tests.support.people import FAN, MOLI, TODAY, YING, delivery, record, wire
from tests.support.world import Chat, World

PAGE = Page(50, None)
NUMBER = "榕公罚〔2026〕12号"
PARKING = record("traffic.illegal-parking", "2026-09-02", NUMBER)
POLICE = Principal(Kind.SOURCE, "traffic-police")
OTHER_SPELLINGS = [
    "榕公罚[2026]12号",
    "榕公罚（2026）12号",
    "榕公罚【２０２６】 １２ 号",
    "榕公罚〔2026〕第012号\u200b",
]


async def deliver(world: World, *records: Record) -> Delivered:
    done = await world.container.deliveries.deliver(OPERATOR, delivery(YING, *records))
    await world.reassess()
    return done


async def value(world: World, me: Principal) -> int:
    return (await world.container.services.scores.current(me)).value


async def rows(world: World, collection: str = "records") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await world.container.store[collection].find({}).to_list(None)
    return found


async def end(world: World, me: Principal, determination: Determination) -> None:
    """Let a dispute of the parking record end."""
    await decide(world, await file(world, me), determination)


async def checks(world: World, desk: Principal) -> list[Check]:
    found = await world.container.services.checks.page(desk, PAGE, is_open=True)
    return [edge.node for edge in found.edges]


async def told(world: World) -> list[str]:
    chat = Chat(world)
    await chat.say("帮助")  # opens the window of forty-eight hours
    return await chat.pushes()


# The first report counts


async def test_a_new_day_of_report_alone_changes_nothing(world: World) -> None:
    await world.enrol(YING, PARKING)
    before = [await rows(world, name) for name in ("records", "record_versions", "assessments", "outbox")]
    done = await world.container.deliveries.deliver(
        OPERATOR, delivery(YING, replace(PARKING, reported_on=date(2026, 11, 20)))
    )
    assert (done.stored, done.corrected, done.unchanged) == (0, 0, 1)
    assert [await rows(world, name) for name in ("records", "record_versions", "assessments", "outbox")] == before


async def test_an_adverse_record_that_is_delivered_again_after_months_is_kept_no_longer(world: World) -> None:
    me = await world.enrol(YING, PARKING)  # minor: three months from 2 September
    await deliver(world, replace(PARKING, reported_on=date(2026, 11, 20), facts={"office": "鼓楼"}))
    assert [row["reported_on"] for row in await rows(world)] == ["2026-09-02"]
    assert await value(world, me) == 490
    world.clock.advance(days=(date(2026, 12, 2) - TODAY).days)
    assert await value(world, me) == 500


async def test_a_notice_that_is_delivered_every_month_becomes_due_by_its_first(world: World) -> None:
    notice = record("utility.power-overdue", "2026-11-10", "P1")
    me = await world.enrol(YING, notice)
    for month in range(3):
        world.clock.advance(days=20)
        again = replace(notice, reported_on=date(2026, 12, 1 + month), facts={"amount": str(80 + month)})
        assert (await deliver(world, again)).corrected == 1
    assert await value(world, me) == 495


async def test_an_earlier_report_that_arrives_later_is_the_first(world: World) -> None:
    await world.enrol(YING, replace(PARKING, reported_on=date(2026, 10, 20)))
    assert (await deliver(world, PARKING)).corrected == 1
    assert [row["reported_on"] for row in await rows(world)] == ["2026-09-02"]
    assert (await deliver(world, replace(PARKING, reported_on=date(2026, 10, 20)))).unchanged == 1


async def test_a_first_report_is_never_before_the_conduct_as_it_was_corrected(world: World) -> None:
    await world.enrol(YING, PARKING)
    later = date(2026, 10, 1)
    await deliver(world, replace(PARKING, occurred_on=later, reported_on=later))
    assert [row["reported_on"] for row in await rows(world)] == ["2026-10-01"]


# Another spelling is the same document


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
async def test_another_spelling_of_a_number_is_the_same_document(world: World, spelling: str) -> None:
    me = await world.enrol(YING, PARKING)
    again = replace(PARKING, id=spelling)
    assert (await deliver(world, again)).unchanged == 1
    assert (await deliver(world, replace(again, final=False))).corrected == 1
    assert len(await rows(world)) == 1
    assert await value(world, me) == 500


async def test_of_two_spellings_in_one_batch_the_later_counts(world: World) -> None:
    me = await world.enrol(YING)
    done = await deliver(world, replace(PARKING, final=False), replace(PARKING, id=OTHER_SPELLINGS[0]))
    assert (done.stored, done.unchanged) == (1, 1)
    assert await value(world, me) == 490


async def test_numbers_of_two_people_that_only_differ_in_spelling_are_two_documents(world: World) -> None:
    deliveries = world.container.deliveries
    await deliveries.deliver(OPERATOR, delivery(YING, PARKING))
    other = await deliveries.deliver(OPERATOR, delivery(FAN, replace(PARKING, id=OTHER_SPELLINGS[0])))
    same = await deliveries.deliver(OPERATOR, delivery(FAN, PARKING))
    assert (other.stored, same.unchanged, len(await rows(world))) == (1, 1, 2)


async def test_a_source_takes_back_a_record_by_another_spelling_of_its_number(city: World) -> None:
    me = await city.enrol(YING, PARKING)
    revoke = city.container.services.reports.revoke
    assert await revoke(Caller(POLICE), OTHER_SPELLINGS[1], RevocationReason.DECISION_REVOKED)
    assert await value(city, me) == 500


# What a decision ended does not come back


@pytest.mark.parametrize("spelling", [NUMBER, *OTHER_SPELLINGS])
async def test_what_was_deleted_by_a_decision_is_held_and_its_citizen_is_told(world: World, spelling: str) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, Determination.DELETED)
    contents: list[dict[str, Fact]] = [{}, {}, {"plate": "闽A00002"}]
    for facts in contents:
        done = await deliver(world, replace(PARKING, id=spelling, facts=facts))
        assert done.refusals == ((0, RecordRefusal.HELD),)
        assert (done.held, done.refused, done.stored, done.corrected) == (1, 0, 0, 0)
    assert await value(world, me) == 500
    assert len([text for text in await told(world) if "已暂存" in text]) == 2  # of each content once
    (check,) = await checks(world, await world.hire("agent", Kind.AGENT))
    assert check.record is not None
    assert (check.kind, check.masked_name, check.record.document_number) == ("record_held", "陈*", spelling)


async def test_what_was_corrected_by_a_decision_counts_again_only_when_something_has_changed(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, Determination.CORRECTED)
    for again in (PARKING, replace(PARKING, reported_on=date(2026, 11, 20)), replace(PARKING, id=OTHER_SPELLINGS[0])):
        assert (await deliver(world, again)).held == 1
        assert await value(world, me) == 500
    assert (await deliver(world, replace(PARKING, facts={"plate": "闽A00002"}))).corrected == 1
    assert await value(world, me) == 490


async def test_a_held_record_stays_out_when_a_person_decides_so_and_is_not_asked_about_again(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, Determination.DELETED)
    await deliver(world, PARKING)
    agent = await world.hire("agent", Kind.AGENT)
    (check,) = await checks(world, agent)
    await world.container.services.checks.close(Caller(agent), str(check.id), CheckOutcome.KEPT)
    assert (await deliver(world, PARKING)).held == 1
    assert await checks(world, agent) == []
    assert await value(world, me) == 500
    assert [text for text in await told(world) if "不计入您的分数" in text]


async def test_a_held_record_counts_when_two_people_decide_so(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, Determination.DELETED)
    await deliver(world, replace(PARKING, reported_on=date(2026, 11, 20), facts={"plate": "闽A00002"}))
    agent, approver = await world.hire("agent", Kind.AGENT), await world.hire("approver", Kind.APPROVER)
    (check,) = await checks(world, agent)
    close = world.container.services.checks.close
    proposed = await close(Caller(agent), str(check.id), CheckOutcome.LIFTED)
    assert (proposed.outcome, proposed.proposed_by) == (None, "agent")
    assert await value(world, me) == 500
    for nobody, code in ((agent, RefusalCode.FOUR_EYES), (await world.hire("a-2", Kind.AGENT), RefusalCode.FORBIDDEN)):
        with pytest.raises(Refused) as refused:
            await close(Caller(nobody), str(check.id), CheckOutcome.LIFTED)
        assert refused.value.code is code
    assert (await close(Caller(approver), str(check.id), CheckOutcome.LIFTED)).outcome is CheckOutcome.LIFTED
    assert await value(world, me) == 490
    assert [row["reported_on"] for row in await rows(world)] == ["2026-09-02"]
    assert (await deliver(world, replace(PARKING, facts={"plate": "闽A00002"}))).unchanged == 1
    assert [text for text in await told(world) if "这条记录计入您的分数" in text]


async def test_what_a_source_took_back_itself_is_refused_and_nobody_is_asked(city: World) -> None:
    await city.enrol(YING, PARKING)
    await city.container.services.reports.revoke(Caller(POLICE), NUMBER, RevocationReason.ISSUED_IN_ERROR)
    assert (await deliver(city, replace(PARKING, facts={"n": 1}))).refusals == ((0, RecordRefusal.ANNULLED),)
    assert (await deliver(city, PARKING)).unchanged == 1
    assert await rows(city, "held_records") == []


@pytest.mark.parametrize("determination", [Determination.DELETED, Determination.CORRECTED])
@pytest.mark.parametrize("spelling", [NUMBER, OTHER_SPELLINGS[1]])
async def test_what_a_decision_ended_stays_gone_after_leaving_and_joining_again(
    world: World, determination: Determination, spelling: str
) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, determination)
    await world.container.enrolments.leave(Caller(me))
    (kept,) = await rows(world, "gone_records")
    assert set(kept) == {"_id", "expires_at"}
    assert kept["expires_at"].date() == date(2031, 9, 1)  # midnight in Shanghai
    me = await world.enrol(YING, openid="o-again")
    done = await deliver(world, replace(PARKING, id=spelling), replace(PARKING, id="另一份"))
    assert (done.held, done.stored) == (1, 1)
    assert await value(world, me) == 490
    await world.container.enrolments.leave(Caller(me))
    assert await rows(world, "held_records") == []
    await world.enrol(YING, openid="o-third")
    assert (await deliver(world, PARKING)).held == 1


async def test_what_counted_until_its_citizen_left_counts_when_they_join_again(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await world.container.enrolments.leave(Caller(me))
    assert await rows(world, "gone_records") == []
    me = await world.enrol(YING, openid="o-again")
    assert (await deliver(world, PARKING)).stored == 1
    assert await value(world, me) == 490


async def test_a_held_record_is_in_its_citizens_data(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    await end(world, me, Determination.DELETED)
    await deliver(world, PARKING)
    (held,) = (await world.export(me))["held_records"]
    assert (held["id"], held["rule"], held["kept"]) == (NUMBER, "traffic.illegal-parking", False)


# The wrong person


async def test_a_record_given_to_the_wrong_person_is_stored_for_the_right_one(city: World) -> None:
    wronged = await city.enrol(YING, PARKING)
    right = await city.enrol(FAN, openid="o-fan")
    deliveries, revoke = city.container.deliveries, city.container.services.reports.revoke
    assert (await deliveries.deliver(OPERATOR, delivery(FAN, PARKING))).refusals == ((0, RecordRefusal.OTHER_PERSON),)
    assert await revoke(Caller(POLICE), NUMBER, RevocationReason.WRONG_PERSON)
    assert not await revoke(Caller(POLICE), NUMBER, RevocationReason.WRONG_PERSON)
    assert (await deliveries.deliver(OPERATOR, delivery(FAN, PARKING))).stored == 1
    await city.reassess()
    assert (await value(city, wronged), await value(city, right)) == (500, 490)
    heard = await Chat(city).pushes()
    assert [text for text in heard if "不是您的" in text]
    others = await Chat(city, "o-fan").pushes()
    assert [text for text in others if "490" in text]
    assert not [text for text in others if "不是您的" in text]
    assert (await deliver(city, PARKING)).stored == 0  # and never for the wronged one again
    assert await value(city, wronged) == 500
    assert await revoke(Caller(POLICE), NUMBER, RevocationReason.DECISION_REVOKED)
    assert await value(city, right) == 500


async def test_what_was_taken_back_for_another_reason_is_given_to_nobody_else(city: World) -> None:
    await city.enrol(YING, PARKING)
    await city.container.services.reports.revoke(Caller(POLICE), NUMBER, RevocationReason.DECISION_REVOKED)
    done = await city.container.deliveries.deliver(OPERATOR, delivery(FAN, PARKING))
    assert done.refusals == ((0, RecordRefusal.OTHER_PERSON),)


# A whole history again


def history(path: Path, count: int, **values: Any) -> Path:
    lines = (json.dumps(wire(id=f"H-{n}", facts={"n": n}, **values)) + "\n" for n in range(count))
    path.write_text("".join(lines), "utf-8")
    return path


async def run(world: World, path: Path, back: list[Reject] | None = None) -> Imported:
    importer = Importer(world.container.store, MOLI, world.container.deliveries)
    reject = None if back is None else back.append
    return await importer.run(understand(path), OPERATOR, on=TODAY, report=lambda *_: None, reject=reject)


@pytest.mark.parametrize("again", [{}, {"reported_on": "2026-11-20"}])
async def test_a_history_that_is_delivered_again_leaves_a_row_of_audit_and_nothing_else(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: dict[str, Any]
) -> None:
    monkeypatch.setattr("server.sources.importer.BATCH", 10)
    await world.enrol(YING)
    await run(world, history(tmp_path / "first.ndjson", 35))
    names = await world.container.store.database.list_collection_names()
    before = {name: await rows(world, name) for name in names}
    result = await run(world, history(tmp_path / "again.ndjson", 35, **again))
    assert (result.unchanged, result.stored, result.corrected) == (35, 0, 0)
    after = {name: await rows(world, name) for name in names}
    assert {name for name in names if after[name] != before[name]} == {"audit", "audit_heads"}
    (link,) = [link for link in after["audit"] if link not in before["audit"]]
    assert link["details"] == {"stored": 0, "corrected": 0, "unchanged": 35, "refused": 0, "held": 0}


async def test_a_file_says_what_was_held_and_why(world: World, tmp_path: Path) -> None:
    me = await world.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "H-1"))
    await end(world, me, Determination.DELETED)
    back: list[Reject] = []
    result = await run(world, history(tmp_path / "again.ndjson", 3), back)
    assert (result.stored, result.held, result.refused, result.rejected) == (2, 1, 0, 0)
    assert [(line.line, line.reason) for line in back] == [(2, "held")]
    assert "waits for a person to decide" in back[0].text.en
    assert "等工作人员核实" in back[0].text.zh


async def test_a_report_of_a_delivery_says_what_was_held_and_what_was_refused(city: World) -> None:
    me = await city.enrol(YING, record("traffic.illegal-parking", "2026-09-02", "A-1"))
    await end(city, me, Determination.DELETED)
    sent = [wire(id="A-0", rule="no.such"), wire(id="A-1"), wire(id="A-2")]
    for _ in range(2):  # with its key the same is told again
        report = await city.container.services.reports.deliver(Caller(POLICE, "once"), sent)
        assert (report.stored, report.held, report.refused, len(report.rejects)) == (1, 1, 0, 1)
        assert [(one.index, one.refusal) for one in report.refusals] == [(1, RecordRefusal.HELD)]
        assert "暂存" in report.refusals[0].message.zh


@pytest.fixture
async def city(world: World) -> World:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    return world
