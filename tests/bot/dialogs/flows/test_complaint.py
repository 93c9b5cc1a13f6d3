"""少了记录, 算错了, 凭证被拒, 资料有误, 登录不了, 评价, by playing both sides."""

from __future__ import annotations

from typing import Any

import pytest

from bot.dialogs.flow import Data
from tests.bot.dialogs.api import HOME, TEXT, Api, talk

BOUND = {**HOME, "me": {"maskedName": "陈*"}}
POLICE, OFFICE = ({"code": code, "label": TEXT | {"zh": zh}} for code, zh in (("police", "交警"), ("office", "文明办")))


def rule(code: str, zh: str, *sources: Data) -> Data:
    return {"node": {"code": code, "optional": True, "label": TEXT | {"zh": zh}, "sources": list(sources)}}


CHOICES = {
    "scheme": {"rules": {"edges": [rule("hours", "志愿服务", OFFICE, POLICE), rule("blood", "献血", OFFICE)]}},
    "benefits": {"edges": [{"node": {"code": "library", "label": TEXT | {"zh": "借书"}, "partner": TEXT}}]},
}
FILED = {
    "id": "d",
    "number": "D-2026-000009",
    "state": "AWAITING_SOURCE",
    "dueOn": "2026-11-30",
    "source": {"label": TEXT | {"zh": "文明办"}},
}


class Desk(Api):
    """A person who is bound, before a desk that takes what is filed."""

    def __init__(self, **answers: Any) -> None:
        limits = {"mostCharacters": 500, "mostPhotos": 10, "today": "2026-11-23"}
        super().__init__(
            **{
                "Home": BOUND,
                "ComplaintChoices": CHOICES,
                "DisputeLimits": {"disputeLimits": limits},
                "OpenEvidenceForm": {"openEvidenceForm": {"refusalCode": "x", "message": TEXT}},
                "OpenComplaint": {"openComplaint": {"dispute": FILED}},
                "ReportSignIn": {"reportSignIn": {"received": True, "dueOn": "2026-12-14"}},
                **answers,
            }
        )

    def filed(self, name: str = "OpenComplaint") -> Data:
        """What was filed at last."""
        found: Data = next(v["input"] for n, v in reversed(self.asked) if n == name)
        return found


async def test_a_missing_record_names_kind_source_and_day() -> None:
    api = Desk()
    text, _ = await talk(api, "少了记录", "1", "1", "11月2日", "二十小时没有报上来", "提交")
    assert "姓名和身份证号" in text
    text, state = await talk(api, "少了记录", "1", "文明办", "昨天", "二十小时没有报上来", "提交", "确认")
    assert "D-2026-000009" in text
    assert "已同时请文明办核查" in text
    assert state.flow is None
    subject = {"missingRecord": {"rule": "hours", "source": "office", "day": "2026-11-22"}}
    assert api.filed() == {"subject": subject, "words": "二十小时没有报上来", "evidence": []}


async def test_a_kind_with_one_source_asks_for_none_and_another_kind_for_any() -> None:
    api = Desk()
    await talk(api, "漏报", "献血", "今天", "献血没有记录", "提交", "确认")
    assert api.filed()["subject"] == {"missingRecord": {"rule": "blood", "source": "office", "day": "2026-11-23"}}
    await talk(api, "漏报", "其他", "2", "2026-11-01", "表彰没有记录", "提交", "确认")
    assert api.filed()["subject"] == {"missingRecord": {"rule": None, "source": "police", "day": "2026-11-01"}}


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        (("算错了", "今天"), {"computation": {"day": "2026-11-23"}}),
        (
            ("凭证被拒", "1", "昨天"),
            {"refusedPass": {"benefit": "library", "partner": TEXT["zh"], "day": "2026-11-22"}},
        ),
        (("资料有误", "1"), {"data": {"aspect": "NAME"}}),
    ],
)
async def test_each_topic_is_filed_with_what_belongs_to_it(said: tuple[str, ...], subject: Data) -> None:
    api = Desk()
    await talk(api, *said, "请核对一下", "提交", "确认")
    assert api.filed()["subject"] == subject


async def test_a_rating_is_about_the_newest_answer_and_a_good_one_is_thanked_for() -> None:
    ended = {"id": "old", "number": "D-2026-000001", "state": "RESOLVED", "topic": "RECORD"}
    good = {"openComplaint": {"dispute": {**FILED, "state": "RESOLVED"}}}
    api = Desk(Disputes={"me": {"disputes": {"edges": [{"node": ended}]}}}, OpenComplaint=good)
    text, _ = await talk(api, "评价", "5", "很快很清楚", "确认")
    assert "谢谢您的评价" in text
    assert api.filed()["subject"] == {"service": {"dispute": "old", "rating": 5}}


async def test_who_is_not_bound_says_that_binding_fails_without_a_name() -> None:
    api = Desk(Home=HOME)
    text, _ = await talk(api, "绑定不了", "短信一直收不到", "确认")
    assert "最迟2026年12月14日" in text
    assert api.filed("ReportSignIn") == {"words": "短信一直收不到"}
    await talk(bound := Desk(), "登录不了", "换手机以后进不来", "确认")
    assert bound.filed()["subject"] == {"signIn": {"day": "2026-11-23"}}


async def test_a_day_to_come_or_that_is_no_day_is_asked_for_again() -> None:
    for said in ("明年", "2027-01-01", "13月40日"):
        text, state = await talk(Desk(), "算错了", said)
        assert "没看懂这个日期" in text
        assert state.step == "day"
