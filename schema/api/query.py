"""The questions that can be asked."""

from __future__ import annotations

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.types.benefit import Benefit
from schema.types.connection import Connection, Node, Page, connect_all, decode_cursor, local_id
from schema.types.dispute import Case, DisputeLimits, Evidence, EvidenceForm, Letter, QueueFilter, SourceInquiry
from schema.types.enrolment import ConsentText
from schema.types.errors import Refusal, RefusalCode, Refused
from schema.types.figures import CaseFigures, ImpactReport, ProgrammeFigures, SourceFigures
from schema.types.principal import Kind, Scope
from schema.types.programme import Scheme
from scoring.disputes import PHOTOS_MAX, WORDS_MAX


@strawberry.type(description="All that can be asked.")
class Query:
    """The root of all questions."""

    @strawberry.field(description="The citizen who asks; null for anyone else.")
    def me(self, info: Info) -> Citizen | None:
        principal = info.context.principal
        return Citizen(principal=principal) if principal.kind is Kind.CITIZEN else None

    @strawberry.field(description="One of my own records, passes or disputes by its global id.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        actor = info.context.as_citizen().principal
        services = info.context.services
        kind = decode_cursor(id).partition(":")[0]
        fetchers = {
            "CreditRecord": services.records.record,
            "Pass": services.benefits.one_pass,
            "Dispute": services.disputes.one,
        }
        if kind not in fetchers:
            raise Refused(RefusalCode.NOT_FOUND)
        return await fetchers[kind](actor, local_id(id, kind))

    @strawberry.field(description="The scheme in force: how a score is made.")
    def scheme(self, info: Info) -> Scheme:
        return info.context.services.programme.scheme()

    @strawberry.field(description="The benefits in force, each with its ordinary route.")
    def benefits(self, info: Info, first: int = 50, after: str | None = None) -> Connection[Benefit]:
        catalogue = info.context.services.benefits.catalogue()
        return connect_all(catalogue, lambda b: b.code, Page.of(first, after))

    @strawberry.field(description="The consent text in force.")
    def consent_text(self, info: Info) -> ConsentText:
        return info.context.services.bindings.consent_text()

    @strawberry.field(description="The desk's queue of cases, due first.")
    async def cases(
        self,
        info: Info,
        part: QueueFilter = QueueFilter.OPEN,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[Case]:
        actor = info.context.as_desk().principal
        return await info.context.services.desk.queue(actor, part, Page.of(first, after))

    @strawberry.field(description="One case with its record and score effect. The look is logged.")
    async def case(self, info: Info, id: strawberry.ID) -> Case | Refusal:
        return await info.context.services.desk.case(info.context.as_desk().principal, local_id(id, "Case"))

    @strawberry.field(description="Desk: the version of a case, to see whether it changed. No look at anybody.")
    async def case_version(self, info: Info, id: strawberry.ID) -> int:
        return await info.context.services.desk.version(info.context.as_desk().principal, local_id(id, "Case"))

    @strawberry.field(description="Desk: cases by number, name, or ID number whole or masked. The search is logged.")
    async def search_cases(self, info: Info, text: str) -> list[Case]:
        return list(await info.context.services.desk.search(info.context.as_desk().principal, text))

    @strawberry.field(description="Sources: what is asked about your records. Each look is logged.")
    async def inquiries(self, info: Info, first: int = 50, after: str | None = None) -> Connection[SourceInquiry]:
        return await info.context.services.inquiries.open(
            info.context.as_source(Scope.ANSWER_INQUIRIES).principal, Page.of(first, after)
        )

    @strawberry.field(description="The written answer to my dispute; for the desk, to any. The desk's look is logged.")
    async def letter(self, info: Info, id: strawberry.ID) -> Letter | Refusal:
        context = info.context
        kind = "Dispute" if context.principal.kind is Kind.CITIZEN else "Case"
        actor = context.as_citizen_or_desk().principal
        return await context.services.letters.letter(actor, local_id(id, kind))

    @strawberry.field(description="Staff: how disputes go.")
    async def case_figures(self, info: Info) -> CaseFigures:
        return await info.context.services.figures.cases(info.context.as_staff().principal)

    @strawberry.field(description="Stewards and auditors: how the programme is used.")
    async def programme_figures(self, info: Info) -> ProgrammeFigures:
        return await info.context.services.figures.programme(info.context.as_steward().principal)

    @strawberry.field(description="Stewards and auditors: the register of sources, those with the most faults first.")
    async def sources(self, info: Info, first: int = 50) -> list[SourceFigures]:
        actor = info.context.as_steward().principal
        return list(await info.context.services.figures.sources(actor, Page.of(first, None).first))

    @strawberry.field(description="What a dispute may have at most.")
    async def dispute_limits(self) -> DisputeLimits:
        return DisputeLimits(words=WORDS_MAX, photos=PHOTOS_MAX)

    @strawberry.field(description="A page to put photos and PDF files on, as evidence.")
    async def evidence_form(self, info: Info) -> EvidenceForm | Refusal:
        return await info.context.services.evidence.form(info.context.as_citizen().principal)

    @strawberry.field(description="What I put on the page of a box and no dispute has taken yet.")
    async def boxed_evidence(self, info: Info, box: str) -> list[Evidence]:
        return list(await info.context.services.evidence.boxed(info.context.as_citizen().principal, box))

    @strawberry.field(description="Stewards and auditors: published impact reports, newest first; or one by its id.")
    async def impact_reports(self, info: Info, id: strawberry.ID | None = None) -> list[ImpactReport]:
        actor = info.context.as_steward().principal
        key = None if id is None else local_id(id, "ImpactReport")
        return list(await info.context.services.figures.impacts(actor, key))
