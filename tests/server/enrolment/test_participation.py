"""Taking part, only looking, pausing: whether anything is computed is the citizen's to say, at any time."""

from __future__ import annotations

import asyncio

import pytest

from schema.types.connection import Page
from schema.types.enrolment import ConsentPurpose
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Kind, Principal
from scoring.disputes import DisputeReason
from scoring.identity import Identity
from scoring.records import Record
from server.citizens.consents import RECORDS, records_consent
from tests.support.people import FAN, YING, record
from tests.support.people import RECORDS as GOOD
from tests.support.world import World

PAGE = Page(20, None)
LIBRARY = "library.deposit-free"
PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")


async def only_look(world: World, person: Identity, *records: Record, openid: str = "o-look") -> Principal:
    """Someone who bound to see their records, and agreed to nothing else."""
    await world.register(person)
    if records:
        await world.deliver(person, *records)
    contact = (await world.container.contacts.enter("wechat", openid)).contact
    caller, bindings = Caller(Principal(contact=contact)), world.container.services.bindings
    version = bindings.consent_text(ConsentPurpose.RECORDS).version
    started = await bindings.start(caller, version, person.name, person.id_number, person.phone)
    await bindings.confirm(caller, started.id, await world.last_code())
    return await world.container.citizens.principal_of(contact)


async def refused_with(world: World, me: Principal) -> set[RefusalCode]:
    """How everything that needs a score is refused."""
    services = world.container.services
    codes = set()
    for asked in (
        services.scores.current(me),
        services.what_if.steps(me),
        services.what_if.calendar(me),
        services.benefits.mine(me),
        services.benefits.issue_pass(Caller(me), LIBRARY),
    ):
        with pytest.raises(Refused) as refused:
            await asked
        codes.add(refused.value.code)
    return codes


async def statements(world: World, me: Principal, **query: object) -> int:
    return await world.container.store["assessments"].count_documents({"citizen": me.id, **query})


async def current(world: World, me: Principal) -> int:
    return (await world.container.services.scores.current(me)).value


async def test_who_only_looks_sees_their_records_and_nothing_is_computed(world: World) -> None:
    me = await only_look(world, YING, *GOOD)
    services = world.container.services
    assert len((await services.records.of_citizen(me, PAGE)).edges) == len(GOOD)
    assert await refused_with(world, me) == {RefusalCode.LOOK_ONLY}
    with pytest.raises(Refused) as refused:
        await services.scores.history(me, PAGE)
    assert refused.value.code is RefusalCode.LOOK_ONLY
    await world.container.scores.reassess(me.id)
    assert await statements(world, me) == 0
    enrolment = await services.enrolments.enrolment(me)
    assert (enrolment.look_only, enrolment.consent_current) == (True, True)
    (given,) = await services.enrolments.consents(me)
    assert (given.purpose, given.version) == (RECORDS, records_consent().version)


async def test_who_only_looks_disputes_exports_and_leaves(world: World) -> None:
    me = await only_look(world, YING, PARKING)
    services = world.container.services
    (held,) = (await services.records.of_citizen(me, PAGE)).edges
    dispute = await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    (held,) = (await services.records.of_citizen(me, PAGE)).edges
    assert held.node.disputed
    world.clock.advance(days=10)
    assert await world.container.disputes.lapse_overdue() == 1
    assert (await services.records.of_citizen(me, PAGE)).edges == []
    assert (await world.container.disputes.one(me, dispute.key)).determination is not None
    await world.deliver_outbox()
    assert await statements(world, me) == 0
    assert (await world.export(me))["identity"]
    assert await services.enrolments.leave(Caller(me)) == 0


async def test_taking_part_and_only_looking_are_changed_both_ways(world: World) -> None:
    me = await only_look(world, YING, *GOOD)
    services = world.container.services
    score_version = world.container.scheme.consent.version
    assert not (await services.enrolments.grant(Caller(me), score_version)).look_only
    assert await current(world, me) == 610
    issued = await services.benefits.issue_pass(Caller(me), LIBRARY)
    await services.participations.look_only(Caller(me), records_consent().version)
    assert await statements(world, me) == 0, "the score and its history are gone"
    assert await refused_with(world, me) == {RefusalCode.LOOK_ONLY}
    assert issued.code is not None
    partner = Principal(Kind.PARTNER, "fz-library")
    assert not await services.benefits.redeem(Caller(partner), issued.code), "the pass died with it"
    taken_back = [c.purpose for c in await services.enrolments.consents(me) if c.withdrawn_at is not None]
    assert taken_back == ["score"]
    await services.enrolments.grant(Caller(me), score_version)
    assert await current(world, me) == 610


async def test_only_the_text_in_force_can_be_agreed_to(world: World) -> None:
    me = await world.enrol(YING)
    with pytest.raises(Refused) as refused:
        await world.container.services.participations.look_only(Caller(me), "records-2020-1")
    assert refused.value.code is RefusalCode.CONSENT_OUTDATED


