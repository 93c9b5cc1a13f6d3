"""Schemes that no city has: random dimensions, dated terms and limits, for properties that hold in any city."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

from hypothesis import strategies as st

from scoring.catalogue import DataClass, Tier
from scoring.scheme import Scheme
from tests.support.paths import GOLDEN

_SAYS = {"provenance": "illustrative", "source": "made up"}
_CITY = tomllib.loads((GOLDEN / "tiny-town" / "city.toml").read_text("utf-8"))
_BEGAN = date(2018, 1, 1)
_PER = {"month": "month", "year": "year", "all": None}


def _text(word: str) -> dict[str, str]:
    return {"zh": word, "en": word}


@st.composite
def dated(draw: st.DrawFn, values: st.SearchStrategy[Any], *, gaps: bool = False) -> list[dict[str, Any]]:
    """One to three values, one after another; with `gaps` some of them are left out."""
    changes = sorted(draw(st.sets(st.dates(date(2019, 1, 1), date(2026, 12, 31)), max_size=2)))
    starts, ends = [_BEGAN, *changes], [*changes, None]
    made = [
        {"from": start, "until": end, "value": draw(values), **_SAYS} for start, end in zip(starts, ends, strict=True)
    ]
    return [m for n, m in enumerate(made) if n == 0 or not gaps or draw(st.booleans())]


@st.composite
def _rule(draw: st.DrawFn, number: int, dimensions: int) -> dict[str, Any]:
    data_class = draw(st.sampled_from(list(DataClass)))
    adverse = data_class in (DataClass.ADVERSE, DataClass.NOTICE)
    limits = []
    for per in draw(st.sets(st.sampled_from(["month", "year", "all"]))):
        bounds = st.builds(lambda points, per=per: {"points": points, "per": _PER[per]}, st.integers(1, 120))
        limits += draw(dated(bounds, gaps=True))
    own_months = not adverse or draw(st.booleans())
    return {
        "code": f"rule-{number}",
        "class": data_class,
        "direction": "down" if adverse else "up",
        "dimension": f"d{draw(st.integers(0, dimensions - 1))}",
        "sources": ["town-hall"],
        "label": _text("rule"),
        "basis": "a statute",
        "points": draw(dated(st.integers(-90, -1) if adverse else st.integers(0, 90), gaps=True)),
        "tier": draw(st.sampled_from(list(Tier))) if adverse else None,
        "retention_months": draw(dated(st.integers(1, 60))) if own_months else [],
        "grace_days": draw(dated(st.integers(1, 60))) if data_class is DataClass.NOTICE else [],
        "limits": limits,
        "optional": draw(st.booleans()),
    }


@st.composite
def _range(draw: st.DrawFn) -> dict[str, int]:
    floor, start, cap = sorted(draw(st.lists(st.integers(-150, 150), min_size=3, max_size=3)))
    return {"start": start, "floor": floor, "cap": cap}


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    """A scheme that loads, with one to three dimensions and one to six rules."""
    dimensions = draw(st.integers(1, 3))
    scale = st.sampled_from([{"lowest": 0, "highest": 1000}, {"lowest": 100, "highest": 600}])
    return Scheme.model_validate(
        {
            "id": "made-up",
            "version": "1",
            "name": _text("score"),
            "city": _CITY,
            "newcomer": _text("new"),
            "population": [{"from": _BEGAN, "value": 10, **_SAYS}],
            "scale": draw(dated(scale)),
            "base": draw(dated(st.integers(0, 900))),
            "consent": {"version": "1", "purpose": "score", "points": [], "full": _text("consent")},
            "retention": {tier: draw(dated(st.integers(1, 60))) for tier in Tier},
            "dimensions": [
                {"code": f"d{n}", "label": _text("d"), "range": draw(dated(_range()))} for n in range(dimensions)
            ],
            "bands": [
                {
                    "code": "all",
                    "label": _text("all"),
                    "published": "all",
                    "interval": [{"from": _BEGAN, "value": {"floor": 0, "cap": 1000}, **_SAYS}],
                }
            ],
            "sources": [{"code": "town-hall", "label": _text("hall"), "sector": "government"}],
            "rules": [draw(_rule(n, dimensions)) for n in range(draw(st.integers(1, 6)))],
            "benefits": [],
        }
    )
