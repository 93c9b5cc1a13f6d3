"""A statement: a whole assessment, its JSON form and its digest.

The JSON is the contract: sorted keys, no spaces, UTF-8. The same scheme version,
records and date give the same bytes anywhere (promise 12).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from scoring.dated import Provenance


class LineKind(StrEnum):
    """What a line stands for. Only `record` lines come from a record."""

    BASE = "base"
    START = "start"
    RECORD = "record"
    RULE_LIMIT = "rule_limit"
    DIMENSION_CAP = "dimension_cap"
    DIMENSION_FLOOR = "dimension_floor"
    SCORE_CAP = "score_cap"
    SCORE_FLOOR = "score_floor"


class WithheldReason(StrEnum):
    """Why a record does not count on that day."""

    DISPUTED = "disputed"
    EXPIRED = "expired"
    NOTICE_NOT_DUE = "notice_not_due"
    CURED = "cured"
    OPTED_OUT = "opted_out"
    NOT_FINAL = "not_final"
    NOT_YET_REPORTED = "not_yet_reported"
    RULE_UNKNOWN = "rule_unknown"
    BEFORE_EIGHTEEN = "before_eighteen"
    SEALED = "sealed"
    SAME_EVENT = "same_event"


class Line(NamedTuple):
    """One contribution to the value, in points."""

    kind: LineKind
    points: int
    dimension: str | None = None
    record: str | None = None
    rule: str | None = None
    source: str | None = None
    occurred_on: date | None = None
    counts_from: date | None = None
    expires_on: date | None = None
    legal_basis: str | None = None
    provenance: Provenance | None = None


class DimensionValue(NamedTuple):
    """A dimension's own value within its floor and cap."""

    code: str
    label: str
    value: int
    floor: int
    cap: int


class Withheld(NamedTuple):
    """A record that counts for nothing on this day; `until` where a date ends that. What is sealed names no rule."""

    record: str
    source: str
    rule: str
    occurred_on: date
    reason: WithheldReason
    until: date | None = None


class BenefitAnswer(NamedTuple):
    """Whether a benefit is open, and how many points are missing."""

    code: str
    eligible: bool
    short_by: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A whole assessment of one person on one day."""

    scheme_id: str
    scheme_version: str
    scheme_digest: str
    as_of: date
    value: int
    band_code: str
    band_label: str
    dimensions: tuple[DimensionValue, ...]
    lines: tuple[Line, ...]
    withheld: tuple[Withheld, ...]
    benefits: tuple[BenefitAnswer, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON without the digest itself."""
        return hashlib.sha256(canonical_json(self._content())).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The statement as the contract has it, plain JSON values only."""
        content = self._content()
        return {**content, "digest": hashlib.sha256(canonical_json(content)).hexdigest()}

    def _content(self) -> dict[str, Any]:
        return {
            "scheme": {"id": self.scheme_id, "version": self.scheme_version, "digest": self.scheme_digest},
            "as_of": self.as_of.isoformat(),
            "value": self.value,
            "band": {"code": self.band_code, "label": self.band_label},
            "dimensions": [_plain(d) for d in self.dimensions],
            "lines": [_plain(line) for line in self.lines],
            "withheld": [_plain(w) for w in self.withheld],
            "benefits": [_plain(b) for b in self.benefits],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Statement:
        """Read back what `to_json` wrote. Raises KeyError or ValueError on anything else."""
        return cls(
            scheme_id=data["scheme"]["id"],
            scheme_version=data["scheme"]["version"],
            scheme_digest=data["scheme"]["digest"],
            as_of=date.fromisoformat(data["as_of"]),
            value=data["value"],
            band_code=data["band"]["code"],
            band_label=data["band"]["label"],
            dimensions=tuple(DimensionValue(**d) for d in data["dimensions"]),
            lines=tuple(_line(line) for line in data["lines"]),
            withheld=tuple(_withheld(w) for w in data["withheld"]),
            benefits=tuple(BenefitAnswer(**b) for b in data["benefits"]),
        )


def canonical_json(data: dict[str, Any]) -> bytes:
    """Sorted keys, no spaces, UTF-8: one byte string for one value."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _plain(item: Line | DimensionValue | Withheld | BenefitAnswer) -> dict[str, Any]:
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in item._asdict().items()}


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _line(data: dict[str, Any]) -> Line:
    return Line(
        **{
            **data,
            "kind": LineKind(data["kind"]),
            "occurred_on": _date(data["occurred_on"]),
            "counts_from": _date(data["counts_from"]),
            "expires_on": _date(data["expires_on"]),
            "provenance": None if data["provenance"] is None else Provenance(data["provenance"]),
        }
    )


def _withheld(data: dict[str, Any]) -> Withheld:
    return Withheld(
        **{
            **data,
            "occurred_on": date.fromisoformat(data["occurred_on"]),
            "reason": WithheldReason(data["reason"]),
            "until": _date(data["until"]),
        }
    )
