"""Refusals: each code has a sentence in both languages that fills its blanks."""

from __future__ import annotations

from typing import Any

import pytest

from schema.api.refusals import type_of
from schema.types.errors import RefusalCode, Refused, _sentences, as_error
from scoring.dated import Text

VALUES: dict[str, Any] = {
    "detail": "x",
    "length": 17,
    "minutes": 15,
    "seconds": 30,
    "left": 4,
    "number": "D-1",
    "most": 500,
    "scope": "records:deliver",
    "gap": "【日期】",
    "reason": "too_early",
    "earliest": Text(zh="2027年1月1日", en="1 Jan 2027"),
    "route": Text(zh="普通窗口", en="the counter"),
    "why": Text(zh="您是当事人。", en="the case is about you."),
    "account": "chen",
    "until": Text(zh="2026年11月30日 15:04", en="30 Nov 2026, 15:04"),
}


@pytest.mark.parametrize("code", RefusalCode)
def test_every_code_has_a_sentence(code: RefusalCode) -> None:
    message = type_of(code)(refused=Refused(code, **VALUES)).message()
    assert "{" not in message.zh + message.en
    assert len(message.zh) > 5


def test_there_is_no_sentence_without_a_code() -> None:
    assert _sentences().keys() == RefusalCode.__members__.keys()


def test_details_come_in_the_readers_language() -> None:
    refused = Refused(RefusalCode.BENEFIT_NOT_OPEN, route=VALUES["route"])
    assert "the counter" in refused.sentence("en")
    assert "普通窗口" in refused.sentence("zh")


def test_as_an_error_the_code_is_an_extension() -> None:
    assert as_error(Refused(RefusalCode.NOT_FOUND)).extensions == {"code": "NOT_FOUND"}
