"""Pictures for the chat and the H5 page, as SVG of 900 by 500: the score card, and the code of a pass.

A card is drawn from the same data and phrases as the words next to it, so that it cannot say
anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import segno

from bot.phrases import day, local, phrase, points

WIDTH, HEIGHT = 900, 500
_CENTRE, _RADIUS, _STROKE = (250, 300), 170, 26
_INK, _QUIET, _GREEN, _TRACK, _PAPER = "#1c2321", "#5b6763", "#2f7d5b", "#e3ebe7", "#ffffff"
_LINE_UNITS = 16
"""How many Chinese characters fit next to the dial; a Latin one takes half of one."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card shows. `low` and `high` are the ends of the scale; `notes` stand next to the dial."""

    title: str
    value: int
    low: int
    high: int
    band: str
    day: str
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The same in words, for those who do not see the picture."""
        return "; ".join((f"{self.title} {self.value}", self.band, self.day, *self.notes))


def score_face(score: dict[str, Any], open_benefits: int, language: str) -> CardFace:
    """The face of a card, from the data of the `Score` operation."""
    notes = list[str]()
    if score["change"] is not None:
        since = day(language, score["change"]["since"])
        notes.append(phrase(language, "card.change", points=points(score["change"]["points"]), since=since))
    elif score["band"]["code"] == "newcomer":
        notes.append(phrase(language, "card.newcomer"))
    notes.append(phrase(language, "score.benefits_open", count=open_benefits))
    if (nearest := score["nextBenefit"]) is not None:
        benefit = nearest["benefit"]
        label = local(language, benefit["label"])
        least = benefit["least"]
        short_by = nearest["shortBy"]
        notes.append(phrase(language, "card.next", benefit=label, least=least, short_by=short_by))
    return CardFace(
        title=local(language, score["scheme"]["name"]),
        value=score["value"],
        low=score["lowest"],
        high=score["highest"],
        band=local(language, score["band"]["label"]),
        day=day(language, score["asOf"]),
        notes=tuple(notes),
    )


def pass_card(benefit: str, code: str, until: str) -> str:
    """A pass with its QR code; a scan gives the code and nothing else."""
    drawn = segno.make(code, error="m", micro=False)
    size = 330 // drawn.symbol_size(border=2)[0]
    edge = drawn.symbol_size(border=2)[0] * size
    squares = drawn.svg_inline(scale=size, border=2, omitsize=False)
    nested = squares.replace("<svg ", f'<svg x="{(WIDTH - edge) // 2}" y="84" ', 1)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        _text(WIDTH // 2, 60, 28, benefit, weight=700, anchor="middle"),
        nested,
        _text(WIDTH // 2, 450, 34, code, weight=700, anchor="middle"),
        _text(WIDTH // 2, 484, 20, until, fill=_QUIET, anchor="middle"),
    ]
    return _svg(f"{benefit} {code} {until}", "".join(parts))


def score_card(face: CardFace) -> str:
    """The card as a whole SVG document."""
    share = (face.value - face.low) / max(1, face.high - face.low)
    share = min(1.0, max(0.0, share))
    x, y = _CENTRE
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        _text(48, 70, 30, face.title, weight=700),
        _text(WIDTH - 48, 70, 24, face.day, fill=_QUIET, anchor="end"),
        _arc(0.0, 1.0, _TRACK),
        _arc(0.0, share, _GREEN) if share > 0 else "",
        _text(x, y - 10, 96, str(face.value), weight=700, anchor="middle"),
        _text(x, y + 46, 32, face.band, fill=_GREEN, weight=700, anchor="middle"),
        _text(x - _RADIUS, y + 96, 20, str(face.low), fill=_QUIET, anchor="middle"),
        _text(x + _RADIUS, y + 96, 20, str(face.high), fill=_QUIET, anchor="middle"),
    ]
    row = 160
    for note in face.notes:
        for line in _wrapped(note):
            parts.append(_text(470, row, 24, line))
            row += 36
        row += 18
    return _svg(face.text, "".join(parts))


def _svg(text: str, drawn: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f" aria-label={quoteattr(text)}>{drawn}</svg>"
    )


def _arc(start: float, end: float, colour: str) -> str:
    """A part of the dial, which opens downwards: from 200 degrees on the left to -20 on the right."""
    (x1, y1) = _point(start)
    (x2, y2) = _point(end)
    large = 1 if (end - start) * 220 > 180 else 0
    return (
        f'<path d="M {x1:.1f} {y1:.1f} A {_RADIUS} {_RADIUS} 0 {large} 1 {x2:.1f} {y2:.1f}" fill="none"'
        f' stroke="{colour}" stroke-width="{_STROKE}" stroke-linecap="round"/>'
    )


def _point(share: float) -> tuple[float, float]:
    angle = (200 - 220 * share) * pi / 180
    return _CENTRE[0] + _RADIUS * cos(angle), _CENTRE[1] - _RADIUS * sin(angle)


def _text(x: int, y: int, size: int, text: str, *, fill: str = _INK, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" text-anchor="{anchor}"'
        f' font-family="Noto Sans CJK SC, Noto Sans SC, sans-serif">{escape(text)}</text>'
    )


def _wrapped(text: str) -> list[str]:
    """Lines of at most `_LINE_UNITS`, cut between words where there are any; three at most."""
    lines = list[str]()
    line = ""
    units = 0.0
    for word in _words(text):
        width = sum(0.55 if char.isascii() else 1.0 for char in word)
        if line and units + width > _LINE_UNITS:
            lines.append(line.rstrip())
            line, units = "", 0.0
        line += word if line else word.lstrip()
        units += width
    lines.append(line)
    return [*lines[:2], "…"] if len(lines) > 3 else lines


def _words(text: str) -> list[str]:
    words = [""]
    for char in text:
        if words[-1] and words[-1][-1].isascii() and char.isascii() and words[-1][-1] != " ":
            words[-1] += char
        else:
            words.append(char)
    return [word for word in words if word]
