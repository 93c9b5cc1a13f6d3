"""The scheme model: a city's score as dated data, read from a folder of TOML.

A folder holds `scheme.toml` (name, consent, base, dimensions, bands, sources),
`rules.toml` (the rule catalogue) and `benefits.toml`. Every value that a city can
change is a list of dated values with provenance, so any past day can be recomputed.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, Self, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMES_DIR = Path(__file__).parent / "schemes"
MAX_RETENTION_MONTHS = 60

T = TypeVar("T")


class DataClass(StrEnum):
    """The four classes of public credit information."""

    BASIC = "basic"
    POSITIVE = "positive"
    NOTICE = "notice"
    ADVERSE = "adverse"


class Tier(StrEnum):
    """How grave an offence is; it decides points and retention."""

    MINOR = "minor"
    MODERATE = "moderate"
    SERIOUS = "serious"
    EXTREME = "extreme"


class Provenance(StrEnum):
    """Where a figure comes from."""

    OFFICIAL = "official"
    PRESS = "press"
    ARTICLE = "article"
    ILLUSTRATIVE = "illustrative"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(_Model):
    """The same words in Chinese and English."""

    zh: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def in_language(self, language: str) -> str:
        """Chinese unless the language tag starts with `en`."""
        return self.en if language.startswith("en") else self.zh


class Dated(_Model, Generic[T]):
    """One value of a parameter, in force from a day on and until before another."""

    from_: Annotated[date, Field(alias="from")]
    until: date | None = None
    value: T
    provenance: Provenance
    source: Annotated[str, Field(min_length=1)]

    def in_force(self, on: date) -> bool:
        return self.from_ <= on and (self.until is None or on < self.until)


def value_on(values: Iterable[Dated[T]], on: date) -> Dated[T] | None:
    """The value in force on a day, or None where there is none."""
    return next((v for v in values if v.in_force(on)), None)


class Consent(_Model):
    """The text that a person agrees to, as bullets under one purpose."""

    version: str
    purpose: Literal["score"]
    points: list[Text]
    full: Text


class Source(_Model):
    """A reporting entity on the register of public-sector sources."""

    code: str
    label: Text
    sector: Literal["government", "court", "public-body", "state-owned"]


class Dimension(_Model):
    """One part of the score: it starts at `start` and stays within floor and cap."""

    code: str
    label: Text
    start: int
    floor: int
    cap: int
    provenance: Provenance
    source: str


class Band(_Model):
    """A named range of values, both ends included; the label is neutral (promise 16)."""

    code: str
    label: Text
    published: str
    floor: int
    cap: int


class Rule(_Model):
    """One entry of the rule catalogue.

    `points` is what one record is worth, by the catalogue in force on the day it
    occurred. `at_most` bounds what all records of this rule give together.
    """

    code: str
    data_class: Annotated[DataClass, Field(alias="class")]
    dimension: str
    sources: list[str]
    label: Text
    basis: Annotated[str, Field(min_length=4)]
    points: list[Dated[int]]
    tier: Tier | None = None
    retention_months: Annotated[int, Field(ge=1, le=MAX_RETENTION_MONTHS)] | None = None
    at_most: Annotated[int, Field(ge=1)] | None = None
    grace_days: Annotated[int, Field(ge=1)] | None = None
    optional: bool = False

    def points_on(self, on: date) -> Dated[int] | None:
        return value_on(self.points, on)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.data_class in (DataClass.ADVERSE, DataClass.NOTICE) and self.tier is None:
            raise ValueError(f"rule {self.code}: an adverse or notice rule needs a tier")
        if self.data_class is DataClass.NOTICE and self.grace_days is None:
            raise ValueError(f"rule {self.code}: a notice needs grace_days in which it can be cured")
        if self.tier is None and self.retention_months is None:
            raise ValueError(f"rule {self.code}: a rule without a tier needs retention_months")
        return self


class Bound(_Model):
    """The least value that opens a benefit: `at_least` n, or strictly `above` n."""

    at_least: int | None = None
    above: int | None = None

    @property
    def least(self) -> int:
        """The smallest integer value that is enough."""
        return self.at_least if self.at_least is not None else (self.above or 0) + 1

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at_least is None) == (self.above is None):
            raise ValueError("a bound is either at_least or above")
        return self


class Benefit(_Model):
    """What a good score opens, and the ordinary route that needs none (promise 4)."""

    code: str
    label: Text
    category: Literal["deposit-free", "discount", "priority"]
    partner: str
    partner_label: Text
    threshold: list[Dated[Bound]]
    terms: Text
    ordinary_route: Text

    def least_on(self, on: date) -> int | None:
        bound = value_on(self.threshold, on)
        return None if bound is None else bound.value.least


class Scheme(_Model):
    """A whole scheme version. `digest` identifies the data byte for byte."""

    id: str
    version: str
    name: Text
    city: Text
    population: int
    lowest: int
    highest: int
    consent: Consent
    base: list[Dated[int]]
    retention: dict[Tier, Annotated[int, Field(ge=1, le=MAX_RETENTION_MONTHS)]]
    newcomer: Text
    dimensions: list[Dimension]
    bands: list[Band]
    sources: list[Source]
    rules: list[Rule]
    benefits: list[Benefit]

    @cached_property
    def rules_by_code(self) -> dict[str, Rule]:
        return {r.code: r for r in self.rules}

    @cached_property
    def sources_by_code(self) -> dict[str, Source]:
        return {s.code: s for s in self.sources}

    @cached_property
    def dimensions_by_code(self) -> dict[str, Dimension]:
        return {d.code: d for d in self.dimensions}

    @cached_property
    def benefits_by_code(self) -> dict[str, Benefit]:
        return {b.code: b for b in self.benefits}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the whole scheme."""
        data = json.dumps(
            self.model_dump(mode="json", by_alias=True),
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(data.encode()).hexdigest()

    def retention_of(self, rule: Rule) -> int:
        """Months that a record of this rule counts, at most 60 (promise 8)."""
        by_tier = self.retention[cast(Tier, rule.tier)] if rule.retention_months is None else None
        return cast(int, rule.retention_months or by_tier)  # a rule has one or the other, by its model

    def band_of(self, value: int) -> Band:
        """The band that holds a value within the scheme's range."""
        return next(b for b in self.bands if b.floor <= value <= b.cap)


def load_scheme_folder(folder: Path) -> Scheme:
    """Read one scheme. It loads whole or not at all.

    Raises:
        ValueError: a file is missing, is no TOML, or breaks the model; the text says where.
    """
    data: dict[str, Any] = {}
    for part in ("scheme.toml", "rules.toml", "benefits.toml"):
        try:
            data |= tomllib.loads((folder / part).read_text("utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ValueError(f"{folder.name}/{part}: {error}") from error
    return Scheme.model_validate({_PLURALS.get(key, key): value for key, value in data.items()})


def scheme_json_schema() -> dict[str, Any]:
    """A JSON Schema for the TOML files, so that an editor helps their author.

    A scheme is spread over three files, so no part is required by the schema; loading requires all.
    """
    schema = Scheme.model_json_schema(by_alias=True)
    plural_to_toml = {plural: name for name, plural in _PLURALS.items()}
    schema["properties"] = {plural_to_toml.get(k, k): v for k, v in schema["properties"].items()}
    del schema["required"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


@cache
def load_scheme(scheme_id: str) -> Scheme:
    """One of the schemes that ship with Egret, by id.

    Raises:
        ValueError: there is no such scheme; the text lists those there are.
    """
    if scheme_id not in scheme_ids():
        raise ValueError(f"no scheme {scheme_id!r}; there are: {', '.join(scheme_ids())}")
    return load_scheme_folder(SCHEMES_DIR / scheme_id)


def scheme_ids() -> list[str]:
    """The ids of the schemes that ship with Egret."""
    return sorted(p.parent.name for p in SCHEMES_DIR.glob("*/scheme.toml"))


_PLURALS = {
    "dimension": "dimensions",
    "band": "bands",
    "source": "sources",
    "rule": "rules",
    "benefit": "benefits",
}
