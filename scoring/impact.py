"""What a new version of a scheme would do to a city: who moves, between which bands, who gains or loses a benefit.

Both versions run over the same records on the same day. Only counts leave this module, and
movers without a name: nothing here says whose score it is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np

from scoring.city import Assessed, Bools, CityEngine, Columns, Ints, Longs
from scoring.edition import SchemeAt
from scoring.engine import NEWCOMER_BAND
from scoring.scheme import Scheme

BINS = 20
MOST_MOVERS = 10
BASE, THRESHOLD = "base", "threshold"


@dataclass(frozen=True, slots=True)
class Mover:
    """One of the largest movements: both values, and the points that each dimension moved."""

    before: int
    after: int
    by_dimension: dict[str, int]


@dataclass(frozen=True, slots=True)
class BenefitImpact:
    """How many have a benefit before and after; who gains or loses it, by what moved them most.

    That is a dimension's code, `base`, or `threshold` where the score does not cross the old bound.
    """

    code: str
    least_before: int | None
    least_after: int | None
    before: int
    after: int
    gained: dict[str, int]
    lost: dict[str, int]


@dataclass(frozen=True, slots=True)
class Impact:
    """The whole comparison. Histograms have 20 bins of equal width over the scale."""

    old: str
    new: str
    as_of: date
    citizens: int
    up: int
    down: int
    mean_before: float
    mean_after: float
    edges: tuple[int, ...]
    histogram_before: tuple[int, ...]
    histogram_after: tuple[int, ...]
    flows: dict[tuple[str, str], int]
    benefits: tuple[BenefitImpact, ...]
    movers: tuple[Mover, ...]

    @property
    def stayed(self) -> int:
        return self.citizens - self.up - self.down


class Comparison:
    """Compares two versions chunk by chunk: `add` as often as there are chunks, then `impact`."""

    def __init__(self, old: Scheme, new: Scheme, as_of: date) -> None:
        self._schemes, self._as_of = (old, new), as_of
        self._engines = (CityEngine(old, as_of), CityEngine(new, as_of))
        self._editions = (old.scheme_at(as_of), new.scheme_at(as_of))
        lowest = min(e.lowest for e in self._editions)
        highest = max(e.highest for e in self._editions)
        self._edges = np.append(np.arange(lowest, highest, -(-(highest - lowest) // BINS)), highest + 1)
        self._histograms = [np.zeros(len(self._edges) - 1, dtype=np.int64) for _ in range(2)]
        self._dimensions = list(dict.fromkeys(d.code for s in self._schemes for d in s.dimensions))
        codes = dict.fromkeys(b.code for s in self._schemes for b in s.benefits)
        self._bounds = {code: (_least(old, code, as_of), _least(new, code, as_of)) for code in codes}
        self._counts: Counter[str] = Counter()
        self._flows: Counter[tuple[str, str]] = Counter()
        self._benefits: dict[str, Counter[str]] = {code: Counter() for code in codes}
        self._movers: list[Mover] = []

    def add(self, columns: tuple[Columns, Columns], citizens: int) -> None:
        """Compare `citizens` people; their records as columns of the old and of the new scheme."""
        before, after = (e.assess(c, citizens) for e, c in zip(self._engines, columns, strict=True))
        moved = after.value.astype(np.int64) - before.value
        self._counts.update(
            citizens=citizens,
            up=int((moved > 0).sum()),
            down=int((moved < 0).sum()),
            before=int(before.value.sum(dtype=np.int64)),
            after=int(after.value.sum(dtype=np.int64)),
        )
        for histogram, assessed in zip(self._histograms, (before, after), strict=True):
            histogram += np.histogram(assessed.value, self._edges)[0]
        self._add_flows(before, after)
        shares = self._shares(before, after, moved)
        for code, bounds in self._bounds.items():
            self._add_benefit(code, bounds, before.value, after.value, shares)
        self._add_movers(before, after, moved, shares)

    def impact(self) -> Impact:
        """What was found so far. Raises ValueError where no citizen was compared."""
        citizens = self._counts["citizens"]
        if not citizens:
            raise ValueError("there is nobody to compare: the city has no enrolled citizens")
        old, new = (f"{s.id} {s.version} ({s.digest[:8]})" for s in self._schemes)
        return Impact(
            old=old,
            new=new,
            as_of=self._as_of,
            citizens=citizens,
            up=self._counts["up"],
            down=self._counts["down"],
            mean_before=self._counts["before"] / citizens,
            mean_after=self._counts["after"] / citizens,
            edges=tuple(self._edges.tolist()),
            histogram_before=tuple(self._histograms[0].tolist()),
            histogram_after=tuple(self._histograms[1].tolist()),
            flows=dict(self._flows),
            benefits=tuple(self._benefit(code, bounds) for code, bounds in self._bounds.items()),
            movers=tuple(self._movers),
        )

    def _add_flows(self, before: Assessed, after: Assessed) -> None:
        names = [[b.code for b, _ in e.bands] + [NEWCOMER_BAND] for e in self._editions]
        old, new = (_bands(e, a) for e, a in zip(self._editions, (before, after), strict=True))
        counts = np.bincount(old * len(names[1]) + new, minlength=len(names[0]) * len(names[1]))
        for place in np.flatnonzero(counts):
            pair = names[0][place // len(names[1])], names[1][place % len(names[1])]
            self._flows[pair] += int(counts[place])

    def _shares(self, before: Assessed, after: Assessed, moved: Longs) -> Longs:
        """Points moved, by citizen and dimension; the last column is the base, with what the scale cut off."""
        shares = np.zeros((len(moved), len(self._dimensions) + 1), dtype=np.int64)
        for scheme, assessed, sign in zip(self._schemes, (before, after), (-1, 1), strict=True):
            for column, dimension in enumerate(scheme.dimensions):
                shares[:, self._dimensions.index(dimension.code)] += sign * assessed.dimensions[:, column]
        shares[:, -1] = moved - shares[:, :-1].sum(axis=1)
        return shares

    def _add_benefit(
        self, code: str, bounds: tuple[int | None, int | None], before: Ints, after: Ints, shares: Longs
    ) -> None:
        had, has = (_open(values, least) for values, least in zip((before, after), bounds, strict=True))
        counts = self._benefits[code]
        counts.update(before=int(had.sum()), after=int(has.sum()))
        names = [*self._dimensions, BASE]
        by_old_bound = _open(after, bounds[0])
        for chosen, what, sign in ((has & ~had, "gained", 1), (had & ~has, "lost", -1)):
            most = (sign * shares[chosen]).argmax(axis=1)
            by_score = by_old_bound[chosen] == (sign > 0)
            for place, count in Counter(most[by_score].tolist()).items():
                counts[f"{what} {names[place]}"] += count
            counts[f"{what} {THRESHOLD}"] += int((~by_score).sum())

    def _add_movers(self, before: Assessed, after: Assessed, moved: Longs, shares: Longs) -> None:
        names = [*self._dimensions, BASE]
        for n in np.argsort(-np.abs(moved), kind="stable")[:MOST_MOVERS]:
            if moved[n]:
                parts = {name: int(points) for name, points in zip(names, shares[n], strict=True) if points}
                self._movers.append(Mover(int(before.value[n]), int(after.value[n]), parts))
        self._movers = sorted(self._movers, key=lambda m: -abs(m.after - m.before))[:MOST_MOVERS]

    def _benefit(self, code: str, bounds: tuple[int | None, int | None]) -> BenefitImpact:
        counts = self._benefits[code]
        gained, lost = (
            {name.split(" ", 1)[1]: n for name, n in sorted(counts.items()) if name.startswith(what) and n}
            for what in ("gained ", "lost ")
        )
        return BenefitImpact(code, *bounds, counts["before"], counts["after"], gained, lost)


def _least(scheme: Scheme, code: str, on: date) -> int | None:
    benefit = scheme.benefits_by_code.get(code)
    return None if benefit is None else benefit.least_on(on)


def _open(values: Ints, least: int | None) -> Bools:
    return np.zeros(len(values), dtype=np.bool_) if least is None else values >= least


def _bands(edition: SchemeAt, assessed: Assessed) -> Longs:
    """The place of each one's band; after the last: no history yet."""
    floors = np.array([dated.value.floor for _, dated in edition.bands], dtype=np.int64)
    order = np.argsort(floors)
    place = order[np.searchsorted(floors[order], assessed.value, side="right") - 1]
    return np.where(assessed.has_history, place, len(floors)).astype(np.int64)
