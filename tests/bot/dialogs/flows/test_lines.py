"""明细, by playing both sides: page after page, one line, and back to where it was."""

from __future__ import annotations

from typing import Any

from bot.dialogs.flow import Data
from bot.dialogs.flows.score import PAGE
from tests.bot.dialogs.api import TEXT, Api, talk

COUNT = 2 * PAGE + 3


def line(number: int) -> Data:
    node = {"position": number, "kind": "RECORD", "points": 5, "label": TEXT, "source": {"label": TEXT}}
    node |= {
        "documentNumber": f"文{number}号",
        "rule": {"code": "r"},
        "legalBasis": "条例",
        "provenance": "ILLUSTRATIVE",
        "record": None,
    }
    dates = ("occurredOn", "countsFrom", "expiresOn")
    return {"node": node | dict.fromkeys(dates, "2026-09-01")}


class Score(Api):
    """A score with more lines than a page."""

    async def __call__(self, name: str, variables: Data) -> Data:
        begin = int(variables.get("after") or 0)
        end = min(begin + variables.get("first", 0), COUNT)
        page: dict[str, Any] = {"hasNextPage": end < COUNT, "endCursor": str(end)}
        lines = {"edges": [line(n + 1) for n in range(begin, end)], "pageInfo": page}
        self.answers["Lines"] = {"me": {"score": {"value": 700, "lines": lines, "withheld": {"edges": []}}}}
        return await super().__call__(name, variables)


def numbers(text: str) -> list[int]:
    return [n for n in range(1, COUNT + 1) if f"\n{n}. " in f"\n{text}"]


async def test_more_leads_to_the_next_page_until_the_last() -> None:
    text, state = await talk(Score(), "明细")
    seen = numbers(text)
    for _ in range(2):
        text, state = await talk(Score(), "更多", start=state)
        seen += numbers(text)
    assert seen == list(range(1, COUNT + 1))
    assert "最后一页" in (await talk(Score(), "更多", start=state))[0]


async def test_help_shows_the_same_page_again() -> None:
    second, state = await talk(Score(), "明细", "更多")
    again, _ = await talk(Score(), "帮助", start=state)
    assert numbers(again) == numbers(second)


async def test_back_from_a_line_leads_to_its_page() -> None:
    second, state = await talk(Score(), "明细", "更多")
    text, state = await talk(Score(), "12", start=state)
    assert "文12号" in text
    text, state = await talk(Score(), "3", start=state)
    assert "文3号" in text
    text, state = await talk(Score(), "返回", start=state)
    assert numbers(text) == numbers(second)


async def test_a_number_that_no_line_has_is_told_and_another_can_follow() -> None:
    text, state = await talk(Score(), "明细", "99")
    assert "请回复明细里的编号" in text
    assert "文2号" in (await talk(Score(), "2", start=state))[0]
