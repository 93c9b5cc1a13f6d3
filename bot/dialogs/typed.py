"""What is typed in a chat, in one form, in which commands, choices and confirmations are compared; own words are not.

First `scoring.identity.text`, as for names and numbers: nothing invisible, NFKC, single blanks. Then what people put
around a word: faces, punctuation, brackets as in our own prompts. Traditional characters become simplified ones, as far
as words of the bot have them (`traditional.toml`; a test holds that none is missing).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from scoring.identity.numbers import SPOKEN_DIGITS, holds_id_number
from scoring.identity.text import plain_text, visible

__all__ = [
    "choice",
    "confirms",
    "decided",
    "holds_id_number",
    "is_bare",
    "led_by_number",
    "number",
    "plain",
    "plain_text",
    "visible",
    "without_label",
    "without_numbers",
]

TRADITIONAL: dict[str, str] = tomllib.loads(Path(__file__).with_name("traditional.toml").read_text("utf-8"))
"""By simplified character those that stand for it."""
_SIMPLIFIED = str.maketrans({old: new for new, olds in TRADITIONAL.items() for old in olds})
_FACES = re.compile(r"(?<=[^\s\[])(?: ?(?:\[[^\[\]\s]{1,12}\]|/:[^\s/]{1,8})[^\w\[\]/]*)+$")
"""WeChat's own faces behind a word: they come as [微笑] or /::)."""
_AFFIRMATIVE = (
    *("👌", "👍", "✅", "☑", "✔", "🙏", "🤝", "💪", "❤", "🌹", "☺", "🙂", "😊", "😀", "😃", "😄", "😁"),
    *("[ok]", "[强]", "[微笑]", "[愉快]", "[呲牙]", "[憨笑]", "[合十]", "[抱拳]", "[握手]", "[玫瑰]", "[好的]"),
    *("[thumbsup]", "[smile]", "/:ok", "/:strong", "/:share", "/:@)", "/:rose", "/::)", "/::d", "/::p"),
)
"""Faces that may stand beside a word without changing it; any other may ask, or say no."""
_AROUND = (
    "(?:"
    + "|".join(map(re.escape, _AFFIRMATIVE))
    + r"|[ .。!,，、…~\[\]{}()<>【】〖〗「」『』《》〈〉“”‘’\"'\u20e3\U0001f3fb-\U0001f3ff])*+"
)
_BARE = re.compile(rf"{_AROUND}(.*?){_AROUND}", re.DOTALL)
_LONGEST_BARE = 80
"""No word of ours comes near, with all that may stand around it."""
_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_LED = re.compile(
    r"(第?[0-9０-９①-⑩一二三四五六七八九十]{1,3}[号项条]?)(?:[ \u3000]+|[、，,.。．:：] ?(?!\d))"
    r"(?![年月日号点个次天元块张分辆])(.+)",
    re.DOTALL,
)
FIELDS = (
    *("姓名", "名字", "公民身份号码", "居民身份证", "身份证号码", "身份证号", "身份证", "证件号码", "证件号"),
    *("手机号码", "手机号", "手机", "电话号码", "电话"),
)
"""What people call what they are asked for."""
_IS = r"(?:是|为|is(?![a-zà-ɏ'’]))"
_LABEL = re.compile(
    rf"\A[【\[「“\"(（]*(?:我叫|我是|(?:我的|本人)?(?:{'|'.join(FIELDS)})(?:号码|号)? ?{_IS}?"
    rf"|(?:my )?(?:name|id number|id|phone number|phone|mobile) ?(?:{_IS}|(?=[:：])))"
    r" ?[:：]?[ \u3000]*",
    re.IGNORECASE,
)
_DIGITS = dict(zip("零一二三四五六七八九", range(10), strict=True)) | {"两": 2}
_DIGIT = f"0-9{SPOKEN_DIGITS}"
_LONG_NUMBER = re.compile(rf"[{_DIGIT}][{_DIGIT} X\-.,，、。·/]{{4,}}[{_DIGIT}X]", re.IGNORECASE)
_TENS = re.compile(r"([一二三四五六七八九]?)十([一二三四五六七八九]?)")
_CHOICE = re.compile(
    r"(?:我?[想要]?选[择项]?|回复|编号|序号|option|number|no\.?)?第? ?"
    r"([0-9]{1,3}|[一二两三四五六七八九十]{1,3}) ?[号个项条种]?吧?"
)


