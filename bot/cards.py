"""Pictures for the chat and the H5 page, as SVG of 900 by 500: the score card, and the code of a pass.

A card is drawn from the same data and phrases as the words next to it, so that it cannot say anything else. A bubble of
the chat shows it 285 pixels wide and cuts it to its middle, 900 by 383: nothing stands outside of that, and no writing
is smaller than 28.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import segno

from bot.phrases import day, local, phrase, points

WIDTH, HEIGHT = 900, 500
SEEN = 383
"""How much of the height a bubble shows, in the middle."""
_TOP = (HEIGHT - SEEN) // 2
_MARGIN = 48
_INK, _QUIET, _GREEN, _TRACK, _PAPER = "#1c2321", "#5b6763", "#2f7d5b", "#e3ebe7", "#ffffff"
_LINE, _LABEL = 48, 40
_COLUMN = 440
"""Where the words of a pass begin, next to its code."""


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card shows. `low` and `high` are the ends of the scale; of the `notes` the first stands on it."""

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
    if score["change"] is not None and score["change"]["points"]:
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
    size = 340 // drawn.symbol_size(border=2)[0]
    edge = drawn.symbol_size(border=2)[0] * size
    squares = drawn.svg_inline(scale=size, border=2, omitsize=False)
    nested = squares.replace("<svg ", f'<svg x="{_MARGIN}" y="{(HEIGHT - edge) // 2}" ', 1)
    label = _wrapped(benefit, (WIDTH - _MARGIN - _COLUMN) / _LABEL, most=3)
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        nested,
        *(_text(_COLUMN, _TOP + 62 + 52 * n, _LABEL, line, weight=700) for n, line in enumerate(label)),
        _text(_COLUMN, _TOP + 286, 60, code, weight=700),
        _text(_COLUMN, _TOP + 344, 30, until, fill=_QUIET),
    ]
    return _svg(f"{benefit} {code} {until}", "".join(parts))


def score_card(face: CardFace) -> str:
    """The card as a whole SVG document: one column, the number, the band, and one line."""
    share = (face.value - face.low) / max(1, face.high - face.low)
    width = round((WIDTH - 2 * _MARGIN) * min(1.0, max(0.0, share)))
    middle = WIDTH // 2
    line = _wrapped(face.notes[0], (WIDTH - 2 * _MARGIN) / _LINE, most=1) if face.notes else []
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        _text(_MARGIN, _TOP + 52, 36, face.title, weight=700),
        _text(WIDTH - _MARGIN, _TOP + 52, 32, face.day, fill=_QUIET, anchor="end"),
        _text(middle, _TOP + 196, 150, str(face.value), weight=700, anchor="middle"),
        _text(middle, _TOP + 264, 52, face.band, fill=_GREEN, weight=700, anchor="middle"),
        _bar(WIDTH - 2 * _MARGIN, _TRACK),
        _bar(width, _GREEN) if width else "",
        *(_text(middle, _TOP + 358, _LINE, words, anchor="middle") for words in line),
    ]
    return _svg(face.text, "".join(parts))


def _bar(width: int, colour: str) -> str:
    """A part of the scale."""
    return f'<rect x="{_MARGIN}" y="{_TOP + 288}" width="{width}" height="14" rx="7" fill="{colour}"/>'


def _svg(text: str, drawn: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f" aria-label={quoteattr(text)}>{drawn}</svg>"
    )


def _text(x: int, y: int, size: int, text: str, *, fill: str = _INK, weight: int = 400, anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}" text-anchor="{anchor}"'
        f' font-family="Noto Sans CJK SC, Noto Sans SC, sans-serif">{escape(text)}</text>'
    )


def _wrapped(text: str, units: float, most: int) -> list[str]:
    """At most so many lines of so many Chinese characters, cut between words where there are any."""
    lines = list[str]()
    line, filled = "", 0.0
    for word in _words(text):
        width = _units(word)
        if line and filled + width > units:
            lines.append(line.rstrip())
            line, filled = "", 0.0
        line += word if line else word.lstrip()
        filled += width
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip("，,；; ") + "…"]
    return [_fitting(one, units) for one in lines]


def _units(text: str) -> float:
    """How wide it is in Chinese characters; a Latin one takes about half of one."""
    return sum(0.55 if char.isascii() else 1.0 for char in text)


def _fitting(line: str, units: float) -> str:
    """A line that is one long word, cut."""
    while _units(line) > units + 1:
        line = line[:-2] + "…"
    return line


def _words(text: str) -> list[str]:
    words = [""]
    for char in text:
        if words[-1] and words[-1][-1].isascii() and char.isascii() and words[-1][-1] != " ":
            words[-1] += char
        else:
            words.append(char)
    return [word for word in words if word]
