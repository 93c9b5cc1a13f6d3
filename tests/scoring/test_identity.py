"""Resident identity: what is accepted, what is refused, and with which reason."""

from __future__ import annotations

import sys
import tomllib
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.identity import (
    Identity,
    InvalidIdentityError,
    age_on,
    check_character,
    mask_id_number,
    mask_name,
    mask_phone,
    normal_id_number,
    normal_identity,
    normal_name,
    normal_phone,
    parse_adult_id_number,
    parse_code,
    parse_id_number,
    parse_identity,
    parse_name,
    parse_phone,
)
from scoring.identity.documents import PERMIT_REGIONS, Document, document_of
from scoring.identity.numbers import holds_id_number
from scoring.identity.text import plain_text, visible
from scoring.rejections import sentence_of_number
from tests.support.paths import TABLES

PAIRS = tomllib.loads((TABLES / "identity.toml").read_text("utf-8"))
NORMAL = {"name": normal_name, "id_number": normal_id_number, "phone": normal_phone}
BLANK = set("\t\n\v\f\r\x85")
INVISIBLE = [
    c
    for c in map(chr, range(sys.maxunicode + 1))
    if (unicodedata.category(c) in ("Cc", "Cf") and c not in BLANK)
    or unicodedata.name(c, "").startswith(("VARIATION SELECTOR", "TAG "))
    or c in "\u034f\u115f\u1160\u2800\u3164\uffa0"
]
PERSON = Identity("张三", "350199199001010015", "13900005678")

ON = date(2026, 11, 23)
GOOD = "350199199001010015"
PHONES = ["13900005678", "+86 139 0000 5678", "86-13900005678", "１３９００００５６７８", "008613900005678"]


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_examples_of_the_standard_have_the_right_check_character(number: str) -> None:
    assert check_character(number[:17]) == number[17]


@pytest.mark.parametrize(
    "typed",
    [GOOD, " 350199 19900101 0015 ", "350199-19900101-0015", "３５０１９９１９９００１０１００１５"],
)
def test_spaces_hyphens_and_full_width_digits_are_accepted(typed: str) -> None:
    assert parse_id_number(typed, on=ON) == GOOD


def test_a_small_x_is_made_large() -> None:
    number = next(first + "X" for n in range(100) if check_character(first := f"35019919900101{n:03d}") == "X")
    assert parse_id_number(number.lower(), on=ON) == number


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("35019919900101001", "id_length"),
        ("3501991990010100155", "id_length"),
        ("", "id_length"),
        ("350199900101001", "id_fifteen"),
        ("35019990010100Q", "id_length"),
        ("35019919900101001A", "id_characters"),
        ("X50199199001010015", "id_characters"),
        ("160199199001010015", "id_region"),
        ("990840199001010015", "id_region"),
        ("935156198503150010", "id_nationality"),
        ("935000198503150010", "id_nationality"),
        ("935840198502300010", "id_birth_date"),
        ("911840 19850315 0010", "id_check_digit"),
        ("９３５８４０１９８５０３１５００１Ｘ", "id_check_digit"),
        ("93584019850315001", "id_length"),
        ("93584019850315001A", "id_characters"),
        ("usa110085031501", "id_permanent_residence"),
        ("810100199001010015", "id_region"),
        ("H12345678", "id_length"),
        ("350199199002300015", "id_birth_date"),
        ("350199209901010015", "id_birth_date"),
        ("350199199001010016", "id_check_digit"),
    ],
)
def test_each_fault_has_its_own_code(typed: str, code: str) -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number(typed, on=ON)
    assert caught.value.code == code


def numbered(first: str) -> str:
    """A made-up number of 18 characters."""
    return first + check_character(first)


NUMBERS = {
    Document.RESIDENCE_PERMIT: [numbered(f"{region}19900101001") for region in sorted(PERMIT_REGIONS)],
    Document.PERMANENT_RESIDENCE_CARD: [numbered(f"9{start}19850315001") for start in ("35840", "81276", "11999")],
}


