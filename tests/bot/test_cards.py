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
    assert {"茉莉分", "702", "良好", "0", "1000"} <= set(texts(svg))
    assert drawn(svg).attrib["aria-label"] == FACE.text
    assert "还差 48" in FACE.text


@pytest.mark.parametrize("value", [-50, 0, 1, 500, 1000, 1200])
def test_the_dial_never_leaves_its_scale(value: int) -> None:
    face = CardFace("茉莉分", value, 0, 1000, "良好", "今天", ())
    arcs = [e for e in drawn(score_card(face)).iter() if e.tag.endswith("path")]
    assert len(arcs) == (1 if value <= 0 else 2)


@pytest.mark.parametrize("note", ["长" * 200, "word " * 60, "W" * 300])
def test_a_long_note_is_cut_to_three_lines(note: str) -> None:
    face = CardFace("茉莉分", 702, 0, 1000, "良好", "今天", (note,))
    assert len(texts(score_card(face))) <= 6 + 3


def test_what_stands_in_a_card_cannot_become_markup() -> None:
    face = CardFace("<script>", 1, 0, 2, 'a" onload="x', "]]>", ("<a href='x'>&",))
    assert {"<script>", "]]>", "<a href='x'>&"} <= set(texts(score_card(face)))


def test_a_pass_has_its_code_in_words_too() -> None:
    assert "7KQ4-92MD" in texts(pass_card("图书馆免押金借书", "7KQ4-92MD", "10分钟内有效"))
