"""Consent is for one purpose: a new purpose asks again, and without an answer computing stops; the rest goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from schema.engine.execution import ask
from schema.types.connection import Page
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import Caller, Principal
from scoring.disputes import DisputeReason
from scoring.scheme import Scheme
from server.citizens.consents import agreed, agreed_query
from server.citizens.model import ConsentRow
from server.container import build_container
from server.jobs.rescore.columns import Range, read_part
from server.jobs.rescore.renewal import Renewal
from server.platform.db.columns import ColumnReader
from tests.support.h5 import log_in
from tests.support.people import FAN, MOLI, TODAY, YING, record
from tests.support.world import Chat, World

PARKING = record("traffic.illegal-parking", "2026-09-02", "T1")
LATER = record("traffic.illegal-parking", "2026-10-02", "T2")
BY = date(2026, 12, 1)
RENEWED = MOLI.consent.model_copy(update={"version": "2026-2", "purpose": "score-and-study", "agree_by": BY})


def under(world: World, **consent: Any) -> World:
    """The same city after its operators published another consent: servers started again with it."""
    scheme: Scheme = MOLI.model_copy(update={"consent": RENEWED.model_copy(update=consent)})
    old = world.container
    container = build_container(old.settings, old.store, old.http, old.clock, scheme=scheme)
    return replace(world, container=container)


async def test_who_read_the_former_text_agrees_to_no_purpose_that_took_its_place_meanwhile(world: World) -> None:
    await world.register(YING)
    contact = (await world.container.contacts.enter("wechat", "o-test")).contact
    caller, bindings = Caller(Principal(contact=contact)), world.container.services.bindings
    started = await bindings.start(caller, MOLI.consent.version, YING.name, YING.id_number, YING.phone)
    renewed = under(world).container
    with pytest.raises(Refused) as refused:
        await renewed.services.bindings.confirm(caller, started.id, await world.last_code())
    assert refused.value.code is RefusalCode.CONSENT_OUTDATED
    assert await renewed.citizens.find(YING.id_number) is None


def test_a_schemes_digest_says_nothing_of_a_day_that_is_not_set() -> None:
    assert MOLI.consent.agree_by is None
    dated = MOLI.model_copy(update={"consent": RENEWED})
    undated = MOLI.model_copy(update={"consent": RENEWED.model_copy(update={"agree_by": None})})
    assert len({MOLI.digest, dated.digest, undated.digest}) == 3


@pytest.mark.parametrize(
    ("consents", "on", "may"),
    [
        ([("score", None)], date(2026, 11, 30), True),
        ([("score", None)], BY, False),
        ([("score", None), ("score-and-study", None)], BY, True),
        ([("score-and-study", "withdrawn")], BY, False),
        ([], date(2026, 11, 30), True),
    ],
)
def test_who_has_not_agreed_to_the_new_purpose_by_its_day_is_not_assessed(
    consents: list[tuple[str, str | None]], on: date, may: bool
) -> None:
    scheme = MOLI.model_copy(update={"consent": RENEWED})
    assert agreed([consent(*given) for given in consents], scheme, on) is may


def test_a_new_text_under_the_same_purpose_stops_nothing() -> None:
    scheme = MOLI.model_copy(update={"consent": MOLI.consent.model_copy(update={"version": "2026-2"})})
    assert agreed([consent("score", None)], scheme, TODAY)


def consent(purpose: str, withdrawn_at: str | None) -> ConsentRow:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    gone = None if withdrawn_at is None else at
    return {"version": "2026-1", "purpose": purpose, "granted_at": at, "withdrawn_at": gone}


async def refused(doing: Any) -> None:
    with pytest.raises(Refused) as fault:
        await doing
    assert fault.value.code is RefusalCode.CONSENT_OUTDATED


async def test_computing_stops_on_the_day_and_goes_on_after_agreeing(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    later = under(world)
    services = later.container.services
    assert (await services.scores.current(me)).value == 490  # until the day an earlier consent goes on
    world.clock.advance(days=8)
    rows = await world.container.store["assessments"].find({}).to_list(None)
    await refused(services.scores.current(me))
    await refused(services.what_if.steps(me))
    await refused(services.benefits.issue_pass(Caller(me), "library.deposit-free"))
    await later.deliver(YING, LATER)  # sources go on reporting, and nothing is computed from it
    assert await world.container.store["assessments"].find({}).to_list(None) == rows

    assert len((await services.scores.history(me, Page(50, None))).edges) == len(rows)
    row = await world.container.store["records"].find_one({"occurred_on": "2026-09-02"})
    assert row is not None
    filed = await services.disputes.open(Caller(me), row["_id"], DisputeReason.NOT_MINE, "不是我", [])
    await services.disputes.withdraw(Caller(me), filed.key)  # rights do not wait for a consent
    assert await world.container.store["assessments"].find({}).to_list(None) == rows

    enrolment = await services.enrolments.grant(Caller(me), "2026-2")
    assert enrolment.consent_current
    assert (await services.scores.current(me)).value == 490 - 10
    assert [(c.version, c.purpose) for c in await services.enrolments.consents(me)] == [
        ("2026-2", "score-and-study"),
        ("2026-1", "score"),
    ]


async def test_without_a_day_a_new_purpose_stops_computing_at_once(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    later = under(world, agree_by=None)
    await refused(later.container.services.scores.current(me))


async def test_the_nightly_run_passes_over_anyone_who_has_not_agreed(world: World) -> None:
    me, you = await world.enrol(YING, PARKING), await world.enrol(FAN, openid="o-fan")
    later = under(world)
    await later.container.services.enrolments.grant(Caller(you), "2026-2")
    world.clock.advance(days=9)
    on = date(2026, 12, 2)

    def read() -> list[str]:
        with ColumnReader(world.container.store) as reader:
            return read_part(
                reader, later.container.scheme, Range("", None), agreed_query(later.container.scheme, on)
            ).citizens

    assert await asyncio.to_thread(read) == [you.id]
    await Renewal(later.container, on).renew([str(me.id), str(you.id)])
    days = {
        row["citizen"]: row["as_of"]
        for row in await world.container.store["assessments"].find({"current": True}).to_list(None)
    }
    assert days[you.id] == "2026-12-02"
    assert days[me.id] < "2026-12-01"


async def test_over_the_api_the_refusal_is_typed_and_agreeing_is_one_mutation(world: World) -> None:
    me = await world.enrol(YING, PARKING)
    container = under(world, agree_by=None).container

    async def ask_it(document: str) -> Any:
        return await ask(container.schema, document, {}, container.context(Caller(me)), None)

    await refused(ask_it("{ me { score { value } } }"))
    found = await ask_it("{ me { enrolment { consentCurrent } } consentText { version } }")
    assert found == {"me": {"enrolment": {"consentCurrent": False}}, "consentText": {"version": "2026-2"}}
    granted = await ask_it(
        """mutation { grantConsent(input: {version: "2026-2"}) {
        ... on GrantConsentSuccess { enrolment { consentCurrent } } } }"""
    )
    assert granted == {"grantConsent": {"enrolment": {"consentCurrent": True}}}
    assert await ask_it("{ me { score { value } } }") == {"me": {"score": {"value": 490}}}


async def test_the_chat_asks_again_and_goes_on(world: World) -> None:
    chat = Chat(world)
    await world.enrol(YING, PARKING)
    scheme = MOLI.model_copy(update={"consent": RENEWED.model_copy(update={"agree_by": None})})
    world.container.in_force.replace(scheme)
    asked = await chat.say("查询")
    assert "授权书已更新" in asked
    assert "新版本 2026-2" in asked
    assert "请从下面选一项回复：\n【1】同意" in await chat.say("也许")
    assert "个人信息保护法" in await chat.say("3")
    assert "不会计算新的分数" in await chat.say("2")
    assert "授权书已更新" in await chat.say("查询")
    assert "您的授权已记录（2026-2 版）" in await chat.say("1")
    assert "490" in await chat.say("查询")
    assert "新版本" not in await chat.say("授权")


async def test_the_page_leads_to_the_new_text_and_back_to_the_score(world: World) -> None:
    await world.enrol(YING)
    world.app.state.container = under(world, version="2026-2", purpose="score-and-study", agree_by=None).container
    await log_in(world)
    world.clock.advance(days=1)
    await log_in(world)
    asked = await world.http.get("/h5/")
    assert (asked.status_code, asked.headers["location"]) == (303, "/h5/privacy")
    assert (await world.http.get("/h5/privacy")).status_code == 200
