"""What is doubtful changes nothing: a question, a no, an answer to another question; by playing both sides."""

from __future__ import annotations

import pytest

from bot.dialogs.engine import take_turn, tap
from bot.dialogs.flow import Conversation
from tests.bot.dialogs.api import AROUND, CHANGING, CONFIRM, ME, Api, talk


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("state", "word"), CHANGING, ids=[f"{state.flow} {word}" for state, word in CHANGING])
async def test_a_question_or_a_no_changes_nothing_and_is_asked_again(
    state: Conversation, word: str, around: str
) -> None:
    api = Api(**{name: {"me": ME} for name in ("Home", "Privacy", "Benefits")})
    _, after = await talk(api, around.format(word), start=state)
    assert (after.flow, after.step, after.data) == (state.flow, state.step, state.data)
    assert not [name for name, _ in api.asked if name not in ("Home", "Privacy", "Benefits")]


@pytest.mark.parametrize("said", ["取消？", "取消❓", "？取消", "取消[疑问]", "cancel?", "返回？", "返回🤔", "取消🙅"])
async def test_a_question_about_a_word_that_loses_something_loses_nothing(said: str) -> None:
    text, after = await talk(Api(), said, start=CONFIRM)
    assert (after.step, after.data, after.history) == (CONFIRM.step, CONFIRM.data, CONFIRM.history)
    assert "还没有变动" in text
    assert "请确认" in text


@pytest.mark.parametrize("step", ["photos", "confirm"])
@pytest.mark.parametrize("said", ["算了", "不用了", "不用了，谢谢", "never mind"])
async def test_who_may_mean_something_else_is_told_how_to_stop_and_loses_nothing(said: str, step: str) -> None:
    page = {"openEvidenceForm": {"form": {"url": "https://egret.test/e", "box": "b"}}}
    state = CONFIRM.model_copy(update={"step": step})
    text, after = await talk(Api(OpenEvidenceForm=page), said, start=state)
    assert "要取消正在办的事" in text
    assert (after.step, after.data["words"]) == (step, "不是我")


@pytest.mark.parametrize("said", ["取消", "取消吧", "请取消", "取消。", "【取消】", "取消👌"])
async def test_a_word_that_cancels_cancels(said: str) -> None:
    assert (await talk(Api(), said, start=CONFIRM))[1].flow is None


@pytest.mark.parametrize(
    "said",
    [
        *(
            "确认",
            "提交",
            "确认撤回",
            "确认退出",
            "确认！",
            "是",
            "是的",
            "对",
            "好",
            "好的",
            "ok",
            "yes",
            "submit",
            "confirm",
        ),
        *(
            "submit",
            "confirm",
            "没有",
            "没有了",
            "done",
            "no",
            "确认❌",
            "确认？",
            "好的，提交",
            "1？",
            "1❓",
            "2？",
            "1🤔",
            "1❌",
        ),
    ],
)
async def test_what_confirms_or_asks_is_no_answer_to_an_offer_and_has_it_repeated(said: str) -> None:
    offered = (await tap(CONFIRM, "score", Api())).conversation
    assert offered.offered == "score"
    text, after = await talk(Api(), said, start=offered)
    assert "【1】" in text
    assert "【2】" in text
    assert (after.offered, after.step, after.data) == ("score", CONFIRM.step, CONFIRM.data)


@pytest.mark.parametrize("said", ["1", "2", "确认"])
async def test_an_offer_is_over_after_a_long_silence_and_the_open_question_comes_again(said: str) -> None:
    offered = (await tap(CONFIRM, "score", Api())).conversation
    turn = await take_turn(offered, said, Api(), paused=True)
    assert "请确认" in (turn.text or "")
    assert (turn.conversation.offered, turn.conversation.data) == (None, CONFIRM.data)
