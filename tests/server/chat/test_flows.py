"""The other flows in chat, each with its branches, in the words that a citizen reads."""

from __future__ import annotations

from bot.wechat.replies import News
from schema.types.check import CheckKind, CheckOutcome
from schema.types.principal import Caller, Kind
from server.chat.dispatcher import Dispatcher
from server.demo.entities import entities
from server.sources.register import register_rows
from tests.support.disputes import PAGE
from tests.support.h5 import log_in
from tests.support.messages import message
from tests.support.people import FAN, MOLI, YING, record
from tests.support.world import Chat, World

RECORDS = [
    record("volunteering.hours", "2026-03-01", "V1"),
    record("traffic.illegal-parking", "2026-09-02", "T1"),
    record("utility.power-overdue", "2026-11-10", "N1"),
    record("utility.gas-overdue", "2026-11-01", "N2", facts={"cured_on": "2026-11-05"}),
]


async def test_a_dispute_chosen_from_the_list(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "4. −5 电费逾期提醒" in await chat.say("异议")
    assert "请回复上面的编号" in await chat.say("那个停车的")
    assert "没有第 9 项" in await chat.say("9")
    assert "原因是哪一种？" in await chat.say("2")
    assert "请回复 1–5" in await chat.say("11")
    await chat.say("5")
    assert "再多写几个字" in await chat.say("！")
    assert "最多 500 字，现在是 501 字" in await chat.say("字" * 501)
    assert "照片：0 张" in await chat.say("已经处理过了")
    assert "请发照片，或回复【下一步】" in await chat.say("什么照片")
    assert "请确认" in await chat.say("提交")
    assert "请从下面选一项回复：\n【确认】提交" in await chat.say("嗯？")
    assert "D-2026-000001" in await chat.say("确认")
    assert "D-2026-000001" in await chat.say("进度")


async def test_a_notice_can_be_disputed_before_it_counts(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "电费逾期提醒（−5）" in await chat.say("异议 4")
    await chat.say("3")
    await chat.say("已经缴清，有回执")
    await chat.say("没有")
    filed = await chat.say("确认")
    assert "您现在的分数是 500" in filed
    lines = await chat.say("明细")
    assert "电费逾期提醒：异议处理中" in lines
    assert "燃气费逾期提醒：已缴清" in lines
    assert "现在不计分" in await chat.say("4")


async def test_nothing_to_dispute_and_nothing_under_way(world: World) -> None:
    await world.enrol(FAN)
    chat = Chat(world)
    answer = await chat.say("异议")
    assert "没有可以提异议的" in answer
    assert "【少了记录】" in answer
    assert "没有提过异议" in await chat.say("进度")
    assert "没有正在办理的异议" in await chat.say("撤回")
    assert "没有正在办的事" in await chat.say("取消")


async def test_a_record_that_does_not_count_is_disputed_and_the_score_stays(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    listed = await chat.say("异议")
    number = next(line for line in listed.splitlines() if "燃气费" in line).partition(".")[0]
    for said in (number, "已过期", "早就缴清了，不该再列着", "提交"):
        await chat.say(said)
    assert "这条记录现在不计分，分数不变" in await chat.say("确认")


async def test_a_missing_record_is_filed_in_the_chat_and_its_source_is_asked(world: World) -> None:
    await world.container.store["sources"].insert_many(register_rows(MOLI, entities(MOLI)))
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "少了哪一类记录" in await chat.say("没有我的记录")
    assert "应该由哪个单位报送" in await chat.say("志愿服务满20小时")
    assert "是哪一天" in await chat.say("1")
    await chat.say("11月2日")
    await chat.say("二十个小时没有报上来")
    assert "姓名和身份证号" in await chat.say("提交")
    filed = await chat.say("确认")
    assert "D-2026-000001" in filed
    assert "核查" in filed
    status = await chat.say("进度")
    assert "缺少记录：志愿服务满20小时" in status
    assert "不计分" not in status
    await chat.say("撤回")
    assert "D-2026-000001" in await chat.say("确认")


async def test_who_is_not_bound_tells_the_desk_and_hears_how_it_ended(world: World) -> None:
    chat = Chat(world)
    assert "不用写姓名" in await chat.say("绑定不了")
    await chat.say("一直收不到短信")
    assert "已转给工作人员" in await chat.say("确认")
    approver = await world.hire("a", Kind.AGENT)
    (row,) = (await world.container.services.checks.page(approver, PAGE, is_open=True)).edges
    assert (row.node.kind, row.node.words, row.node.masked_name) == (CheckKind.SIGN_IN, "一直收不到短信", None)
    await world.container.services.checks.close(Caller(approver), str(row.node.id), CheckOutcome.LIFTED)
    assert "已经处理，请再试一次" in (await chat.pushes())[-1]


async def test_withdrawing(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    for said in ("异议 2", "1", "不是我的车", "提交"):
        await chat.say(said)
    await chat.say("确认")
    assert "恢复计分" in await chat.say("撤回")
    assert "请从下面选一项回复：\n【确认】撤回" in await chat.say("什么")
    assert "已撤回 D-2026-000001" in await chat.say("确认")
    assert "已撤回" in await chat.say("进度")
    assert "500" in await chat.say("查询")


async def test_optional_items_go_off_and_on(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    assert "1. 志愿服务满20小时：开" in await chat.say("可选")
    assert "请回复列表里的编号" in await chat.say("99")
    assert "已关闭：志愿服务满20小时" in await chat.say("1")
    assert "490" in await chat.say("查询")
    assert "您已关闭" in await chat.say("明细")
    await chat.say("可选")
    assert "已打开" in await chat.say("1")
    assert "可选项目" in await chat.say("历史")


async def test_benefits_before_and_after_joining(world: World) -> None:
    chat = Chat(world)
    assert "普通渠道：交押金100元" in await chat.say("权益")
    await world.enrol(FAN)
    assert "差 100" in await chat.say("权益")
    assert "这项优惠现在还用不了，普通渠道照常可用：交押金100元" in await chat.say("1")
    assert "请回复 1–5" in await chat.say("9")


async def test_lines_to_the_end_and_wrong_numbers(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    chat = Chat(world)
    await chat.say("明细")
    assert "最后一页" in await chat.say("更多")
    assert "请回复明细里的编号" in await chat.say("第几项")
    assert "请回复明细里的编号" in await chat.say("77")


async def test_binding_again_and_when_bound(world: World) -> None:
    await world.enrol(YING)
    chat = Chat(world)
    assert "已经绑定" in await chat.say("绑定")
    assert "欢迎回来，陈*" in await chat.follow()


async def test_a_mismatch_never_says_which_part_was_wrong(world: World) -> None:
    await world.register(YING)
    chat = Chat(world)
    for said in ("绑定", "1", "王小明", YING.id_number):
        await chat.say(said)
    first = await chat.say(YING.phone)
    for said in (YING.name, FAN.id_number):
        await chat.say(said)
    second = await chat.say(YING.phone)
    assert first.split("http")[0] == second.split("http")[0]
    assert "没有对上" in first
    assert "回复姓名" in first


async def test_the_code_can_be_sent_again(world: World) -> None:
    await world.register(YING)
    chat = Chat(world)
    for said in ("绑定", "1", YING.name, YING.id_number, YING.phone):
        await chat.say(said)
    first = await world.last_code()
    assert "验证码已发到" in await chat.say("重发")
    second = await world.last_code()
    if first != second:
        assert "还可以试4次" in await chat.say(first)
    assert "绑定成功" in await chat.say(second)


async def test_a_newer_score_is_told_with_its_cause(world: World) -> None:
    await world.enrol(YING, *RECORDS)
    assert "上次看" not in await Chat(world).say("查询")
    world.clock.advance(days=10)
    score = await Chat(world).say("查询")
    assert "比您上次看（2026年11月23日）+10：违法停车处罚逾期未缴 +10" in score.split("\n")[1]
    assert "有记录到期或开始计分" in await Chat(world).say("历史")


async def test_a_tap_on_a_pass_opens_the_pass_and_never_the_score(world: World) -> None:
    await world.enrol(YING, *(record("honours.government", f"2026-0{n}-01", f"H{n}") for n in range(1, 5)))
    bot = Dispatcher(world.container)
    await bot.receive(message("权益", 1))
    card = await bot.receive(message("1", 2))
    assert isinstance(card, News)
    assert "/h5/passes/" in card.url
    await log_in(world)
    page = await world.http.get(card.url)
    assert (page.status_code, 'class="qr"' in page.text) == (200, True)
