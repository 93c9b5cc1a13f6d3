"""The main job, end to end: bind, see the score, use a benefit, dispute a record, leave."""

from __future__ import annotations

from schema.types.principal import Caller, Kind
from scoring.disputes import Determination
from server.platform.core import audit
from tests.support.people import YING, record
from tests.support.photos import photo
from tests.support.world import Chat, World

HISTORY = [
    *(record("social-insurance.timely", f"202{n}-09-01", f"S{n}") for n in (4, 5, 6)),
    *(record("housing-fund.timely", f"202{n}-09-01", f"F{n}") for n in (4, 5, 6)),
    *(record("volunteering.hours", f"2026-0{n}-01", f"V{n}") for n in (3, 4)),
    record("basic.public-interest-profession", "2026-03-01", "P1"),
    record("basic.qualification", "2025-03-01", "Q1"),
    record("traffic.illegal-parking", "2026-09-02", "T1"),
    record("utility.power-overdue", "2026-11-10", "N1"),
]


async def test_the_whole_story_in_chinese(world: World) -> None:
    chat = Chat(world)
    await world.register(YING)
    await world.deliver(YING, *HISTORY)
    agent = await world.hire("agent", Kind.AGENT)
    approver = await world.hire("approver", Kind.APPROVER)

    hello = await chat.follow()
    assert "全凭自愿" in hello
    assert "只有优惠，没有处罚" in hello
    assert "随时可以退出" in hello

    assert "授权书 2026-1" in await chat.say("绑定")
    assert "姓名" in await chat.say("1")
    assert "18位身份证号" in await chat.say("陈小萤")
    assert "17位，应为18位" in await chat.say(YING.id_number[:17])
    assert "手机号" in await chat.say(YING.id_number)
    assert "尾号 5678" in await chat.say("13900005678")
    code = await world.last_code()
    assert "还可以试4次" in await chat.say(f"{(int(code) + 1) % 10**6:06d}")
    bound = await chat.say(code)
    assert "绑定成功，陈*" in bound
    assert "675" in bound

    score = await chat.say("查询")
    assert "茉莉分 675，良好（2026年11月23日）" in score
    assert "下一项：鼓楼政务服务快速通道（684），还差 9" in score

    lines = await chat.say("明细") + await chat.say("更多")
    assert "+500 基础分" in lines
    assert "违法停车处罚逾期未缴" in lines
    assert "市公安局交警支队　2026年9月2日，计分至2026年12月1日" in lines
    assert "12. 电费逾期提醒（暂不扣分）" in lines
    assert "道路交通安全法" in await chat.say("11")

    assert "图书馆免押金借书" in await chat.say("权益")
    issued = await chat.say("1")
    assert "凭证" in issued
    assert "看不到您的分数" in issued

    assert "原因是哪一种？" in await chat.say("异议 11")
    assert "用自己的话" in await chat.say("①")
    assert "照片：0 张" in await chat.say("这辆车八月已经卖了，有过户单。")
    assert "收到 1 张照片" in await chat.photo(photo())
    assert "请确认" in await chat.say("提交")
    filed = await chat.say("确认")
    assert "D-2026-000001" in filed
    assert "您现在的分数是 685" in filed
    assert "最迟 2026年11月30日" in filed
    assert "还有 5 个工作日" in await chat.say("进度")
    assert "D-2026-000001" in await chat.say("异议 11") or "685" in await chat.say("查询")

    dispute = (await world.container.store["disputes"].find_one({}))["_id"]  # type: ignore[index]
    case = await world.container.services.desk.claim(Caller(agent), dispute)
    case = await world.container.services.desk.decide(
        Caller(agent), dispute, case.revision, Determination.DELETED, "过户单属实，删除记录。"
    )
    await world.container.services.desk.approve(Caller(approver), dispute, case.revision, Determination.DELETED)
    assert any("记录已删除" in text and "685" in text for text in await chat.pushes())
    assert "过户单属实" in await chat.say("进度")
    assert "办理您的异议" in await chat.say("谁看过")
    looks = await chat.say("我自己")
    assert "您本人" in looks

    assert "另一" not in await chat.say("解绑")
    assert "已取消" in await chat.say("取消")
    assert "公共服务不受任何影响" in await chat.say("退出")
    assert "完整回复【确认退出】" in await chat.say("好")
    assert "已退出" in await chat.say("确认退出")
    assert "还没有绑定" in await chat.say("查询")
    assert await audit.verify(world.container.store) == []
    assert not any(YING.id_number in text for text in chat.heard)


async def test_the_same_in_english(world: World) -> None:
    chat = Chat(world)
    await world.register(YING)
    assert "up to you" in await chat.follow() or "English" in chat.heard[-1]
    assert "English from now on" in await chat.say("English")
    assert "Before you join the Moli score" in await chat.say("link")
    await chat.say("1")
    await chat.say(YING.name)
    assert "seems to be mistyped" in await chat.say(YING.id_number[:17] + ("1" if YING.id_number[17] != "1" else "2"))
    await chat.say(YING.id_number)
    await chat.say(YING.phone)
    assert "You're linked" in await chat.say(await world.last_code())
    assert "No record adds or takes points yet" in await chat.say("score")
    assert "You can" not in await chat.say("help")
    assert "[leave] your score stops" in await chat.say("privacy")
