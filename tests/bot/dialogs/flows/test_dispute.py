"""异议, by playing both sides: nothing that someone sent is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogs.engine import take_turn
from bot.dialogs.flow import Conversation, Data
from bot.dialogs.flows.dispute import FINER
from scoring.disputes import REASONS
from tests.bot.dialogs.api import TEXT, Api, talk


def line(position: int, record: str) -> Data:
    node = {"position": position, "kind": "RECORD", "points": -10, "label": TEXT, "record": {"id": record}}
    return {"node": node | {"source": {"label": TEXT}}}


LINES = {
    "lines": {"edges": [line(1, "r1"), line(2, "r2")], "pageInfo": {"hasNextPage": False}},
    "withheld": {"edges": []},
}
FILED = {"dispute": {"number": "D-2026-000001", "points": -10, "dueOn": "2026-12-18", "receiptUrl": None}}


class Counter(Api):
    """With a page for files each time that it is asked, and with what was put onto each page."""

    def __init__(self, boxes: dict[str, list[str]] | None = None, **answers: Any) -> None:
        super().__init__(
            Lines={"me": {"score": LINES}},
            OpenDispute={"openDispute": FILED},
            Score={"me": {"score": {"value": 700}}},
            **answers,
        )
        self.boxes = boxes or {}
        self.pages = 0

    async def __call__(self, name: str, variables: Data) -> Data:
        if name == "OpenEvidenceForm":
            self.pages += 1
            form = {"url": "https://egret.test/e", "box": f"box{self.pages}"}
            self.answers[name] = {"openEvidenceForm": {"form": form}}
        if name == "KeepPhoto":
            self.answers[name] = {"keepPhoto": {"evidence": {"id": f"chat-{variables['input']['mediaId']}"}}}
        if name == "BoxedEvidence":
            edges = [{"node": {"id": one}} for one in self.boxes.get(variables["box"], [])]
            self.answers[name] = {"boxedEvidence": {"edges": edges}}
        return await super().__call__(name, variables)

    @property
    def evidence(self) -> list[str]:
        """What the dispute was filed with."""
        found: list[str] = next(v["input"]["evidence"] for n, v in self.asked if n == "OpenDispute")
        return found


async def at_photos(api: Api) -> Conversation:
    return (await talk(api, "异议 1", "1", "不是我的车"))[1]


async def sent(api: Api, state: Conversation, *photos: str) -> Conversation:
    for photo in photos:
        state = (await take_turn(state, None, api, photo)).conversation
    return state


@pytest.mark.parametrize(
    "between", [("帮助",), ("English", "中文"), (None,), ("提交", "返回"), ("返回", "不是我的车"), ()]
)
async def test_whatever_was_sent_or_put_onto_a_page_comes_along(between: tuple[str | None, ...]) -> None:
    api = Counter({"box1": ["page-1"]})
    state = await sent(api, await at_photos(api), "a")
    text, _ = await talk(api, *between, "提交", start=state)
    assert "照片：2 张" in text
    await talk(api, *between, "提交", "确认", start=state)
    assert api.evidence == ["chat-a", "page-1"]


async def test_photos_on_two_pages_come_along() -> None:
    api = Counter({"box1": ["one"], "box2": ["two"]})
    await talk(api, "帮助", "提交", "确认", start=await at_photos(api))
    assert api.evidence == ["one", "two"]


async def test_more_photos_than_allowed_are_told() -> None:
    api = Counter({"box1": ["one", "two"]})
    state = await sent(api, await at_photos(api), *"abcdefghi")
    text, state = await talk(api, "提交", start=state)
    assert "多出的 1 张没有附上" in text
    await talk(api, "确认", start=state)
    assert api.evidence == [*(f"chat-{letter}" for letter in "abcdefghi"), "one"]


async def test_photos_of_one_record_do_not_come_along_with_another() -> None:
    api = Counter()
    state = (await talk(api, "异议", "1", "1", "不是我的车"))[1]
    state = await sent(api, state, "a")
    await talk(api, "返回", "返回", "返回", "2", "1", "也不是我的车", "提交", "确认", start=state)
    assert api.evidence == []


async def test_photos_of_a_record_wait_while_another_is_chosen_by_mistake() -> None:
    api = Counter({"box1": ["page"]})
    state = (await talk(api, "异议", "1", "1", "不是我的车"))[1]
    state = await sent(api, state, "a")
    there = (await talk(api, "返回", "返回", "返回", "2", start=state))[1]
    assert (there.data["record"], there.data["photos"]) == ("r2", [])
    _, back = await talk(api, "返回", "1", "1", "不是我的车", start=there)
    await talk(api, "提交", "确认", start=back)
    assert api.evidence == ["chat-a", "page"]


async def test_another_record_after_photos_were_confirmed_has_none_of_them() -> None:
    api = Counter()
    state = await sent(api, (await talk(api, "异议", "1", "1", "不是我的车"))[1], "a")
    text, _ = await talk(
        api, "提交", "返回", "返回", "返回", "返回", "2", "返回", "2", "1", "也不是", "提交", start=state
    )
    assert "照片：0 张" in text


async def test_anyone_who_is_not_bound_is_told_so_also_with_a_number() -> None:
    text, state = await talk(Api(Lines={"me": None}), "异议 1")
    assert "绑定" in text
    assert state.flow is None


async def test_a_voice_message_where_photos_are_welcome_is_told_of_both() -> None:
    api = Counter()
    turn = await take_turn(await at_photos(api), None, api)
    assert "需要文字或照片" in (turn.text or "")
    assert turn.conversation.step == "photos"


async def test_a_photo_where_none_is_asked_for_is_kept_and_repeats_the_question() -> None:
    api = Counter()
    state = (await talk(api, "异议 1"))[1]
    turn = await take_turn(state, None, api, "media")
    assert "收到 1 张照片" in (turn.text or "")
    assert "需要文字" in (turn.text or "")
    assert turn.conversation.step == "reason"
    assert turn.conversation.data["photos"]


def test_the_chat_has_the_five_reasons_of_the_api_and_what_refines_them() -> None:
    assert {chosen.name: tuple(one.name for one in finer) for chosen, finer in REASONS.items()} == FINER


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("4", "DUPLICATE_OR_EXPIRED"),
        ("已过期", "DUPLICATE_OR_EXPIRED"),
        ("重复", "DUPLICATE_OR_EXPIRED"),
        ("5", "OTHER"),
    ],
)
async def test_what_is_said_more_exactly_is_one_of_the_five(said: str, reason: str) -> None:
    _, state = await talk(Counter(), "异议 1", said)
    assert state.data["reason"] == reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (("异议 1", "1", "这辆车八月已经卖了", "确认"), "NOT_MINE"),
        (("异议", "1", "这辆车八月已经卖了", "是的"), "OTHER"),
        (("异议", "1", "2 这辆车八月已经卖了", "确认"), "WRONG_FACTS"),
        (("异议", "1", "第3项，这辆车八月已经卖了", "确认"), "ALREADY_FULFILLED"),
        (("异议", "1 4", "这辆车八月已经卖了", "确认"), "DUPLICATE_OR_EXPIRED"),
        (("异议", "1 不是我", "这辆车八月已经卖了", "确认"), "NOT_MINE"),
        (("异议", "1：这辆车八月已经卖了", "确认"), "OTHER"),
        (("dispute", "1", "2 I sold this car in August", "confirm"), "WRONG_FACTS"),
    ],
)
async def test_from_the_bare_word_a_dispute_takes_four_messages(said: tuple[str, ...], reason: str) -> None:
    api = Counter()
    text, state = await talk(api, *said)
    assert len(said) <= 4
    assert "D-2026-000001" in text
    assert state.flow is None
    (filed,) = [asked["input"] for name, asked in api.asked if name == "OpenDispute"]
    assert filed["reason"] == reason
    assert filed["words"] in ("这辆车八月已经卖了", "I sold this car in August")


@pytest.mark.parametrize("said", ["1 ？", "1 5.5", "1 2 3", "1 ❓"])
async def test_a_number_with_what_is_no_reason_chooses_nothing(said: str) -> None:
    _, state = await talk(Counter(), "异议", said)
    assert state.step == "record"
    assert "record" not in state.data


@pytest.mark.parametrize("said", ["1.5", "2 ？", "9 这辆车八月已经卖了", "2 月已经卖了"])
async def test_what_only_looks_like_a_numbered_reason_is_none(said: str) -> None:
    _, state = await talk(Counter(), "异议 1", said)
    assert state.data.get("reason") in (None, "OTHER")


async def test_what_can_be_filed_is_shown_before_it_is_confirmed_with_photos_or_without() -> None:
    api = Counter({"box1": ["page"]})
    text, state = await talk(api, "异议 1", "1", "这辆车八月已经卖了")
    assert "请确认" in text
    assert "这辆车八月已经卖了" in text
    await talk(api, "确认", start=await sent(api, state, "a"))
    assert api.evidence == ["chat-a", "page"]


async def test_a_sentence_in_place_of_a_number_is_taken_as_the_words() -> None:
    text, state = await talk(Counter(), "异议 1", "这辆车八月已经卖了")
    assert (state.step, state.data["reason"]) == ("photos", "OTHER")
    assert "这辆车八月已经卖了" in text


@pytest.mark.parametrize("said", ["11", "嗯嗯", "事实不对？", "没有照片", "下一步"])
async def test_what_is_no_sentence_is_asked_again(said: str) -> None:
    text, state = await talk(Counter(), "异议 1", said)
    assert state.step == "reason"
    assert "例如 2（事实不对）" in text


async def test_more_photos_than_allowed_are_told_before_anything_is_filed() -> None:
    api = Counter({"box1": ["one", "two"]})
    text, state = await talk(api, "确认", start=await sent(api, await at_photos(api), *"abcdefghi"))
    assert "多出的 1 张没有附上" in text
    assert state.step == "confirm"


async def test_next_ends_the_photos() -> None:
    assert (await talk(Counter(), "异议 1", "1", "不是我的车", "下一步"))[1].step == "confirm"


async def test_who_disputes_a_gain_is_warned_before_it_is_filed() -> None:
    gain = {"node": line(1, "r1")["node"] | {"points": 40}}
    api = Counter()
    edges = [gain, line(2, "r2")]
    both = LINES | {"lines": {"edges": edges, "pageInfo": {"hasNextPage": False}}}
    api.answers["Lines"] = {"me": {"score": both}}
    text, _ = await talk(api, "异议")
    assert text.index("2. −10") < text.index("1. +40")
    text, _ = await talk(api, "异议", "1", "1", "重复记了两次")
    assert "这 +40 暂不计入" in text
    assert "暂不计入" not in (await talk(api, "异议", "2", "1", "重复记了两次"))[0]


async def test_a_record_that_is_disputed_already_is_told_with_its_number() -> None:
    open_one = line(3, "r3")["node"] | {"withheldReason": "DISPUTED", "until": None}
    api = Counter(Disputes={"me": {"disputes": {"edges": [{"node": {"number": "D-2026-000013", "subject": TEXT}}]}}})
    api.answers["Lines"] = {"me": {"score": LINES | {"withheld": {"edges": [{"node": open_one}]}}}}
    assert "第 3 项已在办理（D-2026-000013）" in (await talk(api, "异议 3"))[0]


@pytest.mark.parametrize("said", ["对", "是的", "好", "好的", "ok", "yes", "确定", "没问题"])
async def test_ordinary_words_confirm_where_a_confirmation_is_asked_and_only_there(said: str) -> None:
    api = Counter()
    assert "D-2026-000001" in (await talk(api, "异议 1", "1", "不是我的车", said))[0]
    for before in ((), ("异议",), ("异议 1",)):
        api = Counter()
        await talk(api, *before, said)
        assert "OpenDispute" not in [name for name, _ in api.asked]