@lru_cache(maxsize=1)
def plain(said: str) -> str:
    """What was typed, in its one form; a number alone is in digits. One turn asks several times, of the same text."""
    text = _BETWEEN_HAN.sub("", _FACES.sub("", plain_text(said)))
    text = _without_edges(text.translate(_SIMPLIFIED).casefold())
    if len(text) == 1 and not text.isascii():
        digit = _DIGITS.get(text, unicodedata.digit(text, None))
        return text if digit is None else str(digit)
    return "10" if text == "十" else text


def without_label(said: str) -> str:
    """What was typed or spoken without the name of the field in front: 姓名：陈小萤, 我叫陈小萤, 手机号是139…."""
    text = visible(said).strip()
    return _LABEL.sub("", text) or said


def without_numbers(said: str) -> str:
    """What was spoken, without numbers as long as those of a person, in digits or spoken one by one."""
    return _LONG_NUMBER.sub("…", plain_text(said))


def number(said: str) -> int | None:
    """1, １, ①, 一, 1️⃣, 1、, 第1项 and 选1 are the same; 0 to 999."""
    found = _CHOICE.fullmatch(plain(said))
    if found is None:
        return None
    if (digits := found[1]).isdigit():
        return int(digits)
    if digits in _DIGITS:
        return _DIGITS[digits]
    tens = _TENS.fullmatch(digits)
    return None if tens is None else 10 * _DIGITS.get(tens[1], 1) + _DIGITS.get(tens[2], 0)


def led_by_number(said: str) -> tuple[int, str] | None:
    """A number and the words behind it: 2 这辆车已经卖了. What counts or dates something leads nothing: 2 月卖的."""
    found = _LED.fullmatch(visible(said).strip())
    return None if found is None or (led := number(found[1])) is None else (led, found[2])


def choice(said: str) -> str:
    """A choice as its number, or the word that was typed instead of one."""
    chosen = number(said)
    return plain(said) if chosen is None else str(chosen)


def is_bare(said: str) -> bool:
    """Whether nothing stands around what was typed but blanks, stops, brackets, quotes and affirmative faces.

    Only what is bare changes anything: 取消？, 1❓ and 确认🙅 ask or say no.
    """
    text = plain_text(said).casefold()
    found = _BARE.fullmatch(text) if len(text) <= _LONGEST_BARE else None
    if found is None or _FACES.search(found[1]):
        return False
    return _without_edges(found[1]) == found[1] and plain(found[1]) == plain(said)


def decided(said: str) -> int | None:
    """The number of a choice that changes something; None where it was not typed bare."""
    return number(said) if is_bare(said) else None


def confirms(said: str, words: Collection[str]) -> bool:
    """Whether one of these words was typed, and typed bare: 确认？ asks, 确认❌ says no, and neither does anything."""
    return choice(said) in words and is_bare(said)


def _without_edges(text: str) -> str:
    """Without blanks, punctuation, symbols and marks at both ends, where there is anything else."""
    if text[:1].isalnum() and text[-1:].isalnum():
        return text
    start, end = 0, len(text)
    while start < end and _is_edge(text[start]) and not _is_sign(text, start):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return text[start:end] or text


def _is_edge(char: str) -> bool:
    return not char.isalnum() and unicodedata.category(char)[0] in "PSZM"


def _is_sign(text: str, place: int) -> bool:
    """A minus in front of a digit makes another number of it."""
    return text[place] in "-−" and text[place + 1 : place + 2].isdigit()
