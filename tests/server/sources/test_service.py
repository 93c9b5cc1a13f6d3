"""Reporting entities: what each may deliver, revoke and repair, and that nothing else can."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from typing import Any

import pytest

from schema.types.errors import RefusalCode
from schema.types.principal import OPERATOR, Caller, Kind, Principal
from scoring.city import assess_city
from scoring.disputes import Determination, DisputeState, Finding
from scoring.identity import Identity
from scoring.records import RevocationReason
from server.auth.service import BadTokenError
from server.cli.entities import change_register
from server.demo.entities import MOST, entities
from server.jobs.rescore.columns import Range, read_part
from server.platform.db.columns import ColumnReader
from server.sources.register import register_rows
from tests.support.disputes import PAGE, PARKING, file, refusal
from tests.support.h5 import log_in
from tests.support.people import BAILU, FAN, MOLI, TODAY, YING, delivery, id_number, record, record_input, wire
from tests.support.world import Chat, World

POLICE = Principal(Kind.SOURCE, "traffic-police")
GULOU = Principal(Kind.SOURCE, "traffic-police.gulou-1")


@pytest.fixture
async def city(world: World) -> World:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    return world


async def deliver(city: World, *records: dict[str, Any], by: Principal = POLICE) -> tuple[int, list[str]]:
    report = await city.container.services.reports.deliver(Caller(by), list(records))
    await city.reassess()
    return report.stored + report.corrected, [r.rejection.value for r in report.rejects]


def test_the_demo_has_as_many_entities_as_the_city_in_all_four_classes() -> None:
    for scheme in (MOLI, BAILU):
        rows = register_rows(scheme, entities(scheme))
        assert len(rows) == len({row["_id"] for row in rows}) == MOST
        assert {c for row in rows for c in row["classes"]} == {"basic", "positive", "notice", "adverse"}


async def test_a_delivery_is_stored_and_counted(city: World) -> None:
    me = await city.enrol(YING)
    assert await deliver(city, wire(id="A-1"), wire(id="A-2", rule="no.such")) == (1, ["rule_unknown"])
    assert (await city.container.services.scores.current(me)).value == 490
    assert (await deliver(city, wire(id="A-1")))[0] == 0
    row = await city.container.store["sources"].find_one({"_id": "traffic-police"})
    assert row is not None
    assert row["counts"] == {"stored": 1, "corrected": 0, "unchanged": 1, "refused": 0, "held": 0, "rejected": 1}


async def test_a_number_that_ends_in_zeros_is_taken_unless_the_delivery_shows_that_numbers_were_rounded(
    city: World,
) -> None:
    true = id_number("19900111", 100)
    assert true.endswith("000")
    assert await deliver(city, wire(id="A-1", resident=true)) == (1, [])
    rounded = [wire(id="A-2", resident="350199199001010000"), wire(id="A-3", resident=true), wire(id="A-4")]
    assert await deliver(city, *rounded) == (1, ["resident_invalid", "resident_invalid"])


@pytest.mark.parametrize(
    "change",
    [
        {"id": "A\ufffd1"},
        {"id": "A\x1f1"},
        {"id": "A" * 65},
        {"facts": {"n": "\ufffd"}},
        {"facts": {"n": "x" * 2001}},
        {"resident": "3.50199E+17"},
    ],
)
async def test_what_is_garbled_or_too_long_is_rejected_alone(city: World, change: dict[str, Any]) -> None:
    stored, rejected = await deliver(city, wire(id="B-1"), wire(id="B-2") | change, wire(id="B-3"))
    assert (stored, len(rejected)) == (2, 1)


async def test_a_number_that_was_pasted_with_invisible_marks_is_the_same_number(city: World) -> None:
    await deliver(city, wire(id="榕公罚〔2026〕12号\u200b"))
    reports = city.container.services.reports
    assert await reports.revoke(Caller(POLICE), "\ufeff榕公罚〔2026〕12号", RevocationReason.ISSUED_IN_ERROR)


async def test_an_entity_reports_only_for_its_own_source_and_rules(city: World) -> None:
    foreign = wire("housing-fund.timely", id="H-1", **{"class": "positive"})
    assert await deliver(city, foreign) == (0, ["source_not_allowed"])
    await city.container.store["sources"].update_one({"_id": GULOU.id}, {"$set": {"rules": ["traffic.drunk-driving"]}})
    assert await deliver(city, wire(id="A-1"), by=GULOU) == (0, ["source_not_allowed"])
    await city.container.store["sources"].update_one({"_id": GULOU.id}, {"$set": {"active": False}})
    assert await refusal(deliver(city, wire(), by=GULOU)) is RefusalCode.FORBIDDEN


async def test_a_corrected_version_supersedes_and_the_old_one_is_kept(city: World) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1", facts={"plate": "闽A00001"}))
    await deliver(city, wire(id="A-1", facts={"plate": "闽A00002"}))
    (kept,) = (await city.export(me))["record_versions"]
    assert kept["facts"] == {"plate": "闽A00001"}
    assert kept["version"] == 1
    await city.container.enrolments.leave(Caller(me))
    assert await city.container.store["record_versions"].count_documents({}) == 0


async def test_a_revoked_record_is_gone_from_score_and_history_and_stays_gone(city: World) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1"))
    revoke = city.container.services.reports.revoke
    assert await revoke(Caller(POLICE), "A-1", RevocationReason.DECISION_REVOKED)
    assert not await revoke(Caller(POLICE), "A-1", RevocationReason.DECISION_REVOKED)
    await city.reassess()
    assert (await city.container.services.scores.current(me)).value == 500
    history = (await city.container.services.scores.history(me, PAGE)).edges
    assert {edge.node.value for edge in history} == {500}
    assert any("500（+10）" in text for text in await Chat(city).pushes())
    assert await deliver(city, wire(id="A-1", facts={"n": 1})) == (0, [])


async def test_no_one_revokes_what_another_reported(city: World) -> None:
    await deliver(city, wire(id="A-1"), by=GULOU)
    revoke = city.container.services.reports.revoke
    assert await refusal(revoke(Caller(POLICE), "A-1", RevocationReason.DECISION_REVOKED)) is RefusalCode.NOT_FOUND
    assert (
        await refusal(revoke(Caller(Principal(Kind.SOURCE, "housing-fund")), "A-1", RevocationReason.DUPLICATE))
        is RefusalCode.NOT_FOUND
    )
    assert await revoke(Caller(GULOU), "A-1", RevocationReason.DECISION_REVOKED)


async def test_no_one_changes_what_another_reported(city: World) -> None:
    await deliver(city, wire(id="A-1"), by=GULOU)
    report = await city.container.services.reports.deliver(Caller(POLICE), [wire(id="A-1", facts={"n": 1})])
    assert (report.corrected, report.refused) == (0, 1)
    assert (await deliver(city, wire(id="A-1", facts={"n": 1}), by=GULOU))[0] == 1


async def test_an_office_ends_nothing_that_the_platform_imported_for_its_source(city: World) -> None:
    await city.enrol(YING, PARKING)
    revoke, repair = city.container.services.reports.revoke, city.container.services.reports.repair
    reason = RevocationReason.ISSUED_IN_ERROR
    assert await refusal(revoke(Caller(GULOU), "T1", reason)) is RefusalCode.NOT_FOUND
    assert await refusal(repair(Caller(GULOU), "T1", date(2026, 9, 10))) is RefusalCode.NOT_FOUND
    assert await revoke(Caller(POLICE), "T1", reason)


@pytest.mark.parametrize("how", ["revoke", "repair"])
async def test_a_dispute_is_won_when_the_source_ends_the_record(city: World, how: str) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1"))
    dispute = await file(city, me)
    reports = city.container.services.reports
    if how == "revoke":
        assert await reports.revoke(Caller(POLICE), "A-1", RevocationReason.WRONG_PERSON)
    else:
        assert await reports.repair(Caller(POLICE), "A-1", date(2026, 9, 10))
    await city.reassess()
    assert any("记录已删除" in text for text in await Chat(city).pushes())
    ended = await city.container.disputes.one(me, dispute.key)
    assert (ended.state, ended.determination) == (DisputeState.RESOLVED, Determination.DELETED)
    status = (await city.container.store["records"].find_one({}) or {})["status"]
    assert status == ("annulled" if how == "revoke" else "repaired")
    assert await city.container.disputes.lapse_overdue() == 0


async def test_a_closed_entity_reads_and_answers_nothing(city: World) -> None:
    await city.container.store["sources"].update_one({"_id": POLICE.id}, {"$set": {"active": False}})
    inquiries = city.container.services.inquiries
    assert await refusal(inquiries.open(POLICE, PAGE)) is RefusalCode.FORBIDDEN
    assert await refusal(inquiries.answer(Caller(POLICE), "x", Finding.CONFIRMED, "属实")) is RefusalCode.FORBIDDEN


async def test_a_repaired_record_leaves_score_and_history(city: World) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1"))
    repair = city.container.services.reports.repair
    assert await repair(Caller(POLICE), "A-1", date(2026, 9, 10))
    assert not await repair(Caller(POLICE), "A-1", date(2026, 9, 10))
    await city.reassess()
    assert (await city.container.services.scores.current(me)).value == 500
    assert (await city.container.store["records"].find_one({}) or {})["status"] == "repaired"


async def test_a_repair_that_comes_too_early_says_from_when(city: World) -> None:
    await city.enrol(FAN)
    grave = "traffic.drunk-driving" if "traffic.drunk-driving" in MOLI.rules_by_code else "traffic.hit-and-run"
    known = MOLI.rules_by_code[grave]
    await deliver(city, wire(grave, id="A-9", **{"class": known.data_class.value}))
    repair = city.container.services.reports.repair(Caller(POLICE), "A-9", date(2026, 9, 10))
    assert await refusal(repair) is RefusalCode.NOT_REPAIRABLE


async def test_the_entity_that_delivered_is_the_one_that_is_asked(city: World) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1"), by=GULOU)
    dispute = await file(city, me)
    agent = await city.hire("a", Kind.AGENT)
    desk, inquiries = city.container.services.desk, city.container.services.inquiries
    case = await desk.claim(Caller(agent), dispute.key)
    await desk.ask_source(Caller(agent), case.key, case.revision, "请核对。")
    assert len((await inquiries.open(GULOU, PAGE)).edges) == 1
    assert (await inquiries.open(POLICE, PAGE)).edges == []


async def test_over_graphql_with_its_own_key(city: World) -> None:
    await city.enrol(YING)
    key = await city.source("traffic-police")
    deliver_records = """mutation($records: [RecordInput!]!) { deliverRecords(input: {records: $records}) {
        ... on DeliverRecordsSuccess { report { stored rejects { index rejection text } } }
        ... on Refusal { refusalCode } } }"""
    sent = [record_input(documentNumber="A-0"), record_input(documentNumber="A-1", resident="1234")]
    answer = await city.ask(deliver_records, token=key, records=sent)
    found = answer["data"]["deliverRecords"]["report"]
    assert found["stored"] == 1
    assert [(r["index"], r["rejection"]) for r in found["rejects"]] == [(1, "RESIDENT_INVALID")]
    assert "1234" not in str(found)
    as_citizen = await city.ask(deliver_records, token=await city.mini_program(), records=sent)
    assert as_citizen["data"]["deliverRecords"]["refusalCode"] in ("NOT_SIGNED_IN", "FORBIDDEN")
    too_many = await city.ask(deliver_records, token=key, records=[sent[0]] * 101)
    assert too_many["data"]["deliverRecords"]["refusalCode"] == "BAD_INPUT"


async def test_with_a_key_a_delivery_is_told_again_and_no_number_is_kept_for_it(city: World) -> None:
    await city.enrol(YING)
    again = [{**wire(id="A-1"), "resident": YING.id_number}] * 2
    reports = city.container.services.reports
    first = await reports.deliver(Caller(POLICE, "key"), again)
    assert (first.stored, [reject.rejection.value for reject in first.rejects]) == (1, ["duplicate_number"])
    assert await reports.deliver(Caller(POLICE, "key"), again) == first
    kept = str(await city.container.store["idempotency"].find({}).to_list(None))
    assert "A-1" not in kept
    assert await refusal(reports.deliver(Caller(POLICE, "key"), again[:1])) is RefusalCode.KEY_REUSED


async def test_those_who_take_part_are_reassessed_by_the_outbox(city: World) -> None:
    me = await city.enrol(YING)
    several = delivery(YING, PARKING, record("volunteering.hours", "2026-11-01", "V"))
    await city.container.deliveries.deliver(
        OPERATOR, [*several, *delivery(FAN, record("traffic.illegal-parking", "2026-09-03", "F"))]
    )
    assert await city.container.store["outbox"].count_documents({"kind": "reassess"}) == 1
    await city.deliver_outbox()
    assert (await city.container.services.scores.current(me)).value == 500
    assert await city.container.store["assessments"].count_documents({"cause": "records"}) == 1


async def test_what_an_entity_delivers_leaves_the_same_work_for_everybody(city: World) -> None:
    """However long it takes: no one learns who takes part from what is written."""
    await city.enrol(YING)
    written = []
    for person in (YING, FAN):
        sent = {**wire(id=f"B-{person.phone}"), "resident": person.id_number}
        await city.container.services.reports.deliver(Caller(POLICE), [sent])
        rows = await city.container.store["outbox"].find({"kind": "reassess"}).to_list(None)
        written.append(len(rows))
        await city.deliver_outbox()
    assert written == [1, 1 + 1]  # the first one is done by then
    assert await city.container.store["outbox"].count_documents({"done": False}) == 0


async def test_an_entity_is_entered_gets_new_keys_and_is_closed(city: World) -> None:
    def arguments(action: str, of: str = "", zh: str = "", en: str = "") -> Namespace:
        named = {"code": "traffic-police.new", "of": of, "zh": zh, "en": en, "phone": ""}
        return Namespace(action=action, **named, scope=None, days=365, overlap_hours=0)

    with pytest.raises(ValueError, match="needs --of"):
        await change_register(city.container, arguments("add"))
    with pytest.raises(ValueError, match="is no source"):
        await change_register(city.container, arguments("add", of="a-shop", zh="店", en="shop"))
    said = await change_register(city.container, arguments("add", of="traffic-police", zh="新大队", en="New office"))
    first = said.split(": ")[1].split()[0]
    assert (await city.container.sessions.principal_of(first)).id == "traffic-police.new"
    with pytest.raises(ValueError, match="on the register already"):
        await change_register(city.container, arguments("add", of="traffic-police", zh="新大队", en="New office"))
    second = (await change_register(city.container, arguments("key"))).split(": ")[1].split()[0]
    with pytest.raises(BadTokenError):
        await city.container.sessions.principal_of(first)
    assert (await city.container.sessions.principal_of(second)).kind is Kind.SOURCE
    assert "closed" in await change_register(city.container, arguments("close"))
    with pytest.raises(BadTokenError):
        await city.container.sessions.principal_of(second)
    for action in ("key", "close"):
        with pytest.raises(ValueError, match="not an active entity"):
            await change_register(city.container, arguments(action))


async def test_a_record_that_is_sealed_later_leaves_the_score_its_past_and_every_answer(city: World) -> None:
    me = await city.enrol(YING)
    await deliver(city, wire(id="A-1", facts={"place": "鼓楼"}))
    city.clock.advance(days=1)
    assert (await city.container.services.scores.current(me)).value == 490
    await deliver(city, wire(id="A-1", facts={"sealed": True}))
    services = city.container.services
    assert (await services.scores.current(me)).value == 500
    assert {edge.node.value for edge in (await services.scores.history(me, PAGE)).edges} == {500}
    (shown,) = (await services.records.of_citizen(me, PAGE)).edges
    assert (shown.node.rule_of().label.zh, shown.node.document_number) == ("已封存的记录", "****")
    told = await Chat(city).say("明细")
    assert "已封存的记录" in told
    await log_in(city)
    page = (await city.http.get(f"/h5/records/{shown.node.id}")).text
    assert "依法封存，不计分" in page
    assert not any(word in page for word in ("****", "traffic.illegal-parking", "道路交通安全法"))
    everything = str(await city.export(me))
    assert not any(word in everything for word in ("鼓楼", "traffic.illegal-parking"))


async def test_what_a_person_did_as_a_child_is_shown_and_never_counts_for_the_city_as_a_whole_either(
    city: World,
) -> None:
    grown = Identity("许小河", id_number("20080301"), "13900004321")
    me = await city.enrol(grown)
    await deliver(city, wire(id="C-1", resident=grown.id_number, occurred_on="2026-02-28"))
    score = await city.container.services.scores.current(me)
    assert (score.value, [w.withheld_reason.value for w in score.parts.withheld()]) == (500, ["before_eighteen"])
    with ColumnReader(city.container.store) as reader:
        columns = read_part(reader, MOLI, Range("", None)).columns
    assert columns.barred.tolist() == [True]
    assert assess_city(MOLI, columns, 1, TODAY).value.tolist() == [500]
    assert "满18岁以前的事" in await Chat(city).say("明细")