@pytest.mark.parametrize(("document", "number"), [(d, n) for d, numbers in NUMBERS.items() for n in numbers])
def test_the_numbers_of_other_documents_are_taken(document: Document, number: str) -> None:
    assert parse_adult_id_number(f" {number[:6]} {number[6:14]} {number[14:].lower()}", on=ON) == number
    assert document_of(number) is document
    assert holds_id_number(number)
    assert holds_id_number(number[:9] + number[10:])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("8100001990010100", "港澳台居民居住证的号码应为18位（最后一位可能是X），这是16位。"),
        ("810100199001010015", "810000（香港）"),
        ("830000199002300010", "居住证号码里的出生日期"),
        ("820000199001010018", "港澳台居民居住证核对"),
        ("93584019850315001", "（以9开头，最后一位可能是X），这是17位。"),
        ("990840199001010015", "第2、3位应是省份代码"),
        ("935156198503150010", "国籍代码"),
        ("935840198502300010", "永久居留身份证号码里的出生日期"),
        ("935840198503150010", "外国人永久居留身份证核对"),
        ("m1234567890", "请填港澳台居民居住证上的18位号码"),
    ],
)
def test_a_wrong_number_gets_the_hint_of_its_document(typed: str, words: str) -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number(typed, on=ON)
    assert caught.value.hint is not None
    assert words in caught.value.hint.zh
    assert sentence_of_number(caught.value)[0] == "resident_document"


def test_a_wrong_number_of_an_identity_card_has_the_sentence_of_its_code() -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number("350199199001010016", on=ON)
    assert caught.value.hint is None
    assert sentence_of_number(caught.value)[0] == "id_check_digit"


def test_the_length_is_told() -> None:
    with pytest.raises(InvalidIdentityError) as caught:
        parse_id_number("3501", on=ON)
    assert caught.value.details == {"length": 4}


def test_one_is_of_age_on_the_eighteenth_birthday() -> None:
    first = "35019920081123001"
    number = first + check_character(first)
    assert parse_adult_id_number(number, on=date(2026, 11, 23)) == number
    with pytest.raises(InvalidIdentityError, match="under_age"):
        parse_adult_id_number(number, on=date(2026, 11, 22))


def test_born_on_a_leap_day_comes_of_age_on_the_first_of_march() -> None:
    assert age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 陈小萤 ", "陈小萤"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("𠮷田", "𠮷田"),
        ("Mary Ann", "MARY ANN"),
        ("张〇", "张〇"),
        ("\U00031350明", "\U00031350明"),
        ("\U0002ebf0明", "\U0002ebf0明"),
        ("\U000323b0明", "\U000323b0明"),
        ("\ufa0e明", "\ufa0e明"),
    ],
)
def test_names_are_brought_into_one_form(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize("typed", ["", "陈", "陈1", "陈" * 51, "陈;", "··", "😀😀", "①②", "㈱三", "Иван", "张\ue000"])
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(InvalidIdentityError, match="name_invalid"):
        parse_name(typed)


@pytest.mark.parametrize("char", [*map(chr, (*range(0x2E80, 0x2FE0), *range(0x2FF0, 0x3000), *range(0x31C0, 0x31F0)))])
def test_no_radical_or_stroke_is_dropped_from_a_name(char: str) -> None:
    assert len(normal_name(f"{char}小云")) == 3
    assert len(normal_name(f"小云{char}")) == 3


@pytest.mark.parametrize(
    "around", ["（{}）", "{}。", "「{}」", "{}？", "😊{}", "{}❤️", "{}👍🏽", "☆{}", "<{}>", "~{}~", "{}…"]
)
def test_punctuation_and_emoji_around_a_name_go(around: str) -> None:
    assert parse_name(around.format("马小云")) == "马小云"


@pytest.mark.parametrize("typed", PHONES)
def test_phones_are_brought_into_one_form(typed: str) -> None:
    assert parse_phone(typed) == "13900005678"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1390000567",
        "12900005678",
        "03900005678",
        "139000056789",
        "0086139000056789",
        "1390000567８9",
        "١٣٩٠٠٠٠٥٦٧٨",
    ],
)
def test_what_is_no_phone(typed: str) -> None:
    with pytest.raises(InvalidIdentityError, match="phone_invalid"):
        parse_phone(typed)


@pytest.mark.parametrize("pair", PAIRS["same"], ids=lambda p: p["what"])
def test_what_is_the_same_has_one_form(pair: dict[str, str]) -> None:
    normal = NORMAL[pair["field"]]
    assert normal(pair["typed"]) == normal(pair["held"]) == pair["held"]


@pytest.mark.parametrize("pair", PAIRS["different"], ids=lambda p: p["what"])
def test_what_differs_stays_different(pair: dict[str, str]) -> None:
    normal = NORMAL[pair["field"]]
    assert normal(pair["typed"]) != normal(pair["held"])


def test_the_golden_pairs_are_many() -> None:
    assert sum(map(len, PAIRS.values())) >= 60


def test_every_character_without_ink_is_invisible() -> None:
    assert visible("".join(INVISIBLE)) == ""


