"""The questions that can be asked."""

from __future__ import annotations

import strawberry

from schema.api.citizen import Citizen
from schema.api.context import Info
from schema.api.nodes import node
from schema.api.viewer import Viewer, citizen_of
from schema.types.benefit import Benefit
from schema.types.check import Check
from schema.types.connection import Connection, Node, Page, connect_all, local_id
from schema.types.dispute import Case, DisputeLimits, Letter, LetterCheck, QueueFilter, Receipt, SourceInquiry
from schema.types.enrolment import ConsentPurpose, ConsentText
from schema.types.evidence import Evidence
from schema.types.figures import (
    CaseFigures,
    DisputeFigures,
    ImpactReport,
    ProgrammeFigures,
    RepairFigures,
    SourceFigures,
)
from schema.types.look import LookInquiry, LookQuestionState, StaffLogEntry
from schema.types.notice import UndeliveredNotice
from schema.types.principal import Kind, Principal, Scope
from schema.types.programme import CityVersion, Scheme
from schema.types.repair import RepairCase, SourceRepair
from schema.types.rule import Rule
from schema.types.sign_in import SignInProvider
from schema.types.webhook import Webhook, WebhookEvent
from scoring.disputes import DisputeTopic


def _of_letter(info: Info, id: strawberry.ID) -> tuple[Principal, str]:
    """Who asks for a letter, and of which dispute: a citizen by the dispute's id, the desk by the case's."""
    context = info.context
    kind = "Dispute" if context.principal.kind is Kind.CITIZEN else "Case"
    return context.as_citizen_or_desk().principal, local_id(id, kind)


