"""The score, what it is made of, what it opens, and what is public about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from schema.types.benefit import Benefit, MyBenefit, Pass
    from schema.types.connection import Connection, Page
    from schema.types.dispute import (
        CreditRecord,
    )
    from schema.types.figures import (
        CaseFigures,
        DisputeFigures,
        ImpactReport,
        ProgrammeFigures,
        RepairFigures,
        SourceFigures,
    )
    from schema.types.principal import Caller, Principal
    from schema.types.programme import CityVersion, Scheme
    from schema.types.repair import RepairEffect
    from schema.types.rule import Rule
    from schema.types.score import Assessment, Score
    from schema.types.what_if import Path, Step, StepInput, Turn, WhatIf


class Scores(Protocol):
    """The score of the citizen who asks."""

    async def current(self, actor: Principal) -> Score:
        """The score today. NOT_ENROLLED."""

    async def history(self, actor: Principal, page: Page) -> Connection[Assessment]:
        """Past assessments, newest first."""


class WhatIfs(Protocol):
    """What would be, for the citizen who asks. Nothing is written."""

    async def steps(self, actor: Principal) -> Sequence[Step]:
        """What the citizen can do, what gives most first. NOT_ENROLLED."""

    async def what_if(self, actor: Principal, asked: Sequence[StepInput]) -> WhatIf:
        """The score if these steps had happened. BAD_INPUT for a step that cannot be."""

    async def path_to(self, actor: Principal, benefit: str) -> Path:
        """The fewest steps to a benefit, and the day it opens by waiting alone. NOT_FOUND."""

    async def calendar(self, actor: Principal) -> Sequence[Turn]:
        """Every later day on which time alone moves the score."""

    async def repaired(self, actor: Principal, records: Sequence[str]) -> Mapping[str, RepairEffect]:
        """The score if each of some records were repaired, by record; of none where there is no score."""


class Records(Protocol):
    """Public credit records."""

    async def of_citizen(self, actor: Principal, page: Page) -> Connection[CreditRecord]:
        """The citizen's own records, newest first."""

    async def record(self, actor: Principal, record_id: str) -> CreditRecord:
        """One of the citizen's own records. NOT_FOUND."""

    async def by_key(self, actor: Principal, keys: Sequence[str], statement: Any = None) -> Mapping[str, CreditRecord]:
        """Those of these records that are the citizen's own, by key, as they count in a statement, or in today's."""


class Benefits(Protocol):
    """Benefits, passes and what partners may ask."""

    def catalogue(self) -> Sequence[Benefit]:
        """The benefits in force today."""

    def benefit(self, code: str) -> Benefit:
        """One of the catalogue. NOT_FOUND."""

    async def mine(self, actor: Principal) -> Sequence[MyBenefit]:
        """Each benefit as it stands for the citizen."""

    async def issue_pass(self, caller: Caller, benefit: str) -> Pass:
        """A pass good for ten minutes and one use. NOT_FOUND, BENEFIT_NOT_OPEN."""

    async def passes(self, actor: Principal, page: Page) -> Connection[Pass]:
        """The citizen's passes, newest first."""

    async def one_pass(self, actor: Principal, pass_id: str) -> Pass:
        """One of the citizen's own passes. NOT_FOUND."""

    async def redeem(self, caller: Caller, code: str) -> bool:
        """Use a pass at this partner: yes or no, and never why (promise 3)."""


class Programme(Protocol):
    """What is public about the scheme."""

    def scheme(self) -> Scheme:
        """The scheme in force."""

    def rule_of(self, key: str) -> Rule:
        """A rule with the figures that its id stands for. NOT_FOUND."""


class CityVersions(Protocol):
    """Versions of the city's folder."""

    async def listed(self, actor: Principal) -> Sequence[CityVersion]:
        """The last twenty, newest first."""

    async def approve(self, caller: Caller, code: str) -> CityVersion:
        """Let one take effect on its day, as a second person. NOT_FOUND, FOUR_EYES, PERSON_UNKNOWN, CONFLICT."""


class Figures(Protocol):
    """Counts, never people."""

    async def programme(self, actor: Principal) -> ProgrammeFigures:
        """How the programme is used; no group smaller than ten."""

    async def cases(self, actor: Principal) -> CaseFigures:
        """How disputes go."""

    async def disputes(self) -> DisputeFigures:
        """How disputes about records go, for everyone: nothing of a group smaller than ten."""

    async def repairs(self) -> RepairFigures:
        """How credit repair goes, for everyone: no group smaller than ten."""

    async def sources(self, actor: Principal) -> Sequence[SourceFigures]:
        """The register, those with the most faults first."""

    async def impacts(self, actor: Principal) -> Sequence[ImpactReport]:
        """Published impact reports, newest first, at most twenty."""

    async def impact(self, actor: Principal, report_id: str) -> ImpactReport:
        """One published impact report. NOT_FOUND."""
