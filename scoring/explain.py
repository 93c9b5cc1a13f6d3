"""What a statement says in fewer words: top reasons, changes, the next benefit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from scoring.scheme import Scheme
from scoring.statement import BenefitAnswer, Line, LineKind, Statement


@dataclass(frozen=True, slots=True)
class Reason:
    """What the records of one rule give together, in points."""

    rule: str
    points: int
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """A line that came, went or moved between two statements; `points` is the effect."""

    line: Line
    points: int


def top_reasons(statement: Statement, most: int = 4) -> list[Reason]:
    """What takes points first, then what gives them, each by weight; ties by code so that the answer is stable."""
    points: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for line in statement.lines:
        if line.rule is not None:
            points[line.rule] += line.points
            count[line.rule] += line.kind is LineKind.RECORD
    reasons = [Reason(rule, points[rule], count[rule]) for rule in points if points[rule]]
    return sorted(reasons, key=lambda r: (r.points > 0, -abs(r.points), r.rule))[:most]


Sum = tuple[str | None, int]
"""The rule of a line and its points; no rule for the base, a cap and the like."""


def rule_sums(statement: Statement) -> list[Sum]:
    """What `moved_rules` needs of a statement."""
    return [(line.rule, line.points) for line in statement.lines]


def points_by_rule(statement: Statement) -> dict[str, int]:
    """What each rule gives in all its lines."""
    points: Counter[str] = Counter()
    for rule, given in rule_sums(statement):
        if rule is not None:
            points[rule] += given
    return dict(points)


def moved_rules(before: Iterable[Sum], after: Iterable[Sum]) -> list[Reason]:
    """The rules whose points together are others than before, what moved most first; `count` is 0."""
    points: Counter[str] = Counter()
    for sums, sign in ((before, -1), (after, 1)):
        for rule, given in sums:
            if rule is not None:
                points[rule] += sign * given
    moved = [Reason(rule, given, 0) for rule, given in points.items() if given]
    return sorted(moved, key=lambda r: (-abs(r.points), r.rule))


def changes(before: Statement, after: Statement) -> list[Change]:
    """Why the value moved: lines gone, then lines new. Their effects sum to the difference."""
    old = Counter(map(_undated, before.lines))
    new = Counter(map(_undated, after.lines))
    gone = [Change(line, -line.points) for line in (old - new).elements()]
    came = [Change(line, line.points) for line in (new - old).elements()]
    return [c for c in gone + came if c.points]


def next_benefit(statement: Statement) -> BenefitAnswer | None:
    """The closest benefit that is not open yet."""
    short = [b for b in statement.benefits if not b.eligible]
    return min(short, key=lambda b: (b.short_by, b.code), default=None)


def label_of(scheme: Scheme, line: Line, language: str) -> str:
    """A line's name in plain words."""
    if line.rule is not None:
        label = scheme.rules_by_code[line.rule].label.in_language(language)
        return f"{label}{_LIMIT[language[:2]]}" if line.kind is LineKind.RULE_LIMIT else label
    words = _KINDS[line.kind]["en" if language.startswith("en") else "zh"]
    if line.dimension is None:
        return words
    return f"{scheme.dimensions_by_code[line.dimension].label.in_language(language)} · {words}"


def _undated(line: Line) -> Line:
    return line._replace(counts_from=None, expires_on=None)


_LIMIT = {"zh": "（本项上限）", "en": " (limit of this item)"}
_KINDS = {
    LineKind.BASE: {"zh": "基础分", "en": "base"},
    LineKind.START: {"zh": "起始分", "en": "start"},
    LineKind.RECORD: {"zh": "记录", "en": "record"},
    LineKind.RULE_LIMIT: {"zh": "本项上限", "en": "limit of this item"},
    LineKind.DIMENSION_CAP: {"zh": "维度上限", "en": "cap of the dimension"},
    LineKind.DIMENSION_FLOOR: {"zh": "维度下限", "en": "floor of the dimension"},
    LineKind.SCORE_CAP: {"zh": "总分上限", "en": "cap of the score"},
    LineKind.SCORE_FLOOR: {"zh": "总分下限", "en": "floor of the score"},
}
