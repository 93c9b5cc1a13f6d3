"""Each way of a notice by real processes in production mode, `egret serve` and `egret worker`, to the platform."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from pydantic import JsonValue

from schema.types.complaint import ServiceRating
from schema.types.principal import CLOCK, OPERATOR, Caller, Kind, Principal
from scoring.disputes import Determination
from server.citizens.residents.model import Residence
from server.platform.core.unit_of_work import Transaction
from server.platform.kit.clock import day_of
from server.settings import Settings, demo_settings
from server.web.simulator.platform import message_xml
from tests.faults.replica_set import replica_set
from tests.faults.town import Town, openid, person, town
from tests.support.disputes import PAGE
from tests.support.people import delivery, record

pytestmark = pytest.mark.long
TEMPLATES = """
[pass_used]
template = "T-pass"
fields = { thing1 = "title" }
[benefit_opened]
subscription = "S-benefit"
fields = { thing1 = "title" }
"""
MINI_TEMPLATES = '[score_paused]\nsubscription = "M-pause"\nfields = { thing1 = "title" }\n'
PASS: dict[str, JsonValue] = {"benefit_zh": "券", "benefit_en": "voucher"}
CHAT, TEMPLATE, SUBSCRIPTION, MINI, SMS, DESK = range(6)
"""Citizens, by the way that is open to them."""


@pytest_asyncio.fixture(scope="module")
async def made(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("ways")
    settings = demo_settings(Settings(demo=True, data_dir=folder), port=0)
    files = {"EGRET_WECHAT_TEMPLATES": TEMPLATES, "EGRET_MINIAPP_TEMPLATES": MINI_TEMPLATES}
    more = {name: str(write(folder / f"{name}.toml", text)) for name, text in files.items()}
    more |= {
        "EGRET_MINIAPP_APP_ID": settings.miniapp_app_id,
        "EGRET_MINIAPP_APP_SECRET": settings.miniapp_app_secret.get_secret_value(),
    }
    async with (
        replica_set(folder) as replicas,
        town(replicas, folder, 6, servers=1, workers=1, more=more) as running,
    ):
        store = running.container.store
        always = {"off": [], "quiet": [0, 0], "digest": False}  # tests run at any hour
        await store["citizens"].update_many({}, {"$set": {"notice_choices": always}})
        yield running


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


async def citizen_of(made: Town, n: int) -> Principal:
    found = await made.container.citizens.find(made.people[n].id_number)
    assert found is not None
    return Principal(Kind.CITIZEN, found["_id"])


async def tell(made: Town, n: int, kind: str, data: dict[str, JsonValue]) -> None:
    """Raise a notice as a room would; the worker's process brings it."""
    citizen = await made.container.citizens.find(made.people[n].id_number)
    assert citizen is not None

    async def body(tx: Transaction) -> None:
        await made.container.citizens.notify(tx, citizen, kind, data)

    await made.container.unit_of_work.run(Caller(CLOCK), "tell", body)


async def way_of(made: Town, n: int, kind: str) -> str:
    """By which way a notice of a kind has reached a citizen, once it has; `desk` where it is on the list."""
    me, rows = await citizen_of(made, n), made.container.store["notices"]
    async with asyncio.timeout(60):
        while True:
            row = await rows.find_one({"citizen": me.id, "kind": kind}, sort=[("created_at", -1)])
            if row is not None and row["delivered_at"] is not None:
                return str(row["way"])
            if row is not None and row["state"] == "closed":
                return "desk"
            await asyncio.sleep(0.05)


async def say(made: Town, n: int, text: str) -> None:
    """Write to the account, through the callback of the server's process."""
    body = message_xml("gh_egret", openid(n), "text", text, str(time.monotonic_ns()), int(time.time()))
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        assert (await made.platform.post(http, made.bases[0], body, plain=False))["status"] == 200


