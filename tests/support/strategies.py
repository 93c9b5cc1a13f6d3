"""Any day and any records, for Hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import hypothesis
from hypothesis import strategies as st

from scoring.records import Bar, Record
from tests.support.people import BAILU, MOLI

DAYS = st.dates(date(2019, 1, 1), date(2026, 12, 31))


@st.composite
def records(draw: st.DrawFn, scheme_name: str = "moli") -> list[Record]:
    scheme = MOLI if scheme_name == "moli" else BAILU
    made = []
    for n in range(draw(st.integers(0, 14))):
        rule = draw(st.sampled_from(scheme.rules))
        occurred = draw(DAYS)
        made.append(
            Record(
                id=str(n),
                source=rule.sources[0],
                rule=rule.code,
                data_class=rule.data_class,
                occurred_on=occurred,
                reported_on=occurred + timedelta(days=draw(st.integers(0, 60))),
                final=draw(st.booleans()),
                disputed=draw(st.booleans()),
                barred=draw(st.none() | st.none() | st.sampled_from(Bar)),
            )
        )
    return made


def examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples, the same each time."""
    found: list[Any] = []

    @hypothesis.seed(1)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(strategy)
    def draw(example: Any) -> None:
        found.append(example)

    draw()
    return found
