"""What would be: the engine's own answers, over the API and in chat, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

from schema.engine.execution import ask
from schema.types.errors import RefusalCode, Refused
from schema.types.principal import ANONYMOUS, Caller, Principal
from tests.support.people import FAN, YING, record
from tests.support.world import Chat, World

RECORDS = [
    record("volunteering.hours", "2026-03-01", "V1"),
    record("traffic.illegal-parking", "2026-09-02", "T1"),
    record("utility.power-overdue", "2026-10-01", "N1"),
]
QUERY = """query ($steps: [StepInput!]!) { me { score { value } whatIf(steps: $steps) {
  value points asOf band { code } reasons { label { en } points } opened { code } } } }"""


async def asked(world: World, me: Principal, document: str, **variables: Any) -> Any:
    """What `me` holds in the answer."""
    return (await ask(world.container.schema, document, variables, world.container.context(Caller(me))))["me"]


async def ids(world: World, me: Principal) -> dict[str, str]:
    mine = await asked(world, me, "{ me { records(first: 9) { edges { node { id rule { code } } } } } }")
    return {e["node"]["rule"]["code"]: e["node"]["id"] for e in mine["records"]["edges"]}


async def what_if(world: World, me: Principal, *steps: dict[str, Any]) -> Any:
    return (await asked(world, me, QUERY, steps=list(steps)))["whatIf"]


async def everything(world: World) -> dict[str, int]:
    names = ("assessments", "records", "outbox", "audit", "citizens", "conversations")
    return {name: await world.container.store[name].count_documents({}) for name in names}


async def test_each_kind_of_step(world: World) -> None:
    me = await world.enrol(YING, *RECORDS)
    known = await ids(world, me)
    before = await everything(world)
    settled = await what_if(world, me, {"settle": known["utility.power-overdue"]})
    assert (settled["value"], settled["points"]) == (500, 5)
    annulled = await what_if(world, me, {"annul": known["traffic.illegal-parking"]})
    assert (annulled["value"], annulled["reasons"]) == (
        505,
        [{"label": {"en": "Parking penalty left unpaid"}, "points": 10}],
    )
    earned = await what_if(world, me, {"earn": "volunteering.hours"}, {"earn": "volunteering.hours"})
    assert (earned["value"], earned["points"]) == (515, 20)
    waited = await what_if(world, me, {"waitUntil": "2026-12-02"})
    assert (waited["value"], waited["asOf"]) == (505, "2026-12-02")
    assert await everything(world) == before


async def test_what_opens_is_said(world: World) -> None:
    me = await world.enrol(YING, *RECORDS)
    steps = [{"earn": "honours.government"}] * 3
    assert [b["code"] for b in (await what_if(world, me, *steps))["opened"]] == ["library.deposit-free"]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"earn": "volunteering.hours"}] * 21,
        [{"earn": "tax.evasion"}],
        [{"earn": "no.such"}],
        [{"settle": "Q3JlZGl0UmVjb3JkOm5vbmU="}],
        [{"annul": "nonsense"}],
    ],
)
async def test_steps_that_cannot_be_are_refused(world: World, steps: list[dict[str, str]]) -> None:
    me = await world.enrol(YING, *RECORDS)
    with pytest.raises(Refused) as refused:
        await what_if(world, me, *steps)
    assert refused.value.code in (RefusalCode.BAD_INPUT, RefusalCode.NOT_FOUND)


async def test_no_one_asks_about_anothers_record(world: World) -> None:
    me = await world.enrol(YING, *RECORDS)
    other = await world.enrol(FAN, openid="o-fan")
    known = await ids(world, me)
    with pytest.raises(Refused):
        await what_if(world, other, {"annul": known["traffic.illegal-parking"]})
    with pytest.raises(Refused):
        await world.container.services.what_if.steps(ANONYMOUS)


async def test_the_path_the_steps_and_the_calendar(world: World) -> None:
    me = await world.enrol(YING, *RECORDS)
    step = "{ kind rule { code } points record { id } }"
    way = f'{{ me {{ path(benefit: "library.deposit-free") {{ shortBy byWaiting steps {step} }} }} }}'
    path = (await asked(world, me, way))["path"]
    assert (path["shortBy"], path["byWaiting"]) == (105, None)
    earn = {"kind": "EARN", "rule": {"code": "volunteering.hours"}, "points": 10, "record": None}
    assert earn in path["steps"]
    turn = "{ on points value reasons { label { en } points begins } }"
    chances = f"{{ me {{ steps {{ edges {{ node {step} }} }} calendar {{ edges {{ node {turn} }} }} }} }}"
    found = await asked(world, me, chances)
    steps = [edge["node"] for edge in found["steps"]["edges"]]
    overdue = {"id": (await ids(world, me))["utility.power-overdue"]}
    assert steps[0] == {"kind": "SETTLE", "rule": {"code": "utility.power-overdue"}, "points": 5, "record": overdue}
    assert steps[-2]["rule"] == {"code": "honours.government"}
    first = found["calendar"]["edges"][0]["node"]
    ended = {"label": {"en": "Parking penalty left unpaid"}, "points": -10, "begins": False}
    assert first == {"on": "2026-12-02", "points": 10, "value": 505, "reasons": [ended]}
    with pytest.raises(Refused):
        await asked(world, me, '{ me { path(benefit: "moon.trip") { shortBy } } }')


async def test_what_if_in_chat(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    asked = await chat.say("如果")
    assert "现在 495" in asked
    assert "缴清：电费逾期提醒（+5）" in asked
    assert "向" in asked.split("缴清：")[0]
    assert "2026年12月2日 +10 → 505（违法停车处罚逾期未缴到期，不再计分）" in asked
    number = next(row.split(".")[0] for row in asked.splitlines() if "志愿服务" in row)
    assert "那样大约是 515 分（+20）" in await chat.say(f"{number} {number}")
    assert "请回复 1–" in await chat.say("99")
    assert "那样大约是 505 分（+10）" in await chat.say(number)
    honour = next(row.split(".")[0] for row in asked.splitlines() if "政府表彰" in row)
    assert "还能用上：图书馆免押金借书" in await chat.say(f"{honour} {honour} {honour}")


async def test_what_avoids_a_loss_comes_first_with_whom_to_pay_and_until_when(world: World) -> None:
    await world.enrol(YING, record("volunteering.hours", "2026-03-01"), record("utility.power-overdue", "2026-11-10"))
    chat = Chat(world)
    asked = await chat.say("如果")
    first = next(row for row in asked.splitlines() if row.startswith("1. "))
    assert "缴清电费逾期提醒" in first
    assert "前（含当天）向" in first
    assert "免扣 5 分" in first
    assert "（0）" not in asked
    assert "以后也不会再扣 5 分" in await chat.say("1")
    score = await chat.say("查询")
    assert score.index("现在办还来得及：电费逾期提醒") < score.index("加分：")
    assert "过期扣 5 分" in score


async def test_the_way_to_a_benefit_in_chat(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "回复【怎样到 1】" in await chat.say("权益")
    way = await chat.say("怎样到 1")
    assert "图书馆免押金借书：需要 600 分，还差 105 分。" in way
    assert "最快的办法（7 步）" in way
    assert "政府表彰" not in way
    assert "不看分数也能办：" in way
    assert await chat.say("怎样到") == way
    assert "1–5 中的一个数字" in await chat.say("怎样到 9")
    await chat.say("English")
    assert "Shortest way (steps: 7)" in await chat.say("how to 1")


async def test_an_open_benefit_has_no_way_to_go(world: World) -> None:
    many = [record("honours.government", "2026-03-01", f"H{n}") for n in range(3)]
    more = [record("social-insurance.timely", f"202{n}-03-01", f"S{n}") for n in (4, 5, 6)]
    await world.enrol(YING, *many, *more)
    assert "现在就可以用" in await Chat(world).say("怎样到 1")


async def test_who_has_not_bound_is_told_how(world: World) -> None:
    chat = Chat(world)
    assert "绑定" in await chat.say("如果")
    assert "绑定" in await chat.say("怎样到 1")
