"""Words that a scheme may not use: inputs that cannot be expressed, benefits that take, labels that judge."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scoring.dated import Text

_FORBIDDEN = re.compile(
    r"\b(shopp\w*|purchas\w*|commerc\w*|consum\w*|social[- ]media|locations?|gps|health|healthy|diseases?|"
    r"medical|illness\w*|relig\w*|politic\w*|party[- ]member\w*|biometric\w*|facial|face|fingerprints?|dna|genetic\w*|"
    r"genes?|zhima|age|sex|gender|origin|birthplace|hukou|marriage|marital|married|education|income|salary|"
    r"ethnic\w*|nationality)\b"
    r"|(购物|网购|消费|社交|微信|位置|轨迹|健康|疾病|病史|宗教|信仰|政治|党员|党派|生物特征|人脸|指纹|基因|芝麻|"
    r"年龄|性别|户籍|籍贯|出生地|婚姻|结婚|离婚|学历|教育程度|收入|民族)"
)
"""Inputs that cannot be expressed at all, or may not score points (promise 5)."""
_MAY_BE_SHOWN = frozenset({"education", "marriage", "学历", "婚姻", "教育程度"})
"""Basic records that may be listed for information, worth nothing."""
_STICKS = re.compile(
    r"限制|禁止|拒绝|加收|罚|黑名单|取消资格|上浮|加倍|暂停|不予|surcharge|penalt\w*|restrict\w*|refus\w*|denied|banned|"
    r"extra charge|blacklist\w*|pay double|higher price|suspend\w*|disqualif\w*"
)
"""Words of a benefit that would take something away (promise 3)."""
_JUDGING = re.compile(
    r"极差|较差|很差|不良|失信|差评|低劣|\b(bad|poor|worst|terrible|untrustworthy|dishonest|failing)\b"
)
"""Words that a band's own label may not have (promise 16)."""


def forbidden(code: str, label: Text, *, worth_nothing: bool) -> Iterator[str]:
    """Every forbidden input that a rule's code or label names."""
    for found in _FORBIDDEN.finditer(f"{code.replace('.', ' ')} {label.en.lower()} {label.zh}"):
        if not (worth_nothing and found[0] in _MAY_BE_SHOWN):
            yield found[0]


def sticks(*texts: Text) -> Iterator[str]:
    """Every word in these texts that would take something away."""
    for text in texts:
        yield from (found[0] for found in _STICKS.finditer(f"{text.zh} {text.en.lower()}"))


def judging(label: Text) -> Iterator[str]:
    """Every word of a label that judges a person."""
    yield from (found[0] for found in _JUDGING.finditer(f"{label.zh} {label.en.lower()}"))
