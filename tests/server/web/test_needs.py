"""What a field needs: what is taken, and the sentence that is said of anything else."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from server.disputes.complaints import past_day
from server.disputes.documents import citizen_words, staff_words
from server.web.needs import Check, a_day, given, in_words, one_of, wrong_in

PAST = a_day("h5.needed.day", partial(past_day, date(2026, 11, 30)))
CASES: list[tuple[Check, str, str | None]] = [
    (given("h5.needed.rule"), "other", None),
    (given("h5.needed.rule"), "", "请选择少了哪一类记录。"),
    (one_of(("1", "2"), "h5.needed.rating"), "2", None),
    (one_of(("1", "2"), "h5.needed.rating"), "3", "请选择办理得怎么样。"),
    (in_words(citizen_words, "h5.needed.words"), "不是我的车", None),
    (in_words(citizen_words, "h5.needed.words"), "我", "请用两个字以上说明情况。"),
    (in_words(citizen_words, "h5.needed.words"), "长" * 501, "说明最多500字，现在是501字，请精简后再发。"),
    (in_words(staff_words, "desk.needed.question"), "请补充【材料名称】", "模板里还有没填的空：【材料名称】"),
    (PAST, "2026-11-30", None),
    (PAST, "30.11.2026", "请填写日期。"),
    (PAST, "2026-12-01", "请填写今天或以前的日期，最早六年前。"),
]


@pytest.mark.parametrize(("check", "value", "said"), CASES)
def test_a_value_is_taken_or_it_is_said_what_is_wrong(check: Check, value: str, said: str | None) -> None:
    wrong = wrong_in({"field": f" {value} "}, {"field": check})
    assert {place: text.zh for place, text in wrong.items()} == ({} if said is None else {"field": said})


def test_a_field_is_named_by_its_place_on_the_page_and_a_missing_one_is_empty() -> None:
    wrong = wrong_in({}, {"words": given("h5.needed.words")}, {"words": "appeal-words"})
    assert wrong["appeal-words"].en == "Please say in a few words what is wrong."
