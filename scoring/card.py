"""The public page of a scheme (a model card), as Markdown: what goes in, what it weighs, what it does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from scoring.catalogue import DataClass
from scoring.dated import Provenance
from scoring.edition import SchemeAt
from scoring.engine import NEWCOMER_BAND
from scoring.scheme import Scheme

_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "purpose": "用途",
        "inputs": "输入",
        "weights": "维度（起始 / 下限 / 上限）",
        "bands": "分数段",
        "benefits": "优惠与不需要分数的普通渠道",
        "provenance": "参数来源",
        "limits": "已知局限",
        "distribution": "分布",
        "base": "基础分",
        "rules": "条规则",
        "sources": "个信源单位",
        "least": "最低",
        "never": "不使用：购物、社交、位置、健康、宗教、政治、生物特征；年龄、性别、户籍、婚姻、学历、收入不计分。",
        "illustrative": "标为 illustrative 的数字未经城市公布，由 Egret 选定，只作示例。",
        "low": "低分不带来任何限制；每项优惠都有普通渠道。",
    },
    "en": {
        "purpose": "Purpose",
        "inputs": "Inputs",
        "weights": "Dimensions (start / floor / cap)",
        "bands": "Bands",
        "benefits": "Benefits, and the ordinary routes that need no score",
        "provenance": "Where the figures come from",
        "limits": "Known limits",
        "distribution": "Distribution",
        "base": "Base",
        "rules": "rules",
        "sources": "reporting entities",
        "least": "from",
        "never": "Never used: shopping, social media, location, health, religion, politics, biometrics; "
        "age, sex, origin, marriage, education and income score nothing.",
        "illustrative": "Figures marked illustrative are not published by the city; Egret chose them as examples.",
        "low": "A low score restricts nothing; every benefit has an ordinary route.",
    },
}
_CLASSES = {
    DataClass.BASIC: ("基本信息", "basic"),
    DataClass.POSITIVE: ("守信信息", "positive"),
    DataClass.NOTICE: ("提醒信息", "notice"),
    DataClass.ADVERSE: ("失信信息", "adverse"),
}


def scheme_card(scheme: Scheme, on: date, language: str, counts: Mapping[str, int] | None = None) -> str:
    """The card on a day. `counts` are a city's citizens by band code, for the distribution.

    Raises:
        ValueError: the scheme was not in force on that day.
    """
    words = _WORDS["en" if language == "en" else "zh"]
    edition = scheme.scheme_at(on)
    parts = [
        f"# {scheme.name.in_language(language)} {scheme.version}\n\n`{scheme.id}` · {on} · `{scheme.digest[:12]}`",
        _section(words["purpose"], [p.in_language(language) for p in scheme.consent.points]),
        _section(words["inputs"], [*_inputs(scheme, language, words), words["never"]]),
        _section(words["weights"], _weights(edition, language, words)),
        _section(
            words["bands"],
            [
                f"{b.label.in_language(language)}: {v.value.floor}–{v.value.cap} ({v.provenance})"
                for b, v in edition.bands
            ],
        ),
        _section(words["benefits"], _benefits(scheme, on, language, words)),
        _section(words["provenance"], [f"{p}: {n}" for p, n in provenance_counts(scheme).items()]),
        _section(words["limits"], [words["illustrative"], words["low"]]),
    ]
    counted = _distribution(scheme, edition, counts or {}, language)
    if counted:
        parts.append(_section(words["distribution"], counted))
    return "\n\n".join(parts) + "\n"


def provenance_counts(scheme: Scheme) -> dict[Provenance, int]:
    """How many dated figures come from where, every kind named."""
    counts = Counter(value.provenance for value in scheme.figures)
    return {p: counts[p] for p in Provenance}


def _weights(edition: SchemeAt, language: str, words: Mapping[str, str]) -> Iterable[str]:
    yield f"{words['base']}: {edition.base.value} ({edition.base.provenance})"
    for dimension, dated in edition.dimensions:
        limits = dated.value
        label = dimension.label.in_language(language)
        yield f"{label}: {limits.start} / {limits.floor} / {limits.cap} ({dated.provenance})"


def _inputs(scheme: Scheme, language: str, words: Mapping[str, str]) -> Iterable[str]:
    counts = Counter(r.data_class for r in scheme.rules)
    for data_class, names in _CLASSES.items():
        yield f"{names[language == 'en']}: {counts[data_class]} {words['rules']}"
    yield f"{len({s for r in scheme.rules for s in r.sources})} {words['sources']}"


def _benefits(scheme: Scheme, on: date, language: str, words: Mapping[str, str]) -> Iterable[str]:
    for benefit in scheme.benefits:
        least = benefit.least_on(on)
        if least is not None:
            label = benefit.label.in_language(language)
            route = benefit.ordinary_route.in_language(language)
            yield f"{label} ({words['least']} {least}): {route}"


def _distribution(scheme: Scheme, edition: SchemeAt, counts: Mapping[str, int], language: str) -> list[str]:
    total = sum(counts.values())
    if not total:
        return []
    labels = [(NEWCOMER_BAND, scheme.newcomer), *((b.code, b.label) for b, _ in edition.bands)]
    return [
        f"{label.in_language(language)}: {counts.get(code, 0):,} ({counts.get(code, 0) / total:.0%})"
        for code, label in labels
    ]


def _section(title: str, rows: Iterable[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {row}" for row in rows)
