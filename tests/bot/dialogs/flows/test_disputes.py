"""进度, 撤回, 补充, 复核, by playing both sides: of several disputes, the one that is meant."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogs.engine import take_turn
from bot.dialogs.flow import Data
from tests.bot.dialogs.api import TEXT, Api, talk


def dispute(number: int, state: str, **values: Any) -> Data:
    node = {"id": f"id{number}", "number": f"D-2026-{number:06d}", "state": state, "subject": TEXT, "points": -10}
    node |= {"dueOn": "2026-12-18", "workingDaysLeft": 9, "determination": None, "explanation": None, "lapsed": False}
    return (
        node
        | {
            "question": None,
            "canAppeal": False,
            "letterUrl": None,
            "receiptUrl": None,
            "firstAnswer": None,
            "evidence": [],
        }
        | values
    )


def api(*disputes: Data) -> Api:
    def done(name: str, number: str = "D-2026-000002") -> Data:
        return {name: {"dispute": {"number": number, "dueOn": "2026-12-18"}}}

    return Api(
        Disputes={"me": {"disputes": {"edges": [{"node": one} for one in disputes]}, "repairs": {"edges": []}}},
        WithdrawDispute=done("withdrawDispute"),
        SupplyDispute=done("supplyDispute"),
        AppealDispute=done("appealDispute"),
        OpenEvidenceForm={"openEvidenceForm": {"refusalCode": "NOT_ENROLLED"}},
    )


OPEN = dispute(1, "SUBMITTED"), dispute(2, "UNDER_REVIEW")
ASKED = dispute(1, "AWAITING_CITIZEN", question="哪一天？"), dispute(2, "AWAITING_CITIZEN", question="在哪里？")
DECIDED = dispute(1, "RESOLVED", canAppeal=True), dispute(2, "REJECTED", canAppeal=True)
SEVERAL = [
    ("撤回", OPEN, ("确认",), "WithdrawDispute"),
    ("补充", ASKED, ("我说明一下", "提交", "确认"), "SupplyDispute"),
    ("复核", DECIDED, ("不服", "确认"), "AppealDispute"),
]


@pytest.mark.parametrize(("word", "disputes", "after", "asked"), SEVERAL)
@pytest.mark.parametrize("choice", [("{word}", "2"), ("{word} 2",), ("{word}２",), ("{word} 9", "5", "2")])
async def test_of_several_the_chosen_one(
    word: str, disputes: tuple[Data, ...], after: tuple[str, ...], asked: str, choice: tuple[str, ...]
) -> None:
    played = api(*disputes)
    text, state = await talk(played, *(part.format(word=word) for part in choice))
    assert "D-2026-000002" in text
    await talk(played, *after, start=state)
    assert next(v["input"]["id"] for n, v in played.asked if n == asked) == "id2"


@pytest.mark.parametrize(("word", "disputes", "after", "asked"), SEVERAL)
async def test_of_one_nothing_is_asked(
    word: str, disputes: tuple[Data, ...], after: tuple[str, ...], asked: str
) -> None:
    played = api(disputes[0])
    await talk(played, word, *after)
    assert next(v["input"]["id"] for n, v in played.asked if n == asked) == "id1"


async def test_photos_for_one_dispute_do_not_come_along_with_another_but_wait_for_it() -> None:
    played = api(*ASKED)
    played.answers["KeepPhoto"] = {"keepPhoto": {"evidence": {"id": "photo"}}}
    state = (await talk(played, "补充", "1", "说明"))[1]
    state = (await take_turn(state, None, played, "media")).conversation
    other = (await talk(played, "返回", "返回", "2", "说明", "提交", start=state))[0]
    assert "D-2026-000002" in other
    assert "照片：0 张" in other
    back = (await talk(played, "返回", "返回", "2", "返回", "1", "说明", "提交", start=state))[0]
    assert "照片：1 张" in back


async def test_where_none_is_left_meanwhile_it_says_so() -> None:
    state = (await talk(api(*OPEN), "撤回"))[1]
    text, state = await talk(api(), "1", start=state)
    assert "没有正在办" in text
    assert state.flow is None


@pytest.mark.parametrize(("word", "expected"), [("撤回", "没有正在办"), ("补充", "没有需要"), ("复核", "没有可以复核")])
async def test_where_there_is_none_it_says_so(word: str, expected: str) -> None:
    text, state = await talk(api(), word)
    assert expected in text
    assert state.flow is None


async def test_every_dispute_is_in_the_list_however_many_there_are() -> None:
    played = api(*(dispute(number, "WITHDRAWN") for number in range(1, 60)))
    text, state = await talk(played, "进度")
    while state.more:
        more, state = await talk(played, "更多", start=state)
        text += more
    assert all(f"D-2026-{number:06d}" in text for number in range(1, 60))
