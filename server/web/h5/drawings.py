"""What is drawn on the pages, as SVG whose colours come from the style sheet, so that they follow the dark mode."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import cos, pi, sin
from xml.sax.saxutils import escape, quoteattr

import segno
from markupsafe import Markup

from server.platform.kit.json import JsonObject

_CENTRE, _RADIUS = (160.0, 152.0), 122.0
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 320, 190, 44, 16, 158
_UNIT, _LEAST_SPAN = 50, 100


def dial(value: int, lowest: int, highest: int, band: str, text: str, goal: int | None) -> Markup:
    """The score on its scale, from 200 degrees on the left to -20 on the right; a mark where the next benefit is."""
    share = _share(value, lowest, highest)
    x, y = _CENTRE
    ends = (_point(0.0, _RADIUS), _point(1.0, _RADIUS))
    parts = [
        f'<path class="track" d="{_arc(1.0)}"/>',
        f'<path class="reached" d="{_arc(share)}"/>' if share > 0 else "",
        _mark(_share(goal, lowest, highest)) if goal is not None else "",
        f'<text class="value" x="{x:.0f}" y="{y:.0f}">{value}</text>',
        f'<text class="band" x="{x:.0f}" y="{y + 36:.0f}">{escape(band)}</text>',
        f'<text class="end" x="{ends[0][0] + 4:.0f}" y="{ends[0][1] + 32:.0f}">{lowest}</text>',
        f'<text class="end" x="{ends[1][0] - 4:.0f}" y="{ends[1][1] + 32:.0f}">{highest}</text>',
    ]
    return _svg("dial", "0 0 320 232", text, "".join(parts))


def bar(value: int, floor: int, cap: int) -> Markup:
    """A dimension between its floor and its cap, from nought; the number stands next to it in words."""
    span = max(1, cap - floor)
    nought = 100 * -min(0, floor) / span
    now = 100 * (min(cap, max(floor, value)) - floor) / span
    start = min(nought, now)
    width = abs(now - nought)
    kind = "up" if value >= 0 else "down"
    drawn = (
        '<rect class="whole" x="0" y="3" width="100" height="6" rx="1"/>'
        f'<rect class="{kind}" x="{start:.1f}" y="3" width="{width:.1f}" height="6"/>'
        f'<rect class="nought" x="{min(99.4, nought):.1f}" y="0" width=".6" height="12"/>'
    )
    head = '<svg class="dimension" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
    return Markup(f"{head}{drawn}</svg>")  # noqa: S704 - our own numbers


def steps(rows: Sequence[JsonObject], bands: Sequence[int], text: str, first: str, last: str) -> Markup:
    """A step plot of past values, oldest first, by their moments; the rows with their reasons stand next to it.

    It spans a hundred points at least, so that a small change looks small; `bands` are the values at which one begins.
    """
    values = [int(row["value"]) for row in rows]
    low, high = _span(min(values), max(values))

    def y_of(value: int) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (value - low) / (high - low)

    spots = [(x, y_of(value)) for x, value in zip(_across(rows), values, strict=True)]
    path = f"M {spots[0][0]:.1f} {spots[0][1]:.1f}"
    path += "".join(f" H {x:.1f} V {y:.1f}" for x, y in spots[1:]) + f" H {_WIDTH - 8}"
    ends = {low, high}
    parts = [
        *(_level(value, y_of(value), "level") for value in sorted(ends)),
        *(_level(value, y_of(value), "level band") for value in bands if low < value < high),
        f'<path class="stairs" d="{path}"/>',
        *(f'<circle class="stair" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in spots),
        f'<text class="start" x="{_LEFT}" y="{_HEIGHT - 4}">{escape(first)}</text>',
        f'<text class="finish" x="{_WIDTH - 4}" y="{_HEIGHT - 4}">{escape(last)}</text>' if last != first else "",
    ]
    return _svg("history", f"0 0 {_WIDTH} {_HEIGHT}", text, "".join(parts))


def _span(least: int, most: int) -> tuple[int, int]:
    """The lowest and the highest value of a plot, in whole fifties."""
    low, high = least // _UNIT * _UNIT, -(-most // _UNIT) * _UNIT
    while high - low < _LEAST_SPAN:
        down = low > 0 and least - low < high - most
        low, high = (low - _UNIT, high) if down else (low, high + _UNIT)
    return low, high


def qr(code: str, text: str) -> Markup:
    """A code to be scanned: dark on white in every mode, for scanners need it so."""
    drawn = segno.make(code, error="m", micro=False)
    inline = drawn.svg_inline(scale=8, border=4, omitsize=True, dark="#000", light="#fff")
    return Markup(inline.replace("<svg ", f'<svg role="img" aria-label={quoteattr(text)} ', 1))  # noqa: S704 - ours


def _across(rows: Sequence[JsonObject]) -> list[float]:
    """Where each row stands, by its moment."""
    moments = [datetime.fromisoformat(row["at"]).timestamp() for row in rows]
    room = _WIDTH - 40 - _LEFT
    return [_LEFT + room * (at - moments[0]) / max(1.0, moments[-1] - moments[0]) for at in moments]


def _level(value: int, y: float, kind: str) -> str:
    line = f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - 4}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text class="scale" x="{_LEFT - 8}" y="{y + 5:.1f}">{value}</text>'


def _share(value: int, lowest: int, highest: int) -> float:
    return min(1.0, max(0.0, (value - lowest) / max(1, highest - lowest)))


def _arc(end: float) -> str:
    (x1, y1) = _point(0.0, _RADIUS)
    (x2, y2) = _point(end, _RADIUS)
    return f"M {x1:.1f} {y1:.1f} A {_RADIUS:.0f} {_RADIUS:.0f} 0 {int(end * 220 > 180)} 1 {x2:.1f} {y2:.1f}"


def _mark(share: float) -> str:
    x, y = _point(share, _RADIUS)
    return f'<circle class="goal" cx="{x:.1f}" cy="{y:.1f}" r="7"/>'


def _point(share: float, radius: float) -> tuple[float, float]:
    angle = (200 - 220 * share) * pi / 180
    return _CENTRE[0] + radius * cos(angle), _CENTRE[1] - radius * sin(angle)


def _svg(kind: str, box: str, text: str, drawn: str) -> Markup:
    head = f'<svg class="{kind}" viewBox="{box}" role="img" aria-label={quoteattr(text)}>'
    return Markup(f"{head}{drawn}</svg>")  # noqa: S704 - drawn and escaped by us
