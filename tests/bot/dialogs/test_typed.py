"""What is typed in a chat, in one form: numbers, confirmations, traditional characters."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.dialogs.commands import GLOBAL, UTTERANCES
from bot.dialogs.evidence import YES
from bot.dialogs.flows import FLOWS
from bot.dialogs.typed import TRADITIONAL, choice, confirms, decided, number, plain, without_label
from bot.phrases import catalogue
from bot.wechat.menu import menu
from tests.bot.dialogs.api import AROUND
from tests.support.paths import TABLES

INVISIBLE = "\u200b\u200d\u202d\u2068\ufeff\u00ad\u3164\u2800\ufe0f\u001d\x02\U000e0041"
SAME: str = tomllib.loads((TABLES / "traditional.toml").read_text("utf-8"))["same"]


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "1",
            "１",
            "①",
            "一",
            " 1 ",
            "【1】",
            "1️⃣",
            "1、",
            "1.",
            "1。",
            "（1）",
            "1)",
            "⒈",
            "㈠",
            "❶",
            "1号",
            "第1项",
            "第一个",
        ),
        *("选1", "選1", "我选1", "选择1", "选项1", "选一", "回复1", "1😊", "1！", "1\u200b", "option 1", "No. 1"),
    ],
)
def test_one_is_one_however_it_is_typed(typed: str) -> None:
    assert number(typed) == 1
    assert choice(typed) == "1"


@pytest.mark.parametrize(("typed", "meant"), [("十", 10), ("十二", 12), ("二十", 20), ("三十五", 35), ("选十", 10)])
def test_numbers_above_nine_are_read_in_words(typed: str, meant: int) -> None:
    assert number(typed) == meant


@pytest.mark.parametrize("typed", ["", "1a", "-1", "−1", "1.5", "1,5", "1000", "壹", "选", "1和2", "一下", "十十"])
def test_what_is_no_number(typed: str) -> None:
    assert number(typed) is None


BESIDE_A_YES = [
    "“确认”",
    "👌确认",
    "确认👍🏻",
    "确认 🙏 [强]",
    "确认/:ok",
    "确认[微笑]",
    "确认/::)",
    "确认…",
    "「确认」",
]


@pytest.mark.parametrize(
    "typed", ["确认", "確認", "确认！", "确认。", "【确认】", "确认😊", "确认[OK]", "Confirm", "ＹＥＳ", *BESIDE_A_YES]
)
def test_what_confirms(typed: str) -> None:
    assert confirms(typed, YES)


@pytest.mark.parametrize(
    "typed", ["确认？", "确认?", "confirm?", "不确认", "确认吗", "确认什么", "没确认", "请确认一下"]
)
def test_a_question_and_a_no_confirm_nothing(typed: str) -> None:
    assert not confirms(typed, YES)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("word", ["确认", "提交", "yes", "1", "①"])
def test_a_sign_that_asks_or_refuses_confirms_nothing_and_decides_nothing(word: str, around: str) -> None:
    assert not confirms(around.format(word), (*YES, "1"))
    assert decided(around.format(word)) is None


@pytest.mark.parametrize("typed", ["1", "①", "1️⃣", "1、", "（1）", "1👌", "第1项", "选1", "我选1吧"])
def test_a_number_alone_decides(typed: str) -> None:
    assert decided(typed) == 1


def own_words() -> set[str]:
    """Every word that the bot compares with what is typed."""
    table = tomllib.loads(UTTERANCES.read_text("utf-8"))
    words = {word for words in GLOBAL.values() for word in words} | {*table["before"], *table["after"], *YES}
    words |= {*table["colloquial"], *table["colloquial"].values()}
    words |= {word for one in table["intent"] for word in one["said"]}
    words |= {word for flow in FLOWS.values() for word in (*flow.words, *flow.confirms)}
    words |= {text for key, text in catalogue("zh").items() if key.startswith("reason.")}
    return words | {entry.name for button in menu() for entry in button.entries}


HAN = sorted({char for word in own_words() for char in word if "\u3400" <= char <= "\u9fff"})


@pytest.mark.parametrize("char", HAN)
def test_each_character_of_our_words_is_known_in_traditional_writing(char: str) -> None:
    """Either it is its own traditional form, and Big5 has it, or the table has that form."""
    assert (char in TRADITIONAL) != (char in SAME)
    if char in SAME:
        assert char.encode("big5")


def test_the_table_holds_traditional_forms_of_our_own_words_and_nothing_else() -> None:
    assert set(TRADITIONAL) <= set(HAN)
    forms = "".join(TRADITIONAL.values())
    assert len(set(forms)) == len(forms)
    assert not set(forms) & set(HAN)


@given(st.sampled_from(sorted(own_words())), st.sampled_from(INVISIBLE), st.integers(0, 10))
def test_an_invisible_character_anywhere_changes_no_word(word: str, char: str, place: int) -> None:
    assert plain(word[:place] + char + word[place:]) == plain(word)


@example("-\u0345\ufffd")
@given(st.text(max_size=40))
def test_one_form_stays_one_form(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("姓名：陈小萤", "陈小萤"),
        ("我叫陈小萤。", "陈小萤。"),
        ("【我叫 陈小萤】", "陈小萤】"),
        ("我的名字是陈小萤", "陈小萤"),
        ("My name is Mary Ann", "Mary Ann"),
        ("身份证号：350199199001010015", "350199199001010015"),
        ("我的身份证号码是 350199199001010015", "350199199001010015"),
        ("手机13900005678", "13900005678"),
        ("手机号码：139 0000 5678", "139 0000 5678"),
        ("陈小萤", "陈小萤"),
        ("Idris Name", "Idris Name"),
        ("我叫Isabel Wong", "Isabel Wong"),
        ("我叫 Isabel Wong", "Isabel Wong"),
        ("我是Isaac", "Isaac"),
        ("我是Is'haq", "Is'haq"),
        ("我叫是玉华", "是玉华"),
        ("我是为民强", "为民强"),
        ("我叫：是玉华", "是玉华"),
        ("姓名Isabel", "Isabel"),
        ("姓名：Isabel", "Isabel"),
        ("姓名 is Isabel", "Isabel"),
        ("名字Işıl", "Işıl"),
        ("name is Isabel", "Isabel"),
        ("Name: Isabel", "Isabel"),
        ("name isabel", "name isabel"),
        ("Name Isıl", "Name Isıl"),
        ("ID number is350199199001010015", "350199199001010015"),
        ("姓名", "姓名"),
    ],
)
def test_the_name_of_a_field_is_no_part_of_what_it_holds(said: str, typed: str) -> None:
    assert without_label(said) == typed