@given(st.sampled_from(INVISIBLE), st.integers(0, 18), st.sampled_from(["张三", "MARY ANN O'NEIL", "阿依古丽·买买提"]))
def test_an_invisible_character_anywhere_changes_nothing(char: str, place: int, name: str) -> None:
    def put(text: str) -> str:
        return text[:place] + char + text[place:]

    assert parse_name(put(name)) == name
    assert parse_id_number(put(GOOD), on=ON) == GOOD
    assert parse_phone(put("13900005678")) == "13900005678"
    assert parse_code(put("482913")) == "482913"


@given(st.text(max_size=40))
def test_one_form_stays_one_form(text: str) -> None:
    for normal in (normal_name, normal_id_number, normal_phone, plain_text):
        assert normal(normal(text)) == normal(text)


def test_a_person_of_a_register_has_the_same_form_as_the_one_who_binds() -> None:
    delivered = Identity("张　三", "350199 19900101 0015", "+86 139-0000-5678")
    assert normal_identity(delivered) == parse_identity("张 三", GOOD, "13900005678", on=ON) == PERSON


@pytest.mark.parametrize(
    "typed",
    [
        "482913",
        " 482 913 ",
        "4 8 2 9 1 3",
        "482-913",
        "４８２９１３",
        "验证码482913",
        "验证码 482 913，5分钟内有效",
        "【Egret】验证码 48 29 13，5分钟内有效。Your code is 48 29 13.",
        "验证码是：482913。",
        "my code is 482913",
        "【茉莉分】验证码 482913，5分钟内有效，请勿告诉他人。",
        "四八二九一三",
        "482913 482913",
        "\u202d482913\u202c",
    ],
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_code(typed) == "482913"


LONGER_ROWS = [
    *("139 000 056 78", "139-000-056-78", "123 456 789", "12 34 56 78", "订单 100 200 300", "1 2 3 4 5 6 7"),
    *("1 123 456", "123 456 7", "幺三九 零零零 零五六 七八", "手机 139 000 05678"),
]


@pytest.mark.parametrize(
    "typed",
    ["", "没收到", "350199 19900101 0015", "48291", "4829134", "482913 111111", "13900005678", GOOD, *LONGER_ROWS],
)
def test_what_is_no_code(typed: str) -> None:
    with pytest.raises(InvalidIdentityError, match="code_unreadable"):
        parse_code(typed)


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        f"我的身份证是{GOOD}",
        "350199 19900101 0015",
        "３５０１９９１９９００１０１００１５",
        "350199199001010016",
        "35019919900101001",
        "11010519491231002x",
        "350199900101001",
        "935840198503150010",
        "USA110085031501",
        f"陈小萤,{GOOD},13900005678",
        "我的身份证号是三五零一九九一九九零零一零一零零一五",
        "三五〇幺九九，幺九九〇，〇幺〇幺，〇〇幺五",
        "三五零一九九 1990 0101 零零一五",
        "一一零一零五一九四九一二三一零零二X",
    ],
)
def test_an_id_number_is_seen_in_what_was_said(said: str) -> None:
    assert holds_id_number(said)


@pytest.mark.parametrize(
    "said",
    ["查询", "13900005678", "D-2026-000127", "异议 3", "6222021234567890123", "2026-11-23", "幺三九零零零零五六七八"],
)
def test_other_numbers_are_no_id_numbers(said: str) -> None:
    assert not holds_id_number(said)


def test_nothing_personal_is_in_a_repr() -> None:
    person = parse_identity("陈小萤", GOOD, "13900005678", on=ON)
    assert repr(person) == "Identity(陈*, 3501**********0015)"
    assert person.born_on == date(1990, 1, 1)


def test_masks() -> None:
    assert mask_name("陈小萤") == "陈*"
    assert mask_id_number(GOOD) == "3501**********0015"
    assert mask_id_number("935840198503150013") == "935***********0013"
    assert mask_phone("13900005678") == "139****5678"


@given(st.text(max_size=40))
def test_any_text_is_accepted_or_refused_never_a_crash(text: str) -> None:
    for parse in (parse_name, parse_phone, lambda t: parse_id_number(t, on=ON)):
        try:
            parse(text)
        except InvalidIdentityError:
            continue


@given(st.integers(0, 16), st.integers(1, 9))
def test_a_single_mistyped_digit_is_always_found(place: int, shift: int) -> None:
    digit = str((int(GOOD[place]) + shift) % 10)
    with pytest.raises(InvalidIdentityError):
        parse_id_number(GOOD[:place] + digit + GOOD[place + 1 :], on=ON)


def test_identity_is_a_value() -> None:
    assert Identity("陈小萤", GOOD, "1") == Identity("陈小萤", GOOD, "1")
