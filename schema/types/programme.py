"""The public side of a scheme: dimensions, bands, rules and parameters with provenance."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import strawberry

from schema.types.connection import Connection, Node, Page, connect_all
from schema.types.errors import LocalText
from schema.types.rule import Rule
from scoring.dated import Provenance


@strawberry.type(description="A dimension as the scheme defines it.")
class SchemeDimension:
    """Start, floor and cap in points, with where the figures come from."""

    code: str
    label: LocalText
    start: int
    floor: int
    cap: int
    provenance: Provenance
    provenance_source: str


@strawberry.type(description="A band as the scheme defines it, both ends included.")
class SchemeBand:
    """`published` is the label the city published; ours is neutral."""

    code: str
    label: LocalText
    published: str
    floor: int
    cap: int
    provenance: Provenance
    provenance_source: str


@strawberry.enum(description="What became of a version of the city's folder.")
class CityVersionState(StrEnum):
    """Proposed by one steward, approved by another person, or withdrawn."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@strawberry.type(description="Stewards and auditors: a version of the city's folder, and who stands for it.")
class CityVersion:
    """Proposed by `egret scheme publish`. `can_approve` is false for whoever proposed it."""

    code: str
    scheme: str
    version: str
    digest: str
    effective_on: date
    state: CityVersionState
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    can_approve: bool


@strawberry.type(description="Where a citizen reaches a person.")
class HelpLine:
    """The number, what to ask for, the hours, and where to go instead."""

    number: str
    ask_for: LocalText
    hours: LocalText
    counter: LocalText


@strawberry.type(description="A place where a QR code of the account stands.")
class Scene:
    """The code that it brings along, and what the score opens there."""

    code: str
    label: LocalText
    text: LocalText


@strawberry.type(description="A scheme in force: how a score is made, for anyone to read.")
class Scheme(Node):
    """Everything public about the scheme."""

    key: strawberry.Private[str]
    code: str
    version: str
    digest: str
    name: LocalText
    city: LocalText
    lowest: int
    highest: int
    base: int
    dimensions: list[SchemeDimension]
    bands: list[SchemeBand]
    help_line: HelpLine
    scenes: list[Scene]
    languages: list[str]
    all_rules: strawberry.Private[list[Rule]]

    @strawberry.field(description="The rule catalogue.")
    def rules(self, first: int = 50, after: str | None = None) -> Connection[Rule] | None:
        return connect_all(self.all_rules, lambda rule: rule.code, Page.of(first, after))
