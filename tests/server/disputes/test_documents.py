"""What people write into a dispute: how long it may be, how its line breaks count, and which gaps are a template's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from schema.types.errors import RefusalCode, Refused
from scoring.disputes import WORDS_MAX
from server.disputes.documents import checked_words, citizen_words, staff_words
from server.disputes.templates import Template, templates, unfilled

KINDS: list[Callable[[str], str]] = [checked_words, citizen_words, staff_words]


def refused(check: Callable[[str], str], words: str) -> RefusalCode:
    with pytest.raises(Refused) as caught:
        check(words)
    return caught.value.code


@pytest.mark.parametrize("check", KINDS)
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028"], ids=["CRLF", "LF", "CR", "U+2028"])
def test_a_line_break_counts_once_however_it_is_written(check: Callable[[str], str], end: str) -> None:
    lines = ["九个字九个字九个字"] * 50
    assert check(end.join(lines) + "字") == "\n".join(lines) + "字"
    assert refused(check, end.join(lines) + "两字") is RefusalCode.WORDS_TOO_LONG


@pytest.mark.parametrize("check", KINDS)
@pytest.mark.parametrize("words", ["", " ", "\r\n", "　"])
def test_nothing_is_no_words(check: Callable[[str], str], words: str) -> None:
    assert refused(check, words) is RefusalCode.WORDS_NEEDED


def test_a_citizen_writes_at_least_two_characters() -> None:
    assert refused(citizen_words, "好") is RefusalCode.WORDS_NEEDED
    assert citizen_words("不是") == "不是"
    assert checked_words("好") == "好"
    assert len(citizen_words("字" * WORDS_MAX)) == WORDS_MAX


@pytest.mark.parametrize(
    "words",
    [
        "依据榕城管罚【2026】0123号，这条记录属实。",
        "请回复【补充】，发来过户单的照片。",
        "可以回复【人工】。",
        "【】",
        "【" + "字" * 60 + "】",
    ],
)
def test_brackets_of_ones_own_are_no_gap(words: str) -> None:
    assert staff_words(words) == words
    assert unfilled(words) is None


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name.en)
def test_a_template_is_not_sent_with_a_gap_of_its_own(template: Template) -> None:
    assert refused(staff_words, template.text) is RefusalCode.WORDS_UNFILLED
    for before in ("依据榕城管罚【2026】0123号。", "依据榕城管罚【2026 0123号，", "【"):
        assert refused(staff_words, before + template.text) is RefusalCode.WORDS_UNFILLED
    blanks = template.text.replace("】", " 】").replace("【", "【　")
    assert refused(staff_words, blanks) is RefusalCode.WORDS_UNFILLED