@strawberry.type(description="All that can be asked.")
class Query:
    """The root of all questions."""

    @strawberry.field(description="The citizen who asks; null for anyone else.")
    def me(self, info: Info) -> Citizen | None:
        return citizen_of(info.context.principal)

    @strawberry.field(description="Who asks.")
    def viewer(self, info: Info) -> Viewer:
        return Viewer(principal=info.context.principal)

    @strawberry.field(description="What has this global id; null where there is nothing that you may see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await node(info.context, id)

    @strawberry.field(description="The scheme in force: how a score is made.")
    def scheme(self, info: Info) -> Scheme:
        return info.context.services.programme.scheme()

    @strawberry.field(description="The benefits in force, each with its ordinary route.")
    def benefits(self, info: Info, first: int = 50, after: str | None = None) -> Connection[Benefit] | None:
        catalogue = info.context.services.benefits.catalogue()
        return connect_all(catalogue, lambda b: b.code, Page.of(first, after))

    @strawberry.field(description="One rule of the scheme in force; null where there is none of this code.")
    def rule(self, info: Info, code: str) -> Rule | None:
        return next((r for r in info.context.services.programme.scheme().all_rules if r.code == code), None)

    @strawberry.field(description="One benefit in force; null where there is none of this code.")
    def benefit(self, info: Info, code: str) -> Benefit | None:
        return next((b for b in info.context.services.benefits.catalogue() if b.code == code), None)

    @strawberry.field(description="The providers at which citizens sign in from an app.")
    def sign_in_providers(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[SignInProvider] | None:
        providers = info.context.services.sessions.providers()
        return connect_all(providers, lambda one: one.code, Page.of(first, after))

    @strawberry.field(description="The consent text in force: to a score, or to see and correct one's records alone.")
    def consent_text(self, info: Info, purpose: ConsentPurpose = ConsentPurpose.SCORE) -> ConsentText:
        return info.context.services.bindings.consent_text(purpose)

    @strawberry.field(description="The desk's queue of cases, due first.")
    async def cases(
        self,
        info: Info,
        part: QueueFilter = QueueFilter.OPEN,
        first: int = 50,
        after: str | None = None,
        topic: DisputeTopic | None = None,
    ) -> Connection[Case] | None:
        actor = info.context.as_desk().principal
        return await info.context.services.desk.queue(actor, part, Page.of(first, after), topic)

    @strawberry.field(description="Desk: questions about who someone is, newest first. The look is logged.")
    async def checks(
        self, info: Info, closed: bool = False, first: int = 50, after: str | None = None
    ) -> Connection[Check] | None:
        actor = info.context.as_desk().principal
        return await info.context.services.checks.page(actor, Page.of(first, after), is_open=not closed)

    @strawberry.field(description="Staff: citizens' questions why somebody looked at their data, due first.")
    async def look_inquiries(
        self,
        info: Info,
        part: LookQuestionState = LookQuestionState.OPEN,
        first: int = 50,
        after: str | None = None,
    ) -> Connection[LookInquiry] | None:
        info.context.as_staff()
        return await info.context.services.looks.inquiries(part, Page.of(first, after))

    @strawberry.field(description="Auditors: what staff and operators did and looked at, newest first.")
    async def staff_log(
        self, info: Info, account: str | None = None, first: int = 50, after: str | None = None
    ) -> Connection[StaffLogEntry] | None:
        info.context.as_auditor()
        return await info.context.services.staff_log.entries(account, Page.of(first, after))

    @strawberry.field(
        description="Desk: notices that reached their person by no way, to be told by letter or call. Looks are logged."
    )
    async def undelivered_notices(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[UndeliveredNotice] | None:
        actor = info.context.as_desk().principal
        return await info.context.services.notices.undelivered(actor, Page.of(first, after))

    @strawberry.field(description="One case with its record and score effect. The look is logged.")
    async def case(self, info: Info, id: strawberry.ID) -> Case | None:
        return await info.context.services.desk.case(info.context.as_desk().principal, local_id(id, "Case"))

    @strawberry.field(description="Desk: `changes` of a case, to see whether there are newer. No look at anybody.")
    async def case_changes(self, info: Info, id: strawberry.ID) -> int | None:
        return await info.context.services.desk.changes(info.context.as_desk().principal, local_id(id, "Case"))

    @strawberry.field(
        description="Desk: cases by number or its end, name, family name or ID number. The search is logged."
    )
    async def search_cases(
        self, info: Info, text: str, first: int = 50, after: str | None = None
    ) -> Connection[Case] | None:
        found, more = await info.context.services.desk.search(info.context.as_desk().principal, text)
        connection = connect_all(found, lambda case: case.key, Page.of(first, after))
        connection.page_info.has_next_page |= more and bool(connection.edges)
        return connection

    @strawberry.field(description="Sources: what is asked about your records. Each look is logged.")
    async def inquiries(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[SourceInquiry] | None:
        return await info.context.services.inquiries.open(
            info.context.as_source(Scope.ANSWER_INQUIRIES).principal, Page.of(first, after)
        )

    @strawberry.field(description="Sources: applications for the repair of your records. Each look is logged.")
    async def repair_applications(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[SourceRepair] | None:
        return await info.context.services.repair_answers.waiting(
            info.context.as_source(Scope.REPAIR_RECORDS).principal, Page.of(first, after)
        )

    @strawberry.field(description="Desk: applications for repair that wait for an office, due first.")
    async def repair_queue(
        self, info: Info, first: int = 50, after: str | None = None
    ) -> Connection[RepairCase] | None:
        actor = info.context.as_desk().principal
        return await info.context.services.repair_answers.queue(actor, Page.of(first, after))

    @strawberry.field(description="Desk: one application for repair with its proof. The look is logged.")
    async def repair_case(self, info: Info, id: strawberry.ID) -> RepairCase | None:
        actor = info.context.as_desk().principal
        return await info.context.services.repair_answers.case(actor, local_id(id, "RepairCase"))

    @strawberry.field(description="The addresses that you are told events at; for stewards and auditors, everyone's.")
    async def webhooks(self, info: Info, first: int = 10, after: str | None = None) -> Connection[Webhook] | None:
        actor = info.context.as_institution_or_steward(Scope.MANAGE_WEBHOOKS).principal
        return await info.context.services.webhooks.visible(actor, Page.of(first, after))

    @strawberry.field(description="Sources and partners: events of the last 30 days, newest first.")
    async def webhook_events(
        self, info: Info, webhook: strawberry.ID, first: int = 50, after: str | None = None
    ) -> Connection[WebhookEvent] | None:
        actor = info.context.as_institution(Scope.MANAGE_WEBHOOKS).principal
        page = Page.of(first, after)
        return await info.context.services.webhooks.events(actor, local_id(webhook, "Webhook"), page)

    @strawberry.field(description="The written answer to my dispute; for the desk, to any. The desk's look is logged.")
    async def letter(self, info: Info, id: strawberry.ID, before_appeal: bool = False) -> Letter | None:
        actor, dispute = _of_letter(info, id)
        return await info.context.services.letters.letter(actor, dispute, first=before_appeal)

    @strawberry.field(description="The receipt of my dispute; for the desk, of any. The desk's look is logged.")
    async def receipt(self, info: Info, id: strawberry.ID) -> Receipt | None:
        return await info.context.services.letters.receipt(*_of_letter(info, id))

    @strawberry.field(description="For anybody: whether a letter of this number and check code is genuine.")
    async def check_letter(self, info: Info, number: str, check_code: str) -> LetterCheck | None:
        return await info.context.services.letters.check(info.context.caller, number, check_code)

    @strawberry.field(description="Staff: how disputes go.")
    async def case_figures(self, info: Info) -> CaseFigures | None:
        return await info.context.services.figures.cases(info.context.as_staff().principal)

    @strawberry.field(description="How disputes about records go: how many, how many were right, and by whose records.")
    async def dispute_figures(self, info: Info) -> DisputeFigures | None:
        return await info.context.services.figures.disputes()

    @strawberry.field(description="How applications for credit repair go, and how many were not answered in time.")
    async def repair_figures(self, info: Info) -> RepairFigures | None:
        return await info.context.services.figures.repairs()

    @strawberry.field(description="Stewards and auditors: how the programme is used.")
    async def programme_figures(self, info: Info) -> ProgrammeFigures | None:
        return await info.context.services.figures.programme(info.context.as_steward().principal)

    @strawberry.field(description="Stewards and auditors: the register of sources, those with the most faults first.")
    async def sources(self, info: Info, first: int = 50, after: str | None = None) -> Connection[SourceFigures] | None:
        rows = await info.context.services.figures.sources(info.context.as_steward().principal)
        return connect_all(rows, lambda row: row.code, Page.of(first, after))

    @strawberry.field(description="Stewards and auditors: the last twenty versions of the city's folder, newest first.")
    async def city_versions(self, info: Info) -> list[CityVersion] | None:
        return list(await info.context.services.versions.listed(info.context.as_steward().principal))

    @strawberry.field(description="What a dispute may have at most.")
    async def dispute_limits(self, info: Info) -> DisputeLimits:
        return info.context.services.disputes.limits()

    @strawberry.field(description="What I put on the page of a box and no dispute has taken yet.")
    async def boxed_evidence(
        self, info: Info, box: str, first: int = 50, after: str | None = None
    ) -> Connection[Evidence] | None:
        boxed = await info.context.services.evidence.boxed(info.context.as_citizen().principal, box)
        return connect_all(boxed, lambda photo: photo.key, Page.of(first, after))

    @strawberry.field(description="Stewards and auditors: published impact reports, newest first.")
    async def impact_reports(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> Connection[ImpactReport] | None:
        reports = await info.context.services.figures.impacts(info.context.as_steward().principal)
        return connect_all(reports, lambda report: report.key, Page.of(first, after))
