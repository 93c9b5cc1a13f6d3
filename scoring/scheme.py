"""A scheme: a city's score as data, read from a folder of TOML, whole or not at all.

A folder holds `scheme.toml` (name, consent, base, scale, dimensions, bands, sources),
`rules.toml` (the rule catalogue), `benefits.toml`, and `city.toml` (everything that moves no score).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from scoring.catalogue import Band, Benefit, Consent, Dimension, Months, Rule, Scale, Source, Tier
from scoring.dated import Dated, Model, Text
from scoring.edition import RuleTerms, SchemeAt, edition, terms
from scoring.locality import City
from scoring.places import line_in, where

SCHEMES_DIR = Path(__file__).parent / "schemes"
CITY = "city"
CITY_FILE = "city.toml"
FILES = ("scheme.toml", "rules.toml", "benefits.toml", CITY_FILE)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Scheme(Model):
    """A whole scheme version. `digest` identifies the data byte for byte."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: Annotated[str, Field(min_length=1, max_length=40)]
    name: Text
    city: City
    population: Annotated[list[Dated[int]], Field(min_length=1)]
    scale: Annotated[list[Dated[Scale]], Field(min_length=1)]
    consent: Consent
    base: Annotated[list[Dated[int]], Field(min_length=1)]
    retention: dict[Tier, Annotated[list[Dated[Months]], Field(min_length=1)]]
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
        """SHA-256 over the canonical JSON of the whole scheme; of its city the name alone."""
        content = self.model_dump(mode="json", by_alias=True)
        content["city"] = content["city"]["name"]
        if self.consent.agree_by is None:
            del content["consent"]["agree_by"]  # schemes without one keep their digest
        for rule in content["rules"]:
            if rule["event"] is None:
                del rule["event"]
        data = json.dumps(
            content,
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )
        return hashlib.sha256(data.encode()).hexdigest()

    @cached_property
    def bands_by_code(self) -> dict[str, Band]:
        return {b.code: b for b in self.bands}

    @cached_property
    def scheme_at(self) -> Callable[[date], SchemeAt]:
        """The frame of an assessment in force on a day. Raises ValueError before the scheme began."""
        return lru_cache(maxsize=256)(
            lambda on: edition(self.base, self.scale, self.dimensions, self.bands, self.rules, on)
        )

    @cached_property
    def terms_on(self) -> Callable[[str, date], RuleTerms | None]:
        """What a rule, by code, says about a record of a day; None where it was not in force."""
        return lru_cache(maxsize=65536)(lambda code, on: terms(self.rules_by_code.get(code), self.retention, on))

    @cached_property
    def figures(self) -> tuple[Dated[Any], ...]:
        """Every dated value of the scheme."""
        found: list[Dated[Any]] = [*self.base, *self.scale, *self.population]
        found += [value for values in self.retention.values() for value in values]
        found += [value for d in self.dimensions for value in d.range]
        found += [value for b in self.bands for value in b.interval]
        for rule in self.rules:
            found += [*rule.points, *rule.retention_months, *rule.grace_days, *rule.limits]
        found += [value for b in self.benefits for value in b.threshold]
        return tuple(found)

    @cached_property
    def days_of_change(self) -> frozenset[date]:
        """Every day on which a figure changes."""
        return frozenset(day for value in self.figures for day in (value.from_, value.until) if day is not None)

    def unchanged_since(self, on: date) -> date:
        """The first of the days up to this one on which every figure was the same."""
        days = self._days_in_order
        return days[max(bisect_right(days, on) - 1, 0)] if days else on

    @cached_property
    def _days_in_order(self) -> tuple[date, ...]:
        return tuple(sorted(self.days_of_change))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that remembers nothing which was worked out for the original."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied

    @model_validator(mode="after")
    def _retention_of_every_tier(self) -> Self:
        missing = [t.value for t in Tier if t not in self.retention]
        if missing:
            raise ValueError(f"retention: no value for {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _proofs_of_its_rules(self) -> Self:
        unknown = [code for one in self.city.repair_proofs for code in one.rules if code not in self.rules_by_code]
        if unknown:
            raise ValueError(f"city.repair_proof: {', '.join(unknown)} is no rule of the catalogue")
        return self


def load_scheme_folder(folder: Path) -> Scheme:
    """Read one scheme. It loads whole or not at all.

    Raises:
        ValueError: a file is missing, is no TOML, or breaks the model; the text says where.
    """
    data: dict[str, Any] = {}
    for part in FILES:
        content = _content(folder, part)
        read = {CITY: content} if part == CITY_FILE else content
        if twice := sorted(data.keys() & read.keys()):
            raise ValueError(f"{folder.name}/{part}: {', '.join(twice)}: stands in two files; leave it in one")
        data |= read
    try:
        return Scheme.model_validate({_PLURALS.get(key, key): value for key, value in data.items()})
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        told = "\n".join(_fault(folder, data, fault["loc"], fault["msg"]) for fault in faults)
        raise ValueError(told) from None


def _content(folder: Path, part: str) -> dict[str, Any]:
    """What a file holds. Raises ValueError that names it, and the line where it is no TOML."""
    try:
        data = (folder / part).read_bytes()
    except OSError as error:
        raise ValueError(f"{folder.name}/{part}: {error}") from error
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{folder.name}/{part}:{line}: it is not UTF-8; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else data.count(b"\n") + 1
        raise ValueError(f"{folder.name}/{part}:{line}: {error}") from error


def _fault(folder: Path, data: Mapping[str, Any], loc: Sequence[str | int], text: str) -> str:
    """One fault of a file with file, line and place: `rules.toml:12: rule tax.evasion: points.0.value: …`."""
    kind = str(loc[0]) if loc else "scheme"
    rest = list(loc[1:])
    if kind == CITY and CITY in data:
        return f"{folder.name}/{line_in(folder, CITY_FILE, rest)}: {'.'.join(map(str, rest)) or 'the file'}: {text}"
    place = _SINGULARS.get(kind, kind)
    if place in data and isinstance(data[place], list) and rest and kind in _SINGULARS:
        item = data[place][int(rest.pop(0))]
        place = f"{place} {item.get('code', '?')}" if isinstance(item, dict) else place
    elif kind == "retention" and rest:
        place = f"{place} {rest.pop(0)}"
    field = f"{'.'.join(map(str, rest))}: " if rest else ""
    return f"{folder.name}/{where(folder, place)}: {place}: {field}{text}"


def scheme_json_schema() -> dict[str, Any]:
    """A JSON Schema for the TOML files but the city's, so that an editor helps their author.

    A scheme is spread over three files, so no part is required by the schema; loading requires all.
    """
    schema = Scheme.model_json_schema(by_alias=True)
    used = {name: part for name, part in schema["properties"].items() if name != CITY}
    schema["properties"] = {_SINGULARS.get(k, k): v for k, v in used.items()}
    known = schema["$defs"]
    needed = _used_by(used, known)
    schema["$defs"] = {name: part for name, part in known.items() if name in needed}
    del schema["required"]
    return {"$schema": _DIALECT, **schema}


def city_json_schema() -> dict[str, Any]:
    """A JSON Schema for `city.toml`."""
    return {"$schema": _DIALECT, **City.model_json_schema(by_alias=True)}


def _used_by(part: object, known: Mapping[str, Any]) -> set[str]:
    """The names of all definitions that a part of a JSON Schema leads to."""
    names = set(re.findall(r"#/\$defs/(\w+)", json.dumps(part)))
    return names.union(*(_used_by(known[name], known) for name in names))


def load_scheme(name: str) -> Scheme:
    """A scheme that ships with Egret, by its id, or any other by the path of its folder.

    Raises:
        ValueError: there is no such scheme or folder, or the folder does not load; the text says which and where.
    """
    if name in scheme_ids():
        return _shipped(name)
    return load_scheme_folder(scheme_folder(name))


def scheme_folder(name: str) -> Path:
    """Where a scheme's files are: one that ships, by its id, or the folder of this path. Raises ValueError."""
    if name in scheme_ids():
        return SCHEMES_DIR / name
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.absolute()
    kind = "folder" if "/" in name or os.sep in name else "scheme"
    raise ValueError(f"no {kind} {name!r}; give the path of a city's folder, or there are: {', '.join(scheme_ids())}")


@cache
def _shipped(scheme_id: str) -> Scheme:
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
_SINGULARS = {plural: name for name, plural in _PLURALS.items()}