async def ask(made: Town, document: str, token: str = "", **variables: Any) -> Any:
    """The value of the one root field, over HTTP."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        asked = {"query": document, "variables": variables}
        answer = (await http.post(f"{made.bases[0]}/graphql", json=asked, headers=headers)).json()
    assert "errors" not in answer, answer
    (value,) = answer["data"].values()
    return value


async def unbind(made: Town, n: int, contacts: list[dict[str, object]]) -> None:
    me = await citizen_of(made, n)
    await made.container.store["citizens"].update_one({"_id": me.id}, {"$set": {"contacts": contacts}})


async def test_after_a_message_of_theirs_it_goes_into_the_chat(made: Town) -> None:
    await say(made, CHAT, "查询")
    await tell(made, CHAT, "pass_used", PASS)
    assert await way_of(made, CHAT, "pass_used") == "chat"
    assert any("券" in item["text"] for item in made.platform.phone(openid(CHAT)).arrived)


async def test_who_has_not_written_gets_a_template(made: Town) -> None:
    await tell(made, TEMPLATE, "pass_used", PASS)
    assert await way_of(made, TEMPLATE, "pass_used") == "template"


async def test_where_one_was_allowed_it_is_a_subscription(made: Town) -> None:
    made.platform.allowed_notices[openid(SUBSCRIPTION)] = 1
    await tell(made, SUBSCRIPTION, "benefit_opened", {"benefits": [{"zh": "券", "en": "voucher"}], "count": 1})
    assert await way_of(made, SUBSCRIPTION, "benefit_opened") == "subscription"


async def test_who_has_the_mini_program_alone_gets_its_message(made: Town) -> None:
    contact = (await made.container.contacts.enter("mini", "mini-3")).contact
    await unbind(made, MINI, [{"hash": contact.id, "channel": "mini", "bound_at": made.container.clock()}])
    made.platform.allowed_notices["mini-3"] = 1
    await tell(made, MINI, "score_paused", {"why": "moved"})
    assert await way_of(made, MINI, "score_paused") == "mini"


async def test_without_an_account_the_phone_hears_that_something_waits(made: Town) -> None:
    await unbind(made, SMS, [])
    await tell(made, SMS, "score_paused", {"why": "moved"})
    assert await way_of(made, SMS, "score_paused") == "sms"
    assert "信用分暂停计算" in made.platform.sms.arrived[-1]["text"]


async def test_what_no_way_takes_the_desk_tells_and_the_citizen_reads_that_it_did(made: Town) -> None:
    await unbind(made, DESK, [])
    made.platform.faults["/sms"] = deque([403])
    await tell(made, DESK, "score_paused", {"why": "moved"})
    assert await way_of(made, DESK, "score_paused") == "desk"
    sign_in = "mutation($i: SignInInput!) { signIn(input: $i) { ... on SignInSuccess { session { token } } } }"
    token = (await ask(made, sign_in, i={"account": "agent", "password": "agentagent"}))["session"]["token"]
    listed = "{ undeliveredNotices { edges { node { id kind phone tries { outcome } } } } }"
    (edge,) = (await ask(made, listed, token))["edges"]
    assert edge["node"]["phone"] == made.people[DESK].phone
    assert edge["node"]["tries"][-1]["outcome"] == "the gateway refuses it with 403"
    told = "mutation($i: MarkNoticeToldInput!) { markNoticeTold(input: $i) { __typename } }"
    by = {"id": edge["node"]["id"], "by": "CALL", "on": day_of(made.container.clock()).isoformat()}
    assert (await ask(made, told, token, i=by))["__typename"] == "MarkNoticeToldSuccess"
    assert (await ask(made, listed, token))["edges"] == []
    assert await way_of(made, DESK, "score_paused") == "call"
    me = await citizen_of(made, DESK)
    assert await made.container.store["notices"].find_one({"citizen": me.id, "kind": "acted_for_you"}) is not None


async def test_a_complaint_is_accepted_and_answered_in_the_chat(made: Town) -> None:
    await say(made, CHAT, "查询")
    container, me = made.container, await citizen_of(made, CHAT)
    complaint = await container.disputes.complain(Caller(me), ServiceRating(1, None), "等得太久", [])
    assert await way_of(made, CHAT, "complaint_accepted") == "chat"
    desk, agent = container.services.desk, Caller(Principal(Kind.AGENT, "agent"))
    case = await desk.claim(agent, complaint.key)
    await desk.decide(agent, complaint.key, case.revision, Determination.ANSWERED, "已改进，谢谢您。")
    assert await way_of(made, CHAT, "complaint_answered") == "chat"


async def test_a_repair_is_answered_in_the_chat(made: Town) -> None:
    await say(made, CHAT, "查询")
    container, me = made.container, await citizen_of(made, CHAT)
    today = day_of(container.clock())
    parking = record("traffic.illegal-parking", _days_before(today, 27), "T1")
    await container.deliveries.deliver(OPERATOR, delivery(made.people[CHAT], parking))
    edges = (await container.services.records.of_citizen(me, PAGE)).edges
    key = next(edge.node.key for edge in edges if edge.node.rule_of().code == parking.rule)
    applied = await container.repairs.apply(Caller(me), key, today - timedelta(days=9), "罚款已缴", [])
    police = Caller(Principal(Kind.SOURCE, "traffic-police"))
    await container.services.repair_answers.answer(police, applied.key, "已核实。", accepted=True)
    assert await way_of(made, CHAT, "repair_answered") == "chat"


async def test_a_pause_and_its_end_are_told_in_the_chat(made: Town) -> None:
    await say(made, CHAT, "查询")
    container = made.container
    await container.register.enter([person(CHAT)], container.clock())
    register = container.store["register"]
    await register.update_many({}, {"$set": {"residence": Residence.MOVED.value}})
    await container.residences.settle(lambda *_: None)
    assert await way_of(made, CHAT, "score_paused") == "chat"
    await register.update_many({}, {"$unset": {"residence": ""}})
    await container.residences.settle(lambda *_: None)
    assert await way_of(made, CHAT, "score_resumed") == "chat"


def _days_before(day: date, count: int) -> str:
    return (day - timedelta(days=count)).isoformat()
