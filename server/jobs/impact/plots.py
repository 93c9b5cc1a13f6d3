"""The geometry of the impact page's pictures, for SVG: histograms as bars, band flows as ribbons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, GAP = 720, 300, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with what to say about it."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A number below a histogram."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Ribbon:
    """People who go from one band to another; `path` is SVG path data."""

    path: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Both columns of bands and the ribbons between them."""

    left: list[Bar]
    right: list[Bar]
    ribbons: list[Ribbon]


def bars(edges: Sequence[int], counts: Sequence[int], most: int) -> list[Bar]:
    """One bar for each bin, scaled so that `most` people reach the top."""
    step = WIDTH / len(counts)
    return [
        Bar(
            x=round(n * step + 1, 1),
            y=round(HEIGHT - HEIGHT * count / most, 1),
            width=round(step - 2, 1),
            height=round(HEIGHT * count / most, 1),
            title=f"{edges[n]}-{edges[n + 1] - 1}: {count:,}",
        )
        for n, count in enumerate(counts)
    ]


def ticks(edges: Sequence[int]) -> list[Tick]:
    """Every other edge; the last is the highest value itself."""
    step = WIDTH / (len(edges) - 1)
    inside = [Tick(round(max(n * step, 16), 1), str(edge)) for n, edge in enumerate(edges[:-1]) if n % 2 == 0]
    return [*inside, Tick(WIDTH - 16, str(edges[-1] - 1))]


def flow(flows: Mapping[tuple[str, str], int], order: Sequence[str], labels: Mapping[str, str]) -> Flow:
    """Ribbons as thick as the number of people; bands from the top down in `order`."""
    total = sum(flows.values())
    columns = [{code: sum(n for pair, n in flows.items() if pair[side] == code) for code in order} for side in (0, 1)]
    places = [_stack(column, total) for column in columns]
    used = [{code: place.y for code, place in stack.items()} for stack in places]
    ribbons = []
    for pair in sorted(flows, key=lambda p: (order.index(p[0]), order.index(p[1]))):
        thick = _scale(flows[pair], total, len(order))
        left, right = used[0][pair[0]], used[1][pair[1]]
        used[0][pair[0]] += thick
        used[1][pair[1]] += thick
        title = f"{labels[pair[0]]} → {labels[pair[1]]}: {flows[pair]:,}"
        ribbons.append(Ribbon(_ribbon(left, right, thick), title, _kind(pair, order)))
    named = [
        [Bar(b.x, b.y, b.width, b.height, f"{labels[c]}: {columns[n][c]:,}") for c, b in stack.items()]
        for n, stack in enumerate(places)
    ]
    return Flow(named[0], named[1], ribbons)


def _stack(counts: Mapping[str, int], total: int) -> dict[str, Bar]:
    found, y = {}, 0.0
    for code, count in counts.items():
        height = _scale(count, total, len(counts))
        if count:
            found[code] = Bar(0, y, 12, height, "")
            y += height + GAP
    return found


def _scale(count: int, total: int, bands: int) -> float:
    return round((HEIGHT - GAP * (bands - 1)) * count / total, 2)


def _ribbon(left: float, right: float, thick: float) -> str:
    x0, x1 = 160.0, WIDTH - 160.0
    middle = (x0 + x1) / 2
    return (
        f"M{x0},{left:.1f} C{middle},{left:.1f} {middle},{right:.1f} {x1},{right:.1f} "
        f"L{x1},{right + thick:.1f} C{middle},{right + thick:.1f} {middle},{left + thick:.1f} {x0},{left + thick:.1f} Z"
    )


def _kind(pair: tuple[str, str], order: Sequence[str]) -> str:
    """`up` or `down`; the order runs from the highest band to the lowest."""
    before = order.index(pair[0])
    after = order.index(pair[1])
    return "stay" if before == after else "up" if after < before else "down"
