"""The engine: microseconds for one statement, records a second for a city, and how the city's cost grows.

One core. The baseline of the city is the same records through the one-person engine, in the same run.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import numpy as np

from scoring.city import CityEngine, Columns, columns_of
from scoring.engine import assess
from scoring.records import Record
from scoring.scheme import load_scheme, scheme_ids

AS_OF = date(2026, 11, 23)
SCHEME = load_scheme(scheme_ids()[0])
PER_CITIZEN = 20


def make_records(count: int, random: Random) -> list[Record]:
    """Records of random rules over the last four years."""
    made = []
    for n in range(count):
        rule = random.choice(SCHEME.rules)
        reported = AS_OF - timedelta(days=random.randrange(1, 1400))
        made.append(
            Record(
                id=str(n),
                source=rule.sources[0],
                rule=rule.code,
                data_class=rule.data_class,
                occurred_on=reported - timedelta(days=random.randrange(30)),
                reported_on=reported,
            )
        )
    return made


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """The median wall time of several runs, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def repeated(columns: Columns, times: int, citizens: int) -> Columns:
    """The same people again and again, as other people."""
    shift = np.repeat(np.arange(times, dtype=np.int32) * citizens, len(columns))
    tiled = {name: np.tile(getattr(columns, name), times) for name in Columns.__slots__}
    return Columns(**{**tiled, "citizen": tiled["citizen"] + shift})


def main() -> None:
    """Print the raw figures."""
    random = Random(1)  # noqa: S311 - made-up records
    thirty = make_records(30, random)
    one = median_seconds(lambda: assess(SCHEME, thirty, AS_OF), 300)
    print(f"one statement, 30 records            {one * 1e6:10.0f} µs")

    people = [(make_records(PER_CITIZEN, random), frozenset[str]()) for _ in range(1000)]
    columns = columns_of(SCHEME, people)
    single = median_seconds(lambda: [assess(SCHEME, r, AS_OF) for r, _ in people], 3)
    baseline = len(columns) / single
    print(f"engine, person by person             {baseline:10.0f} records/s")
    engine = CityEngine(SCHEME, AS_OF)
    print(f"{'citizens':>12} {'seconds':>9} {'records/s':>12} {'ratio to the engine':>20}")
    sizes, seconds = [], []
    for thousands in (10, 50, 200, 1000):
        many = repeated(columns, thousands, 1000)
        taken = median_seconds(lambda m=many, n=thousands: engine.assess(m, n * 1000), 3)  # type: ignore[misc]
        rate = len(many) / taken
        sizes.append(thousands * 1000)
        seconds.append(taken)
        print(f"{thousands * 1000:>12,} {taken:>9.3f} {rate:>12,.0f} {rate / baseline:>20.1f}")
    slope, offset = np.polyfit(sizes, seconds, 1)
    fit = np.corrcoef(sizes, seconds)[0, 1] ** 2
    print(f"fit: {slope * 1e6:.3f} s a million citizens + {offset:.3f} s, r² = {fit:.4f}")


if __name__ == "__main__":
    main()
