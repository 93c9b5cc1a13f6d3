"""The demo's register: 630 reporting entities, as many as Fuzhou's platform aggregates (source article).

Every source of the scheme is one entity; the others are the offices of its districts and counties, made up.
"""

from __future__ import annotations

from itertools import islice, product

from scoring.scheme import Scheme

COUNT = 630
_PLACES = (
    ("gulou", "鼓楼", "Gulou"),
    ("taijiang", "台江", "Taijiang"),
    ("cangshan", "仓山", "Cangshan"),
    ("jinan", "晋安", "Jin'an"),
    ("mawei", "马尾", "Mawei"),
    ("changle", "长乐", "Changle"),
    ("minhou", "闽侯", "Minhou"),
    ("lianjiang", "连江", "Lianjiang"),
    ("luoyuan", "罗源", "Luoyuan"),
    ("minqing", "闽清", "Minqing"),
    ("yongtai", "永泰", "Yongtai"),
    ("fuqing", "福清", "Fuqing"),
    ("pingtan", "平潭", "Pingtan"),
)
_NUMERALS = "一二三四五六七八九十"


def entities(scheme: Scheme) -> list[tuple[str, str, str, str]]:
    """Code, source of the scheme, name in Chinese and in English, of each entity."""
    heads = [(s.code, s.code, s.label.zh, s.label.en) for s in scheme.sources]
    offices = (
        (
            f"{source.code}.{place}-{number}",
            source.code,
            f"{source.label.zh}{zh}第{_NUMERALS[number - 1]}办公室",
            f"{source.label.en}, {en} office {number}",
        )
        for number, (place, zh, en), source in product(range(1, 11), _PLACES, scheme.sources)
    )
    return [*heads, *islice(offices, max(0, COUNT - len(heads)))]