async def test_a_pause_computes_nothing_keeps_everything_and_ends_at_once(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    services = world.container.services
    before = await statements(world, me)
    issued = await services.benefits.issue_pass(Caller(me), LIBRARY)
    await services.participations.pause(Caller(me))
    await services.participations.pause(Caller(me))
    assert await refused_with(world, me) == {RefusalCode.PAUSED_BY_YOU}
    assert issued.code is not None
    partner = Principal(Kind.PARTNER, "fz-library")
    assert not await services.benefits.redeem(Caller(partner), issued.code)
    await world.deliver(YING, record("traffic.illegal-parking", "2026-10-02", "T2"))
    await world.deliver_outbox()
    assert (await statements(world, me), await statements(world, me, current=True)) == (before, 0)
    assert len((await services.scores.history(me, PAGE)).edges) == before
    assert len((await services.records.of_citizen(me, PAGE)).edges) == len(GOOD) + 1
    await services.participations.resume(Caller(me))
    assert await statements(world, me, current=True) == 1
    assert await current(world, me) == 600


async def test_no_pass_outlives_a_pause_that_came_while_it_was_issued(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    services = world.container.services
    for _ in range(5):
        issuing = services.benefits.issue_pass(Caller(me), LIBRARY)
        pausing = services.participations.pause(Caller(me))
        issued, _ = await asyncio.gather(issuing, pausing, return_exceptions=True)
        assert not isinstance(issued, Exception) or isinstance(issued, Refused)
        good = {"citizen": me.id, "used_at": None, "expires_at": {"$gt": world.container.clock()}}
        assert await world.container.store["passes"].count_documents(good) == 0
        assert await statements(world, me, current=True) == 0
        await services.participations.resume(Caller(me))


async def test_two_causes_of_a_pause_end_one_by_one(world: World) -> None:
    me = await world.enrol(YING, *GOOD)
    services, store = world.container.services, world.container.store
    moved = {"why": "moved", "since": world.container.clock(), "paused": True}
    await store["citizens"].update_one({"_id": me.id}, {"$set": {"residence": moved}})
    await services.participations.pause(Caller(me))
    assert await refused_with(world, me) == {RefusalCode.PAUSED_BY_YOU}
    await services.participations.resume(Caller(me))
    assert await refused_with(world, me) == {RefusalCode.SCORE_PAUSED}
    await services.participations.pause(Caller(me))
    await world.container.residences._resume(Caller(me), me.id)
    assert await refused_with(world, me) == {RefusalCode.PAUSED_BY_YOU}
    assert await statements(world, me, current=True) == 0
    await services.participations.resume(Caller(me))
    assert await current(world, me) == 610


async def test_who_only_looks_has_nothing_to_pause(world: World) -> None:
    me = await only_look(world, YING)
    for asked in (world.container.services.participations.pause, world.container.services.participations.resume):
        with pytest.raises(Refused) as refused:
            await asked(Caller(me))
        assert refused.value.code is RefusalCode.LOOK_ONLY


async def test_a_second_account_is_bound_as_its_person_chose_last(world: World) -> None:
    me = await only_look(world, YING, *GOOD)
    contact = (await world.container.contacts.enter("mini", "mini-1")).contact
    caller, bindings = Caller(Principal(contact=contact)), world.container.services.bindings
    version = world.container.scheme.consent.version
    started = await bindings.start(caller, version, YING.name, YING.id_number, YING.phone)
    await bindings.confirm(caller, started.id, await world.last_code())
    assert await current(world, me) == 610


async def test_the_programme_counts_those_who_take_part(world: World) -> None:
    await world.enrol(FAN, openid="o-fan")
    await only_look(world, YING)
    from server.citizens.repository import CitizenRepository

    assert await CitizenRepository(world.container.store).count_taking_part() == 1


async def test_a_dispute_decided_without_a_score_tells_of_none(world: World) -> None:
    me = await only_look(world, YING, PARKING, openid="o-test")
    (held,) = (await world.container.services.records.of_citizen(me, PAGE)).edges
    await world.container.disputes.open(Caller(me), held.node.key, DisputeReason.NOT_MINE, "不是我", [])
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert row["points"] == -10
    world.clock.advance(days=10)
    await world.container.disputes.lapse_overdue()
    row = await world.container.store["disputes"].find_one({})
    assert row is not None
    assert "effect" not in await world.container.vault.open(row["sealed"])


async def test_an_app_lets_people_choose_at_binding_and_later(world: World) -> None:
    await world.register(YING)
    await world.deliver(YING, *GOOD)
    token = await world.mini_program()
    text = await world.ask("{ consentText(purpose: RECORDS) { version summary { zh en } } }", token=token)
    version = text["data"]["consentText"]["version"]
    start = """mutation($i: StartBindingInput!) { startBinding(input: $i) {
        ... on StartBindingSuccess { attempt { id } } ... on Refusal { refusalCode } } }"""
    person = {"name": YING.name, "idNumber": YING.id_number, "phone": YING.phone, "consentVersion": version}
    attempt = (await world.ask(start, token=token, i=person))["data"]["startBinding"]["attempt"]["id"]
    confirm = """mutation($i: ConfirmBindingInput!) { confirmBinding(input: $i) {
        ... on ConfirmBindingSuccess { consentVersion } ... on Refusal { refusalCode } } }"""
    given = {"attempt": attempt, "code": await world.last_code()}
    bound = await world.ask(confirm, token=token, i=given)
    assert bound["data"]["confirmBinding"] == {"consentVersion": version}
    asked = await world.ask("{ me { enrolment { lookOnly pausedSince } records { totalCount } } }", token=token)
    assert asked["data"]["me"] == {
        "enrolment": {"lookOnly": True, "pausedSince": None},
        "records": {"totalCount": len(GOOD)},
    }
    score = await world.ask("{ me { score { value } } }", token=token)
    assert score["errors"][0]["extensions"]["code"] == "LOOK_ONLY"
    paused = await world.ask("mutation { pauseScore { ... on Refusal { refusalCode } } }", token=token)
    assert paused["data"]["pauseScore"] == {"refusalCode": "LOOK_ONLY"}
    grant = """mutation($i: GrantConsentInput!) { grantConsent(input: $i) {
        ... on GrantConsentSuccess { enrolment { lookOnly } citizen { score { value } } } } }"""
    joined = await world.ask(grant, token=token, i={"version": world.container.scheme.consent.version})
    assert joined["data"]["grantConsent"] == {"enrolment": {"lookOnly": False}, "citizen": {"score": {"value": 610}}}
