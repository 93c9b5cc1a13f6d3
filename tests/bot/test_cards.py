"""Cards: the same figures as the words next to them, inside the picture, safe to draw."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from bot.cards import CardFace, pass_card, score_card

FACE = CardFace(
    "茉莉分", 702, 0, 1000, "良好", "2026年11月22日", ("现在能用的优惠：3 项", "下一项：住宿免押金（750），还差 48")
)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own picture


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter() if element.tag.endswith("text")]


def test_a_card_says_what_its_label_says() -> None:
    svg = score_card(FACE)
    assert {"茉莉分", "702", "良好", "现在能用的优惠：3 项"} <= set(texts(svg))
    assert drawn(svg).attrib["aria-label"] == FACE.text
    assert "还差 48" in FACE.text


@pytest.mark.parametrize("value", [-50, 0, 1, 500, 1000, 1200])
def test_the_bar_never_leaves_its_scale(value: int) -> None:
    face = CardFace("茉莉分", value, 0, 1000, "良好", "今天", ())
    whole, *filled = [float(e.attrib["width"]) for e in drawn(score_card(face)).iter() if "rx" in e.attrib]
    assert all(0 < width <= whole for width in filled)
    assert len(filled) == (value > 0)


@pytest.mark.parametrize(
    "note", ["自2026年9月30日以来 +12", "+12 since 30 Sep 2026", "长" * 200, "word " * 60, "W" * 300]
)
def test_a_card_is_one_column_with_one_line_that_can_be_read_in_a_bubble(note: str) -> None:
    svg = score_card(CardFace("茉莉分", 702, 0, 1000, "良好", "2026年11月22日", (note, "下一项")))
    line = [e for e in drawn(svg).iter() if e.attrib.get("font-size") == "48"]
    assert len(line) == 1
    assert "下一项" not in texts(svg)
    assert len((line[0].text or "").encode("gbk", "replace")) * 0.55 * 48 <= 900


@pytest.mark.parametrize(
    "svg",
    [
        score_card(FACE),
        pass_card("图书馆免押金借书" * 6, "7KQ4-92MD", "10分钟内有效，只能用一次"),
        pass_card("A", "B", "C"),
    ],
)
def test_nothing_stands_outside_of_what_a_bubble_shows(svg: str) -> None:
    for element in drawn(svg).iter():
        size = float(element.attrib.get("font-size", 0))
        if size:
            assert size >= 28
            assert 58 + size * 0.8 <= float(element.attrib["y"]) <= 442 - size * 0.2
        if element.tag.endswith("svg") and "y" in element.attrib:
            assert float(element.attrib["y"]) >= 58
            assert float(element.attrib["y"]) + float(element.attrib["height"]) <= 442


def test_what_stands_in_a_card_cannot_become_markup() -> None:
    face = CardFace("<script>", 1, 0, 2, 'a" onload="x', "]]>", ("<a href='x'>&", "second"))
    assert {"<script>", "]]>", "<a href='x'>&"} <= set(texts(score_card(face)))


def test_a_pass_has_its_code_in_words_too() -> None:
    assert "7KQ4-92MD" in texts(pass_card("图书馆免押金借书", "7KQ4-92MD", "10分钟内有效"))
