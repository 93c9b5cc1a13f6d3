"""The demo's register: up to 630 reporting entities, as many as one city's platform aggregates (source article).

Every source of the scheme is one entity; the others are the offices of its districts and counties, made up.
"""

from __future__ import annotations

from itertools import islice, product

from scoring.scheme import Scheme

MOST = 630
_NUMERALS = ("", *(f"第{numeral}" for numeral in "二三四五六七八九十"))


def entities(scheme: Scheme) -> list[tuple[str, str, str, str]]:
    """Code, source of the scheme, name in Chinese and in English, of each entity."""
    heads = [(s.code, s.code, s.label.zh, s.label.en) for s in scheme.sources]
    offices = (
        (
            f"{source.code}.{place.code}-{number}",
            source.code,
            f"{source.label.zh}{place.label.zh}{_NUMERALS[number - 1]}办事处",
            f"{source.label.en}, {place.label.en} office" + (f" {number}" if number > 1 else ""),
        )
        for number, place, source in product(range(1, 11), scheme.city.demo.districts, scheme.sources)
    )
    return [*heads, *islice(offices, max(0, MOST - len(heads)))]
